#!/usr/bin/env bash
# A scaling study of every workload of the kit on this machine, as a worked example: docs/studies.md with what
# each study concludes and what its alarms say, docs/studies/NAME.csv with its timings.
# shellcheck source=parkit-lib.sh
. "$(dirname "$(readlink -f "$0")")/parkit-lib.sh"

# shellcheck disable=SC2034 # read by print_help
USAGE='studies.sh [options] [WORKLOAD ...]'
# shellcheck disable=SC2034
SUMMARY='Study every workload (or those named) on all cores and write what comes out as Markdown.
A study that is finished and not older than parkit-cpu is kept, so the same command goes on where it stopped.'
OPTIONS=(
    'd|docs|DIR|docs|where studies.md and studies/ go'
    'o|work|DIR|build/studies|where the studies themselves go'
    'r|repeats|N|6|runs of every point: from 6 on there is an interval of the median'
    '|list|||list the workloads and what is run of each, and run nothing'
)
# shellcheck disable=SC2034
EXAMPLES='  scripts/studies.sh
  scripts/studies.sh primes sort'

# Problems of half a second to three on one core of the machines of today; another workload runs at its default.
declare -rA problem=(
    [sumsq]='-n 7e7' [fib]='-n 37' [race]='-n 1e5' [primes]='-n 1e10' [mandelbrot]='-n 4000' [peak]='-n 4e10' [stream]='-n 5e7'
    [matmul]='-n 3000' [heat]='-n 4096' [nbody]='-n 16384' [sort]='-n 5e7' [bfs]='-n 19' [nqueens]='-n 17'
    [ep]='-c A' [cg]='-c A' [mg]='-c B' [ft]='-c A' [is]='-c B'
)

workloads() { parkit-cpu list --json | jq -r .name; }
about() { parkit-cpu list --json | jq -r --arg name "$1" "select(.name == \$name) | $2"; }

# command_of NAME - the words of its study into words
command_of() {
    read -ra words <<<"parkit-cpu $1 ${problem[$1]-} -t {threads} --json"
}

# study NAME - make or finish it. Times are the program's own: setting up and checking the answer are not what scales.
study() {
    local folder=${opt[work]}/$1 code=0
    if [ -e "$folder/plan.json" ] && [ "$folder/plan.json" -ot "$BIN/parkit-cpu" ]; then rm -rf "$folder"; fi
    command_of "$1"
    parkit-scale -t all -r "${opt[repeats]}" --time json:median_s --ok json:verified --timeout 300 -o "$folder" -- \
        "${words[@]}" >"$folder.txt" || code=$?
    [ "$code" -le "$EXIT_WRONG" ] || exit "$code"
}

timings() {
    jq -rs '["threads", "seconds"], (sort_by(.order)[] | select(.state == "ok") | [.threads, .program_s]) | @csv' "$1/runs.jsonl" | tr -d '"'
}

# --- What comes out -----------------------------------------------------------------------------

# shellcheck disable=SC2016 # a program of jq
FIGURES='
    def fixed($digits): . * pow(10; $digits) | round | tostring | until(length > $digits; "0" + .)
        | if $digits == 0 then . else .[:-$digits] + "." + .[-$digits:] end;
    def seconds: if . >= 10 then fixed(1) elif . >= 1 then fixed(2) else fixed(3) end;
    def range($digits): if . == null then "" else " (\(.[0] | fixed($digits)) to \(.[1] | fixed($digits)))" end;
    (.points | map(select(.median_s != null))) as $points | ($points | first) as $one | ($points | last) as $all |
'

row() {
    jq -r --arg name "$1" --arg pattern "$(about "$1" .pattern)" "$FIGURES"'
        "| [\($name)](#\($name)) | \($pattern) | \($one.median_s | seconds) s | \($all.median_s | seconds) s "
        + "| \($all.speedup | fixed(2))\($all.speedup_95 | range(2)) | \($all.efficiency * 100 | fixed(0)) % "
        + "| \(.recommended.count) | \(.alarms | map(.kind) | join(", ")) |"' "${opt[work]}/$1/summary.json"
}

