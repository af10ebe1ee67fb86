#!/usr/bin/env bash
# Rate of each CPU-bound workload with one thread and with every core, and the parallel efficiency
# T(1) / (p T(p)). Median of ROUNDS runs (5), the two counts in turn, so that slow moments of the machine fall on
# both. Sizes take about half a second with one thread. Usage: BIN=build/release/bin tests/bench/cpu.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT

measure() { # WORKLOAD SIZE CORES
    local round threads
    for ((round = 0; round < ROUNDS; round++)); do
        for threads in 1 "$3"; do
            "$BIN/parkit-cpu" "$1" -n "$2" -t "$threads" --json 2>/dev/null
        done
    done
}

row() { # CORES
    jq -rs --argjson cores "$1" '
        def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
        def rate($t): map(select(.threads == $t) | .rate) | median;
        (rate(1)) as $one | (rate($cores)) as $all
        | [.[0].workload, .[0].size, .[0].isa, $one / 1e6, $all / 1e6, $all / $one, $all / $one / $cores, .[0].work_unit] | @tsv' "$RUNS"
}

main() {
    local cores workload size
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    printf '%-11s %12s %-9s %14s %14s %9s %11s  %s\n' workload size isa "10^6/s, t=1" "10^6/s, t=$cores" speed-up efficiency unit
    while read -r workload size; do
        measure "$workload" "$size" "$cores" >"$RUNS"
        # LC_ALL=C: a decimal point in every language
        row "$cores" | LC_ALL=C awk -F'\t' '{ printf "%-11s %12s %-9s %14.1f %14.1f %9.2f %11.3f  %s\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
    done <<'SIZES'
sumsq 50000000
fib 38
primes 2000000000
mandelbrot 4096
SIZES
}

main "$@"
