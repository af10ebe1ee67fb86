#!/usr/bin/env bash
# What measuring costs, as pairs in turn, ROUNDS (200) of each:
#   `true` timed by parkit-run, by perf stat and by hyperfine, whichever is there: they must agree within 0.2 ms;
#   a command that times itself (0.3 s of computing) under parkit-run and alone: at most 1 ms more.
# Usage: BIN=build/release/bin [ROUNDS=200] tests/bench/measure.sh
set -euo pipefail
export LC_ALL=C

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-200}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
TRUE=$(type -P true)

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { printf "%.4f\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# Milliseconds of one run of true, by each.
ours() { "$BIN/parkit-run" -q --json -- "$TRUE" | jq '.seconds * 1000'; }
by_perf() { perf stat -x, -e duration_time "$TRUE" 2>&1 >/dev/null | awk -F, '/duration_time/ { print $1 / 1e6 }'; }

# hyperfine times a batch: one of ROUNDS runs, between two halves of ours.
by_hyperfine() {
    hyperfine -N --warmup 5 --runs "$ROUNDS" --export-json "$WORK/hyperfine.json" "$TRUE" >/dev/null 2>&1
    jq '.results[0].times[] * 1000' "$WORK/hyperfine.json"
}

# verdict NAME OURS OTHER LIMIT - in milliseconds
verdict() {
    awk -v name="$1" -v a="$2" -v b="$3" -v limit="$4" 'BEGIN {
        difference = a - b; far = difference > limit || difference < -limit
        printf "%-28s %9.3f ms   %9.3f ms   difference %+.3f ms (limit %.1f): %s\n", name, a, b, difference, limit, far ? "TOO MUCH" : "right"
        exit far }'
}

pairs_of_true() {
    local round
    : >"$WORK/ours" && : >"$WORK/perf"
    for ((round = 0; round < ROUNDS; round++)); do
        ours >>"$WORK/ours"
        [ -z "$PERF" ] || by_perf >>"$WORK/perf"
    done
    [ -z "$PERF" ] || verdict 'true: parkit-run, perf stat' "$(median "$WORK/ours")" "$(median "$WORK/perf")" 0.2 || FAILED=1
    if [ -n "$HYPERFINE" ]; then
        by_hyperfine >"$WORK/hyperfine"
        verdict 'true: parkit-run, hyperfine' "$(median "$WORK/ours")" "$(median "$WORK/hyperfine")" 0.2 || FAILED=1
    fi
}

# Its own time is the same clock's from within; what measuring disturbs shows in it. The looks at 0.1 s are included.
self_timed=("$BIN/parkit-cpu" sumsq -n 2e7 -m serial --json)
cost_of_measuring() {
    local round
    : >"$WORK/under" && : >"$WORK/alone"
    for ((round = 0; round < ROUNDS / 8; round++)); do
        "$BIN/parkit-run" -q --json --time json:median_s -- "${self_timed[@]}" | jq '.program_s * 1000' >>"$WORK/under"
        "${self_timed[@]}" 2>/dev/null | jq '.median_s * 1000' >>"$WORK/alone"
    done
    verdict 'computing: measured, alone' "$(median "$WORK/under")" "$(median "$WORK/alone")" 1.0 || FAILED=1
}

FAILED=0
PERF=$(type -P perf || true)
HYPERFINE=$(type -P hyperfine || true)
[ -n "$PERF" ] || echo "left out: perf stat (linux-perf is not installed)"
[ -n "$HYPERFINE" ] || echo "left out: hyperfine (not installed)"
if [ -n "$PERF" ] && ! by_perf | grep . >/dev/null; then
    echo "left out: perf stat (it has no duration_time here)"
    PERF=''
fi
pairs_of_true
cost_of_measuring
exit "$FAILED"
