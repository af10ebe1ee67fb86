#!/usr/bin/env bash
# nbody on ranks: the orbits of parkit-cpu, bit for bit, at any number of ranks and threads; what the ranks send.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

# Open MPI itself leaks a little at its end.
export ASAN_OPTIONS=detect_leaks=0

# RANKSxTHREADS OPTIONS...
nbody() { mpirun -n "${1%x*}" "$BIN/parkit-mpi" nbody -t "${1#*x}" "${@:2}" 2>"$WORK/err" </dev/null; }

outcome() { jq -c '[.verified, .answer, .energy_change, .digest]'; }

same_bits() { # SHAPES OPTIONS...
    local shape got want different=()
    want=$("$BIN/parkit-cpu" nbody -t 1 "${@:2}" --json 2>/dev/null | outcome)
    for shape in $1; do
        got=$(nbody "$shape" "${@:2}" --json | outcome)
        [ "$got" = "$want" ] || different+=("$shape: $got $(grep -a '^parkit-mpi: ' "$WORK/err")")
    done
    check_match "nbody ${*:2}: verified by parkit-cpu" '^\[true,' "$want"
    check_equal "nbody ${*:2}: the same at ranks x threads $1" "" "${different[*]:+want $want: ${different[*]}}"
}

# The busiest rank has up to one block more than the formula's even share.
traffic() {
    local ranks
    for ranks in 2 4 8; do
        check "the bytes sent at $ranks ranks follow the formula" jq -e '.comm_bytes / .comm_bytes_formula | . > 0.9 and . < 1.1' \
            <(nbody "${ranks}x1" -n 4096 --steps 1 --json)
    done
    check_equal "one rank sends nothing" "0 0" "$(nbody 1x1 -n 600 --steps 1 --json | jq -r '"\(.comm_bytes | round) \(.comm_bytes_formula | round)"')"
    check "phases: all ranks computed and waited" jq -e '(.phases.compute_s | length == 2 and all(. > 0)) and (.phases.wait_s | all(. >= 0))
        and .ring_ranks == 2' <(nbody 2x1 -n 600 --steps 1 --json)
}

refusals() {
    nbody 2x1 -n 100 --kernel reference >"$WORK/out"
    check_equal "--kernel reference: refused" 2 $?
    check_match "--kernel reference: with a word on what to use" "--kernel reference .*parkit-cpu nbody" "$(cat "$WORK/err")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "nbody on ranks" "built without MPI"
        finish
    fi
    same_bits "1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4" -n 1999 --steps 3
    same_bits "2x1 5x2" -n 1 --steps 2
    same_bits "2x1 3x1" -n 2 --steps 2
    same_bits "3x1 4x1" -n 129 --steps 5
    same_bits "3x2" -n 600 --steps 2 --isa baseline --seed 7 -r 3 -w 1
    traffic
    refusals
    finish
}

main "$@"
