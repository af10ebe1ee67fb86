#!/usr/bin/env bash
# parkit-scale: the plan, the order, the placeholders; and that no finished run is ever lost.
# Commands of studies hold dollars and braces that are not for this script, and lists hold commas.
# shellcheck disable=SC1083,SC2016,SC2054
. "$(dirname "$0")/../lib.sh"

scale=$BIN/parkit-scale
cd "$WORK" || exit 1
commands() { grep -v '^#' "$WORK/out"; }
runs() { jq -Rr 'fromjson? | "\(.threads) \(.ranks) \(.nodes) \(.size) \(.rep)"' "$1/runs.jsonl" | sort; }

# --- Lists, placeholders, order: all seen in --dry-run ---

check "a dry run" "$scale" --dry-run -t 1-8:*2,3 -r 1 -w 0 -- echo {threads}
check_equal "lists join ranges and numbers, in shuffled order" "1 2 3 4 8" "$(commands | sort -k 2n | cut -d ' ' -f 2 | paste -sd ' ')"
check_match "it counts the runs" '# 5 runs' "$(<"$WORK/out")"
check_equal "it makes no folder" "" "$(ls -d study 2>/dev/null)"
check "the grid" "$scale" --dry-run -p 1,2 -t 1,3 -r 2 -w 0 -- echo {ranks}x{threads}
check_equal "every point in every repeat" "2 echo 1x1,2 echo 1x3,2 echo 2x1,2 echo 2x3" "$(commands | sort | uniq -c | awk '{$1=$1}1' | paste -sd ,)"
for block in 1,4 5,8; do
    check_equal "a block of one repeat has every point once" 4 "$(commands | sed -n "${block}p" | sort -u | wc -l)"
done
first=$(commands)
check "again" "$scale" --dry-run -p 1,2 -t 1,3 -r 2 -w 0 -- echo {ranks}x{threads}
check_equal "the same seed, the same order" "$first" "$(commands)"
check "seed 2" "$scale" --dry-run -t 1-20 -r 1 -w 0 --seed 2 -- echo {threads}
second=$(commands)
check "seed 3" "$scale" --dry-run -t 1-20 -r 1 -w 0 --seed 3 -- echo {threads}
check_equal "another seed, another order" yes "$([ "$second" != "$(commands)" ] && echo yes)"
check "weak" "$scale" --dry-run --weak -n 1K,2.5e3 -p 1,2 -t 1,3 -r 1 -w 0 -- echo {size} {ranks} {threads}
check_equal "weak: size times processors" "1000 15000 2000 2500 3000 5000 6000 7500" "$(commands | cut -d ' ' -f 2 | sort -u | paste -sd ' ')"
check "ranks per node" "$scale" --dry-run -N 1,2 --ranks-per-node 2,4 -r 1 -w 0 -- echo {nodes} {ranks}
check_equal "ranks are nodes times ranks per node" "1 2,1 4,2 4,2 8" "$(commands | cut -d ' ' -f 2- | sort | paste -sd ,)"
check "other braces" "$scale" --dry-run -t 2 -r 1 -w 0 -- echo {threads} {other} '${threads}' "it's {rep}" 'a b{threads}c'
check_equal "only the known placeholders are replaced" "echo 2 '{other}' '\$2' 'it'\\''s 1' 'a b2c'" "$(commands)"

# --- A study ---

check "a study" "$scale" -t 1,2 -r 3 -w 1 -o s -- sh -c 'echo "time $OMP_NUM_THREADS"; echo run >>count' x {threads}
check_match "its table is on stdout" 'Report: s/report.html' "$(<"$WORK/out")"
check_equal "six runs are recorded" 6 "$(wc -l <s/runs.jsonl)"
check_equal "and two warm-ups were run besides" 8 "$(wc -l <count)"
check_equal "the order is recorded" "1 2 3 4 5 6" "$(jq .order s/runs.jsonl | sort -n | paste -sd ' ')"
check_equal "OMP_NUM_THREADS is set" "time 2" "$(cat s/logs/t2-*-r1.log)"
for file in plan.json summary.csv summary.json report.md report.html logs; do check "it leaves $file" test -e "s/$file"; done
check_equal "the plan" '["parkit.plan/1",[1,2],[1],[1],[],"strong",3,1,1]' \
    "$(jq -c '[.schema, .threads, .ranks, .nodes, .sizes, .mode, .repeats, .warmups, .seed]' s/plan.json)"
check_equal "the plan has the command with its placeholders" '{threads}' "$(jq -r '.command[-1]' s/plan.json)"
check "the same again" "$scale" -t 1,2 -r 3 -w 1 -o s -- sh -c 'echo "time $OMP_NUM_THREADS"; echo run >>count' x {threads}
check_equal "runs nothing" 8 "$(wc -l <count)"

before=$(cat s/plan.json s/runs.jsonl)
check_exit "another command is refused" 2 "$scale" -t 1,2 -r 3 -o s -- true {threads}
check_match "and named" 's holds another study: command is \["sh".* there and \["true","\{threads\}"\] here' "$(<"$WORK/err")"
check_exit "another plan is refused" 2 "$scale" -t 1,2 -r 4 -o s -- sh -c 'echo "time $OMP_NUM_THREADS"; echo run >>count' x {threads}
check_match "and named" 'repeats is 3 there and 4 here; choose another folder' "$(<"$WORK/err")"
check_equal "the study is as it was" "$before" "$(cat s/plan.json s/runs.jsonl)"
mkdir full && touch full/file
check_exit "a folder that is no study is refused" 2 "$scale" -o full -- true
check_exit "a file is refused" 2 "$scale" -o count -- true

# --- Ranks times threads ---