section() {
    command_of "$1"
    # shellcheck disable=SC2016 # Markdown
    printf '\n### %s\n\n%s: `%s`\n\n' "$1" "$(about "$1" .summary)" "$(shell_words "${words[@]}" | tr -d "'")"
    jq -r "$FIGURES"'
        "One core takes \($one.median_s | seconds) s; \($all.count) take \($all.median_s | seconds) s, \($all.speedup | fixed(2)) times as fast"
        + (if $all.speedup_95 then " (95 %: \($all.speedup_95[0] | fixed(2)) to \($all.speedup_95[1] | fixed(2)))" else "" end)
        + ". Recommended: \(.recommended.count), \(.recommended.reason)."
        , "", (.alarms[] | "- *\(.kind)*: \(.text)")' "${opt[work]}/$1/summary.json"
}

# conclusions - from the figures of all: who scales how far
conclusions() {
    local name
    for name; do
        jq -c --arg name "$name" "$FIGURES"'{ $name, efficiency: $all.efficiency, count: $all.count, alarms: (.alarms | map(.kind)) }' \
            "${opt[work]}/$name/summary.json"
    done | jq -rs '
        def names: map("`" + .name + "`") | if length == 0 then "none" else join(", ") end;
        (map(.count) | max) as $cores
        | "- Use all \($cores) cores (efficiency of 90 % or more): \(map(select(.efficiency >= 0.9)) | names)."
        , "- Worth \($cores) cores, with losses (70 to 90 %): \(map(select(.efficiency >= 0.7 and .efficiency < 0.9)) | names)."
        , "- Hardly or not worth \($cores) cores (below 70 %): \(map(select(.efficiency < 0.7)) | names)."
        , "- To be measured again on a quieter machine (alarms of noise or drift): \(map(select(.alarms | any(IN("noise", "drift")))) | names)."'
}

document() {
    local name
    # shellcheck disable=SC2016 # Markdown
    printf '%s\n' '# A scaling study of every workload' '' \
        'Written by `make studies`, which makes these studies again on your machine. Each is one line, for example' '' \
        '```sh' "parkit-scale -t all -r ${opt[repeats]} --time json:median_s --ok json:verified -o primes -- \\" \
        '    parkit-cpu primes -n 1e10 -t {threads} --json' '```' '' \
        'Times are what the program reports of its main part (medians); behind a speed-up stands its 95 % interval. The timings are in' \
        '[studies/](studies): `parkit-report docs/studies/primes.csv` analyses them again.' ''
    jq -r '.machine | "Machine: \(.cpu), \(.cores) cores (\(.cpus) cpus), \(.memory / 1e9 | round) GB, \(.os), \(.kernel)\(
        if .hypervisor then ", in a virtual machine" else "" end)\(if .container then ", in a container" else "" end); governor \(
        .governor // "unknown"), turbo \(if .turbo == null then "unknown" else .turbo | tostring end), microcode \(.microcode // "unknown"). \(
        "")Load before: \(.load * 100 | round / 100)."' "${opt[work]}/$1/plan.json"
    printf '\n## What follows\n\n'
    conclusions "$@"
    printf '\n## All at a glance\n\n| workload | pattern | one core | all cores | times as fast | efficiency | recommended | alarms |\n|---|---|---|---|---|---|---|---|\n'
    for name; do row "$name"; done
    printf '\n## One by one\n'
    for name; do section "$name"; done
}

main() {
    local name
    local -a names
    parse_options --anywhere "$@"
    need parkit-cpu parkit-scale parkit-report jq
    need_number repeats 2 1000
    mapfile -t names < <(workloads)
    if [ ${#rest[@]} -gt 0 ]; then
        for name in "${rest[@]}"; do
            [[ " ${names[*]} " == *" $name "* ]] || usage_error "'$name' is not a workload; 'parkit-cpu list' names them"
        done
        names=("${rest[@]}")
    fi
    if [ "${opt[list]}" -eq 1 ]; then
        for name in "${names[@]}"; do command_of "$name" && echo "${words[*]}"; done
        exit
    fi
    mkdir -p "${opt[work]}" "${opt[docs]}/studies" || die "$EXIT_MISSING" "'${opt[work]}' or '${opt[docs]}/studies' cannot be made"
    for name in "${names[@]}"; do
        note "$name"
        study "$name"
        timings "${opt[work]}/$name" >"${opt[docs]}/studies/$name.csv"
    done
    document "${names[@]}" >"${opt[docs]}/studies.md.part"
    mv "${opt[docs]}/studies.md.part" "${opt[docs]}/studies.md"
}

main "$@"
