#!/usr/bin/env bash
# Are the intervals of parkit-report true, and its recommendations right? STUDIES (1000) synthetic studies of each kind with
# known law and noise: how often the 95 % intervals of median, speed-up and sigma contain the truth (93 to 97 % is right), and
# how often the recommended count is the right one. The seeds are fixed. Some 45 s on one core.
# Usage: BIN=build/release/bin tests/bench/coverage.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
BUILD=$(cd "$BIN/.." && pwd)
ROOT=$(cd "$(dirname "$0")/../.." && pwd)

make -s -C "$ROOT" VARIANT="$(basename "$BUILD")" "build/$(basename "$BUILD")/tests/coverage_test" >&2
PARKIT_COVERAGE_STUDIES=${STUDIES:-1000} "$BUILD/tests/coverage_test" | grep -E '^  +[0-9a-z]|passed'
