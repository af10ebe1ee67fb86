#!/usr/bin/env bash
# kill -9 at random moments of downloads, in a random model each time: a list of small files, one large file by several
# connections, and hundreds of empty files, where most of the time goes into the ledger. At every kill: nothing under a final
# name that is not whole. The same command is given again until it ends: with the right bytes, without asking again for a file
# that was there (unless all were: the end of a run is noted before its exit status is there), and without more of the large file than the connections had on their way.
#
#   KILLS=12   how many kills in all        SEED=1   of the random numbers
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"

KILLS=${KILLS:-12} RANDOM=${SEED:-1}
MODELS=(sequential threads multi multi-threads processes)
SMALL=120 EMPTY=600 LARGE=$((33 << 20)) PARTS=4
# Lost at most, a connection and kill: what is claimed in steps of 4 MiB, a buffer, and what the sockets hold.
LOST=$((6 << 20))

# The leak check at the end of a process has a child of its own, which would be taken for a worker; without it the process waits for ever.
! has_asan || export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

if [ ! -x "$BIN/parkit-get" ]; then
    skip "parkit-get" "libcurl is missing"
    finish
fi

make_site() {
    local i
    mkdir -p "$WORK/site/small" "$WORK/site/large" "$WORK/site/empty"
    for ((i = 0; i < SMALL; i++)); do
        head -c $((RANDOM * 8)) /dev/urandom >"$WORK/site/small/f$i"
        printf '%s/small/f%s\tout=s/%s/f%s' "$NGINX_URL" "$i" $((i % 3)) "$i"
        ((i % 2)) || printf '\tsha256=%s' "$(sha256sum <"$WORK/site/small/f$i" | cut -d' ' -f1)"
        echo
    done >"$WORK/small.list"
    head -c "$LARGE" /dev/urandom >"$WORK/site/large/file"
    printf '%s/large/file\tout=l/file\tsha256=%s\n' "$NGINX_URL" "$(sha256sum <"$WORK/site/large/file" | cut -d' ' -f1)" >"$WORK/large.list"
    for ((i = 0; i < EMPTY; i++)); do
        : >"$WORK/site/empty/e$i"
        printf '%s/empty/e%s\tout=e/e%s\n' "$NGINX_URL" "$i" "$i"
    done >"$WORK/empty.list"
}

# whole KIND - every file under a final name is that of the server; the names go to $WORK/there
whole() {
    local path name wrong=0
    : >"$WORK/there"
    [ -d "$WORK/d" ] || return 0
    while read -r path; do
        name=$(basename "$path")
        cmp -s "$path" "$WORK/site/$1/$name" || wrong=1
        echo "/$1/$name" >>"$WORK/there"
    done < <(find "$WORK/d" -type f ! -name '.*')
    return "$wrong"
}

# The process, one of its workers, or all of them.
victims() {
    local children=()
    [ ! -r "/proc/$1/task/$1/children" ] || read -ra children <"/proc/$1/task/$1/children"
    case $((${#children[@]} ? RANDOM % 3 : 0)) in
        0) echo "$1" ;;
        1) echo "${children[RANDOM % ${#children[@]}]}" ;;
        2) echo "$1 ${children[*]}" ;;
    esac
}

# run_once KIND - the command, killed at a random moment if it lives so long; sets code and killed
run_once() {
    local kind=$1 model=${MODELS[RANDOM % 5]} longest=900 pid whom
    [ "$kind" != empty ] || longest=250
    killed=0 code=0
    "$BIN/parkit-get" -m "$model" -j 8 --split "$PARTS" --retry-max 0.05 -d "$WORK/d" -i "$WORK/$kind.list" >"$WORK/out" 2>"$WORK/err" &
    pid=$!
    sleep "$(printf '0.%03d' $((RANDOM % longest)))"
    if kill -0 "$pid" 2>/dev/null; then
        read -ra whom <<<"$(victims "$pid")"
        kill -9 "${whom[@]}" 2>/dev/null && killed=1
    fi
    wait "$pid" || code=$?
    # Orphaned workers get SIGTERM from the kernel; the next command must find the folder free.
    for _ in $(seq 50); do flock -xn "$WORK/d" true 2>/dev/null && break; sleep 0.02; done
    sleep 0.05 # the server logs a request when it has noticed its end
}

# round KIND - kill until the command ends
round() {
    local kind=$1 killed=0 code=1 kills=0 asked sent runs=0
    rm -rf "$WORK/d" && mkdir "$WORK/d"
    : >"$WORK/access"
    while [ "$code" -ne 0 ] && [ "$runs" -lt 100 ]; do
        : >"$WORK/before"
        wc -l <"$WORK/access" >"$WORK/lines"
        whole "$kind" || HALF=$((HALF + 1))
        cp "$WORK/there" "$WORK/before"
        run_once "$kind"
        kills=$((kills + killed)) runs=$((runs + 1))
        asked=$(tail -n "+$(($(cat "$WORK/lines") + 1))" "$WORK/access" | awk '{ print $7 }' | grep -cxFf "$WORK/before")
        AGAIN=$((AGAIN + asked))
        if [ "$code" -ne 0 ] && [ ! -e "$WORK/d/.parkit-get.ledger" ] && whole "$kind" &&
            [ "$(wc -l <"$WORK/there")" -eq "$(wc -l <"$WORK/$kind.list")" ]; then
            code=0 LATE=$((LATE + 1)) # all was done: only the exit status was lost
        fi
    done
    KILLED=$((KILLED + kills))
    if ! whole "$kind" || [ "$(wc -l <"$WORK/there")" -ne "$(wc -l <"$WORK/$kind.list")" ]; then WRONG=$((WRONG + 1)); fi
    [ -z "$(find "$WORK/d" -type f -name '.*')" ] || LEFT=$((LEFT + 1))
    sent=$(awk '{ n += $10 } END { print n + 0 }' "$WORK/access")
    if [ "$kind" = large ] && [ "$sent" -gt $((LARGE + kills * PARTS * LOST)) ]; then
        MUCH=$((MUCH + 1))
    fi
    [ "$kind" != large ] || echo "  the large file: $kills kills, $((sent / 1024)) KiB sent for $((LARGE / 1024))"
}

main() {
    local kinds=(small large empty) n=0
    HALF=0 AGAIN=0 WRONG=0 LEFT=0 MUCH=0 KILLED=0 LATE=0
    mkdir -p "$WORK/site"
    if ! nginx_start "$WORK/site" "access_log $WORK/access combined; limit_rate 10m;"; then
        skip "kills" "nginx is missing or does not start"
        finish
    fi
    at_end_kill "$NGINX_PID"
    make_site
    while [ "$KILLED" -lt "$KILLS" ]; do
        round "${kinds[n % 3]}"
        n=$((n + 1))
    done 2>/dev/null # the shell tells of every job that is killed
    echo "  $KILLED kills in $n downloads, $LATE of them after all was done"
    check_equal "nothing half-written under a final name at any kill" 0 "$HALF"
    check_equal "every download ends with the right bytes" 0 "$WRONG"
    check_equal "no complete file is asked for again" 0 "$AGAIN"
    check_equal "a large file is gone on with" 0 "$MUCH"
    check_equal "nothing is left behind in the end" 0 "$LEFT"
    finish
}
main
