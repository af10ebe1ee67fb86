#!/usr/bin/env bash
# A study killed with SIGKILL at random moments and continued by the same command: every run is there exactly
# once, every line is whole, and what was finished stays as it was. Killed is, by lot: the study; the process
# that makes a run; or both and the command at once, as when a job ends.
# KILLS (12) and SEED (1) from the environment; tests/bench/kills.sh takes 50.
# shellcheck disable=SC1083,SC2054 # braces of placeholders, commas of lists
. "$(dirname "$0")/../lib.sh"

RANDOM=${SEED:-1}
REPEATS=12
cd "$WORK" || exit 1
study=("$BIN/parkit-scale" -t 1,2,3 -r "$REPEATS" -w 1 --fom 'rate ([0-9]+)' -o) # and the folder, and the command
command=(sh -c 'sleep 0.0{threads}; echo rate {rep}')

children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

# victims PID - by lot, whom to kill
victims() {
    local worker
    worker=$(children "$1")
    case $((RANDOM % 3)) in
    0) echo "$1" ;;
    1) echo "${worker:-$1}" ;;
    2) echo "$1 $worker $(for w in $worker; do children "$w"; done)" ;;
    esac
}

# pause - up to 0.8 s, short ones more often: starting has its own moments
pause() { sleep "$(printf '0.%03d' $((RANDOM % 800 * (RANDOM % 800) / 800)))"; }

# whole FILE - whether every line is a run with its point
whole() { [ ! -e "$1" ] || jq -es 'all(.schema == "parkit.measure/1" and .threads >= 1 and .rep >= 1 and .fom == .rep)' "$1" >/dev/null 2>&1; }

# complete FOLDER - finish the study and check it
complete() {
    check "study $1 goes on to its end" "${study[@]}" "$1" -- "${command[@]}"
    check "study $1: every line is a whole run" whole "$1/runs.jsonl"
    check_equal "study $1: every run is there once" "$(for t in 1 2 3; do for ((r = 1; r <= REPEATS; r++)); do echo "$t $r ok"; done; done | sort)" \
        "$(jq -r '"\(.threads) \(.rep) \(.state)"' "$1/runs.jsonl" | sort)"
    check_equal "study $1: in the order of its plan" "" "$(jq .order "$1/runs.jsonl" | awk '$1 <= last { print } { last = $1 }')"
}

kills=0 number=1 lost=0 torn=0
while [ "$kills" -lt "${KILLS:-12}" ]; do
    touch "s$number.before"
    "${study[@]}" "s$number" -- "${command[@]}" >"$WORK/out" 2>"$WORK/err" &
    pid=$!
    pause
    if kill -0 "$pid" 2>/dev/null; then
        read -ra whom <<<"$(victims "$pid")"
        kill -9 "${whom[@]}" 2>/dev/null && kills=$((kills + 1))
    fi
    wait "$pid" 2>/dev/null
    code=$?
    [ ! -e "s$number/runs.jsonl" ] || cat "s$number/runs.jsonl" >"s$number.after"
    cmp -s -n "$(stat -c %s "s$number.before")" "s$number.before" "s$number.after" || [ ! -s "s$number.before" ] || lost=$((lost + 1))
    whole "s$number/runs.jsonl" || torn=$((torn + 1))
    [ ! -e "s$number.after" ] || mv "s$number.after" "s$number.before"
    if [ "$code" -eq 0 ]; then
        complete "s$number"
        number=$((number + 1))
    fi
done 2>/dev/null # the shell tells of every job that is killed
[ ! -e "s$number" ] || complete "s$number"
check_equal "$kills kills: nothing that was finished is lost" 0 "$lost"
check_equal "$kills kills: no line is half-written" 0 "$torn"
check_equal "no command is left running" "" "$(pgrep -f "sleep 0.0[123]; echo rate" | paste -sd ' ')"
finish
