#include "io_bound/lists/entry.h"

#include "common/message.h"
#include "common/size.h"
#include "io_bound/lists/name.h"
#include "io_bound/lists/url.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(char *why, size_t why_size, const char *reason, const char *value)
{
    char shown[160];
    snprintf(why, why_size, "%s: '%s'", reason, message_printable(value, shown, sizeof shown));
    return -EINVAL;
}

static int add_url(struct entry *e, const char *url, char *why, size_t why_size)
{
    char host[URL_HOST_MAX];
    int rc = url_host(url, host, why, why_size);
    if (rc == 0)
        e->url[e->n_urls++] = url;
    return rc;
}

static int set_size(struct entry *e, const char *value, char *why, size_t why_size)
{
    if (e->expect.has_size)
        return refuse(why, why_size, "size is given twice", value);
    if (size_parse(value, &e->expect.size) != 0)
        return refuse(why, why_size, "size must be a whole number of bytes", value);
    e->expect.has_size = true;
    return 0;
}

static int set_hash(struct entry *e, enum hash_kind kind, const char *value, char *why, size_t why_size)
{
    char reason[64];
    const char *fault = e->expect.hashes & 1U << kind ? "is given twice" : "is not a sum of that kind in hexadecimal digits";
    snprintf(reason, sizeof reason, "%s %s", hash_name(kind), fault);
    if (e->expect.hashes & 1U << kind || hash_parse(kind, value, e->expect.hash[kind]) != 0)
        return refuse(why, why_size, reason, value);
    e->expect.hashes |= 1U << kind;
    return 0;
}

/* "KIND:LENGTH:HEX", whose digits become bytes in place. */
static int set_pieces(struct entry *e, char *value, char *why, size_t why_size)
{
    struct pieces *p = &e->expect.pieces;
    char *length = strchr(value, ':'), *hex = length ? strchr(length + 1, ':') : NULL;
    int kind = 0;
    if (p->n)
        return refuse(why, why_size, "pieces is given twice", value);
    if (!hex)
        return refuse(why, why_size, "pieces must be KIND:LENGTH:HEX", value);
    *length++ = *hex++ = '\0';
    while (kind < HASH_KINDS && strcmp(value, hash_name((enum hash_kind)kind)) != 0)
        kind++;
    if (kind == HASH_KINDS)
        return refuse(why, why_size, "pieces are hashed by sha256, sha1 or md5, not by", value);
    if (size_parse(length, &p->length) != 0 || p->length == 0)
        return refuse(why, why_size, "the length of pieces must be a whole number of bytes", length);
    size_t bytes = hash_bytes((enum hash_kind)kind);
    unsigned char *to = (unsigned char *)hex;
    p->kind = (enum hash_kind)kind;
    p->hash = to;
    for (; *hex; hex += 2 * bytes, to += bytes, p->n++) {
        unsigned char hash[HASH_BYTES_MAX];
        char digits[HASH_TEXT_LEN];
        snprintf(digits, sizeof digits, "%.*s", (int)(2 * bytes), hex);
        if (hash_parse(p->kind, digits, hash) != 0)
            return refuse(why, why_size, "pieces has something that is not a sum of its kind in hexadecimal digits", digits);
        memcpy(to, hash, bytes);
    }
    return 0;
}

/* Do the pieces make up the file? */
static int check_pieces(const struct entry *e, char *why, size_t why_size)
{
    const struct pieces *p = &e->expect.pieces;
    char count[24];
    if (p->length == 0)
        return 0;
    if (!e->expect.has_size)
        return refuse(why, why_size, "pieces needs size", "");
    snprintf(count, sizeof count, "%zu", p->n);
    if (p->n != e->expect.size / p->length + (e->expect.size % p->length != 0))
        return refuse(why, why_size, "the number of pieces does not fit the size", count);
    return 0;
}

/* @field: "key=value"; cut in two. */
static int set_field(struct entry *e, char *field, char *why, size_t why_size)
{
    char *value = strchr(field, '=');
    if (!value)
        return refuse(why, why_size, "expected key=value after the tab", field);
    *value++ = '\0';
    if (strcmp(field, "mirror") == 0)
        return add_url(e, value, why, why_size);
    if (strcmp(field, "size") == 0)
        return set_size(e, value, why, why_size);
    if (strcmp(field, "pieces") == 0)
        return set_pieces(e, value, why, why_size);
    if (strcmp(field, "out") == 0) {
        if (e->out)
            return refuse(why, why_size, "out is given twice", value);
        e->out = value;
        return name_check(value, why, why_size);
    }
    for (int k = 0; k < HASH_KINDS; k++)
        if (strcmp(field, hash_name(k)) == 0)
            return set_hash(e, k, value, why, why_size);
    return refuse(why, why_size, "unknown key (out, size, sha256, sha1, md5, pieces and mirror are known)", field);
}

