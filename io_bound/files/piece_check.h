#ifndef PARKIT_PIECE_CHECK_H
#define PARKIT_PIECE_CHECK_H
/* Are bytes that come in order those of the pieces that a list describes? One file at a time; not thread-safe. */
#include "io_bound/files/hash.h"
#include "io_bound/files/spans.h"

enum { PIECES_WRONG_MAX = 16 };

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

/** piece_check_add() - the next bytes, wrong ones too. 0, -ENOMEM or -ENOSYS. */
int piece_check_add(struct piece_check *c, const void *data, size_t size) __attribute__((warn_unused_result));

/** piece_check_upto() - all bytes from @begin to here were checked; piece_check_wrong() - those of wrong pieces among them, until the next start. */
uint64_t piece_check_upto(const struct piece_check *c);
const struct spans *piece_check_wrong(const struct piece_check *c);

/**
 * piece_check_is_hopeless() - whether more of this is not worth fetching: more than two pieces are wrong and they are more than
 * the right ones (so it is another version of the file, most likely), or lie in more than PIECES_WRONG_MAX stretches.
 */
bool piece_check_is_hopeless(const struct piece_check *c);

#endif
