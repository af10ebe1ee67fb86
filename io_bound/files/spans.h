#ifndef PARKIT_SPANS_H
#define PARKIT_SPANS_H
/*
 * Which bytes of a file are there: disjoint half-open spans [begin, end) in ascending order, joined
 * where they touch. Not thread-safe.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    uint64_t begin, end;
};

/* All zero: no span. */
struct spans {
    struct span *span;
    size_t n, room;
};

void spans_free(struct spans *s); /* leaves it empty */

/** spans_add() - add [begin, end); nothing if it is empty. 0 or -ENOMEM. */
int spans_add(struct spans *s, uint64_t begin, uint64_t end) __attribute__((warn_unused_result));

/** spans_remove() - take [begin, end) out. 0 or -ENOMEM. */
int spans_remove(struct spans *s, uint64_t begin, uint64_t end) __attribute__((warn_unused_result));

/** spans_gap() - the first gap in [from, limit) into @gap; false: all of it is there. */
bool spans_gap(const struct spans *s, uint64_t from, uint64_t limit, struct span *gap);

/** spans_bytes() - how many bytes are there. */
uint64_t spans_bytes(const struct spans *s);

/** spans_copy() - make @to equal to @from. 0 or -ENOMEM. */
int spans_copy(struct spans *to, const struct spans *from) __attribute__((warn_unused_result));

#endif
