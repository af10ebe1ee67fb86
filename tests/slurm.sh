# shellcheck shell=bash
# A cluster of two nodes under Slurm, on the two computers of hosts.sh: munged, slurmctld and a slurmd on each, with all that is
# theirs below $WORK, and nothing of the machine's own Slurm, if it has one. Source after lib.sh and hosts.sh.
#   slurm_missing_tool    the first program that is not here; false: all are
#   slurm_start           begin; false: it cannot be done here, and slurm_why says why
#   slurm_submit OPTIONS...   parkit-submit slurm ... --submit: sets JOB, its output goes to $WORK/parkit-$JOB.out
#   slurm_wait            until JOB has ended, or a minute has passed; sets STATE, as "COMPLETED 0:0"
#   slurm_ranks           the processes of parkit-mpi that run in it
#   slurm_stop            end its daemons
#   slurm_processes       all that runs in it; what is still there at the end of the suite is killed
# KillWait, the time between SIGTERM and SIGKILL, is 5 s instead of 30.

unset SLURM_MPI_TYPE # as the user of a site has it
PATH=$BIN:$PATH:/usr/sbin:/sbin # jobs take it over
SLURM_DAEMONS=()

slurm_missing_tool() {
    local tool
    for tool in munged slurmctld slurmd sbatch srun scontrol scancel; do
        command -v $tool >/dev/null || { echo "$tool" && return; }
    done
    return 1
}

# Each node has a folder for temporary files of its own, for PMIx names its files by user and job alone.
slurm_configure() {
    export SLURM_CONF=$WORK/slurm.conf
    mkdir -p "$WORK/state" "$WORK/log"
    (umask 077 && dd if=/dev/urandom of="$WORK/munge.key" bs=64 count=1 2>/dev/null)
    cat >"$SLURM_CONF" <<CONF
ClusterName=parkit
SlurmctldHost=$HOSTS-0(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$WORK/munge.socket
StateSaveLocation=$WORK/state
SlurmdSpoolDir=$WORK/spool-%n
TmpFS=$WORK/tmp-%n
SlurmctldPidFile=$WORK/slurmctld.pid
SlurmdPidFile=$WORK/slurmd-%n.pid
SlurmctldLogFile=$WORK/log/slurmctld
SlurmdLogFile=$WORK/log/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=none
MailProg=/bin/true
JobRequeue=0
KillWait=5
NodeName=$HOSTS-0 NodeAddr=10.77.0.1 CPUs=4
NodeName=$HOSTS-1 NodeAddr=10.77.0.2 CPUs=4
PartitionName=main Nodes=$HOSTS-0,$HOSTS-1 Default=YES State=UP
CONF
}

slurm_daemon() { # NAME COMMAND...: in the foreground of a background process, so that its id is known
    "${@:2}" >"$WORK/log/$1.out" 2>&1 </dev/null &
    SLURM_DAEMONS+=("$!")
}

slurm_alive() { for pid in "${SLURM_DAEMONS[@]}"; do kill -0 "$pid" || return; done 2>/dev/null; }

slurm_start() {
    local host
    slurm_configure
    trap 'slurm_stop; slurm_kill; cleanup' EXIT
    slurm_daemon munged munged --foreground --force --socket="$WORK/munge.socket" --key-file="$WORK/munge.key" \
        --pid-file="$WORK/munged.pid" --log-file="$WORK/log/munged" --seed-file="$WORK/munge.seed"
    for _ in {1..50}; do [ ! -S "$WORK/munge.socket" ] || break; sleep 0.1; done
    # shellcheck disable=SC2153 # HOST is that of hosts.sh
    slurm_daemon slurmctld nsenter --target "${HOST[0]}" --net --uts -- slurmctld -D
    for host in 0 1; do
        mkdir -p "$WORK/spool-$HOSTS-$host" "$WORK/tmp-$HOSTS-$host"
        slurm_daemon slurmd-$host nsenter --target "${HOST[host]}" --net --uts -- slurmd -D -N "$HOSTS-$host"
    done
    for _ in {1..100}; do
        sleep 0.2
        slurm_alive || return # as in a user namespace, whose root may not change groups
        [ "$(on 0 timeout 5 sinfo -h -N -t idle -o %N 2>"$WORK/err" | wc -l)" -ne 2 ] || break
    done
    on 0 timeout 20 srun -N 2 true >"$WORK/out" 2>"$WORK/err" </dev/null
}

slurm_why() { cat "$WORK"/log/*.out "$WORK/err" 2>/dev/null | grep -aE 'error|fatal|denied' | tail -n 1; }

slurm_submit() {
    on 0 env -C "$WORK" parkit-submit slurm --force -o job.sh --submit "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
    JOB=$(awk '/^Submitted batch job/ { print $4 }' "$WORK/out")
}

slurm_wait() {
    for _ in {1..300}; do
        STATE=$(on 0 scontrol -o show job "${JOB:-none}" 2>&1 | sed -nE 's/.* JobState=([A-Z_]+) .* ExitCode=([0-9:]+) .*/\1 \2/p')
        case $STATE in PENDING* | RUNNING* | COMPLETING* | CONFIGURING*) sleep 0.2 ;; *) return ;; esac
    done
}

# What the daemons start has their environment, or that of who has handed in the job.
slurm_processes() {
    env -u SLURM_CONF grep -lzxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
}

slurm_ranks() {
    local pid
    for pid in $(slurm_processes); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != parkit-mpi ] || echo "$pid"
    done
}

# Slurm's own slurmstepd may hang where PMIx waits for a task that never came.
slurm_commands() {
    local pid
    for pid in $(slurm_processes); do
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null
        echo
    done >"$WORK/commands"
    grep -v -e '^slurmstepd: ' -e '^$' "$WORK/commands"
}

# slurmd does not end while a job of its own hangs.
slurm_stop() {
    local pid
    kill "${SLURM_DAEMONS[@]}" 2>/dev/null
    for _ in {1..50}; do
        jobs -pr | grep -xF "$(printf '%s\n' "${SLURM_DAEMONS[@]}")" >/dev/null || break
        sleep 0.1
    done
    for pid in "${SLURM_DAEMONS[@]}"; do kill -KILL "$pid" 2>/dev/null && wait "$pid"; done 2>/dev/null
    SLURM_DAEMONS=()
}

slurm_kill() {
    local pid
    for pid in $(slurm_processes); do kill -KILL "$pid" 2>/dev/null; done
}
