#!/usr/bin/env bash
# parkit-mpi is: the published ranks and the digest of parkit-cpu at any number of ranks and threads; the bytes sent.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .digest, .answer, .tests_passed]'; }

as_one() { # CLASS RANKSxTHREADS...
    local shape want
    want=$("$BIN/parkit-cpu" is -c "$1" -t 1 --json 2>/dev/null | outcome)
    check_match "class $1: verified by parkit-cpu" '^\[true,.*,50\]$' "$want"
    for shape in "${@:2}"; do
        check_equal "class $1, $shape: as one thread" "$want" "$(mpi "${shape%x*}" -c "$1" -t "${shape#*x}" | outcome)"
    done
}

# Without -t a rank takes what it may use: rank 1 one processor, rank 0 all.
unequal_teams() {
    local want got
    want=$("$BIN/parkit-cpu" is -c S -t 1 --json 2>/dev/null | outcome)
    got=$(mpirun -n 1 "$BIN/parkit-mpi" is -c S --json : -n 1 taskset -c 0 "$BIN/parkit-mpi" is -c S --json \
        2>"$WORK/err" </dev/null)
    check_equal "teams of different sizes: as one thread" "$want" "$(outcome <<<"$got")"
}

volume() { # follows the formula but for the rounding of shares
    local ranks
    for ranks in 2 3 8 16; do
        check "bytes sent by $ranks ranks" jq -e \
            '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.01' \
            <(mpi "$ranks" -c W -t 1)
    done
    check_equal "one rank sends nothing" "0 0" \
        "$(mpi 1 -c S -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi is" "built without MPI"
        finish
    fi
    as_one S 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4
    as_one W 2x1 3x2 5x1 13x1 # from 13 on keys move to the owners of their values
    as_one A 2x1
    unequal_teams
    volume
    check_equal "three runs: as one" "$(mpi 2 -c S -t 1 | outcome)" "$(mpi 2 -c S -t 1 -r 3 -w 1 | outcome)"
    finish
}

main "$@"
