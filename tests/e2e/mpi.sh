#!/usr/bin/env bash
# parkit-mpi: the digests of parkit-cpu at any number of ranks and threads, output, placement, failures.
# shellcheck disable=SC2016,SC2317 # sh -c and jq have dollars of their own; functions called by check
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

BUILD=$(dirname "$BIN")
WORKLOADS=("sumsq -n 1000003" "fib -n 25" "race -n 60" "primes -n 12345678" "mandelbrot -n 130")
ONE_OF_EACH=("sumsq -n 1" "fib -n 1" "race -n 1" "primes -n 2" "mandelbrot -n 2")

# Open MPI itself leaks a little at its end; leaks() looks for ours.
export ASAN_OPTIONS=detect_leaks=0

# RANKS OPTIONS...: run it; what is said goes to $WORK/err.
mpi() { mpirun -n "$1" "$BIN/parkit-mpi" "${@:2}" 2>"$WORK/err" </dev/null; }

outcome() { jq -c '[.verified, .answer, .digest]'; }

# Lines that the program itself has written, without warnings and notes; mpirun adds lines of its own.
errors() { grep -aE '^(parkit-mpi|faulty): ' "$WORK/err" | grep -avE '(warning|note): '; }

# --- the same bits as parkit-cpu ---

same_bits() { # RANKSxTHREADS... -- WORKLOAD OPTIONS...
    local shapes=() shape want got different=()
    while [ "$1" != -- ]; do
        shapes+=("$1")
        shift
    done
    shift
    want=$("$BIN/parkit-cpu" "$@" -t 1 --json 2>/dev/null | outcome)
    for shape in "${shapes[@]}"; do
        got=$(mpi "${shape%x*}" "$@" -t "${shape#*x}" --json | outcome)
        [ "$got" = "$want" ] || different+=("$shape: $got $(errors)")
    done
    check_match "$*: verified by parkit-cpu" '^\[true,' "$want"
    check_equal "$*: the same at ranks x threads ${shapes[*]}" "" "${different[*]:+want $want: ${different[*]}}"
}

same_everywhere() {
    local workload schedule
    # shellcheck disable=SC2086 # WORKLOADS holds a workload and its options in each word
    for workload in "${WORKLOADS[@]}"; do same_bits 1x1 2x1 3x1 5x1 2x2 3x2 1x4 -- $workload; done
    # shellcheck disable=SC2086
    for workload in "${ONE_OF_EACH[@]}"; do same_bits 5x1 -- $workload; done # more ranks than work
    for schedule in static,1 static,1e18 dynamic,3 guided; do
        same_bits 3x2 -- mandelbrot -n 65 --schedule "$schedule"
    done
    same_bits 2x1 -- primes -n 1e8 -r 3 -w 1
    # Between computers without shared memory: tickets and updates travel as messages that rank 0 must serve.
    if mpirun -n 2 --mca btl tcp,self --mca osc pt2pt "$BIN/parkit-mpi" --version >/dev/null 2>&1; then
        export OMPI_MCA_btl=tcp,self OMPI_MCA_osc=pt2pt
        same_bits 3x1 -- primes -n 1e8
        same_bits 2x2 -- mandelbrot -n 257
        same_bits 2x1 -- race -n 3
        unset OMPI_MCA_btl OMPI_MCA_osc
    else
        skip "over TCP" "this Open MPI has no osc/pt2pt"
    fi
}

# Every workload, at the smallest size or class; some of it in a hybrid run.
efficiencies() {
    local workload size
    for workload in $("$BIN/parkit-mpi" list --json | jq -r .name); do
        size=(-n 10)
        ! "$BIN/parkit-mpi" "$workload" --help | grep -- '--class' >/dev/null || size=(-c S)
        [ "$workload" != bfs ] || size+=(--roots 4) # 64 searches of some 30 barriers, by six threads on few cores
        mpi 3 "$workload" "${size[@]}" -t 2 --json >"$WORK/json"
        check "$workload: POP efficiencies are those of its phases" jq -e "$POP" "$WORK/json"
    done
}

