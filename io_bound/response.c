#include "io_bound/response.h"

#include "io_bound/retry.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 128 }; /* longer values of the fields read here mean nothing */

void response_reset(struct response *r)
{
    *r = (struct response){ .retry_after_s = -1 };
}

/* "HTTP/1.1 200 OK": a new hop, after a redirect, a 1xx or a proxy's answer to CONNECT. */
static void begin_hop(struct response *r, const char *line, size_t size)
{
    size_t bytes = r->header_bytes;
    const char *space = memchr(line, ' ', size);
    response_reset(r);
    r->header_bytes = bytes;
    for (const char *c = space ? space + 1 : line + size; c < line + size && isdigit((unsigned char)*c); c++)
        if (r->status < 1000)
            r->status = 10 * r->status + (*c - '0');
}

/* The value of the field @name, trimmed, into @value; false: the line is another field. */
static bool field(const char *line, size_t size, const char *name, char value[VALUE_MAX])
{
    size_t length = strlen(name);
    if (size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return false;
    const char *begin = line + length + 1, *end = line + size;
    while (begin < end && isspace((unsigned char)*begin))
        begin++;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    length = (size_t)(end - begin) < VALUE_MAX - 1 ? (size_t)(end - begin) : VALUE_MAX - 1;
    memcpy(value, begin, length);
    value[length] = '\0';
    return true;
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

bool response_header(struct response *r, const char *line, size_t size)
{
    char value[VALUE_MAX];
    r->header_bytes += size;
    if (r->header_bytes > RESPONSE_HEADERS_MAX)
        return false;
    if (size > 5 && strncmp(line, "HTTP/", 5) == 0)
        begin_hop(r, line, size);
    else if (field(line, size, "Content-Length", value))
        read_length(r, value);
    else if (field(line, size, "Retry-After", value))
        r->retry_after_s = retry_after_s(value, time(NULL));
    else if (field(line, size, "Content-Encoding", value))
        snprintf(r->encoding, sizeof r->encoding, "%.31s", value);
    return true;
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
