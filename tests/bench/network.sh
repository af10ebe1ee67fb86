#!/usr/bin/env bash
# parkit-mpi pingpong and collectives against a second measurement, written independently (network_peer.c), on two ranks
# bound to a core each. Both take turns, so that slow moments of the machine fall on both; the best of all turns counts,
# for noise only adds time. Turns end when all sizes agree within 10 %, at the latest after ROUNDS (10) of them.
# Usage: BIN=build/release/bin [ROUNDS=10] tests/bench/network.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-10}
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export LC_ALL=C OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

PINGPONG=(0 8 64 1024 8192 65536 524288 4194304)
COLLECTIVE=(8 64 1024 8192 65536 1048576)
OPERATIONS=(bcast allreduce allgather alltoall reduce_scatter)

two_ranks() { mpirun --bind-to core -n 2 "$@" 2>/dev/null </dev/null; }

# pattern, bytes, seconds
ours() { two_ranks "$BIN/parkit-mpi" "$@" --time 0.04 -r 20 --json | jq -r '.series[] | .pattern as $p | .points[] | "\($p) \(.bytes) \(.best_s)"'; }

turn() {
    local operation
    ours pingpong --max 4194304 >>"$WORK/ours"
    two_ranks "$WORK/peer" pingpong "${PINGPONG[@]}" >>"$WORK/peers"
    two_ranks "$WORK/peer" barrier 0 >>"$WORK/peers"
    ours collectives --max 1048576 >>"$WORK/ours"
    for operation in "${OPERATIONS[@]}"; do two_ranks "$WORK/peer" "$operation" "${COLLECTIVE[@]}" >>"$WORK/peers"; done
}

# pattern, bytes, ours us, peer's us, ratio; in the order of the peer's first turn
compare() {
    awk '{ key = $1 " " $2 }
        FILENAME == ARGV[1] { if (!(key in ours) || $3 < ours[key]) ours[key] = $3; next }
        !(key in peer) { order[++n] = key }
        !(key in peer) || $3 < peer[key] { peer[key] = $3 }
        END { for (i = 1; i <= n; i++) { k = order[i]; printf "%s %.3f %.3f %.3f\n", k, 1e6 * ours[k], 1e6 * peer[k], ours[k] / peer[k] } }' \
        "$WORK/ours" "$WORK/peers"
}

apart() { compare | awk '$5 < 0.9 || $5 > 1.1' | wc -l; }

main() {
    local round
    if ! mpicc -O2 -Wall "$HERE/network_peer.c" -o "$WORK/peer" || ! two_ranks "$WORK/peer" barrier 0 >/dev/null; then
        echo "network.sh: left out: two ranks need two cores and mpicc"
        return
    fi
    for ((round = 1; round <= ROUNDS; round++)); do
        turn
        [ "$(apart)" -gt 0 ] || break
    done
    printf '%-16s %9s %12s %12s %8s\n' network bytes "parkit us" "second us" ratio
    compare | awk '{ printf "%-16s %9d %12.3f %12.3f %8.3f%s\n", $1, $2, $3, $4, $5, ($5 < 0.9 || $5 > 1.1 ? "  more than 10 % apart" : "") }'
    echo "within 10 %: $(($(compare | wc -l) - $(apart))) of $(compare | wc -l), after $((round > ROUNDS ? ROUNDS : round)) turns"
}

main "$@"
