# shellcheck shell=bash
# What every end-to-end test shares. Source it first, call the checks, end with `finish`.
#   check NAME COMMAND...         passes if COMMAND exits 0
#   check_exit NAME CODE COMMAND... passes if COMMAND exits with CODE
#   check_equal NAME WANT GOT     passes if both strings are equal
#   check_match NAME ERE TEXT     passes if TEXT matches the extended regular expression
#   skip NAME WHY                 counts as skipped: something the machine lacks
# Output of the last command stands in $WORK/out and $WORK/err. $WORK (and $SHM, in memory) is removed at the end.
# Servers: start them in the background and pass their process id to `at_end_kill`.
set -uo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BIN=$(cd "$BIN" && pwd)
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$TESTS")
SUITE=$(basename "$0" .sh)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/parkit-$SUITE.XXXXXX")
PASSED=0 FAILED=0 SKIPPED=0
PIDS_TO_END=()
export BIN TESTS ROOT WORK

# Open MPI: root is refused unless told; more ranks than cores must be allowed; no network needed.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_base_warn_component_unused=0
# What a killed job leaves behind of Open MPI's is removed with what else was ours. Tests that become another user write there, too.
SHM=$(mktemp -d "/dev/shm/parkit-$SUITE.XXXXXX" 2>/dev/null) && chmod 1777 "$SHM" || SHM=$WORK
export OMPI_MCA_orte_tmpdir_base=$SHM OMPI_MCA_btl_vader_backing_directory=$SHM
export OMPI_MCA_osc_sm_backing_directory=$SHM OMPI_MCA_osc_rdma_backing_directory=$SHM

at_end_kill() { PIDS_TO_END+=("$@"); }

remove_files() { rm -rf "$WORK" "$SHM"; }

cleanup() {
    local pid
    for pid in "${PIDS_TO_END[@]:+${PIDS_TO_END[@]}}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    remove_files
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

pass() { PASSED=$((PASSED + 1)); echo "  ok    $1"; }
fail() {
    FAILED=$((FAILED + 1))
    echo "  FAIL  $1"
    [ $# -lt 2 ] || printf '        %s\n' "${@:2}"
}
skip() { SKIPPED=$((SKIPPED + 1)); echo "  skip  $1: $2"; }

tails() { tail -n 5 "$WORK/out" "$WORK/err" 2>/dev/null | sed 's/^/        /'; }

check() {
    local name=$1 code=0
    shift
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    if [ "$code" -eq 0 ]; then pass "$name"; else fail "$name" "exit $code: $*"; tails; fi
}

check_exit() {
    local name=$1 want=$2 code=0
    shift 2
    "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    if [ "$code" -eq "$want" ]; then pass "$name"; else fail "$name" "exit $code, not $want: $*"; tails; fi
}

check_equal() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "want: $2" "got:  $3"; fi; }

check_match() { if [[ $3 =~ $2 ]]; then pass "$1"; else fail "$1" "want a match of: $2" "got: $3"; fi; }

# has_asan - whether the programs are built with AddressSanitizer: its shadow memory goes with no limit of memory
has_asan() { nm -D "$BIN/parkit-run" 2>/dev/null | grep __asan_init >/dev/null; }

finish() {
    echo "$SUITE: $PASSED passed, $FAILED failed, $SKIPPED skipped"
    [ "$FAILED" -eq 0 ]
    exit
}
