#!/usr/bin/env bash
# parkit-cpu nbody: verified at every instruction set and odd size, the same bits at every count of threads.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

result() { "$BIN/parkit-cpu" nbody "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }
isas() { "$BIN/parkit-cpu" list --json | jq -r 'select(.name == "nbody") | .isa[]'; }

same_bits() {
    local size isa threads want different
    for size in 2 127 2050; do
        different=()
        want=$(outcome -n "$size" --steps 3 -m serial)
        for threads in 1 2 3 4 7; do
            [ "$(outcome -n "$size" --steps 3 -t "$threads")" = "$want" ] || different+=("$threads")
        done
        check_match "-n $size: verified" '^\[true,' "$want"
        check_equal "-n $size: as serial at 1, 2, 3, 4, 7 threads" "" "${different[*]:-}"
    done
    for isa in $(isas); do
        want=$(outcome -n 1001 --isa "$isa" -m serial)
        check_match "--isa $isa: verified" '^\[true,' "$want"
        check_equal "--isa $isa: the same at 3 threads" "$want" "$(outcome -n 1001 --isa "$isa" -t 3)"
    done
}

runs_and_kernels() {
    local want
    want=$(outcome -n 500)
    check_equal "three repeats end where one does" "$want" "$(outcome -n 500 -r 3 -w 2)"
    check_equal "another seed, other stars" true "$([ "$(outcome -n 500 --seed 9)" != "$want" ] && echo true)"
    check_equal "the reference kernel is verified too" "true reference" \
        "$(result -n 500 --kernel reference | jq -r '"\(.verified) \(.kernel)"')"
    check_equal "both kernels give the same energy" true "$(jq -n --argjson a "$(result -n 500 | jq .answer)" \
        --argjson b "$(result -n 500 --kernel reference | jq .answer)" '($a - $b) / $b | fabs < 1e-12')"
    check_equal "work: pairs of both directions, once more than steps" $((4 * 500 * 499)) "$(result -n 500 --steps 3 | jq .work)"
    check_equal "says how near the limit is" true \
        "$(result -n 1000 | jq '(.limit | startswith("multiply-add peak")) and .share_of_limit > 0')"
}

refusals() {
    check_exit "a size that does not fit" 3 "$BIN/parkit-cpu" nbody -n 1e9
    check_match "... is refused in words" "nbody -n 1000000000" "$(cat "$WORK/err")"
    check_exit "no bodies" 2 "$BIN/parkit-cpu" nbody -n 0
    check_exit "no steps" 2 "$BIN/parkit-cpu" nbody --steps 0
    check_exit "another kernel" 2 "$BIN/parkit-cpu" nbody --kernel fast
    check_exit "a model that it has not" 2 "$BIN/parkit-cpu" nbody -m processes
}

main() {
    same_bits
    runs_and_kernels
    refusals
    finish
}

main "$@"
