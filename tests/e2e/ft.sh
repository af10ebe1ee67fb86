#!/usr/bin/env bash
# parkit-cpu ft: the published checksums in every class that is small, the same digest for every team, every instruction
# set verified; a class beyond memory and a class that is none refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

ft() { "$BIN/parkit-cpu" ft "$@"; }
result() { ft "$@" --json 2>/dev/null; }
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
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "ft") | .isa[]'); do
        for class in S W; do
            check_match "--isa $isa, class $class: verified" '^\[true,' "$(outcome -c $class --isa "$isa" -t 2)"
        done
    done
}

figures() {
    check "class W" ft -c W -t 2 --json
    cp "$WORK/out" "$WORK/w"
    # From the published formula: 372.67268 million operations
    check "class W: the published count of operations" jq -e '.work / 1e6 - 372.67268 | fabs < 1e-5' "$WORK/w"
    check "the rate in Mop/s too" jq -e '.mops * 1e6 / .rate - 1 | fabs < 1e-12' "$WORK/w"
    check "the last checksum is the answer" jq -e '(.answer[0] - 550.4159734538 | fabs) < 1e-9 and (.answer[1] - 523.9212247086 | fabs) < 1e-9' "$WORK/w"
    check "the error is within the tolerance" jq -e '0 < .max_error and .max_error <= .tolerance and .tolerance == 1e-12' "$WORK/w"
    check_match "in words" 'checksum 5.50415973453.e\+02 \+5.23921224708.e\+02 i after 6 iterations' "$(ft -c W)"
}

refusals() {
    check_exit "a class that is none" 2 ft -c X
    check_match "... names those there are" 'X.*S, W, A, B, C' "$(cat "$WORK/err")"
    check_exit "a size in place of a class" 2 ft -n 64
    check_exit "a model it does not have" 2 ft -m processes
    if [ "$(free -g 2>/dev/null | awk '/^Mem/ { print $2 }')" -lt 64 ]; then
        check_exit "class D does not fit in memory" 3 ft -c D
        check_match "... says how much it needs" 'ft -c D needs 6[0-9.]+ Gi?B of memory and .* free' "$(cat "$WORK/err")"
    else
        skip "class D does not fit in memory" "here it does"
    fi
}

same_in_every_team
instruction_sets
figures
refusals
finish
