#!/usr/bin/env bash
# parkit-mpi between two computers: two network namespaces, each with a host name of its own and one half of the
# processors, joined by a pair of virtual Ethernet cards. mpirun starts its daemon on the second one through a launch
# agent in place of ssh, and ranks of different hosts can reach each other by TCP over that wire only.
# shellcheck disable=SC2016 # jq has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

export ASAN_OPTIONS=detect_leaks=0
# The hosts share the processors of one machine: a rank that waits must let others run.
export OMPI_MCA_mpi_yield_when_idle=1
NAME=parkit-$$
HOST=()

# --- two hosts ---

# Without privileges, the same inside a user namespace, where this user is root.
enter_namespace() {
    [ "$(id -u)" -ne 0 ] || return 0
    [ -z "${IN_NAMESPACE-}" ] || return 0
    if unshare --user --map-root-user --net --uts true 2>/dev/null; then
        rm -rf "$WORK"
        IN_NAMESPACE=1 exec unshare --user --map-root-user --net bash "$0"
    fi
}

start_host() { # INDEX: a process that holds its namespaces open
    unshare --net --uts sleep 1000 2>/dev/null &
    HOST[$1]=$!
    at_end_kill "$!"
    for _ in {1..50}; do
        [ "$(readlink "/proc/${HOST[$1]}/ns/net")" = "$(readlink /proc/self/ns/net)" ] || break
        sleep 0.05
    done
    on "$1" hostname "$NAME-$1"
}

on() { nsenter --target "${HOST[$1]}" --net --uts -- "${@:2}"; }

wire() {
    on 0 ip link add wire0 type veth peer name wire1 netns "${HOST[1]}" || return
    for host in 0 1; do
        on $host ip link set lo up && on $host ip addr add "10.77.0.$((host + 1))/24" dev wire$host && on $host ip link set wire$host up ||
            return
    done
}

# mpirun calls it as ssh: HOST COMMAND.
write_agent() {
    cat >"$WORK/agent" <<AGENT
#!/bin/sh
[ "\$1" = $NAME-1 ] || exit 1
shift
exec nsenter --target ${HOST[1]} --net --uts -- taskset -c $2 sh -c "\$*"
AGENT
    chmod +x "$WORK/agent"
    FIRST_CPUS=$1
}

make_hosts() {
    local cpus
    mapfile -t cpus < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (c = $1; c <= $NF; c++) print c }')
    start_host 0 && start_host 1 && wire && write_agent "${cpus[0]}" "${cpus[-1]}"
}

# mpi RANKS-PER-HOST OPTIONS...
mpi() {
    on 0 taskset -c "$FIRST_CPUS" timeout 100 mpirun --host "$NAME-0:$1,$NAME-1:$1" -n $((2 * $1)) --mca plm_rsh_agent "$WORK/agent" \
        --mca btl tcp,self "$BIN/parkit-mpi" "${@:2}" 2>"$WORK/err" </dev/null
}

sent() { on 0 ip -j -s link show dev wire0 | jq '.[0].stats64.tx.bytes'; }

# --- what runs on them ---

between_hosts() {
    local before after
    before=$(sent)
    mpi 1 pingpong --max 65536 -i 20 -r 3 -w 1 --json >"$WORK/json"
    after=$(sent)
    check "pingpong: one rank a host" jq -e --arg name "$NAME" '.verified and .nodes == 2 and .ranks == 2
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
    check_equal "$*: on two hosts" "2 $NAME-0 $NAME-1" "$(jq -r '[.nodes, (.rank_hosts | unique[])] | join(" ")' "$WORK/json")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    local tool
    for tool in ip unshare nsenter taskset hostname; do
        command -v $tool >/dev/null || { skip "two hosts" "$tool is missing" && finish; }
    done
    enter_namespace
    if ! make_hosts >"$WORK/out" 2>"$WORK/err"; then
        skip "two hosts" "no network namespaces here: $(tail -n 1 "$WORK/err")"
        finish
    fi
    between_hosts
    same_bits primes -n 1000003
    same_bits mandelbrot -n 130
    finish
}

main "$@"
