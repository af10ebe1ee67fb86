#!/usr/bin/env bash
# What an earlier attempt, run or model left is gone on with: files by ranges, by several connections, from run to run in
# another model; complete files are not fetched again; --conditional asks whether anything has changed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"

SIZE=40000000 CUT=25000000

# shellcheck disable=SC2317 # called through check
get() { "$BIN/parkit-get" --retry-max 0.05 -d "$WORK/d" --json "$@"; }
fresh() { rm -rf "$WORK/d"; }
url() { echo "http://127.0.0.1:${FAULTS_PORT[http]}/$1"; }
# shellcheck disable=SC2317
right() { "$FAULTS" content "$1" "$2" | cmp - "$WORK/d/$3"; }
ranges() { asked_for "/$1" | jq -r '.headers.range // "whole"' | sort; }
# shellcheck disable=SC2317
clean() { [ "$(ls -A "$WORK/d")" = "$1" ]; }

# The first run, in one model, ends with its first attempt; another model fetches the rest and no more.
test_other_model() {
    local first=$1 second=$2 name=from-$1-to-$2
    fresh
    check_exit "$first: cut, no retry" 1 get -m "$first" -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/$name"
    check "$first to $second" get -m "$second" -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/$name"
    check_equal "$first to $second: what was there is not fetched again" "$CUT $((SIZE - CUT)) 1" \
        "$(jq -r '"\(.resumed_from) \(.bytes) \(.attempts)"' "$WORK/out")"
    check_equal "$first to $second: two requests" "bytes=$CUT-$((SIZE - 1)) whole" "$(ranges "$name" | xargs)"
    check "$first to $second: the file is right" right "$SIZE" 1 "$name"
    check "$first to $second: nothing else is left" clean "$name"
}

test_split() {
    local model=$1 name=split-$1 sum other
    sum=$("$FAULTS" content 60000000 1 | sha256sum | cut -d' ' -f1)
    fresh
    printf '%s\tsha256=%s\n' "$(url size=60000000)/$name" "$sum" >"$WORK/list"
    check "$model: --split 4" get -m "$model" --split 4 -i "$WORK/list"
    check_equal "$model: --split 4: all of it, once" "done 60000000 true" "$(jq -r '"\(.state) \(.bytes) \(.verified)"' "$WORK/out")"
    check "$model: --split 4: the file is right" right 60000000 1 "$name"
    if [ "$model" = sequential ]; then
        check_equal "sequential: one connection, so no ranges" whole "$(ranges "$name" | xargs)"
    else
        check_equal "$model: --split 4: four ranges" 4 "$(ranges "$name" | grep -c bytes=)"
    fi
    other=$(tr '0-9' '1-90' <<<"$sum")
    printf '%s\tsha256=%s\n' "$(url size=60000000)/wrong-$name" "$other" >"$WORK/list"
    check_exit "$model: --split 4: a wrong sum is exit 4" 4 get -m "$model" --split 4 -i "$WORK/list"
    check "$model: --split 4: and leaves nothing" clean "$name"
    check "$model: --split 4: a small file by one request" get -m "$model" --split 4 "$(url size=100000)/small-$name"
    check_equal "$model: a small file by one request" 1 "$(ranges "small-$name" | wc -l)"
    check "$model: parts that are cut are gone on with" get -m "$model" --split 4 -R 2 \
        "$(url "size=60000000;size=60000000,cut=3000000;size=60000000,cut=5000000;size=60000000")/cut-$name"
    check_equal "$model: parts that are cut: every byte came once" 60000000 "$(jq .bytes "$WORK/out")"
    check "$model: parts that are cut: the file is right" right 60000000 1 "cut-$name"
}

# The same command after an interruption: what was complete stays, whatever the list says of it, and unless it was changed.
test_complete_files_stay() {
    local model
    for model in $MODELS; do
        fresh
        printf '%s\n' "$(url size=1000)/a-$model" "$(url size=1000)/b-$model" "$(url 'status=404;size=1000')/c-$model" >"$WORK/list"
        check_exit "$model: one of three fails" 1 get -m "$model" -R 0 -i "$WORK/list"
        echo changed >>"$WORK/d/b-$model"
        check "$model: the same command again" get -m "$model" -R 0 -i "$WORK/list"
        check_equal "$model: what was complete and unchanged is kept" "a-$model kept b-$model done c-$model done" \
            "$(jq -r '"\(.out) \(.state)"' "$WORK/out" | sort | xargs)"
        check_equal "$model: and not asked for" 1 "$(asked_for "/a-$model" | wc -l)"
        check "$model: a third time all is fetched anew" get -m "$model" -R 0 -i "$WORK/list"
        check_equal "$model: because the second run had ended" 3 "$(jq -r .state "$WORK/out" | grep -c 'done')"
    done
}

test_other_entries() {
    fresh
    check_exit "another URL: cut" 1 get -R 0 "$(url "size=$SIZE,cut=$CUT")/same"
    check "another URL for the same output" get -R 0 "$(url "size=$SIZE,v=2")/same"
    check_equal "nothing of the first is taken up" 0 "$(jq .resumed_from "$WORK/out")"
    check "the file is of the second" right "$SIZE" 2 same
    fresh
    check_exit "a lost temporary file: cut" 1 get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/lost"
    rm "$WORK/d/.lost.part"
    check "a lost temporary file" get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/lost"
    check "a lost temporary file: right all the same" right "$SIZE" 1 lost
    fresh
    check_exit "a shortened temporary file: cut" 1 get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/short"
    truncate -s 1000 "$WORK/d/.short.part"
    check "a shortened temporary file" get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/short"
    check "a shortened temporary file: right all the same" right "$SIZE" 1 short
    fresh
    check_exit "a link instead of the temporary file: cut" 1 get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/link"
    echo precious >"$WORK/precious"
    ln -sf "$WORK/precious" "$WORK/d/.link.part"
    get -R 0 "$(url "size=$SIZE,cut=$CUT;size=$SIZE")/link" >"$WORK/out" 2>"$WORK/err"
    check_equal "a link instead of the temporary file is not followed" precious "$(cat "$WORK/precious")"
}

test_conditional() {
    local model path
    for model in $MODELS; do
        fresh
        path=$(url "size=1000,modified=86400;status=304;size=900,v=2")/cond-$model
        check "$model: --conditional, the first time" get -m "$model" --conditional "$path"
        check "$model: --conditional, unchanged" get -m "$model" --conditional "$path"
        check_equal "$model: --conditional, unchanged: kept" "kept 304" "$(jq -r '"\(.state) \(.http)"' "$WORK/out")"
        check "$model: --conditional, changed" get -m "$model" --conditional "$path"
        check "$model: --conditional, changed: fetched" right 900 2 "cond-$model"
        check_equal "$model: the validator was sent" 2 "$(asked_for "/cond-$model" | jq -r '.headers["if-none-match"] // empty' | wc -l)"
    done
    check "without --conditional nothing is remembered" get "$path"
    check "no ledger is left" clean "cond-$model"
}

main() {
    local model previous=processes
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "resuming" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    for model in $MODELS; do
        test_other_model "$previous" "$model"
        previous=$model
    done
    for model in $MODELS; do test_split "$model"; done
    test_complete_files_stay
    test_other_entries
    test_conditional
    finish
}
main
