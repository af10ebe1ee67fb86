#include "io_bound/response.h"

#include "io_bound/http_date.h"
#include "io_bound/retry.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 512 }; /* longer values of the fields read here mean nothing */

void response_reset(struct response *r)
{
    *r = (struct response){ .retry_after_s = -1, .date = -1 };
}

/* "HTTP/1.1 200 OK": a new hop, after a redirect, a 1xx or a proxy's answer to CONNECT. */
static void begin_hop(struct response *r, const char *line, size_t size)
{
    size_t bytes = r->header_bytes;
    const char *space = memchr(line, ' ', size);
    response_reset(r);
    r->header_bytes = bytes;
    r->version = size > 5 && isdigit((unsigned char)line[5]) ? line[5] - '0' : 1;
    for (const char *c = space ? space + 1 : line + size; c < line + size && isdigit((unsigned char)*c); c++)
        if (r->status < 1000)
            r->status = 10 * r->status + (*c - '0');
}

/* [@begin, @end) without the spaces around it, into @value. */
static void trim(const char *begin, const char *end, char value[VALUE_MAX])
{
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    size_t length = (size_t)(end - begin) < VALUE_MAX - 1 ? (size_t)(end - begin) : VALUE_MAX - 1;
    memcpy(value, begin, length);
    value[length] = '\0';
}

static void read_length(struct response *r, const char *value)
{
    if (value[strspn(value, "0123456789")] != '\0' || !*value) {
        r->lengths_differ = true; /* "500, 1000" or no number: there is no telling */
        return;
    }
    uint64_t length = strtoull(value, NULL, 10);
    r->lengths_differ |= r->has_length && r->length != length;
    r->has_length = true;
    r->length = length;
}

/* bytes FIRST-LAST/TOTAL, bytes FIRST-LAST/<star>, bytes <star>/TOTAL (RFC 9110, section 14.4); else there is none. */
static void read_range(struct response *r, const char *value)
{
    uint64_t first = 0, last = 0, total = 0;
    int n = -1;
    r->has_range = r->has_range_total = false;
    if (strncasecmp(value, "bytes ", 6) != 0)
        return;
    value += 6;
    if (isdigit((unsigned char)*value) && sscanf(value, "%" SCNu64 "-%" SCNu64 "/%n", &first, &last, &n) == 2 && n > 0 && first <= last)
        r->has_range = true;
    else if (sscanf(value, "*/%n", &n) != 0 || n <= 0)
        return;
    value += n;
    r->has_range_total = isdigit((unsigned char)*value) && value[strspn(value, "0123456789")] == '\0';
    if (r->has_range_total)
        total = strtoull(value, NULL, 10);
    r->has_range &= !r->has_range_total || last < total;
    r->first = first;
    r->last = last;
    r->range_total = total;
}

/* What is longer than @room is nothing that can be compared or sent back. */
static void keep(char *out, size_t room, const char *value)
{
    size_t length = strlen(value) < room ? strlen(value) : 0;
    memcpy(out, value, length);
    out[length] = '\0';
}

static void read_coding(struct response *r, const char *value)
{
    (void)value;
    r->chunked = true; /* chunked comes last, or libcurl refuses it (RFC 9112, section 6.1) */
}

static void read_retry(struct response *r, const char *value)
{
    r->retry_after_s = retry_after_s(value, time(NULL));
}

static void read_encoding(struct response *r, const char *value)
{
    keep(r->encoding, sizeof r->encoding, value[0] && strlen(value) < sizeof r->encoding ? value : "unknown");
}

static void read_type(struct response *r, const char *value)
{
    size_t length = strcspn(value, "; \t");
    r->several_ranges = strncasecmp(value, "multipart/byteranges", 20) == 0;
    length = length < sizeof r->type ? length : 0;
    memcpy(r->type, value, length);
    r->type[length] = '\0';
}

static void read_etag(struct response *r, const char *value)
{
    keep(r->etag, sizeof r->etag, value);
}

static void read_modified(struct response *r, const char *value)
{
    keep(r->modified, sizeof r->modified, value);
}

static void read_date(struct response *r, const char *value)
{
    r->date = http_date(value);
}

#define FIELD(name, read) { name, sizeof name - 1, read }
static const struct {
    const char *name;
    size_t length;
    void (*read)(struct response *r, const char *value);
} fields[] = {
    FIELD("Content-Length", read_length),
    FIELD("Transfer-Encoding", read_coding),
    FIELD("Retry-After", read_retry),
    FIELD("Content-Encoding", read_encoding),
    FIELD("Content-Range", read_range),
    FIELD("Content-Type", read_type),
    FIELD("ETag", read_etag),
    FIELD("Last-Modified", read_modified),
    FIELD("Date", read_date),
};

