#ifndef PARKIT_CG_SOLVE_H
#define PARKIT_CG_SOLVE_H
/* The power method of CG with its solver, by a team of threads: who computes what, and when. */
#include "common/team.h"
#include "cpu_bound/cg_tiles.h"

enum { CG_OUTER_MOST = 100 };

struct cg_system {
    const struct cg_problem *problem;
    enum isa isa;
    struct cg_tiles tiles;
    struct cg_vectors v;                              /* from element 0 on                          */
    struct cg_sync *sync;                             /* how the threads wait for each other        */
    double zeta[CG_OUTER_MOST], rnorm[CG_OUTER_MOST]; /* out, of each outer iteration: the estimate */
                                                      /* and |x - A z|                              */
};

/**
 * cg_system_create() - the matrix of @class in tiles, and the vectors, first touched by the threads of @team that will
 * use them. 0 or -ENOMEM. cg_system_destroy() frees; it accepts one that is zeroed.
 */
int cg_system_create(char class, enum isa isa, struct team *team, struct cg_system *out)
    __attribute__((warn_unused_result));
void cg_system_destroy(struct cg_system *s);

/** cg_system_bytes() - the memory that creating it takes at most. */
double cg_system_bytes(const struct cg_problem *problem);

/** cg_solve() - @outer iterations from x = (1, 1, ...), into zeta and rnorm: the same bits at every size of @team. */
void cg_solve(struct cg_system *s, unsigned outer, struct team *team);

#endif
