# shellcheck shell=bash
# The fault catalogue, 3a: body and framing. `peers` is what curl, aria2, wget2 and axel of Debian 12 were seen to do (exit code,
# what was on disk; ! marks wrong data or a false success), "-": not seen.

rows_body() {
    row 1 "Content-Length 1000, 500 sent, FIN: gone on with" cut=500 file=1000/1 requests=2 json='.attempts == 2 and .bytes == 1000'
    row 1 "the same without validators" cut=500,etag=none exit=1 error='500 bytes' requests=2 \
        peers='18, partial at final name|8|!0, 500 B|!0, 500 B'
    row 1 "the same, then right" 'cut=500;' file=1000/1 json='.attempts == 2'
    row 2 "Content-Length 1000, 500 sent, RST" cut=500,rst,etag=none exit=1 error='[Rr]eset' peers='56, partial|8|!0, 500 B|!0, 1000 B'
    row 2 "the same, then right" 'cut=500,rst;' file=1000/1
    row 3 "chunked, no last chunk" chunked,cut=500 exit=1 requests=2 peers='18|1|!0, 500 B|!0, 507 B with framing'
    row 3 "the same, then right" 'chunked,cut=500;chunked' file=1000/1
    row 4 "bad chunk size ZZ" chunked,bad-chunk exit=1 peers='56|1|!0, 0 B|!0, framing saved'
    row 5 "no length, Connection: close, cut" length=none,cut=500 file=500/1 json='.length_known == false and .verified == false' \
        peers='0|0|0|0'
    row 5 "the same with a size in the list" length=none,cut=500 fields=size=1000 exit=4 error='500 bytes, not 1000'
    row 5 "the same whole, with a size" length=none fields=size=1000 file=1000/1 json='.verified'
    row 6 "HTTP/2 cut without length: HTTP/1.1 is spoken" size=700 port=tls file=700/1 peers='success possible in 7.88|-|-|-'
    row 7 "two different Content-Length" length=500,length=1000 exit=1 error='Content-Length' requests=1 \
        peers='0, last wins|!0, first wins|0, last|0, first'
    row 7 "the same in one field" length=500%2C%201000 exit=1
    row 7 "twice the same Content-Length is no fault" length=1000,length=1000 file=1000/1
    row 8 "Content-Length 500, 1000 sent" size=500,extra=500 file=500/1 peers='0, 500|0, 500|!0, 1000|0, 500'
    row 8 "the same with a size in the list" size=500,extra=500 fields=size=1000 exit=4
    row 9 "Content-Length -5" length=-5 exit=1 peers='8|1|!0|!0'
    row 10 "empty reply" empty exit=1 error='[Ee]mpty reply' requests=2 peers='52|1|!0, no file|SIGSEGV'
    row 10 "empty reply, then right" 'empty;' file=1000/1
    row 11 "header flood of 4 MB" flood=4000000 exit=1 error='256 KiB of headers' requests=1 peers='56|0, accepted|hang|0, accepted'
    row 11 "100 kB of headers are borne" flood=100000 file=1000/1
    row 12 "unasked Content-Encoding: gzip" header=Content-Encoding:%20gzip file=1000/1 json='.content_encoding == "gzip"' \
        peers='0 raw|0 raw|0 decoded|0 raw'
    row 13 "gzip is never decoded, so no bomb goes off" size=100000,header=Content-Encoding:%20gzip args='--max-size 100000' file=100000/1 \
        peers='-|-|-|-'
    row 14 "endless chunked body, --max-size" endless args='--max-size 100000' exit=1 error='max-size' requests=1 peers='-|-|-|-'
    row 14 "endless chunked body, size in the list" endless fields=size=1000 exit=4
    row 15 "1-byte writes" size=5000,piece=1 file=5000/1 peers='-|-|-|-'
    row 16 "slow drip: 10 B per 200 ms" piece=10,drip=200 exit=1 error='too slow' requests=2 \
        peers='no limit|60 s idle only|900 s idle|45 s'
    row 17 "stall after the headers" stall=0 exit=1 error='too slow' requests=2 peers='waits for ever|60 s|900 s|45 s'
    row 17 "stall half-way, then right" 'stall=500;' file=1000/1
    row 18 "accepted, then silence" silent exit=1 error='too slow' peers='300 s|60 s|none|45 s'
    row 18 "the same before TLS" size=1 port=silent-tls retries=0 exit=1 error='[Tt]imed? ?out' peers='-|-|-|-'
    row 18 "SYN black hole" size=1 port=hole retries=0 exit=1 error='[Tt]imed? ?out' peers='-|-|-|-'
    row 19 "100 MB of 1xx" interim=1400000 exit=1 error='256 KiB of headers' requests=1 peers='-|-|-|-'
    row 19 "a few 1xx are no fault" interim=3 file=1000/1
}
