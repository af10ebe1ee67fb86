#!/usr/bin/env bash
# peak, stream and matmul end to end: verified at every thread count and instruction set, equal digests,
# the share of the limit in the result, sizes beyond memory refused.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cpu() { "$BIN/parkit-cpu" "$@" 2>/dev/null; }

# same_at_all_counts WORKLOAD SIZE
same_at_all_counts() {
    local workload=$1 size=$2 t digests
    digests=$({
        cpu "$workload" -n "$size" -m serial --json
        for t in 1 2 3 4 7; do cpu "$workload" -n "$size" -t "$t" --json; done
    } | jq -r 'select(.verified) | .digest' | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' ')
    check_equal "$workload -n $size: six verified runs, one digest" '6 ' "$digests"
}

every_isa() {
    local workload=$1 size isa
    for isa in $(cpu list --json | jq -r "select(.name == \"$workload\") | .isa[]"); do
        for size in 1 2 3 101 257; do
            check "$workload --isa $isa -n $size is verified" "$BIN/parkit-cpu" "$workload" --isa "$isa" -n "$size" -t 2
        done
    done
}

for workload in peak stream matmul; do
    for size in 1 101 300; do same_at_all_counts "$workload" "$size"; done
    every_isa "$workload"
done

check_equal "stream gives the bandwidth of its four operations" 4 \
    "$(cpu stream -n 100000 -r 3 --json | jq '[.copy_bytes_per_s, .scale_bytes_per_s, .add_bytes_per_s, .triad_bytes_per_s] | map(select(. > 0)) | length')"
check_equal "matmul says how near it is to the arithmetic limit" true \
    "$(cpu matmul -n 200 --json | jq '.share_of_limit > 0 and (.limit | test("flop/s"))')"
check_exit "matmul that cannot fit in memory is refused with 3" 3 "$BIN/parkit-cpu" matmul -n 1000000
check_match "... in words" 'needs .* of memory and .* are free' "$(cat "$WORK/err")"
check_exit "stream that cannot fit in memory is refused with 3" 3 "$BIN/parkit-cpu" stream -n 1e12

finish
