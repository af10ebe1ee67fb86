#ifndef PARKIT_PIECE_CHECK_H
#define PARKIT_PIECE_CHECK_H
/* Are bytes that come in order those of the pieces that a list describes? One file at a time; not thread-safe. */
#include "io_bound/files/hash.h"

struct piece_check;

/** piece_check_create() - 0, or -ENOMEM. piece_check_destroy() accepts NULL. */
int piece_check_create(struct piece_check **out) __attribute__((warn_unused_result));
void piece_check_destroy(struct piece_check *c);

/**
 * piece_check_start() - the next byte stands at @begin, the first of a piece, of a file of @total bytes.
 * @pieces: borrowed. 0; -EINVAL: @begin is not the first of a piece, or there are not as many pieces; -ENOSYS.
 */
int piece_check_start(struct piece_check *c, const struct pieces *pieces, uint64_t begin, uint64_t total)
    __attribute__((warn_unused_result));

/** piece_check_add() - 0, or -EDOM: the piece that begins at piece_check_right() is wrong. */
int piece_check_add(struct piece_check *c, const void *data, size_t size) __attribute__((warn_unused_result));

/** piece_check_right() - all bytes from @begin to here are of right pieces. */
uint64_t piece_check_right(const struct piece_check *c);

#endif
