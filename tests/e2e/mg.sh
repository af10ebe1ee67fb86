#!/usr/bin/env bash
# parkit-cpu mg: the published norms of NPB, the same bits at every count of threads and with AVX2 and AVX-512.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nas.sh
source "$(dirname "$0")/../nas.sh"

same_bits_of_both_vectors() {
    if [[ $(isas) == *avx512* ]]; then
        check_equal "avx2 and avx512 give the same bits" "$(outcome -c S --isa avx2)" "$(outcome -c S --isa avx512)"
    else
        skip "avx2 and avx512 give the same bits" "no avx512"
    fi
}

figures() {
    check_equal "operations: 58 a point and cycle" $((58 * 4 * 32 ** 3)) "$(result -c S | jq .work)"
    check_equal "the first norm is that of 20 charges" true \
        "$(result -c S | jq '(.first_norm - (20 / 32768 | sqrt) | fabs) < 1e-15')"
    check_equal "says how near the limit is" true \
        "$(result -c B | jq '.verified and (.limit | length > 0) and .share_of_limit > 0')"
}

nas_every_team
nas_every_isa
same_bits_of_both_vectors
figures
nas_refusals
nas_too_large 2000000
finish
