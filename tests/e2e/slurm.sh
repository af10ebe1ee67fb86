#!/usr/bin/env bash
# Batch scripts of parkit-submit, run by Slurm on two nodes (tests/slurm.sh): ranks that find each other, a study inside one
# allocation, the last checkpoint before the time is up, and a rank that is killed.
# shellcheck disable=SC2016 # jq and jobs have dollars of their own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hosts.sh
source "$TESTS/hosts.sh"
# shellcheck source=tests/slurm.sh
source "$TESTS/slurm.sh"

export ASAN_OPTIONS=detect_leaks=0

output() { cat "$WORK/parkit-$JOB.out"; }
json() { grep -a '^{' "$WORK/parkit-$JOB.out"; }
said() { grep -aE '^parkit-mpi: ' "$WORK/parkit-$JOB.out" | grep -avE '(warning|note): '; }

ends() { # NAME WANT: the state and exit code that JOB ends with
    slurm_wait
    check_equal "$1: ends" "$2" "$STATE"
    [ "$STATE" = "$2" ] || output | tail -n 8
}

# --- ranks on two nodes ---

two_nodes() { # NAME RANKS THREADS: JOB's result is that of parkit-cpu, from both nodes
    ends "$1" "COMPLETED 0:0"
    check_equal "$1: the answer and digest of parkit-cpu" "$("$BIN/parkit-cpu" primes -n 1000003 -t 1 --json 2>/dev/null | jq -c '[.verified, .answer, .digest]')" \
        "$(json | jq -c '[.verified, .answer, .digest]')"
    check_equal "$1: nodes, ranks, threads" "2 $2 $3" "$(json | jq -r '[.nodes, .ranks, (.rank_threads | unique[])] | join(" ")')"
    check_equal "$1: on both hosts alike" "$HOSTS-0 $HOSTS-0 $HOSTS-1 $HOSTS-1" "$(json | jq -r '.rank_hosts | join(" ")')"
}

ranks() {
    slurm_submit --nodes 2 --ranks-per-node 2 --threads 2 -- parkit-mpi primes -n 1000003 -t 2 --json
    two_nodes "srun, where the site has chosen no PMI" 4 2
    slurm_submit --nodes 2 --ranks-per-node 2 -- mpirun parkit-mpi primes -n 1000003 -t 1 --json
    two_nodes "mpirun, which finds the nodes of the job itself" 4 1
    slurm_submit --nodes 2 --mpi none -- parkit-mpi primes -n 1000003 -t 1 --json
    slurm_wait
    check_match "srun with --mpi none: ends" '^FAILED (1|143):0' "$STATE" # 143: the second is ended before it is so far
    check_equal "... computes nothing" "" "$(json)"
}

# Open MPI 4 does not start as so many jobs of one rank under srun unless it does not see Slurm; Open MPI 5 does.
strangers() {
    slurm_submit --nodes 2 --mpi none -- bash -c \
        'for name in $(compgen -e SLURM_ | grep -vxE "SLURM_(STEP_NUM_TASKS|PROCID|CONF)"); do unset $name; done; exec parkit-mpi primes -n 1000 --json'
    slurm_wait
    check_match "tasks that do not know of each other: end" '^FAILED (2|143):0' "$STATE" # 143: the second is ended before it is so far
    check_match "... are told how to" '^parkit-mpi: srun has started 2 tasks that do not know of each other; use srun --mpi=pmix [^'$'\n'']*$' "$(said)"
    check_equal "... and compute nothing" "" "$(json)"
}

# --- a study ---

submit_study() {
    slurm_submit --study study --nodes 1,2 --ranks-per-node 1,2 -t 1 -r 2 -w 0 --ok 'verified +yes' -- parkit-mpi primes -n 1000003 -t '{threads}'
}

study() {
    local first
    submit_study
    for _ in {1..300}; do [ ! -s "$WORK/study/runs.jsonl" ] || break; sleep 0.1; done
    on 0 scancel "$JOB"
    slurm_wait
    check_match "a study that is cut" '^CANCELLED ' "$STATE"
    cp "$WORK/study/runs.jsonl" "$WORK/first"
    first=$(jq -s 'map(select(.state == "ok")) | length' "$WORK/first")
    check "... has some of its runs ($first of 8)" test "$first" -ge 1 -a "$first" -lt 8
    submit_study
    ends "submitted again" "COMPLETED 0:0"
    check "... it keeps them" cmp -n "$(stat -c %s "$WORK/first")" "$WORK/first" "$WORK/study/runs.jsonl"
    check_equal "... and ends with all points, each on its nodes" '[[1,1,2],[1,2,2],[2,2,2],[2,4,2]]' \
        "$(jq -cs 'map(select(.state == "ok")) | group_by([.nodes, .ranks]) | map([.[0].nodes, .[0].ranks, length])' "$WORK/study/runs.jsonl")"
    check_match "its report" 'Recommended .*8 runs of 4 points, all ended well' "$(output | tr '\n' ' ')"
    check "its summary" jq -e '[.points[] | [.ranks, .nodes]] | sort == [[1, 1], [2, 1], [2, 2], [4, 2]]' "$WORK/study/summary.json"
}

