#!/usr/bin/env bash
# parkit-cpu mg: the published norms of NPB, the same bits at every count of threads and with AVX2 and AVX-512.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

result() { "$BIN/parkit-cpu" mg "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }
isas() { "$BIN/parkit-cpu" list --json | jq -r 'select(.name == "mg") | .isa[]'; }

verified_with_the_same_bits() {
    local class threads want different
    for class in S W A; do
        different=()
        want=$(outcome -c "$class" -m serial)
        check_match "class $class: verified" '^\[true,' "$want"
        for threads in 1 2 3 5; do
            [ "$(outcome -c "$class" -t "$threads")" = "$want" ] || different+=("$threads")
        done
        check_equal "class $class: as serial at 1, 2, 3, 5 threads" "" "${different[*]:-}"
    done
}

instruction_sets() {
    local isa want
    for isa in $(isas); do
        want=$(outcome -c W --isa "$isa" -m serial)
        check_match "--isa $isa: verified" '^\[true,' "$want"
        check_equal "--isa $isa: the same at 3 threads" "$want" "$(outcome -c W --isa "$isa" -t 3)"
    done
    if [[ $(isas) == *avx512* ]]; then
        check_equal "avx2 and avx512 give the same bits" "$(outcome -c S --isa avx2)" "$(outcome -c S --isa avx512)"
    else
        skip "avx2 and avx512 give the same bits" "no avx512"
    fi
}

runs() {
    check_equal "three repeats end where one does" "$(outcome -c S)" "$(outcome -c S -r 3 -w 2)"
    check_equal "operations: 58 a point and cycle" $((58 * 4 * 32 ** 3)) "$(result -c S | jq .work)"
    check_equal "the first norm is that of 20 charges" true \
        "$(result -c S | jq '(.first_norm - (20 / 32768 | sqrt) | fabs) < 1e-15')"
    check_equal "says how near the limit is" true \
        "$(result -c B | jq '.verified and (.limit | length > 0) and .share_of_limit > 0')"
}

refusals() {
    check_exit "a class that is none" 2 "$BIN/parkit-cpu" mg -c E
    check_exit "a size in place of a class" 2 "$BIN/parkit-cpu" mg -n 256
    check_exit "a class that does not fit" 3 bash -c "ulimit -v 2000000; exec \"$BIN/parkit-cpu\" mg -c D"
    check_match "... is refused with the bytes it needs" "mg.* D needs [0-9]" "$(cat "$WORK/err")"
}

main() {
    verified_with_the_same_bits
    instruction_sets
    runs
    refusals
    finish
}

main "$@"