lost_updates() {
    mpi 2 race -n 200 -t 1 --json >"$WORK/race"
    check "race: only unprotected updates are lost, and counted" jq -e '.variants | map(.protection) ==
        ["unprotected", "mutex", "atomic", "reduction"] and all(.count + .lost == 20000) and all(.seconds > 0)
        and all(.protection == "unprotected" or .lost == 0)' "$WORK/race"
    check_equal "race: one rank loses nothing" 0 "$(mpi 1 race -n 200 -t 1 --json | jq .lost_updates)"
    if [ "$(nproc)" -gt 1 ]; then
        check "race: two ranks lose updates without protection" jq -e '.lost_updates > 0' <(mpi 2 race -n 2000 -t 1 --json)
    else
        skip "race: two ranks lose updates" "one processor"
    fi
}

# --- output ---

CONTRACT='
  .schema == "parkit.run/1" and .workload == "primes" and .model == "openmp" and .size == 1000000
  and .threads == 2 and .ranks == 3 and .nodes == 1 and (.seconds | length) == 3 and (.seconds | all(. > 0))
  and .median_s == (.seconds | sort | .[1]) and .min_s == (.seconds | min)
  and (.rate * .median_s / .work - 1 | fabs) < 1e-9 and .rate_unit == .work_unit + "/s"
  and .answer == 78498 and .verified == true and (.digest | test("^[0-9a-f]{16}$"))
  and ([.check, .isa, .host, .cpu, .compiler, .flags, .version, .started] | all(type == "string"))
  and (.binding | length) == 6 and (.binding | all(test("^[0-9,-]+$")))
  and (.mpi_library | test("MPI")) and .mpi_thread_level != "single"
  and .rank_hosts == [.host, .host, .host] and .rank_threads == [2, 2, 2]
  and ([.phases.compute_s, .phases.deal_s, .phases.wait_s, .phases.collect_s] | all(length == 3 and all(. >= 0)))'

# By hand from the times beside them: load balance, communication and parallel efficiency (POP); no phase outlasts the run.
POP='def near(x): (. - x | fabs) < 1e-9;
  (.phases.compute_s | add / length) as $mean | (.phases.compute_s | max) as $max | (.phases.elapsed_s | max) as $all
  | (.pop.load_balance | near($mean / $max)) and (.pop.communication_efficiency | near($max / $all))
  and (.pop.parallel_efficiency | near($mean / $all)) and $max > 0
  and ([.phases | [.compute_s, .communicate_s, .deal_s, .wait_s, .collect_s, .elapsed_s] | transpose[] | (.[:5] | add) <= .[5] + 1e-4]
       | all)'

output() {
    mpi 3 primes -n 1e6 -t 2 -r 3 -w 1 --json >"$WORK/json"
    check "--json: the fields of the contract" jq -e "$CONTRACT" "$WORK/json"
    check_equal "--json: one line" 1 "$(wc -l <"$WORK/json")"
    mpi 3 primes -n 1e6 -t 1 >"$WORK/text"
    check_match "text: the efficiencies of the ranks" "efficiency +[0-9]+ % of the ranks' time computes: load balance [0-9]+ %" \
        "$(cat "$WORK/text")"
    check_equal "text: one answer" 1 "$(grep -c '^answer .*78498' "$WORK/text")"
    check_match "text: ranks are told" "1 thread x 3 ranks" "$(cat "$WORK/text")"
    mpi 3 list --json >"$WORK/list"
    check "list: every workload once" jq -se 'map(.name) | sort == unique' "$WORK/list"
    check "list: the seed tasks among them" jq -se '["sumsq", "fib", "race", "primes", "mandelbrot"] - map(.name) == []' "$WORK/list"
    check_equal "list: openmp is the only model" '["openmp"]' "$(mpi 2 list --json | jq -c .models | sort -u)"
    check_equal "--help once" 1 "$(mpi 3 --help | grep -c '^Usage: ')"
    check_equal "WORKLOAD --help once" 1 "$(mpi 3 primes --help | grep -c '^Usage: ')"
    check_equal "--version once" 1 "$(mpi 3 --version | grep -c '^parkit-mpi ')"
    check_equal "without mpirun: one rank" "true 1" \
        "$("$BIN/parkit-mpi" fib -n 20 -t 1 --json 2>/dev/null | jq -r '"\(.verified) \(.ranks)"')"
}

