#!/usr/bin/env bash
# parkit-cpu heat: the same bits for every team, tile and instruction set; sizes of all kinds; pictures and movies.
# shellcheck disable=SC2016 # the dollars are jq's
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

heat() { "$BIN/parkit-cpu" heat "$@"; }
result() { heat "$@" --json 2>/dev/null; }
outcome() { result "$@" | jq -c '[.verified, .answer, .digest]'; }

# Every way to compute it gives the outcome of the serial plain sweep in baseline instructions.
same_bits() { # OPTIONS...
    local want got threads tile different=()
    want=$(outcome "$@" -m serial --tile 1 --isa baseline)
    for threads in 1 2 3 4 7; do
        for tile in 1 3 50; do
            got=$(outcome "$@" -t $threads --tile $tile)
            [ "$got" = "$want" ] || different+=("-t $threads --tile $tile: $got")
        done
    done
    check_match "heat $*: verified as a plain sweep" '^\[true,' "$want"
    check_equal "heat $*: the same with 1, 2, 3, 4, 7 threads, tiles of 1, 3, 50 steps" "" "${different[*]:+want $want: ${different[*]}}"
}

instruction_sets() {
    local want isa n
    for n in 1 2 3 5 31 127 263; do
        want=$(outcome -n $n --isa baseline)
        for isa in $("$BIN/parkit-cpu" list --json | jq -r 'select(.name == "heat") | .isa[]'); do
            check_equal "-n $n --isa $isa: as baseline" "$want" "$(outcome -n $n --isa "$isa")"
        done
    done
}

# With a point in the middle, x y is 1/4 there; of the wave is left what each step leaves of it.
closed_form() {
    check_equal "-n 1: a boundary point, and it stays" "0 true" "$(result -n 1 | jq -r '"\(.answer) \(.verified)"')"
    check_equal "-n 2: x y = 1 in the last corner" "1 true" "$(result -n 2 | jq -r '"\(.answer) \(.verified)"')"
    check_equal "-n 3, alpha 1/8: 1/4 + 1/2 (1/2)^2 after two steps" 0.375 "$(result -n 3 --alpha 0.125 --steps 2 | jq .answer)"
    check_equal "-n 3 --steps 0: the initial field" 0.75 "$(result -n 3 --steps 0 | jq .answer)"
    # one half wave each way: 1 - 8 alpha sin^2(pi / (2 * 16)) a step, from 1/2
    check "-n 17: the centre decays as the mode does" jq -e '
        (1 - 8 * 0.2 * pow(3.141592653589793 / 32 | sin; 2)) as $lambda
        | (.answer - (0.25 + 0.5 * pow($lambda; 100)) | fabs) < 1e-13' <(result -n 17)
    check "the error is below what rounding allows" jq -e '.max_error < .tolerance and .tolerance < 1e-12' <(result -n 300)
    check "a thousand steps: still" jq -e '.verified and .max_error < .tolerance' <(result -n 150 --steps 1000)
}

limits() {
    local tile
    for tile in 1 50; do # which of the two it is depends on the machine
        result -n 1100 --tile $tile >"$WORK/run"
        check_match "--tile $tile: a run of some length says what limits it" "^(memory bandwidth|additions.*) [0-9.e+]+ G(B|flop)/s$" \
            "$(jq -r .limit "$WORK/run")"
        check "... and its share of that" jq -e '.share_of_limit > 0' "$WORK/run"
    done
    check_exit "a size that does not fit in memory" 3 heat -n 1e6
    check_match "... says how much it needs and what is free" "heat -n 1000000 needs .* and .* free" "$(cat "$WORK/err")"
}

