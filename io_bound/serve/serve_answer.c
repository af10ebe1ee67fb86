#include "io_bound/serve/serve_answer.h"

#include "common/clock.h"
#include "io_bound/serve/serve_content.h"
#include "io_bound/serve/serve_path.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };
static const double SLICE_S = 0.02; /* --bandwidth is kept over slices of this length */

/* How often a /flaky path was asked for. */
struct flaky {
    struct flaky *next;
    uint64_t requests;
    char path[];
};

/* A piece [first, first + size) of a file on its way through one connection. */
struct body {
    struct server *server;
    struct MHD_Connection *connection;
    uint64_t seed, first, size;
    uint64_t cut; /* bytes after which the connection breaks; size: never */
    double began_s;
};

/* --- the bytes of a file --- */

/* With --bandwidth, how many bytes may go out now; 0: the connection was suspended until some may. */
static size_t allowed(const struct body *b, uint64_t sent, size_t wanted)
{
    uint64_t rate = b->server->bandwidth;
    if (rate == 0)
        return wanted;
    double due = (clock_now_s() - b->began_s + SLICE_S) * (double)rate;
    if (due >= (double)sent + 1)
        return due - (double)sent < (double)wanted ? (size_t)(due - (double)sent) : wanted;
    double wait_s = ((double)sent + 1 - due) / (double)rate + SLICE_S;
    return delays_add(b->server->delays, b->connection, wait_s) == MHD_YES ? 0 : wanted;
}

static ssize_t read_body(void *context, uint64_t position, char *out, size_t room)
{
    struct body *b = context;
    if (position >= b->cut && b->cut < b->size)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = b->cut - position < room ? (size_t)(b->cut - position) : room;
    n = allowed(b, position, n);
    content_fill(b->seed, b->first + position, out, n);
    return (ssize_t)n;
}

/* --- ranges --- */

/* One range of "bytes=FIRST-LAST", "bytes=FIRST-" or "bytes=-COUNT". */
enum range { RANGE_NONE, RANGE_PART, RANGE_OUTSIDE };

static bool digits(const char *text, uint64_t *out, const char **end)
{
    *out = isdigit((unsigned char)*text) ? strtoull(text, (char **)(uintptr_t)end, 10) : (*end = text, 0);
    return *end != text;
}

static enum range read_range(const char *text, uint64_t size, uint64_t *first, uint64_t *length)
{
    uint64_t from, to;
    const char *end;
    if (!text || strncmp(text, "bytes=", 6) != 0)
        return RANGE_NONE;
    bool has_from = digits(text + 6, &from, &end);
    if (*end != '-')
        return RANGE_NONE;
    bool has_to = digits(end + 1, &to, &end);
    if (*end != '\0' || (!has_from && !has_to) || (has_from && has_to && to < from))
        return RANGE_NONE; /* several ranges, or no range: the whole file is a right answer */
    if (!has_from) {
        from = to < size ? size - to : 0;
        has_to = false;
        if (to == 0)
            return RANGE_OUTSIDE;
    }
    if (from >= size)
        return RANGE_OUTSIDE;
    *first = from;
    *length = has_to && to < size ? to - from + 1 : size - from;
    return RANGE_PART;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* --- answers --- */

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
    enum MHD_Result result = r ? MHD_queue_response(c, status, r) : MHD_NO;
    if (r)
        MHD_destroy_response(r);
    return result;
}

enum MHD_Result serve_refuse(struct MHD_Connection *c, unsigned status, const char *allow)
{
    char text[64];
    int length = snprintf(text, sizeof text, "parkit-serve answers %u\n", status);
    bool bodiless = status == 204 || status == 304;
    struct MHD_Response *r = MHD_create_response_from_buffer(bodiless ? 0 : (size_t)length, text, MHD_RESPMEM_MUST_COPY);
    if (r && allow)
        MHD_add_response_header(r, "Allow", allow);
    if (r && status == 503)
        MHD_add_response_header(r, "Retry-After", "0");
    return queue(c, status, r);
}

