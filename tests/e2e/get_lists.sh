#!/usr/bin/env bash
# parkit-get, its command line and its lists: what is refused, and with which words.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"

if [ ! -x "$BIN/parkit-get" ]; then
    skip "parkit-get" "libcurl is missing"
    finish
fi
# shellcheck disable=SC2119 # no options wanted
if ! serve_start; then
    skip "parkit-get with parkit-serve" "libmicrohttpd is missing"
    finish
fi
at_end_kill "$SERVE_PID"

U=$SERVE_URL
get() { "$BIN/parkit-get" -d "$WORK/d" "$@"; }

# refused NAME ERE ARGUMENTS...: exit 2 and one line on stderr that matches
refused() {
    local name=$1 pattern=$2
    shift 2
    check_exit "$name" 2 get "$@"
    check_match "$name: says why" "$pattern" "$(cat "$WORK/err")"
    check_equal "$name: in one line" 1 "$(grep -vc 'note:' "$WORK/err")"
}

# refused_line NAME ERE LINE: the same for the second line of a list; the first is fetched, the third is not
refused_line() {
    rm -rf "$WORK/d"
    printf '%s\n%b\n%s\n' "${U}before" "$3" "${U}after" >"$WORK/list"
    refused "$1" "line 2: .*$2" -i "$WORK/list"
    check "$1: what stood before it is there, nothing else" test "$(ls -A -I .parkit-get.ledger "$WORK/d" 2>/dev/null)" = before
}

test_usage() {
    check "--help" "$BIN/parkit-get" --help
    check "--version" "$BIN/parkit-get" --version
    refused "no URL" 'nothing to fetch'
    refused "an unknown option" '--splat' --splat 4 "${U}x"
    refused "an unknown model" 'fork.*threads' -m fork "${U}x"
    refused "no connections" '--connections 0' -j 0 "${U}x"
    refused "a bad number" '--retries' -R many "${U}x"
    refused "a header without colon" "'X-Test'" -H X-Test "${U}x"
    refused "contradictory options" 'exclude' --verify --skip-existing "${U}x"
    refused "a list that is not there" "$WORK/none" -i "$WORK/none"
    refused "a URL of another kind" "'ftp://127.0.0.1/x'" ftp://127.0.0.1/x
    refused "a URL without a name" 'out=NAME' "${U%/}"
    refused "one name twice" "'x' is the output of an earlier" "${U}x" "${U}bytes/5/x"
}

test_bad_lines() {
    refused_line "a line that is no URL" "'nonsense'" 'nonsense'
    refused_line "no host" 'no usable host' 'http:///x'
    refused_line "a bad port" 'bad port' 'http://h:99999/x'
    refused_line "a URL with a space" 'spaces' 'http://h/a b'
    refused_line "a URL that hides a slash" '%2f' 'http://h/..%2f..%2fx'
    refused_line "out above the folder" "'\.\.'" "${U}x\tout=../x"
    refused_line "out with .. inside" "'\.\.'" "${U}x\tout=a/../../x"
    refused_line "out that is absolute" 'relative' "${U}x\tout=/tmp/x"
    refused_line "out with an empty part" 'empty' "${U}x\tout=a//x"
    refused_line "out with a dash in front" "'-'" "${U}x\tout=-rf"
    refused_line "out with an escape character" 'control' "${U}x\tout=a\\0033[2Jb"
    refused_line "out that is not UTF-8" 'UTF-8' "${U}x\tout=a\\0377b"
    refused_line "out with a backslash" 'backslash' "${U}x\tout=a\\\\\\\\b"
    refused_line "out like a temporary file" 'being fetched' "${U}x\tout=.x.part"
    refused_line "a name of 256 bytes" '255 bytes' "${U}x\tout=$(printf 'a%.0s' $(seq 256))"
    refused_line "an unknown key" "'colour'" "${U}x\tcolour=red"
    refused_line "no key" 'key=value' "${U}x\tred"
    refused_line "a size that is no number" "'big'" "${U}x\tsize=big"
    refused_line "a hash that is too short" "sha256.*'abc'" "${U}x\tsha256=abc"
    refused_line "a key given twice" 'twice' "${U}x\tsize=1\tsize=2"
    refused_line "a bad mirror" "'gopher://h/x'" "${U}x\tmirror=gopher://h/x"
    refused_line "a name given twice" "'before' is the output" "${U}bytes/5/before"
    refused_line "a zero byte" 'zero byte' "${U}x\\0000y"
    refused_line "a line without end" '65535 bytes; it begins with' "${U}$(printf 'a%.0s' $(seq 70000))"
}

