#!/usr/bin/env bash
# Ranks against threads at equal processors, for every workload on ranks: all processors as threads of parkit-cpu, as threads of
# one rank (1 x p), and as ranks of one thread (p x 1), taking turns, so that slow moments of the machine fall on all; median
# rates of ROUNDS (3) runs of each, and what the ranks reach of 1 x p and of parkit-cpu. The NAS kernels stand beside NPB 3.4 MPI on two ranks: that is no package, so its figures
# are constants, measured on another day (class B, gcc and gfortran 12 -O3 -march=native, 2 cores of a Sapphire Rapids Xeon).
# Then what a rank sends at 2, 4, 8 and 16 ranks, beside the formula at the head of the driver's file.
# A digest that differs, or a run that does not verify, ends with exit 1.
# Usage: BIN=build/release/bin [ROUNDS=3] [WORKLOADS="sumsq heat ..."] tests/bench/mpi.sh
set -euo pipefail
export LC_ALL=C

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-3} WORKLOADS=${WORKLOADS:-}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT
# Open MPI refuses root unless told, binds each rank to one core unless told, and here 16 ranks share few cores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_rmaps_base_oversubscribe=1

# Workload, millions of operations a second of NPB 3.4 MPI on two ranks (0: none), options.
table() {
    cat <<'TABLE'
sumsq 0 -n 50000000
fib 0 -n 38
primes 0 -n 2000000000
mandelbrot 0 -n 4096
nqueens 0 -n 16
stream 0 -n 50000000 -r 3
matmul 0 -n 3000
heat 0 -n 8192 --steps 100
nbody 0 -n 16384 --steps 8
sort 0 -n 50000000
bfs 0 -n 20 -r 3
ep 286 -c B
is 226 -c B -r 7
cg 2762 -c B
mg 9002 -c B
ft 4495 -c B
TABLE
}

run() { # RANKS THREADS WORKLOAD OPTIONS...
    mpirun -n "$1" "$BIN/parkit-mpi" "$3" "${@:4}" -t "$2" --json 2>/dev/null </dev/null
}

alone() { # THREADS WORKLOAD OPTIONS...
    "$BIN/parkit-cpu" "$2" "${@:3}" -t "$1" --json 2>/dev/null </dev/null | jq -c '.ranks = 0' # to tell them apart
}

offered() { "$BIN/parkit-mpi" list --json 2>/dev/null | jq -r .name | grep -x "$1" >/dev/null; }

wanted() { { [ -z "$WORKLOADS" ] || [[ " $WORKLOADS " == *" $1 "* ]]; } && offered "$1"; }

row() { # PROCESSORS NPB OPTIONS...
    jq -rs --argjson p "$1" --argjson npb "$2" '
        def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
        def rate($r; $t): map(select(.ranks == $r and .threads == $t) | .rate) | median;
        rate(1; $p) as $threads | rate($p; 1) as $ranks
        | [.[0].workload, $threads / 1e6, $ranks / 1e6, $ranks / $threads, $ranks / rate(0; $p), if $npb > 0 and $p == 2 then $ranks / 1e6 / $npb else 0 end,
           .[0].work_unit, if all(.verified) then map(.digest) | unique | length else 0 end] | @tsv' "$RUNS" |
        awk -F'\t' -v options="${*:3}" -v npb="$2" '
            { printf "%-10s %-22s %13.1f %13.1f %7.3f %7.3f  %-20s", $1, options, $2, $3, $4, $5, $7 }
            $6 > 0 { printf " NPB 3.4 (constant) %5d, %.2f times", npb, $6 }
            { print "" }
            $8 != 1 { print "mpi.sh: " $1 ": " ($8 ? "the digests differ" : "not verified"); exit 1 }'
}

measure() { # PROCESSORS
    local workload npb options round
    printf '%-10s %-22s %13s %13s %7s %7s  %s\n' workload options "1x$1 10^6/s" "${1}x1 10^6/s" ratio of-cpu unit
    while read -r workload npb options; do
        wanted "$workload" || continue
        read -ra options <<<"$options"
        for ((round = 0; round < ROUNDS; round++)); do
            alone "$1" "$workload" "${options[@]}"
            run 1 "$1" "$workload" "${options[@]}"
            run "$1" 1 "$workload" "${options[@]}"
        done >"$RUNS"
        row "$1" "$npb" "${options[@]}"
    done < <(table)
}

# The busiest rank of each.
volumes() {
    local workload options ranks
    printf '\n%-10s %-22s %6s %15s %15s %7s\n' workload options ranks "bytes sent" formula ratio
    while read -r workload options; do
        wanted "$workload" || continue
        read -ra options <<<"$options"
        for ranks in 2 4 8 16; do
            run "$ranks" 1 "$workload" "${options[@]}" | jq -r '[.ranks, .comm_bytes, .comm_bytes_formula] | @tsv' |
                awk -v w="$workload" -v o="${options[*]}" '{ printf "%-10s %-22s %6d %15.0f %15.0f %7.3f\n", w, o, $1, $2, $3, $2 / $3 }'
        done
    done <<'VOLUMES'
heat -n 1024 --steps 100
mg -c S
ft -c S
cg -c S
sort -n 1000000
bfs -n 14 --roots 8
VOLUMES
}

main() {
    local processors
    processors=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    if [ "$processors" -lt 2 ]; then
        echo "mpi.sh: one processor only: no ranks against threads"
    else
        measure "$processors"
    fi
    volumes
}

main "$@"
