#!/usr/bin/env bash
# One file of 1 GiB from nginx on this machine, in the clear and over TLS: parkit-get against curl and aria2c (left out where it
# is missing), with one connection and with four. Runs are interleaved; medians of wall and CPU time and of the ratios of the
# pairs are printed. Site and output lie in memory (/dev/shm) where that has room, so that no disk is measured; nobody syncs.
#
#   BIN=build/release/bin tests/bench/io_huge.sh [REPEATS]     default 5; MIB=1024 is the size
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BIN=$(cd "$BIN" && pwd)
NGINX_WORKERS=2 # one process of nginx encrypts no faster than one connection reads
TESTS=$(cd "$(dirname "$0")/.." && pwd)
REPEATS=${1:-5} MIB=${MIB:-1024} NGINX_PID=""
base=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || [ "$(df -Pm /dev/shm | awk 'NR == 2 { print $4 }')" -lt $((4 * MIB)) ] || base=/dev/shm
WORK=$(mktemp -d "$base/parkit-bench-huge.XXXXXX")
export BIN WORK NGINX_WORKERS
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"

cleanup() {
    [ -z "$NGINX_PID" ] || { kill "$NGINX_PID" 2>/dev/null && wait "$NGINX_PID" 2>/dev/null; } || true
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
    [ "$(stat -c %s "$WORK/out/file")" -eq $((MIB << 20)) ] || { echo "$name: the file is not right" >&2; return 1; }
    read -r wall user system <"$WORK/time"
    echo "$wall" >>"$WORK/$name.wall"
    awk -v u="$user" -v s="$system" 'BEGIN { print u + s }' >>"$WORK/$name.cpu"
    [ -z "${OUT:-}" ] || echo "$name $wall $user $system" >>"$OUT"
}

ours() { "$BIN/parkit-get" --fsync none --cacert "$WORK/cert.pem" -d "$WORK/out" "$@" "$URL/file"; }
theirs() { curl --silent --fail --cacert "$WORK/cert.pem" -o "$WORK/out/file" "$URL/file"; }
aria() { aria2c -q --file-allocation=none --ca-certificate="$WORK/cert.pem" -x "$1" -s "$1" -d "$WORK/out" "$URL/file"; }
run() {
    case $1 in
        *parkit-get-split) ours --split 4 ;;
        *parkit-get-split-loops) ours --split 4 -m multi-threads ;;
        *parkit-get-split-threads) ours --split 4 -m threads ;;
        *parkit-get) ours ;;
        *aria2c) aria 1 ;;
        *aria2c-split) aria 4 ;;
        *curl) theirs ;;
    esac
}

rows() {
    local name first=$1
    for name; do
        paste "$WORK/$first.wall" "$WORK/$name.wall" | awk '{ print $2 / $1 }' >"$WORK/wall.ratio"
        paste "$WORK/$first.cpu" "$WORK/$name.cpu" | awk '{ print $2 / $1 }' >"$WORK/cpu.ratio"
        printf '  %-30s %7.3f s wall %7.3f s CPU; of curl: wall %.3f, CPU %.3f\n' "$name" "$(median "$WORK/$name.wall")" \
            "$(median "$WORK/$name.cpu")" "$(median "$WORK/wall.ratio")" "$(median "$WORK/cpu.ratio")"
    done
}

compare() { # LABEL
    local names=("$1-curl" "$1-parkit-get" "$1-parkit-get-split" "$1-parkit-get-split-loops" "$1-parkit-get-split-threads") i name
    ! command -v aria2c >/dev/null || names+=("$1-aria2c" "$1-aria2c-split")
    for name in "${names[@]}"; do run "$name" >/dev/null 2>&1 || true; rm -f "$WORK/out/"*; done
    for ((i = 0; i < REPEATS; i++)); do
        for name in "${names[@]}"; do timed "$name" run "$name"; done
    done
    rows "${names[@]}"
}

main() {
    local port
    mkdir "$WORK/site"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
    head -c $((MIB << 20)) /dev/urandom >"$WORK/site/file"
    port=$(nginx_port)
    if ! nginx_start "$WORK/site" "listen 127.0.0.1:$port ssl; ssl_certificate $WORK/cert.pem; ssl_certificate_key $WORK/key.pem;"; then
        echo "a huge file: left out, nginx is missing"
        return
    fi
    URL=$NGINX_URL
    echo "one file of $MIB MiB from nginx in the clear, median of $REPEATS interleaved runs:"
    compare clear
    URL=https://localhost:$port
    echo "the same over TLS:"
    compare tls
    cmp "$WORK/out/file" "$WORK/site/file"
}
main
