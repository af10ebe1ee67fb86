#!/usr/bin/env bash
# parkit-mpi matmul: SUMMA gives the bits of parkit-cpu at any number of ranks and threads; the bytes sent.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

volume() { # RANKS SIZE, of which each row and column of the grid has as many slices
    check "bytes got by $1 ranks" jq -e '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.001' \
        <(mpi "$1" -n "$2" -t 1)
}

volumes() {
    volume 2 768
    volume 4 768
    if has_asan; then
        skip "bytes got by 8 and 16 ranks" "too much arithmetic for AddressSanitizer"
    else
        volume 8 1536
        volume 16 1536
    fi
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -n 100 -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi matmul" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 401
    as_one 4x1 6x1 -- -n 800 # slices for every rank
    as_one 5x1 8x1 -- -n 1
    as_one 13x1 9x1 -- -n 7
    as_one 2x1 -- -n 200 -r 3 -w 1
    as_one 4x1 -- -n 500 --isa baseline
    volumes
    finish
}

main "$@"
