#!/usr/bin/env bash
# parkit-compare: every model on the same work, measured; a wrong answer is seen; the conclusion follows
# the figures. Times are compared only where the models differ by a wide margin.
# shellcheck disable=SC2016 # the stand-ins' own dollars
. "$(dirname "$0")/../lib.sh"

compare=$BIN/parkit-compare
field() { jq -rs "$1" "$WORK/rows"; }

# with_stand_in PROGRAM TEXT - a folder with this build, but PROGRAM replaced by a shell script
with_stand_in() {
    rm -rf "${WORK:?}/bin"
    mkdir "$WORK/bin"
    ln -s "$BIN"/* "$WORK/bin/"
    rm "$WORK/bin/parkit-compare" "$WORK/bin/parkit-lib.sh" "$WORK/bin/$1"
    cp "$BIN/parkit-compare" "$BIN/parkit-lib.sh" "$WORK/bin/"
    printf '#!/bin/sh\n%s\n' "$2" >"$WORK/bin/$1"
    chmod +x "$WORK/bin/$1"
}

# --- I/O-bound ---

if [ -x "$BIN/parkit-get" ] && [ -x "$BIN/parkit-serve" ]; then
    check "io in every model" "$compare" io --files 32 --latency 100 --repeats 1 --json
    cp "$WORK/out" "$WORK/rows"
    check_equal "the models" "sequential threads multi multi-threads processes" "$(jq -r .model "$WORK/rows" | paste -sd ' ')"
    check_equal "all right" true "$(field 'all(.right)')"
    check_equal "sequential waits for every file" true "$(field '.[0].seconds >= 3.2')"
    check_equal "the concurrent models do not" true "$(field '.[1:] | all(.speedup > 3)')"
    check_equal "none of them needs a processor of its own" true "$(field '.[0].processors < 0.5')"
    check "io as a table" "$compare" io --files 8 --latency 20 --quick
    check_match "has a row for each model" 'multi-threads .*right' "$(<"$WORK/out")"
    check_match "and a sentence" 'On this machine' "$(<"$WORK/out")"

    with_stand_in parkit-get "exec '$BIN/parkit-get' \"\$@\" --model sequential"
    check "models that do not overlap anything" "$WORK/bin/parkit-compare" io --files 8 --latency 20 --quick
    check_match "are told so" 'overlapping brought little' "$(<"$WORK/out")"
    with_stand_in parkit-get "'$BIN/parkit-get' \"\$@\"; for a; do d=\$last; last=\$a; [ \"\$d\" != --dir ] || dir=\$a; done
[ ! -d \"\$dir\" ] || for f in \"\$dir\"/*; do echo x >>\"\$f\"; break; done"
    check_exit "a wrong file" 1 "$WORK/bin/parkit-compare" io --files 4 --latency 1 --quick
    check_match "is seen though the program was content" 'sequential .* WRONG' "$(<"$WORK/out")"
    check_match "and nothing is concluded" 'No conclusion' "$(<"$WORK/out")"
else
    skip "io" "parkit-get or parkit-serve is not built"
fi

# --- CPU-bound ---

export ASAN_OPTIONS=detect_leaks=0 # Open MPI leaks at its end; mpi.sh looks for leaks of ours

check "cpu in every model" "$compare" cpu --quick --threads 2 --json
cp "$WORK/out" "$WORK/rows"
for task in 'fib(35), 20 times' '20 sums of squares'; do
    check_match "$task" '^serial coop threads processes openmp( mpi)?$' "$(jq -r --arg task "$task" 'select(.task == $task) | .model' "$WORK/rows" | paste -sd ' ')"
done
check_equal "all right" true "$(field 'all(.right)')"
check_equal "switches, processors and seconds are measured" true \
    "$(field 'all(.voluntary_switches >= 0 and .involuntary_switches >= 0 and .processors > 0 and .seconds > 0)')"
check_equal "one thread never uses two processors" true "$(field 'map(select(.model == "serial" or .model == "coop")) | all(.processors < 1.2)')"

result='{"schema":"parkit.run/1","verified":true,"digest":"00","median_s":0.3}'
with_stand_in parkit-cpu "sleep 0.3; echo '$result'"
rm -f "$WORK/bin/parkit-mpi"
check "work that no model makes faster" "$WORK/bin/parkit-compare" cpu --quick --threads 2
check_match "is told so" '2 workers brought little' "$(<"$WORK/out")"
with_stand_in parkit-cpu "case \$* in *threads*) echo '${result/00/01}' ;; *) echo '$result' ;; esac"
rm -f "$WORK/bin/parkit-mpi"
check_exit "an answer that differs from the serial one" 1 "$WORK/bin/parkit-compare" cpu --quick --threads 2
check_match "is wrong" 'threads .* WRONG' "$(<"$WORK/out")"
with_stand_in parkit-cpu "echo '${result/true/false}'; exit 1"
check_exit "answers that fail their check" 1 "$WORK/bin/parkit-compare" cpu --quick --threads 2 --csv
check_equal "have no speed-up" "" "$(tail -n 1 "$WORK/out" | awk -F, '{ print $NF }')"

# --- Bad input ---

while IFS='|' read -r want words; do
    # shellcheck disable=SC2086 # words of a test
    check_exit "refused: $words" 2 "$compare" $words
    check_match "  and says why" "$want" "$(<"$WORK/err")"
done <<'END'
io, cpu or all|
'disk' cannot be compared|disk
one of io, cpu and all at a time|io cpu
--repeats: 0|cpu --repeats 0
--files: 'many'|io --files many
--json and --csv|cpu --json --csv
unknown option '--frob'|cpu --frob
END
finish
