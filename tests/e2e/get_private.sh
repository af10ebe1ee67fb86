#!/usr/bin/env bash
# parkit-get --no-private: no private address is connected to, whatever leads to it - in a network namespace of its own, where an
# address that looks public (203.0.113.7, RFC 5737) is this machine, and with names of its own in /etc/hosts.
# shellcheck disable=SC2317 # functions are called through together and check
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"

get() { "$BIN/parkit-get" --retry-max 0.05 -R 2 --json --fsync none -d "$WORK/d" --no-private "$@"; }
at() { echo "http://$1:${FAULTS_PORT[public]}/$2"; }
to() { at "$1" "$2" | sed 's,/,%2F,g'; } # inside a script of the server

# The server at the public address sends a redirect; @2 must not be asked.
refused() { # MODEL WHAT HOST PORT-NAME
    local model=$1 target=private-$1-$3
    target=${target//[^a-z0-9-]/}
    local location=http:%2F%2F$3:${FAULTS_PORT[$4]}%2Fsize=10%2F$target
    check_exit "$model: a redirect to $2" 1 get -m "$model" "$(at public.test "status=302,to=$location/from-$target")"
    check_equal "$model: $2 is refused, once" "true 1" "$(jq -r '"\(.error | test("private")) \(.attempts)"' "$WORK/out")"
    check_equal "$model: $2 is not asked" "" "$(asked_for "/$target")"
    check_equal "$model: the redirect was" 1 "$(asked_for "/from-$target" | wc -l)"
}

test_private() {
    local model=$1
    check "$model: a public address" get -m "$model" "$(at 203.0.113.7 "size=10/direct-$model")" "$(at public.test "size=10/named-$model")"
    check "$model: a redirect to a public address" get -m "$model" "$(at public.test "status=302,to=$(to 203.0.113.7 "size=10/public-$model")/redirected-$model")"
    check_exit "$model: a name of a private address" 1 get -m "$model" "http://private.test:${FAULTS_PORT[http]}/size=10/never-$model"
    check_equal "$model: it is not asked" "" "$(asked_for "/never-$model")"
    refused "$model" "loopback" 127.0.0.1 http
    refused "$model" "a name of a private address" private.test http
    refused "$model" "a private network" 10.1.2.3 inner
    refused "$model" "loopback, written as one number" 2130706433 http
    refused "$model" "an IPv4 address in an IPv6 one" '[::ffff:127.0.0.1]' http
    check "$model: a mirror is asked instead" get -m "$model" -i <(printf '%s\tmirror=%s\n' "http://private.test:${FAULTS_PORT[http]}/size=10/mirrored-$model" \
        "$(at public.test "size=10/mirror-$model")")
    check "$model: without the option the redirect is followed" "$BIN/parkit-get" -m "$model" -d "$WORK/d" \
        "$(at public.test "status=302,to=http:%2F%2F127.0.0.1:${FAULTS_PORT[http]}%2Fsize=10%2Ffollowed-$model/follow-$model")"
}

inside() {
    local model
    printf '127.0.0.1 localhost private.test\n203.0.113.7 public.test\n' >"$WORK/hosts"
    if ! { mount --bind "$WORK/hosts" /etc/hosts && ip link set lo up && ip address add 203.0.113.7/32 dev lo && ip address add 10.1.2.3/32 dev lo; } 2>"$WORK/err"; then
        skip "private addresses" "no addresses or names of our own here"
        finish
    fi
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 300 --listen public=203.0.113.7 --listen inner=10.1.2.3; then
        skip "private addresses" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    for model in $MODELS; do together test_private "$model"; done
    rows_end
    finish
}

main() {
    if [ -n "${INSIDE:-}" ]; then
        inside
    elif ! command -v ip >/dev/null || ! unshare -rnm true 2>/dev/null; then
        skip "private addresses" "network namespaces or ip are missing"
        finish
    fi
    rm -rf "$WORK"
    INSIDE=1 exec unshare -rnm "$BASH" "$0"
}
main
