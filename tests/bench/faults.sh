#!/usr/bin/env bash
# The fault catalogue as a table: what each fault does to parkit-get and, where they are installed, to curl, aria2c and wget2
# today, on the same server; in the last column what was seen of curl, aria2, wget2 and axel when the catalogue was written.
#
#   right         the file is there, whole and of one version (or there is none to be had, and that was said by the exit code)
#   exit N        nothing under the final name, and the exit code says so
#   N, partial    exit code N, but something that is not the file stands under the final name (N, kept: what stood there before)
#   0, accepted   exit code 0 with the whole file, where the answer should have been refused
#   !0, wrong     exit code 0, and the file is wrong or missing
#   hang          not ended after 10 s (parkit-get ends attempts that stall after 1 s here; the others by their defaults)
#
# Peers are asked twice where the fault needs an unfinished file: curl -C -, aria2c -c, wget2 -c.
# Usage: BIN=build/release/bin tests/bench/faults.sh
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
for rows in body ranges status local; do
    # shellcheck source=/dev/null
    . "$TESTS/faults/rows_$rows.sh"
done

LIMIT_S=10 # for one attempt of a peer

sum_of() { "$FAULTS" content "${1%/*}" "${1#*/}" | sha256sum | cut -d ' ' -f 1; }

# verdict CODE FILE - in one word
verdict() {
    local code=$1 there=none
    [ ! -e "$2" ] || there=$(sha256sum <"$2" | cut -d ' ' -f 1)
    if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
        echo hang
    elif [ "$file" = none ] || [ "$file" = any ]; then
        if [ "$code" -eq 0 ] && [ "$there" = "$(sum_of 1000/1)" ]; then
            echo "0, accepted"
        elif [ "$code" -eq 0 ]; then
            echo "!0, $([ "$there" = none ] && echo missing || echo wrong)"
        elif [ "$there" = none ] || [ "$file" = any ]; then
            echo "exit $code"
        else
            echo "$code, $([ -n "$old" ] && [ "$(cat "$2")" = "$old" ] && echo kept || echo partial)"
        fi
    elif [ "$there" = "$(sum_of "$file")" ]; then
        [ "$code" -eq 0 ] && echo right || echo "$code, right"
    elif [ "$code" -eq 0 ]; then
        echo "!0, $([ "$there" = none ] && echo missing || echo wrong)"
    else
        [ "$there" = none ] && echo "exit $code" || echo "$code, partial"
    fi
}

# peer NAME URL FOLDER - one attempt, without retries; wget2 continues only under the name that the URL gives
peer() {
    local sum=${fields#sha256=}
    case $1 in
        curl) timeout -k 1 "$LIMIT_S" curl -s -f -L -C - --cacert "$FAULTS_CA" ${proxy:+--proxy "$proxy"} -o "$3/${2##*/}" "$2" ;;
        aria2c) timeout -k 1 "$LIMIT_S" aria2c -q -c --max-tries=1 --file-allocation=none --ca-certificate="$FAULTS_CA" ${proxy:+--all-proxy="$proxy"} \
            ${fields:+--checksum=sha-256="$sum"} -d "$3" -o "${2##*/}" "$2" ;;
        wget2) timeout -k 1 "$LIMIT_S" wget2 -q -c --tries=1 --ca-certificate="$FAULTS_CA" ${proxy:+--http-proxy="$proxy" --https-proxy="$proxy"} -P "$3" "$2" ;;
    esac </dev/null >/dev/null 2>&1
}

