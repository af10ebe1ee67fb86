#ifndef PARKIT_MG_H
#define PARKIT_MG_H
/* The state of the workload mg. What the report needs is in it, whether the grids lie in this process or in many. */
#include "common/workload.h"
#include "cpu_bound/nas/mg_charges.h"
#include "cpu_bound/nas/mg_cycle.h"

struct mg_problem {
    unsigned level, cycles;
    double norm;              /* as published                                                       */
};

struct mg {
    struct mg_problem problem;
    struct mg_levels levels;
    struct team *team;
    struct mg_charges *found; /* each worker's; the first has those of all, once they are joined    */
    double norm[2];           /* before the first and after the last cycle                          */
};

/** mg_problem() - of @class. */
const struct mg_problem *mg_problem(char class);

/** mg_create() - the state for @part, with memory touched by the team, but no charges yet. 0 or -ENOMEM. */
int mg_create(const struct params *p, const struct mg_part *part, struct mg *out) __attribute__((warn_unused_result));

/** mg_destroy() - frees what there is; a zeroed one too. */
void mg_destroy(struct mg *g);

/** mg_search() - the charges of planes [@begin, @end), by the team, into found[0]. */
void mg_search(struct mg *g, size_t begin, size_t end);

/* Where cycles go on from. */
enum mg_entry {
    MG_ANEW,     /* u = 0, ghosts too, and the charges in v: prepare() leaves it so                               */
    MG_RESTORED, /* u before the cycle, from elsewhere, in solution[cycle % 2], without ghosts; norm[0] is given  */
    MG_GOES_ON,  /* what the cycle before has left                                                                */
};

/** mg_cycles() - cycles [@from, @to), by the team: norm[0] with those from 0, norm[1] with the last. A failure is the
 * exchange's. */
void mg_cycles(struct mg *g, struct team *team, unsigned from, unsigned to, enum mg_entry entry);

/** mg_digests() - of the part's segments of u, as they follow each other in the part. */
void mg_digests(const struct mg *g, uint64_t *digest);

/** mg_digests_count() - how many these are. */
size_t mg_digests_count(const struct mg *g);

/** mg_digest_of() - of the result, from the @count digests of all segments, with room for one more. */
uint64_t mg_digest_of(const struct mg *g, uint64_t *digest, size_t count);

#endif
