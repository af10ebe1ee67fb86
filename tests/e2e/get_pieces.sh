#!/usr/bin/env bash
# parkit-get, files whose bytes come from several places: hashes of pieces tell which bytes are wrong, and those alone are fetched
# again, from another mirror where there is one, also into a damaged file that is there (--verify). A whole hash lets another
# mirror go on where one broke off. What the server was asked for is counted in its log.
# shellcheck disable=SC2317 # functions are called through together and check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"

SIZE=3000000 # of most files here, in three pieces
get() { "$BIN/parkit-get" --retry-max 0.05 --json --fsync none -d "$WORK/d" "$@"; }
U() { echo "http://127.0.0.1:${FAULTS_PORT[http]}/size=$1"; }

# entry NAME URL... - a list line with a whole hash, and with hashes of pieces unless PIECES is 0
entry() {
    local name=$1 mirror size=${SIZE_OF:-$SIZE} piece=${PIECES:-1000000}
    printf '%s\tout=%s\tsize=%s' "$2" "$name" "$size"
    [ -n "${ONLY_PIECES:-}" ] || printf '\tsha256=%s' "$("$FAULTS" content "$size" 1 | sha256sum | cut -d ' ' -f 1)"
    [ "$piece" -eq 0 ] || printf '\tpieces=sha256:%s:%s' "$piece" \
        "$("$FAULTS" content "$size" 1 | split -b "$piece" --filter='sha256sum | cut -d " " -f 1' - | tr -d '\n')"
    for mirror in "${@:3}"; do printf '\tmirror=%s' "$mirror"; done
    echo
}

# What was asked for under the name, in one line: "whole" or the range.
ranges() { asked_for "/$1" '.headers.range // "whole"' | tr -d '"' | sed 's/bytes=//' | xargs; }

right() { # NAME DESCRIPTION
    "$FAULTS" content "${SIZE_OF:-$SIZE}" 1 >"$WORK/want"
    check "$2: its bytes" cmp "$WORK/want" "$WORK/d/$1"
}

test_wrong_piece() {
    local model=$1 n=$1
    entry "once-$n" "$(U "$SIZE,etag=none,wrong=1500000;size=$SIZE,etag=none/once-$n")" >"$WORK/list"
    check "$model: a piece that is wrong once" get -m "$model" -i "$WORK/list"
    check_equal "$model: is fetched again, alone" "whole 1000000-1999999" "$(ranges "once-$n")"
    check_equal "$model: in two attempts and a megabyte more" "2 4000000" "$(jq -r '"\(.attempts) \(.bytes)"' "$WORK/out")"
    right "once-$n" "$model: a piece that is wrong once"
    entry "mirror-$n" "$(U "$SIZE,wrong=1500000/mirror-a-$n")" "$(U "$SIZE/mirror-b-$n")" >"$WORK/list"
    check "$model: a mirror with a corrupted piece" get -m "$model" -i "$WORK/list"
    check_equal "$model: it is not asked again, but the other, for that piece" "whole, 1000000-1999999" "$(ranges "mirror-a-$n"), $(ranges "mirror-b-$n")"
    right "mirror-$n" "$model: a mirror with a corrupted piece"
    entry "both-$n" "$(U "$SIZE,wrong=5,wrong=1000000/both-a-$n")" "$(U "$SIZE,wrong=2999999/both-b-$n")" >"$WORK/list"
    check "$model: two mirrors, each with other corrupted pieces" get -m "$model" -i "$WORK/list"
    check_equal "$model: each gives what it has right" "whole, 0-1999999" "$(ranges "both-a-$n"), $(ranges "both-b-$n")"
    right "both-$n" "$model: two mirrors"
}

