#!/usr/bin/env bash
# parkit-cpu: published answers, the same bits everywhere, the contract of its output, pictures.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

cpu() { "$BIN/parkit-cpu" "$@"; }

# One result as JSON without the notes on stderr; empty on failure.
result() { cpu "$@" --json 2>/dev/null; }

# What must be equal everywhere, on one line.
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }

answer_is() { # ANSWER WORKLOAD OPTIONS...
    check_equal "${*:2}: $1" "true $1" "$(result "${@:2}" | jq -r '"\(.verified) \(.answer)"')"
}

# --- answers from outside ---

published_answers() {
    local k=0 count
    # OEIS A006880: primes below 10^k
    for count in 4 25 168 1229 9592 78498 664579 5761455 50847534; do
        k=$((k + 1))
        answer_is "$count" primes -n "1e$k"
    done
    # OEIS A007053: primes below 2^k, where no power of ten helps
    answer_is 172 primes -n 1024
    answer_is 6542 primes -n 65536
    answer_is 1077871 primes -n 16777216
    answer_is 0 primes -n 1
    answer_is 1 primes -n 2
    answer_is 2 primes -n 3
    # a limit that is itself prime, and the number before it: pi counts it (OEIS A000040: the 10000th is 104729)
    answer_is 10000 primes -n 104729
    answer_is 9999 primes -n 104728
    # OEIS A000045
    answer_is 1 fib -n 1
    answer_is 1 fib -n 2
    answer_is 2 fib -n 3
    answer_is 55 fib -n 10
    answer_is 75025 fib -n 25
    answer_is 832040 fib -n 30
    answer_is 9227465 fib
    answer_is 500000 race
    answer_is 100 race -n 1
}

# Sums of squares below m: (m-1)m(2m-1)/6. Small m by the shell's 64 bits; the default by its known decimals.
sums_of_squares() {
    local m want=()
    for m in {1000..1019}; do want+=($(((m - 1) * m * (2 * m - 1) / 6))); done
    check_equal "sumsq -n 1000: all 20 sums" "${want[*]}" "$(result sumsq -n 1000 | jq -r '.answer | map(tostring) | join(" ")')"
    check_equal "sumsq: 20 sums" 20 "$(result sumsq | jq '.answer | length')"
    check_equal "sumsq: first and last of the default size" "41666654166667500000 41667129168377502109" \
        "$(result sumsq | jq -r '"\(.answer[0]) \(.answer[19])"')"
    check_equal "sumsq -n 1: from 0^2 alone to 0^2 + ... + 19^2" "0 2470" "$(result sumsq -n 1 | jq -r '"\(.answer[0]) \(.answer[19])"')"
}

# --- the same bits in every model, at every count, schedule, binding and instruction set ---

models_of() { cpu list --json | jq -r --arg w "$1" 'select(.name == $w) | .models[]'; }
isas_of() { cpu list --json | jq -r --arg w "$1" 'select(.name == $w) | .isa[]'; }

# Every model at 1, 2, 3, 5 workers gives the outcome of the serial run.
same_in_every_model() { # WORKLOAD OPTIONS...
    local want got model threads different=()
    want=$(outcome "$@" -m serial)
    for model in $(models_of "$1"); do
        case $model in
            serial | coop) counts=1 ;;
            *) counts="1 2 3 5" ;;
        esac
        for threads in $counts; do
            got=$(outcome "$@" -m "$model" -t "$threads")
            [ "$got" = "$want" ] || different+=("$model -t $threads: $got")
        done
    done
    check_match "$*: verified in the serial model" '^\[true,' "$want"
    check_equal "$*: the same in every model at 1, 2, 3, 5 workers" "" "${different[*]:+want $want: ${different[*]}}"
}

