#!/usr/bin/env bash
# Runs with checkpoints, killed with SIGKILL at random moments: by lot a rank or mpirun. Each is gone on with from what stands on
# the disk then, on another number of ranks and threads, and in the end has the digest of the run that nobody killed.
# KILLS (6) and SEED (1) from the environment; tests/bench/checkpoints.sh takes 100.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

RANDOM=${SEED:-1}
KILLS=${KILLS:-6}
export ASAN_OPTIONS=detect_leaks=0 # Open MPI itself leaks a little at its end
# A second or so each, with many checkpoints.
RUNS=("heat -n 300 --steps 2400 --every 60" "nbody -n 1200 --steps 80 --every 2" "cg -c S --every 1")
HIT=0 EARLY=0 HUNG=0 LOST=() REFUSED=() WRONG=() LEFT=()

offered() { "$BIN/parkit-mpi" list --json | jq -r .name | grep -x "${1%% *}" >/dev/null; }
errors() { grep -aE '^parkit-mpi: ' "$1" | grep -avE '(warning|note): ' | paste -sd ' '; }
ranks_of() { pgrep -P "$1" -f "$BIN/parkit-mpi"; }
progress() { sed -n 2p "$1" 2>/dev/null | jq .at; }

# all_gone CK - within five seconds nobody works on it any more
all_gone() {
    for _ in {1..50}; do
        pgrep -f "parkit-mpi .*$1 " >/dev/null || return 0
        sleep 0.1
    done
    return 1
}

# start CK RANKS OPTIONS... - in the background; from the checkpoint, if there is one
start() {
    local ck=$1 ranks=$2 restart=()
    shift 2
    [ ! -e "$ck" ] || restart=(--restart "$ck")
    mpirun -n "$ranks" "$BIN/parkit-mpi" "$@" --checkpoint "$ck" "${restart[@]}" -t $((1 + RANDOM % 2)) --json >"$ck.out" 2>"$ck.err" </dev/null &
    LAUNCHER=$!
}

# kill_by_lot LAUNCHER CK BEFORE - up to a second after it has written a checkpoint; one in four at any moment, also of its start
kill_by_lot() {
    local ranks=()
    if [ $((RANDOM % 4)) -gt 0 ]; then
        while kill -0 "$1" && [ "$(progress "$2")" = "$3" ]; do sleep 0.02; done
    fi
    sleep "0.$(printf '%03d' $((RANDOM % 1000)))"
    mapfile -t ranks < <(ranks_of "$1")
    [ ${#ranks[@]} -gt 0 ] || return 1 # it had not begun, or was over
    if [ $((RANDOM % 3)) -eq 0 ]; then
        kill -KILL "$1"
    else
        kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}"
    fi
}

# end_of LAUNCHER - mpirun of Open MPI 4.1 may wait for ever for a rank that was killed while it started: then it is killed, too
end_of() {
    local alone=0
    while kill -0 "$1" && [ "$alone" -lt 100 ]; do
        [ -n "$(ranks_of "$1")" ] || alone=$((alone + 1))
        sleep 0.1
    done
    [ "$alone" -lt 100 ] || { kill -KILL "$1" && HUNG=$((HUNG + 1)); }
    wait "$1"
}

# one_run CK WANT OPTIONS... - killed once or more, until it has come to its end
one_run() {
    local ck=$1 want=$2 again=1 hit before code
    shift 2
    while [ ${#REFUSED[@]} -eq 0 ]; do
        hit=0 code=0
        before=$(progress "$ck")
        start "$ck" $((1 + RANDOM % 4)) "$@"
        [ "$again" -eq 0 ] || ! kill_by_lot "$LAUNCHER" "$ck" "$before" || hit=1
        end_of "$LAUNCHER" || code=$?
        HIT=$((HIT + hit))
        again=$((hit * (RANDOM % 3 == 0))) # a third of the killed ones is killed again
        all_gone "$ck" || LEFT+=("$*")
        [ "$(progress "$ck")0" -ge "${before}0" ] || LOST+=("$*: at $(progress "$ck") after $before")
        ! grep -a "is refused" "$ck.err" >/dev/null || REFUSED+=("$*: $(errors "$ck.err")")
        if [ "$hit" -eq 0 ] || [ "$code" -eq 0 ]; then break; fi
    done
    [ "$code" -eq 0 ] || LOST+=("$*: exit $code: $(errors "$ck.err")")
    [ "$(jq -c '[.verified, .digest]' "$ck.out")" = "$want" ] || WRONG+=("$*: $(cat "$ck.out")")
    [ "$(jq .checkpoint.begun_at "$ck.out")" -gt 0 ] || EARLY=$((EARLY + 1))
}

# Whom nobody else would end, if a run has left somebody.
end_the_rest() {
    local left
    mapfile -t left < <(pgrep -f "parkit-mpi .*$WORK/")
    [ ${#left[@]} -eq 0 ] || kill -KILL "${left[@]}" 2>/dev/null
    cleanup
}
trap end_the_rest EXIT

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "killed runs" "built without MPI"
        finish
    fi
    local runs=() want=() run at=0
    for run in "${RUNS[@]}"; do
        offered "$run" || continue
        runs+=("$run")
        # shellcheck disable=SC2086 # a workload and its options
        want+=("$(mpirun -n 1 "$BIN/parkit-mpi" ${run% --every *} -t 1 --json 2>/dev/null | jq -c '[.verified, .digest]')")
        check_match "${run% --every *}: verified where nobody kills it" '^\[true,' "${want[-1]}"
    done
    while [ "$HIT" -lt "$KILLS" ]; do
        # shellcheck disable=SC2086
        one_run "$WORK/$at" "${want[at % ${#runs[@]}]}" ${runs[at % ${#runs[@]}]}
        rm -f "$WORK/$at"*
        at=$((at + 1))
    done 2>/dev/null # the shell tells of every job that is killed
    check_equal "$HIT kills, $at runs to their end: all with the digest of the run that nobody killed" "" "${WRONG[*]}"
    check_equal "... no checkpoint is refused" "" "${REFUSED[*]}"
    check_equal "... nothing that was kept is lost" "" "${LOST[*]}"
    check_equal "... no process is left after five seconds" "" "${LEFT[*]}"
    [ "$HUNG" -eq 0 ] || echo "        (mpirun itself had to be ended $HUNG times)"
    check "... most have gone on from a checkpoint ($EARLY had none yet)" [ "$EARLY" -lt "$at" ]
    finish
}

main "$@"
