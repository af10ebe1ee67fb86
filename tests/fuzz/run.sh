#!/usr/bin/env bash
# Fuzz the readers of studies (CSV, JSON lines) and all that is computed and written from them: clang's libFuzzer with
# AddressSanitizer and UndefinedBehaviorSanitizer, for SECONDS_EACH (60). Starts from tests/data; new inputs and what crashes
# are kept in build/fuzz. Usage: tests/fuzz/run.sh
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
OUT=$ROOT/build/fuzz
command -v clang >/dev/null || { echo "tests/fuzz/run.sh: clang is missing" >&2; exit 3; }

mkdir -p "$OUT/corpus"
cp "$ROOT"/tests/data/*.csv "$OUT/corpus"
for threads in 1 2; do
    printf '{"schema":"parkit.measure/1","threads":%s,"ranks":1,"nodes":1,"size":9,"base_size":9,"order":1,"state":"ok","seconds":1.5,"user_s":1,"system_s":0,"binding":"0-3,8","affinity":"0 1","fom":null}\n' "$threads"
done >"$OUT/corpus/runs.jsonl"

sources=()
for source in "$ROOT"/scaling/*.c "$ROOT"/scaling/*/*.c "$ROOT"/common/*.c "$ROOT"/tests/fuzz/study_fuzz.c; do
    case $source in *_main.c) ;; *) sources+=("$source") ;; esac
done
# The words of pkg-config are options.
# shellcheck disable=SC2046
clang -std=gnu11 -D_GNU_SOURCE -DFUZZ -DPARKIT_VERSION='"fuzz"' -DPARKIT_FLAGS='""' -I"$ROOT" -g -O1 \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "${sources[@]}" -o "$OUT/study_fuzz" \
    $(pkg-config --cflags --libs jansson hwloc libcrypto) -lpthread -lm

# Messages about bad input are what is asked for; libFuzzer's own report goes to its log.
cd "$OUT"
if "$OUT/study_fuzz" -max_total_time="${SECONDS_EACH:-60}" -max_len=4096 -timeout=20 -rss_limit_mb=1024 -artifact_prefix="$OUT/" -close_fd_mask=3 \
    corpus 2>fuzz.log; then
    grep -aE '^(Done|stat::|#[0-9]+.*DONE)' fuzz.log || tail -n 1 fuzz.log
else
    tail -n 40 fuzz.log >&2
    exit 1
fi
