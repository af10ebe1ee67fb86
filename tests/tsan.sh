#!/usr/bin/env bash
# The threaded programs under ThreadSanitizer: tests/tsan.sh BUILD, for example build/tsan.
# A report makes a program exit with 66, and the test fails. Sizes are small: a race shows by what happened in
# which order, not by luck. Answers and digests are compared all the same.
export BIN=${1:?give the folder of the tsan build, for example build/tsan}/bin
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/lib.sh"

# Libraries that are not built for TSan synchronise in ways it cannot see; what they do among themselves is not
# looked at. Archer, which comes with clang's OpenMP, tells TSan where OpenMP synchronises.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66 ${TSAN_OPTIONS-}"

# The tester tested: a race in OpenMP and one between POSIX threads are found, a reduction is not taken for one.
probe() { # NAME EXIT-CODE C-TEXT
    printf '%s\n' "$3" >"$WORK/probe.c"
    if ! clang -g -O1 -fsanitize=thread -fopenmp -pthread "$WORK/probe.c" -o "$WORK/probe" 2>"$WORK/err"; then
        skip "$1" "clang with -fsanitize=thread -fopenmp is missing"
        return
    fi
    check_exit "$1" "$2" "$WORK/probe"
}

probes() {
    probe "a race in an OpenMP loop is found" 66 '
int main(void) { int n = 0;
#pragma omp parallel for num_threads(4)
for (int i = 0; i < 4000; i++) n++;
return n < 0; }'
    probe "a reduction is no race" 0 '
int main(void) { int n = 0;
#pragma omp parallel for num_threads(4) reduction(+ : n)
for (int i = 0; i < 4000; i++) n++;
return n != 4000; }'
    probe "a race between POSIX threads is found" 66 '
#include <pthread.h>
static int n;
static void *add(void *p) { for (int i = 0; i < 4000; i++) n++; return p; }
int main(void) { pthread_t a, b; pthread_create(&a, 0, add, 0); pthread_create(&b, 0, add, 0);
pthread_join(a, 0); pthread_join(b, 0); return 0; }'
}

computing() {
    local workload size options model want
    while read -r workload size options; do
        want=$("$BIN/parkit-cpu" "$workload" -n "$size" -m serial --json 2>/dev/null | jq -c '[.answer, .digest]')
        for model in threads openmp; do
            # shellcheck disable=SC2086 # several words or none
            check "$workload -n $size ${options:+$options }-m $model" "$BIN/parkit-cpu" "$workload" -n "$size" -m $model -t 4 -r 2 $options --json
            check_equal "... as serial" "$want" "$(jq -c '[.answer, .digest]' "$WORK/out")"
        done
    done <<'RUNS'
sumsq 200000
sumsq 200000 --schedule dynamic,1
fib 20
race 50
primes 2000000
primes 2000000 --schedule guided
mandelbrot 64
mandelbrot 64 --schedule static,3
RUNS
}

downloading() {
    local url model tries=100
    if [ ! -x "$BIN/parkit-get" ] || [ ! -x "$BIN/parkit-serve" ]; then
        skip "parkit-get" "parkit-get or parkit-serve is not in this build"
        return
    fi
    "$BIN/parkit-serve" --latency 2 --lifetime 300 >"$WORK/url" 2>"$WORK/serve.err" &
    at_end_kill $!
    until [ -s "$WORK/url" ] || [ $((tries -= 1)) -eq 0 ]; do sleep 0.1; done
    url=$(cat "$WORK/url")
    check "the list of the server" "$BIN/parkit-get" -d "$WORK" "${url}list/60"
    for model in threads multi multi-threads; do
        check "parkit-get -m $model: 60 files with their hashes" "$BIN/parkit-get" -m $model -j 8 -d "$WORK/$model" -i "$WORK/60"
        check_equal "... all there" 60 "$(find "$WORK/$model" -type f | wc -l)"
        check "parkit-get -m $model: keeps what is right" "$BIN/parkit-get" -m $model -j 8 --verify -d "$WORK/$model" -i "$WORK/60"
        check "parkit-get -m $model: a file by four connections" "$BIN/parkit-get" -m $model -j 8 --split 4 -d "$WORK/$model" "${url}bytes/60000000/split"
        check "parkit-get -m $model: retries" "$BIN/parkit-get" -m $model -j 4 --retry-max 0.1 -d "$WORK/$model" \
            "${url}flaky/2/$model-a" "${url}flaky/1/$model-b" "${url}bytes/300000/c"
        check_exit "parkit-get -m $model: a failure among others" 1 "$BIN/parkit-get" -m $model -j 4 -R 0 -d "$WORK/$model" \
            "${url}status/404" "${url}bytes/10/d" "${url}cut/e"
        seq -f "http://127.0.0.1:1/f%.0f" 2000 >"$WORK/dead"
        check_exit "parkit-get -m $model: a dead server" 1 "$BIN/parkit-get" -m $model -j 8 -R 2 --retry-max 0.1 --progress -d "$WORK/$model" -i "$WORK/dead"
    done
    check_equal "the server saw no race" "" "$(grep -a 'WARNING: ThreadSanitizer' "$WORK/serve.err")"
}

probes
computing
downloading
finish