static struct MHD_Response *file_response(struct server *s, struct MHD_Connection *c, uint64_t seed, uint64_t first,
                                          uint64_t size, bool cut)
{
    struct body *b = malloc(sizeof *b);
    if (!b)
        return NULL;
    *b = (struct body){ s, c, seed, first, size, cut ? size / 2 : size, clock_now_s() };
    size_t block = s->bandwidth ? (size_t)((double)s->bandwidth * SLICE_S) + 1 : BLOCK_BYTES;
    struct MHD_Response *r =
        MHD_create_response_from_callback(size, block < BLOCK_BYTES ? block : BLOCK_BYTES, read_body, b, free);
    if (!r)
        free(b);
    return r;
}

static enum MHD_Result send_file(struct server *s, struct MHD_Connection *c, const struct path *p, uint64_t size)
{
    uint64_t seed = content_seed(p->name), first = 0, length = size;
    char tag[48], range[80];
    snprintf(tag, sizeof tag, "\"%016" PRIx64 "-%" PRIu64 "\"", seed, size);
    const char *none_match = header(c, "If-None-Match"), *if_range = header(c, "If-Range");
    if (none_match && strcmp(none_match, tag) == 0)
        return serve_refuse(c, MHD_HTTP_NOT_MODIFIED, NULL);
    bool same = !if_range || strcmp(if_range, tag) == 0;
    enum range kind = same ? read_range(header(c, "Range"), size, &first, &length) : RANGE_NONE;
    if (kind == RANGE_OUTSIDE)
        length = 0;
    struct MHD_Response *r = file_response(s, c, seed, first, length, p->kind == PATH_CUT);
    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "ETag", tag);
    MHD_add_response_header(r, "Accept-Ranges", "bytes");
    if (kind == RANGE_NONE)
        return queue(c, MHD_HTTP_OK, r);
    if (kind == RANGE_OUTSIDE)
        snprintf(range, sizeof range, "bytes */%" PRIu64, size);
    else
        snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, first + length - 1, size);
    MHD_add_response_header(r, "Content-Range", range);
    return queue(c, kind == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_RANGE_NOT_SATISFIABLE, r);
}

static enum MHD_Result send_list(struct server *s, struct MHD_Connection *c, uint64_t lines)
{
    char *text = NULL, name[32], sum[CONTENT_SHA256_TEXT];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return MHD_NO;
    for (uint64_t i = 0; i < lines; i++) {
        snprintf(name, sizeof name, "f%06" PRIu64, i);
        fprintf(f, "http://127.0.0.1:%u/%s\tsize=%" PRIu64 "\tsha256=%s\n", s->port, name, s->size,
                content_sha256(content_seed(name), s->size, sum));
    }
    if (fclose(f) != 0) {
        free(text);
        return MHD_NO;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    return queue(c, MHD_HTTP_OK, r);
}

/* Counts this request of @url. */
static bool still_flaky(struct server *s, const char *url, uint64_t failures)
{
    struct flaky *f = s->flaky;
    while (f && strcmp(f->path, url) != 0)
        f = f->next;
    if (!f) {
        f = calloc(1, sizeof *f + strlen(url) + 1);
        if (!f)
            return true;
        memcpy(f->path, url, strlen(url) + 1);
        f->next = s->flaky;
        s->flaky = f;
    }
    return f->requests++ < failures;
}

void serve_forget(struct server *s)
{
    for (struct flaky *f = s->flaky, *next; f; f = next) {
        next = f->next;
        free(f);
    }
    s->flaky = NULL;
}

enum MHD_Result serve_answer(struct server *s, struct MHD_Connection *c, const char *url)
{
    const struct path p = path_parse(url, s->size);
    switch (p.kind) {
    case PATH_FILE:
    case PATH_CUT:
        return send_file(s, c, &p, p.number);
    case PATH_FLAKY:
        return still_flaky(s, url, p.number) ? serve_refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE, NULL)
                                             : send_file(s, c, &p, s->size);
    case PATH_LIST:
        return send_list(s, c, p.number);
    case PATH_STATUS:
        return serve_refuse(c, (unsigned)p.number, NULL);
    case PATH_UNKNOWN:
        break;
    }
    return serve_refuse(c, MHD_HTTP_NOT_FOUND, NULL);
}
