#!/usr/bin/env bash
# parkit-report: what it reads, what it prints, what it writes. The published data are in tests/data.
# shellcheck disable=SC2016 # sh -c has dollars of its own
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

report=$BIN/parkit-report
data=$TESTS/data

# line STATE SECONDS THREADS - a line of runs.jsonl
line() {
    printf '{"schema":"parkit.measure/1","threads":%s,"ranks":1,"nodes":1,"size":null,"rep":1,"order":1,"state":"%s","seconds":%s,"user_s":%s,"system_s":0,"fom":null}\n' \
        "$3" "$1" "$2" "$2"
}

# json FILTER STUDY [OPTION...] - of the report as JSON
json() {
    local filter=$1
    shift
    "$report" --format json "$@" 2>/dev/null | jq -c "$filter"
}

# --- Published data ---

check_equal 'OpenGATE: 8 threads, as its authors say' '["eff=0.7",8]' "$(json '[.recommended.rule,.recommended.count]' "$data/opengate.csv")"
check_equal 'pi: the published speed-ups' '[1,1.94,3.72,5.82,11.44]' \
    "$(json '[.points[].speedup * 100 | round / 100]' "$data/dirac_pi_strong.csv")"
check_equal 'pi: the serial fraction' 0.029401782 "$(json '.fits.amdahl.serial_fraction * 1e9 | round / 1e9' "$data/dirac_pi_strong.csv")"
check_equal 'pi: weak efficiencies' '[1,0.951,0.797,0.953,0.894]' \
    "$(json '[.points[].efficiency * 1000 | round / 1000]' --weak "$data/dirac_pi_weak.csv")"
check_equal 'CASINO: the published speed-ups' '[1,1.9,3.6,7,12.5]' "$(json '[.points[].speedup * 10 | round / 10]' "$data/casino.csv")"
check_equal 'CASINO: counts are nodes' '[1,2,4,8,16]' "$(json '[.points[].count]' "$data/casino.csv")"
check_match 'text says so' 'on 16 nodes' "$("$report" "$data/casino.csv")"
check_equal 'OpenGATE: the peak of the scalability law' 11.09 "$(json '.fits.usl.peak * 100 | round / 100' "$data/opengate.csv")"
check_equal 'six counts are too few by one for it' null "$(json '.fits.usl.sigma' "$data/casino.csv")"
check_match 'which is said' 'at least 6 different counts' "$(json '.fits.usl.reason' "$data/casino.csv")"

# --- The contract ---

check_equal 'the report has its fields' '[]' \
    "$(json '["schema","points","fits","recommended","alarms"] - keys' "$data/opengate.csv")"
check_equal 'its schema' '"parkit.report/1"' "$(json .schema "$data/opengate.csv")"
check_equal 'a point has its fields' '[]' "$(json '["threads","ranks","nodes","size","count","runs","median_s","low_s","high_s",
    "interval","speedup","efficiency","doubling","karp_flatt"] - (.points[0] | keys)' "$data/opengate.csv")"
check_equal 'an alarm has its fields' '["kind","point","text"]' "$(json '.alarms[0] | keys' "$data/casino.csv")"
check_equal 'the law without coherency has estimator and fraction' '["string","number"]' \
    "$(json '[.fits.amdahl.estimator, .fits.amdahl.serial_fraction | type]' "$data/opengate.csv")"
check_equal 'CSV has a row a point' 11 "$("$report" --format csv "$data/opengate.csv" | wc -l)"
check_match 'and a head' '^threads,ranks,nodes,size,count,runs,' "$("$report" --format csv "$data/opengate.csv" | head -n 1)"
check_match 'Markdown has a table' '\|---:\|' "$("$report" --format md "$data/opengate.csv")"
for rule in fastest csc notur cheapest eff=0.5; do
    check_equal "rule $rule is known" "\"$rule\"" "$(json .recommended.rule --rule "$rule" "$data/opengate.csv")"
done

check_equal 'every rule has its count and reason' '[["fastest",8],["eff=0.7",8],["csc",8],["notur",8],["cheapest",1]]' \
    "$(json '[.by_rule[] | [.rule, .count]]' "$data/opengate.csv")"
