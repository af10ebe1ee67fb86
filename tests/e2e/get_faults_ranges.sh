#!/usr/bin/env bash
# The fault catalogue, rows 21 to 34 and 44: ranges, resume, versions of a file, in all five models. A file is of one version
# from its first byte to its last, or it is not there.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
# shellcheck source=tests/faults/rows_ranges.sh
. "$TESTS/faults/rows_ranges.sh"

get() { "$BIN/parkit-get" -d "$WORK/d" --json --fsync none --retry-max 0.05 "$@" >"$WORK/out" 2>"$WORK/err"; }
U() { echo "http://127.0.0.1:${FAULTS_PORT[http]}/$1"; }

# What the server was asked for: its requests carry a strong validator, and only a strong one (RFC 9110, section 13.1.5).
test_requests() {
    local model=$1
    get -m "$model" -R 1 "$(U "size=3000000,cut=2500000;size=3000000/strong-$model")"
    check_equal "$model: a strong ETag goes into If-Range" '["bytes=2500000-2999999","\"v1\""]' \
        "$(asked_for "/strong-$model" '[.headers.range, .headers["if-range"]]' | tail -n 1)"
    get -m "$model" -R 1 "$(U "size=3000000,weak,cut=2500000;size=3000000,weak/weak-$model")"
    check_equal "$model: a weak one does not, and nothing is asked for by range" '[null,null]' \
        "$(asked_for "/weak-$model" '[.headers.range, .headers["if-range"]]' | tail -n 1)"
    get -m "$model" -R 3 "$(U "size=3000000,cut=2500000;size=3000000,range=no-if-range/picky-$model")"
    check_equal "row 31, $model: one plain Range after a 200 to If-Range" '["bytes=2500000-2999999",null]' \
        "$(asked_for "/picky-$model" '[.headers.range, .headers["if-range"]]' | tail -n 1)"
}

# Row 34: what is left of one URL is not continued from another, even if all that the servers say is alike.
test_other_url() {
    local model=$1
    printf '%s\tout=other\n' "$(U "size=3000000,cut=2500000/first-$model")" >"$WORK/list"
    get -m "$model" -R 0 -i "$WORK/list"
    check "row 34, $model: the first run leaves a part" test -s "$WORK/d/.other.part"
    printf '%s\tout=other\n' "$(U "size=3000000,v=2,etag=v1/second-$model")" >"$WORK/list"
    check "row 34, $model: another URL at the same path" get -m "$model" -R 0 -i "$WORK/list"
    "$FAULTS" content 3000000 2 >"$WORK/want"
    check "row 34, $model: its file, whole" cmp "$WORK/want" "$WORK/d/other"
}

# Row 44: a redirect that leads every request to another mirror, with other bytes under the same name and size.
test_mirrors_per_range() {
    local model=$1 a b
    a=status=302,to=%2Fsize=34000000%2Fa-$model b=status=302,to=%2Fsize=34000000,v=2,etag=v1%2Fb-$model
    check "row 44, $model: redirects to a different mirror per range" get -m "$model" --split 4 -R 4 "$(U "$a;$b;$a;$b;$b/split-$model")"
    "$FAULTS" content 34000000 1 >"$WORK/want"
    check "row 44, $model: one version from end to end" cmp "$WORK/want" "$WORK/d/split-$model"
}

# Piece hashes prove what fits together where no validator does; a bad piece alone is fetched again.
test_pieces() {
    local model=$1 sums
    sums=$("$FAULTS" content 3000000 1 | split -b 1000000 --filter='sha256sum | cut -d " " -f 1' - | tr -d '\n')
    printf '%s\tsize=3000000\tpieces=sha256:1000000:%s\n' \
        "$(U "size=3000000,etag=none,cut=2500000;size=3000000,etag=none/pieces-$model")" "$sums" >"$WORK/list"
    check "$model: cut in the third piece, no validator" get -m "$model" -R 2 -i "$WORK/list"
    "$FAULTS" content 3000000 1 >"$WORK/want"
    check "$model: its bytes" cmp "$WORK/want" "$WORK/d/pieces-$model"
    check_equal "$model: two pieces were good and not fetched again" 'bytes=2000000-' \
        "$(asked_for "/pieces-$model" '.headers.range // "none"' | tail -n 1 | grep -o 'bytes=[0-9]*-')"
}

main() {
    local model
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "the fault catalogue" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    rows_ranges
    for model in $MODELS; do
        together test_requests "$model"
        together test_other_url "$model"
        together test_mirrors_per_range "$model"
        together test_pieces "$model"
    done
    rows_end
    finish
}
main
