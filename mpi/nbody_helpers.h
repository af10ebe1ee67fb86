#ifndef PARKIT_MPI_NBODY_HELPERS_H
#define PARKIT_MPI_NBODY_HELPERS_H
/*
 * Ranks beyond the blocks of bodies, of which there are few: they own none, but take pairs of blocks off the ranks of the ring
 * (nbody_ring.c). In each evaluation owners send them the blocks that they need, and they send the pulls back, to the
 * rows of the table where they would be written at home; so the bits stay the same, and as many ranks have work as there are pairs
 * (528 for 32 blocks). Each rank gets the same number of pairs, in the order of their numbers: the ring those of blocks near
 * each other, so that it also has fewer stages.
 */
#include "mpi/nbody_ring.h"

/** nbody_helpers_share() - how many of @r->ranks and those beyond work, and which pairs: sets @r->helpers, @r->kept. */
void nbody_helpers_share(struct nbody_ring *r, size_t pairs);

/** nbody_helpers_pairs() - the pairs of this rank, numbered [@begin, @end); none where it is no helper. */
void nbody_helpers_pairs(const struct nbody_ring *r, size_t pairs, size_t *begin, size_t *end);

/** nbody_helpers_plan() - messages between owners and helpers, on either side. 0, -ENOMEM, -ECOMM. */
int nbody_helpers_plan(struct nbody_ring *r) __attribute__((warn_unused_result));
void nbody_helpers_destroy(struct nbody_ring *r);

/* Of an owner, before the first and after the last stage of an evaluation; by one thread. 0 or -ECOMM. */
int nbody_helpers_begin(struct nbody_ring *r) __attribute__((warn_unused_result));
int nbody_helpers_end(struct nbody_ring *r) __attribute__((warn_unused_result));

/** nbody_helpers_evaluate() - of a helper: one evaluation. Called by the whole team. */
void nbody_helpers_evaluate(struct nbody_ring *r);

#endif
