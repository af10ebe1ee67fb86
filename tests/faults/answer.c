#include "tests/faults/answer.h"

#include "tests/faults/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

time_t answer_start_s;

/* What goes out: bytes [from, to) of the file, or a text in its place. */
struct body {
    unsigned status;
    uint64_t from, to;
    const char *text;
    char buffer[256];
};

/* --- which bytes --- */

static const char *etag_of(const struct step *s, char out[128])
{
    if (s->etag && strcmp(s->etag, "none") == 0)
        return NULL;
    if (s->etag)
        snprintf(out, 128, "%s\"%s\"", s->weak ? "W/" : "", s->etag);
    else
        snprintf(out, 128, "%s\"v%" PRIu64 "\"", s->weak ? "W/" : "", s->version);
    return out;
}

static const char *date_of(time_t when, char out[64])
{
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(out, 64, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return out;
}

/* RFC 9110, section 13.1.5: a weak tag never matches. */
static bool if_range_holds(const struct step *s, const char *if_range)
{
    char tag[128], date[64];
    const char *own = etag_of(s, tag);
    if (!if_range || (own && !s->weak && strcmp(if_range, own) == 0))
        return true;
    return s->modified && strcmp(if_range, date_of(answer_start_s - atol(s->modified), date)) == 0;
}

static void put_text(struct body *b, unsigned status, const char *text)
{
    b->status = status;
    b->text = text;
    b->from = 0;
    b->to = strlen(text);
}

static void choose_range(const struct step *s, const struct request *r, struct body *b)
{
    enum range_mode mode = script_range(s);
    const char *range = request_header(r, "Range"), *if_range = request_header(r, "If-Range");
    char *end;
    bool broken = mode != RANGE_OK && mode != RANGE_NO_IF_RANGE; /* such servers do not look at If-Range */
    if (!range || strncmp(range, "bytes=", 6) != 0 || mode == RANGE_IGNORE || (mode == RANGE_NO_IF_RANGE && if_range) ||
        (!broken && !if_range_holds(s, if_range)))
        return;
    uint64_t from = strtoull(range + 6, &end, 10), last = *end == '-' && end[1] ? strtoull(end + 1, NULL, 10) : s->size - 1;
    if (mode == RANGE_404)
        put_text(b, 404, "gone\n");
    else if (mode == RANGE_416 || mode == RANGE_416_BARE || from >= s->size)
        put_text(b, 416, "no such range\n");
    else {
        b->status = 206;
        b->from = from + (mode == RANGE_SHIFT);
        b->to = last < s->size ? last + 1 : s->size;
    }
}

static void choose(const struct step *s, const struct request *r, struct body *b)
{
    *b = (struct body){ .status = 200, .from = 0, .to = s->size };
    if (s->page)
        put_text(b, 200, s->page);
    else
        choose_range(s, r, b);
    if (!s->status)
        return;
    b->status = (unsigned)s->status;
    if (s->status < 200 || s->status == 204 || s->status == 205 || s->status == 304)
        put_text(b, b->status, "");
    else if (s->status >= 300 && !s->page) {
        snprintf(b->buffer, sizeof b->buffer, "error page of status %u, never to be in a file\n", b->status);
        put_text(b, b->status, b->buffer);
    }
}

/* --- the head --- */

static void put_validators(FILE *out, const struct step *s)
{
    char text[128];
    const char *etag = etag_of(s, text);
    if (etag)
        fprintf(out, "ETag: %s\r\n", etag);
    if (s->modified)
        fprintf(out, "Last-Modified: %s\r\n", date_of(answer_start_s - atol(s->modified), text));
}

static void put_length(FILE *out, const struct step *s, const struct body *b)
{
    bool none = s->lengths.n > 0 && strcmp(s->lengths.value[0], "none") == 0;
    if (s->chunked || s->endless)
        fputs("Transfer-Encoding: chunked\r\n", out);
    else if (none)
        fputs("Connection: close\r\n", out);
    else if (s->lengths.n == 0 && b->status != 204 && b->status != 304 && b->status >= 200)
        fprintf(out, "Content-Length: %" PRIu64 "\r\n", b->to - b->from);
    for (size_t i = 0; i < s->lengths.n && !none; i++)
        fprintf(out, "Content-Length: %s\r\n", s->lengths.value[i]);
}

static void put_range(FILE *out, const struct step *s, const struct body *b)
{
    if (b->status == 206 && script_range(s) == RANGE_MULTIPART)
        fputs("Content-Type: multipart/byteranges; boundary=EDGE\r\n", out);
    else if (b->status == 206 && s->status != 206)
        fprintf(out, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", b->from, b->to - 1, s->size);
    else if (b->status == 416 && script_range(s) != RANGE_416_BARE)
        fprintf(out, "Content-Range: bytes */%" PRIu64 "\r\n", s->size);
}

static void put_rest(FILE *out, const struct step *s, const struct request *r)
{
    char text[64];
    if (s->to)
        fprintf(out, "Location: %s\r\n", strcmp(s->to, "self") == 0 ? r->target : s->to);
    if (s->retry_after)
        fprintf(out, "Retry-After: %s\r\n", s->retry_after);
    if (s->retry_date)
        fprintf(out, "Retry-After: %s\r\n", date_of(time(NULL) + atol(s->retry_date), text));
    if (s->type)
        fprintf(out, "Content-Type: %s\r\n", s->type);
    for (size_t i = 0; i < s->headers.n; i++)
        fprintf(out, "%s\r\n", s->headers.value[i]);
}

static bool send_head(struct wire *w, const struct step *s, const struct request *r, const struct body *b)
{
    char *head = NULL, date[64];
    size_t size = 0;
    FILE *out = open_memstream(&head, &size);
    if (!out)
        return false;
    fprintf(out, "HTTP/1.1 %u Answer\r\nDate: %s\r\n", b->status, date_of(time(NULL), date));
    put_length(out, s, b);
    put_range(out, s, b);
    put_rest(out, s, r);
    if (b->status == 200 || b->status == 206 || b->status == 416)
        put_validators(out, s);
    fclose(out);
    bool sent = head && wire_write(w, head, size);
    for (uint64_t flood = 0; sent && flood < s->flood; flood += 1000) {
        char line[1100]; /* 1000 of it are used */
        snprintf(line, sizeof line, "X-Flood-%09" PRIu64 ": %0978d\r\n", flood, 0);
        sent = wire_write(w, line, strlen(line));
    }
    free(head);
    return sent && wire_write(w, "\r\n", 2);
}

/* --- the body --- */

static bool send_piece(struct wire *w, const struct step *s, const struct body *b, uint64_t at, size_t size, char *block)
{
    char edge[32];
    if (b->text)
        memcpy(block, b->text + at, size);
    else
        content_fill((unsigned)s->version, at, block, size);
    for (size_t i = 0; i < s->wrong.n && !b->text; i++) {
        uint64_t place = strtoull(s->wrong.value[i], NULL, 10);
        if (place >= at && place - at < size)
            block[place - at] ^= 1;
    }
    if (!s->chunked && !s->endless)
        return wire_write(w, block, size);
    snprintf(edge, sizeof edge, "%zx\r\n", size);
    return wire_write(w, edge, strlen(edge)) && wire_write(w, block, size) && wire_write(w, "\r\n", 2);
}

/* Up to the cut, the stall or the end. Returns false where the other side went away. */
static bool send_content(struct wire *w, const struct step *s, const struct body *b)
{
    uint64_t stop = s->cut < s->stall ? s->cut : s->stall, most = s->piece ? s->piece : BLOCK;
    uint64_t end = s->endless ? UINT64_MAX : b->to + s->extra;
    char *block = malloc(BLOCK);
    bool sent = block != NULL;
    stop = stop < end - b->from ? b->from + stop : end;
    most = most < BLOCK ? most : BLOCK;
    for (uint64_t at = b->from; sent && at < stop;) {
        size_t size = stop - at < most ? (size_t)(stop - at) : (size_t)most;
        sent = send_piece(w, s, b, at, size, block);
        at += size;
        if (s->drip_ms)
            usleep((useconds_t)(1000 * s->drip_ms));
    }
    free(block);
    return sent;
}

static bool send_multipart(struct wire *w, const struct step *s, const struct body *b)
{
    char edge[256];
    snprintf(edge, sizeof edge, "--EDGE\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n\r\n", b->from, b->to - 1, s->size);
    return wire_write(w, edge, strlen(edge)) && send_content(w, s, b) && wire_write(w, "\r\n--EDGE--\r\n", 12);
}

static enum wire_end send_body(struct wire *w, const struct step *s, const struct body *b)
{
    bool multipart = b->status == 206 && script_range(s) == RANGE_MULTIPART;
    bool sent = multipart ? send_multipart(w, s, b) : send_content(w, s, b);
    if (!sent)
        return WIRE_FIN;
    if (s->stall != UINT64_MAX) {
        wire_hold(w);
        return WIRE_FIN;
    }
    if (s->cut != UINT64_MAX)
        return s->rst ? WIRE_RST : s->no_notify ? WIRE_NO_NOTIFY : WIRE_FIN;
    if (s->bad_chunk && !wire_write(w, "ZZ\r\n", 4))
        return WIRE_FIN;
    if (s->chunked && !s->bad_chunk && !wire_write(w, "0\r\n\r\n", 5))
        return WIRE_FIN;
    bool until_close = multipart || s->quit || s->bad_chunk || (s->lengths.n && strcmp(s->lengths.value[0], "none") == 0);
    return until_close ? WIRE_FIN : WIRE_KEEP;
}

enum wire_end answer_send(struct wire *w, const struct request *request, const struct step *step)
{
    static const char interim[] = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n";
    struct body b;
    if (step->silent)
        wire_hold(w);
    if (step->silent || step->empty)
        return step->rst ? WIRE_RST : WIRE_FIN;
    for (uint64_t i = 0; i < step->interim; i++)
        if (!wire_write(w, interim, sizeof interim - 1))
            return WIRE_FIN;
    choose(step, request, &b);
    if (!send_head(w, step, request, &b))
        return WIRE_FIN;
    return strcmp(request->method, "HEAD") == 0 ? WIRE_KEEP : send_body(w, step, &b);
}
