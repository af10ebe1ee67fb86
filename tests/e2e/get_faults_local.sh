#!/usr/bin/env bash
# The fault catalogue, rows 45 to 63: names, disk, signals, clocks, TLS, names of hosts, limits of servers, proxies.
# (Rows 53 and 54, kill -9 at any moment: e2e/get_kills.sh.)
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
# shellcheck source=tests/faults/rows_local.sh
. "$TESTS/faults/rows_local.sh"

get() { "$BIN/parkit-get" -d "$WORK/d" --fsync none --retry-max 0.05 "$@"; }
U() { echo "http://127.0.0.1:${FAULTS_PORT[http]}/$1"; }

# Rows 46 to 49: refused at the line, before anything of it is asked for. Which model would fetch it does not matter.
test_names() {
    local row name
    local -a bad=('..%2f..%2fx' '%2e%2e' '..' '../x' '/x' 'a/../../x' 'a/..' '.' '' 'a/' 'a//b' '-rf' 'a/-x' 'a\b' $'a\x01b' $'a\x7fb' $'a\xffb'
        $'a\xc0\xafb' 'a%00b' 'a%0ab' '.x.part' "$(printf 'n%.0s' $(seq 256))" "$(printf 'n/%.0s' $(seq 2100))n")
    for row in "${!bad[@]}"; do
        name=${bad[row]}
        printf '%s\tout=%s\n' "$(U size=10/never-asked)" "$name" >"$WORK/list"
        check_exit "row 46 to 48: name $row $(printf %q "${name:0:24}") is refused" 2 get -i "$WORK/list"
        check "row 47: the message for name $row is safe to print" test -z "$(LC_ALL=C tr -d '\n\040-\176' <"$WORK/err")"
    done
    check_exit "row 46: a URL that hides slashes" 2 get "$(U size=10/..%2f..%2fevil)"
    check_exit "row 49: the same URL twice" 2 get "$(U size=10/never-asked)" "$(U size=10/never-asked)"
    printf '%s\tout=x\n%s\tout=x\n' "$(U size=10/first)" "$(U size=10/never-asked)" >"$WORK/list"
    check_exit "row 49: two entries, one output" 2 get -i "$WORK/list"
    check_equal "none of them was asked for" "" "$(asked_for /never-asked)"
    check_equal "nothing was written but what stood before" x "$(ls "$WORK/d")"
}

# Row 50: what stands in the way is neither followed nor replaced by a folder.
test_in_the_way() {
    local model=$1 out
    mkdir -p "$WORK/d/folder" "$WORK/outside"
    : >"$WORK/d/file"
    ln -s "$WORK/outside" "$WORK/d/link"
    for out in file/x link/x folder; do
        printf '%s\tout=%s\n' "$(U "size=10/way-$model")" "$out" >"$WORK/list"
        check_exit "row 50, $model: out=$out" 3 get -m "$model" -i "$WORK/list"
    done
    check_equal "row 50, $model: nothing went through the link" "" "$(ls -A "$WORK/outside")"
}

# Row 51: a disk of 1 MiB, files of 300 kB. As an ordinary user in a user namespace, where that is allowed.
test_full_disk() {
    local model=$1 n out=$WORK/full
    mkdir -p "$WORK/d"
    for n in $(seq 40); do printf '%s\tout=f%s\n' "$(U "size=300000/full-$model-$n")" "$n"; done >"$WORK/list"
    # shellcheck disable=SC2016 # the inner shell expands
    unshare -rm sh -c 'mount -t tmpfs -o size=1m tmpfs "$1/d" && { "$2" -m "$3" -j 4 -d "$1/d" --retry-max 0.05 -i "$1/list" 2>"$1/err"
        echo "$?" >"$1/code"; for f in "$1"/d/f*; do stat -c %s "$f"; done | sort -u >"$1/sizes"; }' sh "$WORK" "$BIN/parkit-get" "$model" 2>"$out"
    if [ ! -f "$WORK/code" ]; then
        skip "row 51, $model: a full disk" "no file system can be mounted here"
        return
    fi
    check_equal "row 51, $model: exit" 3 "$(cat "$WORK/code")"
    check_match "row 51, $model: it says so" 'No space left on device' "$(cat "$WORK/err")"
    check_equal "row 51, $model: what has a name is whole" 300000 "$(cat "$WORK/sizes")"
    n=$(jq -r .target "$FAULTS_LOG" | grep -c "/full-$model-[0-9]*$")
    check "row 51, $model: no new files were begun ($n of 40)" test "$n" -lt 30
}

