#!/usr/bin/env bash
# parkit-get, how it treats servers and whom it tells what: dead servers, limits, turns, proxies, tokens, headers,
# client certificates, signals, the summary.
# shellcheck disable=SC2317 # functions are called through together and check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"

# shellcheck disable=SC2317 # called through check
get() { "$BIN/parkit-get" --retry-max 0.2 -d "$WORK/d" "$@"; }
url() { echo "http://127.0.0.1:${FAULTS_PORT[http]}/$1"; }

# Row 60: 20,000 files of a server that is down, and one of another. Waiting out each would take an hour and more.
test_dead_server() {
    local model=$1 port
    port=$(nginx_port)
    { seq -f "http://127.0.0.1:$port/f%.0f" 20000; url "size=10/alive-$model"; } >"$WORK/list"
    check_exit "$model: a dead server with 20,000 files" 1 get -m "$model" -R 2 --log "$WORK/log" -i "$WORK/list"
    check_match "$model: the summary groups them" '[0-9]+ failed: its server does not answer' "$(cat "$WORK/err")"
    check_equal "$model: messages are few" true "$([ "$(wc -l <"$WORK/err")" -lt 60 ] && echo true)"
    check_equal "$model: all of them failed" 20000 "$(jq -s 'map(select(.state == "failed")) | length' "$WORK/log")"
    check "$model: the file of the other server is there" test -f "$WORK/d/alive-$model"
    check "$model: few of them were tried" test "$(jq -s 'map(.attempts) | add' "$WORK/log")" -lt 60
}

# A server that comes back while it is probed: nothing is lost.
test_server_that_returns() {
    local model=$1 port pid RETURN_PORT
    port=$(nginx_port)
    seq -f "http://127.0.0.1:$port/f%.0f" 12 >"$WORK/list"
    "$BIN/parkit-get" -m "$model" -R 50 --retry-max 0.2 -d "$WORK/d" -i "$WORK/list" 2>"$WORK/err" &
    pid=$!
    sleep 0.5
    mkdir -p "$WORK/site"
    seq -f "$WORK/site/f%.0f" 12 | xargs touch
    RETURN_PORT=$port
    nginx_port() { echo "$RETURN_PORT"; }
    nginx_start "$WORK/site" || { skip "$model: a server that returns" "nginx is missing"; kill "$pid"; return; }
    check "$model: a server that returns is asked again" wait_for "$pid"
    check_equal "$model: and gives all of its files" 12 "$(find "$WORK/d" -name 'f*' | wc -l)"
    nginx_stop
}
wait_for() { wait "$1"; }

test_rates() {
    local model=$1 from
    from=$(date +%s%N)
    check "$model: --limit-rate" get -m "$model" -j 4 --limit-rate 200000 "$(url "size=50000/a-$model")" "$(url "size=50000/b-$model")"
    check "$model: 100 kB at 200 kB/s last 0.4 s or more" test $(($(date +%s%N) - from)) -ge 350000000
    from=$(date +%s%N)
    check "$model: --limit-rate-host" get -m "$model" -j 4 --limit-rate-host 200000 "$(url "size=50000/c-$model")" "$(url "size=50000/e-$model")"
    check "$model: the limit of one server holds for all of its connections" test $(($(date +%s%N) - from)) -ge 350000000
}