test_good_lines() {
    rm -rf "$WORK/d"
    printf '# a comment\n\n%s\r\n%s\tout=b/c/name\n%s\tout=%s' "${U}plain" "${U}x" "${U}y" "$(printf 'n%.0s' $(seq 255))" >"$WORK/list"
    check "comments, empty lines, CR LF, no line break at the end" get -i "$WORK/list"
    check "names of the list" test -f "$WORK/d/plain" -a -f "$WORK/d/b/c/name" -a -f "$WORK/d/$(printf 'n%.0s' $(seq 255))"
    check "a URL and a list" get -i "$WORK/list" "${U}other?query=1#fragment"
    check "a query is no part of the name" test -f "$WORK/d/other"
    { printf '#%0200000d %s\n%s\n#%070000d' 1 "${U}commented" "${U}after" 2; } >"$WORK/list"
    check "comments of any length" get -i "$WORK/list"
    check_equal "hide nothing but themselves" "1 1" "$(find "$WORK/d" -name after | wc -l) $(find "$WORK/d" -newer "$WORK/list" -type f ! -name '.*' | wc -l)"
    : >"$WORK/empty"
    check "an empty list is right" get -i "$WORK/empty"
}

# The list is a pipe that stays open: what has come through it is fetched at once.
test_stream() {
    rm -rf "$WORK/d"
    mkfifo "$WORK/pipe"
    get -i - <"$WORK/pipe" 2>"$WORK/err" &
    local pid=$! code=0
    exec 8>"$WORK/pipe"
    echo "${U}first" >&8
    for _ in $(seq 100); do
        [ ! -f "$WORK/d/first" ] || break
        sleep 0.05
    done
    check "an entry is fetched while the list is still open" test -f "$WORK/d/first"
    echo "${U}second" >&8
    exec 8>&-
    wait "$pid" || code=$?
    check_equal "the run ends with the list" "0 1024" "$code $(stat -c %s "$WORK/d/second")"
    mkfifo "$WORK/pipe2"
    get -i - <"$WORK/pipe2" 2>"$WORK/err" &
    pid=$! code=0
    exec 8>"$WORK/pipe2"
    sleep 0.3
    kill -TERM "$pid"
    wait "$pid" || code=$?
    exec 8>&-
    check_equal "a signal ends the waiting for a list" 143 "$code"
}

test_dry_run() {
    rm -rf "$WORK/d"
    printf '%s\tsize=1024\tmirror=%s\n' "${U}x" "${U}y" >"$WORK/list"
    check "--dry-run" get --dry-run -i "$WORK/list"
    check_equal "--dry-run prints a list line" "$(printf '%s\tout=x\tsize=1024\tmirror=%s' "${U}x" "${U}y")" "$(cat "$WORK/out")"
    check "--dry-run fetches nothing" test ! -e "$WORK/d/x"
    cp "$WORK/out" "$WORK/list"
    check "what it prints is a list" get -i "$WORK/list"
}

# 100 kB at 200 kB a second: half a second less the burst, whatever the number of connections.
test_limit_rate() {
    local model from to
    for model in sequential multi processes; do
        rm -rf "$WORK/d"
        from=$(date +%s%N)
        check "$model: --limit-rate" get -m "$model" --limit-rate 200000 "${U}bytes/25000/"{a,b,c,d}
        to=$(date +%s%N)
        check "$model: --limit-rate holds ($(((to - from) / 1000000)) ms)" test $(((to - from) / 1000000)) -ge 300
        check_equal "$model: --limit-rate loses nothing" 100000 "$(cat "$WORK/d/"? | wc -c)"
    done
}

test_hosts() {
    rm -rf "$WORK/d"
    check_exit "--timeout ends a slow file" 1 get --timeout 0.3 -R 9 --retry-max 0.01 "${U}flaky/1000000/slow"
    check "--header is sent" get -H 'X-Test: 1' "${U}headers"
    check_exit "a proxy that is not there" 1 get -R 0 --proxy http://127.0.0.1:1/ "${U}proxied"
}

test_progress() {
    check "--progress" get --progress --limit-rate 1000 "${U}bytes/400/p"
    check_match "--progress draws a line" 'files,.* 0 failed' "$(cat "$WORK/err")"
    check "no progress without a terminal" get "${U}q"
    check_equal "only the summary" 1 "$(wc -l <"$WORK/err")"
}

main() {
    test_usage
    test_bad_lines
    test_good_lines
    test_stream
    test_dry_run
    test_limit_rate
    test_hosts
    test_progress
    finish
}
main
