#ifndef PARKIT_METALINK_H
#define PARKIT_METALINK_H
/*
 * Metalink 4 (RFC 5854): a list of files in XML, each with its name, size, hashes, hashes of its pieces, and URLs with
 * priorities. Read as it comes, by expat: an entry is handed over at the end of its <file>, and no more than one of them is
 * kept. What is not of interest here (locations, signatures, torrents) is passed over.
 *
 * A document that would cost more than a list of its length is refused: a document type declaration (so no entity can be
 * defined), a tag or comment of more than METALINK_ELEMENT_MAX bytes, deep nesting, more URLs than a file needs, and so many
 * different names of elements and attributes that expat, which keeps them all, would take more than METALINK_MEMORY_MAX.
 */
#include "io_bound/lists/entry.h"

enum {
    METALINK_ELEMENT_MAX = 1 << 20,
    METALINK_MEMORY_MAX = 8 << 20,
    METALINK_DEPTH_MAX = 32,
    METALINK_URLS_MAX = 1000,      /* of one file                                                        */
    METALINK_URL_BYTES_MAX = 1 << 20, /* of all URLs of one file                                        */
    METALINK_PIECES_MAX = 1 << 16, /* of one file (64 GiB in pieces of 1 MiB); more are not looked at     */
};

struct metalink;

/**
 * metalink_create() - @each gets every entry, which it takes over, and the number of the line that ends it; a negative
 * result ends the reading and comes back from metalink_add(), with @why filled in where it is -EINVAL.
 * Returns 0; -ENOMEM; -ENOSYS: built without expat.
 */
typedef int metalink_each(void *context, struct entry *entry, char *why, size_t why_size);
int metalink_create(metalink_each *each, void *context, struct metalink **out) __attribute__((warn_unused_result));
void metalink_destroy(struct metalink *m); /* accepts NULL */

/**
 * metalink_add() - the next @size bytes of the document; @final: and its end.
 * Returns 0; -EINVAL with one clause in @why; -ENOMEM; what @each returned. After a failure only metalink_destroy() may follow.
 */
int metalink_add(struct metalink *m, const char *data, size_t size, bool final, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/** metalink_line() - the number of the line that is being read, from 1. */
size_t metalink_line(const struct metalink *m);

#endif
