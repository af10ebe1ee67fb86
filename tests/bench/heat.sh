#!/usr/bin/env bash
# heat, 100 steps, against what one pass through memory a step could reach at the bandwidth that stream measures
# (16 bytes a point: read, and store past the caches), against its own plain sweep, and against one thread. In turn in
# one run, median of ROUNDS (5). Usage: BIN=build/release/bin tests/bench/heat.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZE=${SIZE:-8192} STEPS=${STEPS:-100}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

seconds() { "$BIN/parkit-cpu" heat -n "$SIZE" --steps "$STEPS" "$@" --json 2>/dev/null | jq .min_s; }
# The best triad of three, as the limit that a one-pass program would be held against.
one_pass() {
    "$BIN/parkit-cpu" stream -n 5e7 -t "$1" -r 3 --json 2>/dev/null |
        jq --argjson n "$SIZE" --argjson steps "$STEPS" '16 * $n * $n * $steps / .triad_bytes_per_s'
}
median() { sort -g "$WORK/$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# row NAME: the peer's seconds and how many times longer than ours they are
row() {
    LC_ALL=C awk -v name="$1" -v peer="$(median "$2")" -v ours="$(median ours)" \
        'BEGIN { printf "  %-44s %8.3f s   ratio %5.2f\n", name, peer, peer / ours }'
}

main() {
    local round cores
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for ((round = 0; round < ROUNDS; round++)); do
        seconds -t "$cores" >>"$WORK/ours"
        one_pass "$cores" >>"$WORK/one_pass"
        seconds -t "$cores" --tile 1 >>"$WORK/plain"
        seconds -t 1 >>"$WORK/one_thread"
    done
    echo "heat $SIZE x $SIZE, $STEPS steps, median of $ROUNDS in turn:"
    row "ours, t=$cores" ours
    row "one pass a step at the bandwidth of stream" one_pass
    row "our plain sweep (--tile 1), t=$cores" plain
    row "ours, t=1" one_thread
}

main "$@"
