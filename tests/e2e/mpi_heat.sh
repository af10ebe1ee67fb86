#!/usr/bin/env bash
# heat on ranks: the field of parkit-cpu, bit for bit, at any number of ranks and threads; what the ranks send; pictures.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

# Open MPI itself leaks a little at its end.
export ASAN_OPTIONS=detect_leaks=0

# RANKSxTHREADS OPTIONS...
heat() { mpirun -n "${1%x*}" "$BIN/parkit-mpi" heat -t "${1#*x}" "${@:2}" 2>"$WORK/err" </dev/null; }

outcome() { jq -c '[.verified, .answer, .max_error, .digest]'; }

same_bits() { # SHAPES OPTIONS...
    local shape got want different=()
    want=$("$BIN/parkit-cpu" heat -t 1 "${@:2}" --json 2>/dev/null | outcome)
    for shape in $1; do
        got=$(heat "$shape" "${@:2}" --json | outcome)
        [ "$got" = "$want" ] || different+=("$shape: $got $(grep -a '^parkit-mpi: ' "$WORK/err")")
    done
    check_match "heat ${*:2}: verified by parkit-cpu" '^\[true,' "$want"
    check_equal "heat ${*:2}: the same at ranks x threads $1" "" "${different[*]:+want $want: ${different[*]}}"
}

# The busiest rank against the formula, which is of the largest block with neighbours on all sides that there are.
traffic() {
    local ranks ratio
    for ranks in 1 2 4; do
        ratio=$(heat "${ranks}x1" -n 120 --steps 11 --json | jq 'if .comm_bytes_formula == 0 then 1 + .comm_bytes else .comm_bytes / .comm_bytes_formula end')
        check_equal "the bytes sent at $ranks ranks are those of the formula" 1 "$(jq -n "$ratio * 1000 | round / 1000")"
    done
    check_equal "two ranks: 10 exchanges of a row of 120" 9600 "$(heat 2x1 -n 120 --steps 11 --json | jq '.comm_bytes | round')"
    check "phases: all ranks computed and waited" jq -e '(.phases.compute_s | length == 2 and all(. > 0)) and (.phases.wait_s | all(. >= 0))
        and .rank_grid == [2, 1]' <(heat 2x1 -n 200 --steps 20 --json)
}

pictures() {
    "$BIN/parkit-cpu" heat -n 75 --steps 9 --out "$WORK/one.ppm" >/dev/null 2>&1
    heat 6x1 -n 75 --steps 9 --out "$WORK/six.ppm" >/dev/null
    check "--out at 6 ranks: byte for byte that of parkit-cpu" cmp "$WORK/one.ppm" "$WORK/six.ppm"
    heat 2x1 -n 75 --movie "$WORK/movie" >"$WORK/out"
    check_equal "--movie: refused" 2 $?
    check_match "--movie: with a word on what to use" "--movie .*parkit-cpu heat" "$(cat "$WORK/err")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "heat on ranks" "built without MPI"
        finish
    fi
    same_bits "1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4" -n 101 --steps 23
    same_bits "2x1 6x2 13x1" -n 3 --steps 4
    same_bits "1x2 5x1" -n 1 --steps 3
    same_bits "4x1 7x1" -n 2 --steps 0
    same_bits "2x1 4x2" -n 64 --steps 30 --isa baseline --alpha 0.25
    same_bits "3x1" -n 90 --steps 5 -r 3 -w 1
    traffic
    pictures
    finish
}

main "$@"
