#ifndef PARKIT_JOURNAL_H
#define PARKIT_JOURNAL_H
/*
 * Which runs of a study are finished, told from its runs.jsonl, the only record there is. It is read as
 * it grows, so a study that was interrupted and one that goes on are the same.
 */
#include "scaling/plan/grid.h"
#include "scaling/measure/record.h"

struct journal_entry {
    unsigned char state; /* 0: not finished; else 1 + enum run_state    */
    double seconds;      /* wall                                        */
    double program_s;    /* by the program's own clock; NaN: none       */
};

struct journal {
    char *path;
    const struct grid *grid;
    uint64_t repeats;            /* room: the most runs a point can have                 */
    struct journal_entry *entry; /* of point p, repeat r (from 1): p * repeats + r - 1   */
    size_t finished, not_well;   /* runs; those of them that did not end well            */
    long offset;                 /* where the lines that are not read yet begin          */
};

/** journal_open() - @path need not exist. Reads nothing yet. 0 or -ENOMEM. journal_close() frees. */
int journal_open(const char *path, const struct grid *grid, uint64_t repeats, struct journal *out)
    __attribute__((warn_unused_result));
void journal_close(struct journal *j);

/** journal_update() - read the lines that were added. 0, or a negative errno value after a message. */
int journal_update(struct journal *j) __attribute__((warn_unused_result));

/**
 * journal_repair() - cut off a last line that a crash or a full disk left half-written, or end it if only its
 * end is missing. Nobody else may be writing. 0, or a negative errno value after a message.
 */
int journal_repair(const char *path) __attribute__((warn_unused_result));

/** journal_done() - whether repeat @rep (from 1) of point @point is finished, whatever its end. */
bool journal_done(const struct journal *j, size_t point, uint64_t rep);

/**
 * journal_times() - the times of the runs of @point before repeat @before that ended well: wall, or those that the
 * program told. @seconds has room for all; returns how many there are.
 */
size_t journal_times(const struct journal *j, size_t point, uint64_t before, bool by_program, double *seconds);

#endif