check_equal 'both estimators are labelled' '[0.0081316,0.0096195]' \
    "$(json '[.fits.usl.kappa, .fits.usl.by_rates.kappa | . * 1e7 | round / 1e7]' "$data/opengate.csv")"
check_match 'the second by its name' 'least squares on rates' "$(json '.fits.usl.by_rates.estimator' "$data/opengate.csv")"
check_equal 'AICc prefers the scalability law there' '"usl"' "$(json .fits.preferred "$data/opengate.csv")"
check_equal 'and forecasts twice the largest count' 20 "$(json .fits.forecast.count "$data/opengate.csv")"
check_equal 'or the count that is asked for' 12 "$(json .fits.forecast.count --predict 12 "$data/opengate.csv")"
check_exit 'but none beyond' 2 "$report" --predict 21 "$data/opengate.csv"
check_match 'and says how far' 'give 1 to 20' "$(cat "$WORK/err")"
check_equal 'a program that scales no better than memory is told so' true \
    "$(json '[.alarms[].kind] | index("bandwidth") != null' --stream "$data/opengate.csv" "$data/opengate.csv")"
check_equal 'one that does is not' null "$(json '[.alarms[].kind] | index("bandwidth")' --stream "$data/opengate.csv" "$data/casino.csv")"
check_match 'the terminal shows bars' '▁|▂' "$("$report" "$data/opengate.csv")"

# --- What it reads ---

check_equal 'stdin as CSV' '[1,2]' "$(printf 'threads,seconds\n1,8\n2,4\n' | json '[.points[].count]' -)"
check_equal 'stdin as JSON lines' '[1,2]' "$({ line ok 8 1; line ok 4 2; } | json '[.points[].count]' -)"
check_equal 'columns in any order, with blanks, quotes, comments and DOS line ends' '[6,8]' \
    "$(printf '# timings\r\nseconds, "size",Threads ,host,ranks\r\n8,"1e3",2,"a,b",3\r\n\r\n4,1000,2,c,4\r\n' | json '[.points[].count]' -)"
check_equal 'sizes become series' '[1000,2000]' \
    "$(printf 'threads,size,seconds\n1,1000,1\n1,2000,2\n2,1000,.6\n2,2000,1\n' | json '[.series[].size]' -)"

mkdir "$WORK/study"
{ line ok 8 1; line failed 1 1; line ok 8.1 1; line ok 4 2; line timeout 9 2; line wrong 1 2; printf '{"schema":"parkit.mea'; } >"$WORK/study/runs.jsonl"
check_equal 'only good runs count; the others are shown' '[[2,1,0,0,8.05],[1,0,1,1,4]]' \
    "$(json '[.points[] | [.runs,.failed,.timeout,.wrong,.median_s]]' "$WORK/study")"
check_equal 'a torn last line is ignored' 1 "$(json .torn_lines "$WORK/study")"
check_equal 'failures raise an alarm' true "$(json '[.alarms[].kind] | index("failed") != null' "$WORK/study")"
echo '{"schema":"parkit.plan/1","command":["prog","-t","{threads}","a b"],"mode":"weak","rule":"csc","machine":{"host":"h","cores":4}}' >"$WORK/study/plan.json"
check_equal 'the plan says weak and the rule' '["weak","csc"]' "$(json '[.mode,.recommended.rule]' "$WORK/study")"
check_equal 'the command line is stronger' '["strong","fastest"]' "$(json '[.mode,.recommended.rule]' --strong --rule fastest "$WORK/study")"
check_match 'the command is shown as a shell takes it' "prog -t \{threads\} 'a b'" "$("$report" "$WORK/study" 2>/dev/null)"
line timeout 5 1 >"$WORK/bad_runs.jsonl"
check 'a study without a good run is reported' "$report" "$WORK/bad_runs.jsonl"
check_match 'and says so' 'No run ended well' "$(cat "$WORK/out")"

# --- Repeated runs, hybrid grids, the time of the program ---

