#!/usr/bin/env bash
# Pictures written by many ranks: byte for byte those of parkit-cpu, whole or not there.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

export ASAN_OPTIONS=detect_leaks=0 # Open MPI itself leaks a little at its end
DIR=$WORK/pictures

mpi() { mpirun -n "$1" "$BIN/parkit-mpi" "${@:2}" -t 1 >"$WORK/out" 2>"$WORK/err" </dev/null; } # RANKS OPTIONS...
cpu() { "$BIN/parkit-cpu" "$@" -t 1 >"$WORK/out" 2>"$WORK/err"; }
errors() { grep -aE '^parkit-mpi: ' "$WORK/err" | grep -avE '(warning|note): '; }

same_file() { # KIND RANKS... -- WORKLOAD OPTIONS...
    local kind=$1 ranks=() r different=()
    shift
    while [ "$1" != -- ]; do
        ranks+=("$1")
        shift
    done
    shift
    check "$*: a $kind of parkit-cpu" cpu "$@" --out "$WORK/one.$kind"
    for r in "${ranks[@]}"; do
        rm -f "$DIR"/*
        mpi "$r" "$@" --out "$DIR/a.$kind"
        cmp "$WORK/one.$kind" "$DIR/a.$kind" 2>/dev/null || different+=("$r ranks: $(errors)")
        [ "$(ls "$DIR")" = "a.$kind" ] || different+=("$r ranks leave $(ls "$DIR")")
    done
    check_equal "$*: the same $kind at ${ranks[*]} ranks, and nothing beside it" "" "${different[*]}"
}

has_png() { "$BIN/parkit-cpu" mandelbrot -n 4 --out "$WORK/probe.png" >/dev/null 2>&1; }

same_files() {
    local kind kinds=(ppm)
    if has_png; then kinds+=(png); else skip "PNG" "this build has no libpng"; fi
    for kind in "${kinds[@]}"; do
        same_file "$kind" 1 2 3 5 -- mandelbrot -n 333
        same_file "$kind" 3 5 -- mandelbrot -n 3 # more ranks than shares
        same_file "$kind" 1 2 3 5 -- heat -n 75 --steps 9
    done
    same_file ppm 2 5 -- mandelbrot -n 1023 # several strips a rank
    ! has_png || same_file png 2 5 -- mandelbrot -n 1023
    same_file ppm 6 -- heat -n 2051 --steps 1 # every second point
    mpi 3 mandelbrot -n 100 --out "$DIR/a.ppm" -r 2 -w 1
    cpu mandelbrot -n 100 --out "$WORK/one.ppm"
    check "after several runs: the same file" cmp "$WORK/one.ppm" "$DIR/a.ppm"
    (umask 027 && mpi 2 mandelbrot -n 4 --out "$DIR/mode.ppm")
    check_equal "the umask decides the mode" 640 "$(stat -c %a "$DIR/mode.ppm")"
}

fails() { # NAME ERE RANKS OPTIONS...: with exit 3, one line, and no other file than there was
    local before code=0
    before=$(find "$DIR" "$DISK" -type f -exec sha256sum {} + 2>/dev/null | sort)
    (ulimit -f "${LIMIT-unlimited}" && mpi "${@:3}") || code=$?
    check_equal "$1: exit" 3 "$code"
    check_match "$1: reason" "$2" "$(errors)"
    check_equal "$1: one line; the old file stays, and none is added" "1 $before" \
        "$(errors | wc -l) $(find "$DIR" "$DISK" -type f -exec sha256sum {} + 2>/dev/null | sort)"
}

failures() {
    DISK=$WORK/disk
    rm -f "$DIR"/*
    echo before >"$DIR/old.ppm"
    mkdir "$DIR/folder.ppm" "$DISK"
    fails "a folder that is missing" "cannot write .*none/a.ppm: No such file" 3 mandelbrot -n 40 --out "$WORK/none/a.ppm"
    fails "the name of a folder" "cannot write .*folder.ppm: Is a directory" 3 mandelbrot -n 40 --out "$DIR/folder.ppm"
    # Larger than the files that Open MPI itself makes, without which mpirun would hang.
    LIMIT=12000 fails "a file that may not be so large" "cannot write .*old.ppm.part: File too large" 2 \
        mandelbrot -n 2100 --iterations 50 --out "$DIR/old.ppm"
    one_rank_fails
    full_disk
    check "an old file is replaced" mpi 3 mandelbrot -n 40 --out "$DIR/old.ppm"
    check_equal "... by the picture" "P6" "$(head -c 2 "$DIR/old.ppm")"
}

# Rank 0 can make the file in its full size, rank 1 may not write where its rows are.
one_rank_fails() {
    local picture=(mandelbrot -n 2100 --iterations 50 -t 1 --out "$DIR/old.ppm") code=0
    # shellcheck disable=SC2016 # for the inner shell
    timeout 60 mpirun -n 1 "$BIN/parkit-mpi" "${picture[@]}" : -n 1 bash -c 'ulimit -f 6300 && exec "$@"' bash "$BIN/parkit-mpi" "${picture[@]}" \
        >"$WORK/out" 2>"$WORK/err" </dev/null || code=$?
    check_equal "one rank alone cannot write its part: exit" 3 "$code"
    check_match "one rank alone cannot write its part: said by that rank" 'rank 1 on .*: cannot write .*: (File too large|No space left on device)$' "$(errors)"
    check_equal "... once" 1 "$(errors | wc -l)"
    check_equal "... and the old file stays" before "$(cat "$DIR/old.ppm")"
}

full_disk() {
    local kind
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=64k none "$DISK" 2>/dev/null; then
        skip "a full disk" "needs root that may mount"
        return
    fi
    for kind in ppm png; do
        [ $kind = ppm ] || has_png || continue
        echo before >"$DISK/old.$kind"
        fails "a full disk, $kind" "cannot write .*old.$kind.*: No space left" 3 mandelbrot -n 600 --out "$DISK/old.$kind"
    done
    umount "$DISK"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "pictures on ranks" "built without MPI"
        finish
    fi
    mkdir "$DIR"
    same_files
    failures
    finish
}

main "$@"
