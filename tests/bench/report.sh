#!/usr/bin/env bash
# What a report of RUNS (100000) runs costs: seconds and peak memory of parkit-report, by parkit-run, median of three. Promised
# are 2 s and 200 MB. Usage: BIN=build/release/bin tests/bench/report.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
RUNS=${RUNS:-100000}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# runs COUNTS - a runs.jsonl in which every line is as long as a real one
runs() {
    awk -v runs="$RUNS" -v counts="$1" 'BEGIN {
        srand(1)
        for (i = 0; i < runs; i++) {
            p = i % counts + 1
            s = 100 * (0.04 + 0.96 / p) * (1 + 0.02 * rand())
            printf "{\"schema\":\"parkit.measure/1\",\"threads\":%d,\"ranks\":1,\"nodes\":1,\"size\":1000000,\"base_size\":null,\"label\":null,", p
            printf "\"rep\":%d,\"order\":%d,\"state\":\"ok\",\"exit\":0,\"signal\":null,\"seconds\":%.9f,\"user_s\":%.6f,\"system_s\":0.01,", i / counts, i + 1, s, s * p
            printf "\"max_rss\":10690560,\"voluntary_switches\":3,\"involuntary_switches\":7,\"bytes_read\":46567,\"bytes_written\":300,"
            printf "\"storage_read\":0,\"storage_written\":4096,\"fom\":null,\"program_s\":null,\"binding\":\"0-%d\",\"affinity\":null,", p - 1
            printf "\"mhz\":3000,\"load\":1.5,\"host\":\"node1\",\"log\":\"study/logs/t%d-r%d.log\",\"command\":[\"./solver\",\"-t\",\"%d\"],", p, i, p
            printf "\"started\":\"2026-01-01T00:00:00.000Z\"}\n"
        }
    }' >"$WORK/runs.jsonl"
}

# cost NAME OPTION... - one line: seconds and memory
cost() {
    local name=$1
    shift
    for _ in 1 2 3; do "$BIN/parkit-run" --quiet --json -- "$BIN/parkit-report" "$@" "$WORK/runs.jsonl"; done |
        jq -rs --arg name "$name" 'sort_by(.seconds)[1] | "\($name): \(.seconds * 100 | round / 100) s, \(.max_rss / 1e6 | round) MB"'
}

for counts in 10 100 1000; do
    runs "$counts"
    cost "$RUNS runs of $counts counts, as JSON" --format json
    cost "$RUNS runs of $counts counts, all files and pictures" --write "$WORK/written"
done
