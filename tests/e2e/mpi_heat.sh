#!/usr/bin/env bash
# heat on ranks: the field of parkit-cpu, bit for bit, at any number of ranks and threads; what the ranks send; fields as files.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .answer, .max_error, .digest]'; }

# The busiest rank against the formula, which is of the largest block with neighbours on all sides that there are; and by hand.
traffic() {
    local ranks tile ratio
    for ranks in 1 2 4 8 16; do
        for tile in 1 5; do
            ratio=$(mpi "$ranks" -t 1 -n 128 --steps 11 --tile "$tile" |
                jq 'if .comm_bytes_formula == 0 then 1 + .comm_bytes else .comm_bytes / .comm_bytes_formula end')
            check_equal "the bytes sent at $ranks ranks, --tile $tile, are those of the formula" 1 "$(jq -n "$ratio * 1000 | round / 1000")"
        done
    done
    check_equal "two ranks, a step at a time: 10 exchanges of a row of 120" 9600 \
        "$(mpi 2 -t 1 -n 120 --steps 11 --tile 1 | jq '.comm_bytes | round')"
    check_equal "two ranks, passes of 3, 4 and 4 steps: two exchanges of 4 rows" 7680 \
        "$(mpi 2 -t 1 -n 120 --steps 11 --tile 4 | jq '.comm_bytes | round')"
    # 3 x 3 blocks of 40 x 40: the middle one sends 4 rims of 40 and 4 corners, 4 deep, twice
    check_equal "nine ranks: rims and corners" 11264 "$(mpi 9 -t 1 -n 120 --steps 11 --tile 4 | jq '.comm_bytes | round')"
    check_equal "blocks of 10 x 10 hold halos of 5 points at most" 5 "$(mpi 9 -t 1 -n 30 --steps 11 | jq .halo_depth)"
    check "phases: all ranks computed and waited" jq -e '(.phases.compute_s | length == 2 and all(. > 0)) and (.phases.wait_s | all(. >= 0))
        and .rank_grid == [2, 1]' <(mpi 2 -t 1 -n 200 --steps 20)
}

fields() {
    local ranks
    "$BIN/parkit-cpu" heat -n 75 --steps 9 --out "$WORK/one.npy" >/dev/null 2>&1
    for ranks in 1 2 3 6; do
        rm -f "$WORK/some.npy"
        mpi $ranks -t 1 -n 75 --steps 9 --out "$WORK/some.npy" >/dev/null
        check "a field written by $ranks ranks: byte for byte that of parkit-cpu" cmp "$WORK/one.npy" "$WORK/some.npy"
    done
    check_equal "... and nothing else is left" "" "$(find "$WORK" -name '*.part*')"
    mpi 2 -t 1 -n 75 --steps 9 --out "$WORK/none/some.npy" >/dev/null
    check_equal "a field where no file can be: exit" 3 $?
    mpi 2 -t 1 -n 75 --movie "$WORK/movie" >"$WORK/out"
    check_equal "--movie: refused" 2 $?
    check_match "--movie: with a word on what to use" "--movie .*parkit-cpu heat" "$(cat "$WORK/err")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "heat on ranks" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 101 --steps 23
    as_one 2x1 6x2 13x1 -- -n 3 --steps 4
    as_one 1x2 5x1 -- -n 1 --steps 3
    as_one 4x1 7x1 -- -n 2 --steps 0
    as_one 2x1 9x1 3x2 -- -n 101 --steps 200 --tile 7
    as_one 4x1 2x2 -- -n 300 --steps 120
    as_one 2x1 4x2 -- -n 64 --steps 30 --isa baseline --alpha 0.25
    as_one 3x1 -- -n 90 --steps 5 -r 3 -w 1
    traffic
    fields
    finish
}

main "$@"
