#ifndef PARKIT_EXISTING_H
#define PARKIT_EXISTING_H
/* Whether a file that is already in the output folder can stay (--verify, --skip-existing). */
#include "io_bound/lists/entry.h"
#include "io_bound/files/tree.h"

/**
 * existing_is_right() - whether the output of @entry is there as a regular file of the right size, and,
 * where @hasher is not NULL, with the right hashes. What the list does not say is not asked for.
 * @verified: out; a size or hash was given and all that were looked at are right. Thread-safe.
 */
bool existing_is_right(const struct tree *tree, const struct entry *entry, struct hasher *hasher, bool *verified);

/**
 * existing_read() - hand the bytes of the output of @entry, up to the size that the list gives, to @take in order.
 * 0; -ENOENT: it is not there, or no regular file; another negative errno value, also of @take. Thread-safe.
 */
typedef int existing_take(void *context, const void *data, size_t size);
int existing_read(const struct tree *tree, const struct entry *entry, existing_take *take, void *context)
    __attribute__((warn_unused_result));

#endif