bad_input() {
    local option
    for option in "--alpha 0.26" "--alpha 0" "--alpha nan" "--steps -1" "--steps 2e9" "--tile 0" "--tile 1001" "--frames 0" "-n 0" \
        "-m threads"; do
        # shellcheck disable=SC2086 # several words
        check_exit "heat $option: usage" 2 heat -n 10 $option
        check_equal "heat $option: one line" 1 "$(grep -c -e "${option##* }" "$WORK/err")"
    done
}

pictures() {
    local f=$WORK/a.ppm
    check "a picture" heat -n 50 --out "$f"
    check_equal "PPM: header" "P6 50 50 255" "$(head -n 3 "$f" | xargs)"
    check_equal "PPM: size" $((13 + 3 * 50 * 50)) "$(stat -c %s "$f")"
    # (u + 1/2) / 2 is 1/4 at the first point and 3/4 at the last: dark red and yellow
    check_equal "PPM: the first and the last pixel" "191 0 0 255 255 64" "$( (head -c 16 "$f" | tail -c 3 && tail -c 3 "$f") | od -An -tu1 | xargs)"
    heat -n 50 --out "$WORK/b.ppm" -t 3 --tile 1 --isa baseline >/dev/null 2>&1
    check "PPM: the same file from a plain sweep" cmp "$f" "$WORK/b.ppm"
    check_exit "another kind of picture" 2 heat -n 10 --out "$WORK/a.gif"
    check "a picture of a large field" heat -n 2050 --steps 1 --out "$WORK/large.ppm"
    check_equal "... shows every second point" "P6 1025 1025 255" "$(head -n 3 "$WORK/large.ppm" | xargs)"
    check "a picture of one point" heat -n 1 --out "$WORK/one.ppm"
}

# NumPy's format 1.0: 10 bytes, a dictionary up to byte 128, then the numbers; the one at the centre is the answer.
field() {
    local f=$WORK/a.npy n=51 middle=25 answer
    answer=$(heat -n $n --steps 7 --out "$f" --json 2>/dev/null | jq .answer)
    check_equal "a field: magic, version and length" "147 78 85 77 80 89 1 0 118 0" "$(head -c 10 "$f" | od -An -tu1 | xargs)"
    check_match "a field: its dictionary" "^\{'descr': '<f8', 'fortran_order': False, 'shape': \(51, 51\), \} *$" "$(head -c 127 "$f" | tail -c 117)"
    check_equal "a field: size" $((128 + 8 * n * n)) "$(stat -c %s "$f")"
    check_equal "a field: the number at the centre is the answer" "$(printf '%.14g' "$answer")" \
        "$(printf '%.14g' "$(od -An -tf8 -j $((128 + 8 * (middle * n + middle))) -N 8 "$f" | xargs)")"
    check_exit "a field where no file can be" 3 heat -n 10 --out "$WORK/none/a.npy"
}

movie() {
    local dir=$WORK/movie suffix want
    want=$(outcome -n 40 --steps 23)
    check_equal "a movie does not change the result" "$want" "$(outcome -n 40 --steps 23 --movie "$dir" --frames 5)"
    suffix=$(basename "$dir"/0000.* | cut -d. -f2)
    check_equal "its frames" "$(printf '%s\n' 000{0..5}."$suffix")" "$(ls "$dir")"
    heat -n 40 --steps 4 --movie "$dir/shorter" >/dev/null 2>&1 # step 4 of 23 is the first frame of five: 23 / 5 rounded down
    check "a frame is the field of its step" cmp "$dir/0001.$suffix" "$dir/shorter/0004.$suffix"
    check_equal "never more frames than steps" 5 "$(find "$dir/shorter" -type f | wc -l)"
    check "the last frame is the picture" heat -n 40 --steps 23 --out "$WORK/last.$suffix"
    check "... the same bytes" cmp "$WORK/last.$suffix" "$dir/0005.$suffix"
    check "no step, one frame" heat -n 40 --steps 0 --movie "$WORK/still"
    check_equal "... the initial field" "0000.$suffix" "$(ls "$WORK/still")"
    check_exit "a folder with files in it" 2 heat -n 40 --movie "$dir"
    check_match "... is named" "--movie $dir: there are files" "$(cat "$WORK/err")"
    check_exit "a folder in a folder that is missing" 3 heat -n 40 --movie "$WORK/none/movie"
    check_match "... is named" "--movie $WORK/none/movie: No such file" "$(cat "$WORK/err")"
    mkdir "$WORK/full"
    check_exit "a disk that fills up" 3 bash -c "trap '' XFSZ; ulimit -f 8; exec '$BIN/parkit-cpu' heat -n 900 --steps 2 --movie '$WORK/full'"
    check_equal "... leaves no half a frame" "" "$(ls "$WORK/full")"
}

main() {
    local n
    for n in 1 2 3 61 640; do same_bits -n $n; done
    same_bits -n 300 --steps 7 --alpha 0.25
    same_bits -n 16 --steps 1001 --alpha 0.01
    instruction_sets
    closed_form
    limits
    bad_input
    pictures
    field
    movie
    finish
}

main "$@"
