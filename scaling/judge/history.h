#ifndef PARKIT_HISTORY_H
#define PARKIT_HISTORY_H
/* Studies of one program on one machine in the order of their dates, each compared with the one before it. */
#include "scaling/judge/compare.h"

struct history_entry {
    struct study *study;
    struct analysis *analysis;
    const char *date, *revision;       /* "" where unknown                                            */
    const struct point *point;         /* at the count that all have; NULL: no run ended well there   */
    struct compared step;              /* against the entry before; ratio NaN for the first           */
};

struct history {
    struct history_entry *entry;
    size_t n;
    uint64_t count;                    /* the largest count that all have; 0: none                    */
};

/** history_add() - takes over study and analysis, also on failure. 0 or -ENOMEM. */
int history_add(struct history *h, struct study *study, struct analysis *analysis) __attribute__((warn_unused_result));

/**
 * history_finish() - sort by date, find the common count, judge every step with that @tolerance.
 * 0, or -EINVAL after a message where two studies are of different programs or machines.
 */
int history_finish(struct history *h, double tolerance) __attribute__((warn_unused_result));
void history_destroy(struct history *h);

#endif
