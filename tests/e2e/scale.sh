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

check "a list that goes on" "$scale" --dry-run -t 1,2,4..16 -p 1,2 --where 'threads*ranks<=16' --where 'threads>1' -r 1 -w 0 -- echo {ranks}x{threads}
check_equal "less what the conditions leave out" "1x16 1x2 1x4 1x8 2x2 2x4 2x8" "$(commands | cut -d ' ' -f 2 | sort | paste -sd ' ')"
check_match "which it says" 'note: 3 of 10 points are left out' "$(<"$WORK/err")"
for law in linear=1000,2000,4000 sqrt=1000,1414,2000 cbrt=1000,1260,1587; do
    check "weak, ${law%=*}" "$scale" --dry-run --weak --law "${law%=*}" -n 1000 -t 1-4:*2 -r 1 -w 0 -- echo {threads} {size}
    check_equal "sizes grow so" "${law#*=}" "$(commands | sort | cut -d ' ' -f 3 | paste -sd ,)"
done
check "sizes of a process" "$scale" --dry-run --size-is process -n 1000 -p 1,2,4 -r 1 -w 0 -- echo {ranks} {size}
check_equal "are shares of the whole" "1000 500 250" "$(commands | sort | cut -d ' ' -f 3 | paste -sd ' ')"
check "settings and what surrounds a run" "$scale" --dry-run -t 2 -r 1 -w 0 -e 'A=x {threads}' --setup 'mkdir {rep}' --cleanup 'rm {rep}' -- echo {threads}
check_equal "are shown" "# setup: mkdir 1,'A=x 2' echo 2,# cleanup: rm 1" "$(grep -v '^# [0-9e]' "$WORK/out" | paste -sd ,)"
check "what it will cost" "$scale" --dry-run -t 1,4 -r 2 -w 1 --expect 3600 --timeout 7200 -- echo {threads}
check_match "3 runs of an hour and 3 of a quarter, or all of an hour" '# expected: 3.8 h with ideal speed-up, 6.0 h without any, 6 to 15 core-hours' "$(<"$WORK/out")"
check_match "at most by the limit" '# at most 12.0 h' "$(<"$WORK/out")"
check "what it will cost, without a hint" "$scale" --dry-run -t 1 -- true
check_match "is not known" '# expected time: not known' "$(<"$WORK/out")"

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

check_equal "the plan has every point, for whoever else would run it" '{"threads":1,"ranks":1,"nodes":1,"ranks_per_node":1,"size":null,"base_size":null}' \
    "$(jq -c '.points[0]' s/plan.json)"
check_equal "the plan has the machine and the program" '[]' "$(jq -c '["host","kernel","arch","cpu","microcode","cores","cpus","sockets",
    "numa","smt","cpuset","governor","turbo","load","memory","memory_limit","quota","container","hypervisor","os","l2_bytes","l3_bytes"] - (.machine | keys)
    + (["path","bytes","modified","compiler","libraries"] - (.program | keys))' s/plan.json)"
check_match "and what the program is" '/sh$' "$(jq -r .program.path s/plan.json)"

# What is known of a run is in its line; what surrounds it is not timed.
check "a run with all around it" "$scale" -t 1 -r 2 -w 0 -n 10 -o around -e 'WORD=of {rep}' --setup 'sleep 0.3; echo "up $WORD" >>order' \
    --cleanup 'echo down >>order' --time 'took ([0-9.]+)' --fom json:rate.0 --ok json:right --ok-exit 0,3 -- \
    sh -c 'echo "run $WORD" >>order; echo "took 1.5 s"; echo "{\"rate\":[{size}],\"right\":true}"; exit 3'
check_equal "setup and cleanup surround each run, settings reach all" "up of 1,run of 1,down,up of 2,run of 2,down" "$(paste -sd , order)"
check_equal "its time, its figure of merit, its exit" '["ok",3,1.5,10,10]' "$(head -n 1 around/runs.jsonl | jq -c '[.state,.exit,.program_s,.fom,.base_size]')"
check_equal "the setup is not in its time" true "$(jq -s 'all(.seconds < 0.25)' around/runs.jsonl)"
check_equal "the study is about the program's time" program "$(jq -r .time around/plan.json)"
check_exit "a setup that fails ends the study" 3 "$scale" -t 1 -r 1 -w 0 -o nosetup --setup 'echo no licence; exit 1' -- true
check_match "which it says" "setup 'echo no licence; exit 1' failed; .*nosetup/logs/setup.log" "$(<"$WORK/err")"
check_match "with its output kept" 'no licence' "$(<nosetup/logs/setup.log)"
check "the binding really in force" "$scale" -t 1 -r 1 -w 0 -o bound -- sleep 0.3
check_equal "is seen while it runs" true "$(jq '.affinity == .binding and (.affinity | length > 0)' bound/runs.jsonl)"

