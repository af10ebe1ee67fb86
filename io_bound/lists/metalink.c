#include "io_bound/lists/metalink.h"

#include "common/message.h"

#include <errno.h>

#ifdef PARKIT_HAVE_EXPAT

#include "common/size.h"
#include "io_bound/lists/budget.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:ietf:params:xml:ns:metalink"
enum { SEPARATOR = '|', CHUNK = 64 * 1024, TEXT_MAX = 8192, LAST_PRIORITY = 999999 };

/* The elements that are read, each only inside the one it belongs to. */
enum element { OTHER, METALINK, FILE_, SIZE, HASH, URL, PIECES, PIECE };

struct source_url {
    char *url;
    unsigned long priority;
};

struct metalink {
    XML_Parser parser;
    struct budget budget; /* what the parser may take */
    metalink_each *each;
    void *context;
    enum element path[METALINK_DEPTH_MAX + 1]; /* from the root to the element that is open */
    size_t depth, files;
    uint64_t fed;
    int rc; /* why the reading ended; negative */
    char *why;
    size_t why_size;

    /* The file that is open. */
    char *name;
    struct expect expect;
    struct source_url *url;
    size_t n_urls, url_bytes;
    unsigned char *piece;  /* METALINK_PIECES_MAX hashes, made when first needed and kept */
    size_t n_pieces;       /* seen; those beyond METALINK_PIECES_MAX are not kept */
    int hash_kind, piece_kind; /* of the open <hash>, <pieces>; -1: of a kind unknown here */
    bool unknown_hash;

    /* The element that is open. */
    unsigned long priority;
    size_t text_length;
    char text[TEXT_MAX + 1];
};

/* --- giving up --- */

static void stop(struct metalink *m, int rc)
{
    if (m->rc == 0)
        m->rc = rc;
    XML_StopParser(m->parser, XML_FALSE);
}

static void refuse(struct metalink *m, const char *reason, const char *value)
{
    char shown[160];
    if (m->rc != 0)
        return;
    snprintf(m->why, m->why_size, "%s%s%s%s", reason, value ? ": '" : "", value ? message_printable(value, shown, sizeof shown) : "",
             value ? "'" : "");
    stop(m, -EINVAL);
}

/* --- the values of elements --- */

/* RFC 5854 names hashes after the IANA registry: "sha-256". Returns -1 for kinds that are unknown here. */
static int kind_of(const char *type)
{
    static const char *const names[HASH_KINDS] = { [HASH_SHA256] = "sha-256", [HASH_SHA1] = "sha-1", [HASH_MD5] = "md5" };
    for (int k = 0; type && k < HASH_KINDS; k++)
        if (strcmp(type, names[k]) == 0)
            return k;
    return -1;
}

