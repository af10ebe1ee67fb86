#!/usr/bin/env bash
# Mistakes on the command line of every program: exit 2, one line on stderr that names the value and how to mend
# it, nothing on stdout. And --help and --version. A program that this build leaves out is skipped.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

PROGRAMS="parkit parkit-cpu parkit-mpi parkit-get parkit-serve parkit-run parkit-report parkit-scale parkit-compare parkit-submit"

# Rows: program | arguments as the shell reads them | exit code | what the one line on stderr must match
bad_argument_rows() {
    cat <<'ROWS'
parkit         | nothing                                | 2 | nothing
parkit         | --nothing                              | 2 | --nothing
parkit         | cpu nothing                            | 2 | nothing is not a workload
parkit         | run                                    | 2 | parkit-run: .*command

parkit-cpu     |                                        | 2 | name the workload
parkit-cpu     | nothing                                | 2 | nothing is not a workload; use one of: .*primes
parkit-cpu     | ""                                     | 2 | is not a workload
parkit-cpu     | Primes                                 | 2 | Primes is not a workload
parkit-cpu     | --nothing                              | 2 | --nothing is not an option
parkit-cpu     | -n 10                                  | 2 | name the workload
parkit-cpu     | list primes                            | 2 | .primes.
parkit-cpu     | list --nothing                         | 2 | --nothing is not an option
parkit-cpu     | primes --nothing                       | 2 | --nothing is not an option
parkit-cpu     | primes -x                              | 2 | -x is not an option
parkit-cpu     | primes 100                             | 2 | .100. is one word too many
parkit-cpu     | primes -n                              | 2 | -n needs a value
parkit-cpu     | primes --size                          | 2 | --size needs a value
parkit-cpu     | primes --json=yes                      | 2 | --json=yes takes no value
parkit-cpu     | primes -n 0                            | 2 | --size 0 .* from 1 to 1000000000000
parkit-cpu     | primes -n 1000000000001                | 2 | --size 1000000000001 .* from 1 to 1000000000000
parkit-cpu     | primes -n 2e19                         | 2 | --size 2e19 is not right
parkit-cpu     | primes -n -5                           | 2 | --size -5 is not right
parkit-cpu     | primes -n 1.5                          | 2 | --size 1.5 is not right
parkit-cpu     | primes -n 0x10                         | 2 | --size 0x10 is not right
parkit-cpu     | primes -n 1e                           | 2 | --size 1e is not right
parkit-cpu     | primes -n 64KB                         | 2 | --size 64KB is not right
parkit-cpu     | primes -n many                         | 2 | --size many is not right
parkit-cpu     | primes -n ""                           | 2 | --size .* is not right
parkit-cpu     | primes -n "1 000"                      | 2 | --size 1 000 is not right
parkit-cpu     | primes -n $'1\n2'                       | 2 | --size 1.x0A2 is not right
parkit-cpu     | primes -t 0                            | 2 | --threads 0 .* from 1
parkit-cpu     | primes -t 1e9                          | 2 | --threads 1e9 .* from 1 to
parkit-cpu     | primes -t 2 -m serial                  | 2 | --threads 2 .* serial
parkit-cpu     | primes -m serial -t 3                  | 2 | --threads 3 .* serial
parkit-cpu     | primes -m coop                         | 2 | primes does not run in model coop; use one of: serial, threads, processes, openmp
parkit-cpu     | mandelbrot -m coop                     | 2 | mandelbrot does not run in model coop
parkit-cpu     | primes -m fibers                       | 2 | --model fibers .* serial, coop, threads, processes, openmp
parkit-cpu     | primes -r 0                            | 2 | --repeats 0 .* from 1
parkit-cpu     | primes -r x                            | 2 | --repeats x is not right
parkit-cpu     | primes -w -1                           | 2 | --warmups -1 is not right
parkit-cpu     | primes --schedule fair                 | 2 | --schedule fair .* static, dynamic or guided
parkit-cpu     | primes --schedule dynamic,0            | 2 | --schedule dynamic,0 is not right
parkit-cpu     | primes --schedule static,              | 2 | --schedule static, is not right
parkit-cpu     | primes --isa neon                      | 2 | --isa neon .* baseline, avx2 or avx512
parkit-cpu     | primes --bind left                     | 2 | --bind left .* spread, compact, none
parkit-cpu     | primes --seed -1                       | 2 | --seed -1 is not right
parkit-cpu     | primes --out x.ppm                     | 2 | primes writes no file; drop --out x.ppm
parkit-cpu     | mandelbrot --out x.gif                 | 2 | --out x.gif: give a name that ends in .*ppm
parkit-cpu     | mandelbrot --out .ppm                  | 2 | --out .ppm: give a name
parkit-cpu     | mandelbrot --iterations 0              | 2 | --iterations 0 .* from 1
parkit-cpu     | fib -n 0                               | 2 | --size 0 .* from 1 to 70
parkit-cpu     | fib -n 71                              | 2 | --size 71 .* from 1 to 70
parkit-cpu     | sumsq --iterations 5                   | 2 | --iterations is not an option
parkit-cpu     | $'\e[31mred'                          | 2 | .x1B.31mred is not a workload

parkit-mpi     | nothing                                | 2 | nothing is not a workload
parkit-mpi     | primes -m serial                       | 2 | -m is not an option
parkit-mpi     | primes -n 0                            | 2 | --size 0 .* from 1
parkit-mpi     | mandelbrot --out x.gif                 | 2 | --out x.gif

parkit-get     |                                        | 2 | URL
parkit-get     | --nothing                              | 2 | --nothing is not an option
parkit-get     | -m fast http://h/a                     | 2 | --model fast .* sequential, threads, multi, multi-threads, processes
parkit-get     | --reject-type html http://h/a           | 2 | --reject-type 'html' is no media type
parkit-get     | --reject-type */html http://h/a         | 2 | --reject-type '[*]/html' is no media type
parkit-get     | --progress-bars --no-progress http://h/a | 2 | --progress-bars and --no-progress exclude
parkit-get     | -j 0 http://h/a                        | 2 | --connections 0 .* from 1 to 1024
parkit-get     | -j 1e4 http://h/a                      | 2 | --connections 1e4 .* from 1 to 1024
parkit-get     | -j                                     | 2 | -j needs a value
parkit-get     | --per-host 0 http://h/a                | 2 | --per-host 0
parkit-get     | -R -1 http://h/a                       | 2 | --retries -1
parkit-get     | --stall 0 http://h/a                   | 2 | --stall 0
parkit-get     | --timeout nan http://h/a               | 2 | --timeout nan
parkit-get     | --timeout 1s http://h/a                | 2 | --timeout 1s
parkit-get     | --limit-rate fast http://h/a           | 2 | --limit-rate fast
parkit-get     | --max-size 0x10 http://h/a             | 2 | --max-size 0x10
parkit-get     | --fsync always http://h/a              | 2 | --fsync always .* none, batch, file
parkit-get     | ftp://h/a                              | 2 | ftp
parkit-get     | no-url                                 | 2 | no-url
parkit-get     | http://                                | 2 | http://
parkit-get     | file:///etc/passwd                     | 2 | file:///etc/passwd
parkit-get     | -i "$WORK/missing.txt"                 | 2 | missing.txt
parkit-get     | -H nocolon http://h/a                  | 2 | nocolon

parkit-serve   | --nothing                              | 2 | --nothing is not an option
parkit-serve   | --port 65536                           | 2 | --port 65536
parkit-serve   | --port -1                              | 2 | --port -1
parkit-serve   | --latency soon                         | 2 | --latency soon
parkit-serve   | --size -1                              | 2 | --size -1
parkit-serve   | word                                   | 2 | word

parkit-run     |                                        | 2 | command
parkit-run     | --                                     | 2 | command
parkit-run     | --nothing -- true                      | 2 | --nothing is not an option
parkit-run     | -t 0 -- true                           | 2 | --threads 0 .* from 1
parkit-run     | -p none -- true                        | 2 | --ranks none
parkit-run     | --timeout 0 -- true                    | 2 | --timeout 0
parkit-run     | --timeout later -- true                | 2 | --timeout later
parkit-run     | --fom "(" -- true                      | 2 | --fom .\(. .*regular expression
parkit-run     | --ok "[" -- true                       | 2 | --ok .\[. .*regular expression
parkit-run     | --bind left -- true                    | 2 | --bind left .* spread, compact, none
parkit-run     | --cores 0 -- true                      | 2 | --cores 0

parkit-report  |                                        | 2 | study|STUDY|folder
parkit-report  | --nothing x                            | 2 | --nothing is not an option
parkit-report  | "$WORK/missing"                        | 3 | missing: No such file
parkit-report  | one two                                | 2 | two
parkit-report  | --format pdf "$WORK"                   | 2 | --format pdf .* text, md, csv, json, html
parkit-report  | --rule best "$WORK/good.csv"           | 2 | --rule 'best' .*eff=X
parkit-report  | --rule eff=2 "$WORK/good.csv"          | 2 | eff=2
parkit-report  | --rule eff=x "$WORK/good.csv"          | 2 | eff=x
parkit-report  | "$WORK/bad.csv"                        | 2 | bad.csv.*(line 3|3).*slow
parkit-report  | "$WORK/columns.csv"                    | 2 | columns.csv.*seconds
parkit-report  | "$WORK/empty.csv"                      | 2 | empty.csv

parkit-scale   |                                        | 2 | command|COMMAND
parkit-scale   | -t 1,2                                 | 2 | command|COMMAND
parkit-scale   | --nothing -- true                      | 2 | --nothing
parkit-scale   | -t 0 -o "$WORK/s" -- true {threads}    | 2 | --threads.* 0
parkit-scale   | -t 2-1 -o "$WORK/s" -- true {threads}  | 2 | 2-1
parkit-scale   | -t 1-8:*1 -o "$WORK/s" -- true         | 2 | 1-8:.1
parkit-scale   | -t x -o "$WORK/s" -- true              | 2 | --threads: 'x'
parkit-scale   | -p 1,,2 -o "$WORK/s" -- true           | 2 | --ranks: 
parkit-scale   | -r 0 -o "$WORK/s" -- true              | 2 | --repeats 0 .* 1 to
parkit-scale   | -w -1 -o "$WORK/s" -- true             | 2 | --warmups -1
parkit-scale   | --timeout soon -o "$WORK/s" -- true    | 2 | --timeout soon
parkit-scale   | --rule best -o "$WORK/s" -- true       | 2 | --rule 'best' .*eff=X
parkit-scale   | --strong --weak -o "$WORK/s" -- true   | 2 | --strong|--weak
parkit-scale   | --fom "(" -o "$WORK/s" -- true {threads} | 2 | --fom .\(. .*regular expression
parkit-scale   | -o                                     | 2 | -o

parkit-compare |                                        | 2 | io.*cpu.*all
parkit-compare | disk                                   | 2 | disk
parkit-compare | cpu io                                 | 2 | io
parkit-compare | cpu --nothing                          | 2 | --nothing
parkit-compare | cpu --repeats 0                        | 2 | --repeats: 0 .* 1 to
parkit-compare | cpu -t none                            | 2 | --threads: 'none'
parkit-compare | cpu --repeats                          | 2 | --repeats
parkit-compare | io --files 0                           | 2 | --files: 0 .* 1 to
parkit-compare | io --latency -1                        | 2 | --latency: '-1'

parkit-submit  |                                        | 2 | slurm.*pbs.*lsf
parkit-submit  | sge -- true                            | 2 | sge.*slurm.*pbs.*lsf
parkit-submit  | slurm                                  | 2 | command|COMMAND
parkit-submit  | slurm --nothing -- true                | 2 | --nothing
parkit-submit  | slurm --nodes 0 -- true                | 2 | --nodes: 0 .* 1 to
parkit-submit  | slurm -t many -- true                  | 2 | --threads: 'many'
parkit-submit  | slurm --time soon -- true              | 2 | --time: 'soon' .*90m
parkit-submit  | slurm --submit -- true                 | 2 | --submit
ROWS
}

# Options of the contract that each --help must mention.
declare -A HELP=(
    [parkit]="cpu mpi get serve compare scale run report submit"
    [parkit-cpu]="-n, --size -t, --threads -m, --model -r, --repeats -w, --warmups --schedule --isa --bind --seed --out --json"
    [parkit-mpi]="-n, --size -t, --threads -r, --repeats -w, --warmups --schedule --isa --bind --seed --out --json mpirun"
    [parkit-get]="-m, --model -j, --connections --per-host -d, --dir -i, -R, --retries --retry-max --connect-timeout --stall
        --timeout --limit-rate --max-size --fsync -H, --header --netrc --cacert --insecure --proxy --verify --skip-existing
        --dry-run --no-private --log --json --progress --no-progress"
    [parkit-serve]="--port --latency --size"
    [parkit-run]="-t, --threads -p, --ranks -N, --nodes --timeout --fom --ok --bind --json"
    [parkit-report]="--format --rule text md csv json html fastest eff= csc notur cheapest"
    [parkit-scale]="-t, --threads -p, --ranks -N, --nodes -n, --sizes --strong --weak -r, --repeats -w, --warmups --timeout
        -o, --study --seed --fom --ok --rule --dry-run {threads} {ranks} {nodes} {size} {rep}"
    [parkit-compare]="io cpu all --json"
    [parkit-submit]="slurm pbs lsf --nodes --ranks-per-node --threads --submit"
)

built() { [ -x "$BIN/$1" ]; }

# Open MPI itself leaks a little at its end; mpi.sh looks for leaks of ours.
call() {
    [ "$1" != parkit-mpi ] || local -x ASAN_OPTIONS=detect_leaks=0
    timeout 20 "$BIN/$1" "${@:2}"
}

# Files that the table speaks of.
bad_files() {
    printf '# a comment\nnonsense\n' >"$WORK/bad.txt"
    printf 'threads,seconds\n1,8\n2,4\n' >"$WORK/good.csv"
    printf 'threads,seconds\n1,8\n2,slow\n' >"$WORK/bad.csv"
    printf 'threads,time\n1,8\n' >"$WORK/columns.csv"
    : >"$WORK/empty.csv"
}

# One row: everything that can be wrong with it stands in one failure.
bad_row() {
    local program=$1 arguments=$2 want=$3 ere=$4 code=0 wrong=()
    eval "set -- $arguments"
    (cd "$WORK" && call "$program" "$@") >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    [ "$code" -eq "$want" ] || wrong+=("exit $code, not $want")
    [ ! -s "$WORK/out" ] || wrong+=("stdout: $(head -c 200 "$WORK/out")")
    [ "$(wc -l <"$WORK/err")" -eq 1 ] || wrong+=("$(wc -l <"$WORK/err") lines on stderr")
    grep -Eq -- "$ere" "$WORK/err" || wrong+=("no match of: $ere")
    if [ ${#wrong[@]} -eq 0 ]; then
        pass "$program $arguments"
    else
        fail "$program $arguments" "${wrong[@]}" "stderr: $(head -n 3 "$WORK/err")"
    fi
}

bad_arguments() {
    local program arguments code ere
    while IFS='|' read -r program arguments code ere; do
        program=${program%% *}
        [ -n "$program" ] || continue # an empty line between programs
        built "$program" || continue
        arguments=$(sed 's/^ *//; s/ *$//' <<<"$arguments")
        bad_row "$program" "$arguments" "${code// /}" "${ere# }"
    done < <(bad_argument_rows)
    check "no mistake made a folder" test ! -e "$WORK/s"
}

# A list is read as it is worked off, so a summary may follow the message.
bad_list() {
    built parkit-get || return
    check_exit "parkit-get -i LIST with a bad line: exit 2" 2 "$BIN/parkit-get" -d "$WORK" -i "$WORK/bad.txt"
    check_match "... named by file, number and text" "bad.txt, line 2: .*'nonsense'" "$(head -n 1 "$WORK/err")"
}

help_and_version() {
    local program=$1 word help lacks=()
    check_exit "$program --help: exit 0" 0 call "$program" --help
    check_equal "$program --help: nothing on stderr" "" "$(cat "$WORK/err")"
    help=$(cat "$WORK/out")
    check_match "$program --help: begins with the usage" "^Usage: " "$help"
    for word in ${HELP[$program]}; do [[ $help == *"${word%,}"* ]] || lacks+=("$word"); done
    check_equal "$program --help: has every option of the contract" "" "${lacks[*]}"
    check_exit "$program --version: exit 0" 0 call "$program" --version
    check_match "$program --version: name and number" "^$program [0-9]+\.[0-9]+\.[0-9]+$" "$(cat "$WORK/out")"
}

main() {
    local program
    bad_files
    bad_arguments
    bad_list
    for program in $PROGRAMS; do
        if built "$program"; then help_and_version "$program"; else skip "$program" "not in this build"; fi
    done
    for workload in sumsq fib race primes mandelbrot; do
        check_exit "parkit-cpu $workload --help" 0 "$BIN/parkit-cpu" "$workload" --help
    done
    check_equal "all programs are of one version" 1 \
        "$(for program in $PROGRAMS; do built "$program" && call "$program" --version | cut -d' ' -f2; done | sort -u | wc -l)"
    finish
}

main "$@"
