# shellcheck shell=bash
# A workload on ranks beside parkit-cpu, for tests/e2e/mpi_WORKLOAD.sh; source after lib.sh.

WORKLOAD=${SUITE#mpi_}
export ASAN_OPTIONS=detect_leaks=0 # Open MPI itself leaks a little at its end

mpi() { mpirun -n "$1" "$BIN/parkit-mpi" "$WORKLOAD" "${@:2}" --json 2>"$WORK/err" </dev/null; }
outcome() { jq -c '[.verified, .digest, .answer]'; } # a suite may look at more

as_one() { # RANKSxTHREADS... -- OPTIONS...
    local shapes=() shape want got different=()
    while [ "$1" != -- ]; do
        shapes+=("$1")
        shift
    done
    shift
    want=$("$BIN/parkit-cpu" "$WORKLOAD" "$@" -t 1 --json 2>/dev/null | outcome)
    for shape in "${shapes[@]}"; do
        got=$(mpi "${shape%x*}" "$@" -t "${shape#*x}" | outcome)
        [ "$got" = "$want" ] || different+=("$shape: $got $(tail -n 2 "$WORK/err")")
    done
    check_match "$WORKLOAD $*: verified by parkit-cpu" '^\[true,' "$want"
    check_equal "$WORKLOAD $*: the same at ranks x threads ${shapes[*]}" "" "${different[*]:+want $want: ${different[*]}}"
}

# $WORK/nodes: parkit-mpi, but with NODE_RANKS ranks to a computer.
build_nodes() { # FLAGS of the linker...
    local flags=() build
    build=$(dirname "$BIN")
    ! has_asan || flags=("-fsanitize=address,undefined")
    flags+=("$@")
    # shellcheck disable=SC2046 # pkg-config prints several words
    mpicc -std=gnu11 -D_GNU_SOURCE -I"$ROOT" "${flags[@]}" -fopenmp $(pkg-config --cflags jansson) "$TESTS/e2e/mpi_nodes.c" "$ROOT/mpi/mpi_main.c" \
        "$build/libmpi.a" "$build/libcpu.a" "$build/libcommon.a" -o "$WORK/nodes" $(pkg-config --libs hwloc jansson libcrypto) $(pkg-config --libs libpng 2>/dev/null) -lpthread -lm
}

# Ranks that hide from each other, as containers do, each in a PID namespace of its own: they cannot share memory. (Open MPI
# itself names files by the PID, so its own shared memory is left out.)
hidden() { # RANKS OPTIONS...
    local want
    if ! unshare --map-current-user --pid --fork --mount-proc true 2>/dev/null; then
        skip "$WORKLOAD: ranks in PID namespaces of their own" "PID namespaces are closed here"
        return
    fi
    want=$("$BIN/parkit-cpu" "$WORKLOAD" "${@:2}" --json 2>/dev/null | outcome)
    mpirun -n "$1" --mca pml ob1 --mca btl tcp,self --mca osc ^rdma,sm unshare --map-current-user --pid --fork --mount-proc \
        "$BIN/parkit-mpi" "$WORKLOAD" "${@:2}" -t 1 --json >"$WORK/json" 2>"$WORK/err" </dev/null
    check_equal "$WORKLOAD ${*:2}: $1 ranks in PID namespaces of their own" "$want" "$(outcome <"$WORK/json")"
}
