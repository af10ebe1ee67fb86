#ifndef PARKIT_MPI_IS_EXCHANGE_H
#define PARKIT_MPI_IS_EXCHANGE_H
/*
 * Tallies of IS on their way to who ranks their values: rank r of R has the r-th share. The ranks of one computer read each
 * other's tallies where they are (node_array.h). To other computers goes one tally for a whole computer, which its ranks join, each
 * for as many shares as the others: of C computers each receives a tally of its values from each of the others.
 *
 * A computer here are ranks that can read each other's memory: one rank, where it can read no other's.
 */
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/node_array.h"

struct is_exchange {
    struct mpi_runtime *rt;
    size_t values;
    unsigned tallies;          /* of each rank: as many as the largest team, the others' stay zero                 */
    struct node_array memory;  /* [tallies][values] of each rank of this computer ...                             */
    uint8_t *alone;            /* ... or only of this one                                                         */
    uint8_t **tally;           /* [tallies] of this rank                                                          */
    uint8_t **here;            /* [heres] of all ranks of this computer                                           */
    unsigned heres;
    uint8_t **part;            /* [parts] for the values ranked here: of `here`, and one from each other computer */
    unsigned parts;
    uint8_t *joint, *incoming; /* to and from other computers                                                     */
    int computers, *computer;  /* [ranks] each the lowest rank of the computer                                    */
    int *nth, *size;           /* [ranks] which one of its computer a rank is; of a lowest rank: how many there are */
    int *count, *at;           /* [ranks] shares of the values                                                    */
    int *to, *to_at, *from, *from_at; /* [ranks] messages                                                        */
    double bytes;              /* that this rank sends, or reads of other ranks, each time                        */
};

/* Where part @part of @n items begins. */
static inline size_t is_share(size_t n, size_t part, size_t parts)
{
    return n * part / parts;
}

/**
 * is_exchange_create() - collective: room for @tallies of @values bytes, not yet touched, and who can read which.
 *
 * 0, -ENOMEM or -ECOMM, agreed on. The caller ends with is_exchange_destroy(), which accepts what this left, and zeros.
 */
int is_exchange_create(struct mpi_runtime *rt, size_t values, unsigned tallies, struct is_exchange *out)
    __attribute__((warn_unused_result));
void is_exchange_destroy(struct is_exchange *x);

/** is_exchange_plan() - lay down who sends and reads what: of use only where tallies are exchanged. 0 or -ENOMEM on this rank. */
int is_exchange_plan(struct is_exchange *x) __attribute__((warn_unused_result));

/**
 * is_exchange_join() - once the tallies of this computer are complete: join them for the other computers.
 *
 * @carry: in and out, by value, of this rank. Returns whether any byte overflowed into it.
 */
bool is_exchange_join(struct is_exchange *x, _Atomic uint32_t *carry, enum isa isa, unsigned threads);

/**
 * is_exchange_send() - collective: `part` becomes complete.
 *
 * @carried: whether anything has overflowed here, or is known to have elsewhere; out: whether it has anywhere. Then @carry becomes
 * what overflowed on all ranks, of the values ranked here, from its beginning on.
 * 0 or -ECOMM.
 */
int is_exchange_send(struct is_exchange *x, _Atomic uint32_t *carry, bool *carried) __attribute__((warn_unused_result));

#endif
