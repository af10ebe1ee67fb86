#ifndef PARKIT_MPI_NBODY_RING_H
#define PARKIT_MPI_NBODY_RING_H
/*
 * The bodies of a system spread over ranks that stand in a ring, and the system's steps in time. Why and how: nbody_ring.c.
 */
#include "cpu_bound/nbody_system.h"
#include "mpi/runtime.h"

/* Two blocks that meet: the roles of nbody_pull_between(). */
struct nbody_pair {
    size_t i, j;
};

/* What goes on while one set of bodies is visiting; started again in every evaluation. */
struct nbody_stage {
    struct nbody_pair *pair;    /* what is computed here then                              */
    size_t pairs;
    MPI_Request set[2];         /* the next set comes from the right, this one goes to the left */
    MPI_Request send, receive;  /* pulls to the owner of the set, and those on own bodies  */
};

struct nbody_ring {
    struct mpi_runtime *rt;
    struct nbody_system whole;  /* sizes and blocks of all bodies, no arrays               */
    struct nbody_system mine;   /* this rank's bodies; `blocks` and the table's rows: all  */
    int ranks, rank;            /* of the ring; ranks beyond it have no bodies             */
    size_t helpers, kept;       /* ranks beyond it that have work; pairs that it keeps (nbody_helpers.h) */
    MPI_Request *help_set, *help_pull; /* with them, or as one of them                     */
    int help_sets, help_pulls;
    size_t length, room, span;  /* own bodies, padded; the most of a rank; between x, y, z and m */
    double *memory, *pulls[2];  /* all arrays; pulls on visiting bodies                    */
    struct nbody_stage *stage;
    int stages;
    double sent_bytes;          /* in one evaluation                                       */
    int rc;                     /* written by one thread of the team at a time             */
    double last;                /* when the phase before ended                             */
};

/** nbody_ring_bytes() - memory of a rank that has 1 / @ranks of @n bodies. */
double nbody_ring_bytes(size_t n, int ranks);

/**
 * nbody_ring_create() - collective: @n bodies of mass 0 at rest; @step and @softening as in struct nbody_system.
 *
 * Returns 0, -ENOMEM or -ECOMM, agreed on. nbody_ring_destroy() frees what there is, also after a failure.
 */
int nbody_ring_create(struct mpi_runtime *rt, size_t n, enum isa isa, struct nbody_ring *r) __attribute__((warn_unused_result));
void nbody_ring_destroy(struct nbody_ring *r);

/** nbody_ring_pairs() - of blocks, each with itself too. nbody_ring_pair() - the @number-th, in the order of nbody_system.c. */
size_t nbody_ring_pairs(const struct nbody_ring *r);
struct nbody_pair nbody_ring_pair(const struct nbody_ring *r, size_t number);

/** nbody_ring_first() - the first body of @rank, or of the rank behind the last: the number of bodies, padded. */
size_t nbody_ring_first(const struct nbody_ring *r, int rank);

/** nbody_ring_block() - the first block of @rank, likewise. */
size_t nbody_ring_block(const struct nbody_ring *r, int rank);

/**
 * nbody_ring_run() - collective: of nbody_system_run(@steps) on all ranks the part from after step @begin to after step @end.
 *
 * Steps are 0 to @steps, as each but the last begins with all pairs and ends with a kick and a drift, so the whole is from
 * 0 to steps + 1; between them positions, velocities and masses are all that counts. Adds to the runtime's phases and
 * traffic. 0 or -ECOMM.
 */
int nbody_ring_run(struct nbody_ring *r, size_t begin, size_t end, size_t steps, struct team *team)
    __attribute__((warn_unused_result));

#endif