usage() { # ERE OPTIONS...
    local name="parkit-mpi ${*:2}"
    mpi 3 "${@:2}" >"$WORK/out"
    check_equal "$name: exit" 2 $?
    check_match "$name: text" "$1" "$(errors)"
    check_equal "$name: said once" 1 "$(errors | wc -l)"
    check_equal "$name: nothing on stdout" "" "$(cat "$WORK/out")"
}

bad_usage() {
    usage "name the workload"
    usage "'?nothing'? is not a workload" nothing
    usage "threads 0 is not right" fib -t 0
    usage "(-m|model) is not an option" fib --model serial
    usage "size .*is not right" primes -n 1x
    usage "schedule often is not right" primes --schedule often
    usage "writes no file" primes --out primes.png
    usage "one word too many" fib 35
    mpirun -n 1 "$BIN/parkit-mpi" fib -t 1 : -n 1 "$BIN/parkit-mpi" fib -t 2 >"$WORK/out" 2>"$WORK/err" </dev/null
    check_equal "ranks with different options: exit" 2 $?
    check_equal "ranks with different options: said once" 1 "$(errors | grep -c "rank 1 has other options")"
}

# --- placement ---

binding() { # MPIRUN-OPTIONS... -- OPTIONS...: threads, then the processors of all workers
    local how=()
    while [ "$1" != -- ]; do
        how+=("$1")
        shift
    done
    shift
    mpirun -n 2 "${how[@]}" "$BIN/parkit-mpi" fib -n 20 "$@" --json 2>"$WORK/err" </dev/null |
        jq -c '[.threads] + .binding'
}

placement() {
    if [ "$(nproc)" -ne 2 ] || ! mpirun -n 2 --bind-to core true >/dev/null 2>&1; then
        skip "placement" "needs two processors, and a launcher that can bind"
        return
    fi
    check_equal "unbound ranks share the processors out" '[1,"0","1"]' "$(binding --bind-to none --)"
    check_equal "unbound ranks with --bind none stay unbound" '[1,"0-1","0-1"]' "$(binding --bind-to none -- --bind none)"
    check_equal "ranks bound to a core each keep it" '[1,"0","1"]' "$(binding --bind-to core --)"
    check_equal "more threads than the launcher gave" '[2,"0","0","1","1"]' "$(binding --bind-to core -- -t 2)"
    check_equal "... draws one warning" 1 "$(grep -c "warning: 2 workers share 1 hardware thread" "$WORK/err")"
    check_equal "... and a note that says how to give more" 1 "$(grep -c "note: .*--bind-to none" "$WORK/err")"
    check_equal "ranks with processors enough draw no warning" "" "$(
        binding --bind-to none -- >/dev/null
        grep -E "warning|note: .*bind" "$WORK/err"
    )"
}

ordinary_user() {
    if [ "$(id -u)" -ne 0 ]; then
        skip "as an ordinary user" "this is one already"
    elif ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$BIN/parkit-mpi" 2>/dev/null; then
        skip "as an ordinary user" "$BIN is closed to others"
    else
        check_equal "as an ordinary user" "true 2" "$(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp \
            mpirun -n 2 "$BIN/parkit-mpi" race -n 20 -t 1 --json 2>/dev/null | jq -r '"\(.verified) \(.ranks)"')"
    fi
}

# --- failures: all ranks end, with one message and exit code 1 ---


build_faulty() {
    local flags=()
    ! has_asan || flags=("-fsanitize=address,undefined")
    # shellcheck disable=SC2046 # pkg-config prints several words
    mpicc -std=gnu11 -D_GNU_SOURCE -I"$ROOT" "${flags[@]}" -fopenmp $(pkg-config --cflags jansson) "$TESTS/e2e/mpi_faulty.c" \
        "$BUILD/libmpi.a" "$BUILD/libcpu.a" "$BUILD/libcommon.a" -o "$WORK/faulty" \
        $(pkg-config --libs hwloc jansson libcrypto) $(pkg-config --libs libpng 2>/dev/null) -lpthread -lm
}

nothing_left() { # PATTERN: within five seconds no process has it on its command line
    for _ in {1..50}; do
        pgrep -f "$1" >/dev/null || return 0
        sleep 0.1
    done
    return 1
}

