# shellcheck shell=bash
# The fault catalogue, 3d: names, disk, time, TLS, network, as far as one request shows it; the rest is in tests/e2e/get_faults_local.sh.
# Needs a server with the proxies that rows_local_proxies lists. The words are those of tests/faults.sh.

rows_local_proxies() {
    echo --proxy p407=status=407 --proxy p502=status=502 --proxy p511=status=511,page=log%20in --proxy captive=page=log%20in,type=text%2Fhtml \
        --proxy open=tunnel
}

rows_local() {
    local kind proxy=http://127.0.0.1
    row 45 "../../x from Content-Disposition" header=Content-Disposition:%20attachment%3B%20filename=..%2F..%2Fevil file=1000/1 \
        peers='ok|ok|!wrote outside|ok'
    row 52 "EIO at close" size=500000 env=SHIM_CLOSE=5 exit=3 error='Input/output error' peers='-|-|-|-'
    row 52 "EDQUOT in the middle" size=3000000 env=SHIM_WRITE=122 exit=3 error='[Qq]uota' peers='-|-|-|-'
    row 52 "EIO at fsync" size=1000 args='--fsync file' env=SHIM_FSYNC=5 exit=3 error='Input/output error'
    row 52 "EIO at the sync of a batch" size=1000 args='--fsync batch' env=SHIM_FSYNC=5 exit=3 file=any
    row 56 "the clock jumps back by a day" 'status=503,retry-after=1;' args='--retry-max 3' env=SHIM_CLOCK=-86400 file=1000/1 json='.seconds >= 1' \
        peers='retry delays use time(NULL)|-|-|-'
    row 56 "the clock jumps ahead by a day" 'status=503,retry-after=1;' args='--retry-max 3' env=SHIM_CLOCK=86400 file=1000/1 json='.seconds >= 1'
    for kind in expired self-signed wrong-host; do
        row 57 "TLS: $kind" size=1000 port=$kind exit=1 error='[Cc]ertificate' json='.attempts == 1' requests=0 peers='60|-|5|verifies'
    done
    row 57 "TLS: old version" size=1000 port=old exit=1 error='TLS|SSL' json='.attempts == 1' requests=0 peers='35|-|5|verifies'
    row 57 "TLS: right" size=1000 port=tls file=1000/1
    row 58 "TLS cut without close_notify, no length" length=none,cut=500,no-notify port=tls exit=1 requests=2 peers='-|-|-|-'
    row 58 "the same, then right" 'length=none,cut=500,no-notify;length=none' port=tls file=1000/1
    row 59 "a name that does not exist" size=1000 host=nothing.invalid retries=1 exit=1 error='[Rr]esolve' peers='6|19|0 (2.1)|-'
    row 59 "NXDOMAIN" size=1000 host=name.test env=SHIM_DNS=-2 retries=5 exit=1 error='[Rr]esolve.*no such name' json='.attempts == 1' peers='6|19|0 (2.1)|-'
    row 59 "SERVFAIL" size=1000 host=name.test env=SHIM_DNS=-3 exit=1 error='[Rr]esolve' json='.attempts == 2'
    row 59 "a name that does not exist, and a mirror" size=1000 host=name.test env=SHIM_DNS=-2 fields=mirror=http://127.0.0.1:${FAULTS_PORT[http]}/size=1000/by-mirror file=1000/1 json='.attempts == 2'
    row 59 "a resolver that does not answer" size=1000 host=name.test env=SHIM_DNS=slow retries=0 exit=1 error='[Tt]imed? ?out|[Rr]esolv'
    row 60 "refused" size=1000 port=none exit=1 error='connect' peers='7, no retry|-|-|-'
    [ -z "${FAULTS_PORT[six]:-}" ] || row 62 "IPv6 black hole, IPv4 answers" size=1000 port=six host=localhost file=1000/1 peers='yes|-|-|-'
    row 63 "proxy 407" size=1000 args="--proxy $proxy:${FAULTS_PORT[p407]}" exit=1 error=407 requests=1 peers='-|-|-|-'
    row 63 "proxy 407 to CONNECT" size=1000 port=tls args="--proxy $proxy:${FAULTS_PORT[p407]}" exit=1 error='407' json='.attempts == 1'
    row 63 "CONNECT 502" size=1000 port=tls args="--proxy $proxy:${FAULTS_PORT[p502]}" exit=1 error='502'
    row 63 "captive portal: 200 with a page, size in the list" size=1000 fields=size=1000 args="--proxy $proxy:${FAULTS_PORT[captive]}" exit=4
    row 63 "captive portal: 200 to CONNECT" size=1000 port=tls args="--proxy $proxy:${FAULTS_PORT[captive]}" exit=1
    row 63 "511" size=1000 args="--proxy $proxy:${FAULTS_PORT[p511]}" exit=1 error=511 requests=1
    row 63 "a proxy that works" size=1000 args="--proxy $proxy:${FAULTS_PORT[open]}" file=1000/1
    row 63 "a proxy that works, CONNECT" size=1000 port=tls args="--proxy $proxy:${FAULTS_PORT[open]}" file=1000/1
}
