#!/usr/bin/env bash
# parkit-cpu cg: the published value in every class that is small, the same digest for every team, every instruction
# set verified; a class beyond memory and a class that is none refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nas.sh
source "$(dirname "$0")/../nas.sh"

figures() {
    result -c W -t 2 >"$WORK/w"
    # Published: 420.63 million operations, 508402 entries of which one triangle and the diagonal are stored
    check "class W: the published count of operations" jq -e '.work / 1e6 - 420.63 | fabs < 1e-9' "$WORK/w"
    check "class W: the entries that it stores" jq -e '.entries_stored == (508402 + 7000) / 2' "$WORK/w"
    check "the last estimate is the answer" jq -e '.answer / 10.362595087124 - 1 | fabs <= 1e-10' "$WORK/w"
    check_match "in words" 'zeta 8\.59717750786.* after 15 iterations' "$(nas -c S)"
}

nas_every_team
nas_every_isa
figures
nas_refusals
nas_too_large 4000000
check_exit "a model it does not have" 2 nas -m processes
finish