# grid FACTOR - a hybrid study with seven runs of every split; the time of 2 ranks is FACTOR times what it should be
grid() {
    awk -v factor="$1" 'BEGIN {
        print "ranks,threads,order,program_s,seconds"
        for (k = 0; k < 7; k++) for (r = 1; r <= 4; r *= 2) for (t = 1; t <= 4; t *= 2) {
            s = 20 * (0.03 + 0.97 / (r * t)) * (1 + 0.002 * ((k * 3) % 7) + 0.01 * (t > 1)) * (r == 2 ? factor : 1)
            printf "%d,%d,%d,%.6f,%.6f\n", r, t, ++order, s - 0.25, s
        }
    }'
}
grid 1 >"$WORK/grid.csv"
check_equal 'every figure has an interval' '[true,true,true,true]' \
    "$(json '.points[-1] | [.speedup_95, .efficiency_95, .doubling_95, .karp_flatt_95 | length == 2 and .[0] < .[1]]' "$WORK/grid.csv")"
check_equal 'they contain their figure' true \
    "$(json '[.points[] | select(.speedup_95) | .speedup_95[0] <= .speedup and .speedup <= .speedup_95[1]] | all' "$WORK/grid.csv")"
check_equal 'so do those of the laws' '[2,2,2,2]' \
    "$(json '[.fits.amdahl.serial_fraction_interval, .fits.forecast.time_95, .fits.forecast.speedup_95, .fits.unbounded_sigma_95 | length]' "$WORK/grid.csv")"
check_equal 'how steady a recommendation is, is known' 1 "$(json '.recommended.steadiness' "$WORK/grid.csv")"
check_match 'the splits of a count are told apart' 'slowest split of that count, [124] ranks x' "$("$report" "$WORK/grid.csv")"
check_equal 'the time of the program is judged when asked for' true \
    "$(json '.points[0].median_s < 20' --time program "$WORK/grid.csv")"
check_exit 'but not where there is none' 2 "$report" --time program "$data/opengate.csv"
check_match 'which is said' 'program_s' "$(cat "$WORK/err")"

# --- Two studies ---

grid 1.2 >"$WORK/slower.csv"
check 'a study is as fast as itself' "$report" compare "$WORK/grid.csv" "$WORK/grid.csv"
check_match 'at every point' '0 slower, 0 faster, 9 the same, 0 unclear, 0 lost' "$(cat "$WORK/out")"
check_exit 'slower points are an error' 1 "$report" compare "$WORK/grid.csv" "$WORK/slower.csv"
check_match 'and are counted' '3 slower, 0 faster, 6 the same' "$(cat "$WORK/out")"
check 'faster ones are not' "$report" compare "$WORK/slower.csv" "$WORK/grid.csv"
check 'a tolerance forgives' "$report" compare --tolerance 25 "$WORK/grid.csv" "$WORK/slower.csv"
check_equal 'for programs: ratio, interval and p of every point' '[9,1.2,true,true]' \
    "$("$report" compare --format json "$WORK/grid.csv" "$WORK/slower.csv" | jq -c '[(.points | length), (.points[] | select(.ranks == 2 and .threads == 2)
        | (.ratio * 1000 | round / 1000), (.ratio_95[0] <= 1.2 and 1.2 <= .ratio_95[1]), .p < 0.05)]')"
check_equal 'and as CSV' 10 "$("$report" compare --format csv "$WORK/grid.csv" "$WORK/slower.csv" | wc -l)"
check_match 'single runs cannot tell' '10 unclear' "$("$report" compare "$data/opengate.csv" "$data/opengate.csv")"
printf 'threads,size,seconds\n1,5,2\n' >"$WORK/sized.csv"
check_exit 'nothing in common' 2 "$report" compare "$data/opengate.csv" "$WORK/sized.csv"
check_exit 'one study alone' 2 "$report" compare "$data/opengate.csv"
check_exit 'a study that is not there' 3 "$report" compare "$data/opengate.csv" "$WORK/none"

