# shellcheck shell=bash
# Commands measured in turn, for benchmarks of downloads. Source it after setting BIN and WORK.
#   measured NAME COMMAND...   one run through parkit-run, into the new folder $OUT_DIR; appends to $WORK/NAME.wall, .cpu, .rss
#   measured_row NAME          the medians
#   measured_ratio TEXT FIELD A B   median, lowest and highest of the ratios A/B of the pairs
#   median FILE
# Folders are removed at the end alone: ext4 looks for a new inode far longer where many were deleted in the last minutes.
MEASURED_RUNS=0

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

measured() {
    local name=$1
    shift
    "$BIN/parkit-run" --json -- "$@" >"$WORK/measured.json" 2>"$WORK/measured.err" || { tail -3 "$WORK/measured.err" >&2; return 1; }
    # What the command itself prints comes first; the measurement is the last line.
    tail -n 1 "$WORK/measured.json" | jq -r .seconds >>"$WORK/$name.wall"
    tail -n 1 "$WORK/measured.json" | jq -r '.user_s + .system_s' >>"$WORK/$name.cpu"
    tail -n 1 "$WORK/measured.json" | jq -r .max_rss >>"$WORK/$name.rss"
}

measured_folder() {
    MEASURED_RUNS=$((MEASURED_RUNS + 1))
    OUT_DIR=$1/out.$MEASURED_RUNS
    mkdir -p "$OUT_DIR"
}

measured_row() {
    printf '  %-26s %8.3f s wall %8.3f s CPU %8.1f MiB peak\n' "$1" "$(median "$WORK/$1.wall")" "$(median "$WORK/$1.cpu")" \
        "$(awk -v b="$(median "$WORK/$1.rss")" 'BEGIN { print b / 1048576 }')"
}

measured_ratio() {
    paste "$WORK/$3.$2" "$WORK/$4.$2" | awk '{ print $1 / $2 }' >"$WORK/ratio"
    printf '  %s: %.3f (%.3f to %.3f)\n' "$1" "$(median "$WORK/ratio")" "$(sort -g "$WORK/ratio" | head -n 1)" "$(sort -g "$WORK/ratio" | tail -n 1)"
}
