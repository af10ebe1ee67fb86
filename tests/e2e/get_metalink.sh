#!/usr/bin/env bash
# parkit-get with Metalink 4 documents (RFC 5854): several files, mirrors by priority, hashes, mistakes, and outputs that
# collide with those of other sources.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults.sh
. "$TESTS/faults.sh"

# shellcheck disable=SC2317 # called through check
get() { "$BIN/parkit-get" --retry-max 0.05 -R 0 --no-progress -d "$WORK/d" "$@"; }

document() { printf '<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n%s\n</metalink>\n' "$1"; }
file() { printf '<file name="%s">%s</file>\n' "$1" "$2"; }
url() { printf '<url priority="%s">%s%s</url>' "$1" "$U" "$2"; }
sum() { printf '<size>%s</size><hash type="sha-256">%s</hash>' "$1" "$("$FAULTS" content "$1" "$2" | sha256sum | cut -d ' ' -f 1)"; }

test_mirrors() {
    local model
    document "$(file "sub/one" "$(sum 1000 1)$(url 3 size=1000/good)$(url 1 status=404/missing)$(url 2 v=2/other)")
        $(file two "$(sum 500 3)$(url 5 v=3,size=500/two)<url>ftp://127.0.0.1/two</url>")" >"$WORK/m"
    for model in $MODELS; do
        rm -rf "$WORK/d"
        check "$model: two files, the mirrors by priority" get -m "$model" -M "$WORK/m" --json
        check_equal "$model: the first is of its third mirror, checked" "done true 3" \
            "$(jq -r 'select(.out == "sub/one") | "\(.state) \(.verified) \(.attempts)"' "$WORK/out")"
        "$FAULTS" content 1000 1 >"$WORK/want"
        check "$model: its bytes" cmp "$WORK/want" "$WORK/d/sub/one"
        "$FAULTS" content 500 3 >"$WORK/want"
        check "$model: the other's" cmp "$WORK/want" "$WORK/d/two"
    done
    check_exit "no mirror has the right bytes" 4 get -M <(document "$(file x "$(sum 1000 1)$(url 1 v=2/a)$(url 2 v=3/b)")")
    check "nothing of that is left" test ! -e "$WORK/d/x"
}

# More piece hashes than a list line holds: 3,000 pieces of 1,000 bytes, all wrong at the first mirror.
test_many_pieces() {
    local model
    "$FAULTS" content 3000000 1 >"$WORK/want"
    { echo '<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="many"><size>3000000</size><pieces length="1000" type="sha-1">'
        (mkdir -p "$WORK/pieces" && cd "$WORK/pieces" && split -a 4 -b 1000 "$WORK/want" && sha1sum x*) | sed 's,  .*,</hash>,; s,^,<hash>,'
        printf '</pieces>%s</file></metalink>' "$(url 1 size=3000000,v=2/many)$(url 2 size=3000000/many)"; } >"$WORK/m"
    for model in $MODELS; do
        rm -rf "$WORK/d"
        check "$model: a file of 3,000 pieces, from its second mirror" get -m "$model" -M "$WORK/m"
        check "$model: its bytes" cmp "$WORK/want" "$WORK/d/many"
    done
}

test_stream() {
    rm -rf "$WORK/d"
    mkfifo "$WORK/pipe"
    get -M - <"$WORK/pipe" 2>"$WORK/err" &
    local pid=$! code=0
    exec 8>"$WORK/pipe"
    document "$(file first "$(url 1 size=10/first)")" | head -n 3 >&8
    for _ in $(seq 100); do
        [ ! -f "$WORK/d/first" ] || break
        sleep 0.05
    done
    check "a file is fetched while the document is still open" test -f "$WORK/d/first"
    echo '</metalink>' >&8
    exec 8>&-
    wait "$pid" || code=$?
    check_equal "the run ends with the document" 0 "$code"
}

test_refusals() {
    rm -rf "$WORK/d"
    document "$(file before "$(url 1 size=10/before)")
<file name='../x'>$(url 1 size=1/x)</file>" >"$WORK/m"
    check_exit "a name above the folder" 2 get -M "$WORK/m"
    check_match "says where" "$WORK/m, line 4: .*'\.\.'" "$(cat "$WORK/err")"
    check "what stood before it is there, nothing else" test "$(ls "$WORK/d")" = before
    printf '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">&b;</metalink>' >"$WORK/m"
    check_exit "a document with entities" 2 get -M "$WORK/m"
    check_match "is refused for its DOCTYPE" 'DOCTYPE' "$(cat "$WORK/err")"
    echo "${U}size=10/x" >"$WORK/m"
    check_exit "a plain list is no Metalink" 2 get -M "$WORK/m"
    check_match "says so" 'not well-formed XML' "$(cat "$WORK/err")"
    check_exit "a document that is not there" 2 get -M "$WORK/none"
}