# dated NAME DATE COMMAND SECONDS... - a study folder below $WORK/past
dated() {
    local name=$WORK/past/$1 date=$2 command=$3 seconds
    mkdir -p "$name"
    echo "{\"schema\":\"parkit.plan/1\",\"command\":[\"$command\"],\"created\":\"$date\",\"revision\":\"r$1\",\"machine\":{\"host\":\"h\"}}" >"$name/plan.json"
    shift 3
    for seconds; do line ok "$seconds" 1; line ok "$(awk -v s="$seconds" 'BEGIN { print s / 1.9 }')" 2; done >"$name/runs.jsonl"
}
dated b 2026-02-01T00:00:00Z prog 8.0 8.01 8.02 8.03 8.04 8.05
dated a 2026-01-01T00:00:00Z prog 10.0 10.01 10.02 10.03 10.04 10.05
dated c 2026-03-01T00:00:00Z prog 8.0 8.01 8.02 8.03 8.04 8.05
check_equal 'a history goes by date' '[["ra",null],["rb","faster"],["rc","same"]]' \
    "$("$report" history --format json "$WORK/past" | jq -c '[.studies[] | [.revision, .change]]')"
check_equal 'at the largest common count' 2 "$("$report" history --format json "$WORK/past" | jq .count)"
check_match 'for people too' '2026-02-01.* rb .*faster' "$("$report" history "$WORK/past")"
check_equal 'as CSV' 4 "$("$report" history --format csv "$WORK/past/a" "$WORK/past/b" "$WORK/past/c" | wc -l)"
dated d 2026-04-01T00:00:00Z other 8.0 8.01 8.02
check_exit 'another command has another history' 2 "$report" history "$WORK/past"
check_match 'and both are named' 'past/.* and .*past/d.* command' "$(cat "$WORK/err")"
check_exit 'a folder without studies' 3 "$report" history "$TESTS"
check_exit 'no study at all' 2 "$report" history

# --- Mistakes ---

# mistake NAME MATCH CSV - exit 2, and a message that matches
mistake() {
    printf '%b' "$3" >"$WORK/bad.csv"
    check_exit "$1" 2 "$report" "$WORK/bad.csv"
    check_match "$1: it is named" "$2" "$(cat "$WORK/err")"
}
mistake 'no seconds column' "bad.csv:1:.*seconds" 'threads,time\n1,2\n'
mistake 'no count column' "bad.csv:1:.*threads" 'a,seconds\n1,2\n'
mistake 'a column twice' "bad.csv:1:.*twice" 'threads,seconds,threads\n1,2,1\n'
mistake 'text for a number' "bad.csv:3:.*'fast'" 'threads,seconds\n1,2\n2,fast\n'
mistake 'zero threads' "bad.csv:2:.*'0'" 'threads,seconds\n0,2\n'
mistake 'negative seconds' 'bad.csv:2:.*above 0' 'threads,seconds\n1,-2\n'
mistake 'seconds that are not a number' "bad.csv:2:.*'nan'" 'threads,seconds\n1,nan\n'
mistake 'infinite seconds' "bad.csv:2:.*'inf'" 'threads,seconds\n1,inf\n'
mistake 'no seconds' 'bad.csv:2:.*above 0' 'threads,seconds\n1,0\n'
mistake 'seconds left empty' 'bad.csv:2:.*above 0' 'threads,seconds\n1,\n'
mistake 'a negative count' "bad.csv:2:.*'-1'" 'threads,seconds\n-1,2\n'
mistake 'half a thread' "bad.csv:2:.*'1.5'" 'threads,seconds\n1.5,2\n'
mistake 'a quote left open' 'bad.csv:2:.*quote is not closed' 'threads,seconds\n"1,2\n'
mistake 'a state that is none' "bad.csv:2:.*'fine'" 'threads,seconds,state\n1,2,fine\n'
mistake 'bytes that a terminal would obey' 'bad.csv:1:.*x1B' '\033[31mthreads,seconds\n1,2\n'
check_equal 'which it is spared' '' "$(tr -d '[:print:]\n' <"$WORK/err")"
mistake 'JSON that is none' 'no line is a JSON object' '{threads: 1}\n'
mistake 'a negative time in a record' 'bad.csv:1:.*seconds' "$(line ok -1 1)"
mistake 'a missing field' 'bad.csv:3: 1 field' 'threads,seconds\n1,2\n2\n'
mistake 'no rows' 'no finished run' 'threads,seconds\n'
mistake 'an empty file' 'empty' ''
mistake 'another schema' 'bad.csv:1:.*schema' '{"schema":"other/1","threads":1,"seconds":1}\n'
mistake 'a record with text for seconds' "bad.csv:2:.*seconds" \
    "$(line ok 1 1)\\n{\"schema\":\"parkit.measure/1\",\"threads\":1,\"state\":\"ok\",\"seconds\":\"1\"}\\n"
