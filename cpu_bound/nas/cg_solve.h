#ifndef PARKIT_CG_SOLVE_H
#define PARKIT_CG_SOLVE_H
/* The power method of CG with its solver, by a team of threads of each rank: who computes what, and when. */
#include "cpu_bound/nas/cg_system.h"

/*
 * What the solver asks of the other ranks. Only thread 0 calls it, and all ranks call the same in the same order. 0 or a
 * negative errno value, upon which nothing more is asked. For one rank none is needed.
 */
enum { CG_SUMS_MOST = 3 };
struct cg_link {
    void *with;
    int (*begin)(void *with);            /* a product begins: what is in p_out may be sent                           */
    int (*await_p)(void *with);          /* until what is in p_in has come                                           */
    int (*send)(void *with, size_t part);/* what is in sums_out for @part may be sent; called for each part that has */
    int (*await_sums)(void *with);       /* until what is in sums_in has come, and all that was sent has gone        */
    int (*gather)(void *with, double *sums, size_t count); /* up to CG_SUMS_MOST times the sums of all strips, each  */
                                         /* from the owner of the strip                                           */
};

/** cg_reset() - x = (1, 1, ...), no iteration done. */
void cg_reset(struct cg_system *s);

/**
 * cg_solve() - iterations until @outer are done, into zeta and rnorm: the same bits at every size of @team and number of
 * ranks, in one call or several. @link: NULL if s->ranks is 1. 0, or what the link has returned.
 */
int cg_solve(struct cg_system *s, unsigned outer, struct team *team, const struct cg_link *link)
    __attribute__((warn_unused_result));

struct cg_sync *cg_sync_create(size_t strips);
void cg_sync_destroy(struct cg_sync *y);

#endif
