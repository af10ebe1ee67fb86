# shellcheck shell=bash
# The fault catalogue: a server that breaks the rules (tests/faults/), and rows that say what it does and what must come of it.
# Source it after lib.sh. The rows themselves stand in tests/faults/rows_*.sh, for the tests and for tests/bench/faults.sh.
#
#   faults_start [options]      starts the server; sets FAULTS_PID, FAULTS_LOG, and FAULTS_PORT[NAME]. 1: it was not built.
#   row NUMBER FAULT SCRIPT [KEY=VALUE...]   one row of the catalogue, in every model, in the background:
#       exit=CODE     of parkit-get (0)
#       file=SIZE/V   what stands under the final name (none): bytes and version; `any` not looked at
#       error=ERE     the reason in the JSON object
#       json=FILTER   a jq filter that must be true of the JSON object
#       requests=N    how often the server was asked for it
#       fields=WORDS  further fields of the list line    args=WORDS   further options    retries=N (1)
#       port=NAME     of the server (http)               models=WORDS                    runs=N (1): all but the last may fail
#       host=NAME     in the URL (127.0.0.1)             env=WORDS     NAME=VALUE for the preloaded tests/faults/shim.c
#       part=kept     what has come so far is left behind enough=1     no further run after one that ends well
#       old=TEXT      what stands under the name before  peers=TEXT   for the table only
#   rows_end                    waits for all of them and counts
#   together COMMAND...         any other test function in the background, with a $WORK of its own

MODELS="sequential threads multi multi-threads processes"
ROWS_AT_ONCE=${ROWS_AT_ONCE:-24}
declare -A FAULTS_PORT=()
ROW_OUTPUTS=()

faults_start() {
    local program=$BIN/../tests/fault_server name port
    [ -x "$program" ] || return 1
    FAULTS_LOG=$WORK/faults.log
    FAULTS_CA=$WORK/ca.pem
    FAULTS=$program
    "$program" --log "$FAULTS_LOG" --ca "$FAULTS_CA" "$@" >"$WORK/faults.ports" 2>"$WORK/faults.err" &
    FAULTS_PID=$!
    for _ in $(seq 200); do
        ! grep -qx ready "$WORK/faults.ports" || break
        kill -0 "$FAULTS_PID" 2>/dev/null || return 1
        sleep 0.05
    done
    while read -r name port; do FAULTS_PORT[$name]=$port; done <"$WORK/faults.ports"
    [ -n "${FAULTS_PORT[http]:-}" ]
}

# asked_for PATH [FILTER] - the requests for it, from the log, as JSON
asked_for() { jq -c --arg path "$1" "select(.target == \$path or (.target | endswith(\$path)))${2:+ | $2}" "$FAULTS_LOG"; }

# --- in the background ---

together() {
    local output=$WORK/rows/${#ROW_OUTPUTS[@]}
    mkdir -p "$output"
    ROW_OUTPUTS+=("$output")
    while [ "$(jobs -rp | wc -l)" -gt "$ROWS_AT_ONCE" ]; do wait -n; done
    (apart "$output" "$@") >"$output/told" 2>&1 </dev/null &
}

# In a subshell: what runs has a folder and counters of its own.
apart() {
    trap - EXIT INT TERM
    WORK=$1 PASSED=0 FAILED=0 SKIPPED=0
    "${@:2}"
    echo "counted: $PASSED $FAILED $SKIPPED"
}

rows_end() {
    local output passed failed skipped job
    for job in $(jobs -rp); do [ "$job" = "$FAULTS_PID" ] || wait "$job"; done
    for output in "${ROW_OUTPUTS[@]:+${ROW_OUTPUTS[@]}}"; do
        passed=0 failed=1 skipped=0
        read -r _ passed failed skipped < <(grep -a '^counted: ' "$output/told" || echo "counted: 0 1 0")
        PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
        grep -av '^counted: ' "$output/told"
    done
    ROW_OUTPUTS=()
}

# --- a row ---

# Sets the variables that row() and its callers read, from KEY=VALUE words.
row_words() {
    exit=0 file=none error='' json='' requests='' fields='' args='' port=http models=$MODELS retries=1 runs=1 old='' part='' enough='' host=127.0.0.1 env='' peers=''
    local word
    for word; do
        case ${word%%=*} in
            exit | file | error | json | requests | fields | args | port | models | retries | runs | old | part | enough | host | env | peers)
                printf -v "${word%%=*}" %s "${word#*=}" ;;
            *) echo "row: '$word' is not known" >&2 && exit 2 ;;
        esac
    done
}

