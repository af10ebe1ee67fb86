#ifndef PARKIT_ENTRY_H
#define PARKIT_ENTRY_H
/*
 * One line of a list: where a file comes from, what it is called, what it must be.
 *
 *     URL[<TAB>out=PATH][<TAB>size=BYTES][<TAB>sha256=HEX][<TAB>sha1=HEX][<TAB>md5=HEX][<TAB>mirror=URL]...
 *        [<TAB>pieces=KIND:LENGTH:HEX]
 *
 * pieces gives the hashes of the pieces of LENGTH bytes one after the other, without anything between.
 */
#include "io_bound/files/hash.h"

enum { ENTRY_LINE_MAX = 65536 };

/* One block of memory: free() frees it. */
struct entry {
    struct expect expect;
    size_t bytes;      /* of the whole block                        */
    _Atomic unsigned sharers; /* jobs beyond the first that use it (work_join) */
    const char *out;   /* a relative path that name_check() accepts */
    size_t n_urls;     /* at least 1                                */
    const char *url[]; /* the first, then its mirrors, in order     */
};

/**
 * entry_parse() - read a line of @length bytes; a line break at its end is ignored.
 *
 * @out: receives the entry; the caller frees it with free().
 * Returns 0; -ENODATA for an empty line or a comment (first character '#'); -EINVAL with one clause in
 * @why; -ENOMEM. Thread-safe.
 */
int entry_parse(const char *line, size_t length, struct entry **out, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/** entry_parse_any() - the same for what entry_format() wrote, whatever its length: entry_parse() refuses ENTRY_LINE_MAX bytes and more. */
int entry_parse_any(const char *line, size_t length, struct entry **out, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/* The same from elsewhere: borrowed parts. */
struct entry_draft {
    const char *out;
    struct expect expect;
    const char *const *url;
    size_t n_urls; /* at least 1 */
};

/** entry_create() - a copy of @draft as an entry, checked like a line. Returns like entry_parse(); no -ENODATA. Thread-safe. */
int entry_create(const struct entry_draft *draft, struct entry **out, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/** entry_format() - the entry as a line without line break, which entry_parse() reads back; free() it. NULL: no memory. */
char *entry_format(const struct entry *entry);

#endif
