#!/usr/bin/env bash
# parkit-cpu primes: ranges, by every instruction set, thread count and model, and what is refused.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

cpu() { "$BIN/parkit-cpu" primes "$@"; }
outcome() { cpu "$@" --json 2>/dev/null | jq -c '[.verified, .answer]'; }

range_is() { # COUNT FROM TO [OPTIONS]
    check_equal "from $2 to $3 ${*:4}: $1 primes" "[true,$1]" "$(outcome --from "$2" -n "$3" "${@:4}")"
}

published_ranges() {
    # differences of OEIS A006880 (powers of ten) and A007053 (powers of two)
    range_is 586081 1000001 10000000
    range_is 5096876 10000001 100000000
    range_is 98182656 2147483649 4294967296
    range_is 9999 104730 224736 # OEIS A000040: the 10000th prime is 104729, the 20000th 224737
    # OEIS A005250, A000101: no prime between 436273009 and its next, 282 on
    range_is 0 436273010 436273290
    range_is 2 436273009 436273291
    # OEIS A002386, A000101: the gap of 540 after 738832927927
    range_is 0 738832927928 738832928466
    range_is 2 738832927927 738832928467
}

edges() {
    local from
    range_is 1 2 2
    range_is 0 1 1
    range_is 1 157 157 # the last that a pattern crosses out, and the first that strikes
    range_is 1 163 163
    range_is 0 158 162
    range_is 0 26569 26569 # 163 * 163
    for from in 1 2 3 5 6 7 29 30 31 32; do
        range_is $((25 - $(seq 1 $((from - 1)) | factor | awk 'NF == 2' | wc -l))) $from 100
    done
}

the_same_everywhere() {
    local isa threads model want
    want=$(outcome --from 87654321 -n 123456789 -m serial)
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "primes") | .isa[]'); do
        check_equal "--isa $isa: as serial" "$want" "$(outcome --from 87654321 -n 123456789 --isa "$isa")"
    done
    for threads in 1 2 3 4 7; do
        for model in openmp threads processes; do
            check_equal "-m $model -t $threads: as serial" "$want" "$(outcome --from 87654321 -n 123456789 -m $model -t $threads)"
        done
    done
    check_equal "the two halves add up" "$(outcome -n 20000003)" \
        "$( (outcome -n 9999991; outcome --from 9999992 -n 20000003) | jq -sc '[all(.[0]), (map(.[1]) | add)]')"
}

refused() {
    check_exit "an empty range" 2 cpu --from 11 -n 10
    check_match "... is explained" "--from 11 lies above --size 10" "$(cat "$WORK/err")"
    check_exit "--from 0" 2 cpu --from 0 -n 10
    check_exit "a size above the limit" 2 cpu -n 1e13
    check_match "text names the range" "4 primes from 10 up to 20" "$(cpu --from 10 -n 20 2>/dev/null)"
}

main() {
    published_ranges
    edges
    the_same_everywhere
    refused
    finish
}

main "$@"
