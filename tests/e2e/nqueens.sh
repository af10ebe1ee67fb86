#!/usr/bin/env bash
# parkit-cpu nqueens: the published counts, by every kernel, model and team.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

result() { "$BIN/parkit-cpu" nqueens "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .work, .digest]'; }
of_nqueens() { "$BIN/parkit-cpu" list --json | jq -r --arg field "$1" 'select(.name == "nqueens") | .[$field][]'; }

published_counts() {
    local n=0 count
    # OEIS A000170
    for count in 1 0 0 2 10 4 40 92 352 724 2680 14200 73712 365596 2279184; do
        n=$((n + 1))
        check_equal "-n $n: $count" "true $count" "$(result -n $n | jq -r '"\(.verified) \(.answer)"')"
    done
    check_equal "-n 8: half of the 2056 nodes of the tree (OEIS A319284)" 1028 "$(result -n 8 | jq .work)"
}

same_everywhere() {
    local n want isa model threads different
    for n in 1 2 7 12; do
        want=$(outcome -n $n --kernel reference -m serial)
        different=()
        for isa in $(of_nqueens isa); do
            [ "$(outcome -n $n --isa "$isa")" = "$want" ] || different+=("$isa")
        done
        for threads in 1 2 3 4 7; do
            [ "$(outcome -n $n -t $threads)" = "$want" ] || different+=("$threads threads")
        done
        check_equal "-n $n: every instruction set and team as the plain recursion" "" "${different[*]:-}"
    done
    for model in $(of_nqueens models); do
        check_equal "-n 11 -m $model" "$(outcome -n 11)" "$(outcome -n 11 -m "$model" -w 1 -r 2)"
    done
}

refusals() {
    check_exit "a board beyond the published counts" 2 "$BIN/parkit-cpu" nqueens -n 28
    check_match "... says how large it may be" "27" "$(cat "$WORK/err")"
    check_exit "no board" 2 "$BIN/parkit-cpu" nqueens -n 0
    check_exit "another kernel" 2 "$BIN/parkit-cpu" nqueens --kernel fast
}

main() {
    published_counts
    same_everywhere
    refusals
    finish
}

main "$@"
