#!/usr/bin/env bash
# Run the test suites against one build: tests/run.sh BUILD [SUITE ...]
#
#   BUILD  folder of a variant, for example build/release
#   SUITE  only these, by name: stats cpu
#
# A suite is a unit test program (tests/unit/NAME_test.c, built as BUILD/tests/NAME_test) or an end-to-end
# script (tests/e2e/NAME.sh, run with BIN=BUILD/bin). Each ends with "NAME: N passed, N failed, N skipped";
# one that does not, or that exits non-zero although nothing failed, counts as one failure more.
# Full output: BUILD/tests/logs/KIND-NAME.log. The last line is "N passed, N failed", with ", N skipped" if any
# were. Exit 1 if a test failed or none ran.
# TIME_LIMIT_S: seconds after which a suite counts as hung (default 300; twice that where sanitizers slow it).
set -uo pipefail
shopt -s nullglob

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PASSED=0 FAILED=0 SKIPPED=0
SKIPS=()

add() { PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3)); }

# What went wrong beside the tests that failed, from the exit code of the suite and its closing line.
trouble() {
    local code=$1 closing=$2 failed=$3
    case $code in
        124 | 137) echo "did not end within $LIMIT s" ;;
        *)
            if [ -z "$closing" ]; then
                echo "exit $code without a closing line"
            elif [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
                echo "exit $code although no test failed"
            fi
            ;;
    esac
}

# Run one suite; one line if it passes, its whole output if it does not.
suite() {
    local name=$1 code=0 closing why passed=0 failed=0 skipped=0 start=$SECONDS log=$LOGS/${1/\//-}.log
    shift
    timeout -k 10 "$LIMIT" "$@" >"$log" 2>&1 </dev/null || code=$?
    closing=$(grep -aE '^[^ ]+: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
    [ -z "$closing" ] || read -r _ passed _ failed _ skipped _ <<<"$closing"
    why=$(trouble "$code" "$closing" "$failed")
    [ -z "$why" ] || failed=$((failed + 1))
    add "$passed" "$failed" "$skipped"
    while IFS= read -r line; do SKIPS+=("$name: ${line#  skip  }"); done < <(grep -a '^  skip  ' "$log")
    if [ "$failed" -eq 0 ]; then
        printf '  ok    %-16s %4d passed %s(%d s)\n' "$name" "$passed" \
            "$([ "$skipped" -eq 0 ] || echo "$skipped skipped ")" $((SECONDS - start))
    else
        sed 's/^/    | /' "$log"
        printf '  FAIL  %-16s %4d failed %s\n' "$name" "$failed" "${why:+($why)}"
    fi
}

wanted() { [ ${#ONLY[@]} -eq 0 ] || [[ " ${ONLY[*]} " == *" $1 "* ]]; }

unit_suites() {
    local source name
    for source in "$TESTS"/unit/*_test.c; do
        name=$(basename "$source" .c)
        wanted "${name%_test}" || continue
        if [ -x "$BUILD/tests/$name" ]; then
            suite "unit/${name%_test}" "$BUILD/tests/$name"
        else
            add 0 0 1
            SKIPS+=("unit/${name%_test}: left out of this build")
        fi
    done
}

e2e_suites() {
    local script name
    for script in "$TESTS"/e2e/*.sh; do
        name=$(basename "$script" .sh)
        wanted "$name" || continue
        BIN=$BUILD/bin suite "e2e/$name" bash "$script"
    done
}

main() {
    if [ $# -eq 0 ] || [ ! -d "$1" ]; then
        echo "run.sh: '${1-}' is not a folder; give the build to test, for example build/release" >&2
        exit 2
    fi
    BUILD=$(cd "$1" && pwd)
    shift
    ONLY=("$@")
    LOGS=$BUILD/tests/logs
    LIMIT=${TIME_LIMIT_S:-$(case $BUILD in */asan | */tsan) echo 600 ;; *) echo 300 ;; esac)}
    mkdir -p "$LOGS" || exit 3
    export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}

    unit_suites
    e2e_suites

    [ ${#SKIPS[@]} -eq 0 ] || printf '  skip  %s\n' "${SKIPS[@]}"
    [ $((PASSED + FAILED)) -gt 0 ] || echo "no test ran"
    [ "$FAILED" -eq 0 ] || echo "full output: $LOGS"
    if [ "$SKIPPED" -eq 0 ]; then
        echo "$PASSED passed, $FAILED failed"
    else
        echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
    fi
    [ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}

main "$@"
