#!/usr/bin/env bash
# nbody on ranks: the orbits of parkit-cpu, bit for bit, at any number of ranks and threads; what the ranks send.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .answer, .energy_change, .digest]'; }

# The busiest rank has up to one block more than the formula's even share.
traffic() {
    local ranks
    for ranks in 2 4 8; do
        check "the bytes sent at $ranks ranks follow the formula" jq -e '.comm_bytes / .comm_bytes_formula | . > 0.9 and . < 1.1' \
            <(mpi "$ranks" -t 1 -n 4096 --steps 1)
    done
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -t 1 -n 600 --steps 1 | jq -r '"\(.comm_bytes | round) \(.comm_bytes_formula | round)"')"
    check "phases: all ranks computed and waited" jq -e '(.phases.compute_s | length == 2 and all(. > 0)) and (.phases.wait_s | all(. >= 0))
        and .ring_ranks == 2' <(mpi 2 -t 1 -n 600 --steps 1)
}

# Of 600 bodies there are 5 blocks and 15 pairs of blocks: more ranks than blocks help, more than pairs look on. 32 blocks are the most.
helpers() {
    as_one 6x1 8x2 15x1 17x1 -- -n 600 --steps 3
    as_one 40x1 -- -n 4096 --steps 1
    as_one 7x1 -- -n 513 --steps 2 --isa baseline -r 2
    check_equal "17 ranks: owners and helpers" "5 10" "$(mpi 17 -t 1 -n 600 --steps 1 | jq -r '"\(.ring_ranks) \(.helper_ranks)"')"
    check "40 ranks: all of them compute, and what they send follows the formula" jq -e '.ring_ranks + .helper_ranks == 40
        and (.phases.compute_s | all(. > 0)) and (.comm_bytes / .comm_bytes_formula | . > 0.8 and . < 1.15)' \
        <(mpi 40 -t 1 -n 4096 --steps 1)
    check_equal "a restart of 2 ranks' checkpoint by 9" "$("$BIN/parkit-cpu" nbody -n 600 --steps 6 -t 1 --json 2>/dev/null | jq .digest)" \
        "$(mpi 2 -t 1 -n 600 --steps 5 --checkpoint "$WORK/ck" --every 3 >/dev/null && mpi 9 -t 1 -n 600 --steps 6 --restart "$WORK/ck" | jq .digest)"
}

refusals() {
    mpi 2 -t 1 -n 100 --kernel reference >"$WORK/out"
    check_equal "--kernel reference: refused" 2 $?
    check_match "--kernel reference: with a word on what to use" "--kernel reference .*parkit-cpu nbody" "$(cat "$WORK/err")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "nbody on ranks" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 1999 --steps 3
    as_one 2x1 5x2 -- -n 1 --steps 2
    as_one 2x1 3x1 -- -n 2 --steps 2
    as_one 3x1 4x1 -- -n 129 --steps 5
    as_one 3x2 -- -n 600 --steps 2 --isa baseline --seed 7 -r 3 -w 1
    traffic
    helpers
    refusals
    finish
}

main "$@"
