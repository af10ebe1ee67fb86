#!/usr/bin/env bash
# parkit-run: what it measures, how runs end, what stays behind.
# shellcheck disable=SC2016,SC2317 # the commands measured have dollars of their own; functions called by check
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

run=$BIN/parkit-run
log=$WORK/runs.jsonl

# field NAME - of the last line of the log
field() { tail -n 1 "$log" | jq -c ".$1"; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
# eventually COMMAND... - true as soon as COMMAND is, within ten seconds
eventually() {
    local _
    for _ in {1..100}; do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    return 1
}

# --- How a run ends ---

check_exit 'a good run exits 0' 0 "$run" --append "$log" -q --threads 1 --rep 3 --order 7 --size 1000 -- true
check_equal 'its line has the schema' '"parkit.measure/1"' "$(field schema)"
check_equal 'its line has what was told' '[1,1,1,1000,3,7]' "$(tail -n 1 "$log" | jq -c '[.threads,.ranks,.nodes,.size,.rep,.order]')"
check_equal 'its state is ok, with exit 0 and no signal' '["ok",0,null]' "$(tail -n 1 "$log" | jq -c '[.state,.exit,.signal]')"
check_equal 'every field of the contract is there' '[]' "$(tail -n 1 "$log" | jq -c '["schema","threads","ranks","nodes","size",
    "rep","order","state","exit","signal","seconds","user_s","system_s","max_rss","voluntary_switches","involuntary_switches",
    "bytes_read","bytes_written","fom","binding","host","log","command","started"] - keys')"
check_equal 'what was not told is null' '[null,null,null]' "$("$run" --json -- true | jq -c '[.size,.rep,.order]')"

check_exit 'a failed run exits 1' 1 "$run" --append "$log" -q -- sh -c 'exit 7'
check_equal 'its exit code is recorded' '["failed",7,null]' "$(tail -n 1 "$log" | jq -c '[.state,.exit,.signal]')"
check_exit 'a run ended by a signal exits 1' 1 "$run" --append "$log" -q -- sh -c 'kill -SEGV $$'
check_equal 'its signal is recorded' '["failed",null,11]' "$(tail -n 1 "$log" | jq -c '[.state,.exit,.signal]')"
check_exit 'a run past its limit exits 1' 1 "$run" --append "$log" -q --timeout 0.3 -- sleep 60
check_equal 'its state is timeout' '"timeout"' "$(field state)"
check 'it was ended near its limit' jq -es 'last | .seconds >= 0.3 and .seconds < 30' "$log"
check_exit 'a command that ignores SIGTERM is killed' 1 "$run" --append "$log" -q --timeout 0.3 -- \
    sh -c 'trap "" TERM; sleep 60; sleep 60'
check_equal 'that too is a timeout' '"timeout"' "$(field state)"
check_equal 'one line for each of the five runs' 5 "$(wc -l <"$log")"

# --- Nothing stays behind ---

"$run" -q --timeout 0.5 -- sh -c 'setsid sleep 61 & echo $! >"$0"/daemon; sleep 62 & echo $! >"$0"/job; wait' "$WORK"
check 'a job of a timed-out command is ended' eventually is_gone "$(cat "$WORK/job")"
check 'so is one with a session of its own' eventually is_gone "$(cat "$WORK/daemon")"
check 'a command that leaves a daemon is ok' "$run" -q -- sh -c 'setsid sleep 63 & echo $! >"$0"/left' "$WORK"
check 'its daemon is ended' is_gone "$(cat "$WORK/left")"

for signal in TERM HUP; do
    : >"$WORK/pid"
    "$run" -q --append "$WORK/told.jsonl" -- sh -c 'echo $$ >"$0"/pid; exec sleep 64' "$WORK" &
    pid=$!
    eventually test -s "$WORK/pid"
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" 2>/dev/null || code=$?
    check_equal "SIG$signal ends parkit-run by that signal" $((128 + $(kill -l "$signal"))) "$code"
    check "SIG$signal ends the command too" is_gone "$(cat "$WORK/pid")"
done
check_equal 'a run that was broken off is not recorded' 0 "$(wc -l <"$WORK/told.jsonl")"

# --- What is measured ---

check_equal 'processor time of a busy loop is seen' true \
    "$("$run" --json -- sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done' | jq '.user_s + .system_s > 0.02')"
