#ifndef PARKIT_CG_SYSTEM_H
#define PARKIT_CG_SYSTEM_H
/*
 * What a process has of a CG problem: a run of the tiles, a run of the strips of each vector, and what has to go to other
 * processes and to come from them in a product. A process that is alone has everything.
 */
#include "common/team.h"
#include "cpu_bound/nas/cg_tiles.h"
#include "cpu_bound/nas/cg_work.h"

enum { CG_OUTER_MOST = 100 };

/* A range of a vector that goes to another rank or comes from it in each product. */
struct cg_message {
    int rank;
    size_t part;
    uint64_t node;       /* of whose sum it is a piece; 0: a piece of p */
    size_t first, count; /* elements                                    */
    double *data;        /* count of them                               */
};

struct cg_messages {
    size_t count;
    struct cg_message *message; /* ascending by part */
};

/* How the sums that have come and those of this rank make up the product, in a part that it has strips of. */
struct cg_join {
    struct cg_merges merges;
    struct cg_sum root;
};

struct cg_system {
    const struct cg_problem *problem;
    enum isa isa;
    size_t rank, ranks;
    struct cg_layout layout;
    struct cg_place *order;           /* of all tiles                                                */
    size_t *tile, *run;               /* [ranks + 1] where the tiles of each rank begin, [ranks] its run of strips */
    size_t strip, strip_end;          /* those of this process                                       */
    struct cg_tiles tiles;
    struct cg_work work;
    double *p[CG_PARTS_MOST];         /* whole parts, where a tile or a strip here is of that part   */
    struct cg_vectors own;            /* of the strips here, but for p and sum                       */
    struct cg_join join[CG_PARTS_MOST];
    struct cg_messages p_out, p_in, sums_out, sums_in;
    double *come;                     /* what sums_in points into                                    */
    struct cg_sync *sync;             /* cg_solve.c                                                  */

    /* Between two outer iterations the state is this, and x of the strips here (own.x, cg_system_own() elements). */
    unsigned done;                    /* outer iterations                                            */
    double zeta[CG_OUTER_MOST];       /* of each: the estimate ...                                   */
    double rnorm[CG_OUTER_MOST];      /* ... and |x - A z|                                           */
};

/**
 * cg_system_create() - what rank @rank of @ranks has of @class; memory first touched by the threads of @team that will use
 * it. Does not communicate. 0 or -ENOMEM. cg_system_destroy() frees; it accepts one that is zeroed.
 */
int cg_system_create(char class, enum isa isa, struct team *team, size_t rank, size_t ranks, struct cg_system *out)
    __attribute__((warn_unused_result));
void cg_system_destroy(struct cg_system *s);

/** cg_system_bytes() - the memory that creating it takes at most. */
double cg_system_bytes(const struct cg_problem *problem, double threads, double ranks);

/** cg_system_first(), cg_system_own() - where the elements of the strips here begin in a vector, and how many there are. */
static inline size_t cg_system_first(const struct cg_system *s)
{
    return cg_strip_begin(&s->layout, s->strip);
}

static inline size_t cg_system_own(const struct cg_system *s)
{
    return cg_strip_begin(&s->layout, s->strip_end) - cg_system_first(s);
}

#endif