static const char *attribute(const XML_Char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

/* The text of the element without the blanks around it. */
static char *trimmed(struct metalink *m)
{
    static const char blanks[] = " \t\r\n";
    char *begin = m->text + strspn(m->text, blanks), *end = m->text + m->text_length;
    while (end > begin && strchr(blanks, end[-1]))
        end--;
    *end = '\0';
    return begin;
}

static void end_size(struct metalink *m, const char *text)
{
    if (m->expect.has_size)
        refuse(m, "<size> is given twice", text);
    else if (!*text || text[strspn(text, "0123456789")] || size_parse(text, &m->expect.size) != 0)
        refuse(m, "<size> must be a whole number of bytes", text);
    else
        m->expect.has_size = true;
}

static void end_hash(struct metalink *m, const char *text)
{
    int kind = m->hash_kind;
    if (kind < 0) {
        m->unknown_hash = true;
        return;
    }
    if (m->expect.hashes & 1U << kind)
        refuse(m, "<hash> is given twice for one type", text);
    else if (hash_parse((enum hash_kind)kind, text, m->expect.hash[kind]) != 0)
        refuse(m, "<hash> is not a sum of its type in hexadecimal digits", text);
    else
        m->expect.hashes |= 1U << kind;
}

static void end_url(struct metalink *m, const char *text)
{
    if (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0)
        return; /* ftp and others: not fetched here */
    if (m->n_urls >= METALINK_URLS_MAX) {
        refuse(m, "a file has more than 1000 URLs", NULL);
        return;
    }
    m->url_bytes += strlen(text);
    if (m->url_bytes > METALINK_URL_BYTES_MAX) {
        refuse(m, "the URLs of a file take more than 1 MiB", NULL);
        return;
    }
    struct source_url *longer = realloc(m->url, (m->n_urls + 1) * sizeof *longer);
    char *copy = strdup(text);
    if (longer)
        m->url = longer;
    if (!longer || !copy) {
        free(copy);
        stop(m, -ENOMEM);
        return;
    }
    /* Sorted as it comes: among equal priorities the order of the document stays. */
    size_t at = m->n_urls++;
    for (; at > 0 && m->url[at - 1].priority > m->priority; at--)
        m->url[at] = m->url[at - 1];
    m->url[at] = (struct source_url){ copy, m->priority };
}

static void end_piece(struct metalink *m, const char *text)
{
    unsigned char hash[HASH_BYTES_MAX];
    if (m->piece_kind < 0)
        return;
    if (hash_parse((enum hash_kind)m->piece_kind, text, hash) != 0) {
        refuse(m, "the <hash> of a piece is not a sum of its type in hexadecimal digits", text);
        return;
    }
    if (!m->piece)
        m->piece = malloc((size_t)METALINK_PIECES_MAX * HASH_BYTES_MAX);
    if (!m->piece) {
        stop(m, -ENOMEM);
        return;
    }
    size_t bytes = hash_bytes((enum hash_kind)m->piece_kind);
    if (m->n_pieces < METALINK_PIECES_MAX)
        memcpy(m->piece + m->n_pieces * bytes, hash, bytes);
    m->n_pieces++;
}

/* --- <pieces> --- */

static void begin_pieces(struct metalink *m, const XML_Char **attributes)
{
    const char *length = attribute(attributes, "length");
    uint64_t bytes = 0;
    m->piece_kind = m->n_pieces ? -1 : kind_of(attribute(attributes, "type")); /* the first of a known type serves */
    if (!length || length[strspn(length, "0123456789")] || size_parse(length, &bytes) != 0 || bytes == 0)
        refuse(m, "<pieces> needs a length, a whole number of bytes", length ? length : "");
    else if (m->piece_kind >= 0)
        m->expect.pieces = (struct pieces){ .kind = (enum hash_kind)m->piece_kind, .length = bytes };
}

/* At the end of a file: do the pieces make up its size? */
static void settle_pieces(struct metalink *m)
{
    struct pieces *p = &m->expect.pieces;
    char count[64];
    if (m->n_pieces == 0 || !m->expect.has_size || m->n_pieces > METALINK_PIECES_MAX) {
        *p = (struct pieces){ .n = 0 }; /* the whole file's hash must do */
        return;
    }
    uint64_t needed = m->expect.size / p->length + (m->expect.size % p->length != 0);
    snprintf(count, sizeof count, "%zu instead of %llu", m->n_pieces, (unsigned long long)needed);
    if (needed != m->n_pieces)
        refuse(m, "the number of pieces does not fit the size", count);
    p->hash = m->piece;
    p->n = m->n_pieces;
}

/* --- <file> --- */

static void forget_file(struct metalink *m)
{
    for (size_t i = 0; i < m->n_urls; i++)
        free(m->url[i].url);
    free(m->name);
    m->name = NULL;
    m->n_urls = m->url_bytes = m->n_pieces = 0;
    m->unknown_hash = false;
    m->expect = (struct expect){ .has_size = false };
}

static void begin_file(struct metalink *m, const XML_Char **attributes)
{
    const char *name = attribute(attributes, "name");
    forget_file(m);
    m->files++;
    if (!name)
        refuse(m, "a <file> has no name", NULL);
    else if (!(m->name = strdup(name)))
        stop(m, -ENOMEM);
}

static void end_file(struct metalink *m)
{
    const char *url[METALINK_URLS_MAX];
    char shown[160];
    struct entry *entry;
    settle_pieces(m);
    if (m->rc == 0 && m->n_urls == 0)
        refuse(m, "a <file> has no http:// or https:// URL", m->name);
    if (m->rc != 0)
        return;
    if (m->unknown_hash && !m->expect.hashes)
        message_warn("%s: its hashes are of types unknown here (sha-256, sha-1 and md5 are known), so it is not checked against them",
                     message_printable(m->name, shown, sizeof shown));
    for (size_t i = 0; i < m->n_urls; i++)
        url[i] = m->url[i].url;
    const struct entry_draft draft = { .out = m->name, .expect = m->expect, .url = url, .n_urls = m->n_urls };
    int rc = entry_create(&draft, &entry, m->why, m->why_size);
    if (rc == 0)
        rc = m->each(m->context, entry, m->why, m->why_size);
    if (rc != 0)
        stop(m, rc);
    forget_file(m);
}

/* --- expat's callbacks --- */

/* What @name is inside the element that is open. */
static enum element element_of(const struct metalink *m, const XML_Char *name)
{
    static const struct {
        enum element parent, element;
        const char *name;
    } known[] = { { FILE_, SIZE, "size" },   { FILE_, HASH, "hash" },     { FILE_, URL, "url" },
                  { FILE_, PIECES, "pieces" }, { PIECES, PIECE, "hash" }, { METALINK, FILE_, "file" } };
    size_t prefix = strlen(NAMESPACE) + 1;
    if (strncmp(name, NAMESPACE "|", prefix) != 0)
        return OTHER;
    if (m->depth == 0)
        return strcmp(name + prefix, "metalink") == 0 ? METALINK : OTHER;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].parent == m->path[m->depth - 1] && strcmp(name + prefix, known[i].name) == 0)
            return known[i].element;
    return OTHER;
}

