#!/usr/bin/env bash
# parkit-mpi finds what one rank of many gets wrong in workloads whose state is spread over the ranks.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

BUILD=$(dirname "$BIN")
export ASAN_OPTIONS=detect_leaks=0 # Open MPI itself leaks a little at its end


build_spoilt() {
    local flags=()
    ! has_asan || flags=("-fsanitize=address,undefined")
    # shellcheck disable=SC2046 # pkg-config prints several words
    mpicc -std=gnu11 -D_GNU_SOURCE -I"$ROOT" "${flags[@]}" -fopenmp -Wl,--wrap=is_count,--wrap=ft_exchange_meet \
        -Wl,--wrap=sorter_finish,--wrap=matmul_block_slice,--wrap=cg_system_create,--wrap=mg_cycles $(pkg-config --cflags jansson) "$TESTS/e2e/mpi_spoilt.c" "$TESTS/e2e/mpi_nodes.c" \
        "$BUILD/libmpi.a" "$BUILD/libcpu.a" "$BUILD/libcommon.a" -o "$WORK/spoilt" $(pkg-config --libs hwloc jansson libcrypto) $(pkg-config --libs libpng 2>/dev/null) -lpthread -lm
}

spoilt() { # SPOIL WORKLOAD OPTIONS...
    SPOIL=$1 mpirun -n 3 "$WORK/spoilt" "${@:2}" -t 2 --json </dev/null
}

finds_wrong() { # NAME WHY-ERE SPOIL WORKLOAD OPTIONS...
    check_exit "$1: exit" 1 spoilt "${@:3}"
    check_match "$1: said" "WRONG ANSWER: $2" "$(cat "$WORK/err")"
    check_equal "$1: no rate" "false null" "$(jq -r '"\(.verified) \(.rate)"' "$WORK/out")"
}

outcome() { jq -c '[.verified, .digest]'; }

overflow() { # SPOIL NODE_RANKS: so many ranks to a computer
    check_equal "is: counts that overflow ($1, $2 ranks to a computer) reach their ranks" \
        "$("$BIN/parkit-cpu" is -c S --json 2>/dev/null | outcome)" "$(NODE_RANKS=$2 spoilt "$1" is -c S 2>/dev/null | outcome)"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    check "a parkit-mpi of which rank 1 may spoil its part" build_spoilt
    finds_wrong "is: a key counted as another" "[0-9]+ of 50 tests passed|keys put where their ranks say" count is -c S
    finds_wrong "ft: a wrong value on its way" "checksum 1 is .*, published is" chunk ft -c S
    finds_wrong "sort: a key that is too low for its rank" "record 3335, key 0+, is less than the one before" low sort -n 10007
    finds_wrong "sort: a key that is not of the input" "the keys are not those of the input" high sort -n 10007
    finds_wrong "sort: a payload that is another's" "record 3335, key [0-9a-f]+, does not have the payload of its key" payload sort -n 10007 --payload
    finds_wrong "matmul: a wrong entry" "C x is not A .B x." entry matmul -n 400
    finds_wrong "cg: a wrong entry of the matrix" "zeta is .*, not 8.5971775" tile cg -c S
    finds_wrong "mg: a wrong value of u" "the norm of the residual is .*, not 5.30" point mg -c S
    overflow carry 3
    overflow carry 1
    overflow joint 2
    finish
}

main "$@"
