#!/usr/bin/env bash
# matmul against OpenBLAS and BLIS (their Debian packages), in turn in one run, and against the multiply-add
# peak: GFLOP/s, median of ROUNDS (5) processes, each the best of its three products. A peer that is missing is
# said and left out. Usage: BIN=build/release/bin tests/bench/matmul.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZES=${SIZES:-1000 1001 3000}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# build_peer NAME PACKAGE - a program that times that library's dgemm on the same work
build_peer() {
    if cc -O2 "$HERE/dgemm_peer.c" -o "$WORK/$1" "-l$1" 2>/dev/null; then
        PEERS+=("$1")
    else
        echo "left out: $1 (Debian $2 is not installed)"
    fi
}

ours() { "$BIN/parkit-cpu" matmul -n "$1" -t "$2" -w 1 -r 3 --json 2>/dev/null | jq '1e-9 * .work / .min_s'; }
peak() { "$BIN/parkit-cpu" peak -n 2e9 -t "$1" -r 10 --json 2>/dev/null | jq '1e-9 * .work / .min_s'; }
peer() { OPENBLAS_NUM_THREADS=$3 BLIS_NUM_THREADS=$3 OMP_NUM_THREADS=$3 "$WORK/$1" "$2"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# point SIZE THREADS - all programs in turn, ROUNDS times
point() {
    local round name
    rm -f "$WORK"/*.rate
    for ((round = 0; round < ROUNDS; round++)); do
        ours "$1" "$2" >>"$WORK/ours.rate"
        for name in ${PEERS[@]+"${PEERS[@]}"}; do peer "$name" "$1" "$2" >>"$WORK/$name.rate"; done
        peak "$2" >>"$WORK/peak.rate"
    done
    local mine other
    mine=$(median <"$WORK/ours.rate")
    for name in ${PEERS[@]+"${PEERS[@]}"} peak; do
        other=$(median <"$WORK/$name.rate")
        LC_ALL=C awk -v n="$1" -v t="$2" -v p="$name" -v a="$mine" -v b="$other" \
            'BEGIN { printf "matmul n=%-5d t=%-3d %8.1f GFLOP/s   %-9s %8.1f GFLOP/s   ratio %.2f\n", n, t, a, p, b, a / b }'
    done
}

main() {
    local size cores
    PEERS=()
    build_peer openblas libopenblas-dev
    build_peer blis libblis-dev
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for size in $SIZES; do
        point "$size" 1
        [ "$cores" -eq 1 ] || point "$size" "$cores"
    done
}

main "$@"
