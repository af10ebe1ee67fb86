#include "io_bound/files/ledger_record.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUM_DIGITS = 16 };

uint64_t record_sum(uint64_t sum, const void *bytes, size_t size)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ b[i]) * 0x100000001b3U;
    return sum;
}

/* --- writing: a record a file, so without printf; each returns where the next character goes --- */

static char *put_digits(char *to, uint64_t value, int n)
{
    for (int i = n; i-- > 0; value >>= 4)
        to[i] = "0123456789abcdef"[value & 15];
    return to + n;
}

static char *put_number(char *to, uint64_t value)
{
    int n = 1;
    for (uint64_t rest = value >> 4; rest; rest >>= 4)
        n++;
    *to++ = '\t';
    return put_digits(to, value, n);
}

static char *put_text(char *to, const char *text)
{
    size_t length = strlen(text);
    *to++ = '\t';
    memcpy(to, text, length);
    return to + length;
}

static char *put_version(char *to, const struct version *v)
{
    to = put_number(to, v->total);
    to = put_number(to, v->has_total);
    to = put_text(to, v->etag);
    to = put_text(to, v->modified);
    return put_number(to, v->modified_strong);
}

static char *put_fields(char *to, const struct record *r)
{
    *to++ = r->kind;
    to = put_number(to, r->run);
    switch (r->kind) {
    case 'R':
        return put_number(to, r->boot);
    case 'D':
        to = put_number(to, r->key);
        to = put_number(to, r->durable);
        to = put_number(to, r->inode);
        to = put_number(to, r->size);
        to = put_number(to, r->mtime);
        return put_version(to, &r->version);
    case 'P':
        to = put_number(to, r->key);
        to = put_number(to, r->url);
        return put_version(to, &r->version);
    case 'C':
        to = put_number(to, r->key);
        to = put_number(to, r->durable);
        to = put_number(to, r->begin);
        return put_number(to, r->end);
    case 'X':
        return put_number(to, r->key);
    case 'S':
        return put_number(to, r->end);
    default:
        return to;
    }
}

size_t record_format(const struct record *r, char out[RECORD_MAX])
{
    char *fields = out + 1 + SUM_DIGITS + 1, *end = put_fields(fields, r); /* RECORD_MAX holds the longest version and ten numbers */
    out[0] = '\n';
    put_digits(out + 1, record_sum(RECORD_SUM, fields, (size_t)(end - fields)), SUM_DIGITS);
    fields[-1] = ' ';
    return (size_t)(end - out);
}

int record_write(int fd, const char *lines, size_t length)
{
    ssize_t written;
    do
        written = write(fd, lines, length);
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : (size_t)written == length ? 0 : -ENOSPC;
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
