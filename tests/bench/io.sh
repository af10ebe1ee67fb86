#!/usr/bin/env bash
# Downloads, measured: parkit-get against `curl --parallel` on many small files from real nginx, and the
# five models against each other where every answer takes 50 ms. Runs are interleaved, so that a busy
# spell of the machine meets all alike; medians are printed, with every run in $OUT if that is set.
#
#   BIN=build/release/bin tests/bench/io.sh [REPEATS]     default 7
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BIN=$(cd "$BIN" && pwd)
TESTS=$(cd "$(dirname "$0")/.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/parkit-bench-io.XXXXXX")
REPEATS=${1:-7} FILES=10000 CONNECTIONS=64
MODELS="sequential threads multi multi-threads processes"
NGINX_PID="" SERVE_PID=""
export BIN WORK
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"

cleanup() {
    local pid
    for pid in $NGINX_PID $SERVE_PID; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$WORK"
}
trap cleanup EXIT

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# timed NAME COMMAND...: one run into a fresh $WORK/out; appends wall and CPU seconds to NAME.wall, NAME.cpu
timed() {
    local name=$1 wall user system
    shift
    rm -rf "$WORK/out" && mkdir "$WORK/out"
    local TIMEFORMAT='%R %U %S'
    { time "$@" >"$WORK/stdout" 2>"$WORK/stderr"; } 2>"$WORK/time" || { cat "$WORK/stderr" >&2; return 1; }
    read -r wall user system <"$WORK/time"
    echo "$wall" >>"$WORK/$name.wall"
    awk -v u="$user" -v s="$system" 'BEGIN { print u + s }' >>"$WORK/$name.cpu"
    [ -z "${OUT:-}" ] || echo "$name $wall $user $system" >>"$OUT"
}

row() { printf '  %-14s %8.3f s wall %8.3f s CPU\n' "$1" "$(median "$WORK/$1.wall")" "$(median "$WORK/$1.cpu")"; }

make_small_files() {
    local file name
    mkdir "$WORK/site"
    head -c $((FILES * 1024)) /dev/urandom | (cd "$WORK/site" && split -b 1024 -a 5 -d - f)
    for file in "$WORK"/root/*; do
        name=${file##*/}
        echo "$NGINX_URL/$name" >>"$WORK/list"
        printf 'url="%s/%s"\noutput="%s/out/%s"\n' "$NGINX_URL" "$name" "$WORK" "$name" >>"$WORK/list.curl"
    done
}

run_ours() { "$BIN/parkit-get" -m multi -j $CONNECTIONS -d "$WORK/out" -i "$WORK/list"; }
run_curl() { curl --silent --no-progress-meter --parallel --parallel-max $CONNECTIONS --config "$WORK/list.curl"; }

against_curl() {
    local i
    if ! nginx_start "$WORK/site" || ! command -v curl >/dev/null; then
        echo "many small files: left out, nginx or curl is missing"
        return
    fi
    make_small_files
    timed warm_up run_ours
    timed warm_up run_curl
    for ((i = 0; i < REPEATS; i++)); do
        if ((i % 2)); then timed curl run_curl; timed parkit-get run_ours; else timed parkit-get run_ours; timed curl run_curl; fi
    done
    diff -rq "$WORK/site" "$WORK/out" >/dev/null || { echo "the files are not right" >&2; return 1; }
    paste "$WORK/parkit-get.wall" "$WORK/curl.wall" | awk '{ print $1 / $2 }' >"$WORK/ratio"
    echo "$FILES files of 1 KiB from nginx, $CONNECTIONS connections, median of $REPEATS interleaved runs:"
    row parkit-get
    row curl
    printf '  ratio of wall time, parkit-get / curl, median of the pairs: %.3f\n' "$(median "$WORK/ratio")"
    nginx_stop
}

among_models() {
    local i model
    if ! serve_start --latency 50; then
        echo "the models: left out, libmicrohttpd is missing"
        return
    fi
    "$BIN/parkit-get" -d "$WORK" "${SERVE_URL}list/160" 2>/dev/null
    for ((i = 0; i < REPEATS; i++)); do
        for model in $MODELS; do
            timed "$model" "$BIN/parkit-get" -m "$model" -j 16 -d "$WORK/out" -i "$WORK/160"
        done
    done
    echo "160 files with 50 ms latency, 16 connections, median of $REPEATS interleaved runs:"
    for model in $MODELS; do row "$model"; done
}

main() {
    against_curl
    among_models
}
main