# --- the last checkpoint ---

STEPS=1000000000

# NAME SCANCEL-OPTIONS -- LAUNCHER...: what Slurm does so long before the time is up, and what follows
stopped() {
    local name=$1 options=() at
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    rm -f "$WORK/ck"
    slurm_submit --nodes 2 --ranks-per-node 2 --checkpoint-before 5m "$@" parkit-mpi heat -n 100 --steps $STEPS -t 1 --checkpoint ck --every 2000
    until [ -s "$WORK/ck" ]; do
        slurm_running || break
        sleep 0.1
    done
    on 0 scancel "${options[@]}" "$JOB"
    ends "$name" "FAILED 138:0"
    at=$(sed -n 2p "$WORK/ck" | jq .at)
    check_equal "... with a last checkpoint, said once" "parkit-mpi: rank 0 on $HOSTS-0: stopped by SIGUSR1 at $at steps; go on with --restart ck" "$(said)"
    check_equal "... and no rank left" "" "$(slurm_ranks)"
}

slurm_running() { on 0 squeue -h -j "$JOB" 2>/dev/null | grep . >/dev/null; }

goes_on() { # OPTIONS...: the restart, on other numbers of nodes and ranks
    local at
    at=$(sed -n 2p "$WORK/ck" | jq .at)
    slurm_submit "$@" -- parkit-mpi heat -n 100 --steps $((at + 3)) -t 1 --restart ck --json
    ends "the restart with $*" "COMPLETED 0:0"
    check_equal "... to the digest of an unbroken run" "$("$BIN/parkit-cpu" heat -n 100 --steps $((at + 3)) -t 1 --json 2>/dev/null | jq -c '[.verified, .digest]')" \
        "$(json | jq -c '[.verified, .digest]')"
}

checkpoints() {
    stopped "srun: Slurm signals the ranks" --signal=USR1 --
    check_match "the script asks for it" '#SBATCH --signal=USR1@300' "$(<"$WORK/job.sh")"
    goes_on --nodes 1 --ranks-per-node 3 --mpi pmix
    stopped "mpirun: Slurm signals the script" --batch --signal=USR1 -- mpirun
    check_match "the script asks for it" '#SBATCH --signal=B:USR1@300' "$(<"$WORK/job.sh")"
    goes_on --nodes 2 --ranks-per-node 1
}

# --- a rank that fails ---

killed() { # NAME PARKIT-MPI-OPTIONS...
    local victim
    slurm_submit --nodes 2 --ranks-per-node 2 -- parkit-mpi "${@:2}" -t 1
    for _ in {1..100}; do
        [ "$(slurm_ranks | wc -l)" -lt 4 ] || break
        sleep 0.1
    done
    [ ! -e "$WORK/ck" ] || for _ in {1..100}; do [ ! -s "$WORK/ck" ] || break; sleep 0.1; done
    sleep 0.5
    victim=$(slurm_ranks | tail -n 1)
    kill -KILL "$victim"
    slurm_wait
    check_match "$1: ends the job" '^FAILED (137|143):0$' "$STATE"
    check_match "... Slurm names the host and the rank" "srun: error: $HOSTS-[01]: task [0-3]: Killed" "$(output)"
    check_equal "... and no rank is left" "" "$(slurm_ranks)"
}

failures() {
    killed "a rank that is killed" primes -n 1e12
    rm -f "$WORK/ck"
    killed "a rank that is killed, where SIGTERM asks for a checkpoint" heat -n 100 --steps $STEPS --checkpoint ck --every 2000
    slurm_submit --nodes 2 -- bash -c '[ "$SLURM_PROCID" -ne 1 ] || exit 7; exec parkit-mpi primes -n 1e12 -t 1'
    slurm_wait
    check_match "a task that ends before it has met the others: ends the job" '^FAILED ' "$STATE"
    check_match "... Slurm has its exit code" "task 1: Exited with exit code 7" "$(output)"
    check_equal "... and no rank is left" "" "$(slurm_ranks)"
}

main() {
    local tool
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi under Slurm" "built without MPI"
        finish
    fi
    if tool=$(hosts_missing_tool) || tool=$(slurm_missing_tool); then
        skip "two nodes under Slurm" "$tool is missing"
        finish
    fi
    hosts_enter
    if ! hosts_make >"$WORK/out" 2>"$WORK/err"; then
        skip "two nodes under Slurm" "no network namespaces here: $(tail -n 1 "$WORK/err")"
        finish
    fi
    if ! slurm_start; then
        skip "two nodes under Slurm" "Slurm does not run here: $(slurm_why)"
        finish
    fi
    ranks
    strangers
    study
    checkpoints
    failures
    slurm_stop
    check_equal "no process is left" "" "$(slurm_commands)"
    finish
}

main "$@"