# All of it comes anew each time, which is no progress.
test_without_ranges() {
    local model=$1 n=$1
    entry "anew-$n" "$(U "$SIZE,range=ignore,wrong=1500000/anew-$n")" >"$WORK/list"
    check_exit "$model: a server without ranges that always has the piece wrong" 4 timeout 20 \
        "$BIN/parkit-get" --retry-max 0.05 --json --fsync none -d "$WORK/d" -m "$model" -R 2 -i "$WORK/list"
    check_equal "$model: is asked as often as any" 3 "$(jq .attempts "$WORK/out")"
    PIECES=0 entry "cut-$n" "$(U "$SIZE,cut=2500000/cut-$n")" >"$WORK/list"
    check_exit "$model: a file that is cut off" 1 get -m "$model" -R 0 -i "$WORK/list"
    check_equal "$model: what came of it is counted once" 2500000 "$(jq .bytes "$WORK/out")"
}

# More wrong stretches than are kept account of, and behind them a piece that is right, but wrong at the server.
test_torn() {
    local model=$1 n=$1 i
    ONLY_PIECES=1 PIECES=50000 entry "torn-$n" "$(U "$SIZE,wrong=2925000/torn-$n")" >"$WORK/list"
    "$FAULTS" content "$SIZE" 1 >"$WORK/d/torn-$n"
    for ((i = 0; i < 20; i++)); do
        printf 'wrong' | dd of="$WORK/d/torn-$n" bs=1 seek=$((25000 + 100000 * i)) conv=notrunc status=none
    done
    for i in first second; do
        check_exit "$model: a file torn in twenty places, $i run: a piece cannot be had" 4 get -m "$model" --verify -R 1 -i "$WORK/list"
    done
}

