#include "io_bound/files/ledger_record.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUM_DIGITS = 16 };

uint64_t record_sum(uint64_t sum, const void *bytes, size_t size)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ b[i]) * 0x100000001b3U;
    return sum;
}

static int format_version(const struct version *v, char *out, size_t room)
{
    return snprintf(out, room, "\t%" PRIx64 "\t%d\t%s\t%s\t%d", v->total, v->has_total, v->etag, v->modified,
                    v->modified_strong);
}

static int format_fields(const struct record *r, char *out, size_t room)
{
    int n = snprintf(out, room, "%c\t%" PRIx64, r->kind, r->run);
    switch (r->kind) {
    case 'R':
        return n + snprintf(out + n, room - n, "\t%" PRIx64, r->boot);
    case 'D':
        n += snprintf(out + n, room - n, "\t%" PRIx64 "\t%d\t%" PRIx64 "\t%" PRIx64 "\t%" PRIx64, r->key, r->durable, r->inode,
                      r->size, r->mtime);
        return n + format_version(&r->version, out + n, room - n);
    case 'P':
        n += snprintf(out + n, room - n, "\t%" PRIx64 "\t%" PRIx64, r->key, r->url);
        return n + format_version(&r->version, out + n, room - n);
    case 'C':
        return n + snprintf(out + n, room - n, "\t%" PRIx64 "\t%d\t%" PRIx64 "\t%" PRIx64, r->key, r->durable, r->begin, r->end);
    case 'X':
        return n + snprintf(out + n, room - n, "\t%" PRIx64, r->key);
    case 'S':
        return n + snprintf(out + n, room - n, "\t%" PRIx64, r->end);
    default:
        return n;
    }
}

size_t record_format(const struct record *r, char out[RECORD_MAX])
{
    char *fields = out + 1 + SUM_DIGITS + 1; /* RECORD_MAX holds the longest version and ten numbers */
    int n = format_fields(r, fields, RECORD_MAX - SUM_DIGITS - 2);
    snprintf(out, SUM_DIGITS + 2, "\n%016" PRIx64, record_sum(RECORD_SUM, fields, (size_t)n));
    out[1 + SUM_DIGITS] = ' ';
    return 2 + SUM_DIGITS + (size_t)n;
}

/* --- reading; the sum vouches for what was written, so the checks are against a record that somebody made up --- */

static bool number(char **rest, uint64_t *out)
{
    char *field = strsep(rest, "\t"), *end;
    if (!field || !isxdigit((unsigned char)*field))
        return false;
    errno = 0;
    *out = strtoull(field, &end, 16);
    return *end == '\0' && errno == 0;
}

static bool flag(char **rest, bool *out)
{
    uint64_t value;
    bool right = number(rest, &value) && value <= 1;
    *out = right && value == 1;
    return right;
}

static bool text(char **rest, char *out, size_t room)
{
    char *field = strsep(rest, "\t");
    if (!field || strlen(field) >= room)
        return false;
    memcpy(out, field, strlen(field) + 1);
    return true;
}

static bool parse_version(char **rest, struct version *v)
{
    return number(rest, &v->total) && flag(rest, &v->has_total) && text(rest, v->etag, sizeof v->etag) &&
           text(rest, v->modified, sizeof v->modified) && flag(rest, &v->modified_strong);
}

static bool parse_fields(char *fields, struct record *r)
{
    char *rest = fields, *kind = strsep(&rest, "\t");
    if (strlen(kind) != 1 || !number(&rest, &r->run))
        return false;
    r->kind = *kind;
    switch (r->kind) {
    case 'R':
        return number(&rest, &r->boot) && !rest;
    case 'D':
        return number(&rest, &r->key) && flag(&rest, &r->durable) && number(&rest, &r->inode) && number(&rest, &r->size) &&
               number(&rest, &r->mtime) && parse_version(&rest, &r->version) && !rest;
    case 'P':
        return number(&rest, &r->key) && number(&rest, &r->url) && parse_version(&rest, &r->version) && !rest;
    case 'C':
        return number(&rest, &r->key) && flag(&rest, &r->durable) && number(&rest, &r->begin) && number(&rest, &r->end) &&
               r->begin <= r->end && !rest;
    case 'X':
        return number(&rest, &r->key) && !rest;
    case 'S':
        return number(&rest, &r->end) && !rest;
    case 'E':
        return !rest;
    default:
        return false;
    }
}

bool record_parse(const char *line, size_t length, struct record *r)
{
    char copy[RECORD_MAX], *end;
    *r = (struct record){ .kind = 0 };
    if (length < SUM_DIGITS + 2 || length >= sizeof copy || memchr(line, '\0', length))
        return false;
    memcpy(copy, line, length);
    copy[length] = '\0';
    uint64_t sum = strtoull(copy, &end, 16);
    if (end != copy + SUM_DIGITS || *end != ' ')
        return false;
    return sum == record_sum(RECORD_SUM, end + 1, length - SUM_DIGITS - 1) && parse_fields(end + 1, r);
}
