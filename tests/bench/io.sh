#!/usr/bin/env bash
# Downloads where every answer takes 50 ms: the five models against each other (160 files, 16 connections), and 2,000 small
# files over 64 connections beside the bound of connections / latency. Runs are interleaved; medians are printed.
#
#   BIN=build/release/bin tests/bench/io.sh [REPEATS]     default 5
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BIN=$(cd "$BIN" && pwd)
TESTS=$(cd "$(dirname "$0")/.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/parkit-bench-io.XXXXXX")
REPEATS=${1:-5} LATENCY_MS=50
MODELS="sequential threads multi multi-threads processes"
SERVE_PID=""
export BIN WORK
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"
# shellcheck source=tests/measured.sh
. "$TESTS/measured.sh"

cleanup() {
    [ -z "$SERVE_PID" ] || { kill "$SERVE_PID" 2>/dev/null && wait "$SERVE_PID" 2>/dev/null; } || true
    rm -rf "$WORK"
}
trap cleanup EXIT

# of_models SET LIST CONNECTIONS MODEL...
of_models() {
    local set=$1 list=$2 connections=$3 i model
    shift 3
    for ((i = 0; i < REPEATS; i++)); do
        for model; do
            measured_folder "$WORK"
            measured "$set-$model" "$BIN/parkit-get" --fsync none -m "$model" -j "$connections" -d "$OUT_DIR" -i "$list"
        done
    done
    for model; do measured_row "$set-$model"; done
}

share_of_bound() { # SET FILES CONNECTIONS MODEL...
    local set=$1 files=$2 connections=$3 model
    shift 3
    for model; do
        awk -v s="$(median "$WORK/$set-$model.wall")" -v n="$files" -v c="$connections" -v l="$LATENCY_MS" -v m="$model" \
            'BEGIN { bound = c / (l / 1000); printf "  %-14s %7.1f files a second, %.3f of connections / latency (%d)\n", m, n / s, n / s / bound, bound }'
    done
}

main() {
    if ! serve_start --latency $LATENCY_MS; then
        echo "the models: left out, libmicrohttpd is missing"
        return
    fi
    "$BIN/parkit-get" -d "$WORK" "${SERVE_URL}list/160" "${SERVE_URL}list/2000" 2>/dev/null
    echo "160 files with $LATENCY_MS ms latency, 16 connections, median of $REPEATS interleaved runs:"
    # shellcheck disable=SC2086 # words
    of_models few "$WORK/160" 16 $MODELS
    echo "2,000 files with $LATENCY_MS ms latency, 64 connections, median of $REPEATS interleaved runs:"
    # shellcheck disable=SC2086
    of_models many "$WORK/2000" 64 ${MODELS#sequential }
    # shellcheck disable=SC2086
    share_of_bound many 2000 64 ${MODELS#sequential }
}
main