same_bits() {
    local size isa schedule want
    for size in 1 3 12345 1048577; do same_in_every_model sumsq -n "$size"; done
    for size in 1 2 8 23; do same_in_every_model fib -n "$size"; done
    for size in 1 3 1001; do same_in_every_model race -n "$size"; done
    for size in 1 2 30 31 65537 9999991; do same_in_every_model primes -n "$size"; done
    for size in 1 3 65; do same_in_every_model mandelbrot -n "$size"; done

    for workload in primes mandelbrot; do
        size=$([ $workload = primes ] && echo 7654321 || echo 127)
        want=$(outcome "$workload" -n "$size" --isa baseline)
        for isa in $(isas_of $workload); do
            check_equal "$workload -n $size --isa $isa: as baseline" "$want" "$(outcome "$workload" -n "$size" --isa "$isa")"
            check_equal "$workload --isa $isa: recorded" "$isa" "$(result "$workload" -n "$size" --isa "$isa" | jq -r .isa)"
        done
        for schedule in static static,1 static,1e18 dynamic dynamic,3 guided guided,7; do
            for model in threads processes openmp; do
                check_equal "$workload -m $model --schedule $schedule" "$want" \
                    "$(outcome "$workload" -n "$size" -m "$model" -t 3 --schedule "$schedule")"
            done
        done
        for bind in spread compact none; do
            check_equal "$workload --bind $bind" "$want" "$(outcome "$workload" -n "$size" -t 2 --bind "$bind")"
        done
    done
}

# --- race: what is lost without protection, and only there ---

lost_updates() {
    local right='.variants | all(.count + .lost == 100 * 1000) and all(.protection == "unprotected" or .lost == 0)'
    for model in serial coop threads processes openmp; do
        cpu race -n 1000 -m $model --json >"$WORK/race" 2>/dev/null
        check "race -m $model: only unprotected updates are lost, and counted" jq -e "$right" "$WORK/race"
    done
    check_equal "race: the four protections" "unprotected mutex atomic reduction" \
        "$(result race -n 10 | jq -r '[.variants[].protection] | join(" ")')"
    for model in serial coop; do
        check_equal "race -m $model: one thread loses nothing" 0 "$(result race -m $model | jq .lost_updates)"
    done
    # Two workers that truly run at once lose some of 5 million updates; on a busy machine they may take turns.
    if [ "$(nproc)" -gt 1 ]; then
        local lost=0 tries=20
        while [ "$lost" -eq 0 ] && [ $((tries -= 1)) -ge 0 ]; do lost=$(result race -n 50000 -m threads -t 2 | jq .lost_updates); done
        check "race -t 2: updates are lost without protection" test "$lost" -gt 0
    else
        skip "race -t 2 loses updates" "one processor"
    fi
}

# --- output ---

