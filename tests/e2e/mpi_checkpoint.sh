#!/usr/bin/env bash
# Checkpoints: a run that is cut off goes on from one, on other ranks and threads, to the digest of an unbroken run; what is
# damaged or of another run is refused, and nothing is written.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

export ASAN_OPTIONS=detect_leaks=0 # Open MPI itself leaks a little at its end
CK=$WORK/state

# RANKS OPTIONS...: what it prints goes to $WORK/out, what it says to $WORK/err.
mpi() { mpirun -n "$1" "$BIN/parkit-mpi" "${@:2}" --json >"$WORK/out" 2>"$WORK/err" </dev/null; }
alone() { "$BIN/parkit-mpi" "$@" -t 1 --json >"$WORK/out" 2>"$WORK/err" </dev/null; } # without mpirun: one rank, sooner
outcome() { jq -c '[.verified, .digest, .answer]' "$WORK/out"; }
errors() { grep -aE '^parkit-mpi: ' "$WORK/err" | grep -avE '(warning|note): '; }

# --- going on, anywhere ---

# EVERY RANKSxTHREADS... -- WORKLOAD OPTIONS...: the first shape writes, the others go on from its last checkpoint.
goes_on() {
    local every=$1 first=$2 shapes=() shape want got different=()
    shift 2
    while [ "$1" != -- ]; do
        shapes+=("$1")
        shift
    done
    shift
    alone "$@"
    want=$(outcome)
    rm -f "$CK"
    mpi "${first%x*}" "$@" -t "${first#*x}" --checkpoint "$CK" --every "$every"
    check_equal "$* at $first with checkpoints: the same result" "$want" "$(outcome)"
    check "... which were written" jq -e '.checkpoint.written > 0 and .checkpoint.begun_at == 0 and .rate > 0' "$WORK/out"
    check_equal "... and nothing else is left" "" "$(find "$WORK" -name '*.part')"
    for shape in "${shapes[@]}"; do
        mpi "${shape%x*}" "$@" -t "${shape#*x}" --restart "$CK"
        got=$(outcome)$(jq -c '.checkpoint.begun_at > 0 and .rate == null' "$WORK/out")
        [ "$got" = "${want}true" ] || different+=("$shape: $got $(errors)")
    done
    check_match "$*: verified" '^\[true,' "$want"
    check_equal "$*: the same after a restart at ${shapes[*]}" "" "${different[*]:+want $want: ${different[*]}}"
}

everywhere() {
    goes_on 30 6x1 1x1 2x2 3x1 7x1 -- heat -n 101 --steps 100
    goes_on 1 1x2 13x1 -- heat -n 5 --steps 4
    goes_on 3 3x1 1x1 2x2 5x1 -- nbody -n 700 --steps 8
    goes_on 1 1x1 13x1 -- nbody -n 3 --steps 2
    goes_on 5 2x2 1x1 5x1 -- primes -n 3e8
    goes_on 7 3x1 2x1 -- primes --from 1000 -n 2e8 --schedule static
    goes_on 33 2x1 5x1 -- mandelbrot -n 77
    goes_on 2 4x1 3x2 -- is -c S
    goes_on 9 2x2 1x1 -- is -c S
    goes_on 4 3x1 1x2 5x1 -- ft -c S
    goes_on 4 3x1 1x1 2x2 40x1 -- cg -c S
    goes_on 3 3x1 1x2 6x1 -- mg -c W
    goes_on 2 8x1 1x2 2x1 13x1 -- mg -c S
    mpi 8 mg -c S -t 1 --blocks 2x2x2 --restart "$CK"
    check "mg -c S: the same in other blocks" jq -e '.verified and .checkpoint.begun_at == 3' "$WORK/out"
}

# The last checkpoint of a run that went on from one itself.
in_stages() {
    local want steps
    alone heat -n 70 --steps 90
    want=$(outcome)
    rm -f "$CK"
    alone heat -n 70 --steps 20 --checkpoint "$CK" --every 15
    for steps in 50 70; do
        mpi 2 heat -n 70 --steps "$steps" -t 1 --restart "$CK" --checkpoint "$CK" --every 15
    done
    check_equal "in stages of more and more steps: where the last checkpoint stands" 60 "$(sed -n 2p "$CK" | jq .at)"
    mpi 3 heat -n 70 --steps 90 -t 1 --restart "$CK"
    check_equal "in stages of more and more steps: the same result" "$want" "$(outcome)"
}

