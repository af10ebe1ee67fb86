#!/usr/bin/env bash
# Three hundred times kill -9 at random moments of downloads: tests/bench/get_kills.sh [SEED] (default: 1)
: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
KILLS=${KILLS:-300} SEED=${1:-1} exec bash "$(dirname "$0")/../e2e/get_kills.sh"
