#!/usr/bin/env bash
# bfs end to end: every tree valid, the same depths at every thread count, direction and instruction set, the
# figures of Graph500 in the result, bad options and sizes beyond memory refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

bfs() { "$BIN/parkit-cpu" bfs "$@" 2>/dev/null; }
outcome() { bfs "$@" --json | jq -c '[.verified, .answer, .work, .digest]'; }

# The smallest, a prime, and sizes whose vertices do not fill the last word of 64
same_everywhere() {
    local scale want t isa different
    for scale in 1 2 3 5 7 12; do
        want=$(outcome -n "$scale" -m serial)
        different=()
        for t in 1 2 3 4 7; do
            [ "$(outcome -n "$scale" -t "$t")" = "$want" ] || different+=("-t $t")
        done
        for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "bfs") | .isa[]'); do
            [ "$(outcome -n "$scale" --isa "$isa" -t 2)" = "$want" ] || different+=("--isa $isa")
        done
        [ "$(outcome -n "$scale" --direction top-down -t 3)" = "$want" ] || different+=("--direction top-down")
        check_match "-n $scale: verified" '^\[true,' "$want"
        check_equal "-n $scale: the same at 1, 2, 3, 4, 7 threads, in every instruction set and direction" "" "${different[*]}"
    done
    check_equal "repeats leave the same trees" "$(outcome -n 11)" "$(outcome -n 11 -r 3 -w 1)"
}

graph500_figures() {
    bfs -n 13 -t 2 --json >"$WORK/json"
    check "64 searches in 2^13 vertices and 16 times as many edges" jq -e '.roots == 64 and .vertices == 8192 and .edges == 131072' "$WORK/json"
    check "the harmonic mean lies between the extremes" jq -e \
        '0 < .teps_min and .teps_min <= .teps_harmonic_mean and .teps_harmonic_mean <= .teps_max' "$WORK/json"
    check "no search meets more than the input" jq -e '0 < .work and .work <= 64 * .edges and .answer <= 64 * .vertices' "$WORK/json"
    check "the searches make up the run" jq -e '.seconds_per_root > 0 and .seconds_per_root * 64 <= .median_s' "$WORK/json"
    check "a graph that fits a cache has no limit by memory" jq -e '.limit == null' "$WORK/json"
    check "a larger one says how near it is" jq -e '.share_of_limit > 0 and (.limit | test("B/s"))' <(bfs -n 16 --roots 2 --json)
    check_equal "--roots 5: five searches" 5 "$(bfs -n 10 --roots 5 --json | jq .roots)"
    check_equal "--direction is recorded" top-down "$(bfs -n 8 --direction top-down --json | jq -r .direction)"
    # Nearly every search starts in the component that holds nearly all edges of such a graph.
    check "most edges are traversed" jq -e '.work > 0.9 * 64 * .edges' "$WORK/json"
}

seeds() {
    check_equal "the same seed, the same graph" "$(outcome -n 9 --seed 5)" "$(outcome -n 9 --seed 5 -t 2)"
    check "another seed, another graph" test "$(outcome -n 9 --seed 5)" != "$(outcome -n 9 --seed 6)"
}

bad_input() {
    check_exit "scale 0" 2 "$BIN/parkit-cpu" bfs -n 0
    check_exit "scale 31" 2 "$BIN/parkit-cpu" bfs -n 31
    check_exit "a direction that is none" 2 "$BIN/parkit-cpu" bfs --direction sideways
    check_match "... names those there are" 'sideways.*auto.*top-down' "$(cat "$WORK/err")"
    check_exit "no searches" 2 "$BIN/parkit-cpu" bfs --roots 0
    check_exit "more than 64 searches" 2 "$BIN/parkit-cpu" bfs --roots 65
    check_exit "a model it does not have" 2 "$BIN/parkit-cpu" bfs -m processes
    if [ "$(free -g 2>/dev/null | awk '/^Mem/ { print $2 }')" -lt 300 ]; then
        check_exit "a scale that cannot fit in memory" 3 "$BIN/parkit-cpu" bfs -n 30
        check_match "... in words" 'needs .* of memory and .* are free' "$(cat "$WORK/err")"
    else
        skip "a scale that cannot fit in memory" "there is room for every scale"
    fi
}

same_everywhere
graph500_figures
seeds
bad_input
finish