# --- being asked to stop ---

# The parkit-mpi processes below $1, or it itself, that catch both signals by now.
listening() {
    local pid caught
    for pid in "$1" $(pgrep -P "$1"); do
        caught=$(awk '$1 == "SigCgt:" { print $2 }' "/proc/$pid/status" 2>/dev/null)
        [ "$(readlink "/proc/$pid/exe")" = "$BIN/parkit-mpi" ] && [ $((16#${caught:-0} & 16#4200)) -eq $((16#4200)) ] && echo "$pid"
    done
}

# SIGNAL VICTIM RANKS COMMAND...: one rank, or the launcher, gets SIGNAL, long before a checkpoint is due. Returns its exit code.
stop_run() {
    local signal=$1 victim=$2 ranks=$3 code=0 job
    shift 3
    rm -f "$CK"
    "$@" heat -n 70 --steps 1000000000 -t 1 --checkpoint "$CK" --every 1000000000 >"$WORK/out" 2>"$WORK/err" </dev/null &
    job=$!
    at_end_kill $job
    until [ "$(listening $job | wc -l)" -eq "$ranks" ] || ! kill -0 $job 2>/dev/null; do sleep 0.1; done
    if [ "$victim" = rank ]; then victim=$(listening $job | tail -n 1); else victim=$job; fi
    kill "-$signal" "$victim"
    wait $job || code=$?
    return $code
}

stopped() { # NAME SIGNAL VICTIM EXIT RANKS COMMAND...
    local name=$1 signal=$2 exit=$4 code=0
    stop_run "$2" "$3" "${@:5}" || code=$?
    check_match "$name: said once" "^parkit-mpi: (rank 0 on [^ ]+: )?stopped by SIG$signal at [0-9]+ steps; go on with --restart $CK\$" \
        "$(errors)"
    check_equal "$name: exit" "$exit" "$code"
    check_equal "$name: nothing half-written" "" "$(find "$WORK" -name '*.part')"
}

# The last checkpoint has no room: then there is nothing to go on with, and the exit code says so.
stopped_without_room() {
    local CK=$WORK/small/state code=0
    mkdir "$WORK/small"
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=16k none "$WORK/small" 2>/dev/null; then
        skip "SIGTERM on a full disk" "needs root that may mount"
        return
    fi
    stop_run TERM rank 2 mpirun -n 2 "$BIN/parkit-mpi" || code=$?
    check_match "SIGTERM on a full disk: said once" "^parkit-mpi: (rank 0 on [^ ]+: )?cannot write .*: No space left on device\$" "$(errors)"
    check_equal "SIGTERM on a full disk: exit" 3 "$code"
    umount "$WORK/small"
}

asked_to_stop() {
    local at want
    stopped "SIGTERM to one process" TERM job 143 1 "$BIN/parkit-mpi"
    stopped "SIGTERM to one rank" TERM rank 143 2 mpirun -n 2 "$BIN/parkit-mpi"
    stopped "SIGUSR1 to mpirun, which forwards it" USR1 job 138 2 mpirun -n 2 "$BIN/parkit-mpi"
    at=$(sed -n 2p "$CK" | jq .at)
    mpi 3 heat -n 70 --steps $((at + 7)) -t 1 --restart "$CK"
    want=$(outcome)
    alone heat -n 70 --steps $((at + 7))
    check_equal "stopped after $at steps: goes on to the same result" "$(outcome)" "$want"
    stopped_without_room
}

# --- refusals ---

RUN=(heat -n 300 --steps 60)

# NAME REASON-ERE FILE OPTIONS...: refused with one line and exit 2; the file stays, and no other is written.
refused() {
    local before
    before=$(sha256sum <"$3")
    alone "${@:4}" --restart "$3" --checkpoint "$WORK/new" --every 5
    check_equal "$1: exit" 2 $?
    check_match "$1: reason" "$2" "$(errors)"
    check_equal "$1: one line, no result, nothing written" "1 0 none $before" \
        "$(errors | wc -l) $(wc -c <"$WORK/out") $(find "$WORK" -name 'new*' | grep . || echo none) $(sha256sum <"$3")"
}

flip() { # FILE OFFSET: one bit, into $WORK/bad
    cp "$1" "$WORK/bad"
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf '%b' "\\x$(printf %x $((byte ^ 8)))" | dd of="$WORK/bad" bs=1 seek="$2" conv=notrunc status=none
}

damaged() {
    local size words=$((300 * 300)) at
    alone "${RUN[@]}" --checkpoint "$CK" --every 25
    size=$(stat -c %s "$CK")
    check_equal "the file has a header, the words, and two sums" $((4096 + 8 * words + 16)) "$size"
    for at in 0 1 4095 4096 4097 $((4096 + 4 * words)) $((size - 17)) $((size - 8)) $((size - 1)); do
        head -c "$at" "$CK" >"$WORK/bad"
        refused "cut off after $at bytes" "bad is refused: .*truncated" "$WORK/bad" "${RUN[@]}"
    done
    { cat "$CK" && echo; } >"$WORK/bad"
    refused "with a byte too many" "refused: .*something follows it" "$WORK/bad" "${RUN[@]}"
    for at in 0 17; do
        flip "$CK" "$at"
        refused "bit of byte $at flipped" "refused: it is no checkpoint of parkit" "$WORK/bad" "${RUN[@]}"
    done
    for at in 20 36 37 60 500 4095; do
        flip "$CK" "$at"
        refused "bit of byte $at flipped" "refused: its header is damaged" "$WORK/bad" "${RUN[@]}"
    done
    for at in 4096 4103 $((4096 + 8 * 65536)) $((size - 17)); do
        flip "$CK" "$at"
        refused "bit of byte $at flipped" "refused: it is damaged: bytes [0-9]+ to [0-9]+ are not" "$WORK/bad" "${RUN[@]}"
    done
    for at in $((size - 16)) $((size - 1)); do
        flip "$CK" "$at"
        refused "bit of byte $at flipped" "refused: its list of checksums is damaged" "$WORK/bad" "${RUN[@]}"
    done
    cp "$CK" "$WORK/bad"
    dd if=/dev/zero of="$WORK/bad" bs=4096 seek=50 count=1 conv=notrunc status=none
    refused "torn: a page that has not reached the disk" "bytes 4096 to 528383 are not" "$WORK/bad" "${RUN[@]}"
    head -c 16 "$WORK/bad" | cat - "$CK" | head -c "$size" >"$WORK/other"
    refused "shifted by some bytes" "refused: it is no checkpoint|header is damaged" "$WORK/other" "${RUN[@]}"
    flip "$CK" 500000
    mpi 3 "${RUN[@]}" -t 1 --restart "$WORK/bad"
    check_equal "damaged, on three ranks: exit" 2 $?
    check_match "damaged, on three ranks: said once" "^[^
]*refused: it is damaged: bytes 4096 to 528383[^
]*$" "$(errors)"
}

foreign() {
    alone "${RUN[@]}" --checkpoint "$CK" --every 25
    refused "of another size" "refused: it is of --size 300, this run of --size 200" "$CK" heat -n 200 --steps 60
    refused "of another seed" "refused: it is of --seed 1, this run of --seed 2" "$CK" "${RUN[@]}" --seed 2
    refused "of another alpha" "refused: it is of --alpha 0.2, this run of --alpha 0.1" "$CK" "${RUN[@]}" --alpha 0.1
    refused "of another workload" "refused: it is of heat, this run of nbody" "$CK" nbody -n 300
    refused "beyond the end of this run" "refused: it stands at 50 steps, and this run ends at 40" "$CK" heat -n 300 --steps 40
    sed '1s/checkpoint 1/checkpoint 2/' "$CK" >"$WORK/bad"
    refused "of another version" "refused: its format is version 2; this parkit reads version 1" "$WORK/bad" "${RUN[@]}"
    head -c 5000 /dev/urandom >"$WORK/bad"
    refused "random bytes" "refused: it is no checkpoint of parkit" "$WORK/bad" "${RUN[@]}"
    mpi 2 heat -n 200 -t 1 --restart "$CK"
    check_equal "of another size, on two ranks: exit, said once" "2 1" "$? $(errors | grep -c 'refused: it is of --size 300')"
}

# --- the command line ---

usage() { # REASON-ERE OPTIONS...
    alone "${@:2}"
    check_equal "${*:2}: exit" 2 $?
    check_match "${*:2}: reason" "$1" "$(errors)"
}

command_line() {
    echo "of a user" >"$WORK/precious"
    usage "needs --every N: after how many steps" heat --checkpoint "$CK"
    usage "--every 5 needs --checkpoint FILE" heat --every 5
    usage "goes with one run; drop --repeats" heat --checkpoint "$CK" --every 5 -r 2
    usage "goes with one run; drop --repeats" heat --restart "$CK" -w 1
    usage "stream keeps no checkpoints; drop --checkpoint" stream --checkpoint "$CK" --every 5
    usage "there is no such file" heat --restart "$WORK/nothing"
    usage "what stands there is no checkpoint" heat --checkpoint "$WORK/precious" --every 5
    check_equal "... and stays" "of a user" "$(cat "$WORK/precious")"
    usage "what stands there is no checkpoint" heat --checkpoint "$WORK" --every 5
    usage "every 0 is not right" heat --checkpoint "$CK" --every 0
    check_exit "parkit-cpu: it is no option" 2 "$BIN/parkit-cpu" heat --checkpoint "$CK" --every 5
    check "--help tells" grep -- '--every' <("$BIN/parkit-mpi" heat --help)
}

# --- disks ---

no_room() {
    local code=0 before large=(heat -n 1500 --steps 4) # larger than the files that Open MPI itself makes
    rm -f "$CK"
    alone "${large[@]}" --checkpoint "$CK" --every 3
    before=$(sha256sum <"$CK")
    (ulimit -f 12000 && alone "${large[@]}" --checkpoint "$CK" --every 2) || code=$?
    check_equal "a file that may not be so large: exit" 3 "$code"
    check_match "... reason" "cannot write .*state.part: File too large" "$(errors)"
    check_equal "... and the checkpoint before is still there, nothing else" "$before $CK" "$(sha256sum <"$CK") $(find "$WORK" -name 'state*')"
    full_disk
    closed_folder
}

full_disk() {
    local code=0
    mkdir "$WORK/disk"
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=256k none "$WORK/disk" 2>/dev/null; then
        skip "a full disk" "needs root that may mount"
        return
    fi
    mpi 2 "${RUN[@]}" -t 1 --checkpoint "$WORK/disk/state" --every 20 || code=$?
    check_equal "a full disk: exit" 3 "$code"
    check_match "a full disk: reason" "cannot write .*state.part: No space left" "$(errors)"
    check_equal "a full disk: said once, nothing left" "1 " "$(errors | wc -l) $(ls "$WORK/disk")"
    umount "$WORK/disk"
}

closed_folder() {
    local code=0
    mkdir -p "$WORK/closed"
    alone heat --checkpoint "$WORK/nowhere/state" --every 5 || code=$?
    check_equal "no such folder: exit" 3 "$code"
    if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$BIN/parkit-mpi" 2>/dev/null; then
        skip "a folder that is closed" "$BIN is closed to others"
        return
    fi
    chmod 755 "$WORK"
    chmod 555 "$WORK/closed"
    local as=()
    [ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp)
    check_exit "a folder that is closed" 3 "${as[@]}" "$BIN/parkit-mpi" heat -t 1 --checkpoint "$WORK/closed/state" --every 5
    check_match "a folder that is closed: reason" "cannot write .*closed/state: Permission denied" "$(cat "$WORK/err")"
}

main() {
    if [ ! -x "$BIN/parkit-mpi" ] || ! command -v mpirun >/dev/null; then
        skip "checkpoints" "built without MPI"
        finish
    fi
    everywhere
    in_stages
    asked_to_stop
    damaged
    foreign
    command_line
    no_room
    finish
}

main "$@"
