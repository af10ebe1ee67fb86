#!/usr/bin/env bash
# parkit-cpu ep: published sums by class, thread count, model and instruction set, and what is refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

cpu() { "$BIN/parkit-cpu" ep "$@"; }
outcome() { cpu "$@" --json 2>/dev/null | jq -c '[.verified, .digest, .rings]'; }

classes_at_every_team() {
    local class threads want
    for class in S W A; do
        want=$(outcome -c $class -t 1)
        check_match "class $class is verified" '^\[true,' "$want"
        for threads in 2 3 5; do
            check_equal "class $class, $threads threads: as one" "$want" "$(outcome -c $class -t $threads)"
        done
    done
    for model in serial threads processes; do
        check_equal "class S, -m $model: as openmp" "$(outcome -c S)" "$(outcome -c S -m $model)"
    done
}

known_counts() { # of the specification's prototypes
    check_equal "class S: accepted" 13176389 "$(cpu -c S --json 2>/dev/null | jq .accepted)"
    check_equal "class S: rings" "[6140517,5865300,1100361,68546,1648,17,0,0]" "$(outcome -c S | jq -c '.[2]')"
    check_equal "class W: rings" "[12281576,11729692,2202726,137368,3371,36,0,0]" "$(outcome -c W | jq -c '.[2]')"
}

instruction_sets() {
    local isa
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "ep") | .isa[]'); do
        check_equal "--isa $isa: verified, the same rings" "$(outcome -c W | jq -c '[.[0], .[2]]')" \
            "$(outcome -c W --isa "$isa" | jq -c '[.[0], .[2]]')"
    done
}

refused() {
    check_exit "an unknown class" 2 cpu -c E
    check_match "... is explained" "use S, W, A, B, C or D|one of: S, W, A, B, C, D" "$(cat "$WORK/err")"
    check_exit "a size in place of a class" 2 cpu -n 24
    check_match "text names the pairs" "13176389 of 2.24 pairs accepted" "$(cpu -c S 2>/dev/null)"
}

main() {
    classes_at_every_team
    known_counts
    instruction_sets
    refused
    finish
}

main "$@"
