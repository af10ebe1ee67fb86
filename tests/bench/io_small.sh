#!/usr/bin/env bash
# 10,000 files of 1 KiB from nginx, in the clear and over TLS: parkit-get with one loop and with a loop per core against curl,
# aria2c and wget2 with 64 connections each (left out where they are missing). Runs are interleaved, so that a busy spell meets
# all alike; medians are printed: wall time, CPU time, peak memory; then the system calls of one run each by strace.
# Output goes to memory (/dev/shm) and to ${TMPDIR:-/tmp}; the others sync nothing, so neither does parkit-get here.
#
#   BIN=build/release/bin tests/bench/io_small.sh [REPEATS]     default 5
#
# Fair settings: curl --parallel-max; aria2c without preallocation, one connection a file; wget2 --max-threads. TLS is trusted
# by the bundle of the system with the certificate of this test in it, as it would be for a public server.
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BIN=$(cd "$BIN" && pwd)
TESTS=$(cd "$(dirname "$0")/.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/parkit-bench-small.XXXXXX")
MEMORY=""
[ ! -w /dev/shm ] || MEMORY=$(mktemp -d /dev/shm/parkit-bench-small.XXXXXX)
REPEATS=${1:-5} FILES=${FILES:-10000} CONNECTIONS=64 NGINX_PID=""
export BIN WORK
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"
# shellcheck source=tests/measured.sh
. "$TESTS/measured.sh"

cleanup() {
    [ -z "$NGINX_PID" ] || { kill "$NGINX_PID" 2>/dev/null && wait "$NGINX_PID" 2>/dev/null; } || true
    rm -rf "$WORK" "$MEMORY"
}
trap cleanup EXIT

make_site() {
    local system=/etc/ssl/certs/ca-certificates.crt
    mkdir "$WORK/site"
    head -c $((FILES * 1024)) /dev/urandom | (cd "$WORK/site" && split -b 1024 -a 5 -d - f)
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>/dev/null
    { [ ! -r $system ] || cat $system; cat "$WORK/cert.pem"; } >"$WORK/trust.pem"
}

make_lists() {
    (cd "$WORK/site" && printf '%s\n' f*) | sed "s,^,$1/," >"$WORK/list"
}

run() {
    case $1 in
        *batch) "${RUNNER[@]}" "$BIN/parkit-get" -m multi -j $CONNECTIONS --cacert "$WORK/trust.pem" -d "$OUT_DIR" -i "$WORK/list" ;;
        *multi) "${RUNNER[@]}" "$BIN/parkit-get" --fsync none -m multi -j $CONNECTIONS --cacert "$WORK/trust.pem" -d "$OUT_DIR" -i "$WORK/list" ;;
        *multi-threads) "${RUNNER[@]}" "$BIN/parkit-get" --fsync none -m multi-threads -j $CONNECTIONS --cacert "$WORK/trust.pem" -d "$OUT_DIR" -i "$WORK/list" ;;
        *curl)
            awk -v d="$OUT_DIR" '{ n = $0; sub(".*/", "", n); printf "url=\"%s\"\noutput=\"%s/%s\"\n", $0, d, n }' "$WORK/list" >"$WORK/list.curl"
            "${RUNNER[@]}" curl --silent --no-progress-meter --parallel --parallel-max $CONNECTIONS --cacert "$WORK/trust.pem" --config "$WORK/list.curl" ;;
        *aria2c) "${RUNNER[@]}" aria2c -q --file-allocation=none --deferred-input=true -j $CONNECTIONS -x1 -s1 --ca-certificate="$WORK/trust.pem" -d "$OUT_DIR" -i "$WORK/list" ;;
        *wget2) "${RUNNER[@]}" wget2 -q --max-threads=$CONNECTIONS --ca-certificate="$WORK/trust.pem" -P "$OUT_DIR" -i "$WORK/list" ;;
    esac
}

# one SET NAME FOLDER: one measured run, whose files are then compared
one() {
    measured_folder "$3"
    RUNNER=(measured "$1-$2")
    run "$2" || return 1
    rm -f "$OUT_DIR/.parkit-get.ledger"
    diff -rq "$WORK/site" "$OUT_DIR" >/dev/null || { echo "$2: the files are not right" >&2; return 1; }
}

compare() { # SET FOLDER TEXT
    local set=$1 folder=$2 name i names="multi multi-threads batch curl"
    echo "$FILES files of 1 KiB from nginx, $3, $CONNECTIONS connections, median of $REPEATS interleaved runs:"
    for name in aria2c wget2; do ! command -v $name >/dev/null || names="$names $name"; done
    for ((i = 0; i < REPEATS; i++)); do
        for name in $names; do one "$set" "$name" "$folder"; done
    done
    for name in $names; do measured_row "$set-$name"; done
    measured_ratio "CPU time, multi / curl" cpu "$set-multi" "$set-curl"
    measured_ratio "files a second, multi-threads / curl" wall "$set-curl" "$set-multi-threads"
    measured_ratio "files a second, multi / curl" wall "$set-curl" "$set-multi"
    rm -rf "$folder"/out.*
}

system_calls() {
    local name
    command -v strace >/dev/null || { echo "system calls: left out, strace is missing"; return; }
    echo "System calls a file, in the clear (network: send, receive, poll, epoll, connect and the like):"
    for name in multi multi-threads curl aria2c wget2; do
        command -v "${name/#multi*/true}" >/dev/null || continue
        measured_folder "$WORK"
        RUNNER=(strace -f -qq -c -o "$WORK/strace")
        run $name >/dev/null 2>&1 || true
        awk -v n="$FILES" -v name=$name '$NF ~ /^[a-z_0-9]+$/ && $NF != "total" && $4 ~ /^[0-9]+$/ { all += $4
            if ($NF ~ /^(sendto|recvfrom|sendmsg|recvmsg|poll|ppoll|select|epoll_.*|connect|socket|getsockopt|setsockopt|getsockname|getpeername|rt_sigaction)$/) net += $4 }
            END { printf "  %-14s %6.2f in all, %6.2f network\n", name, all / n, net / n }' "$WORK/strace"
    done
}

main() {
    local port
    if ! nginx_program >/dev/null || ! command -v curl >/dev/null; then
        echo "many small files: left out, nginx or curl is missing"
        return
    fi
    make_site
    port=$(nginx_port)
    nginx_start "$WORK/site" "listen 127.0.0.1:$port ssl; ssl_certificate $WORK/cert.pem; ssl_certificate_key $WORK/key.pem;"
    make_lists "$NGINX_URL"
    [ -z "$MEMORY" ] || compare memory "$MEMORY" "in the clear, into memory"
    compare disk "$WORK" "in the clear, to disk"
    system_calls
    make_lists "https://localhost:$port"
    compare tls "${MEMORY:-$WORK}" "over TLS, into ${MEMORY:+memory}"
}
main
