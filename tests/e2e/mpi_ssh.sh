#!/usr/bin/env bash
# parkit-mpi between two computers (tests/hosts.sh) as the README of mpi/ shows it: a file of hosts, and the ssh that mpirun calls
# of its own accord. The server has keys, configuration and port of its own; nothing below /etc/ssh or ~/.ssh is read or written.
# shellcheck disable=SC2016 # jq and sh -c have dollars of their own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hosts.sh
source "$TESTS/hosts.sh"

export ASAN_OPTIONS=detect_leaks=0
SSHD=$(PATH=$PATH:/usr/sbin:/sbin type -P sshd)
PORT=2222 # in the namespaces, where nobody else listens
CLOSED=2223

# --- ssh ---

write_keys() {
    ssh-keygen -q -t ed25519 -N '' -C parkit-test -f "$WORK/host_key" && ssh-keygen -q -t ed25519 -N '' -C parkit-test -f "$WORK/key" &&
        cp "$WORK/key.pub" "$WORK/authorized_keys" && echo "$HOSTS-1 $(cut -d ' ' -f 1,2 "$WORK/host_key.pub")" >"$WORK/known_hosts"
}

# A session has little of an environment of its own: where this Open MPI is, and where it may leave files.
write_configuration() {
    mkdir -p "$WORK/tmp.1"
    cat >"$WORK/sshd_config" <<END
Port $PORT
ListenAddress 10.77.0.2
HostKey $WORK/host_key
AuthorizedKeysFile $WORK/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
SetEnv "PATH=$PATH" "TMPDIR=$WORK/tmp.1"
END
    cat >"$WORK/ssh_config" <<END
Host $HOSTS-1
    HostName 10.77.0.2
    Port $PORT
    HostKeyAlias $HOSTS-1
    User $LOGIN
    IdentityFile $WORK/key
    IdentitiesOnly yes
    UserKnownHostsFile $WORK/known_hosts
    GlobalKnownHostsFile /dev/null
    BatchMode yes
END
}

