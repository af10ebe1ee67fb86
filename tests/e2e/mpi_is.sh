#!/usr/bin/env bash
# parkit-mpi is: the published ranks and the digest of parkit-cpu at any number of ranks, threads and computers; the bytes sent.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .digest, .answer, .tests_passed]'; }

# Without -t a rank takes what it may use: rank 1 one processor, rank 0 all.
unequal_teams() { # PROGRAM WHAT
    local want got
    want=$("$BIN/parkit-cpu" is -c S -t 1 --json 2>/dev/null | outcome)
    got=$(mpirun -n 1 "$1" is -c S --json : -n 1 taskset -c 0 "$1" is -c S --json 2>"$WORK/err" </dev/null)
    check_equal "teams of different sizes, $2: as one thread" "$want" "$(outcome <<<"$got")"
}

follows() { # NAME FILE: the formula, but for the rounding of shares
    check "$1" jq -e '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.01' "$2"
}

volume() {
    local ranks
    for ranks in 2 3 8 16; do
        follows "bytes read by $ranks ranks" <(mpi "$ranks" -c W -t 1)
    done
    check_equal "one rank sends nothing" "0 0" \
        "$(mpi 1 -c S -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

nodes() { # RANKSxTHREADS OPTIONS...: with NODE_RANKS and KEYS_MOVE of the caller
    mpirun -n "${1%x*}" "$WORK/nodes" is "${@:2}" -t "${1#*x}" --json 2>"$WORK/err" </dev/null | tee "$WORK/json"
}

by_nodes() { # NODE_RANKS CLASS RANKSxTHREADS...
    local shape want
    want=$("$BIN/parkit-cpu" is -c "$2" -t 1 --json 2>/dev/null | outcome)
    for shape in "${@:3}"; do
        check_equal "class $2, $shape, $1 ranks to a computer: as one thread" "$want" \
            "$(NODE_RANKS=$1 nodes "$shape" -c "$2" | outcome)"
    done
}

# On one computer ranks read each other's tallies; between computers joint ones are sent: here NODE_RANKS ranks are a computer.
between_computers() {
    by_nodes 1 S 2x1 13x1
    by_nodes 2 S 5x2
    by_nodes 3 W 7x1 8x1
    by_nodes 2 A 3x1
    by_nodes 1 W 3x1
    follows "bytes that cross computers" "$WORK/json"
    check_equal "... one tally from each of the 3" "$((10 * 65536 * 2 / 3))" \
        "$(jq '.comm_bytes_formula - 10 * 8 * (3 + 11) | floor' "$WORK/json")"
    by_nodes 2 W 4x2
    follows "bytes read there, and sent" "$WORK/json"
    NODE_RANKS=1 unequal_teams "$WORK/nodes" "each a computer"
}

keys_move() { # as they do from 64 computers on
    local -x KEYS_MOVE=1
    by_nodes 1 S 1x1 2x1 3x2 13x1
    by_nodes 2 W 5x1
    NODE_RANKS=1 unequal_teams "$WORK/nodes" "keys move"
    by_nodes 2 W 4x2
    follows "bytes of keys that move" "$WORK/json"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi is" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -c S
    as_one 2x1 3x2 5x1 -- -c W
    as_one 2x1 -- -c A
    unequal_teams "$BIN/parkit-mpi" "one computer"
    volume
    check "a parkit-mpi for which a few ranks are a computer" build_nodes -Wl,--wrap=is_owners_pay
    between_computers
    keys_move
    hidden 3 -c S
    check_equal "three runs: as one" "$(mpi 2 -c S -t 1 | outcome)" "$(mpi 2 -c S -t 1 -r 3 -w 1 | outcome)"
    finish
}

main "$@"
