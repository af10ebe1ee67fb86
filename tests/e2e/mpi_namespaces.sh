#!/usr/bin/env bash
# parkit-mpi between two computers (tests/hosts.sh): right answers, over the wire.
# shellcheck disable=SC2016 # jq has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hosts.sh
source "$TESTS/hosts.sh"

export ASAN_OPTIONS=detect_leaks=0

# RANKS-PER-HOST OPTIONS...
mpi() { hosts_mpirun "$1" "$BIN/parkit-mpi" "${@:2}" 2>"$WORK/err" </dev/null; }

sent() { on 0 ip -j -s link show dev wire0 | jq '.[0].stats64.tx.bytes'; }

# --- what runs on them ---

between_hosts() {
    local before after
    before=$(sent)
    mpi 1 pingpong --max 65536 -i 20 -r 3 -w 1 --json >"$WORK/json"
    after=$(sent)
    check "pingpong: one rank a host" jq -e --arg name "$HOSTS" '.verified and .nodes == 2 and .ranks == 2
        and .rank_hosts == [$name + "-0", $name + "-1"] and (.series | length) == 1
        and (.series[0].path | test("across nodes"))' "$WORK/json"
    # At least 3 samples of 20 messages of every size have gone over the wire.
    check "the messages have gone over the wire" test $((after - before)) -gt $((3 * 20 * 131071))
    mpi 2 pingpong --max 16 -i 2 -r 2 -w 1 --json >"$WORK/json"
    check "pingpong: within a node and across nodes" jq -e '.verified and .ranks == 4
        and ([.series[].path] | length == 2 and (.[0] | test("within a node")) and (.[1] | test("across nodes")))' "$WORK/json"
    mpi 2 collectives --max 64 -i 2 -r 2 -w 1 --json >"$WORK/json"
    check "collectives: right data" jq -e '.verified and (.series | length) == 6' "$WORK/json"
    mpi 2 halo --max 128 -i 2 -r 2 -w 1 --json >"$WORK/json"
    check "halo: right data" jq -e '.verified and (.series | length) == 2' "$WORK/json"
}

same_bits() { # WORKLOAD OPTIONS...
    local want got
    want=$("$BIN/parkit-cpu" "$@" -t 1 --json 2>/dev/null | jq -c '[.verified, .answer, .digest]')
    got=$(mpi 2 "$@" -t 1 --json | tee "$WORK/json" | jq -c '[.verified, .answer, .digest]')
    check_equal "$*: the answer and digest of parkit-cpu" "$want" "$got"
    check_equal "$*: on two hosts" "2 $HOSTS-0 $HOSTS-1" "$(jq -r '[.nodes, (.rank_hosts | unique[])] | join(" ")' "$WORK/json")"
}

# As a user writes it: a file of hosts, ranks dealt to them in turn, hybrid.
hostfile() {
    printf '%s slots=2\n' "$HOSTS-0" "$HOSTS-1" >"$WORK/hosts"
    on 0 timeout 100 mpirun --hostfile "$WORK/hosts" -n 3 --map-by node --bind-to none --mca plm_rsh_agent "$WORK/agent" \
        "$BIN/parkit-mpi" nqueens -n 9 -t 2 --json >"$WORK/json" 2>"$WORK/err" </dev/null
    check "a hostfile: ranks in turn, two threads each" jq -e --arg name "$HOSTS" '.verified and .answer == 352 and .nodes == 2
        and .rank_hosts == [$name + "-0", $name + "-1", $name + "-0"] and .rank_threads == [2, 2, 2]' "$WORK/json"
}

# The launcher forwards the signal to both hosts; what is written there together goes on on one.
stopped() {
    local job launcher at
    mpi 1 heat -n 100 --steps 1000000000 -t 1 --checkpoint "$WORK/ck" --every 50000 &
    job=$!
    until [ -s "$WORK/ck" ] || ! kill -0 $job 2>/dev/null; do sleep 0.1; done
    launcher=$(pgrep -f "^mpirun .*--checkpoint $WORK/ck")
    kill -USR1 "$launcher"
    wait $job
    check_equal "SIGUSR1 to mpirun: exit" 138 $?
    check_match "SIGUSR1 to mpirun: told once" "^parkit-mpi: rank 0 on $HOSTS-0: stopped by SIGUSR1 at [0-9]+ steps; go on with" \
        "$(grep -a '^parkit-mpi: .*stopped' "$WORK/err")"
    at=$(sed -n 2p "$WORK/ck" | jq .at)
    check_equal "... and what both hosts have written goes on on one" \
        "$("$BIN/parkit-cpu" heat -n 100 --steps $((at + 3)) -t 1 --json 2>/dev/null | jq -r .digest)" \
        "$(on 0 "$BIN/parkit-mpi" heat -n 100 --steps $((at + 3)) -t 1 --restart "$WORK/ck" --json 2>/dev/null | jq -r .digest)"
}

# HOW WHAT: with mpirun's keepalive as the README says; Open MPI's own takes eight minutes.
broken() {
    local job code=0 named
    rm -f "$WORK/ck"
    OMPI_MCA_oob_tcp_keepalive_time=1 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2 \
        mpi 2 heat -n 100 --steps 1000000000 -t 1 --checkpoint "$WORK/ck" --every 1000 &
    job=$!
    until [ -s "$WORK/ck" ] || ! kill -0 $job 2>/dev/null; do sleep 0.1; done
    $1
    wait $job || code=$?
    named=$(sed -n 's/^ *\(Remote daemon\): .* on node /\1 /p' "$WORK/err")
    check_equal "$2: exit" 205 $code
    check_equal "$2: mpirun names the host, once" "Remote daemon $HOSTS-1" "$named"
    check "$2: no process is left on the host of mpirun" job_ended 0
    wire_mend # the other one's daemon may have had something to send: then TCP goes on trying
    check "$2: nor on the other, once there is a wire again" job_ended
}

broken_wires() {
    local at
    broken wire_down "a wire without a carrier"
    at=$(sed -n 2p "$WORK/ck" | jq .at)
    check_equal "... and the last checkpoint goes on on one host" \
        "$("$BIN/parkit-cpu" heat -n 100 --steps $((at + 3)) -t 1 --json 2>/dev/null | jq -r .digest)" \
        "$(on 0 "$BIN/parkit-mpi" heat -n 100 --steps $((at + 3)) -t 1 --restart "$WORK/ck" --json 2>/dev/null | jq -r .digest)"
    broken wire_silent "a wire on which nothing arrives"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    local tool
    if tool=$(hosts_missing_tool); then
        skip "two hosts" "$tool is missing"
        finish
    fi
    hosts_enter
    if ! hosts_make >"$WORK/out" 2>"$WORK/err"; then
        skip "two hosts" "no network namespaces here: $(tail -n 1 "$WORK/err")"
        finish
    fi
    between_hosts
    same_bits primes -n 1000003
    same_bits mandelbrot -n 130
    same_bits ft -c S # shared memory within a host, messages between them
    hostfile
    stopped
    broken_wires
    finish
}

main "$@"