# Row 49 of the fault catalogue, over all kinds of sources.
test_collisions() {
    document "$(file x "$(url 1 size=10/x)")" >"$WORK/m"
    echo "${U}size=10/x" >"$WORK/list"
    check_exit "the same output in a document and an argument" 2 get -M "$WORK/m" "${U}size=11/x"
    check_exit "in a document and a list" 2 get -M "$WORK/m" -i "$WORK/list"
    check_match "names it" "'x' is the output of an earlier entry" "$(cat "$WORK/err")"
    check_exit "in two documents" 2 get -M "$WORK/m" -M "$WORK/m"
    check_exit "in two lists" 2 get -i "$WORK/list" -i "$WORK/list"
    check_exit "twice in one document" 2 get -M <(document "$(file y "$(url 1 size=10/y)")$(file y "$(url 1 size=10/y)")")
}

# A document of 200,000 files is read as it comes: its memory is that of the names.
test_memory() {
    local bytes
    if has_asan; then
        skip "memory of a large document" "not with AddressSanitizer"
        return
    fi
    awk -v url="${U}size=10/" 'BEGIN { print "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">"
        for (i = 0; i < 200000; i++) printf "<file name=\"f%d\"><size>10</size><url>%sf%d</url></file>\n", i, url, i
        print "</metalink>" }' >"$WORK/m"
    check "a document of 200,000 files, dry" "$BIN/parkit-run" -q --json -- "$BIN/parkit-get" --dry-run -d "$WORK/d" -M "$WORK/m"
    bytes=$(jq '.max_rss' "$WORK/out" 2>/dev/null)
    check "takes at most 64 MiB ($bytes)" test "${bytes:-999999999}" -le $((64 << 20))
}

# Lists of a hundred megabytes, in entries as heavy as they may be, while the only connection waits: no more of them is read
# than WORK_AHEAD_BYTES of io_bound/work.h, 16 MiB.
heavy_list() {
    awk -v url="$U" 'BEGIN { for (i = 0; i < 7900; i++) pad = pad "x"; print url "silent/first"
        for (i = 0; i < 2000; i++) { printf "%ssize=1/%d-%s", url, i, pad; for (k = 0; k < 6; k++) printf "\tmirror=%ssize=1/%d-%s", url, k, pad; print "\tout=f" i } }'
}
heavy_document() {
    awk -v url="$U" 'BEGIN { for (i = 0; i < 950; i++) pad = pad "x"; print "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">"
        printf "<file name=\"first\"><url>%ssilent/first</url></file>\n", url
        for (i = 0; i < 110; i++) { printf "<file name=\"f%d\">", i; for (k = 0; k < 1000; k++) printf "<url>%ssize=1/%d-%s</url>", url, k, pad; print "</file>" } }'
}
test_heavy_entries() { # WHAT OPTION
    local pid bytes=0 before=-1
    mkfifo "$WORK/heavy-$1"
    { "heavy_$1" >"$WORK/heavy-$1"; } 2>/dev/null &
    "$BIN/parkit-get" -j 1 --stall 60 -d "$WORK/d" "$2" - <"$WORK/heavy-$1" 2>"$WORK/err" &
    pid=$!
    while [ "$bytes" -ne "$before" ]; do
        before=$bytes
        sleep 0.7
        bytes=$(awk '$1 == "VmHWM:" { print $2 * 1024 }' "/proc/$pid/status")
    done
    kill "$pid"
    wait "$pid"
    check "a $1 of 100 MB in heavy entries is read ahead, within bounds ($bytes)" test "$bytes" -gt $((16 << 20)) -a "$bytes" -le $((48 << 20))
}

main() {
    if [ ! -x "$BIN/parkit-get" ] || ! faults_start --lifetime 600; then
        skip "Metalink" "parkit-get or the fault server was not built"
        finish
    fi
    at_end_kill "$FAULTS_PID"
    U=http://127.0.0.1:${FAULTS_PORT[http]}/
    "$BIN/parkit-get" -M /dev/null -d "$WORK/d" 2>"$WORK/err"
    if grep -q 'built without' "$WORK/err"; then
        skip "Metalink" "expat is missing"
        finish
    fi
    test_mirrors
    test_many_pieces
    test_stream
    test_refusals
    test_collisions
    test_memory
    if ! has_asan; then
        test_heavy_entries list -i
        test_heavy_entries document -M
    fi
    finish
}
main