row() {
    local number=$1 fault=$2 script=$3 model
    # shellcheck disable=SC2034 # peers: the table of tests/bench/faults.sh
    local exit file error json requests fields args port models retries runs old part enough host env peers
    row_words "${@:4}"
    for model in $models; do
        together row_in_model "$number" "$fault" "$script" "$model" "$RANDOM$RANDOM"
    done
}

row_url() { # SCRIPT NAME
    local scheme=http
    case $port in tls | silent-tls | expired | self-signed | wrong-host | old) scheme=https ;; esac
    echo "$scheme://$host:${FAULTS_PORT[$port]}/$1/$2"
}

# What parkit-get does with it: sets code.
row_run() {
    local name=$1 around=()
    # shellcheck disable=SC2206 # words
    [ -z "$env" ] || around=(env "LD_PRELOAD=${FAULTS%server}shim.so" ASAN_OPTIONS=verify_asan_link_order=0 $env)
    mkdir -p "$WORK/d"
    [ -z "$old" ] || printf '%s' "$old" >"$WORK/d/$name"
    { row_url "$script" "$name"; [ -z "$fields" ] || tr ' ' '\n' <<<"$fields"; } | paste -sd '\t' >"$WORK/list"
    for _ in $(seq "$runs"); do
        code=0
        # shellcheck disable=SC2086 # args has words
        "${around[@]:+${around[@]}}" "$BIN/parkit-get" -m "$model" -d "$WORK/d" --json --retry-max 0.05 -R "$retries" --stall 1 --connect-timeout 1 --fsync none \
            --cacert "$FAULTS_CA" $args -i "$WORK/list" >"$WORK/out" 2>"$WORK/err" || code=$?
        [ -z "$enough" ] || [ "$code" -ne 0 ] || break
    done
}

# What is wrong with it, a line each.
row_troubles() {
    local name=$1 there asked
    [ "$code" -eq "$exit" ] || echo "exit $code, not $exit"
    there=$(cd "$WORK/d" && find . -type f ! -name '.*' | sort | xargs)
    case $file in
        any) ;;
        none) [ -z "$there$old" ] || { [ "$there" = "./$name" ] && [ "$(cat "$WORK/d/$name")" = "$old" ]; } || echo "there is: $there" ;;
        *)
            "$FAULTS" content "${file%/*}" "${file#*/}" | cmp - "$WORK/d/$name" || echo "the file is not $file"
            [ "$there" = "./$name" ] || echo "there is: $there"
            ;;
    esac
    [ -z "$part" ] || [ -s "$WORK/d/.$name.part" ] || echo "nothing is left of what had come"
    [ -z "$error" ] || [[ $(jq -r .error "$WORK/out") =~ $error ]] || echo "the reason does not match '$error'"
    [ -z "$json" ] || jq -e "$json" "$WORK/out" >/dev/null || echo "not true: $json"
    if [ -n "$requests" ]; then
        asked=$(asked_for "/$name" | wc -l)
        [ "$asked" -eq "$requests" ] || echo "$asked requests, not $requests"
    fi
}

row_in_model() {
    local number=$1 fault=$2 script=$3 model=$4 name=row$1-$4-$5 code troubles
    row_run "$name"
    troubles=$(row_troubles "$name" 2>&1)
    if [ -z "$troubles" ]; then
        pass "row $number, $model: $fault"
    else
        fail "row $number, $model: $fault" "$troubles" "$script" "$(head -c 2000 "$WORK/out" "$WORK/err")"
    fi
}