# The work would take minutes: who waits for all of it is stopped by `timeout` and fails.
fails_together() { # NAME MESSAGE-ERE ENVIRONMENT...
    local code=0
    env BLOCK_US=1000 "${@:3}" timeout 60 mpirun -n 3 "$WORK/faulty" faulty -n 1e6 -t 1 >"$WORK/out" 2>"$WORK/err" </dev/null ||
        code=$?
    check_equal "$1: exit" 1 "$code"
    check_match "$1: message" "$2" "$(errors)"
    check_equal "$1: said once" 1 "$(errors | wc -l)"
    check "$1: no process left" nothing_left "$WORK/faulty faulty"
}

failures() {
    local rank memory="faulty: out of memory"
    check "a program with a workload that fails" build_faulty
    check_equal "it is right if nothing fails" true "$(mpirun -n 3 "$WORK/faulty" faulty -n 12345 -t 2 --json 2>/dev/null | jq .verified)"
    for rank in 0 2; do
        fails_together "rank $rank fails in setup" "^faulty: rank $rank on [^ ]+: $memory" FAULT=setup RANK=$rank
        fails_together "rank $rank fails while all compute" "^faulty: rank $rank on [^ ]+: $memory" FAULT=compute RANK=$rank
    done
    fails_together "... with blocks dealt out beforehand" "^faulty: rank 1 on [^ ]+: $memory" FAULT=compute RANK=1 EVEN=1
    fails_together "MPI fails on rank 1" "rank 1 on .*MPI_Send failed: MPI_ERR_RANK" FAULT=mpi RANK=1
    FAULT=join RANK=0 mpirun -n 2 "$WORK/faulty" faulty -n 10 -t 1 --json >"$WORK/json" 2>"$WORK/err" </dev/null
    check_equal "a wrong answer: exit" 1 $?
    check_equal "a wrong answer: said once" 1 "$(errors | grep -c "WRONG ANSWER: the sum is off")"
    check_equal "a wrong answer: has no rate" "false null" "$(jq -r '"\(.verified) \(.rate)"' "$WORK/json")"
}

# Rank 1 alone has too little memory.
memory_of_one_rank() {
    local job=("$BIN/parkit-mpi" mandelbrot -n 20000 -t 1) code=0
    if has_asan; then
        skip "one rank without memory" "AddressSanitizer needs all address space"
        return
    fi
    mpirun -n 1 "${job[@]}" : -n 1 sh -c 'ulimit -v 700000; exec "$@"' sh "${job[@]}" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    check_equal "one rank without memory: exit" 1 "$code"
    check_match "one rank without memory: message" "^parkit-mpi: rank 1 on [^ ]+: mandelbrot -n 20000 needs 1.5 GiB" "$(errors)"
    check_equal "one rank without memory: said once" 1 "$(errors | wc -l)"
}

killed() {
    local launcher ranks=() code=0
    BLOCK_US=1000 mpirun -n 2 "$WORK/faulty" faulty -n 1e6 -t 1 >"$WORK/out" 2>"$WORK/err" </dev/null &
    launcher=$!
    at_end_kill "$launcher"
    until [ ${#ranks[@]} -eq 2 ] || ! kill -0 "$launcher" 2>/dev/null; do
        sleep 0.1
        mapfile -t ranks < <(pgrep -P "$launcher" -f "$WORK/faulty")
    done
    check_equal "two ranks run" 2 "${#ranks[@]}"
    sleep 1
    kill -KILL "${ranks[1]}"
    wait "$launcher" || code=$?
    check_equal "rank 1 killed: mpirun's exit" 137 "$code"
    check "rank 1 killed: no process left" nothing_left "$WORK/faulty faulty"
}

leaks() {
    if ! has_asan; then
        skip "leaks" "only with AddressSanitizer"
        return
    fi
    printf 'leak:%s\n' libmpi libopen- libpmix libevent libucp libfabric >"$WORK/openmpi.supp"
    # Full stacks, or Open MPI's plug-ins cannot be told from our code.
    check "no memory of ours is lost" env ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0 \
        LSAN_OPTIONS="suppressions=$WORK/openmpi.supp" mpirun -n 2 "$BIN/parkit-mpi" primes -n 1e6 -t 2 -r 2
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    same_everywhere
    lost_updates
    efficiencies
    output
    bad_usage
    placement
    ordinary_user
    failures
    memory_of_one_rank
    killed
    leaks
    finish
}

main "$@"
