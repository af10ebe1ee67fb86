#!/usr/bin/env bash
# parkit-submit: what it writes is a right shell script with the right numbers; nothing is overwritten.
# shellcheck disable=SC2016 # patterns, and commands of jobs, hold dollars that are not for this script
. "$(dirname "$0")/../lib.sh"

script() { "$BIN/parkit-submit" "$@" 2>"$WORK/err"; }
has() { check_match "$1" "$2" "$text"; }

valid() {
    printf '%s\n' "$2" >"$WORK/job.sh"
    check "$1: bash reads it" bash -n "$WORK/job.sh"
    if command -v shellcheck >/dev/null; then check "$1: shellcheck is content" shellcheck "$WORK/job.sh"; fi
}

for scheduler in slurm pbs lsf; do
    valid "$scheduler hybrid" "$(script $scheduler -N 2 -p 8 -t 4 --mem 64G -q short -A me --modules gcc,openmpi -- ./solver 'in put' '$HOME' "it's")"
    check_match "$scheduler: the words of the command stay words" "\./solver 'in put' '\\\$HOME' 'it'" "$(<"$WORK/job.sh")"
    valid "$scheduler study" "$(script $scheduler --study s -N 1-4:*2 -p 8 -t 1,4 --weak -n 1e6 -r 3 -- ./solver -n "{size}")"
    check_match "$scheduler: a study goes through parkit-scale" 'parkit-scale --study s --weak .*--ranks-per-node 8 -- ' "$(tr '\n' ' ' <"$WORK/job.sh")"
    valid "$scheduler single" "$(script $scheduler -t 4 -- parkit-cpu primes -t 4)"
    check_equal "$scheduler: parkit's own programs bind themselves" "" "$(grep OMP_PLACES "$WORK/job.sh")"
done

text=$(script slurm -N 2 -p 8 -t 4 --time 90m -- ./a)
has "slurm: nodes" '#SBATCH --nodes=2'
has "slurm: ranks" '#SBATCH --ntasks-per-node=8'
has "slurm: threads" '#SBATCH --cpus-per-task=4'
has "slurm: no hardware threads" '#SBATCH --hint=nomultithread'
has "slurm: wall time" '#SBATCH --time=01:30:00'
has "slurm: the threads reach srun" 'export SRUN_CPUS_PER_TASK=\$SLURM_CPUS_PER_TASK'
has "slurm: threads stay on cores" 'OMP_PLACES=cores'
has "slurm: srun starts all ranks" 'srun .*--nodes=2 --ntasks=16 --cpus-per-task=4 .* \./a'
has "slurm: a rank that fails ends all" 'srun --kill-on-bad-exit=1 '
has "slurm: PMIx where the site has chosen nothing" 'MpiDefault .*export SLURM_MPI_TYPE=pmix'
check_equal "slurm: no signal unless asked for" "" "$(grep -e --signal <<<"$text")"
text=$(script slurm --mpi pmi2 -- ./a)
has "slurm: --mpi is what the ranks are joined by" 'export SLURM_MPI_TYPE=pmi2'
check_equal "slurm: ... whatever the site has chosen" "" "$(grep MpiDefault <<<"$text")"
text=$(script slurm --time 1h --checkpoint-before 5m -- ./a)
has "slurm: the ranks of srun are signalled" '#SBATCH --signal=USR1@300'
text=$(script slurm --time 1h --checkpoint-before 5m -- mpirun ./a)
has "slurm: for mpirun the script is" '#SBATCH --signal=B:USR1@300.*mpirun \./a &.*trap .kill -USR1 "\$job". USR1'
valid "slurm: the script with the trap" "$text"
for scheduler in pbs lsf; do
    text=$(script $scheduler -N 2 --time 1h --checkpoint-before 5m -- ./a)
    has "$scheduler: timeout signals mpirun" 'timeout --foreground --preserve-status --signal=USR1 \$\(\(3300 - SECONDS\)\) mpirun -n 2 .*\./a'
    valid "$scheduler: the script with the timer" "$text"
