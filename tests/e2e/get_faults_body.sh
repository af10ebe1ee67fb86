#!/usr/bin/env bash
# The fault catalogue, rows 1 to 20: bodies and framing. In all five models: the exit code, the reason, and nothing under a
# final name that is not right.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
# shellcheck source=tests/faults/rows_body.sh
. "$TESTS/faults/rows_body.sh"

# Row 6: libcurl below 8.0 can take a cut body of HTTP/2 for a whole one, so HTTP/2 is not even offered there.
test_http2() {
    local offered version
    version=$(curl-config --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1)
    offered=$(jq -s 'map(select(.listener == "tls" and .http2_offered)) | length' "$FAULTS_LOG")
    check "there were requests over TLS" grep -q '"listener": *"tls"' "$FAULTS_LOG"
    if [ "${version:-7}" -ge 8 ]; then
        skip "HTTP/2 is not offered" "libcurl $version is sound"
    else
        check_equal "row 6: HTTP/2 is not offered by this libcurl" 0 "$offered"
    fi
}

# Row 20: connections that are kept alive and die: each file on a connection that its server has closed or resets.
test_idle() {
    local model=$1 word=$2 n code=0
    for n in 1 2 3 4 5 6; do echo "http://127.0.0.1:${FAULTS_PORT[http]}/$word/idle-$model-$word-$n"; done >"$WORK/list"
    "$BIN/parkit-get" -m "$model" -j 2 -d "$WORK/d" --retry-max 0.05 -R 2 -i "$WORK/list" 2>"$WORK/err" || code=$?
    check_equal "row 20, $model, $word: exit" 0 "$code"
    for n in 1 2 3 4 5 6; do
        check "row 20, $model, $word: file $n" cmp "$WANT_1000" "$WORK/d/idle-$model-$word-$n"
    done
}

main() {
    local model
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "the fault catalogue" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    FAULTS_PORT["silent-tls"]=${FAULTS_PORT[http]} # a server that waits for a request line sees the TLS greeting
    WANT_1000=$WORK/want
    "$FAULTS" content 1000 1 >"$WANT_1000"
    rows_body
    for model in $MODELS; do
        together test_idle "$model" quit
        together test_idle "$model" reset-next
    done
    rows_end
    test_http2
    finish
}
main