CONTRACT='
  .schema == "parkit.run/1" and (.workload | type) == "string" and (.model | type) == "string"
  and ([.size // 1, .threads, .ranks, .nodes] | all(type == "number" and . == floor and . > 0))
  and (has("size") != has("class")) and (.class // "S") == "S"
  and (.seconds | type) == "array" and (.seconds | length) == 3 and (.seconds | all(. > 0))
  and .median_s == (.seconds | sort | .[1]) and .min_s == (.seconds | min)
  and (.work | type) == "number" and .work > 0 and (.rate * .median_s / .work - 1 | fabs) < 1e-9
  and .rate_unit == .work_unit + "/s" and .answer != null and .verified == true
  and (.digest | test("^[0-9a-f]{16}$"))
  and ([.check, .isa, .host, .cpu, .compiler, .flags, .version] | all(type == "string"))
  and (.binding | type) == "array" and (.binding | length) == .threads and (.binding | all(test("^[0-9,-]+$")))
  and (.started | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$"))'

json_contract() {
    local workload model size
    for workload in $(cpu list --json | jq -r .name); do
        # 9 is little for every workload, also where the work grows as 2^n (bfs) or n! (nqueens)
        size=$(cpu list --json | jq -r --arg w "$workload" 'select(.name == $w) | if .sizes.classes then "-cS" else "-n9" end')
        for model in $(models_of "$workload"); do
            cpu "$workload" "$size" -m "$model" -r 3 -w 1 --json >"$WORK/json" 2>/dev/null
            check "$workload -m $model --json: the fields of the contract" jq -e "$CONTRACT" "$WORK/json"
            check_equal "$workload -m $model --json: one line" 1 "$(wc -l <"$WORK/json")"
        done
    done
    check_equal "coop counts its own switches" true "$(result sumsq -m coop | jq '.yields > 0')"
    check_equal "more than six runs: as many seconds" 7 "$(result sumsq -n 10 -r 7 | jq '.seconds | length')"
}

text_output() {
    check "text output" cpu primes -n 1e6 -t 2
    for word in "workload +primes -n 1000000" "answer .*78498" "verified +yes: " "rate .* integers/s" "digest +[0-9a-f]{16}"; do
        check_match "text output has: $word" "$word" "$(cat "$WORK/out")"
    done
    check_equal "no colour where there is no terminal" "" "$(env TERM=xterm "$BIN/parkit-cpu" race -n 10 2>&1 | grep -a $'\033')"
    check_equal "text has the digest of --json" "$(result primes -n 1e6 | jq -r .digest)" "$(awk '/^digest/ { print $2 }' "$WORK/out")"
}

listing() {
    check "list" cpu list
    for workload in sumsq fib race primes mandelbrot; do
        check_match "list has $workload" "(^|"$'\n'")$workload " "$(cat "$WORK/out")"
    done
    check "list --json: schema, sizes, models, check" jq -se 'all(
        .schema == "parkit.workload/1" and (.name | type) == "string" and (.pattern | type) == "string"
        and (.sizes | if .classes then .classes | all(.bytes > 0) else .min <= .default and .default <= .max end) and (.models | length) > 0 and (.isa | index("baseline")) != null
        and (.check | type) == "string" and (.options | type) == "array")' <(cpu list --json)
}

# --- workers ---

workers() {
    local cores
    cores=$(result sumsq -n 10 | jq .threads)
    check "without -t: as many workers as processors at most" test "$cores" -ge 1 -a "$cores" -le "$(nproc)"
    check_equal "the default model is openmp" openmp "$(result sumsq -n 10 | jq -r .model)"
    check_equal "OMP_NUM_THREADS does not change -t" 3 "$(OMP_NUM_THREADS=1 result sumsq -n 10 -t 3 | jq '.binding | length')"
    check_exit "a team cut short by OMP_THREAD_LIMIT is no result" 3 env OMP_THREAD_LIMIT=1 "$BIN/parkit-cpu" sumsq -n 10 -t 2 --json
    check_equal "... and prints none" "" "$(cat "$WORK/out")"
    check_exit "more workers than processors: a warning" 0 cpu sumsq -n 10 -t 1000
    check_match "more workers than processors: its text" "warning: 1000 workers share" "$(cat "$WORK/err")"
    if taskset -c 0 true 2>/dev/null; then
        check_equal "taskset: one processor, one worker" '[1,["0"],"0"]' \
            "$(taskset -c 0 "$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq -c '[.threads, .binding, .cpuset]')"
    else
        skip "taskset" "processor 0 is not ours"
    fi
}

# A worker process must not outlive its parent, whatever ends that.
signals() {
    local pid mark=$((RANDOM + 700000000)) code=0 tries=50 # the mark finds them; [s] keeps grep from finding itself
    for name in TERM KILL; do
        "$BIN/parkit-cpu" fib -n 55 -m processes -t 2 --seed $mark >/dev/null 2>&1 &
        pid=$!
        sleep 0.3
        kill -s $name $pid
        code=0
        wait $pid 2>/dev/null || code=$?
        check_equal "SIG$name: exit code" $((128 + $(kill -l $name))) $code
        while grep -aqs "[s]eed.$mark" /proc/[0-9]*/cmdline && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
        check_equal "SIG$name: no worker process is left" "" "$(grep -als "[s]eed.$mark" /proc/[0-9]*/cmdline)"
    done
}

out_of_reach() {
    check_exit "a size that does not fit in memory" 3 cpu mandelbrot -n 1e6 --json
    check_match "... says how much it needs and what is free" "mandelbrot -n 1000000 needs .* and .* free" "$(cat "$WORK/err")"
    check_exit "a full disk for the result" 3 sh -c "'$BIN/parkit-cpu' sumsq -n 10 --json >/dev/full"
    check_match "... is named" "cannot write the result: No space left" "$(cat "$WORK/err")"
}

# --- pictures ---

bytes() { od -An -v -tu1 -j "$2" -N "$3" "$1" | xargs; } # FILE OFFSET COUNT

ppm_picture() {
    local n=64 f=$WORK/a.ppm inside
    inside=$(result mandelbrot -n $n --out "$f" | jq .answer)
    check_equal "PPM: header" "P6 $n $n 255" "$(head -n 3 "$f" | xargs)"
    check_equal "PPM: size" $((13 + 3 * n * n)) "$(stat -c %s "$f")"
    tail -c +14 "$f" >"$WORK/pixels"
    check_equal "PPM: as many black pixels as points inside" "$inside" "$(od -An -v -tx1 -w3 "$WORK/pixels" | grep -c '00 00 00')"
    # The set is its own mirror image in the real axis: the rows from below are those from above.
    od -An -v -tx1 -w$((3 * n)) "$WORK/pixels" >"$WORK/rows"
    check "PPM: the lower half mirrors the upper" cmp "$WORK/rows" <(tac "$WORK/rows")
    for options in "-m serial" "-m threads -t 3" "-m processes -t 2" "-t 5 --isa baseline"; do
        # shellcheck disable=SC2086 # several words
        cpu mandelbrot -n $n $options --out "$WORK/b.ppm" >/dev/null 2>&1
        check "PPM: the same file with $options" cmp "$f" "$WORK/b.ppm"
    done
    (umask 027 && cpu mandelbrot -n 4 --out "$WORK/mode.ppm" >/dev/null 2>&1)
    check_equal "PPM: the umask decides its mode" 640 "$(stat -c %a "$WORK/mode.ppm")"
}

png_picture() {
    local f=$WORK/a.png
    if ! cpu mandelbrot -n 4 --out "$f" >/dev/null 2>&1; then
        skip "PNG" "this build has no libpng"
        return
    fi
    cpu mandelbrot -n 300 --out "$f" >/dev/null 2>&1
    check_equal "PNG: signature" "137 80 78 71 13 10 26 10" "$(bytes "$f" 0 8)"
    check_equal "PNG: IHDR 300 x 300, 8-bit RGB" "0 0 1 44 0 0 1 44 8 2 0 0 0" "$(bytes "$f" 16 13)"
    check_equal "PNG: ends with IEND" "0 0 0 0 73 69 78 68 174 66 96 130" "$(tail -c 12 "$f" | od -An -v -tu1 | xargs)"
    cpu mandelbrot -n 300 -m serial --isa baseline --out "$WORK/b.png" >/dev/null 2>&1
    check "PNG: the same file in another model" cmp "$f" "$WORK/b.png"
}

pictures_are_whole_or_not_there() {
    local dir=$WORK/pictures
    mkdir "$dir" "$WORK/folder.ppm"
    echo before >"$dir/old.ppm"
    check_exit "a folder that is missing" 3 cpu mandelbrot -n 8 --out "$dir/none/a.ppm"
    check_match "... is named" "cannot write .*/none/a.ppm: No such file or directory" "$(cat "$WORK/err")"
    check_exit "another kind of picture" 2 cpu mandelbrot -n 8 --out "$dir/a.gif"
    check_exit "the name of a folder" 3 cpu mandelbrot -n 8 --out "$WORK/folder.ppm"
    check_exit "a disk that fills up" 3 bash -c "trap '' XFSZ; ulimit -f 8; '$BIN/parkit-cpu' mandelbrot -n 300 --out '$dir/old.ppm'"
    check_equal "... leaves the old file alone" before "$(cat "$dir/old.ppm")"
    check_equal "... and nothing else" "old.ppm" "$(ls "$dir")"
    if [ "$(id -u)" -ne 0 ]; then
        chmod 500 "$dir"
        check_exit "a folder without write permission" 3 cpu mandelbrot -n 8 --out "$dir/a.ppm"
        chmod 700 "$dir"
    else
        skip "a folder without write permission" "root may write anywhere"
    fi
    check "an old file is replaced" cpu mandelbrot -n 8 --out "$dir/old.ppm"
    check_equal "... by the picture" "P6" "$(head -c 2 "$dir/old.ppm")"
    check_equal "... alone" "old.ppm" "$(ls "$dir")"
}

main() {
    published_answers
    sums_of_squares
    same_bits
    lost_updates
    json_contract
    text_output
    listing
    workers
    signals
    out_of_reach
    ppm_picture
    png_picture
    pictures_are_whole_or_not_there
    finish
}

main "$@"
