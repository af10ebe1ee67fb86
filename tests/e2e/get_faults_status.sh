#!/usr/bin/env bash
# The fault catalogue, rows 35 to 44: status codes, Retry-After, redirects, and whom credentials are told.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
# shellcheck source=tests/faults/rows_status.sh
. "$TESTS/faults/rows_status.sh"

# Row 37: the pause is the host's: nobody asks it for anything meanwhile.
test_host_pause() {
    local model=$1 n code=0 gap
    echo "http://127.0.0.1:${FAULTS_PORT[http]}/status=429,retry-after=1;/pause-0-$model" >"$WORK/list"
    for n in 1 2 3; do echo "http://127.0.0.1:${FAULTS_PORT[http]}/size=10/pause-$n-$model" >>"$WORK/list"; done
    "$BIN/parkit-get" -m "$model" -j 1 -d "$WORK/d" --retry-max 5 -i "$WORK/list" 2>"$WORK/err" || code=$?
    check_equal "row 37, $model: all came in the end" "0 4" "$code $(find "$WORK/d" -name 'pause*' | wc -l)"
    gap=$(jq -s --arg name "/pause-[0-9]-$model\$" 'map(select(.target | test($name)) | .at_s) | sort | .[1] - .[0] | . >= 0.95' "$FAULTS_LOG")
    check_equal "row 37, $model: the host was left alone for a second" true "$gap"
}

# Row 43: localhost and 127.0.0.1 are two hosts. What is for one is not told to the other.
test_credentials() {
    local model=$1 secret=s3cret to=http:%2F%2Flocalhost:${FAULTS_PORT[http]}%2Fsize=10%2Fother-$1 told
    printf 'machine 127.0.0.1 login me password %s\n' "$secret" >"$WORK/.netrc"
    chmod 600 "$WORK/.netrc"
    check "row 43, $model: a redirect to another host, netrc" env HOME="$WORK" "$BIN/parkit-get" -m "$model" --netrc -d "$WORK/d" \
        "http://127.0.0.1:${FAULTS_PORT[http]}/status=302,to=$to/first-$model"
    told=$(asked_for "/first-$model" '.headers.authorization // "none"' | xargs)
    check_equal "row 43, $model: its own host was told (RFC 7617)" "Basic $(printf 'me:%s' "$secret" | base64)" "$told"
    told=$(asked_for "/other-$model" '.headers.authorization // "none"' | xargs)
    check_equal "row 43, $model: the other was not" none "$told"
    check "row 43, $model: a user name in the URL" "$BIN/parkit-get" -m "$model" -d "$WORK/d" \
        "http://me:$secret@127.0.0.1:${FAULTS_PORT[http]}/status=302,to=${to}-2/second-$model"
    told=$(asked_for "/other-$model-2" '.headers.authorization // "none"' | xargs)
    check_equal "row 43, $model: it was not told to the other host either" none "$told"
}

main() {
    local model
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "the fault catalogue" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    rows_status
    for model in $MODELS; do
        together test_host_pause "$model"
        together test_credentials "$model"
    done
    rows_end
    finish
}
main
