#!/usr/bin/env bash
# What one rank's failure does to a job of parkit-mpi: seconds until mpirun has ended, its exit code, who says what, and what
# is left behind. tests/bench/mpi_failures.sh [ERE of the rows to run]
# shellcheck disable=SC2016 # sh -c has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/hosts.sh
source "$TESTS/hosts.sh"

# Other jobs use /dev/shm too: where it is allowed, this one has its own.
if [ "$(id -u)" -eq 0 ] && [ -z "${OWN_SHM-}" ] && unshare --mount true 2>/dev/null; then
    remove_files
    OWN_SHM=1 exec unshare --mount bash -c 'mount -t tmpfs none /dev/shm && exec bash "$@"' bash "$0" "$@"
fi

ONLY=${1:-.}
RANKS=3
# Where mpirun keeps its session; what is left behind is to lie where users will find it.
export TMPDIR=$WORK/tmp
unset OMPI_MCA_orte_tmpdir_base OMPI_MCA_btl_vader_backing_directory OMPI_MCA_osc_sm_backing_directory OMPI_MCA_osc_rdma_backing_directory

# Every job runs a name of its own, so that what is left of it can be told from other jobs.
PROGRAM=$WORK/parkit-mpi
JOB=$PROGRAM

# Four ranks are those between two hosts, with daemons of their own.
left_processes() {
    {
        pgrep -f "^$JOB |^mpirun .*$JOB "
        [ "$RANKS" -lt 4 ] || for host in 0 1; do job_on "$host"; done
    } | sort -u | wc -l
}
left_files() { find "$TMPDIR" /dev/shm "$WORK/out.d" -mindepth 1 ! -type d ! -name ck -newer "$WORK/mark"; }

# --- one failure ---

start() { # mpirun's words...
    : >"$WORK/mark"
    sleep 0.02 # files are told apart by their times
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null &
    JOB_PID=$!
}

# The process of rank $1, on this host or another.
rank_pid() {
    local pid
    for pid in $(pgrep -f "^$JOB "); do
        ! tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1" || { echo "$pid" && return; }
    done
}

# Sometimes an mpirun between hosts starts no rank at all: that is told, and it is begun anew.
start_all() { # mpirun's words...
    for _ in 1 2 3; do
        start "$@"
        for _ in {1..1000}; do
            [ "$(pgrep -fc "^$JOB ")" -lt "$RANKS" ] || return 0
            sleep 0.01
        done
        echo "  (mpirun has started $(pgrep -fc "^$JOB ") of $RANKS ranks in 10 s: again)"
        pkill -P "$JOB_PID"
        wait "$JOB_PID"
    done
    return 1
}

file_there() { # the file $1, and something in it
    for _ in {1..2000}; do
        [ ! -s "$1" ] || return 0
        sleep 0.005
    done
    return 1
}

seconds_since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }'; }

# NAME: from $BEGAN until neither mpirun nor a rank runs any more; the row of the table.
report() {
    local code=0 ours launcher took
    wait "$JOB_PID" 2>/dev/null || code=$?
    for _ in {1..1000}; do
        [ "$(left_processes)" -gt 0 ] || break
        sleep 0.01
    done
    took=$(seconds_since "$BEGAN")
    ours=$(grep -aE '^parkit-mpi: ' "$WORK/err" | grep -cavE '(warning|note): ')
    launcher=$(grep -caE 'process rank [0-9]+ with PID [0-9]+ on( node)?|Process name: ' "$WORK/err")
    printf '  %-58s %6s %5d %5d %8d %9d %6d\n' "$1" "$took" "$code" "$ours" "$launcher" "$(left_processes)" "$(left_files | wc -l)"
    left_files | sed 's/.*\//      /' | sort | uniq -c | head -n 6
    [ "$ours" -eq 0 ] || grep -aE '^parkit-mpi: ' "$WORK/err" | grep -avE '(warning|note): ' | sed 's/^/      /'
    rm -rf "$WORK/out.d" && mkdir "$WORK/out.d"
}

wanted() { [[ $1 =~ $ONLY ]]; }

# NAME SIGNALS RANK WAIT -- COMMAND...: RANK (or mpirun) gets the SIGNALS when WAIT, a command, returns.
signalled() {
    local name=$1 signals=$2 victim=$3 wait=$4 pid signal
    shift 5
    wanted "$name" || return 0
    start_all "$@" || return 0
    $wait
    if [ "$victim" = mpirun ]; then pid=$(pgrep -P "$JOB_PID"); else pid=$(rank_pid "$victim"); fi
    BEGAN=$(date +%s.%N)
    for signal in $signals; do
        [ -n "$pid" ] && kill "-$signal" "$pid" 2>/dev/null || echo "  (rank $victim was not there)"
    done
    report "$name"
}

# NAME COMMAND...: it fails by itself; measured from its start.
failing() {
    local name=$1
    shift
    wanted "$name" || return 0
    BEGAN=$(date +%s.%N)
    start "$@"
    report "$name"
}

# --- the table ---

here() { echo timeout 60 mpirun -n "$RANKS" "$JOB"; }

