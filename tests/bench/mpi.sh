#!/usr/bin/env bash
# Ranks against threads at equal processors: one, all as threads of one rank, all as ranks of one thread. Rate of each
# (median of ROUNDS runs, 5), and the parallel efficiency T(1) / (p T(p)). The three take turns, so that slow moments of
# the machine fall on all. Sizes take about half a second on one processor; NAS kernels are of class B.
# Usage: BIN=build/release/bin tests/bench/mpi.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5}
RUNS=$(mktemp)
trap 'rm -f "$RUNS"' EXIT
# Open MPI refuses root unless told, and binds each rank to one core unless told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_hwloc_base_binding_policy=none

cg B
mg B
SIZES
}

main "$@"
