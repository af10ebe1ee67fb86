#!/usr/bin/env bash
# parkit-get over TLS, with user names, and across redirects: whom it trusts and whom it tells what.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/nginx.sh
. "$TESTS/nginx.sh"

if [ ! -x "$BIN/parkit-get" ]; then
    skip "parkit-get" "libcurl is missing"
    finish
fi

# shellcheck disable=SC2317 # called through check
get() { "$BIN/parkit-get" -R 1 --retry-max 0.05 -d "$WORK/d" --json "$@"; }

make_certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$WORK/key.pem" -out "$WORK/cert.pem" 2>"$WORK/err"
}

test_trust() {
    local model
    check_exit "an unknown certificate is refused" 1 get "$TLS_URL/hello"
    check_match "it says why" '[Cc]ertificate' "$(jq -r .error "$WORK/out")"
    check_equal "and is not tried again" 1 "$(jq .attempts "$WORK/out")"
    check "nothing is left" test -z "$(find "$WORK/d" -type f)"
    for model in sequential threads multi multi-threads processes; do
        check "$model: --cacert" get -m "$model" --cacert "$WORK/cert.pem" "$TLS_URL/hello"
    done
    check "CURL_CA_BUNDLE" env CURL_CA_BUNDLE="$WORK/cert.pem" "$BIN/parkit-get" -d "$WORK/d" "$TLS_URL/hello"
    check_exit "a certificate for another name is refused" 1 get --cacert "$WORK/cert.pem" "${TLS_URL/localhost/127.0.0.1}/hello"
    check "--insecure" get --insecure "${TLS_URL/localhost/127.0.0.1}/hello"
    check_equal "the file is right" hello "$(cat "$WORK/d/hello")"
}

test_redirects() {
    check_exit "https does not fall back to http" 1 get --cacert "$WORK/cert.pem" "$TLS_URL/down"
    check_match "because of the protocol, before connecting" '[Pp]rotocol' "$(jq -r .error "$WORK/out")"
    check "http may go up to https" get --cacert "$WORK/cert.pem" "$NGINX_URL/up"
}

test_netrc() {
    echo 'machine localhost login me password secret' >"$WORK/.netrc"
    chmod 600 "$WORK/.netrc"
    check_exit "a protected file without --netrc" 1 get --cacert "$WORK/cert.pem" "$TLS_URL/protected"
    check "a protected file with --netrc" env HOME="$WORK" "$BIN/parkit-get" --netrc --cacert "$WORK/cert.pem" -d "$WORK/d" "$TLS_URL/protected"
}

main() {
    local port directives
    mkdir -p "$WORK/site" "$WORK/d"
    echo hello >"$WORK/site/hello"
    if ! command -v openssl >/dev/null || ! make_certificate; then
        skip "parkit-get with TLS" "the openssl program is missing"
        finish
    fi
    port=$(nginx_port)
    TLS_URL=https://localhost:$port
    # "Basic bWU6c2VjcmV0" is me:secret (RFC 7617)
    # shellcheck disable=SC2016 # the variables are nginx's
    directives='listen 127.0.0.1:'$port' ssl; ssl_certificate '$WORK'/cert.pem; ssl_certificate_key '$WORK'/key.pem;
        location /down { return 302 http://$host/hello; } location /up { return 302 '$TLS_URL'/hello; }
        location /protected { if ($http_authorization != "Basic bWU6c2VjcmV0") { return 401; } try_files /hello =404; }'
    if ! nginx_start "$WORK/site" "$directives"; then
        skip "parkit-get with TLS" "nginx is missing, or is without TLS"
        finish
    fi
    at_end_kill "$NGINX_PID"
    test_trust
    test_redirects
    test_netrc
    finish
}
main
