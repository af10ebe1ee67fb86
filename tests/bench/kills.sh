#!/usr/bin/env bash
# Fifty times kill -9 at random moments of a study: tests/bench/kills.sh [SEED] (default: 1)
: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
KILLS=${KILLS:-50} SEED=${1:-1} exec bash "$(dirname "$0")/../e2e/kills.sh"
