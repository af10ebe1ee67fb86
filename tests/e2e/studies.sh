#!/usr/bin/env bash
# The worked example: a study of every workload, written up. Here of one, and what would be run of the others.
# shellcheck disable=SC2016 # Markdown
. "$(dirname "$0")/../lib.sh"

# The script beside the programs of this build, as scripts/ lies beside those of the release.
mkdir "$WORK/bin"
ln -s "$BIN"/* "$WORK/bin/"
rm "$WORK/bin/parkit-lib.sh" "$WORK/bin/parkit-scale"
cp "$BIN/parkit-lib.sh" "$BIN/parkit-scale" "$ROOT/scripts/studies.sh" "$WORK/bin/"
studies=$WORK/bin/studies.sh
cd "$WORK" || exit 1

check "it lists what it would run" "$studies" --list
check_equal "every workload is there" "$("$BIN/parkit-cpu" list --json | jq -r .name)" "$(cut -d ' ' -f 2 out)"
while read -ra words; do
    check "${words[1]}: is a command with a count" "$BIN/parkit-scale" --dry-run -t 1 -r 1 -w 0 -- "${words[@]}"
done < <("$studies" --list)

check "a study of one workload" "$studies" --repeats 2 --docs docs --work work race
check_match "is concluded" '- Use all .*- Worth .*- Hardly .*`race`|`race`.*- Hardly' "$(tr '\n' ' ' <docs/studies.md)"
check_match "has its row, with figures" '\| \[race\]\(#race\) \| shared update \| [0-9.]+ s \| [0-9.]+ s \| [0-9.]+ ' "$(<docs/studies.md)"
check_match "has its section, with the command" '### race.*parkit-cpu race -n 1e5 -t \{threads\} --json' "$(tr '\n' ' ' <docs/studies.md)"
check "its timings can be analysed again" "$BIN/parkit-report" docs/studies/race.csv
lines=$(wc -l <work/race/runs.jsonl)
check "the same again" "$studies" --repeats 2 --docs docs --work work race
check_equal "measures nothing anew" "$lines" "$(wc -l <work/race/runs.jsonl)"
check_exit "a workload that there is not" 2 "$studies" --docs docs --work work nothing
check_match "is named" "'nothing' is not a workload" "$(<err)"
finish
