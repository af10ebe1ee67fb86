# shellcheck shell=bash
# What every NAS kernel must show, for tests/e2e/KERNEL.sh; source after lib.sh. The suite is called as its kernel.

nas() { "$BIN/parkit-cpu" "$SUITE" "$@"; }
result() { nas "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }
isas() { "$BIN/parkit-cpu" list --json | jq -r --arg k "$SUITE" 'select(.name == $k) | .isa[]'; }

# The published test, and the same bits for every team.
nas_every_team() {
    local class want threads different
    for class in S W A; do
        want=$(outcome -c "$class" -m serial)
        different=()
        for threads in 1 2 3 5; do
            [ "$(outcome -c "$class" -t $threads)" = "$want" ] || different+=("-t $threads")
        done
        check_match "class $class: verified" '^\[true,' "$want"
        check_equal "class $class: the same answer and digest with 1, 2, 3 and 5 threads" "" "${different[*]}"
    done
    check_equal "repeats compute the same again" "$(outcome -c S)" "$(outcome -c S -r 3 -w 1)"
    check "the rate in Mop/s too" jq -e '.mops * 1e6 / .rate - 1 | fabs < 1e-12' <(result -c W)
}

nas_every_isa() {
    local isa class
    for isa in $(isas); do
        for class in S W; do
            check_match "--isa $isa, class $class: verified" '^\[true,' "$(outcome -c "$class" --isa "$isa" -t 2)"
        done
    done
}

nas_refusals() {
    check_exit "a class that is none" 2 nas -c X
    check_match "... names those there are" 'X.*S, W, A, B, C' "$(cat "$WORK/err")"
    check_exit "a size in place of a class" 2 nas -n 64
}

# nas_too_large KIB - so much memory (ulimit -v) is too little for class D
nas_too_large() {
    if has_asan; then
        skip "class D in too little memory" "the sanitizer's own memory is beyond any limit"
        return
    fi
    check_exit "class D in too little memory" 3 bash -c "ulimit -v $1 && exec '$BIN/parkit-cpu' $SUITE -c D"
    check_match "... says how much it needs" "$SUITE -c D needs [0-9.]+ Gi?B of memory and .* free" "$(cat "$WORK/err")"
}
