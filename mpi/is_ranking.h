#ifndef PARKIT_MPI_IS_RANKING_H
#define PARKIT_MPI_IS_RANKING_H
/* What a rank holds of IS, and one ranking of all keys by all ranks. How, and what it costs, tells is_mpi.c. */
#include "common/team.h"
#include "mpi/is_exchange.h"
#include "mpi/is_owners.h"

#include <stdatomic.h>

enum { IS_CHANGED = 2 * IS_ITERATIONS + 1 }; /* the keys before it may be changed by iterations */

struct is_mpi {
    struct is_outcome outcome;       /* first, as in parkit-cpu: answer(), details(), text() and work() read only that */
    struct mpi_runtime *rt;
    enum isa isa;
    unsigned workers;
    size_t begin, end;               /* the keys that lie here                                                       */
    uint32_t *key;
    uint32_t original[IS_CHANGED];
    bool moves;                      /* keys go to the owners of their values; else tallies do                        */
    size_t *owner;                   /* [ranks + 1] where the values that each rank ranks begin                      */
    size_t first, last;              /* those ranked here                                                            */
    uint32_t *rank;                  /* of them: room for all values, of which the others are not touched            */
    struct is_owned owned;           /* keys that have moved here                                                    */
    struct is_exchange x;            /* with the tallies of the keys here                                            */
    _Atomic uint32_t *carry;         /* what overflowed here, by value                                               */
    bool carried;                    /* on any rank                                                                  */
    size_t sections;                 /* of all values: for each rank one a tally                                     */
    uint64_t *total;                 /* [workers][IS_TOLD + sections]: keys in each section; the first row becomes that of all */
    int64_t found[IS_ITERATIONS][IS_TESTS]; /* ranks of the test keys                                                */
    double sent;                     /* bytes, so far                                                                */
    uint64_t digest;                 /* on rank 0, after verify()                                                    */
};

/* What stands before the sections in a row of `total`: the test keys, and how many workers' bytes have overflowed. */
enum { IS_TOLD = IS_TESTS + 1 };

static inline bool is_here(const struct is_mpi *s, size_t at)
{
    return at >= s->begin && at < s->end;
}

/** is_ranking_change() - the two keys that an @iteration changes, if they are here. is_ranking_iterate() calls it. */
void is_ranking_change(struct is_mpi *s, int iteration);

/** is_ranking_iterate() - collective: change two keys, rank all, and find the ranks of the test keys. 0 or a failure. */
int is_ranking_iterate(struct is_mpi *s, struct team *team, int iteration) __attribute__((warn_unused_result));

#endif