if [ -x "$BIN/parkit-mpi" ] && command -v mpirun >/dev/null; then
    check "a hybrid study" env ASAN_OPTIONS=detect_leaks=0 "$scale" -p 1,2 -t 1,2 -r 1 -w 0 -n 1e5 -o hybrid --ok '"verified":true' -- \
        mpirun -n {ranks} parkit-mpi sumsq -n {size} -t {threads} --json
    check_equal "has every point" "1 1,1 2,2 1,2 2" "$(jq -r '"\(.ranks) \(.threads)"' hybrid/runs.jsonl | sort | paste -sd ,)"
    check_equal "and each run had the ranks and threads of its point" true "$(for r in 1 2; do for t in 1 2; do
        jq -R --argjson r "$r" --argjson t "$t" 'fromjson? | select(.schema == "parkit.run/1") | .ranks == $r and .threads == $t' "hybrid/logs/t$t-p$r-"*
    done; done | sort -u)"
else
    skip "a hybrid study" "parkit-mpi is not built"
fi

# --- Interruptions ---

wait_for_lines() { # FILE N - until it has N lines
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ] && return
        sleep 0.05
    done
}
slow=("$scale" -t 1,2 -r 3 -w 0 -o k -- sh -c 'sleep 0.3; echo $$ >>pids' x {threads})
"${slow[@]}" >/dev/null 2>&1 &
pid=$!
wait_for_lines k/runs.jsonl 2
kill -9 "$pid"
wait "$pid" 2>/dev/null
kept=$(head -n 2 k/runs.jsonl)
printf '{"schema":"parkit.measure/1","threads":1,"ra' >>k/runs.jsonl # as if the power had failed in a write
check "after kill -9 the same command goes on" "${slow[@]}"
check_equal "what was finished is untouched" "$kept" "$(head -n 2 k/runs.jsonl)"
check_equal "every run is there once" "$(for t in 1 2; do for r in 1 2 3; do echo "$t 1 1 null $r"; done; done)" "$(runs k)"

rm -rf k
env --default-signal=INT "${slow[@]}" >/dev/null 2>"$WORK/err" &
pid=$!
wait_for_lines k/runs.jsonl 1
kill -INT "$pid"
wait "$pid"
check_equal "Ctrl-C ends it with 130" 130 $?
check_match "and says how to go on" 'the same command goes on' "$(<"$WORK/err")"
check "which it does" "${slow[@]}"
check_equal "all runs are there" 6 "$(runs k | sort -u | wc -l)"

rm -rf k
"${slow[@]}" >/dev/null 2>&1 &
pid=$!
wait_for_lines k/runs.jsonl 1
kill -STOP "$pid" # it holds the lock and cannot end
check_exit "a second one on the same folder is refused" 3 "${slow[@]}"
check_match "and says why" 'another parkit-scale is at work' "$(<"$WORK/err")"
kill -CONT "$pid"
wait "$pid"
check_equal "the first one ends well" 0 $?

# --- Failures are results ---

check_exit "a study with failed runs ends with 1" 1 "$scale" -t 1,2 -r 2 -w 0 -o f -- sh -c 'exit $(($1 - 1))' x {threads}
check_equal "and has them all" "failed failed ok ok" "$(jq -r .state f/runs.jsonl | sort | paste -sd ' ')"
check "and its report" test -e f/report.html
check_exit "finished means finished: again 1, nothing run" 1 "$scale" -t 1,2 -r 2 -w 0 -o f -- sh -c 'exit $(($1 - 1))' x {threads}
check_equal "no run was added" 4 "$(wc -l <f/runs.jsonl)"
check_exit "a run beyond its time" 1 "$scale" -t 1 -r 1 -w 0 --timeout 0.3 -o timeout -- sleep 60
check_equal "is a timeout" timeout "$(jq -r .state timeout/runs.jsonl)"
check_exit "an answer that does not match --ok" 1 "$scale" -t 1 -r 1 -w 0 --ok '^right$' --fom 'rate ([0-9]+)' -o wrong -- printf 'rate 17\nwrong\n'
check_equal "is wrong, with its figure of merit" "wrong 17" "$(jq -r '"\(.state) \(.fom)"' wrong/runs.jsonl)"

# --- Bad input: one line, exit 2, no folder ---

while IFS='|' read -r want words; do
    # shellcheck disable=SC2086 # words of a test
    check_exit "refused: $words" 2 "$scale" -o bad $words
    check_match "  and says why" "$want" "$(grep -v ' note: ' "$WORK/err")"
done <<'END'
no command|-t 1
--threads: 'x'|-t x -- true
--threads: '0'|-t 0 -- true
--threads: ''|-t 1,,2 -- true
the range '8-1' runs backwards|-t 8-1 -- true
'1-8:\*1' never grows|-t 1-8:*1 -- true
no \{ranks\} in the command|-p 1,2 -- true
no \{nodes\} in the command|-N 1,2 -- true
no \{size\} in the command|-n 1,2 -- true
the command has \{size\}|-- true {size}
--weak grows the size|--weak -- true
--strong and --weak|--strong --weak -n 1 -- true {size}
--repeats 0 is not right|-r 0 -- true
--timeout soon is not right|--timeout soon -- true
--rule 'best'|--rule best -- true
--fom|--fom ( -- true
--frob is not an option|--frob -- true
--repeats needs a value|--repeats
--sizes: '1.5'|-n 1.5 -- true {size}
END
check_exit "a command that does not exist" 3 "$scale" -o bad -- no-such-command-anywhere
check_equal "none of these made a folder" "" "$(ls -d bad 2>/dev/null)"
check "threads that only OMP_NUM_THREADS tells" "$scale" --dry-run -t 1,2 -- true
check_match "draw a note" 'note: no \{threads\} in the command' "$(<"$WORK/err")"
finish