# What is for the servers of the list is not told to others, whatever the header is called.
test_headers() {
    local model=$1 to=http:%2F%2Flocalhost:${FAULTS_PORT[http]}%2Fsize=10%2Fheaders-other-$1 told
    echo "t0ken.of-mine==" >"$WORK/token"
    check "$model: own headers and a token" get -m "$model" -H 'X-Api-Key: k3y' --token-file "$WORK/token" \
        "$(url "status=302,to=$to/headers-own-$model")"
    told=$(asked_for "/headers-own-$model" '[.headers["x-api-key"], .headers.authorization] | join(" ")' | xargs)
    check_equal "$model: the server of the list gets them" "k3y Bearer t0ken.of-mine==" "$told"
    told=$(asked_for "/headers-other-$model" '[.headers["x-api-key"], .headers.authorization, .headers["accept-encoding"]] | tojson')
    check_equal "$model: the one that it redirects to does not" '"[null,null,\"identity\"]"' "$told"
    check "$model: the next file gets them again" env SECRET=abc "$BIN/parkit-get" -m "$model" -d "$WORK/d" -j 1 --token-env SECRET \
        "$(url "status=302,to=$to-2/headers-own-$model-2")" "$(url "size=1/headers-own-$model-3")"
    told=$(asked_for "/headers-own-$model-3" .headers.authorization | xargs)
    check_equal "$model: a token from the environment" "Bearer abc" "$told"
}

test_token_usage() {
    check_exit "a token file that is missing" 2 get --token-file "$WORK/none" "$(url size=1/x)"
    check_exit "a variable that is not set" 2 get --token-env NOT_SET_AT_ALL "$(url size=1/x)"
    printf 'a b\n' >"$WORK/token"
    check_exit "a token with a space" 2 get --token-file "$WORK/token" "$(url size=1/x)"
    check_equal "which is not repeated" "" "$(grep 'a b' "$WORK/err")"
    check_exit "--key without --cert" 2 get --key "$WORK/token" "$(url size=1/x)"
    check_exit "both kinds of token" 2 get --token-file "$WORK/token" --token-env HOME "$(url size=1/x)"
}

# Row 63: a proxy that works, in both ways, and those that do not.
test_proxies() {
    local model=$1 works=http://127.0.0.1:${FAULTS_PORT[works]}
    check "$model: through a proxy" get -m "$model" --proxy "$works" "http://any.invalid/size=10/by-proxy-$model"
    check "$model: the proxy was asked in absolute form" test -n "$(asked_for "http://any.invalid/size=10/by-proxy-$model")"
    check "$model: through a tunnel" get -m "$model" --proxy "$works" --cacert "$FAULTS_CA" \
        "https://127.0.0.1:${FAULTS_PORT[tls]}/size=20/by-tunnel-$model"
    check_equal "$model: the file is whole" 20 "$(wc -c <"$WORK/d/by-tunnel-$model")"
    check "$model: a proxy of the environment" env http_proxy="$works" "$BIN/parkit-get" -m "$model" -d "$WORK/d" "http://any.invalid/size=10/by-variable-$model"
    check_exit "$model: a proxy that wants a password" 1 get -m "$model" -R 2 --json --proxy "http://127.0.0.1:${FAULTS_PORT[locked]}" \
        --cacert "$FAULTS_CA" "https://127.0.0.1:${FAULTS_PORT[tls]}/size=20/locked-$model"
    check_equal "$model: is told so, once" "the proxy asks for a user name and password (407) 1" "$(jq -r '"\(.error) \(.attempts)"' "$WORK/out")"
    check_exit "$model: a proxy that cannot connect" 1 get -m "$model" -R 2 --json --proxy "http://127.0.0.1:${FAULTS_PORT[broken]}" \
        --cacert "$FAULTS_CA" "https://127.0.0.1:${FAULTS_PORT[tls]}/size=20/broken-$model"
    check_equal "$model: is asked again" "the proxy could not connect (502) 3" "$(jq -r '"\(.error) \(.attempts)"' "$WORK/out")"
}

test_downgrade() {
    local from=https://127.0.0.1:${FAULTS_PORT[tls]}/status=302,to=http:%2F%2F127.0.0.1:${FAULTS_PORT[http]}%2Fsize=10%2Fx
    check_exit "a redirect from https to http is refused" 1 get --cacert "$FAULTS_CA" "$from/down"
    check "--allow-downgrade follows it" get --cacert "$FAULTS_CA" --allow-downgrade "$from/down"
}

