#ifndef PARKIT_CAUSES_H
#define PARKIT_CAUSES_H
/*
 * Failures grouped by their cause, for the summary of a run. Two reasons are the same cause if they differ
 * in numbers alone ("the size is 3 bytes, not 5"), and so are all answers with one status.
 */
#include "io_bound/outcome.h"

#include <stdbool.h>
#include <stddef.h>

enum { CAUSES_MAX = 16, CAUSE_LEN = 160 };

struct cause {
    char key[CAUSE_LEN];   /* the reason without its numbers */
    char first[CAUSE_LEN]; /* the first reason as it was     */
    char out[CAUSE_LEN];   /* and of which file              */
    size_t n;
};

/* All zero: empty. */
struct causes {
    struct cause cause[CAUSES_MAX];
    size_t n, others; /* others: failures that found no room in the table */
};

/** causes_add() - count the failure @o of the file @out; returns how many of its cause there are now. Not thread-safe. */
size_t causes_add(struct causes *c, const char *out, const struct outcome *o);

/** causes_tell() - one message line for each cause, the most frequent first. */
void causes_tell(const struct causes *c);

#endif