# Repeats until the median is known: exact times need no more than the fewest, scattered ones the most.
check "exact times" "$scale" -t 1 -w 0 --precision 5 --max-repeats 20 -o exact --time 'x([0-9.]+)' -- echo x1.0
check_equal "are repeated six times" 6 "$(wc -l <exact/runs.jsonl)"
check "scattered times" "$scale" -t 1 -w 0 --precision 5 --max-repeats 11 -o scattered --time 'x([0-9.]+)' -- echo x1{rep}
check_equal "are repeated as often as is allowed" 11 "$(wc -l <scattered/runs.jsonl)"
check "one of two points" "$scale" -t 1,2 -w 0 --precision 5 --max-repeats 9 -o mixed --time 'x([0-9.]+)' -- sh -c 'test {threads} = 1 && echo x1.0 || echo x1{rep}'
check_equal "is repeated alone" "6 9" "$(jq .threads mixed/runs.jsonl | sort | uniq -c | awk '{ print $1 }' | paste -sd ' ')"
check_exit "runs that all fail" 1 "$scale" -t 1 -w 0 --precision 5 -o hopeless -- false
check_equal "are not repeated for ever" 6 "$(wc -l <hopeless/runs.jsonl)"

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

# A disk that fills up, as a limit on the size of files: runs.jsonl reaches it in the middle of a line.
limited=("$scale" -t 1,2,3 -r 8 -w 0 -o limited -- true {threads})
check_exit "a full disk" 3 bash -c 'trap "" XFSZ; ulimit -f 8; exec "$@"' x "${limited[@]}"
check_match "is told" 'cannot append to limited/runs.jsonl: ' "$(<"$WORK/err")"
check "and leaves whole lines" jq -es 'length > 2' limited/runs.jsonl
check "with room again the same command goes on" "${limited[@]}"
check_equal "and has all runs" 24 "$(runs limited | sort -u | wc -l)"
mkdir young && mkdir young/logs && echo '{"schema":' >young/plan.json.part
check "a study killed before its plan was written begins" "$scale" -t 1 -r 1 -w 0 -o young -- true

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
write \{threads\}|-t 1 -- true {thread}
write \{ranks\}|-p 1 -- mpirun -np {np}
'procs' is not known|-t 1 --where procs<3 -- true {threads}
an operator is wanted|-t 1 --where 1<2<3 -- true {threads}
no point is left|-t 1 --where threads>1 -- true {threads}
no point is left|-N 4 -p 2 -- true {nodes} {ranks}
--law says|--law sqrt -n 1 -- true {size}
--law cube is not known|--weak --law cube -n 1 -- true {size}
too few for --precision|-r 3 --precision 1 -- true
add it, or give|--max-repeats 9 -- true
'A' is not NAME=VALUE|-e A -- true
--ok-exit '256'|--ok-exit 256 -- true
names no key|--time json: -- true
makes 18014398509481982|--weak -t 2 -n 9007199254740991 -- true {size} {threads}
END
check_exit "a plan that cannot be shown" 3 bash -c '"$0" --dry-run -t 1 -- true >/dev/full' "$scale"
check_exit "a folder that cannot be made" 3 "$scale" -t 1 -o /dev/null/bad -- true
check_match "is named" "folder '/dev/null/bad' cannot be made or written" "$(<"$WORK/err")"
check_equal "in one line" 1 "$(wc -l <"$WORK/err")"
check_exit "a command that does not exist" 3 "$scale" -o bad -- no-such-command-anywhere
check_match "may need its path" 'give its path, as in ./no-such-command-anywhere' "$(<"$WORK/err")"
check_equal "none of these made a folder" "" "$(ls -d bad 2>/dev/null)"
check "threads that only OMP_NUM_THREADS tells" "$scale" --dry-run -t 1,2 -- true
check_match "draw a note" 'note: no \{threads\} in the command' "$(<"$WORK/err")"
finish