test_max_files() {
    seq -f "$(url 'size=1/max-%.0f')" 50 >"$WORK/list"
    check "--max-files begins so many, which is no failure" get --max-files 7 -i "$WORK/list"
    check_equal "and no more" 7 "$(find "$WORK/d" -name 'max-*' | wc -l)"
    check_match "and says what is left out" '7 fetched, .* 43 left out' "$(cat "$WORK/err")"
    check "a larger number goes on" get --max-files 20 -i "$WORK/list"
    check_match "with what is there" '13 fetched, 7 kept, 0 failed, 30 left out' "$(cat "$WORK/err")"
    { url status=404/max-gone; cat "$WORK/list"; } >"$WORK/list2"
    check_exit "a failure among those that were begun is one" 1 get --max-files 7 -i "$WORK/list2"
    echo "nonsense" >>"$WORK/list"
    check_exit "the rest of the list is checked" 2 get --max-files 7 -i "$WORK/list"
}

# Counted by the server, idle ones too: its limit is on those.
test_per_host() {
    local model=$1 want=4 most
    [ "$model" != sequential ] || want=1
    seq -f "$(url "size=500,drip=5/per-host-$model-%.0f")" 300 >"$WORK/list"
    check "$model: --per-host 4 of 64 connections" get -m "$model" -j 64 --per-host 4 --fsync none -i "$WORK/list"
    most=$(jq -s --arg name "/per-host-$model-" 'map(select(.target | contains($name)) | .open) | max' "$FAULTS_LOG")
    check_equal "$model: so many are open at most" "$want" "$most"
}

# The second signal does not wait for anything.
test_second_signal() {
    local model=$1 pid code=0
    env --default-signal=INT "$BIN/parkit-get" -m "$model" -d "$WORK/d" "$(url "silent/second-$model")" 2>"$WORK/err" &
    pid=$!
    sleep 0.5
    kill -INT "$pid"
    sleep 0.15
    kill -INT "$pid" 2>/dev/null
    wait "$pid" || code=$?
    check_equal "$model: two signals end with 130" 130 "$code"
}

# The reader of the list waits for room then; it must not wait for ever.
test_signal_in_a_long_list() {
    local model=$1 pid code=0
    seq -f "$(url "silent/long-$model-%.0f")" 20000 >"$WORK/list"
    env --default-signal=TERM timeout -s KILL 30 "$BIN/parkit-get" -m "$model" -j 2 -d "$WORK/d" -i "$WORK/list" 2>"$WORK/err" &
    pid=$!
    for _ in $(seq 100); do
        [ "$(asked_for "/long-$model-1" | wc -l)" -eq 0 ] || break
        sleep 0.05
    done
    sleep 0.3
    kill -TERM "$(cat "/proc/$pid/task/$pid/children")" 2>/dev/null
    wait "$pid" || code=$?
    check_equal "$model: a signal while the list is longer than the queue" 143 "$code"
    check_match "$model: and the summary" '0 fetched, .* not finished' "$(cat "$WORK/err")"
}

# on_terminal ROWS COLUMNS COMMAND... - in a pseudo-terminal of that size; what it shows goes to $WORK/screen
on_terminal() {
    script -qec "stty rows $1 cols $2; TERM=xterm exec $(printf '%q ' "${@:3}")" /dev/null >"$WORK/screen" 2>&1 </dev/null
}