check_exit 'a rule that is none' 2 "$report" --rule best "$data/opengate.csv"
check_match 'the rules are listed' 'fastest, eff=X' "$(cat "$WORK/err")"
check_exit 'no study' 2 "$report"
check_exit 'two studies' 2 "$report" "$data/opengate.csv" "$data/casino.csv"
check_exit 'weak and strong' 2 "$report" --weak --strong "$data/opengate.csv"
check_exit 'a study that is not there' 3 "$report" "$WORK/none"
check_exit 'a folder without runs' 3 "$report" "$TESTS"
check_exit 'a folder that cannot be written' 3 "$report" --write "$WORK/none/there" "$data/opengate.csv"
echo '{' >"$WORK/study/plan.json"
check_exit 'a broken plan' 2 "$report" "$WORK/study"
check_match 'with its line' 'plan.json:[0-9]' "$(cat "$WORK/err")"

# --- Files ---

check_exit 'after a mistake nothing is written' 2 "$report" --write "$WORK/half" "$WORK/bad.csv"
check_equal 'no folder, no file' '' "$(ls "$WORK/half" 2>/dev/null)"
check 'a hybrid study is written' "$report" --write "$WORK/hybrid" "$WORK/grid.csv"
if command -v gnuplot >/dev/null; then
    for picture in order heatmap; do check "with its picture $picture" grep -q '<svg' "$WORK/hybrid/$picture.svg"; done
fi
check_match 'its page says how it was measured' 'energy</dt><dd>not measured' "$(cat "$WORK/hybrid/report.html")"
check 'a report is written' "$report" --write "$WORK/written" "$data/opengate.csv"
check_equal 'with its tables and pages' 'report.html report.md summary.csv summary.json' \
    "$(cd "$WORK/written" && echo report.* summary.*)"
check 'summary.json is the report' jq -e '.schema == "parkit.report/1"' "$WORK/written/summary.json"
check_equal 'nothing half-written stays' '' "$(find "$WORK/written" -name '*.part' -o -name '.parkit*')"
check_equal 'the page fetches nothing and runs nothing' 0 \
    "$(grep -cE '<script|<link|<img|@import|(href|src)="(https?:|//|/)' "$WORK/written/report.html")"
check 'the script is kept' test -s "$WORK/written/plot.gp"
if command -v gnuplot >/dev/null; then
    for picture in time speedup efficiency cost; do
        check "picture $picture.svg" grep -q '<svg' "$WORK/written/$picture.svg"
        check_equal "picture $picture.png" 89504e47 "$(head -c 4 "$WORK/written/$picture.png" | od -An -tx1 | tr -d ' ')"
    done
    check_equal 'the page holds four pictures' 4 "$(grep -c '<svg' "$WORK/written/report.html")"
    check_equal 'no id appears twice in it' '' "$(grep -oE " id=['\"][^'\"]+" "$WORK/written/report.html" | sort | uniq -d)"
    check 'the script alone makes them again' sh -c 'cd "$1" && rm time.svg && gnuplot plot.gp && test -s time.svg' sh "$WORK/written"
else
    skip 'pictures' 'gnuplot is missing'
fi
mkdir "$WORK/bin"
check 'without gnuplot the rest still comes' env PATH="$WORK/bin" "$report" --write "$WORK/plain" "$data/opengate.csv"
check_equal 'with one warning' 1 "$(wc -l <"$WORK/err")"
check_match 'that names it' 'gnuplot' "$(cat "$WORK/err")"
check 'the page is there' grep -q '</html>' "$WORK/plain/report.html"
check 'so is the script' test -s "$WORK/plain/plot.gp"

if command -v chromium >/dev/null; then
    check 'the page opens in a browser' timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --user-data-dir="$WORK/chromium" \
        --screenshot="$WORK/page.png" --window-size=1200,1800 "file://$WORK/written/report.html"
    check 'and is drawn' test "$(stat -c %s "$WORK/page.png" 2>/dev/null || echo 0)" -gt 30000
else
    skip 'the page opens in a browser' 'chromium is missing'
fi

finish
