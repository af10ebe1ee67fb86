#ifndef PARKIT_MPI_DEAL_H
#define PARKIT_MPI_DEAL_H
/*
 * Which blocks a ticket stands for, and how many of them to compute before looking up: arithmetic
 * alone, without MPI. The borders of the ranges follow from the numbers below, the same on every
 * rank, so one atomic counter is all that ranks share.
 *
 * Ranges shrink (guided: Polychronopoulos and Kuck, IEEE Trans. Computers C-36, 1987): large first, so
 * that there are few; small last, so that all end together. A range is a quarter of an even share of
 * what is left: a rank may meet a costly range early, and should not be busy with it when all is over.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deal {
    size_t count;    /* blocks in all                                              */
    size_t piece;    /* the smallest range, at least 1                             */
    size_t ranks;
    bool shrink;     /* false: every range has `piece` blocks                      */
    int64_t turn;    /* walk: the next ticket ...                                  */
    size_t at;       /* ... and where its range begins; both 0 at first            */
};

static inline size_t deal_length(const struct deal *d)
{
    size_t left = d->count - d->at, length = d->shrink ? left / (4 * d->ranks) : 0;
    if (length < d->piece)
        length = d->piece;
    return length < left ? length : left;
}

/**
 * deal_range() - the range of @ticket (0, 1, ...; ascending from call to call).
 * false: nothing is left for it. The ranges of all tickets cover [0, count) once.
 */
static inline bool deal_range(struct deal *d, int64_t ticket, size_t *begin, size_t *end)
{
    for (; d->turn < ticket && d->at < d->count; d->turn++)
        d->at += deal_length(d);
    *begin = d->at;
    *end = d->at + deal_length(d);
    return *begin < *end;
}

/*
 * How many blocks of a range to compute before the next look at the board, where a team cannot look while it computes:
 * as many as take about PACE_S. It grows by doubling, so that a step is never much longer than all before it. A range
 * starts with an eighth of where the last one ended, because costs may differ a hundredfold between ranges; not with a
 * single unit, because at the end of each step some threads wait for the others.
 */
#define PACE_S 0.02 /* a thousand times what a look and a new parallel loop cost */

struct pace {
    size_t unit;     /* a chunk for every thread of the team: fewer would leave some idle */
    size_t units;    /* to compute next, at least 1                                       */
};

static inline void pace_new_range(struct pace *p)
{
    p->units = p->units > 8 ? p->units / 8 : 1;
}

static inline size_t pace_blocks(const struct pace *p, size_t left)
{
    return p->units < left / p->unit ? p->units * p->unit : left;
}

/** pace_took() - the last pace_blocks() took @seconds: take more next time, or fewer. */
static inline void pace_took(struct pace *p, double seconds)
{
    if (seconds < PACE_S / 2 && p->units < SIZE_MAX / 4 / p->unit)
        p->units *= 2;
    else if (seconds > PACE_S && p->units > 1)
        p->units /= 2;
}

#endif