check_equal 'a sleep takes wall time and no processor time' true \
    "$("$run" --json -- sleep 0.3 | jq '.seconds >= 0.3 and .user_s + .system_s < 0.2')"
check_equal 'a child that is waited for counts' true \
    "$("$run" --json -- sh -c 'sh -c "i=0; while [ \$i -lt 200000 ]; do i=\$((i+1)); done"; true' | jq '.user_s + .system_s > 0.02')"
check_equal 'peak memory counts the largest process' true \
    "$("$run" --json -- sh -c 'head -c 50000000 /dev/zero | tail -c 49000000 >/dev/null' 2>/dev/null | jq '.max_rss > 40000000')"
check_equal 'bytes written are those of the whole command' true \
    "$("$run" --json -- dd if=/dev/zero of="$WORK/data" bs=100000 count=10 2>/dev/null | jq '.bytes_written == null or .bytes_written >= 1000000')"
check_equal 'a sleeper switches of its own will' true "$("$run" --json -- sh -c 'sleep 0.01; sleep 0.01' | jq '.voluntary_switches >= 2')"

# --- Where it runs ---

allowed() { awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status; }
export -f allowed
inside=$("$run" -q --threads 1 --log "$WORK/cpus" --json -- bash -c allowed | jq -r .binding)
check_equal 'the binding recorded is the one in force' "$(cat "$WORK/cpus")" "$inside"
check_match 'one thread gets one cpu' '^[0-9]+$' "$inside"
check_equal 'two words of the same plan: --cores 1' "$inside" "$("$run" --cores 1 --json -- true | jq -r .binding)"
check_equal 'without a count nothing is bound' "$(allowed)" "$("$run" --json -- true | jq -r .binding)"
check_equal '--bind none binds nothing' "$(allowed)" "$("$run" --threads 1 --bind none --json -- true | jq -r .binding)"
check_equal 'more workers than cpus get all' "$(allowed)" "$("$run" -q --threads 4096 --json -- true | jq -r .binding)"
"$run" --threads 4096 -- true 2>"$WORK/err"
check_match 'and draw a warning' 'warning' "$(cat "$WORK/err")"
check_equal '--threads sets OMP_NUM_THREADS' 3 "$("$run" -q --threads 3 --log "$WORK/omp" -- sh -c 'echo $OMP_NUM_THREADS'; cat "$WORK/omp")"
check_equal 'without it the variable is left alone' 5 "$(OMP_NUM_THREADS=5 "$run" --log "$WORK/omp" -- sh -c 'echo $OMP_NUM_THREADS' 2>/dev/null; cat "$WORK/omp")"
check_equal 'OMP_PROC_BIND is left alone' close "$(OMP_PROC_BIND=close "$run" -q -t 1 --log "$WORK/omp" -- sh -c 'echo $OMP_PROC_BIND'; cat "$WORK/omp")"

# --- Its output ---

check_equal 'the log holds stdout and stderr' $'out\nerr' "$("$run" --log "$WORK/both" -- sh -c 'echo out; echo err >&2' 2>/dev/null; cat "$WORK/both")"
check_equal 'without a log stdout passes through' out "$("$run" -- echo out 2>/dev/null)"
check_equal '--quiet shows nothing' '' "$("$run" -q --append "$log" -- sh -c 'echo out; echo err >&2' 2>&1)"
check_equal 'with --json stdout is the line alone' 1 "$("$run" --json -- echo out 2>/dev/null | wc -l)"
check_equal 'searched output is still shown' out "$("$run" --ok out -- echo out 2>/dev/null)"
"$run" -- true 2>"$WORK/err"
check_match 'a summary for people goes to stderr' 'wall.*processors in use' "$(tr '\n' ' ' <"$WORK/err")"

fom() { "$run" -q --json --fom "$1" -- printf "$2" | jq -c .fom; }
check_equal 'the figure of merit is the group' 2.5 "$(fom 'rate: ([0-9.]+)' 'rate: 2.5 GB/s\n')"
check_equal 'the last match wins' 3 "$(fom 'rate: ([0-9.]+)' 'rate: 1\nrate: 2, rate: 3\nend\n')"
check_equal 'without a group it is all that matched' 1500 "$(fom '[0-9]+e[0-9]' 'x 15e2 y\n')"
check_equal 'a carriage return ends a line' 9 "$(fom '^done ([0-9]+)$' '10%%\rdone 9\r')"
check_equal 'a match that is no number is passed over' 4 "$(fom 'v=([^ ]+)' 'v=4 v=none\n')"
check_equal 'no match is null' null "$(fom 'zzz ([0-9]+)' 'rate: 2.5\n')"
check_exit 'a right answer exits 0' 0 "$run" -q --ok '^verified$' -- printf 'x\nverified\n'
check_exit 'a wrong answer exits 1' 1 "$run" -q --append "$log" --ok '^verified$' -- echo 'not verified'
check_equal 'its state is wrong' '"wrong"' "$(field state)"

