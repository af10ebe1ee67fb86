#ifndef PARKIT_RACE_H
#define PARKIT_RACE_H
/*
 * What the `race` workload counts: the same updates of one shared counter under four protections.
 * The OpenMP, POSIX and MPI drivers fill the results; race.c checks and reports them.
 */
#include "common/team.h"

enum race_protection { RACE_UNPROTECTED, RACE_MUTEX, RACE_ATOMIC, RACE_REDUCTION, RACE_PROTECTIONS };
enum { RACE_UPDATES_PER_JOB = 100 };

struct race_result {
    uint64_t count;  /* what the counter held at the end                      */
    double seconds;  /* from the common start to the last worker's end        */
};

struct race {
    uint64_t jobs;
    struct race_result result[RACE_PROTECTIONS];
};

/** race_updates() - the updates in all: what a right counter holds. */
static inline uint64_t race_updates(const struct race *r)
{
    return r->jobs * RACE_UPDATES_PER_JOB;
}

/** race_run_openmp() - the four by OpenMP's own constructs. 0. */
int race_run_openmp(struct race *r, struct team *team);

#endif
