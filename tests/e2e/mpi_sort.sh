#!/usr/bin/env bash
# parkit-mpi sort: the digest of parkit-cpu at any number of ranks and threads, even shares whatever the keys are, and
# the bytes sent.
# shellcheck disable=SC2016 # jq has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .digest, .answer, .least_key, .median_key, .greatest_key]'; }

# Keys that pile up in a few digits, and keys that are all the same, load no rank with more than its share.
even() { # RANKS OPTIONS...
    check "sort ${*:2}: $1 ranks hold even shares" jq -e --argjson ranks "$1" \
        '.verified and .most_keys_on_a_rank <= (.size / $ranks | ceil)' <(mpi "$1" "${@:2}" -n 100003 -t 1)
}

volume() { # random keys: shares of the records that stay differ a little from the formula's
    local ranks
    for ranks in 2 4 8 16; do
        check "bytes sent by $ranks ranks" jq -e '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.02' \
            <(mpi "$ranks" -n 400000 -t 1)
    done
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -n 1000 -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi sort" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 200003
    as_one 2x1 3x2 13x1 -- -n 100003 --payload -d zipf
    as_one 2x2 5x1 -- -n 100003 --payload -d few
    as_one 3x1 8x1 -- -n 50000 --payload -d few --distinct 1
    as_one 4x1 -- -n 70001 -d sorted
    as_one 7x1 -- -n 70001 -d reversed --payload
    as_one 3x1 5x1 -- -n 2500000 # several blocks of the digest, across ranks
    as_one 5x1 13x1 -- -n 1
    as_one 13x1 -- -n 11 --payload
    as_one 2x1 -- -n 100003 -r 3 -w 1
    even 8 -d zipf
    even 7 -d few
    even 5 -d few --distinct 1 --payload
    volume
    finish
}

main "$@"
