#!/usr/bin/env bash
# bfs on ranks: valid trees of the depths of parkit-cpu at any number of ranks and threads, from the same search keys; both
# directions; what the ranks send, below the formula's bound; memory that falls with the ranks.
# shellcheck disable=SC2016 # jq has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .digest, .answer, .work, .roots]'; }

traffic() {
    local ranks
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -n 8 -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
    for ranks in 2 4 8 16; do
        mpi "$ranks" -n 14 -t 1 --roots 8 >"$WORK/json"
        check "bytes sent by $ranks ranks: below the bound by bitmaps" jq -e '0 < .comm_bytes and .comm_bytes < .comm_bytes_formula' "$WORK/json"
    done
    check "phases: all ranks computed, talked and waited" jq -e '.phases | [.compute_s, .communicate_s, .wait_s] | all(length == 16 and all(. > 0))' "$WORK/json"
    check "the searches make up the run" jq -e '.seconds_per_root > 0 and .seconds_per_root * .roots < 2 * .median_s' "$WORK/json"
}

# A graph that does not fit is refused with what the ranks of a computer need together: with more ranks hardly more.
memory() {
    local ranks needs=()
    if [ "$(free -g 2>/dev/null | awk '/^Mem/ { print $2 }')" -ge 600 ]; then
        skip "a scale that cannot fit in memory" "there is room for it"
        return
    fi
    for ranks in 1 4; do
        mpi "$ranks" -n 30 -t 1 >"$WORK/out"
        check_equal "scale 30 on $ranks ranks: refused" 3 $?
        needs+=("$(grep -oE 'needs [0-9.]+' "$WORK/err" | cut -d' ' -f2)")
    done
    check "four ranks need at most a tenth more than one: ${needs[*]}" jq -ne --argjson one "${needs[0]:-0}" \
        --argjson four "${needs[1]:-1}" '$four < 1.1 * $one'
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "bfs on ranks" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 12 --roots 20
    as_one 1x2 2x1 3x2 5x1 -- -n 13 --direction top-down --roots 5
    as_one 2x1 3x1 13x1 -- -n 1
    as_one 2x2 7x1 -- -n 3
    as_one 5x1 13x1 -- -n 6 --seed 5 --roots 9
    as_one 3x1 2x2 -- -n 10 --isa baseline --roots 3 -r 2 -w 1
    traffic
    memory
    check_exit "scale 31: refused" 2 mpirun -n 2 "$BIN/parkit-mpi" bfs -n 31
    finish
}

main "$@"
