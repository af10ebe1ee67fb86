#!/usr/bin/env bash
# `make demo`: what the kit is for, shown on this machine in about two minutes.
# shellcheck source=parkit-lib.sh
. "$(dirname "$(readlink -f "$0")")/parkit-lib.sh"

# shellcheck disable=SC2034 # read by print_help
USAGE='demo.sh [DIR]'
# shellcheck disable=SC2034
SUMMARY='Compare the concurrency models on this machine and make a scaling study, in about two minutes.
The studies and their reports go below DIR (default: build/demo), where earlier ones are replaced.'
OPTIONS=()
# shellcheck disable=SC2034
EXAMPLES='  scripts/demo.sh build/demo'

# heading TEXT - a step of the demonstration
heading() { printf '\n=== %s ===\n\n' "$*"; }

# show TEXT COMMAND... - say what follows, show the command, run it
show() {
    printf '%s\n\n  $ ' "$1"
    shell_words "${@:2}"
    echo
    "${@:2}"
}

compare_models() {
    heading '1. Which concurrency model suits which work?'
    show 'Downloads wait; computing does not. Every model does the same work, and everything is measured.' \
        parkit-compare all
}

# 5e9: a second or two on one core, so that starting the program does not weigh in.
scale_threads() {
    heading '2. How far does it scale?'
    show 'Counting the primes below 5,000,000,000 on one core and on more, in shuffled order.' \
        parkit-scale -t all -r 5 -o "$folder/threads" -- parkit-cpu primes -n 5e9 -t '{threads}'
}

scale_ranks() {
    heading '3. The same over MPI ranks'
    if ! command -v parkit-mpi >/dev/null || ! command -v mpirun >/dev/null; then
        echo "Left out: Open MPI is not on this machine."
        return
    fi
    show 'The same kernels, the same answer, in processes that share no memory: on one machine or on many.' \
        parkit-scale -p all -r 3 -o "$folder/ranks" -- mpirun -n '{ranks}' parkit-mpi primes -n 5e9 -t 1
}

main() {
    local study
    parse_options "$@"
    [ ${#rest[@]} -le 1 ] || usage_error "one folder at most, but '${rest[*]}' is given"
    folder=${rest[0]:-$(readlink -m "$HERE/../build/demo")}
    mkdir -p "$folder" || die "$EXIT_MISSING" "the folder '$folder' cannot be made; give another"
    for study in threads ranks; do
        [ ! -e "$folder/$study/plan.json" ] || rm -rf "${folder:?}/$study"
    done
    echo "parkit $(kit_version) on $(uname -n): $(cores) cores"
    compare_models
    scale_threads
    scale_ranks
    heading 'Now look'
    echo "Open in a browser: $folder/threads/report.html"
    [ ! -e "$folder/ranks/report.html" ] || echo "                   $folder/ranks/report.html"
    echo "All commands:      $BIN/parkit"
}

main "$@"
