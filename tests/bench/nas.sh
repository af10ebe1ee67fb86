#!/usr/bin/env bash
# The NAS kernels by class and threads, in turn in one run: Mop/s, median of ROUNDS (5) processes for class B; every
# other class once, to see it verified. NPB is no package, so its figures are constants, measured on another day: NPB
# 3.4 OpenMP, class B, gcc and gfortran 12 -O3 -march=native, on a virtual machine with 2 cores of a Sapphire Rapids
# Xeon. Elsewhere read that ratio as a rough one. A run that does not verify ends the script with exit 1.
# Usage: BIN=build/release/bin [KERNELS="ep is cg mg ft"] [CLASSES="B C"] tests/bench/nas.sh
set -euo pipefail

: "${BIN:?set BIN to the folder of the programs, for example build/release/bin}"
ROUNDS=${ROUNDS:-5} KERNELS=${KERNELS:-ep is cg mg ft} CLASSES=${CLASSES:-B C}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export LC_ALL=C

npb_mops() { # KERNEL CLASS THREADS; nothing where it was not measured
    case "$1 $2 $3" in
        "ep B 1") echo 120 ;; "ep B 2") echo 249 ;;
        "is B 1") echo 127 ;; "is B 2") echo 217 ;;
        "cg B 1") echo 1391 ;; "cg B 2") echo 2464 ;;
        "mg B 1") echo 5868 ;; "mg B 2") echo 10673 ;;
        "ft B 1") echo 3687 ;; "ft B 2") echo 7221 ;;
    esac
}

# fits KERNEL CLASS - whether its memory is free now
fits() {
    local needs free
    needs=$("$BIN/parkit-cpu" list --json | jq --arg k "$1" --arg c "$2" 'select(.name == $k) | .sizes.classes[] | select(.class == $c) | .bytes')
    free=$(awk '/^MemAvailable/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)
    [ "$needs" -lt "$free" ]
}

# mops KERNEL CLASS THREADS - of one verified run
mops() {
    "$BIN/parkit-cpu" "$1" -c "$2" -t "$3" --json 2>"$WORK/err" >"$WORK/run" || {
        cat "$WORK/err" >&2
        echo "nas.sh: $1 -c $2 -t $3 is not verified" >&2
        exit 1
    }
    jq 'select(.verified) | 1e-6 * .rate' "$WORK/run"
}

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# line KERNEL CLASS THREADS [MOPS OF ONE THREAD] - the line of what was measured
line() {
    awk -v k="$1" -v c="$2" -v t="$3" -v a="$(median "$WORK/$3")" -v n="$(npb_mops "$1" "$2" "$3")" -v one="${4:-}" 'BEGIN {
        printf "%s %s t=%-3d %9.1f Mop/s", k, c, t, a
        if (n) printf "   NPB 3.4 (constant) %7.0f Mop/s   ratio %5.2f", n, a / n
        if (one) printf "   speed-up %.2f", a / one
        printf "\n" }'
}

study() { # KERNEL CLASS ROUNDS CORES
    local round t counts=1
    [ "$4" -eq 1 ] || counts="1 $4"
    rm -f "$WORK"/[0-9]*
    for ((round = 0; round < $3; round++)); do
        for t in $counts; do mops "$1" "$2" "$t" >>"$WORK/$t"; done
    done
    line "$1" "$2" 1
    [ "$4" -eq 1 ] || line "$1" "$2" "$4" "$(median "$WORK/1")"
}

main() {
    local cores kernel class
    cores=$("$BIN/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq .threads)
    for class in $CLASSES; do
        for kernel in $KERNELS; do
            if fits "$kernel" "$class"; then
                study "$kernel" "$class" "$([ "$class" = B ] && echo "$ROUNDS" || echo 1)" "$cores"
            else
                echo "left out: $kernel class $class (its memory is not free)"
            fi
        done
    done
}

main "$@"
