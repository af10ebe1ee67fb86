#!/usr/bin/env bash
# parkit-mpi sort: the digest of parkit-cpu at any number of ranks and threads, even shares whatever the keys are, the
# bytes sent, and the same where ranks cannot read each other's memory.
# shellcheck disable=SC2016 # jq has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

outcome() { jq -c '[.verified, .digest, .answer, .least_key, .median_key, .greatest_key]'; }

# Keys that pile up in a few digits, and keys that are all the same, load no rank with more than its share.
even() { # RANKS OPTIONS...
    check "sort ${*:2}: $1 ranks hold even shares" jq -e --argjson ranks "$1" \
        '.verified and .most_keys_on_a_rank <= (.size / $ranks | ceil)' <(mpi "$1" "${@:2}" -n 100003 -t 1)
}

volume() { # random keys: shares of the records that stay differ a little from the formula's
    local ranks
    for ranks in 2 4 8 16; do
        check "bytes sent by $ranks ranks" jq -e '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.02' \
            <(mpi "$ranks" -n 400000 -t 1)
    done
    check_equal "one rank sends nothing" "0 0" "$(mpi 1 -n 1000 -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

# NODE_RANKS RANKSxTHREADS OPTIONS...
by_nodes() {
    local got want ranks=${2%x*}
    want=$("$BIN/parkit-cpu" sort "${@:3}" -t 1 --json 2>/dev/null | outcome)
    got=$(NODE_RANKS=$1 mpirun -n "$ranks" "$WORK/nodes" sort "${@:3}" -t "${2#*x}" --json 2>"$WORK/err" </dev/null | tee "$WORK/json" | outcome)
    check_equal "sort ${*:3}: $2, $1 ranks to a computer" "$want" "$got"
    check_equal "as many can be read in place" "$(($1 < ranks ? $1 : ranks))" "$(jq .ranks_in_shared_memory "$WORK/json")"
}

# A container's /dev/shm is often 64 MiB: room for Open MPI itself, but not for 5 million records.
little_shm() {
    if ! unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=32m none /dev/shm' 2>/dev/null; then
        skip "sort: no room in /dev/shm" "mount namespaces are closed here"
        return
    fi
    unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=32m none /dev/shm && exec "$@"' sh \
        mpirun -n 2 "$BIN/parkit-mpi" sort -n 5000000 -t 1 --json >"$WORK/json" 2>"$WORK/err" </dev/null
    check_equal "sort: records need no room in /dev/shm" "[true,2]" "$(jq -c '[.verified, .ranks_in_shared_memory]' "$WORK/json")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi sort" "built without MPI"
        finish
    fi
    as_one 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4 -- -n 200003
    as_one 2x1 3x2 13x1 -- -n 100003 --payload -d zipf
    as_one 2x2 5x1 -- -n 100003 --payload -d few
    as_one 3x1 8x1 -- -n 50000 --payload -d few --distinct 1
    as_one 4x1 -- -n 70001 -d sorted
    as_one 7x1 -- -n 70001 -d reversed --payload
    as_one 3x1 5x1 -- -n 2500000 # several blocks of the digest, across ranks
    as_one 5x1 13x1 -- -n 1
    as_one 13x1 -- -n 11 --payload
    as_one 2x1 -- -n 100003 -r 3 -w 1
    even 8 -d zipf
    even 7 -d few
    even 5 -d few --distinct 1 --payload
    volume
    check "a parkit-mpi for which a few ranks are a computer" build_nodes
    by_nodes 1 3x1 -n 200003
    by_nodes 2 5x1 -n 200003 --payload -d zipf
    by_nodes 3 8x1 -n 50000 -d few --distinct 1
    by_nodes 2 4x2 -n 70001 -d reversed -r 2
    little_shm
    hidden 3 -n 100003 --payload
    check_equal "they read nobody's memory" 1 "$(jq .ranks_in_shared_memory "$WORK/json")"
    finish
}

main "$@"