test_bars() {
    local model=$1 up=$'\e[2A'
    command -v script >/dev/null || { skip "$model: bars" "script (util-linux) is missing"; return; }
    check "$model: --progress-bars on a terminal" on_terminal 24 100 "$BIN/parkit-get" -m "$model" -j 4 -d "$WORK/d" --progress-bars \
        "$(url "size=400000,piece=8000,drip=20/bars-a-$model")" "$(url "size=300000,piece=6000,drip=20/bars-b-$model")"
    check_match "$model: a bar for one file" "\[#+-+\] +[1-9][0-9]? %, [0-9.]+ KiB of 390\.6 KiB  bars-a-$model" "$(cat "$WORK/screen")"
    check_match "$model: a bar for the other" "\[#+-+\] +[1-9][0-9]? %, [0-9.]+ KiB of 293\.0 KiB  bars-b-$model" "$(cat "$WORK/screen")"
    [ "$model" = sequential ] || check "$model: two lines are drawn over" grep -qF "$up" "$WORK/screen"
    check_match "$model: the summary comes last" '2 fetched, 0 kept, 0 failed' "$(tail -n 1 "$WORK/screen")"
    check "$model: on a screen of 4 lines and 40 columns" on_terminal 4 40 "$BIN/parkit-get" -m "$model" -j 6 -d "$WORK/d" --progress-bars \
        "$(url "size=40000,piece=2000,drip=20/bars-1-$model")" "$(url "size=40000,piece=2000,drip=20/bars-2-$model")" \
        "$(url "size=40000,piece=2000,drip=20/bars-3-$model")" "$(url "size=40000,piece=2000,drip=20/bars-4-$model")"
    check_equal "$model: no line is longer, and at most two bars are shown" "" "$(tr '\r' '\n' <"$WORK/screen" | grep -v parkit-get |
        sed 's/\x1b\[[0-9]*[A-Z]//g' | awk 'length > 39'; grep -oE $'\e\\[[3-9]A' "$WORK/screen")"
    check "$model: elsewhere than on a terminal" get -m "$model" --progress-bars "$(url "size=40000,piece=2000,drip=20/bars-pipe-$model")"
    check_match "$model: there is the one line" 'files, .* failed, [0-9]+ active' "$(cat "$WORK/err")"
    check "$model: and no bar" test -z "$(grep -a -e '\[#' -e 'bars-pipe' "$WORK/err")"
}

client_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$WORK/$1.key" -out "$WORK/$1.pem" 2>"$WORK/err"
}

test_client_certificates() {
    local port model tls
    port=$(nginx_port)
    mkdir -p "$WORK/site"
    echo hello >"$WORK/site/hello"
    client_certificate server && client_certificate client && client_certificate other
    nginx_start "$WORK/site" "listen 127.0.0.1:$port ssl; ssl_certificate $WORK/server.pem; ssl_certificate_key $WORK/server.key;
        ssl_client_certificate $WORK/client.pem; ssl_verify_client on;" || { skip "client certificates" "nginx is missing"; return; }
    tls=https://127.0.0.1:$port/hello
    for model in $MODELS; do
        check "$model: --cert and --key" get -m "$model" --cacert "$WORK/server.pem" --cert "$WORK/client.pem" --key "$WORK/client.key" "$tls"
    done
    cat "$WORK/client.pem" "$WORK/client.key" >"$WORK/both.pem"
    check "--cert with the key in it" get --cacert "$WORK/server.pem" --cert "$WORK/both.pem" "$tls"
    check_exit "without a certificate" 1 get -R 0 --cacert "$WORK/server.pem" "$tls"
    check_exit "with another's" 1 get -R 0 --cacert "$WORK/server.pem" --cert "$WORK/other.pem" --key "$WORK/other.key" "$tls"
    check_exit "with a key that does not belong to it" 1 get -R 0 --cacert "$WORK/server.pem" --cert "$WORK/client.pem" --key "$WORK/other.key" "$tls"
    nginx_stop
}

main() {
    local model
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600 --proxy works=tunnel --proxy locked=status=407 --proxy broken=status=502; then
        skip "manners" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    for model in $MODELS; do
        together test_dead_server "$model"
        together test_headers "$model"
        together test_proxies "$model"
        together test_rates "$model"
        together test_second_signal "$model"
        together test_signal_in_a_long_list "$model"
        together test_bars "$model"
    done
    for model in sequential multi processes; do together test_server_that_returns "$model"; done
    together test_token_usage
    together test_downgrade
    together test_max_files
    together test_client_certificates
    rows_end
    for model in $MODELS; do test_per_host "$model"; done # one after the other: connections of all are counted
    finish
}
main
