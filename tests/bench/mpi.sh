#!/usr/bin/env bash
# Ranks against threads at equal processors: one, all as threads of one rank, all as ranks of one thread. Rate of each
# (median of ROUNDS runs, 5), and the parallel efficiency T(1) / (p T(p)). The three take turns, so that slow moments of
# the machine fall on all. Sizes take about half a second on one processor; NAS kernels are of class B.
# Usage: BIN=build/release/bin tests/bench/mpi.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT
# Open MPI refuses root unless told, and binds each rank to one core unless told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_hwloc_base_binding_policy=none

run() { # RANKS THREADS WORKLOAD SIZE-OR-CLASS
    local size=-n
    [[ $4 != [A-D] ]] || size=-c
    mpirun -n "$1" "$BIN/parkit-mpi" "$3" "$size" "$4" -t "$2" --json 2>/dev/null </dev/null
}

measure() { # PROCESSORS WORKLOAD SIZE
    local round
    for ((round = 0; round < ROUNDS; round++)); do
        run 1 1 "${@:2}"
        run 1 "$1" "${@:2}"
        run "$1" 1 "${@:2}"
    done
}

row() { # PROCESSORS
    jq -rs --argjson p "$1" '
        def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
        def rate($r; $t): map(select(.ranks == $r and .threads == $t) | .rate) | median;
        rate(1; 1) as $one | rate(1; $p) as $threads | rate($p; 1) as $ranks
        | [.[0].workload, .[0].size // .[0].class, $one / 1e6, $threads / 1e6, $ranks / 1e6, $threads / $one / $p, $ranks / $one / $p,
           .[0].work_unit, (map(.digest) | unique | length)] | @tsv' "$RUNS"
}

main() {
    local processors workload size
    processors=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    if [ "$processors" -lt 2 ]; then
        echo "mpi.sh: one processor only: nothing to compare"
        return
    fi
    printf '%-12s %11s %13s %13s %13s %11s %11s  %s\n' "ranks x thr." size "1x1 10^6/s" "1x$processors" "${processors}x1" \
        "eff. 1x$processors" "eff. ${processors}x1" unit
    while read -r workload size; do
        measure "$processors" "$workload" "$size" >"$RUNS"
        # LC_ALL=C: a decimal point in every language
        row "$processors" | LC_ALL=C awk -F'\t' '
            { printf "%-12s %11s %13.1f %13.1f %13.1f %11.3f %11.3f  %s\n", $1, $2, $3, $4, $5, $6, $7, $8 }
            $9 != 1 { print "mpi.sh: " $1 ": the digests differ"; exit 1 }'
    done <<'SIZES'
sumsq 50000000
fib 38
primes 2000000000
mandelbrot 4096
cg B
mg B
SIZES
}

main "$@"
