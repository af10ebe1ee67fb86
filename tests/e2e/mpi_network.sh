#!/usr/bin/env bash
# parkit-mpi pingpong, collectives, halo: the data is checked, any rank count, formats, exit codes. No times are judged.
# shellcheck disable=SC2317 # functions called by check
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

BUILD=$(dirname "$BIN")
# Open MPI itself leaks a little at its end; mpi.sh looks for ours.
export ASAN_OPTIONS=detect_leaks=0
QUICK=(--time 0.0002 -r 3 -w 1)

mpi() { mpirun -n "$1" "$BIN/parkit-mpi" "${@:2}" 2>"$WORK/err" </dev/null; }

# Lines that the program itself has written, without warnings and notes; mpirun adds lines of its own.
errors() { grep -aE '^(parkit-mpi|faulty): ' "$WORK/err" | grep -avE '(warning|note): '; }

# --- any number of ranks ---

POINTS='.verified and ([.series[].points[] | .verified and .iterations >= 1 and .repeats == 3 and .min_s > 0
    and .min_s <= .avg_s * 1.0000001 and .avg_s <= .max_s * 1.0000001 and .best_s <= .max_s] | all)
    and (.series | length > 0) and (.series | all(.points == (.points | sort_by(.bytes))))'

any_ranks() {
    local ranks wrong=()
    for ranks in 1 2 3 4 5 7 8 13; do
        mpi "$ranks" collectives --max 64 "${QUICK[@]}" --json | jq -e "$POINTS and .ranks == $ranks" >/dev/null ||
            wrong+=("collectives at $ranks: $(errors)")
        mpi "$ranks" halo --max 128 "${QUICK[@]}" --json | jq -e "$POINTS and .ranks == $ranks" >/dev/null ||
            wrong+=("halo at $ranks: $(errors)")
    done
    for ranks in 2 3 8; do
        mpi "$ranks" pingpong --max 64 "${QUICK[@]}" --json | jq -e "$POINTS and .ranks == $ranks" >/dev/null ||
            wrong+=("pingpong at $ranks: $(errors)")
    done
    check_equal "right data at 1 2 3 4 5 7 8 13 ranks" "" "${wrong[*]}"
}

all_sizes() {
    mpi 2 pingpong "${QUICK[@]}" -i 1 --json >"$WORK/json"
    check "pingpong: 0 B to 64 MiB by powers of two" jq -e '[.series[0].points[].bytes] == [0] + [range(27) | pow(2; .)]' "$WORK/json"
    mpi 2 collectives "${QUICK[@]}" -i 1 --json >"$WORK/json"
    check "collectives: every operation" jq -e '[.series[].pattern] ==
        ["barrier", "bcast", "allreduce", "allgather", "alltoall", "reduce_scatter"]' "$WORK/json"
    check "collectives: to 16 MiB" jq -e '[.series[] | .points[-1].bytes] == [0] + [range(5) | 16777216]' "$WORK/json"
    check "collectives: what a rank moves" jq -e '[.series[] | .points[-1] | .moved_bytes / 16777216] == [0, 1, 1, 1, 1, 0.5]' "$WORK/json"
    mpi 3 halo "${QUICK[@]}" -i 1 --json >"$WORK/json"
    check "halo: 2-D and 3-D" jq -e '[.series[].pattern] == ["halo-2d", "halo-3d"] and .verified' "$WORK/json"
    check "halo: 4 and 6 faces" jq -e '[.series[] | .points[0] | .moved_bytes / .bytes] == [4, 6]' "$WORK/json"
}

# --- output ---

