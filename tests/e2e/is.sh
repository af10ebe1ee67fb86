#!/usr/bin/env bash
# parkit-cpu is: published ranks by class, thread count, model and instruction set, and what is refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

cpu() { "$BIN/parkit-cpu" is "$@"; }
outcome() { cpu "$@" --json 2>/dev/null | jq -c '[.verified, .digest, .answer, .tests_passed]'; }

classes_at_every_team() {
    local class threads want
    for class in S W A; do
        want=$(outcome -c $class -t 1)
        check_match "class $class is verified, 50 tests" '^\[true,.*,50\]$' "$want"
        for threads in 2 3 5; do
            check_equal "class $class, $threads threads: as one" "$want" "$(outcome -c $class -t $threads)"
        done
    done
    check_equal "class W, -m serial: as openmp" "$(outcome -c W)" "$(outcome -c W -m serial)"
    check_equal "class W, three runs: as one" "$(outcome -c W)" "$(outcome -c W -r 3)"
}

known_ranks() { # of the specification's prototypes, in the last iteration
    check_equal "class S: ranks" "[10,28,356,64907,65453]" "$(outcome -c S | jq -c '.[2]')"
    check_equal "class W: ranks" "[1257,11706,1039977,1043886,1048008]" "$(outcome -c W | jq -c '.[2]')"
}

instruction_sets() {
    local isa
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "is") | .isa[]'); do
        check_equal "--isa $isa: the same" "$(outcome -c W)" "$(outcome -c W --isa "$isa")"
    done
}

refused() {
    check_exit "an unknown class" 2 cpu -c B2
    check_match "... is explained" "use one of: S, W, A, B, C, D" "$(cat "$WORK/err")"
    if [ "$(free -g 2>/dev/null | awk '/^Mem/ { print $2 }')" -lt 80 ]; then
        check_exit "class D with tallies for 512 threads" 3 cpu -c D -t 512
        check_match "... says how much it needs" "is -c D needs 81[.0-9]* GiB of memory and .* are free" "$(cat "$WORK/err")"
    else
        skip "class D with tallies for 512 threads" "there is room for them"
    fi
    check_match "text tells the tests" "65536 keys below 2048 ranked 10 times, 50 of 50 tests passed" "$(cpu -c S 2>/dev/null)"
}

main() {
    classes_at_every_team
    known_ranks
    instruction_sets
    refused
    finish
}

main "$@"
