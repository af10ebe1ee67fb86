#!/usr/bin/env bash
# parkit-cpu cg: the published value in every class that is small, the same digest for every team, every instruction
# set verified; a class beyond memory and a class that is none refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

cg() { "$BIN/parkit-cpu" cg "$@"; }
result() { cg "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }

same_in_every_team() {
    local class want threads different
    for class in S W A; do
        want=$(outcome -c $class -m serial)
        different=()
        for threads in 1 2 3 5; do
            [ "$(outcome -c $class -t $threads)" = "$want" ] || different+=("-t $threads")
        done
        check_match "class $class: verified" '^\[true,' "$want"
        check_equal "class $class: the same digest with 1, 2, 3 and 5 threads" "" "${different[*]}"
    done
    check_equal "repeats compute the same again" "$(outcome -c S)" "$(outcome -c S -r 3 -w 1)"
}

instruction_sets() {
    local isa class
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "cg") | .isa[]'); do
        for class in S W; do
            check_match "--isa $isa, class $class: verified" '^\[true,' "$(outcome -c $class --isa "$isa" -t 2)"
        done
    done
}

figures() {
    check "class W" cg -c W -t 2 --json
    cp "$WORK/out" "$WORK/w"
    # Published: 420.63 million operations, 508402 entries of which one triangle and the diagonal are stored
    check "class W: the published count of operations" jq -e '.work / 1e6 - 420.63 | fabs < 1e-9' "$WORK/w"
    check "class W: the entries that it stores" jq -e '.entries_stored == (508402 + 7000) / 2' "$WORK/w"
    check "the rate in Mop/s too" jq -e '.mops * 1e6 / .rate - 1 | fabs < 1e-12' "$WORK/w"
    check "the last estimate is the answer" jq -e '.answer / 10.362595087124 - 1 | fabs <= 1e-10' "$WORK/w"
    check_match "in words" 'zeta 8\.59717750786.* after 15 iterations' "$(cg -c S)"
}

refusals() {
    check_exit "a class that is none" 2 cg -c X
    check_match "... names those there are" 'X.*S, W, A, B, C' "$(cat "$WORK/err")"
    check_exit "a size in place of a class" 2 cg -n 64
    check_exit "a model it does not have" 2 cg -m processes
    check_exit "class D does not fit in 4 GB" 3 bash -c "ulimit -v 4000000 && exec '$BIN/parkit-cpu' cg -c D"
    check_match "... says how much it needs" 'cg -c D needs [0-9.]+ Gi?B of memory and .* free' "$(cat "$WORK/err")"
}

same_in_every_team
instruction_sets
figures
refusals
finish
