#!/usr/bin/env bash
# parkit-cpu is: published ranks by class, thread count, model and instruction set, and what is refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nas.sh
source "$(dirname "$0")/../nas.sh"

known_ranks() { # of the specification's prototypes, in the last iteration
    check_equal "class S: ranks" "[10,28,356,64907,65453]" "$(result -c S | jq -c .answer)"
    check_equal "class W: ranks" "[1257,11706,1039977,1043886,1048008]" "$(result -c W | jq -c .answer)"
    check_equal "all tests of ten iterations" 50 "$(result -c A | jq .tests_passed)"
    check_match "text tells the tests" "65536 keys below 2048 ranked 10 times, 50 of 50 tests passed" "$(nas -c S 2>/dev/null)"
}

same_bits_of_every_isa() {
    for isa in $(isas); do
        check_equal "--isa $isa: the same" "$(outcome -c W)" "$(outcome -c W --isa "$isa")"
    done
}

# Class D might fit, but not with a tally for each of 512 threads.
memory_of_the_team() {
    if [ "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" -lt 80000000 ]; then
        check_exit "class D with tallies for 512 threads" 3 nas -c D -t 512
        check_match "... says how much it needs" "is -c D needs 81[.0-9]* GiB of memory and .* are free" "$(cat "$WORK/err")"
    else
        skip "class D with tallies for 512 threads" "there is room for them"
    fi
}

nas_every_team
nas_every_isa
known_ranks
same_bits_of_every_isa
memory_of_the_team
nas_refusals
finish
