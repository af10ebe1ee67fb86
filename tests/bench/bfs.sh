#!/usr/bin/env bash
# bfs beside its own top-down search, in turn in one run, and beside the GAP benchmark's direction-optimising bfs:
# milliseconds a root, median of ROUNDS (5) processes; each of ours is the median of 3 runs after a warm-up.
# GAP is no package, so its times are constants, measured on another day: Kronecker graphs of the same scales,
# on a virtual machine with 2 cores of a Sapphire Rapids Xeon, GCC 12. Elsewhere read that ratio as a rough one.
# Usage: BIN=build/release/bin [SCALES="20 22"] [ROOTS=16] tests/bench/bfs.sh; ROOTS=64 as Graph500 asks, 4 times as long.
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SCALES=${SCALES:-20 22} ROOTS=${ROOTS:-16}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

gap_ms() { # SCALE THREADS; nothing where it was not measured
    case "$1 $2" in
        "20 1") echo 36.8 ;;
        "20 2") echo 19.8 ;;
        "22 1") echo 151 ;;
        "22 2") echo 80.4 ;;
    esac
}

# milliseconds a root; a run that is not verified has no rate and gives nothing
ours() { # SCALE THREADS OPTIONS...
    "$BIN/parkit-cpu" bfs -n "$1" -t "$2" --roots "$ROOTS" "${@:3}" --json 2>/dev/null |
        jq 'select(.verified) | 1e3 * .median_s / .roots'
}
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

scale() { # SCALE CORES
    local round threads
    rm -f "$WORK"/*
    for ((round = 0; round < ROUNDS; round++)); do
        for threads in $(printf '%s\n' 1 "$2" | uniq); do
            ours "$1" "$threads" -w 1 -r 3 >>"$WORK/auto-$threads"
            ROOTS=4 ours "$1" "$threads" --direction top-down >>"$WORK/top-down-$threads"
        done
    done
    for threads in $(printf '%s\n' 1 "$2" | uniq); do
        LC_ALL=C awk -v s="$1" -v t="$threads" -v a="$(median <"$WORK/auto-$threads")" -v d="$(median <"$WORK/top-down-$threads")" \
            -v one="$(median <"$WORK/auto-1")" -v g="$(gap_ms "$1" "$threads")" 'BEGIN {
                printf "bfs scale %d t=%-3d %8.2f ms/root   top-down %8.2f ms   ratio %.2f", s, t, a, d, d / a
                if (g > 0) printf "   GAP (constant) %6.1f ms   ratio %.2f", g, g / a
                if (t > 1) printf "   speed-up %.2f", one / a
                print ""
            }'
    done
}

main() {
    local cores
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for s in $SCALES; do scale "$s" "$cores"; done
}

main "$@"
