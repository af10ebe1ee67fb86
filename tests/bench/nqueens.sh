#!/usr/bin/env bash
# nqueens: the vector search of each instruction set against plain recursion on one thread, and two threads
# against one. Median of ROUNDS (5), all in turn, so that slow moments of the machine fall on each.
# Usage: BIN=build/release/bin tests/bench/nqueens.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT

run() { "$BIN/parkit-cpu" nqueens "$@" --json 2>/dev/null >>"$RUNS"; }

main() {
    local round isa isas
    # The baseline has no vector search: it is the plain recursion.
    isas=$("$BIN/parkit-cpu" list --json |
        jq -r 'select(.name == "nqueens") | .isa | if length > 1 then . - ["baseline"] else . end | .[]')
    for ((round = 0; round < ROUNDS; round++)); do
        run -n 14 -t 1 --kernel reference
        for isa in $isas; do run -n 16 -t 1 --isa "$isa"; done
        run -n 16 -t 2
    done
    # LC_ALL=C: a decimal point in every language
    jq -rs '
        def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
        def rate(f): map(select(f) | .rate) | median / 1e6;
        rate(.kernel == "reference") as $plain
        | ([.[] | select(.threads == 2)][0].isa) as $best
        | rate(.kernel == "tuned" and .threads == 1 and .isa == $best) as $one
        | ["kernel", "threads", "10^6/s", "ratio", "to"],
          ["reference", 1, $plain, 1, "reference"],
          (map(select(.kernel == "tuned" and .threads == 1)) | group_by(.isa)[]
              | [.[0].isa, 1, rate(true), rate(true) / $plain, "reference"]),
          (map(select(.threads == 2)) | [$best, 2, rate(true), rate(true) / $one, "one thread"])
        | @tsv' "$RUNS" |
        LC_ALL=C awk -F'\t' 'NR == 1 { printf "nqueens    %-10s %7s %10s %7s  %s\n", $1, $2, $3, $4, $5; next }
            { printf "           %-10s %7d %10.1f %7.2f  %s\n", $1, $2, $3, $4, $5 }'
}

main "$@"
