#!/usr/bin/env bash
# nbody: the tuned kernel of each instruction set against the plain double loop on one thread, and two threads
# against one. Median of ROUNDS (5), all in turn, so that slow moments of the machine fall on each.
# Usage: BIN=build/release/bin tests/bench/nbody.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
SIZE=${SIZE:-8192}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT

run() { "$BIN/parkit-cpu" nbody -n "$SIZE" "$@" --json 2>/dev/null >>"$RUNS"; }

main() {
    local round isa isas
    isas=$("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "nbody") | .isa[]')
    for ((round = 0; round < ROUNDS; round++)); do
        run -t 1 --steps 2 --kernel reference
        for isa in $isas; do run -t 1 --steps 10 --isa "$isa"; done
        run -t 2 --steps 10
    done
    # LC_ALL=C: a decimal point in every language
    jq -rs '
        def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
        def rate(f): map(select(f) | .rate) | median / 1e6;
        rate(.kernel == "reference") as $plain
        | ([.[] | select(.kernel == "tuned" and .threads == 2)][0].isa) as $best
        | rate(.kernel == "tuned" and .threads == 1 and .isa == $best) as $one
        | ["kernel", "threads", "10^6/s", "ratio", "to", "share of limit"],
          ["reference", 1, $plain, 1, "reference", ""],
          (map(select(.kernel == "tuned" and .threads == 1)) | group_by(.isa)[]
              | [.[0].isa, 1, rate(true), rate(true) / $plain, "reference", (map(.share_of_limit) | median)]),
          (map(select(.threads == 2)) | [$best, 2, rate(true), rate(true) / $one, "one thread", (map(.share_of_limit) | median)])
        | @tsv' "$RUNS" |
        LC_ALL=C awk -F'\t' 'NR == 1 { printf "nbody      %-10s %7s %10s %7s  %-10s  %s\n", $1, $2, $3, $4, $5, $6; next }
            { printf "           %-10s %7d %10.1f %7.2f  %-10s  %s\n", $1, $2, $3, $4, $5, $6 == "" ? "" : sprintf("%.2f", $6) }'
}

main "$@"
