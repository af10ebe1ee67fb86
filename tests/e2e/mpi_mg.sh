#!/usr/bin/env bash
# mg on ranks: the published norms and the bits of parkit-cpu at any number of ranks and threads, in blocks of one, two and
# three dimensions; what the ranks send; refusals.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .answer, .first_norm, .digest]'; }

# blocks CLASS BLOCKS... - blocks along i, j and l as given, and ranks for them
blocks() {
    local class=$1 shape want different=()
    want=$("$BIN/parkit-cpu" mg -c "$class" -t 1 --json 2>/dev/null | outcome)
    for shape in "${@:2}"; do
        [ "$(mpi $((${shape//x/*})) -c "$class" -t 1 --blocks "$shape" | outcome)" = "$want" ] || different+=("$shape")
    done
    check_equal "class $class: the same in blocks ${*:2}" "" "${different[*]}"
}

# Where the blocks are equal the busiest rank sends what the formula says, else a little more.
traffic() {
    local ranks before=0 sent
    for ranks in 2 4 8 16; do
        check "the bytes sent at $ranks ranks are those of the formula" jq -e \
            '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.001' <(mpi "$ranks" -c W -t 1)
    done
    check "the bytes sent at 3 ranks are near those of the formula" jq -e \
        '(.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.01' <(mpi 3 -c W -t 1)
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -c S -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
    # 3 exchanges of 7 planes of 32 lines of 32 and a gap of 8, 4 all-gathers of half of 16^3
    check_equal "class S on two ranks, counted by hand" $((8 * (3 * 7 * 32 * 40 + 4 * 16 ** 3 / 2))) \
        "$(mpi 2 -c S -t 1 | jq '.comm_bytes | floor')"
    for ranks in 4 8 16; do
        sent=$(mpi "$ranks" -c W -t 1 | jq '.comm_bytes | floor')
        [ "$before" -eq 0 ] || check "$ranks ranks: each sends less than half as many do" [ "$sent" -lt "$before" ]
        before=$sent
    done
    check "phases: all ranks computed, spoke and waited" jq -e '.phases
        | all(.compute_s, .communicate_s, .wait_s; length == 2 and all(. > 0))' <(mpi 2 -c W -t 1)
}

refusals() {
    local wrong
    for wrong in 2x2 1x1x9 0x1x1 9x1x1 2x2x2x2 axbxc 1x1x3; do
        mpi 2 -c W -t 1 --blocks "$wrong" >"$WORK/out"
        check_equal "--blocks $wrong: refused" 2 $?
        check_match "... with what would be right" "--blocks $wrong: give three counts, .* up to 8x16x16 .* at most the 2 ranks" \
            "$(cat "$WORK/err")"
    done
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "mg on ranks" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -c S
    as_one 2x1 3x1 5x1 8x1 13x1 2x2 3x2 -- -c W
    as_one 3x1 2x2 -- -c W --isa baseline
    blocks S 2x1x1 2x2x2
    blocks W 2x1x1 1x2x1 3x2x1 2x2x2 1x3x3 8x1x1
    check_equal "three runs: as one" "$(mpi 3 -c S -t 1 | outcome)" "$(mpi 3 -c S -t 1 -r 3 -w 1 | outcome)"
    check_equal "ranks without a block: 5 of class S stand in 4" "[[1,1,4],true]" "$(mpi 5 -c S -t 1 | jq -c '[.rank_grid, .verified]')"
    traffic
    refusals
    finish
}

main "$@"