CONTRACT='.schema == "parkit.network/1" and .benchmark == "pingpong" and .ranks == 3 and .nodes == 1 and .verified
    and (.binding | length) == 3 and .rank_hosts == [.host, .host, .host] and (.mpi_library | test("MPI"))
    and ([.cpu, .compiler, .flags, .version, .started, .mpi_thread_level] | all(type == "string"))
    and (.series | length) == 1 and (.series[0] | .pattern == "pingpong" and (.path | test("within a node"))
        and (.points | all((.bandwidth // 0) * .max_s - .moved_bytes | fabs < 1e-6))
        and (.fit | length) > 0 and .fit[0].from_bytes == 0 and .fit[-1].to_bytes == 4096
        and (.fit | all(.latency_s >= 0 and .worst_error >= 0)))'

formats() {
    mpi 3 pingpong --max 4K "${QUICK[@]}" --json >"$WORK/json" # 4000, so up to 2048
    check_equal "--max: no size above it" 2048 "$(jq '.series[0].points[-1].bytes' "$WORK/json")"
    mpi 3 pingpong --max 4096 "${QUICK[@]}" --json >"$WORK/json"
    check "--json: the fields of the contract" jq -e "$CONTRACT" "$WORK/json"
    check_equal "--json: one line" 1 "$(wc -l <"$WORK/json")"
    mpi 3 pingpong --max 4096 "${QUICK[@]}" --csv >"$WORK/csv"
    check_equal "--csv: a row a size under one header" 15 "$(wc -l <"$WORK/csv")"
    check_equal "--csv: rows are as wide as the header" "" "$(sed 's/"[^"]*"/text/g' "$WORK/csv" | awk -F, 'NR == 1 { n = NF } NF != n')"
    check_equal "--csv: the sizes" "$(jq '.series[0].points[].bytes' "$WORK/json")" \
        "$(sed 's/"[^"]*"/text/g' "$WORK/csv" | awk -F, 'NR > 1 { print $6 }')"
    mpi 3 pingpong --min 8 --max 64 "${QUICK[@]}" >"$WORK/text"
    check_equal "table: a row a size" "8 16 32 64" "$(awk '$NF == "right" { printf "%s%s", s, $1; s = " " }' "$WORK/text")"
    check_match "table: the fit" "fit +8 to +64 B +T = [0-9.]+ us \+ n / " "$(cat "$WORK/text")"
    check_match "--from, --to: that pair" "ranks 2 and 1, within" "$(mpi 3 pingpong --from 2 --to 1 --max 0 "${QUICK[@]}")"
    check_equal "--only: that operation" bcast "$(mpi 2 collectives --only bcast --max 8 "${QUICK[@]}" --json | jq -r '.series[].pattern')"
    check_equal "--dims: that one" halo-3d "$(mpi 2 halo -d 3 --max 8 "${QUICK[@]}" --json | jq -r '.series[].pattern')"
    check_equal "-i: so many iterations" 7 "$(mpi 2 halo -d 2 --max 8 -i 7 --json | jq '.series[].points[].iterations')"
    check_equal "list shows all three" 3 "$(mpi 2 list | grep -cE '^(pingpong|collectives|halo) ')"
    check_match "--help tells of them" "pingpong\|collectives\|halo" "$(mpi 2 --help)"
    check_equal "pingpong --help once" 1 "$(mpi 3 pingpong --help | grep -c '^Usage: ')"
    "$BIN/parkit-mpi" halo --max 8 "${QUICK[@]}" >/dev/full 2>"$WORK/err"
    check_equal "a full disk: exit" 3 $?
    check_match "a full disk: message" "cannot write the result: " "$(errors)"
}

# --- mistakes ---

usage() { # RANKS ERE OPTIONS...
    local name="${*:3} at $1"
    mpi "$1" "${@:3}" >"$WORK/out"
    check_equal "$name: exit" 2 $?
    check_match "$name: text" "$2" "$(errors)"
    check_equal "$name: said once" 1 "$(errors | wc -l)"
    check_equal "$name: nothing on stdout" "" "$(cat "$WORK/out")"
}

bad_usage() {
    usage 1 "needs two ranks.* mpirun -n 2" pingpong
    usage 2 "no rank 5; this job has ranks 0 to 1" pingpong --to 5
    usage 2 "both rank 1" pingpong --from 1 --to 1
    usage 3 "min 9 is more than --max 8" collectives --min 9 --max 8
    usage 2 "no message size from --min 3 to --max 3" halo --min 3 --max 3
    usage 2 "two formats" halo --csv --json
    usage 2 "time 0 is not right" halo --time 0
    usage 2 "only gather is not known" collectives --only gather
    usage 2 "one word too many" pingpong 64
}

# --- wrong data is found ---


build_faulty() {
    local flags=()
    ! has_asan || flags=("-fsanitize=address,undefined")
    # shellcheck disable=SC2046 # pkg-config prints several words
    mpicc -std=gnu11 -D_GNU_SOURCE -I"$ROOT" "${flags[@]}" -fopenmp $(pkg-config --cflags jansson) \
        "$TESTS/e2e/mpi_network_faulty.c" "$ROOT/mpi/mpi_main.c" "$BUILD/libmpi.a" "$BUILD/libcpu.a" "$BUILD/libcommon.a" \
        -o "$WORK/faulty" $(pkg-config --libs hwloc jansson libcrypto) $(pkg-config --libs libpng 2>/dev/null) -lpthread -lm
}

finds() { # FAULT COMMAND...
    local code=0
    FAULT=$1 BYTES=64 RANK=1 mpirun -n 3 "$WORK/faulty" "${@:2}" --max 256 "${QUICK[@]}" --json >"$WORK/json" 2>"$WORK/err" </dev/null || code=$?
    check_equal "$1 spoilt: exit" 1 "$code"
    check_match "$1 spoilt: message" "WRONG DATA came with messages of 64 bytes \(.*$1" "$(errors)"
    check_equal "$1 spoilt: said once" 1 "$(errors | wc -l)"
    check "$1 spoilt: only there, and without a speed" jq -e '.verified == false and
        ([.series[].points[] | select(.verified | not) | [.bytes, .bandwidth]] == [[64, null]])' "$WORK/json"
}

wrong_data() {
    local operation
    check "a program whose messages are spoilt" build_faulty
    mpirun -n 3 "$WORK/faulty" collectives --max 256 "${QUICK[@]}" --json >"$WORK/json" 2>/dev/null </dev/null
    check "it is right if nothing is" jq -e .verified "$WORK/json"
    finds pingpong pingpong
    for operation in bcast allreduce allgather alltoall reduce_scatter; do finds "$operation" collectives --only "$operation"; done
    finds halo halo -d 2
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "parkit-mpi" "built without MPI"
        finish
    fi
    any_ranks
    all_sizes
    formats
    bad_usage
    wrong_data
    finish
}

main "$@"