/* Room for the entry, a pointer per field (each could be a mirror), the text, and a name of the URL. */
static struct entry *allocate(const char *line, size_t length, char **text)
{
    size_t fields = 1;
    for (size_t i = 0; i < length; i++)
        fields += line[i] == '\t';
    size_t head = sizeof(struct entry) + fields * sizeof(const char *), size = head + length + 1 + NAME_COMPONENT_MAX + 1;
    struct entry *e = malloc(size);
    if (!e)
        return NULL;
    *e = (struct entry){ .bytes = size };
    *text = (char *)e + head;
    memcpy(*text, line, length);
    (*text)[length] = '\0';
    return e;
}

static int fill(struct entry *e, char *text, size_t length, char *why, size_t why_size)
{
    char *name = text + length + 1, *rest = text;
    int rc = add_url(e, strsep(&rest, "\t"), why, why_size);
    while (rc == 0 && rest)
        rc = set_field(e, strsep(&rest, "\t"), why, why_size);
    if (rc == 0 && !e->out) {
        rc = name_of_url(e->url[0], name, why, why_size);
        e->out = name;
    }
    return rc == 0 ? check_pieces(e, why, why_size) : rc;
}

int entry_parse(const char *line, size_t length, struct entry **out, char *why, size_t why_size)
{
    char begin[64];
    if (length >= ENTRY_LINE_MAX && line[0] != '#') {
        snprintf(begin, sizeof begin, "%.*s...", (int)sizeof begin - 4, line);
        return refuse(why, why_size, "the line is longer than 65535 bytes; it begins with", begin);
    }
    return entry_parse_any(line, length, out, why, why_size);
}

int entry_parse_any(const char *line, size_t length, struct entry **out, char *why, size_t why_size)
{
    char *text;
    while (length && strchr("\r\n ", line[length - 1]) && line[length - 1])
        length--;
    if (length == 0 || line[0] == '#')
        return -ENODATA;
    if (memchr(line, '\0', length))
        return refuse(why, why_size, "the line contains a zero byte", line);
    struct entry *e = allocate(line, length, &text);
    if (!e)
        return -ENOMEM;
    int rc = fill(e, text, length, why, why_size);
    if (rc != 0) {
        free(e);
        return rc;
    }
    *out = e;
    return 0;
}

/* @text: where the next string may be put. Returns the copy. */
static char *put(char **text, const void *bytes, size_t size)
{
    char *copy = memcpy(*text, bytes, size);
    *text += size;
    return copy;
}

int entry_create(const struct entry_draft *draft, struct entry **out, char *why, size_t why_size)
{
    const struct pieces *p = &draft->expect.pieces;
    size_t head = sizeof(struct entry) + draft->n_urls * sizeof(const char *), pieces = p->n * hash_bytes(p->kind);
    size_t size = head + strlen(draft->out) + 1 + pieces;
    for (size_t i = 0; i < draft->n_urls; i++)
        size += strlen(draft->url[i]) + 1;
    struct entry *e = malloc(size);
    if (!e)
        return -ENOMEM;
    char *text = (char *)e + head;
    *e = (struct entry){ .expect = draft->expect, .bytes = size };
    e->out = put(&text, draft->out, strlen(draft->out) + 1);
    if (p->n)
        e->expect.pieces.hash = (unsigned char *)put(&text, p->hash, pieces);
    int rc = name_check(e->out, why, why_size);
    for (size_t i = 0; rc == 0 && i < draft->n_urls; i++)
        rc = add_url(e, put(&text, draft->url[i], strlen(draft->url[i]) + 1), why, why_size);
    if (rc == 0)
        rc = check_pieces(e, why, why_size);
    if (rc != 0) {
        free(e);
        return rc;
    }
    *out = e;
    return 0;
}

static void format_pieces(FILE *f, const struct pieces *p)
{
    char hex[HASH_TEXT_LEN];
    if (p->n == 0)
        return;
    fprintf(f, "\tpieces=%s:%" PRIu64 ":", hash_name(p->kind), p->length);
    for (size_t i = 0; i < p->n; i++)
        fputs(hash_text(p->kind, p->hash + i * hash_bytes(p->kind), hex), f);
}

char *entry_format(const struct entry *e)
{
    char *text = NULL, hex[HASH_TEXT_LEN];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return NULL;
    fprintf(f, "%s\tout=%s", e->url[0], e->out);
    if (e->expect.has_size)
        fprintf(f, "\tsize=%" PRIu64, e->expect.size);
    for (int k = 0; k < HASH_KINDS; k++)
        if (e->expect.hashes & 1U << k)
            fprintf(f, "\t%s=%s", hash_name(k), hash_text(k, e->expect.hash[k], hex));
    format_pieces(f, &e->expect.pieces);
    for (size_t i = 1; i < e->n_urls; i++)
        fprintf(f, "\tmirror=%s", e->url[i]);
    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
