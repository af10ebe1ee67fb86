#!/usr/bin/env bash
# parkit-mpi cg: the published value and the digest of parkit-cpu at any number of ranks and threads; the bytes sent and the
# matrix kept fall as ranks grow.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

# The busiest rank against the formula, which is of n elements; parts are whole strips, the last one what is left of them.
volume() {
    local ranks
    for ranks in 2 4 8 16; do
        mpi "$ranks" -c W -t 1 >"$WORK/$ranks"
        check "bytes sent by $ranks ranks" jq -e '.comm_bytes / .comm_bytes_formula | . > 0.95 and . < 1.15' "$WORK/$ranks"
    done
    check "8 ranks send less each than 4, 16 less than 8" jq -es 'map(.comm_bytes) | .[0] > .[1] and .[1] > .[2]' \
        "$WORK/4" "$WORK/8" "$WORK/16"
    check "one rank sends nothing" jq -e '.comm_bytes == 0 and .comm_bytes_formula == 0' <(mpi 1 -c S -t 1)
    check "phases: all ranks computed, sent and waited" jq -e '.phases | [.compute_s, .communicate_s, .wait_s]
        | all(length == 4 and all(. > 0))' "$WORK/4"
    check "the entries of all ranks are counted" jq -e '.entries_stored == (508402 + 7000) / 2' "$WORK/8"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi cg" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -c S
    as_one 40x1 -- -c S # of 36 tiles
    as_one 2x1 7x1 3x2 -- -c W
    as_one 3x1 2x2 -- -c S --isa baseline
    as_one 2x1 -- -c S -r 3 -w 1
    volume
    finish
}

main "$@"