# On the second host, with a folder that the first one has and this one lacks. As root sshd wants a folder below /run. An
# ordinary user, who is root in these namespaces, has to become himself again, because sshd's root would change users.
start_sshd() {
    local become=()
    : >"$WORK/sshd.log"
    [ "$LOGIN_UID" = 0 ] || become=(unshare --user "--map-user=$LOGIN_UID" "--map-group=$LOGIN_GID")
    exec_on 1 unshare --mount sh -c 'mount -t tmpfs none "$1" && { [ "$2" != 0 ] || { mount -t tmpfs none /run && mkdir /run/sshd; }; } && shift 2 && exec "$@"' \
        sh "$WORK/only-first" "$LOGIN_UID" "${become[@]}" "$SSHD" -D -e -f "$WORK/sshd_config" 2>"$WORK/sshd.log" &
    at_end_kill "$!"
    for _ in {1..100}; do
        ! grep -q '^Server listening' "$WORK/sshd.log" || return 0
        kill -0 "$!" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

reached() { on 0 ssh -F "$WORK/ssh_config" "$HOSTS-1" hostname >"$WORK/out" 2>"$WORK/err"; }

# --- what runs over it ---

# OPTIONS-OF-MPIRUN... PROGRAM OPTIONS...; $WORK/said is what it tells
over_ssh() {
    on 0 timeout 100 mpirun --hostfile "$WORK/hosts" -n 4 --map-by node --bind-to none -x ASAN_OPTIONS --mca btl tcp,self "$@" 2>"$WORK/said" </dev/null
}

# WHAT EXIT: the job that over_ssh had
ended() {
    check_equal "$1: exit" "$2" "$3"
    check "$1: no process is left on either host" job_ended
}

answers() {
    local want
    want=$("$BIN/parkit-cpu" primes -n 1000003 -t 1 --json 2>/dev/null | jq -c '[.verified, .answer, .digest]')
    over_ssh "$BIN/parkit-mpi" primes -n 1000003 -t 2 --json >"$WORK/json"
    ended "primes over ssh" 0 $?
    check_equal "... the answer and digest of parkit-cpu" "$want" "$(jq -c '[.verified, .answer, .digest]' "$WORK/json")"
    check "... ranks in turn, two threads each" jq -e --arg name "$HOSTS" '.nodes == 2 and .rank_threads == [2, 2, 2, 2]
        and .rank_hosts == [$name + "-0", $name + "-1", $name + "-0", $name + "-1"]' "$WORK/json"
}

# A job that writes checkpoints has written one: $JOB.
begin() {
    rm -f "$WORK/ck"
    over_ssh "$BIN/parkit-mpi" heat -n 100 --steps 1000000000 -t 1 --checkpoint "$WORK/ck" --every 1000 &
    JOB=$!
    until [ -s "$WORK/ck" ] || ! kill -0 $JOB 2>/dev/null; do sleep 0.1; done
}

rank_on() { # RANK HOST: its process
    local pid
    for pid in $(job_on "$2"); do
        ! tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" || echo "$pid"
    done
}

goes_on() { # WHAT: what both hosts have written goes on on one
    local at
    at=$(sed -n 2p "$WORK/ck" | jq .at)
    check_equal "$1" "$("$BIN/parkit-cpu" heat -n 100 --steps $((at + 3)) -t 1 --json 2>/dev/null | jq -r .digest)" \
        "$(on 0 "$BIN/parkit-mpi" heat -n 100 --steps $((at + 3)) -t 1 --restart "$WORK/ck" --json 2>/dev/null | jq -r .digest)"
}

stopped() {
    begin
    kill -USR1 "$(pgrep -f "^mpirun .*--checkpoint $WORK/ck")"
    wait $JOB
    ended "SIGUSR1 to mpirun" 138 $?
    check_match "... told once" "^parkit-mpi: rank 0 on $HOSTS-0: stopped by SIGUSR1 at [0-9]+ steps; go on with" \
        "$(grep -a '^parkit-mpi: .*stopped' "$WORK/said")"
    goes_on "... and a restart goes on from there"
}

killed() {
    local victim
    begin
    victim=$(rank_on 3 1)
    kill -KILL "$victim"
    wait $JOB
    ended "a killed rank of the other host" 137 $?
    check_equal "... told once, with rank and host" "process rank 3 with PID $victim on node $HOSTS-1 exited on signal 9" \
        "$(grep -ao 'process rank .* signal [0-9]*' "$WORK/said")"
    goes_on "... and the last checkpoint goes on"
}

# What a user has misplaced, and whom nobody answers.
not_begun() {
    local code=0
    cp "$BIN/parkit-mpi" "$WORK/only-first/"
    over_ssh "$WORK/only-first/parkit-mpi" primes -n 1000 -t 1 >"$WORK/out" || code=$?
    check "a program that one host lacks: exit $code" [ "$code" -ne 0 ]
    check "... no process is left on either host" job_ended
    check_equal "... told once, with program and host" "Executable: $WORK/only-first/parkit-mpi Node: $HOSTS-1" \
        "$(grep -aE '^(Executable|Node):' "$WORK/said" | paste -sd ' ')"
    code=0
    over_ssh --mca plm_rsh_args "-F $WORK/ssh_config -p $CLOSED" "$BIN/parkit-mpi" primes -n 1000 -t 1 >"$WORK/out" || code=$?
    check "a host where no ssh listens: exit $code" [ "$code" -ne 0 ]
    check "... no process is left on either host" job_ended
    check_equal "... ssh says which, once" 1 "$(grep -ac "^ssh: connect to host 10.77.0.2 port $CLOSED: Connection refused" "$WORK/said")"
    check_equal "... and mpirun what that means" 1 "$(grep -ac "unable to reliably start one or more daemons" "$WORK/said")"
}

# The last one: sshd is gone afterwards, too.
vanished() {
    local pids
    OMPI_MCA_oob_tcp_keepalive_time=1 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2 begin
    wire_silent
    mapfile -t pids < <(pgrep --ns "${HOST[1]}" --nslist net '^ort|^park|sshd')
    kill -KILL "${pids[@]}"
    wait $JOB 2>/dev/null
    ended "a host that vanishes" 205 $?
    check_equal "... mpirun names it, once" "Remote daemon $HOSTS-1" "$(sed -n 's/^ *\(Remote daemon\): .* on node /\1 /p' "$WORK/said")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    local tool
    tool=$(hosts_missing_tool) || { [ -n "$SSHD" ] && command -v ssh >/dev/null; } || tool=sshd
    if [ -n "$tool" ]; then
        skip "two hosts" "$tool is missing"
        finish
    fi
    export LOGIN=${LOGIN-$(id -un)} LOGIN_UID=${LOGIN_UID-$(id -u)} LOGIN_GID=${LOGIN_GID-$(id -g)} # of outside, where hosts_enter goes in
    hosts_enter
    mkdir "$WORK/only-first"
    if ! hosts_make >"$WORK/out" 2>"$WORK/err"; then
        skip "two hosts" "no network namespaces here: $(tail -n 1 "$WORK/err")"
        finish
    fi
    if ! { write_keys && write_configuration && start_sshd && reached; }; then
        fail "sshd of our own" "$(cat "$WORK/sshd.log" "$WORK/err")"
        finish
    fi
    export OMPI_MCA_plm_rsh_args="-F $WORK/ssh_config"
    printf '%s slots=2\n' "$HOSTS-0" "$HOSTS-1" >"$WORK/hosts"
    answers
    stopped
    killed
    not_begun
    vanished 2>/dev/null # the shell tells of processes that are killed
    finish
}

main "$@"