static void begin_url(struct metalink *m, const XML_Char **attributes)
{
    const char *priority = attribute(attributes, "priority");
    m->priority = priority ? strtoul(priority, NULL, 10) : LAST_PRIORITY;
    if (m->priority < 1 || m->priority > LAST_PRIORITY)
        refuse(m, "the priority of a <url> must be a whole number from 1 to 999999", priority);
}

static void XMLCALL on_begin(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct metalink *m = context;
    if (m->depth >= METALINK_DEPTH_MAX) {
        refuse(m, "elements are nested more than 32 deep", NULL);
        return;
    }
    enum element e = element_of(m, name);
    if (m->depth == 0 && e != METALINK) {
        refuse(m, strstr(name, "metalinker.org") ? "this is Metalink 3; only Metalink 4 (RFC 5854) is read"
                                                 : "this is no Metalink 4 document (RFC 5854); its first element is", name);
        return;
    }
    m->path[m->depth++] = e;
    m->text_length = 0;
    if (e == FILE_)
        begin_file(m, attributes);
    else if (e == URL)
        begin_url(m, attributes);
    else if (e == HASH)
        m->hash_kind = kind_of(attribute(attributes, "type"));
    else if (e == PIECES)
        begin_pieces(m, attributes);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct metalink *m = context;
    (void)name;
    if (m->rc != 0 || m->depth == 0)
        return;
    enum element e = m->path[--m->depth];
    m->text[m->text_length] = '\0';
    if (e == SIZE)
        end_size(m, trimmed(m));
    else if (e == HASH)
        end_hash(m, trimmed(m));
    else if (e == URL)
        end_url(m, trimmed(m));
    else if (e == PIECE)
        end_piece(m, trimmed(m));
    else if (e == FILE_)
        end_file(m);
    m->text_length = 0;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size)
{
    struct metalink *m = context;
    enum element e = m->depth ? m->path[m->depth - 1] : OTHER;
    if (e != SIZE && e != HASH && e != URL && e != PIECE)
        return;
    if (m->text_length + (size_t)size > TEXT_MAX) {
        refuse(m, "the text of an element is longer than 8192 bytes", NULL);
        return;
    }
    memcpy(m->text + m->text_length, text, (size_t)size);
    m->text_length += (size_t)size;
}

