#!/usr/bin/env bash
# Fuzz what parkit-get reads from others (lists, Metalink documents, its own journal, headers of answers) and the request
# reader of the fault server: clang's libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer, SECONDS_EACH (60) each.
# New inputs and what crashes are kept in build/fuzz/NAME. Usage: tests/fuzz/get.sh [list metalink ledger answer request]
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
OUT=$ROOT/build/fuzz
NAMES=(list metalink ledger answer request)

seeds() {
    local u=http://h/x sum=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
    case $1 in
        list) printf '# c\n%s\r\n%s\tout=a/b\tsize=5\tsha256=%s\tmirror=https://m:8/%%20\tpieces=sha256:5:%s\n' "$u" "$u" "$sum" "$sum" ;;
        metalink) printf '\x10<?xml version="1.0"?><metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a/b"><size>5</size><hash type="sha-256">%s</hash><pieces length="5" type="sha-256"><hash>%s</hash></pieces><url priority="2">%s</url><url>ftp://h/x</url></file></metalink>' "$sum" "$sum" "$u" ;;
        ledger) printf '+R\t1\t2\n+P\t1\t3\t4\t3e8\t1\t"v1"\t\t0\n+C\t1\t3\t1\t0\t64\n+C\t1\t3\t0\t100\t200\n+S\t1\t40\n+D\t1\t5\t1\t5\t9\t1\t3e8\t1\t"e"\tMon, 01 Jan 2024 00:00:00 GMT\t1\n+X\t1\t3\n+E\t1\n' ;;
        answer) printf 'HTTP/1.1 206 OK\r\nContent-Length: 500\r\nContent-Range: bytes 500-999/1000\r\nETag: W/"v"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nDate: Tue, 02 Jan 2024 00:00:00 GMT\r\nRetry-After: 3\r\nContent-Encoding: gzip\r\nContent-Type: multipart/byteranges\r\n' ;;
        request) printf 'GET /size=10,etag=a%%20b,length=1,length=2;v=2,cut=5,rst,range=shift/name HTTP/1.1\r\nHost: h\r\nRange: bytes=1-2\r\n\r\n' ;;
    esac
}

build() {
    local sources=() source flags
    for source in "$ROOT"/io_bound/*.c "$ROOT"/io_bound/*/*.c "$ROOT"/common/*.c "$ROOT"/tests/faults/request.c "$ROOT"/tests/faults/script.c "$ROOT"/tests/fuzz/get_fuzz.c; do
        case $source in *_main.c | */serve*.c) ;; *) sources+=("$source") ;; esac
    done
    flags=$(pkg-config --cflags --libs libcurl expat jansson hwloc libssl libcrypto)
    # shellcheck disable=SC2086 # the words of pkg-config are options
    clang -std=gnu11 -D_GNU_SOURCE -DFUZZ="$1_fuzz" -DPARKIT_HAVE_EXPAT -DPARKIT_VERSION='"fuzz"' -DPARKIT_FLAGS='""' -I"$ROOT" -g -O1 \
        -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "${sources[@]}" -o "$OUT/$1/fuzz" $flags -lpthread -lm
}

# Messages about bad input are what is asked for, so what the program writes is closed; libFuzzer's report goes to its log.
run() {
    mkdir -p "$OUT/$1/corpus"
    seeds "$1" >"$OUT/$1/corpus/seed"
    build "$1"
    if (cd "$OUT/$1" && ./fuzz -max_total_time="${SECONDS_EACH:-60}" -max_len=8192 -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$OUT/$1/" \
        -close_fd_mask=3 -print_final_stats=1 corpus 2>log); then
        printf '%-9s %s\n' "$1" "$(grep -aE 'number_of_executed_units|Done' "$OUT/$1/log" | tr '\n' ' ')"
    else
        tail -n 40 "$OUT/$1/log" >&2
        return 1
    fi
}

main() {
    local name
    command -v clang >/dev/null || { echo "get.sh: clang is missing" >&2; exit 3; }
    [ $# -gt 0 ] || set -- "${NAMES[@]}"
    for name; do run "$name"; done
}
main "$@"
