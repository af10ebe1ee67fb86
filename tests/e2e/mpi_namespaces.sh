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
    finish
}

main "$@"