# What one program makes of the row. What it cannot be told (a size to expect, to wget2 scripts with escapes inside) is left out.
measure_peer() {
    local name=$1 proxy code=0 folder url
    case $name:$fields:$script in
        *:size=*:* | curl:sha256=*:* | wget2:sha256=*:* | wget2:*%2C* | wget2:*%3B*) echo - && return ;;
    esac
    folder=$(mktemp -d "$WORK/peer.XXXXXX")
    proxy=$(grep -o 'http://127[^ ]*' <<<"$args")
    url=$(row_url "$script" "$name-$number-$RANDOM$RANDOM")
    [ -z "$old" ] || printf '%s' "$old" >"$folder/${url##*/}"
    peer "$name" "$url" "$folder" || code=$?
    if [[ $script == *';'* && $code -ne 0 && $code -ne 124 ]]; then # the fault comes at the second request, or passes there
        code=0
        peer "$name" "$url" "$folder" || code=$?
    fi
    # wget2 saves under the name that a redirect leads to
    [ -e "$folder/${url##*/}" ] || [ "$(find "$folder" -type f | wc -l)" -ne 1 ] || mv "$(find "$folder" -type f)" "$folder/${url##*/}"
    verdict "$code" "$folder/${url##*/}"
}

measure_ours() {
    # shellcheck disable=SC2034 # model: row_run reads it
    local model=multi name=ours-$number-$RANDOM code WORK=$WORK/ours.$number.$RANDOM
    mkdir -p "$WORK/d"
    row_run "$name"
    verdict "$code" "$WORK/d/$name"
}

row() {
    local number=$1 fault=$2 script=$3 line=$WORK/lines/$((1000 + ${#LINES_OF[@]})) name
    # shellcheck disable=SC2034 # read by what is called
    local exit file error json requests fields args port models retries runs old part enough host env peers
    LINES_OF+=("$line")
    row_words "${@:4}"
    [[ $fault != *'across runs' ]] || return 0 # the same faults again
    while [ "$(jobs -rp | wc -l)" -gt 12 ]; do wait -n; done
    {
        printf '%s\t%s\t%s' "$number" "$fault" "$(measure_ours)"
        for name in curl aria2c wget2; do
            if [ -n "$env" ]; then
                printf '\t-' # the preloaded fault is for parkit-get
            elif command -v "$name" >/dev/null; then
                printf '\t%s' "$(measure_peer "$name")"
            else
                printf '\tnot here'
            fi
        done
        printf '\t%s\n' "${peers:+${peers//|/ | }}"
    } >"$line" 2>/dev/null &
}

main() {
    LINES_OF=()
    mkdir -p "$WORK/lines"
    # shellcheck disable=SC2046 # words
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 900 --limit 8 $(rows_local_proxies); then
        echo "faults.sh: parkit-get or the fault server was not built (make unit-tests)" >&2
        exit 3
    fi
    at_end_kill "$FAULTS_PID"
    FAULTS_PORT["silent-tls"]=${FAULTS_PORT[http]}
    FAULTS_PORT["none"]=1
    rows_body
    rows_ranges
    rows_status
    rows_local
    for job in $(jobs -rp); do [ "$job" = "$FAULTS_PID" ] || wait "$job"; done
    { printf 'row\tfault\tparkit-get\tcurl\taria2c\twget2\tseen before: curl | aria2 | wget2 | axel\n'
        cat "$WORK"/lines/*; } >"$WORK/table"
    awk -F '\t' '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (i < 7 && length($i) > wide[i]) wide[i] = length($i) } }
        END { for (r = 1; r <= NR; r++) { for (i = 1; i < 7; i++) printf "%-*s  ", wide[i], cell[r, i]; print cell[r, 7] } }' "$WORK/table"
    awk -F '\t' 'NR > 1 { n++; for (i = 3; i < 7; i++) bad[i] += $i ~ /^!/ }
        END { printf "\n%d rows; exit 0 with a file wrong or missing: parkit-get %d, curl %d, aria2c %d, wget2 %d\n", n, bad[3], bad[4], bad[5], bad[6] }' "$WORK/table"
    echo "rows of lists, disks, signals, dead and limited servers (46 to 51, 53 to 55, 60, 61): tests/e2e/get_faults_local.sh, get_kills.sh"
}
main