done
text=$(script pbs -N 2 -p 8 -t 4 --time 1-02:03:04 -- ./a)
has "pbs: chunk" '#PBS -l select=2:ncpus=32:mpiprocs=8:ompthreads=4'
has "pbs: wall time beyond a day" '#PBS -l walltime=26:03:04'
has "pbs: mpirun takes the hosts of the job" 'mpirun -n 16 --hostfile "\$PBS_NODEFILE" .*PE=4 .*\./a'
text=$(script lsf -N 2 -p 8 -t 4 --time 00:01:01 -- ./a)
has "lsf: ranks in all" '#BSUB -n 16'
has "lsf: ranks on each node" 'span\[ptile=8\]'
has "lsf: minutes are rounded up" '#BSUB -W 0:02'
text=$(script slurm --study s -N 1-4:*2 -p 2,8 -t 1,4 -- ./a)
has "a study asks for its largest point" '--nodes=4.*--ntasks-per-node=8.*--cpus-per-task=4'
has "its points take the first nodes" 'srun .*--relative=0'
text=$(script slurm -N 2 -p 8 -- mpirun -n 16 ./a)
check_match "a launcher of one's own is kept" $'\nmpirun -n 16 ./a$' "$text"

# The generated study, run here with a scheduler's variables set by hand, measures what it says.
mkdir "$WORK/job"
script pbs --study s -t 1 -r 1 -w 0 -- "sleep" "0.0{threads}" >"$WORK/job.sh"
check "a generated study runs" env PBS_O_WORKDIR="$WORK/job" bash "$WORK/job.sh"
check_equal "and leaves its run" ok "$(jq -r .state "$WORK/job/s/runs.jsonl")"

check "-o writes a file" "$BIN/parkit-submit" slurm -o "$WORK/new.sh" -- ./a
check_exit "and never replaces one" 2 "$BIN/parkit-submit" slurm -o "$WORK/new.sh" -- ./b
check_match "which it says" 'is there already.*--force' "$(<"$WORK/err")"
check_match "the old one is whole" '\./a$' "$(<"$WORK/new.sh")"
check "unless --force is given" "$BIN/parkit-submit" slurm --force -o "$WORK/new.sh" -- ./b
check_match "then it is the new one" '\./b$' "$(<"$WORK/new.sh")"

# The timer where the scheduler gives no signal, with the clock of the script set on to a second before it.
script pbs --time 1h --checkpoint-before 10m -- bash -c 'trap "echo stopped; exit 138" USR1; while :; do sleep 0.1; done' |
    sed 's/^export OMP_NUM_THREADS=.*/SECONDS=2999/' >"$WORK/job.sh"
check_exit "the timer: the command is told before the time is up, and its exit code is the job's" 138 env PBS_O_WORKDIR="$WORK/job" bash "$WORK/job.sh"
check_equal "and could say goodbye" stopped "$(<"$WORK/out")"

# --submit: a stand-in for sbatch shows what would be handed in.
mkdir "$WORK/fake"
printf '#!/bin/sh\necho "Submitted $1"\n' >"$WORK/fake/sbatch"
chmod +x "$WORK/fake/sbatch"
check "--submit hands the file to sbatch" env PATH="$WORK/fake:$PATH" "$BIN/parkit-submit" slurm --submit -o "$WORK/handed.sh" -- ./a
check_equal "by its name" "Submitted $WORK/handed.sh" "$(<"$WORK/out")"
check_exit "without sbatch" 3 env PATH=/usr/bin:/bin "$BIN/parkit-submit" pbs --submit -o "$WORK/not.sh" -- ./a
check_equal "nothing is written then" "" "$(ls "$WORK/not.sh" 2>/dev/null)"

while IFS='|' read -r want words; do
    # shellcheck disable=SC2086 # words of a test
    check_exit "refused: $words" 2 "$BIN/parkit-submit" $words
    check_match "  and says why" "$want" "$(<"$WORK/err")"
done <<'END'
no scheduler is named|
'condor' is not a scheduler|condor -- ./a
no command|slurm
--nodes: 'x'|slurm -N x -- ./a
--time: '5'|slurm --time 5 -- ./a
--repeats belongs to a study|slurm -r 5 -- ./a
--submit needs the script as a file|slurm --submit -- ./a
--mpi is for srun; pbs starts|pbs --mpi pmix -- ./a
--mpi: 'a;b' has characters|slurm --mpi a;b -- ./a
--checkpoint-before: 'soon' is not a time|slurm --checkpoint-before soon -- ./a
--checkpoint-before: '60m' leaves less than a minute|slurm --time 1h --checkpoint-before 60m -- ./a
more than Slurm's 65535 seconds|slurm --time 2-00:00:00 --checkpoint-before 20h -- ./a
--checkpoint-before is for one run|slurm --study s --checkpoint-before 5m -- ./a
--threads: 'all'|slurm -t all --study s -- ./a
--name: 'a;b'|slurm --name a;b -- ./a
unknown option '--frob'|slurm --frob -- ./a
END
finish
