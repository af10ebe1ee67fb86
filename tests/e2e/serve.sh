#!/usr/bin/env bash
# parkit-serve: what it serves, how it waits, how it ends.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"

if [ ! -x "$BIN/parkit-serve" ]; then
    skip "parkit-serve" "libmicrohttpd is missing"
    finish
fi

if ! command -v curl >/dev/null; then
    skip "parkit-serve" "curl is missing"
    finish
fi

code() { curl -s -o "$WORK/body" -w '%{http_code}' "$@"; }

test_usage() {
    check "--help" "$BIN/parkit-serve" --help
    check_match "--help tells the paths" '/flaky/K/NAME' "$(cat "$WORK/out")"
    check_exit "an unknown option is a usage error" 2 "$BIN/parkit-serve" --nothing
    check_exit "a bad port is a usage error" 2 "$BIN/parkit-serve" --port 65536
    check_exit "another word is a usage error" 2 "$BIN/parkit-serve" file
    check_exit "it ends after its lifetime" 0 "$BIN/parkit-serve" --lifetime 0.1
}

test_content() {
    curl -s "${SERVE_URL}list/3" >"$WORK/list"
    check_equal "a list has as many lines as asked for" 3 "$(wc -l <"$WORK/list")"
    local url sum
    url=$(sed -n 2p "$WORK/list" | cut -f1)
    sum=$(sed -n 2p "$WORK/list" | tr '\t' '\n' | sed -n 's/^sha256=//p')
    check_equal "a file has the SHA-256 of the list" "$sum" "$(curl -s "$url" | sha256sum | cut -d' ' -f1)"
    check_equal "a file has --size bytes" 1000 "$(curl -s "$url" | wc -c)"
    check_equal "/bytes/N gives N bytes" 70001 "$(curl -s "${SERVE_URL}bytes/70001/x" | wc -c)"
    check_equal "a longer file begins with the shorter one of that name" \
        "$(curl -s "${SERVE_URL}bytes/1000/x" | sha256sum)" "$(curl -s "${SERVE_URL}bytes/70001/x" | head -c 1000 | sha256sum)"
    check_match "HEAD gives the length" 'Content-Length: 1000' "$(curl -sI "$url")"
}

test_ranges() {
    local whole=$WORK/whole tag
    curl -s "${SERVE_URL}r" >"$whole"
    check_equal "a range from the middle" "$(tail -c +11 "$whole" | head -c 13 | sha256sum)" "$(curl -s -r 10-22 "${SERVE_URL}r" | sha256sum)"
    check_equal "a range to the end" "$(tail -c 5 "$whole" | sha256sum)" "$(curl -s -r 995- "${SERVE_URL}r" | sha256sum)"
    check_equal "a range of the last bytes" "$(tail -c 7 "$whole" | sha256sum)" "$(curl -s -r -7 "${SERVE_URL}r" | sha256sum)"
    check_equal "a range is answered with 206" 206 "$(code -r 0-0 "${SERVE_URL}r")"
    check_equal "a range outside is answered with 416" 416 "$(code -r 1000- "${SERVE_URL}r")"
    tag=$(curl -sI "${SERVE_URL}r" | tr -d '\r' | sed -n 's/^ETag: //p')
    check_equal "If-None-Match with the tag is answered with 304" 304 "$(code -H "If-None-Match: $tag" "${SERVE_URL}r")"
    check_equal "If-Range with another tag gives the whole file" 200 "$(code -r 0-0 -H 'If-Range: "x"' "${SERVE_URL}r")"
}

test_failures() {
    check_equal "/status gives the status" 418 "$(code "${SERVE_URL}status/418")"
    check_equal "/flaky fails the first time" 503 "$(code "${SERVE_URL}flaky/2/x")"
    check_equal "/flaky fails the second time" 503 "$(code "${SERVE_URL}flaky/2/x")"
    check_equal "/flaky then gives the file" 200 "$(code "${SERVE_URL}flaky/2/x")"
    check_exit "/cut breaks off" 18 curl -s -o "$WORK/body" "${SERVE_URL}cut/x"
    check_equal "/cut breaks off half-way" 500 "$(wc -c <"$WORK/body")"
    check_equal "a bad number is answered with 404" 404 "$(code "${SERVE_URL}list/x")"
    check_equal "another method is answered with 405" 405 "$(code -X DELETE "${SERVE_URL}x")"
    check_equal "a request body is read and refused" 405 "$(code -d "$(seq 1000)" "${SERVE_URL}x")"
}

# 40 requests of 100 ms at once: one after the other they would take 4 s.
test_latency() {
    serve_start --latency 100 || { fail "start with --latency"; return; }
    local from to
    from=$(date +%s%N)
    curl -sZ --parallel-max 40 --no-progress-meter -o "$WORK/at_#1" "${SERVE_URL}[1-40]"
    to=$(date +%s%N)
    local ms=$(((to - from) / 1000000))
    check "requests wait at the same time ($ms ms for 40 of 100 ms)" test "$ms" -ge 100 -a "$ms" -lt 2000
    curl -s -m 0.02 "${SERVE_URL}waiting"
    serve_stop
    check_equal "SIGTERM ends it, though a connection waits" 0 "$SERVE_CODE"
}

# 20,000 bytes at 40,000 bytes a second take half a second.
test_bandwidth() {
    serve_start --bandwidth 40000 --size 20000 || { fail "start with --bandwidth"; return; }
    local seconds
    seconds=$(curl -s -o "$WORK/body" -w '%{time_total}' "${SERVE_URL}x")
    check_equal "a slow file is whole" 20000 "$(wc -c <"$WORK/body")"
    check_match "a slow file takes its time ($seconds s)" '^(0[.][3-9]|[1-9])' "$seconds"
    serve_stop
}

main() {
    test_usage
    serve_start --size 1000 || fail "parkit-serve starts"
    at_end_kill "$SERVE_PID"
    check_exit "a port in use is an error" 3 "$BIN/parkit-serve" --port "$(tr -dc 0-9 <<<"${SERVE_URL##*:}")"
    test_content
    test_ranges
    test_failures
    serve_stop
    check_equal "it ends cleanly" 0 "$SERVE_CODE"
    test_latency
    test_bandwidth
    finish
}
main