# Row 52: a limit on the size of files (EFBIG) and on descriptors (EMFILE), which lowers the number of connections.
test_limits() {
    local model=$1 n
    # shellcheck disable=SC2016
    check_exit "row 52, $model: EFBIG" 3 bash -c 'ulimit -f 100; trap "" XFSZ; exec "$0" -m "$1" -d "$2" "$3"' "$BIN/parkit-get" "$model" \
        "$WORK/d" "$(U "size=3000000/big-$model")"
    check "row 52, $model: nothing under the name" test ! -e "$WORK/d/big-$model"
    for n in $(seq 60); do U "size=1000,drip=20/many-$model-$n"; done >"$WORK/list"
    # shellcheck disable=SC2016
    check "row 52, $model: EMFILE" bash -c 'ulimit -n 40; exec "$0" -m "$1" -j 64 --fsync none --retry-max 0.2 -R 20 -d "$2" -i "$3"' "$BIN/parkit-get" \
        "$model" "$WORK/d" "$WORK/list"
    check_equal "row 52, $model: all files came" 60 "$(find "$WORK/d" -name 'many*' -size 1000c | wc -l)"
}

# Row 55. Background jobs of a script ignore SIGINT; env gives it back.
test_signal() {
    local model=$1 signal=$2 want=$3 again=$4 code=0 pid n
    for n in 1 2 3 4; do U "size=3000000,stall=600000/$signal-$again-$model-$n"; done >"$WORK/list"
    env --default-signal=INT,TERM "$BIN/parkit-get" -m "$model" -d "$WORK/d" --fsync none -i "$WORK/list" 2>"$WORK/err" &
    pid=$!
    for _ in $(seq 200); do
        [ -z "$(find "$WORK/d" -name '.*.part' 2>/dev/null)" ] || break
        sleep 0.05
    done
    kill "-$signal" "$pid"
    [ "$again" -eq 0 ] || kill "-$signal" "$pid"
    wait "$pid" || code=$?
    check_equal "row 55, $model: SIG$signal$([ "$again" -eq 0 ] || echo ' twice') ends with $want" "$want" "$code"
    check_equal "row 55, $model: nothing under a final name" "" "$(ls "$WORK/d")"
    [ "$again" -ne 0 ] || check_match "row 55, $model: the summary stands" 'not finished' "$(cat "$WORK/err")"
}

# Row 60: 3,000 entries of a host that refuses, and some of one that answers. Nobody waits out each of them.
test_dead_host() {
    local model=$1 n code=0
    for n in $(seq 3000); do printf 'http://127.0.0.1:1/dead%s\n' "$n"; done >"$WORK/list"
    for n in 1 2 3; do U "size=10/alive-$model-$n"; done >>"$WORK/list"
    "$BIN/parkit-get" -m "$model" -j 8 -d "$WORK/d" --fsync none --retry-max 0.2 --log "$WORK/log" -i "$WORK/list" 2>"$WORK/err" || code=$?
    check_equal "row 60, $model: exit" 1 "$code"
    check_equal "row 60, $model: all 3000 failed" 3000 "$(jq -r .state "$WORK/log" | grep -c failed)"
    check_equal "row 60, $model: the others came" 3 "$(find "$WORK/d" -name 'alive*' | wc -l)"
    n=$(jq -s 'map(select(.state == "failed") | .attempts) | add' "$WORK/log")
    check "row 60, $model: $n attempts for 3000 entries" test "$n" -lt 3000
}

# Row 61: a server that resets every connection beyond eight.
test_connection_limit() {
    local model=$1 n
    for n in $(seq 150); do echo "http://127.0.0.1:${FAULTS_PORT[limited]}/size=500,drip=5/limit-$model-$n"; done >"$WORK/list"
    check "row 61, $model: 64 connections where eight are allowed" "$BIN/parkit-get" -m "$model" -j 64 -d "$WORK/d" --fsync none --retry-max 0.3 -R 20 -i "$WORK/list"
    check_equal "row 61, $model: all files came" 150 "$(find "$WORK/d" -name "limit-$model-[0-9]*" -size 500c | wc -l)"
}

main() {
    local model
    # shellcheck disable=SC2046 # words
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600 --limit 8 $(rows_local_proxies); then
        skip "the fault catalogue" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    FAULTS_PORT["none"]=1
    [ -n "${FAULTS_PORT[six]:-}" ] || skip "row 62: IPv6 black hole" "no IPv6 on loopback"
    rows_local
    together test_names
    for model in $MODELS; do
        together test_in_the_way "$model"
        together test_full_disk "$model"
        together test_limits "$model"
        together test_signal "$model" TERM 143 0
        together test_signal "$model" INT 130 0
        together test_signal "$model" INT 130 1
        together test_dead_host "$model"
    done
    rows_end
    for model in $MODELS; do test_connection_limit "$model"; done # one after the other: the limit is the server's
    check_equal "row 45: nothing was written outside" "" "$(find "$WORK" "$WORK/.." -maxdepth 4 -name 'evil*' 2>/dev/null)"
    finish
}
main
