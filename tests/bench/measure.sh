#!/usr/bin/env bash
# What measuring costs, in turn, ROUNDS (150) of each, medians:
#   `true` timed by parkit-run, by hyperfine and by perf stat, as far as they are there: one must agree within
#   0.2 ms (perf stat begins its time earlier, before it lets its child go);
#   a command that times itself, under parkit-run (with a look at its threads, its line made durable) and alone:
#   at most 1 ms more.
# Usage: BIN=build/release/bin [ROUNDS=150] tests/bench/measure.sh
set -euo pipefail
export LC_ALL=C

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-150}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
TRUE=$(type -P true)
HYPERFINE=$(type -P hyperfine || true)
PERF=$(type -P perf || true)

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) printf "%.4f\n", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# time_true - once by each; milliseconds are read from the files afterwards
time_true() {
    "$BIN/parkit-run" -q --json -- "$TRUE" >>"$WORK/ours"
    if [ -n "$HYPERFINE" ]; then # it wants two runs at least; the first is taken
        hyperfine -N --runs 2 --export-json "$WORK/one" "$TRUE" >/dev/null 2>&1
        jq '.results[0].times[0] * 1000' "$WORK/one" >>"$WORK/hyperfine"
    fi
    if [ -n "$PERF" ]; then
        perf stat -x, -e duration_time -o "$WORK/one" "$TRUE" 2>/dev/null || true
        awk -F, '/,duration_time/ { print $1 / 1e6 }' "$WORK/one" >>"$WORK/perf"
    fi
}

# compare NAME OURS OTHER - a line; succeeds within 0.2 ms
compare() {
    awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {
        printf "true  parkit-run %.3f ms  %-10s %.3f ms  difference %+.3f ms\n", a, name, b, a - b
        exit !(a - b <= 0.2 && b - a <= 0.2) }'
}

judge_true() {
    local ours other agrees=0 compared=0
    ours=$(jq '.seconds * 1000' "$WORK/ours" | median)
    for other in hyperfine perf; do
        [ -s "$WORK/$other" ] || continue
        compared=1
        if compare "$other" "$ours" "$(median <"$WORK/$other")"; then agrees=1; fi
    done
    [ "$compared" -eq 1 ] || { echo "left out: neither hyperfine nor perf stat can time here" && return 0; }
    [ "$agrees" -eq 1 ] || { echo "true  none of them agrees within 0.2 ms" && return 1; }
}

computing=("$BIN/parkit-cpu" sumsq -n 1e7 -m serial --json)

# A pair: its own time under parkit-run less its own time alone, in milliseconds.
pair() {
    "$BIN/parkit-run" -q --time json:median_s --append "$WORK/under" -- "${computing[@]}"
    "${computing[@]}" >"$WORK/alone" 2>/dev/null
    jq -n --slurpfile under <(tail -n 1 "$WORK/under") --slurpfile alone "$WORK/alone" \
        '($under[0].program_s - $alone[0].median_s) * 1000'
}

judge_computing() {
    median <"$WORK/pairs" | awk '{
        printf "computing 0.14 s  measured - alone %+.3f ms (median of the pairs)\n", $1
        if ($1 > 1) { print "computing  measuring adds more than 1 ms"; exit 1 } }'
}

main() {
    local round failed=0
    [ -n "$HYPERFINE" ] || echo "left out: hyperfine is not installed"
    [ -n "$PERF" ] || echo "left out: perf (linux-perf) is not installed"
    for ((round = 0; round < ROUNDS; round++)); do
        time_true
        [ $((round % 3)) -ne 0 ] || pair >>"$WORK/pairs"
    done
    judge_true || failed=1
    judge_computing || failed=1
    exit "$failed"
}

main "$@"
