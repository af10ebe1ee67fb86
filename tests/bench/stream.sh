#!/usr/bin/env bash
# stream's triad against likwid-bench stream_mem_avx512 (Debian package likwid), in turn in one run: GB/s, median
# of ROUNDS (5) processes. Both store past the caches and count 24 bytes an element. Left out, with a word, where
# likwid or AVX-512 is missing. Usage: BIN=build/release/bin tests/bench/stream.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# 3 arrays of 10^8 doubles, 2.4 GB, in both
ours() { "$BIN/parkit-cpu" stream -n 1e8 -t "$1" -r 5 --json 2>/dev/null | jq '1e-9 * .triad_bytes_per_s'; }
peer() { likwid-bench -t stream_mem_avx512 -i 5 -w "N:2400MB:$1" 2>/dev/null | awk '$1 == "MByte/s:" { print $2 / 1000 }'; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

point() { # THREADS
    local round
    rm -f "$WORK"/*.rate
    for ((round = 0; round < ROUNDS; round++)); do
        ours "$1" >>"$WORK/ours.rate"
        [ -z "$LIKWID" ] || peer "$1" >>"$WORK/likwid.rate"
    done
    LC_ALL=C awk -v t="$1" -v a="$(median <"$WORK/ours.rate")" -v b="$([ -z "$LIKWID" ] || median <"$WORK/likwid.rate")" \
        'BEGIN { printf "stream triad t=%-3d %8.2f GB/s", t, a; if (b > 0) printf "   likwid %8.2f GB/s   ratio %.2f", b, a / b; print "" }'
}

main() {
    local cores
    LIKWID=1
    if ! command -v likwid-bench >/dev/null; then
        LIKWID='' && echo "left out: likwid (Debian likwid is not installed)"
    elif ! "$BIN/parkit-cpu" list --json | jq -es 'any(.[]; .name == "stream" and (.isa | index("avx512")))' >/dev/null; then
        LIKWID='' && echo "left out: likwid's stream_mem_avx512 (this processor has no AVX-512)"
    fi
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    point 1
    [ "$cores" -eq 1 ] || point "$cores"
}

main "$@"