static void read_field(struct response *r, const char *line, size_t size)
{
    char value[VALUE_MAX];
    const char *colon = memchr(line, ':', size);
    size_t length = colon ? (size_t)(colon - line) : 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].length == length && strncasecmp(line, fields[i].name, length) == 0) {
            trim(colon + 1, line + size, value);
            fields[i].read(r, value);
            return;
        }
}

bool response_header(struct response *r, const char *line, size_t size)
{
    r->header_bytes += size;
    if (r->header_bytes > RESPONSE_HEADERS_MAX)
        return false;
    if (size > 5 && strncmp(line, "HTTP/", 5) == 0)
        begin_hop(r, line, size);
    else
        read_field(r, line, size);
    return true;
}

bool response_is_of_type(const struct response *r, const char *type)
{
    size_t length = strlen(type);
    if (length >= 2 && strcmp(type + length - 2, "/*") == 0)
        return strncasecmp(r->type, type, length - 1) == 0;
    return length > 0 && strcasecmp(r->type, type) == 0;
}

enum outcome_kind response_admit(const struct response *r, const struct expect *expect, uint64_t max_size, char *why,
                                 size_t why_size)
{
    if (r->status != 200) { /* nothing else answers a plain GET with the whole file */
        snprintf(why, why_size, "the server answered %ld", r->status);
        return retry_of_status(r->status) ? OUTCOME_TRANSIENT : OUTCOME_PERMANENT;
    }
    if (r->lengths_differ) {
        snprintf(why, why_size, "the answer has contradictory Content-Length fields");
        return OUTCOME_PERMANENT;
    }
    if (r->has_length && expect->has_size && r->length != expect->size) {
        snprintf(why, why_size, "the size is %" PRIu64 " bytes, not %" PRIu64, r->length, expect->size);
        return OUTCOME_MISMATCH;
    }
    if (r->has_length && max_size && r->length > max_size) {
        snprintf(why, why_size, "%" PRIu64 " bytes are more than --max-size %" PRIu64, r->length, max_size);
        return OUTCOME_PERMANENT;
    }
    return OUTCOME_DONE;
}

/* --- ranges --- */

struct version response_version(const struct response *r)
{
    struct version v = { .has_total = false };
    if (r->status == 206) {
        v.has_total = r->has_range_total;
        v.total = r->range_total;
    } else {
        v.has_total = r->has_length && !r->lengths_differ;
        v.total = r->length;
    }
    version_set_etag(&v, r->etag);
    version_set_modified(&v, r->modified, r->date);
    return v;
}

/* 206: is it what was asked for, of the same version? */
static enum range_verdict judge_part(const struct response *r, const struct ask *ask, char *why, size_t why_size)
{
    const struct version now = response_version(r);
    const char *fault = r->several_ranges     ? "several ranges in one answer"
                        : !r->has_range       ? "no valid Content-Range"
                        : !r->has_range_total ? "a Content-Range that does not tell the whole length"
                        : r->encoding[0]      ? "a range of encoded content"
                        : r->lengths_differ   ? "contradictory Content-Length fields"
                        : r->first != ask->begin ? "a range that begins elsewhere"
                        : r->last >= ask->end    ? "a longer range than was asked for"
                        : r->has_length && r->length != r->last - r->first + 1 ? "a Content-Length that is not that of its range"
                                                                               : NULL;
    if (fault) {
        snprintf(why, why_size, "the server answered 206 with %s", fault);
        return RANGE_NEVER;
    }
    if (ask->first || (ask->by_hash && now.total == ask->version.total) || version_same(&ask->version, &now))
        return RANGE_GOOD;
    bool changed = version_differs(&ask->version, &now);
    snprintf(why, why_size, changed ? "the file has changed on the server" : "the answer does not tell its version");
    return changed ? RANGE_RESTART : RANGE_NEVER;
}

enum range_verdict response_range(const struct response *r, const struct ask *ask, char *why, size_t why_size)
{
    const struct version now = response_version(r);
    if (r->status == 206)
        return judge_part(r, ask, why, why_size);
    if (r->status == 416) { /* whatever its Content-Range says, the bytes that are missing here are not there */
        snprintf(why, why_size, "the server has no such range of the file any more (416)");
        return ask->first ? RANGE_NEVER : RANGE_RESTART;
    }
    if (r->status != 200)
        return RANGE_REFUSED;
    snprintf(why, why_size, "the server sends the whole file instead of a range");
    if (ask->first || ask->plain || ask->by_hash || !version_same(&ask->version, &now))
        return RANGE_WHOLE;
    return RANGE_PLAIN; /* unchanged, by its own word: some servers only stumble over If-Range */
}