# --- Runs of several things side by side ---

sum=$WORK/summary.jsonl
for i in 1 2 3 4 5 6; do
    "$run" -q --label slow --append "$sum" -- sleep 0.2
    "$run" -q --label fast --append "$sum" --time '([0-9]+)' -- sh -c "echo $i; sleep 0.02"
done
"$run" -q --label bad --append "$sum" -- false
check 'a summary' "$run" --summary "$sum" --json
cp "$WORK/out" "$WORK/rows"
check_equal 'has a line for each label, in the order of their first runs' 'slow fast bad' "$(jq -r .label "$WORK/rows" | paste -sd ' ')"
check_equal 'counts runs, and those that ended well' '6 6 6 6 1 0' "$(jq -r '"\(.runs) \(.ok)"' "$WORK/rows" | paste -sd ' ')"
check_equal 'gives the interval of a median from six runs' '95 %' "$(head -n 1 "$WORK/rows" | jq -r .interval)"
check_equal 'compares with the first, with an interval' true "$(sed -n 2p "$WORK/rows" | jq '.speedup > 2 and .speedup_low > 2 and .speedup_low <= .speedup and .speedup <= .speedup_high')"
check_equal 'has the medians of what the programs told' 'null 3.5' "$(jq .program_s "$WORK/rows" | head -n 2 | paste -sd ' ')"
check_equal 'has no figures without a run that ended well' '[null,null]' "$(tail -n 1 "$WORK/rows" | jq -c '[.seconds,.speedup]')"
check 'a summary for people' "$run" --summary "$sum"
check_match 'says how they compare' 'fast +6 of 6 runs .*times as fast \(95 %: ' "$(<"$WORK/out")"
check_exit 'a summary of nothing' 2 "$run" --summary /dev/null
check_exit 'a summary runs nothing' 2 "$run" --summary "$sum" -- true
check_exit 'a summary of a file that is not there' 3 "$run" --summary "$WORK/none.jsonl"

# --- Mistakes ---

check_exit 'no command is a usage error' 2 "$run"
check_exit 'a bad pattern is a usage error' 2 "$run" --fom '(' -- true
check_match 'it is named' "fom '\('" "$(cat "$WORK/err")"
check_exit 'no threads is a usage error' 2 "$run" --threads 0 -- true
check_exit 'a negative limit is a usage error' 2 "$run" --timeout -1 -- true
check_exit 'an unknown policy is a usage error' 2 "$run" --bind near -- true
lines=$(wc -l <"$log")
check_exit 'a command that is not there exits 3' 3 "$run" --append "$log" -- no-such-command-here
check_match 'it is named' "'no-such-command-here'" "$(cat "$WORK/err")"
printf 'echo hi\n' >"$WORK/plain"
check_exit 'a file that cannot be executed exits 3' 3 "$run" --append "$log" -- "$WORK/plain"
check_equal 'nothing was recorded' "$lines" "$(wc -l <"$log")"
check_exit 'a result file that cannot be written exits 3' 3 "$run" --append "$WORK/none/runs.jsonl" -- touch "$WORK/ran"
check_exit 'and the command was not run' 1 test -e "$WORK/ran"
check_exit 'a log that cannot be written exits 3' 3 "$run" --log "$WORK/none/log" -- true
check 'options after -- belong to the command' "$run" -q -- sh -c 'test "$1" = --json' sh --json

printf '{"torn":' >"$WORK/torn.jsonl"
check 'a torn line does not spoil the next' "$run" -q --append "$WORK/torn.jsonl" -- true
check_equal 'the new line is whole' '"ok"' "$(tail -n 1 "$WORK/torn.jsonl" | jq -c .state)"
for i in 1 2 3 4 5 6 7 8; do "$run" -q --append "$WORK/many.jsonl" --rep "$i" -- true & done
wait
check_equal 'runs side by side write whole lines' 8 "$(jq -c .rep "$WORK/many.jsonl" | sort -u | wc -l)"

finish