/* Entities can only be defined in a document type declaration: without one there are no bombs and no files read. */
static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(context, "a document type declaration (<!DOCTYPE>) is not allowed", NULL);
}

/* --- from outside --- */

int metalink_create(metalink_each *each, void *context, struct metalink **out)
{
    static const XML_Memory_Handling_Suite memory = { budget_malloc, budget_realloc, budget_free };
    static const XML_Char separator[] = { SEPARATOR, '\0' };
    struct metalink *m = calloc(1, sizeof *m);
    if (m) {
        m->budget.limit = METALINK_MEMORY_MAX;
        budget_enter(&m->budget);
        m->parser = XML_ParserCreate_MM(NULL, &memory, separator);
        budget_enter(NULL);
    }
    if (!m || !m->parser) {
        free(m);
        return -ENOMEM;
    }
    m->each = each;
    m->context = context;
    XML_SetUserData(m->parser, m);
    XML_SetElementHandler(m->parser, on_begin, on_end);
    XML_SetCharacterDataHandler(m->parser, on_text);
    XML_SetStartDoctypeDeclHandler(m->parser, on_doctype);
    *out = m;
    return 0;
}

void metalink_destroy(struct metalink *m)
{
    if (!m)
        return;
    forget_file(m);
    free(m->url);
    free(m->piece);
    XML_ParserFree(m->parser);
    free(m);
}

size_t metalink_line(const struct metalink *m)
{
    return (size_t)XML_GetCurrentLineNumber(m->parser);
}

static int parse(struct metalink *m, const char *data, size_t size, bool final)
{
    enum XML_Status status = XML_Parse(m->parser, data, (int)size, final);
    m->fed += size;
    if (m->rc != 0)
        return m->rc;
    if (status != XML_STATUS_OK) {
        enum XML_Error error = XML_GetErrorCode(m->parser);
        if (error == XML_ERROR_NO_MEMORY && !m->budget.exceeded)
            return -ENOMEM;
        if (error == XML_ERROR_NO_MEMORY)
            refuse(m, "too many different names of elements and attributes, or too long ones: they take more than 8 MiB", NULL);
        refuse(m, "not well-formed XML", XML_ErrorString(error));
    } else if (final && m->files == 0) {
        refuse(m, "there is no <file> in it", NULL);
    } else if (m->fed > (uint64_t)XML_GetCurrentByteIndex(m->parser) + METALINK_ELEMENT_MAX) {
        refuse(m, "a single tag or comment is longer than 1 MiB", NULL); /* expat keeps it whole until it ends */
    }
    return m->rc;
}

int metalink_add(struct metalink *m, const char *data, size_t size, bool final, char *why, size_t why_size)
{
    int rc = 0;
    m->why = why;
    m->why_size = why_size;
    budget_enter(&m->budget);
    do {
        size_t n = size < CHUNK ? size : CHUNK;
        rc = parse(m, data, n, final && n == size);
        data += n;
        size -= n;
    } while (rc == 0 && size > 0);
    budget_enter(NULL);
    return rc;
}

#else

int metalink_create(metalink_each *each, void *context, struct metalink **out)
{
    (void)each, (void)context, (void)out;
    return -ENOSYS;
}

void metalink_destroy(struct metalink *m)
{
    (void)m;
}

int metalink_add(struct metalink *m, const char *data, size_t size, bool final, char *why, size_t why_size)
{
    (void)m, (void)data, (void)size, (void)final, (void)why, (void)why_size;
    return -ENOSYS;
}

size_t metalink_line(const struct metalink *m)
{
    (void)m;
    return 0;
}

#endif
