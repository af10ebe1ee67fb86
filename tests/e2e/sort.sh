#!/usr/bin/env bash
# sort end to end: every distribution verified with and without payload, one digest at every thread count and
# instruction set, known keys, sizes beyond memory refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

result() { "$BIN/parkit-cpu" sort --json "$@" 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }

DISTRIBUTIONS="uniform sorted reversed few zipf"

same_everywhere() { # OPTIONS...
    local want got t isa different=()
    want=$(outcome "$@" -m serial)
    for t in 1 2 3 4 7; do
        got=$(outcome "$@" -t "$t")
        [ "$got" = "$want" ] || different+=("-t $t: $got")
    done
    for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "sort") | .isa[]'); do
        got=$(outcome "$@" -t 2 --isa "$isa")
        [ "$got" = "$want" ] || different+=("--isa $isa: $got")
    done
    check_match "sort $*: verified" '^\[true,' "$want"
    check_equal "sort $*: the same at 1, 2, 3, 4, 7 threads and every isa" "" "${different[*]:+want $want: ${different[*]}}"
}

sizes() {
    local n
    for n in 1 2 3 101 4097 100003; do same_everywhere -n $n; done
    for n in 1 2 100003; do same_everywhere -n $n --payload; done
}

distributions() {
    local d n
    for d in $DISTRIBUTIONS; do
        same_everywhere -n 300007 -d "$d"
        for n in 1 2 3 1000001; do
            check "sort -n $n -d $d --payload is verified, three runs on" "$BIN/parkit-cpu" sort -n $n -d "$d" --payload -r 3 -t 2
        done
    done
    for n in 1 2 1000; do
        check "sort -n 100003 -d few --distinct $n is verified" "$BIN/parkit-cpu" sort -n 100003 -d few --distinct $n --payload -t 3
    done
}

# What must hold of the keys, whatever the sort.
keys() {
    check_equal "reversed and sorted input have one result" "$(outcome -n 12345 -d sorted)" "$(outcome -n 12345 -d reversed)"
    check_equal "one distinct key is least, median and greatest" 1 \
        "$(result -n 1000 -d few --distinct 1 | jq -r '.least_key, .median_key, .greatest_key' | sort -u | wc -l)"
    check_equal "zipf: ranks from 1" 0000000000000001 "$(result -n 100000 -d zipf | jq -r .least_key)"
    check_equal "another seed, another digest" 2 "$({ result -n 1000; result -n 1000 --seed 2; } | jq -r .digest | sort -u | wc -l)"
    check_equal "a payload changes the digest, not the keys' checksum" "2 1" \
        "$({ result -n 1000; result -n 1000 --payload; } >"$WORK/two"; echo "$(jq -r .digest "$WORK/two" | sort -u | wc -l) $(jq -r .answer "$WORK/two" | sort -u | wc -l)")"
    check_equal "the result says what was sorted" '["few",true,true]' "$(result -n 1000 -d few --payload | jq -c '[.distribution, .payload, .stable]')"
    check_equal "a result too large for caches says how near the limit is" true "$(result -n 5e6 | jq '.share_of_limit > 0 and (.limit | test("bandwidth"))')"
}

refusals() {
    check_exit "a size beyond memory is refused with 3" 3 "$BIN/parkit-cpu" sort -n 1e12
    check_match "... in words" 'sort -n 1000000000000 needs .* of memory and .* are free' "$(cat "$WORK/err")"
    check_exit "a distribution that is none" 2 "$BIN/parkit-cpu" sort -n 10 -d normal
    check_match "... names the choices" 'normal.*uniform.*zipf' "$(cat "$WORK/err")"
    check_exit "no distinct keys" 2 "$BIN/parkit-cpu" sort -n 10 -d few --distinct 0
    check_exit "no keys" 2 "$BIN/parkit-cpu" sort -n 0
    check_exit "a model that it has not" 2 "$BIN/parkit-cpu" sort -n 10 -m processes
}

sizes
distributions
keys
refusals
finish