# Both mirrors have the same piece wrong. All the rest is kept for the next run, which finds it mended.
test_wrong_everywhere() {
    local model=$1 n=$1 wrong=size=$SIZE,wrong=1500000
    entry "all-$n" "$(U "${wrong#size=};$wrong;size=$SIZE/all-a-$n")" "$(U "${wrong#size=}/all-b-$n")" >"$WORK/list"
    check_exit "$model: no mirror has the piece" 4 get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: each was asked in turns" "whole 1000000-1999999, 1000000-1999999 1000000-1999999" "$(ranges "all-a-$n"), $(ranges "all-b-$n")"
    check_match "$model: and the piece is named" 'piece at byte 1000000 is wrong' "$(jq -r .error "$WORK/out")"
    check "$model: it is not there" test ! -e "$WORK/d/all-$n"
    check "$model: the next run finds it" get -m "$model" -i "$WORK/list"
    check_equal "$model: and asks for no more" 2000000 "$(jq .resumed_from "$WORK/out")"
    right "all-$n" "$model: the next run"
}

# The dead mirror costs its attempts, not the file.
test_dead_mirror() {
    local model=$1 n=$1
    entry "dead-$n" "$(U "$SIZE,wrong=1500000;size=$SIZE/dead-$n")" "$(U "$SIZE,status=404/dead-b-$n")" >"$WORK/list"
    check "$model: a wrong piece, and the other mirror has nothing" get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: the first is asked again" "whole 1000000-1999999" "$(ranges "dead-$n")"
    right "dead-$n" "$model: the other mirror has nothing"
}

# Another version is noticed after three pieces, and none of it is taken.
test_other_version() {
    local model=$1 n=$1 sent
    PIECES=10000 entry "other-$n" "$(U "$SIZE,v=2,piece=1000,drip=1/other-a-$n")" "$(U "$SIZE/other-b-$n")" >"$WORK/list"
    check "$model: a mirror with another version" get -m "$model" -i "$WORK/list"
    sent=$(jq .bytes "$WORK/out")
    check "$model: is not heard to its end ($((sent - SIZE)) bytes for nothing)" test "$sent" -gt "$SIZE" -a "$sent" -lt $((SIZE + 1000000))
    right "other-$n" "$model: a mirror with another version"
}

test_split() {
    local model=$1 n=$1 SIZE_OF=34000000 asked
    local wrong=size=$SIZE_OF,wrong=20000000 # in the second of three ranges, whichever of the three comes first
    [ "$model" = sequential ] || wrong="$wrong;$wrong;$wrong"
    entry "split-$n" "$(U "${wrong#size=};size=$SIZE_OF/split-$n")" >"$WORK/list"
    check "$model: a wrong piece of a split file" get -m "$model" --split 4 -i "$WORK/list"
    asked=$(ranges "split-$n" | tr ' ' '\n' | awk -F - -v size="$SIZE_OF" '{ n += $1 == "whole" ? size : $2 - $1 + 1 } END { print n }')
    check_equal "$model: all of it is asked for once, and the piece again" $((SIZE_OF + 1000000)) "$asked"
    right "split-$n" "$model: a split file"
}

damage() { printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }

test_verify() {
    local model=$1 n=$1
    mkdir -p "$WORK/d"
    "$FAULTS" content "$SIZE" 1 | tee "$WORK/d/tree-$n" "$WORK/d/only-$n" >"$WORK/d/plain-$n"
    entry "tree-$n" "$(U "$SIZE/tree-$n")" >"$WORK/list"
    check "$model: --verify of a file that is right" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: asks for nothing" "kept " "$(jq -r .state "$WORK/out") $(ranges "tree-$n")"
    damage "$WORK/d/tree-$n" 1000000
    check "$model: --verify of a file with a wrong byte" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: asks for its piece" "1000000-1999999" "$(ranges "tree-$n")"
    check_equal "$model: and says so" "done true 1 1000000 2000000" "$(jq -r '"\(.state) \(.verified) \(.attempts) \(.bytes) \(.resumed_from)"' "$WORK/out")"
    right "tree-$n" "$model: --verify"
    truncate -s 1999999 "$WORK/d/tree-$n"
    check "$model: --verify of a file cut short" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: asks for what is missing" "1000000-1999999 1000000-2999999" "$(ranges "tree-$n")"
    right "tree-$n" "$model: a file cut short"
    ONLY_PIECES=1 entry "only-$n" "$(U "$SIZE,etag=none/only-$n")" >"$WORK/list"
    check "$model: --verify, pieces without a whole hash" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: a right file stays" kept "$(jq -r .state "$WORK/out")"
    damage "$WORK/d/only-$n" 2999999
    check "$model: --verify, a wrong byte, no whole hash" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: its piece is fetched" "2000000-2999999" "$(ranges "only-$n")"
    right "only-$n" "$model: pieces without a whole hash"
    PIECES=0 entry "plain-$n" "$(U "$SIZE/plain-$n")" >"$WORK/list"
    damage "$WORK/d/plain-$n" 1000000
    check "$model: --verify without hashes of pieces" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: fetches all of it" whole "$(ranges "plain-$n")"
    right "plain-$n" "$model: no hashes of pieces"
}

# A damaged file stays as it is until the right one takes its place.
test_verify_fails() {
    local model=$1 n=$1
    mkdir -p "$WORK/d"
    "$FAULTS" content "$SIZE" 1 >"$WORK/d/fail-$n"
    damage "$WORK/d/fail-$n" 2500000
    cp "$WORK/d/fail-$n" "$WORK/was"
    entry "fail-$n" "$(U "$SIZE,status=404;size=$SIZE/fail-$n")" >"$WORK/list"
    check_exit "$model: a damaged file that cannot be mended" 1 get -m "$model" --verify -i "$WORK/list"
    check "$model: stays" cmp "$WORK/was" "$WORK/d/fail-$n"
    check "$model: the next run mends it" get -m "$model" --verify -i "$WORK/list"
    check_equal "$model: by its piece" "2000000-2999999 2000000-2999999" "$(ranges "fail-$n")"
    right "fail-$n" "$model: mended by the next run"
}

# Without pieces: a mirror breaks off in the middle for good, another goes on, and the hash of all tells in the end.
test_failover() {
    local model=$1 n=$1
    PIECES=0 entry "over-$n" "$(U "$SIZE,cut=2500000;size=$SIZE,status=503/over-a-$n")" "$(U "$SIZE,etag=other/over-b-$n")" >"$WORK/list"
    check "$model: another mirror goes on" get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: where the first broke off" "2500000-2999999" "$(ranges "over-b-$n")"
    right "over-$n" "$model: another mirror goes on"
    PIECES=0 entry "unfit-$n" "$(U "$SIZE,v=2,cut=2500000;size=$SIZE,status=503/unfit-a-$n")" "$(U "$SIZE/unfit-b-$n")" >"$WORK/list"
    check "$model: what two mirrors have does not fit" get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: all of it comes from the second then" "2500000-2999999 whole" "$(ranges "unfit-b-$n")"
    check_equal "$model: and every byte received is counted" "4 $((2 * SIZE))" "$(jq -r '"\(.attempts) \(.bytes)"' "$WORK/out")"
    right "unfit-$n" "$model: what did not fit"
    PIECES=0 entry "never-$n" "$(U "$SIZE,cut=2500000;size=$SIZE,status=503/never-a-$n")" "$(U "$SIZE,v=2/never-b-$n")" >"$WORK/list"
    check_exit "$model: a second mirror that is wrong altogether" 4 get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: was tried both ways" "2500000-2999999 whole" "$(ranges "never-b-$n")"
    check "$model: and gave no file" test ! -e "$WORK/d/never-$n"
    PIECES=0 entry "size-$n" "$(U "$SIZE,cut=2500000;size=$SIZE,status=503/size-a-$n")" "$(U "4000000,v=2/size-b-$n")" "$(U "$SIZE/size-c-$n")" >"$WORK/list"
    check "$model: a mirror with another size is passed over" get -m "$model" -R 1 -i "$WORK/list"
    right "size-$n" "$model: another size"
}

# What one mirror left in an earlier run another goes on with, also if the first has other bytes.
test_failover_across_runs() {
    local model=$1 n=$1 v
    for v in 1 2; do
        PIECES=0 entry "runs-$n-$v" "$(U "$SIZE,status=404;size=$SIZE/runs-a-$n-$v")" "$(U "$SIZE,v=$v,cut=2500000;size=$SIZE,status=503/runs-b-$n-$v")" >"$WORK/list"
        check_exit "$model: the second mirror (version $v) breaks off" 1 get -m "$model" -R 1 -i "$WORK/list"
        check "$model: the first goes on in the next run" get -m "$model" -R 1 -i "$WORK/list"
        right "runs-$n-$v" "$model: after version $v"
    done
    check_equal "$model: where the other broke off" "whole 2500000-2999999" "$(ranges "runs-a-$n-1")"
    check_equal "$model: and from the beginning where it does not fit" "whole 2500000-2999999 whole" "$(ranges "runs-a-$n-2")"
}

# No hash, no mixture.
test_no_hash() {
    local model=$1 n=$1
    printf '%s\tout=bare-%s\tmirror=%s\n' "$(U "$SIZE,cut=2500000;size=$SIZE,status=503/bare-a-$n")" "$n" "$(U "$SIZE,v=2,etag=v1/bare-b-$n")" >"$WORK/list"
    check "$model: without a hash" get -m "$model" -R 1 -i "$WORK/list"
    check_equal "$model: another mirror begins anew" whole "$(ranges "bare-b-$n")"
    "$FAULTS" content "$SIZE" 2 >"$WORK/want"
    check "$model: with one version" cmp "$WORK/want" "$WORK/d/bare-$n"
}

main() {
    local model test
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "pieces and mirrors" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    for model in $MODELS; do
        for test in wrong_piece without_ranges torn wrong_everywhere dead_mirror other_version split verify verify_fails failover failover_across_runs no_hash; do
            together "test_$test" "$model"
        done
    done
    rows_end
    finish
}
main
