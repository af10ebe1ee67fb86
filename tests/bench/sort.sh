#!/usr/bin/env bash
# sort against std::sort of GCC's parallel mode (built here with g++ -O3 -march=native), in turn in one run, on the
# same uniform keys; then every distribution against the uniform one. Seconds, median of ROUNDS (5) runs.
# Usage: BIN=build/release/bin [SIZE=1e8] tests/bench/sort.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZE=${SIZE:-1e8}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export LC_ALL=C

build_peer() {
    g++ -O3 -fopenmp -march=native "$HERE/sort_peer.cpp" -o "$WORK/peer" 2>"$WORK/log" && return
    echo "left out: GCC's parallel std::sort (g++ is not installed, or does not build it)"
    return 1
}

# ours THREADS [OPTIONS...]: the second of two runs, as the peer sorts memory that is already there
ours() { "$BIN/parkit-cpu" sort -n "$SIZE" -t "$1" "${@:2}" -w 1 --json 2>/dev/null | jq .median_s; }
peer() { OMP_NUM_THREADS=$1 OMP_PROC_BIND=true "$WORK/peer" "$SIZE"; }
median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

against_peer() { # THREADS
    local round mine other
    rm -f "$WORK"/*.s
    for ((round = 0; round < ROUNDS; round++)); do
        ours "$1" >>"$WORK/ours.s"
        peer "$1" >>"$WORK/peer.s"
    done
    mine=$(median "$WORK/ours.s") other=$(median "$WORK/peer.s")
    printf 'sort n=%s t=%-3d %7.3f s   GCC parallel std::sort %7.3f s   ratio %s\n' "$SIZE" "$1" "$mine" "$other" "$(ratio "$other" "$mine")"
}

distributions() { # THREADS
    local round d uniform
    rm -f "$WORK"/*.s
    for ((round = 0; round < ROUNDS; round++)); do
        for d in uniform sorted reversed few zipf; do ours "$1" -d $d >>"$WORK/$d.s"; done
        ours 1 >>"$WORK/one.s"
    done
    uniform=$(median "$WORK/uniform.s")
    for d in uniform sorted reversed few zipf; do
        printf 'sort n=%s t=%-3d %-9s %7.3f s   rate against uniform %s\n' "$SIZE" "$1" $d "$(median "$WORK/$d.s")" \
            "$(ratio "$uniform" "$(median "$WORK/$d.s")")"
    done
    printf 'sort n=%s t=%-3d against t=1: speed-up %s\n' "$SIZE" "$1" "$(ratio "$(median "$WORK/one.s")" "$uniform")"
}

main() {
    local cores
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    if build_peer; then
        against_peer 1
        [ "$cores" -eq 1 ] || against_peer "$cores"
    fi
    distributions "$cores"
}

main "$@"
