# shellcheck shell=bash
# The fault catalogue, 3b: ranges, resume, versions. The words are those of tests/faults.sh. Each twice: within a run (the
# first attempt is cut) and across runs (the first run ends with its first attempt; peers continue with their -C - or -c).

# resume NUMBER FAULT SCRIPT WORDS... - after 2.5 MB of 3 MB of version 1, sent with the words in FIRST; FROM: the byte at which
# a later run must go on
resume() {
    local number=$1 fault=$2 script=size=3000000,cut=2500000${FIRST:+,$FIRST}\;$3
    row "$number" "$fault" "$script" retries=4 "${@:4}"
    row "$number" "$fault; across runs" "$script" retries=0 runs=4 enough=1 "${@:4}" ${FROM:+json=".resumed_from == $FROM"}
}

rows_ranges() {
    local FIRST='' FROM='' L=size=3000000
    resume 21 "replaced by a longer version" v=2,size=4000000 file=4000000/2 \
        peers='!0, 2.5 MB v1 + rest v2|!0, mixed at 16 KiB edge|!0, mixed|-'
    resume 22 "server ignores Range" $L,range=ignore file=3000000/1 peers='33, stuck|8 (big file)|0, restarted|-'
    resume 23 "200 whose length is the offset, other content" v=2,size=2500000,range=ignore file=2500000/2 \
        peers='!0, old bytes kept|!0, kept|0, right|-'
    resume 24 "206 with a wrong start" $L,range=shift file=3000000/1 peers='33|0, right|0|-'
    FIRST=etag=same resume 25 "206 with another total" v=2,etag=same,size=3500000 file=3500000/2 \
        peers='accepted|checked|-|take the larger and hope for the best'
    row 26 "ETag flips between ranges, same size" 'size=34000000;size=34000000,v=2' models='threads multi multi-threads processes' args='--split 4' file=34000000/2 \
        peers='-|!0, half v1 half v2|not triggered|not triggered'
    resume 27 "remote now smaller, 416 with length" v=2,size=300,range=416 file=300/2 peers='22|0, made f.1 beside|0, replaced|-'
    resume 28 "416 without Content-Range" $L,range=416-bare file=3000000/1 peers='!0, stale file kept|-|-|treats 416 as usable'
    row 29 "404 on resume" "size=3000000,cut=2500000;status=404" exit=1 error='answered 404' part=kept \
        peers='22, kept|3, kept|8, partial truncated to 0|-'
    row 29 "404 on resume, then there again" "size=3000000,cut=2500000;status=404;$L" retries=0 runs=3 file=3000000/1 \
        json='.resumed_from == 2500000'
    FIRST=weak resume 30 "weak ETag, the same file" $L,weak file=3000000/1 peers='-|-|-|-'
    FIRST=weak,etag=w resume 30 "weak ETag, another file" $L,v=2,weak,etag=w file=3000000/2
    FIRST=weak,etag=w,modified=86400 resume 30 "weak ETag, but an old date" $L,weak,etag=w,modified=86400 file=3000000/1
    FROM=2500000 resume 31 "200 to If-Range though unchanged" $L,range=no-if-range file=3000000/1 peers='-|-|-|-'
    resume 31 "200 to If-Range, and changed" $L,v=2,range=no-if-range file=3000000/2
    FIRST=etag=none,modified=0 resume 32 "date only, changed within the same second" $L,v=2,etag=none,modified=0 file=3000000/2 peers='-|-|-|-'
    FROM=2500000 FIRST=etag=none,modified=86400 resume 32 "an old date only, the same file" $L,etag=none,modified=86400 file=3000000/1
    FIRST=etag=none,modified=86400 resume 32 "an old date only, another file" $L,v=2,etag=none,modified=3600 file=3000000/2
    FIRST=etag=none resume 32 "no validator at all" $L,v=2,etag=none file=3000000/2
    resume 33 "multipart/byteranges" $L,range=multipart file=3000000/1 peers='-|-|-|-'
}
