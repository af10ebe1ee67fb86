#!/usr/bin/env bash
# parkit-mpi ft: the published checksums and the digest of parkit-cpu at any number of ranks and threads; the bytes sent.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/ranks.sh
source "$(dirname "$0")/../ranks.sh"

as_one() { # CLASS OPTIONS RANKSxTHREADS...: OPTIONS may be empty
    local shape want options
    read -ra options <<<"$2"
    want=$("$BIN/parkit-cpu" ft -c "$1" "${options[@]}" -t 1 --json 2>/dev/null | outcome)
    check_match "class $1 $2: verified by parkit-cpu" '^\[true,' "$want"
    for shape in "${@:3}"; do
        check_equal "class $1 $2, $shape: as one thread" "$want" \
            "$(mpi "${shape%x*}" -c "$1" "${options[@]}" -t "${shape#*x}" | outcome)"
    done
}

volume() { # follows the formula but for the rounding of shares, of which one may be a tile of 32 larger
    local ranks
    for ranks in 2 4 8; do
        check "bytes sent by $ranks ranks" jq -e \
            '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.01' \
            <(mpi "$ranks" -c S -t 1)
    done
    check "bytes sent by 3 ranks" jq -e '(.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.05' <(mpi 3 -c S -t 1)
    check_equal "one rank sends nothing" "0 0" \
        "$(mpi 1 -c S -t 1 | jq -r '"\(.comm_bytes | floor) \(.comm_bytes_formula | floor)"')"
}

# On one computer ranks share memory; between computers they send messages: here NODE_RANKS ranks are a computer.
by_nodes() { # NODE_RANKS CLASS RANKSxTHREADS
    check_equal "class $2, $3, $1 ranks to a computer: as one thread" "$("$BIN/parkit-cpu" ft -c "$2" -t 1 --json 2>/dev/null | outcome)" \
        "$(NODE_RANKS=$1 mpirun -n "${3%x*}" "$WORK/nodes" ft -c "$2" -t "${3#*x}" --json 2>"$WORK/err" </dev/null | tee "$WORK/json" | outcome)"
}

messages() {
    check "a parkit-mpi for which a few ranks are a computer" build_nodes
    by_nodes 1 S 2x1
    by_nodes 1 S 13x1
    by_nodes 2 S 5x2
    by_nodes 3 W 7x1
    by_nodes 2 S 4x1
    check "bytes sent" jq -e '.comm_bytes_formula > 0 and (.comm_bytes / .comm_bytes_formula - 1 | fabs) < 0.01' "$WORK/json"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi ft" "built without MPI"
        finish
    fi
    as_one S "" 1x1 2x1 3x1 4x1 5x1 7x1 8x1 13x1 2x2 3x2 1x4
    as_one W "" 2x1 3x2 40x1 # of 32 planes
    as_one S "--isa baseline" 3x1
    volume
    messages
    hidden 3 -c S
    check_equal "three runs: as one" "$(mpi 2 -c S -t 1 | outcome)" "$(mpi 2 -c S -t 1 -r 3 -w 1 | outcome)"
    finish
}

main "$@"
