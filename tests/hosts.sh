# shellcheck shell=bash
# Two computers out of one: two network namespaces, each with a host name of its own and one half of the processors, joined by
# a pair of virtual Ethernet cards; for tests/e2e/mpi_namespaces.sh and tests/bench/mpi_failures.sh. Source after lib.sh.
# mpirun starts its daemon on the second one through a launch agent in place of ssh, and ranks of different hosts can reach
# each other by TCP over that wire only.
#   hosts_enter           without privileges, run the script again inside a user namespace, where this user is root
#   hosts_make            make them; false: it cannot be done here
#   hosts_mpirun RANKS-PER-HOST OPTIONS...   mpirun on both (a command after its options)
#   on HOST COMMAND...    on host 0 or 1
#   job_on HOST           the processes of jobs there but mpirun (orted, parkit-mpi, ssh)
#   job_ended [HOST...]   these (both) are rid of them, within a minute
#   wire_down, wire_silent, wire_mend   no carrier any more; or carrier, but nothing arrives

# The hosts share the processors of one machine: a rank that waits must let others run.
export OMPI_MCA_mpi_yield_when_idle=1
# UCX tells computers apart by what these two have in common, and would reach from one into the memory of the other.
export OMPI_MCA_pml=ob1 OMPI_MCA_osc=^ucx,rdma
HOSTS=parkit-$$ # and -0 or -1
HOST=()

hosts_missing_tool() {
    local tool
    for tool in ip unshare nsenter taskset hostname; do
        command -v $tool >/dev/null || { echo "$tool" && return; }
    done
    return 1
}

hosts_enter() {
    [ "$(id -u)" -ne 0 ] || return 0
    [ -z "${IN_NAMESPACE-}" ] || return 0
    if unshare --user --map-root-user --net --uts true 2>/dev/null; then
        remove_files
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
    on "$1" hostname "$HOSTS-$1"
}

on() { nsenter --target "${HOST[$1]}" --net --uts -- "${@:2}"; }
exec_on() { exec nsenter --target "${HOST[$1]}" --net --uts -- "${@:2}"; } # in the background: $! is the command's own

wire() {
    on 0 ip link add wire0 type veth peer name wire1 netns "${HOST[1]}" || return
    for host in 0 1; do
        on $host ip link set lo up && on $host ip addr add "10.77.0.$((host + 1))/24" dev wire$host && on $host ip link set wire$host up ||
            return
    done
}

job_on() { pgrep --ns "${HOST[$1]}" --nslist net '^ort|^park|ssh$'; } # pgrep wants 15 characters at most
job_ended() {
    local host
    [ $# -gt 0 ] || set -- 0 1
    for _ in {1..600}; do
        [ -n "$(for host; do job_on "$host"; done)" ] || return 0
        sleep 0.1
    done
    return 1
}

# Nobody has the address that the frames then go to, and so nothing is ever answered, not even by an error.
wire_down() { on 0 ip link set wire0 down; }
wire_silent() {
    for host in 0 1; do
        on $host ip neigh replace "10.77.0.$((2 - host))" lladdr 02:00:00:00:00:01 dev wire$host nud permanent
    done
}
wire_mend() {
    on 0 ip link set wire0 up
    for host in 0 1; do
        on $host ip neigh del "10.77.0.$((2 - host))" dev wire$host 2>/dev/null
    done
}

# mpirun calls it as ssh: HOST COMMAND.
write_agent() {
    cat >"$WORK/agent" <<AGENT
#!/bin/sh
[ "\$1" = $HOSTS-1 ] || exit 1
shift
exec nsenter --target ${HOST[1]} --net --uts -- taskset -c $2 sh -c "\$*"
AGENT
    chmod +x "$WORK/agent"
    FIRST_CPUS=$1
}

hosts_make() {
    local cpus
    mapfile -t cpus < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (c = $1; c <= $NF; c++) print c }')
    start_host 0 && start_host 1 && wire && write_agent "${cpus[0]}" "${cpus[-1]}"
}

hosts_mpirun() {
    on 0 taskset -c "$FIRST_CPUS" timeout 100 mpirun --host "$HOSTS-0:$1,$HOSTS-1:$1" -n $((2 * $1)) --mca plm_rsh_agent "$WORK/agent" \
        --mca btl tcp,self "${@:2}"
}
