#!/usr/bin/env bash
# A hundred runs with checkpoints killed at random moments: tests/bench/checkpoints.sh [SEED] (default: 1)
: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
KILLS=${KILLS:-100} SEED=${1:-1} exec bash "$(dirname "$0")/../e2e/mpi_kills.sh"
