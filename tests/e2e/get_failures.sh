#!/usr/bin/env bash
# parkit-get, what goes wrong: servers, sizes and hashes, disk, signals. In every case: the right exit
# code, nothing under the final name that is not right, and no temporary file left behind but where a later run goes on with it.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"

MODELS="sequential threads multi multi-threads processes"
SUM_OF_HELLO=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 # sha256 of "hello\n"
OTHER_SUM=${SUM_OF_HELLO/5891/0000}

if [ ! -x "$BIN/parkit-get" ]; then
    skip "parkit-get" "libcurl is missing"
    finish
fi

# shellcheck disable=SC2317 # called through check
get() { "$BIN/parkit-get" --retry-max 0.05 -d "$WORK/d" "$@"; }
fresh() { rm -rf "$WORK/d"; }
# shellcheck disable=SC2317
empty() { [ -z "$(find "$WORK/d" -type f)" ]; }
# shellcheck disable=SC2317
unnamed() { [ -z "$(find "$WORK/d" -type f ! -name '.*.part' ! -name .parkit-get.ledger)" ]; }
entry() { printf '%s' "$1" && shift && [ $# -eq 0 ] || printf '\t%s' "$@"; }
error_of() { jq -r .error "$WORK/out"; }

test_server_failures() {
    local model url=$NGINX_URL
    for model in $MODELS; do
        fresh
        check_exit "$model: 404 fails" 1 get -m "$model" --json "$url/missing"
        check_equal "$model: 404 is not tried again" "404 1" "$(jq -r '"\(.http) \(.attempts)"' "$WORK/out")"
        check "$model: 404 leaves nothing" empty
        check_exit "$model: connection refused fails" 1 get -m "$model" -R 2 --json "http://127.0.0.1:1/x"
        check_equal "$model: connection refused is tried again" 3 "$(jq .attempts "$WORK/out")"
        check_exit "$model: some right, some not" 1 get -m "$model" "$url/hello" "$url/missing"
        check_equal "$model: the right one is there" hello "$(cat "$WORK/d/hello")"
    done
    fresh
    check_exit "403 fails" 1 get "$url/forbidden"
    check_exit "204 is no file" 1 get "$url/nothing"
    check_exit "a redirect loop fails" 1 get "$url/loop"
    check_exit "a redirect to file: is refused" 1 get "$url/to-file"
    check "none of these leaves anything" empty
    check "a redirect is followed" get --json "$url/moved" --log "$WORK/log"
    check_equal "a redirect: content" hello "$(cat "$WORK/d/moved")"
    check_equal "a redirect: effective_url" "$url/hello" "$(jq -r .effective_url "$WORK/out")"
    check_exit "503 for ever fails" 1 get -R 2 --json "$url/busy"
    check_equal "503 is tried again" "503 3" "$(jq -r '"\(.http) \(.attempts)"' "$WORK/out")"
    check_match "503: the reason is told" 'answered 503' "$(error_of)"
}

test_passing_failures() {
    local model
    for model in $MODELS; do
        fresh
        check "$model: 503 twice, then the file" get -m "$model" --json "${SERVE_URL}flaky/2/$model"
        check_equal "$model: three attempts" "done 3" "$(jq -r '"\(.state) \(.attempts)"' "$WORK/out")"
        fresh
        check_exit "$model: cut half-way fails" 1 get -m "$model" -R 1 --json "${SERVE_URL}cut/x"
        check_equal "$model: cut half-way was tried again" 2 "$(jq .attempts "$WORK/out")"
        check "$model: cut half-way has no final name" unnamed
    done
}

test_expectations() {
    local model url=$NGINX_URL/hello
    for model in $MODELS; do
        fresh
        entry "$url" "sha256=$OTHER_SUM" >"$WORK/list"
        check_exit "$model: a wrong sha256 is exit 4" 4 get -m "$model" -i "$WORK/list" --json
        check_match "$model: both sums are told" "$SUM_OF_HELLO.*$OTHER_SUM" "$(error_of)"
        check "$model: a wrong sha256 leaves nothing" empty
        entry "$url" size=7 >"$WORK/list"
        check_exit "$model: a wrong size is exit 4" 4 get -m "$model" -i "$WORK/list"
        check "$model: a wrong size leaves nothing" empty
    done
    echo old >"$WORK/d/hello"
    check_exit "a wrong size keeps the file that was there" 4 get -i "$WORK/list"
    check_equal "the old file is unchanged" old "$(cat "$WORK/d/hello")"
    entry "$url" size=6 "sha256=${SUM_OF_HELLO^^}" md5=b1946ac92492d2347c6235b4d2611184 \
        sha1=f572d396fae9206628714fb2ce00f72e94f2258f >"$WORK/list"
    check "right sums of all kinds" get -i "$WORK/list" --json
    check_equal "right sums are told" "done true $SUM_OF_HELLO" "$(jq -r '"\(.state) \(.verified) \(.sha256)"' "$WORK/out")"
    check_exit "--max-size refuses a longer file" 1 get --max-size 5 "$url"
    check "--max-size takes a file of that size" get --max-size 6 "$url"
}

test_mirrors() {
    local model
    entry "$NGINX_URL/missing" out=m "mirror=http://127.0.0.1:1/m" "mirror=$NGINX_URL/hello" "sha256=$SUM_OF_HELLO" >"$WORK/list"
    for model in $MODELS; do
        fresh
        check "$model: the third mirror has it" get -m "$model" -R 0 -i "$WORK/list" --json
        check_equal "$model: the mirror is told" "done 3 $NGINX_URL/hello" "$(jq -r '"\(.state) \(.attempts) \(.effective_url)"' "$WORK/out")"
    done
    entry "$NGINX_URL/moved" "mirror=$NGINX_URL/hello" sha256="$OTHER_SUM" >"$WORK/list"
    check_exit "no mirror has the right bytes" 4 get -i "$WORK/list"
}

test_existing() {
    fresh
    entry "$NGINX_URL/hello" "sha256=$SUM_OF_HELLO" size=6 >"$WORK/list"
    mkdir -p "$WORK/d"
    echo wrong >"$WORK/d/hello" # the right size
    check "--skip-existing looks at the size alone" get --skip-existing -i "$WORK/list" --json
    check_equal "--skip-existing keeps" kept "$(jq -r .state "$WORK/out")"
    check "--dry-run with --verify" get --dry-run --verify -i "$WORK/list"
    check_equal "--dry-run prints what is wrong" "$NGINX_URL/hello" "$(cut -f1 "$WORK/out")"
    check_equal "--dry-run changes nothing" wrong "$(cat "$WORK/d/hello")"
    check "--verify fetches what is wrong" get --verify -i "$WORK/list" --json
    check_equal "--verify puts it right" "done hello" "$(jq -r .state "$WORK/out") $(cat "$WORK/d/hello")"
    check "--verify keeps what is right" get --verify -i "$WORK/list" --json
    check_equal "--verify says so" "kept true" "$(jq -r '"\(.state) \(.verified)"' "$WORK/out")"
    ln -sf "$WORK/list" "$WORK/d/hello"
    check "a link in the way is replaced, not followed" get --verify -i "$WORK/list"
    check_equal "the link's target is untouched" 1 "$(grep -c sha256 "$WORK/list")"
    check "--fsync file" get --fsync file "$NGINX_URL/hello"
    check "--fsync batch" get --fsync batch --json "$NGINX_URL/hello"
    check_equal "--fsync batch tells the last batch" "done" "$(jq -r .state "$WORK/out")"
}

test_disk() {
    fresh
    mkdir -p "$WORK/d" "$WORK/outside"
    : >"$WORK/d/file"
    ln -s "$WORK/outside" "$WORK/d/link"
    entry "$NGINX_URL/hello" out=file/x >"$WORK/list"
    check_exit "a file where a folder is needed is exit 3" 3 get -i "$WORK/list"
    entry "$NGINX_URL/hello" out=link/x >"$WORK/list"
    check_exit "a link where a folder is needed is exit 3" 3 get -i "$WORK/list"
    check_equal "nothing was written through the link" "" "$(ls -A "$WORK/outside")"
    check_exit "the output folder is a file: exit 3" 3 "$BIN/parkit-get" -d "$WORK/d/file" "$NGINX_URL/hello"
    check_exit "a log that cannot be written is exit 3" 3 get --log "$WORK/none/log" "$NGINX_URL/hello"
    if [ -w /dev/full ]; then
        # shellcheck disable=SC2016 # the inner shell expands
        check_exit "results that cannot be written are exit 3" 3 bash -c '"$0" --json -d "$1" "$2" >/dev/full' "$BIN/parkit-get" "$WORK/d" "$NGINX_URL/hello"
    fi
    : >"$WORK/d/.hello.part"
    check "the leavings of a killed run are removed" get "$NGINX_URL/hello"
    check_equal "and the file is right" hello "$(cat "$WORK/d/hello")"
    : >"$WORK/d/.hello.part"
    exec 9<"$WORK/d"
    flock -s 9
    check_exit "a temporary file of another run is not touched" 3 get "$NGINX_URL/hello"
    exec 9<&-
    if [ "$(id -u)" -eq 0 ]; then
        skip "an unwritable folder" "root may write everywhere"
    else
        mkdir -p "$WORK/locked" && chmod 555 "$WORK/locked"
        check_exit "an unwritable folder is exit 3" 3 "$BIN/parkit-get" -d "$WORK/locked" "$NGINX_URL/hello"
    fi
    # A full file system needs no root: a limit on the size of files fails in the same place.
    # shellcheck disable=SC2016
    check_exit "a write that fails is exit 3" 3 bash -c 'ulimit -f 1; trap "" XFSZ; "$0" -d "$1" "$2"' "$BIN/parkit-get" "$WORK/d" "${NGINX_URL}/large"
    check "a write that fails leaves nothing" test ! -e "$WORK/d/large" -a ! -e "$WORK/d/.large.part"
}

test_private() {
    check_exit "--no-private refuses loopback" 1 get --no-private --json "$NGINX_URL/hello"
    check_match "--no-private says why" 'private' "$(error_of)"
}

# Files of 4 MB at 40 kB a second: all in flight when the signal comes.
test_signal() {
    local model=$1 signal=$2 want=$3 code=0
    fresh
    "$BIN/parkit-get" -m "$model" -j 4 -d "$WORK/d" "${SLOW_URL}bytes/4000000/"{a,b,c,d,e,f} 2>"$WORK/err" &
    local pid=$!
    for _ in $(seq 100); do
        [ -z "$(find "$WORK/d" -name '.*.part' 2>/dev/null)" ] || break
        sleep 0.05
    done
    check "$model: a temporary file was there before the signal" test -n "$(find "$WORK/d" -name '.*.part')"
    kill "-$signal" "$pid"
    wait "$pid" || code=$?
    check_equal "$model: SIG$signal ends with $want" "$want" "$code"
    check "$model: SIG$signal leaves nothing under a final name" unnamed
}

# Background jobs of a script ignore SIGINT; env gives it back.
test_signals() {
    local model
    serve_start --bandwidth 1000000 || { skip "signals" "libmicrohttpd is missing"; return; }
    at_end_kill "$SERVE_PID"
    SLOW_URL=$SERVE_URL
    for model in $MODELS; do test_signal "$model" TERM 143; done
    for model in sequential multi processes; do
        fresh
        local code=0
        env --default-signal=INT timeout -s INT 1 "$BIN/parkit-get" -m "$model" -j 4 -d "$WORK/d" "${SLOW_URL}bytes/40000000/"{a,b,c} 2>"$WORK/err" || code=$?
        # timeout itself reports 124 for a command that it ended; the command's own code is in the message
        check_match "$model: SIGINT ends it in order" 'not finished' "$(cat "$WORK/err")"
        check "$model: SIGINT leaves nothing under a final name" unnamed
    done
}

test_dying_server() {
    local model code=0 pid
    for model in multi processes; do
        serve_start --bandwidth 1000000 || { skip "a dying server" "libmicrohttpd is missing"; return; }
        fresh
        "$BIN/parkit-get" -m "$model" -R 1 --retry-max 0.1 -d "$WORK/d" "${SERVE_URL}bytes/4000000/"{a,b,c} 2>"$WORK/err" &
        pid=$!
        sleep 0.5
        kill -9 "$SERVE_PID"
        wait "$SERVE_PID" 2>/dev/null
        code=0
        wait "$pid" || code=$?
        check_equal "$model: a server that dies fails every file" 1 "$code"
        check "$model: a server that dies leaves nothing under a final name" unnamed
    done
}

# A worker process that dies costs an attempt, not the file.
test_dying_worker() {
    serve_start --bandwidth 1000000 || { skip "a dying worker" "libmicrohttpd is missing"; return; }
    at_end_kill "$SERVE_PID"
    fresh
    "$BIN/parkit-get" -m processes -j 2 --retry-max 0.1 -d "$WORK/d" --json "${SERVE_URL}bytes/1000000/"{a,b} >"$WORK/out" 2>"$WORK/err" &
    local pid=$! code=0 worker
    sleep 0.3
    worker=$(ps -o pid= --ppid "$pid" | head -n 1)
    kill -9 "$worker"
    wait "$pid" || code=$?
    check_equal "processes: a worker is killed, the run ends well" 0 "$code"
    check_equal "processes: the files are there" "1000000 1000000" "$(stat -c %s "$WORK/d/a" "$WORK/d/b" | xargs)"
    check_equal "processes: one file took two attempts" "1 2" "$(jq .attempts "$WORK/out" | sort | xargs)"
}

main() {
    mkdir -p "$WORK/site" "$WORK/d"
    echo hello >"$WORK/site/hello"
    head -c 3000000 /dev/zero >"$WORK/site/large"
    # shellcheck disable=SC2016 # the variables are nginx's
    if ! nginx_start "$WORK/site" 'location /busy { return 503; } location /forbidden { deny all; } location /nothing { return 204; }
        location /loop { return 302 /loop; } location /moved { return 302 $scheme://$http_host/hello; } location /to-file { return 302 file:///etc/hostname; }'; then
        skip "parkit-get with nginx" "nginx is missing or does not start"
        finish
    fi
    at_end_kill "$NGINX_PID"
    test_server_failures
    test_expectations
    test_mirrors
    test_existing
    test_disk
    test_private
    if serve_start; then
        at_end_kill "$SERVE_PID"
        test_passing_failures
        test_signals
        test_dying_server
        test_dying_worker
    else
        skip "failures that pass" "libmicrohttpd is missing"
    fi
    finish
}
main
