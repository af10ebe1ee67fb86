#!/usr/bin/env bash
# primes against primesieve (its Debian package), in turn in one run, with every core and with one: seconds of the
# sieve, median of ROUNDS (5). The counts must be equal and as published (OEIS A006880).
# Usage: BIN=build/release/bin [SIZES="1e10 1e11"] tests/bench/primes.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} SIZES=${SIZES:-1e10 1e11}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

PEER=$(command -v primesieve || true)

# Both time themselves: primesieve what it prints, parkit-cpu its timed part. Start-up is beside the point for both.
ours() { # SIZE THREADS
    "$BIN/parkit-cpu" primes -n "$1" -t "$2" --json 2>/dev/null | jq -r '"\(.seconds[0]) \(.answer)"'
}
peer() {
    "$PEER" "$1" -t"$2" --quiet --time | awk '/^Seconds/ { seconds = $2; next } { count = $NF } END { print seconds, count }'
}

median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
seconds() { awk '{ print $1 }' "$1" | median; }

# point SIZE THREADS - both in turn, ROUNDS times
point() {
    local round
    rm -f "$WORK"/*.runs
    for ((round = 0; round < ROUNDS; round++)); do
        ours "$1" "$2" >>"$WORK/ours.runs"
        [ -z "$PEER" ] || peer "$1" "$2" >>"$WORK/peer.runs"
    done
    if [ "$(awk '{ print $2 }' "$WORK"/*.runs | sort -u | wc -l)" -ne 1 ]; then
        echo "primes.sh: the counts below $1 differ" >&2
        exit 1
    fi
    LAST=$(seconds "$WORK/ours.runs")
    if [ -n "$PEER" ]; then
        LC_ALL=C awk -v n="$1" -v t="$2" -v a="$LAST" -v b="$(seconds "$WORK/peer.runs")" \
            'BEGIN { printf "primes n=%-5s t=%-3d %8.3f s   primesieve %8.3f s   ours/primesieve %.2f\n", n, t, a, b, a / b }'
    else
        LC_ALL=C awk -v n="$1" -v t="$2" -v a="$LAST" 'BEGIN { printf "primes n=%-5s t=%-3d %8.3f s\n", n, t, a }'
    fi
}

main() {
    local size cores one
    [ -n "$PEER" ] || echo "left out: primesieve (Debian primesieve is not installed)"
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for size in $SIZES; do
        point "$size" 1
        one=$LAST
        [ "$cores" -gt 1 ] || continue
        point "$size" "$cores"
        LC_ALL=C awk -v n="$size" -v t="$cores" -v a="$one" -v b="$LAST" \
            'BEGIN { printf "primes n=%-5s %d threads against 1: %.2f times\n", n, t, a / b }'
    done
}

main "$@"
