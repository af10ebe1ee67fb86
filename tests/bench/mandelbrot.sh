#!/usr/bin/env bash
# mandelbrot by each instruction set on one thread against the plain reference kernel, and with every core against
# one, in turn in one run: iterations a second, median of ROUNDS (5). Usage: BIN=build/release/bin tests/bench/mandelbrot.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZE=${SIZE:-1024}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# The flags that the release build gives the reference, too.
build_reference() {
    "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O3 -ffp-contract=off -I"$ROOT" "$ROOT/tests/bench/mandelbrot_reference.c" \
        "$ROOT/cpu_bound/mandelbrot_reference.c" -o "$WORK/reference"
}

ours() { # THREADS ISA SIZE
    "$BIN/parkit-cpu" mandelbrot -n "$3" -t "$1" --isa "$2" -w 1 -r 3 --json 2>/dev/null | jq '.work / .min_s'
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

row() { # LABEL RATES LABEL RATES
    LC_ALL=C awk -v l="$1" -v a="$(median <"$2")" -v m="$3" -v b="$(median <"$4")" \
        'BEGIN { printf "mandelbrot %-14s %8.3f 10^9/s   %-14s %8.3f 10^9/s   ratio %.2f\n", l, a * 1e-9, m, b * 1e-9, a / b }'
}

main() {
    local round isa isas cores best
    isas=$("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "mandelbrot") | .isa[]')
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    best=$(tail -n 1 <<<"$isas")
    build_reference
    for ((round = 0; round < ROUNDS; round++)); do
        "$WORK/reference" "$((SIZE / 2))" >>"$WORK/reference.rate"
        for isa in $isas; do ours 1 "$isa" "$SIZE" >>"$WORK/$isa.rate"; done
        # four times the points, so that a run takes long beside the start of a team
        ours 1 "$best" $((2 * SIZE)) >>"$WORK/one.rate"
        ours "$cores" "$best" $((2 * SIZE)) >>"$WORK/all.rate"
    done
    for isa in $isas; do row "$isa t=1" "$WORK/$isa.rate" reference "$WORK/reference.rate"; done
    row "$best t=$cores" "$WORK/all.rate" "$best t=1" "$WORK/one.rate"
}

main "$@"
