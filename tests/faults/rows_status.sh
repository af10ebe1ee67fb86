# shellcheck shell=bash
# The fault catalogue, 3c: status codes and redirects. The words are those of tests/faults.sh.

rows_status() {
    local status
    for status in 404 410 403; do
        row 35 "$status" "status=$status" exit=1 error="answered $status" requests=1 peers='22 (without -f: !0, page saved)|3 / 22|8|1'
    done
    row 35 "404 keeps the file that is there" status=404 old=before exit=1
    for status in 500 502 504 408 425; do
        row 36 "$status once, then right" "status=$status;" file=1000/1 json='.attempts == 2' \
            peers='ok with --retry 3|22 / 29, no retry|!0, no file|-'
    done
    row 36 "500 for ever" status=500 exit=1 error='answered 500' requests=2
    row 37 "429, Retry-After: 1" 'status=429,retry-after=1;' file=1000/1 args='--retry-max 3' json='.seconds >= 1' \
        peers='ok with --retry|22 / 29, no retry|!0, no file|-'
    row 37 "503, Retry-After: 1" 'status=503,retry-after=1;' file=1000/1 args='--retry-max 3' json='.seconds >= 1'
    row 38 "Retry-After as a date" 'status=503,retry-date=2;' file=1000/1 args='--retry-max 3' json='.seconds >= 0.9' peers='-|-|-|-'
    row 38 "Retry-After as a date that is past" 'status=503,retry-date=-3600;' file=1000/1 args='--retry-max 3'
    row 38 "Retry-After of 10^9 seconds" 'status=503,retry-after=1000000000;' file=1000/1
    row 38 "Retry-After of more digits than a number has" "status=503,retry-after=$(printf '9%.0s' $(seq 400));" file=1000/1
    row 38 "Retry-After as a date in the year 9999" 'status=503,retry-after=Fri%2C%2031%20Dec%209999%2023:59:59%20GMT;' file=1000/1
    row 38 "Retry-After that is garbage" 'status=503,retry-after=soon;' file=1000/1
    row 38 "Retry-After that is negative" 'status=503,retry-after=-5;' file=1000/1
    row 39 "200 with a login page, --reject-type" 'page=<p>log%20in,type=text%2Fhtml%3B%20charset=utf-8' args='--reject-type text/html' exit=1 requests=1 error='text/html, which --reject-type'
    row 39 "the same, and a mirror" 'page=<p>log%20in,type=text%2Fhtml' args='--reject-type text/*' fields=mirror=http://127.0.0.1:${FAULTS_PORT[http]}/size=1000,type=image%2Fpng/by-mirror file=1000/1
    row 39 "another type" type=text%2Fplain args='--reject-type text/html' file=1000/1
    row 39 "200 with a login page, size in the list" 'page=<p>log%20in,type=text%2Fhtml' fields=size=1000 exit=4 requests=1 peers='0|0|0|0'
    row 39 "200 with a login page, sha256 in the list" 'page=<p>log%20in,type=text%2Fhtml' \
        fields=sha256=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 exit=4
    for status in 204 205 206 304; do
        row 40 "$status unasked" "status=$status" exit=1 error="answered $status|range" requests=1 peers='-|304 rejected|-|-'
    done
    row 41 "redirect loop" status=302,to=self exit=1 error='redirect' requests=11 peers='47|23|!0|SIGSEGV'
    row 41 "redirect without Location" status=302 exit=1 error='answered 302' requests=1
    for status in 301 302 303 307 308; do
        row 41 "a redirect of kind $status is followed" "status=$status,to=%2Fsize=500%2Ftarget" file=500/1 json='.effective_url | endswith("/target")'
    done
    row 42 "redirect to file:" status=302,to=file:%2F%2F%2Fetc%2Fhostname exit=1 error='[Pp]rotocol' requests=1 peers='1|1|!0, no file|1'
    row 42 "redirect to gopher:" status=302,to=gopher:%2F%2F127.0.0.1:1%2Fx exit=1 error='[Pp]rotocol' requests=1 peers='1|1|!0, no file|1'
    row 42 "redirect to ftp:" status=302,to=ftp:%2F%2F127.0.0.1:1%2Fx exit=1 error='[Pp]rotocol' requests=1 peers='followed|followed|!0, no file|followed'
    row 42 "redirect from https to http" "status=302,to=http:%2F%2F127.0.0.1:${FAULTS_PORT[http]}%2Fsize=1000%2Fx" port=tls exit=1 \
        error='[Pp]rotocol' requests=1 peers='followed|followed|followed|followed'
}
