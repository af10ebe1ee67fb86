#!/usr/bin/env bash
# parkit-mpi stream: the arrays of parkit-cpu at any number of ranks and threads.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi stream" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 100003
    as_one 2x1 5x1 -- -n 1
    as_one 3x1 -- -n 8193 -r 3 -w 1
    as_one 2x2 -- -n 100000 --isa baseline
    check "the bandwidths of all ranks together" jq -e '[.copy_bytes_per_s, .scale_bytes_per_s, .add_bytes_per_s, .triad_bytes_per_s] |
        all(. > 0)' <(mpi 3 -n 100003 -t 1 -r 2)
    finish
}

main "$@"