signals() {
    local signal run victim compute collective
    run=$(here)
    compute=(primes -n 1e12 -t 1) collective=(collectives --only alltoall --max 4194304 -i 1000)
    # shellcheck disable=SC2086 # the launcher's words
    for signal in KILL SEGV TERM "STOP KILL"; do
        for victim in 0 2; do
            signalled "SIG${signal/ / + SIG} of rank $victim, computing" "$signal" $victim "sleep 1" -- $run "${compute[@]}"
            signalled "SIG${signal/ / + SIG} of rank $victim, in collectives" "$signal" $victim "sleep 1" -- $run "${collective[@]}"
            signalled "SIG${signal/ / + SIG} of rank $victim, exchanging halos" "$signal" $victim "sleep 1" -- \
                $run heat -n 2000 --steps 1000000 -t 1
            signalled "SIG${signal/ / + SIG} of rank $victim, writing a field" "$signal" $victim "file_there $WORK/out.d/x.npy.part" -- \
                $run heat -n 6000 --steps 1 -t 1 --out "$WORK/out.d/x.npy"
            signalled "SIG${signal/ / + SIG} of rank $victim, writing checkpoints" "$signal" $victim "file_there $WORK/out.d/ck" -- \
                $run heat -n 4000 --steps 1000 -t 1 --checkpoint "$WORK/out.d/ck" --every 1
            signalled "SIG${signal/ / + SIG} of rank $victim, in MPI_Init" "$signal" $victim "sleep 0.03" -- $run "${compute[@]}"
        done
    done
    for signal in INT TERM KILL; do
        # shellcheck disable=SC2086
        signalled "SIG$signal of mpirun" "$signal" mpirun "sleep 1" -- $run "${compute[@]}"
    done
}

# Rank 1 has so many KiB of address space.
short_of_memory() { # KIB OPTIONS...
    failing "rank 1 has $1 KiB: ${*:2}" mpirun -n 1 "$JOB" "${@:2}" : -n 1 sh -c "ulimit -v $1; exec \"\$@\"" sh "$JOB" "${@:2}"
}

own_failures() {
    RANKS=2 short_of_memory 700000 mandelbrot -n 20000 -t 1
    RANKS=2 short_of_memory 700000 heat -n 8000 --steps 100 -t 1
    RANKS=2 short_of_memory 330000 matmul -n 3000 -t 1
    local run
    run=$(here)
    # shellcheck disable=SC2086
    {
        failing "rank 2 exits before MPI_Init" timeout 60 mpirun -n 2 "$JOB" primes -n 1e12 -t 1 : -n 1 sh -c 'exit 1'
        failing "a folder that is not there, --out" $run heat -n 500 -t 1 --out "$WORK/nowhere/x.npy"
        failing "a folder that is not there, --checkpoint" $run heat -n 500 -t 1 --checkpoint "$WORK/nowhere/x" --every 10
        if mkdir "$WORK/disk" && mount -t tmpfs -o size=4m none "$WORK/disk" 2>/dev/null; then
            failing "a full disk, --out field.npy" $run heat -n 1000 --steps 1 -t 1 --out "$WORK/disk/x.npy"
            failing "a full disk, --out picture.ppm" $run mandelbrot -n 2000 -t 1 --out "$WORK/disk/x.ppm"
            failing "a full disk, --checkpoint" $run heat -n 1000 --steps 30 -t 1 --checkpoint "$WORK/disk/x" --every 10
            umount "$WORK/disk"
        fi
    }
}

# Ranks 0 and 1 on the first host, 2 and 3 on the second, TCP between them.
between_hosts() {
    RANKS=4
    if ! hosts_make >"$WORK/out" 2>"$WORK/err"; then
        echo "  (no network namespaces here)"
        return
    fi
    local signal victim job=(hosts_mpirun 2 "$JOB")
    for signal in KILL SEGV "STOP KILL"; do
        for victim in 0 3; do
            signalled "two hosts: SIG${signal/ / + SIG} of rank $victim, computing" "$signal" $victim "sleep 2" -- "${job[@]}" primes -n 1e12 -t 1
            signalled "two hosts: SIG${signal/ / + SIG} of rank $victim, exchanging halos" "$signal" $victim "sleep 2" -- \
                "${job[@]}" heat -n 1000 --steps 1000000 -t 1
        done
    done
    without_a_wire
}

# NAME HOW -- COMMAND...: HOW, a command, is what befalls the wire; the other host's processes count as well.
broken() {
    local name="two hosts: $1" how=$2
    shift 3
    wanted "$name" || return 0
    start_all "$@" || return 0
    sleep 2
    BEGAN=$(date +%s.%N)
    $how
    report "$name"
    grep -a 'Remote daemon: ' "$WORK/err"
    wire_mend
}

# With the keepalive of mpirun's daemons as the README of mpi/ says: without it takes eight minutes.
without_a_wire() {
    local how what job=(hosts_mpirun 2 "$JOB")
    export OMPI_MCA_oob_tcp_keepalive_time=1 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2
    for how in wire_down wire_silent; do
        what=${how/_/ }
        broken "$what, computing" $how -- "${job[@]}" primes -n 1e12 -t 1
        broken "$what, in collectives" $how -- "${job[@]}" collectives --only alltoall --max 4194304 -i 1000
        broken "$what, exchanging halos" $how -- "${job[@]}" heat -n 1000 --steps 1000000 -t 1
        broken "$what, writing checkpoints" $how -- \
            "${job[@]}" heat -n 1000 --steps 1000000 -t 1 --checkpoint "$WORK/out.d/ck" --every 20
    done
}

main() {
    mkdir -p "$TMPDIR" "$WORK/out.d"
    ln -s "$BIN/parkit-mpi" "$PROGRAM"
    printf '  %-58s %6s %5s %5s %8s %9s %6s\n' "failure" "s" "exit" "ours" "mpirun's" "processes" "files"
    signals
    own_failures
    between_hosts
}

main
