#!/usr/bin/env bash
# parkit-cpu ep: published sums by class, thread count, model and instruction set, and what is refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nas.sh
source "$(dirname "$0")/../nas.sh"

rings() { result "$@" | jq -c .rings; }

every_model() {
    for model in threads processes; do
        check_equal "class S, -m $model: as openmp" "$(outcome -c S)" "$(outcome -c S -m $model)"
    done
}

known_counts() { # of the specification's prototypes
    check_equal "class S: accepted" 13176389 "$(result -c S | jq .accepted)"
    check_equal "class S: rings" "[6140517,5865300,1100361,68546,1648,17,0,0]" "$(rings -c S)"
    for isa in $(isas); do
        check_equal "class W, --isa $isa: rings" "[12281576,11729692,2202726,137368,3371,36,0,0]" "$(rings -c W --isa "$isa")"
    done
    check_match "text names the pairs" "13176389 of 2.24 pairs accepted" "$(nas -c S 2>/dev/null)"
}

nas_every_team
nas_every_isa
every_model
known_counts
nas_refusals
finish
