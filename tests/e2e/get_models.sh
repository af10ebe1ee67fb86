#!/usr/bin/env bash
# parkit-get, every model against real nginx: right files, few round trips, nothing left behind.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"
# shellcheck source=tests/serve.sh
. "$TESTS/serve.sh"

MODELS="sequential threads multi multi-threads processes"
FILES=200

if [ ! -x "$BIN/parkit-get" ]; then
    skip "parkit-get" "libcurl is missing"
    finish
fi

# Files of 0 bytes to 600 kB, so that some fit no buffer of libcurl's or ours, some in folders.
make_files() {
    local i size
    mkdir -p "$WORK/site/deep/er"
    for i in $(seq "$FILES"); do
        size=$((i % 20 == 0 ? i * 3000 : i * 7 - 7))
        head -c "$size" /dev/urandom >"$WORK/site/file$i"
        printf '%s/file%s\tout=%s\tsize=%s\tsha256=%s\n' "$NGINX_URL" "$i" "$((i % 3))/d/file$i" "$size" \
            "$(sha256sum <"$WORK/site/file$i" | cut -d' ' -f1)"
    done >"$WORK/list"
}

# shellcheck disable=SC2317 # called through check
all_right() {
    local dir=$1 i
    for i in $(seq "$FILES"); do
        cmp -s "$WORK/site/file$i" "$dir/$((i % 3))/d/file$i" || return 1
    done
    [ "$(find "$dir" -type f | wc -l)" -eq "$FILES" ]
}

# A disk that takes its time (tests/faults/shim.c): all go on fetching, and nothing is told as done before it is on the disk.
test_slow_sync() {
    local model=$1 dir=$WORK/slow-$1 go=$WORK/go-$1 pid code=0 there=0
    local shim=$BIN/../tests/fault_shim.so
    [ -e "$shim" ] || { skip "$model: a slow disk" "the shim was not built"; return; }
    seq -f "$NGINX_URL/file2?%.0f" 5500 | awk '{ print $0 "\tout=f" NR }' >"$WORK/many.list"
    env LD_PRELOAD="$shim" ASAN_OPTIONS=verify_asan_link_order=0 SHIM_SYNC_HOLD="$go" "$BIN/parkit-get" -m "$model" -d "$dir" --json -i "$WORK/many.list" \
        >"$WORK/told" 2>"$WORK/err" &
    pid=$!
    for _ in $(seq 300); do
        there=$(find "$dir" -name 'f*' 2>/dev/null | wc -l)
        [ "$there" -lt 5500 ] || break
        sleep 0.1
    done
    check "$model: the sync of the first 4096 files is under way" test -e "$go.held"
    check_equal "$model: all files come meanwhile" 5500 "$there"
    check_equal "$model: none of them is told as done" 0 "$(wc -l <"$WORK/told")"
    : >"$go"
    wait "$pid" || code=$?
    check_equal "$model: then all of them are" "0 5500" "$code $(grep -c '"state": *"done"' "$WORK/told")"
}

test_model() {
    local model=$1
    check "$model: $FILES files" "$BIN/parkit-get" -m "$model" -d "$WORK/$model" -i "$WORK/list" --json
    check "$model: every file is right and nothing else is there" all_right "$WORK/$model"
    "$BIN/parkit-get" -m "$model" -d "$WORK/$model" -i "$WORK/list" --json --verify >"$WORK/json" 2>/dev/null
    check_equal "$model: a second run with --verify keeps all" "$FILES" "$(jq -s 'map(select(.state == "kept" and .verified)) | length' "$WORK/json")"
    rm -rf "${WORK:?}/$model"
}

test_json() {
    "$BIN/parkit-get" -d "$WORK/j" -i "$WORK/list" --json --log "$WORK/log" >"$WORK/json" 2>/dev/null
    check_equal "--json: one object for each file" "$FILES" "$(jq -s 'map(select(.schema == "parkit.get/1" and .state == "done" and .http == 200 and .attempts == 1 and .verified and .error == null and .resumed_from == 0)) | length' "$WORK/json")"
    check_equal "--json: bytes are those of the files" "$(cat "$WORK"/site/file* | wc -c)" "$(jq -s 'map(.bytes) | add' "$WORK/json")"
    check_equal "--json: sha256 is that of the list" "$(tr '\t' '\n' <"$WORK/list" | sed -n 's/^sha256=//p' | sort)" "$(jq -r .sha256 "$WORK/json" | sort)"
    check_equal "--log has the same objects" "$(sort "$WORK/json")" "$(sort "$WORK/log")"
}

# 48 files of 50 ms: 2.4 s one after the other, 0.15 s by sixteen.
test_overlap() {
    serve_start --latency 50 || { skip "overlapping waits" "libmicrohttpd is missing"; return; }
    at_end_kill "$SERVE_PID"
    local model ms sequential
    "$BIN/parkit-get" -d "$WORK" "${SERVE_URL}list/48" 2>/dev/null
    for model in $MODELS; do
        ms=$("$BIN/parkit-get" -m "$model" -j 16 -d "$WORK/o" -i "$WORK/48" --json --log "$WORK/$model.jsonl" 2>&1 >/dev/null |
            sed -n 's/.* in \([0-9]*\)\.\([0-9]*\) s, .*/\1\20/p')
        ms=$((10#$ms))
        if [ "$model" = sequential ]; then
            sequential=$ms
            check "sequential: 48 waits of 50 ms come one after the other ($ms ms)" test "$ms" -ge 2400
        else
            check "$model: waits overlap ($ms ms; one by one $sequential ms)" test $((3 * ms)) -lt "$sequential"
        fi
        rm -rf "$WORK/o"
    done
}

test_many_connections() {
    local model
    for model in threads multi multi-threads processes; do
        check "$model: 100 connections" "$BIN/parkit-get" -m "$model" -j 100 -d "$WORK/many" -i "$WORK/list"
        check "$model: 100 connections, every file right" all_right "$WORK/many"
        rm -rf "$WORK/many"
    done
    check "one connection" "$BIN/parkit-get" -m multi-threads -j 1 -d "$WORK/many" -i "$WORK/list"
    check "--per-host" "$BIN/parkit-get" -j 8 --per-host 2 -d "$WORK/many" -i "$WORK/list"
    check "--per-host: every file right" all_right "$WORK/many"
}

main() {
    mkdir -p "$WORK/site"
    if ! nginx_start "$WORK/site"; then
        skip "parkit-get with nginx" "nginx is missing or does not start"
        finish
    fi
    at_end_kill "$NGINX_PID"
    make_files
    local model
    for model in $MODELS; do test_model "$model"; done
    test_json
    test_many_connections
    for model in threads multi processes; do test_slow_sync "$model"; done
    test_overlap
    finish
}
main
