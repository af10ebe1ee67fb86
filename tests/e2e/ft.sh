#!/usr/bin/env bash
# parkit-cpu ft: the published checksums in every class that is small, the same digest for every team, every instruction
# set verified; a class beyond memory and a class that is none refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nas.sh
source "$(dirname "$0")/../nas.sh"

figures() {
    result -c W -t 2 >"$WORK/w"
    # From the published formula: 372.67268 million operations
    check "class W: the published count of operations" jq -e '.work / 1e6 - 372.67268 | fabs < 1e-5' "$WORK/w"
    check "the last checksum is the answer" jq -e '(.answer[0] - 550.4159734538 | fabs) < 1e-9 and (.answer[1] - 523.9212247086 | fabs) < 1e-9' "$WORK/w"
    check "the error is within the tolerance" jq -e '0 < .max_error and .max_error <= .tolerance and .tolerance == 1e-12' "$WORK/w"
    check_match "in words" 'checksum 5.50415973453.e\+02 \+5.23921224708.e\+02 i after 6 iterations' "$(nas -c W)"
}

nas_every_team
nas_every_isa
figures
nas_refusals
nas_too_large 40000000
check_exit "a model it does not have" 2 nas -m processes
finish
