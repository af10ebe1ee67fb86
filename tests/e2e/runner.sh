#!/usr/bin/env bash
# The test runner itself: what it must count as failed, and its last line. Made-up suites in a copy of its tree.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

# A suite for the tree of the test: stand_in unit|e2e NAME SHELL-TEXT
stand_in() {
    case $1 in
        unit)
            touch "$tree/tests/unit/$2_test.c"
            printf '#!/bin/sh\n%s\n' "$3" >"$tree/build/tests/$2_test"
            chmod +x "$tree/build/tests/$2_test"
            ;;
        e2e) printf '%s\n' "$3" >"$tree/tests/e2e/$2.sh" ;;
    esac
}

# A fresh tree with the runner and nothing to run.
fresh() {
    tree=$(mktemp -d "$WORK/tree.XXXXXX")
    mkdir -p "$tree/tests/unit" "$tree/tests/e2e" "$tree/build/tests" "$tree/build/bin"
    cp "$TESTS/run.sh" "$tree/tests/run.sh"
}

# expect NAME CODE LAST-LINE ERE [SUITE ...]: run it; exit code, the last line exactly, the output matches.
expect() {
    local name=$1 code=$2 last=$3 ere=$4
    shift 4
    check_exit "$name: exit $code" "$code" env TIME_LIMIT_S=2 bash "$tree/tests/run.sh" "$tree/build" "$@"
    check_equal "$name: last line" "$last" "$(tail -n 1 "$WORK/out")"
    check_match "$name: output" "$ere" "$(cat "$WORK/out")"
}

good='echo "good: 3 passed, 0 failed, 0 skipped"'

fresh
expect "nothing to run is a failure" 1 "0 passed, 0 failed" "no test ran"

fresh
stand_in unit good "$good"
stand_in e2e cpu 'echo "hidden line"; echo "cpu: 4 passed, 0 failed, 0 skipped"'
expect "counts add up" 0 "7 passed, 0 failed" "ok    unit/good .*ok    e2e/cpu"
check_equal "the output of a suite that passes stays in its log" "" "$(grep hidden "$WORK/out")"
check_match "the log keeps it" "hidden line" "$(cat "$tree/build/tests/logs/e2e-cpu.log")"
expect "only the suites that are named" 0 "4 passed, 0 failed" "ok    e2e/cpu" cpu
check_equal "the other does not run" "" "$(grep good "$WORK/out")"

fresh
stand_in unit good "$good"
stand_in unit bad 'echo "  FAIL  two and two"; echo "bad: 1 passed, 2 failed, 0 skipped"; exit 1'
expect "a failing suite shows its output" 1 "4 passed, 2 failed" "FAIL  two and two"

fresh
stand_in unit good "$good"
stand_in unit crash 'echo "half way"; kill -SEGV $$'
expect "a crash is one failure" 1 "3 passed, 1 failed" "half way.*FAIL  unit/crash .*exit 139 without a closing line"

fresh
stand_in unit leak "$good; exit 1"
expect "a non-zero exit after good tests is a failure" 1 "3 passed, 1 failed" "exit 1 although no test failed"

fresh
stand_in e2e silent 'exit 0'
expect "no closing line is a failure" 1 "0 passed, 1 failed" "exit 0 without a closing line"

fresh
stand_in e2e liar 'echo "liar: 0 passed, 1 failed, 0 skipped"; exit 0'
expect "failures count whatever the exit code" 1 "0 passed, 1 failed" "FAIL  e2e/liar"

fresh
stand_in unit good "$good"
stand_in e2e hang 'sleep 60'
expect "a hang is a failure" 1 "3 passed, 1 failed" "did not end within 2 s"

fresh
stand_in e2e some 'echo "  skip  gpu: none here"; echo "some: 1 passed, 0 failed, 1 skipped"'
touch "$tree/tests/unit/gone_test.c"
expect "skips are told with their reasons" 0 "1 passed, 0 failed, 2 skipped" \
    "skip  unit/gone: left out of this build.*skip  e2e/some: gpu: none here"

check_exit "a build that is not there: exit 2" 2 bash "$TESTS/run.sh" "$WORK/missing"
check_match "a build that is not there: message" "missing' is not a folder" "$(cat "$WORK/err")"

finish
