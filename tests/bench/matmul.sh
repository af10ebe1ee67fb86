#!/usr/bin/env bash
# matmul against OpenBLAS and BLIS (their Debian packages), in turn in one run, and against the multiply-add
# peak: GFLOP/s, median of ROUNDS (5) processes, each the best of its three products. A peer that is missing is
# said and left out. Nobody exceeds the peak, so no ratio can exceed what the last column says: peak over peer.
# Usage: BIN=build/release/bin tests/bench/matmul.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZES=${SIZES:-1000 1001 3000}
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE # "as it comes" must not mean as somebody's shell has it
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
# As many multiply-adds as the product has, so that what disturbs one disturbs the other as long.
peak() { "$BIN/parkit-cpu" peak -n "$(($1 * $1 * $1))" -t "$2" -w 1 -r 3 --json 2>/dev/null | jq '1e-9 * .work / .min_s'; }
# OpenBLAS picks old kernels on a processor that it does not know (Prescott's, in some virtual machines). So it
# runs twice: as it comes, and as openblas-TYPE with the type of processor that suits this one best.
best_core_type() {
    local type
    for type in Haswell Zen SkylakeX Cooperlake; do
        echo "$(OPENBLAS_CORETYPE=$type OPENBLAS_NUM_THREADS=1 "$WORK/openblas" 1000) $type"
    done | sort -g | awk 'END { print $2 }'
}
peer() { # NAME SIZE THREADS
    case $1 in
        openblas-*) OPENBLAS_CORETYPE=${1#openblas-} peer openblas "$2" "$3" ;;
        *) OPENBLAS_NUM_THREADS=$3 BLIS_NUM_THREADS=$3 OMP_NUM_THREADS=$3 "$WORK/$1" "$2" ;;
    esac
}
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# point SIZE THREADS - all programs in turn, ROUNDS times
point() {
    local round name
    rm -f "$WORK"/*.rate
    for ((round = 0; round < ROUNDS; round++)); do
        ours "$1" "$2" >>"$WORK/ours.rate"
        for name in ${PEERS[@]+"${PEERS[@]}"}; do peer "$name" "$1" "$2" >>"$WORK/$name.rate"; done
        peak "$1" "$2" >>"$WORK/peak.rate"
    done
    local mine other peak
    mine=$(median <"$WORK/ours.rate") peak=$(median <"$WORK/peak.rate")
    for name in ${PEERS[@]+"${PEERS[@]}"} peak; do
        other=$(median <"$WORK/$name.rate")
        LC_ALL=C awk -v n="$1" -v t="$2" -v p="$name" -v a="$mine" -v b="$other" -v m="$peak" \
            'BEGIN { printf "matmul n=%-5d t=%-3d %8.1f GFLOP/s   %-19s %8.1f GFLOP/s   ratio %.2f of %.2f\n", n, t, a, p, b, a / b, m / b }'
    done
}

main() {
    local size cores
    PEERS=()
    build_peer openblas libopenblas-dev
    build_peer blis libblis-dev
    case " ${PEERS[*]-} " in *" openblas "*) PEERS+=("openblas-$(best_core_type)") ;; esac
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for size in $SIZES; do
        point "$size" 1
        [ "$cores" -eq 1 ] || point "$size" "$cores"
    done
}

main "$@"
