#ifndef PARKIT_MPI_IS_RANKING_H
#define PARKIT_MPI_IS_RANKING_H
/* What a rank holds of IS, and one ranking of all keys by all ranks. How, and what it costs, tells is_mpi.c. */
#include "common/team.h"
#include "mpi/is_owners.h"

#include <stdatomic.h>

enum { IS_CHANGED = 2 * IS_ITERATIONS + 1 }; /* the keys before it may be changed by iterations */

struct is_worker {
    _Alignas(64) uint64_t total; /* keys of its share of the rank's values: on a line of its own */
    bool carried;
};

struct is_mpi {
    struct is_outcome outcome;       /* first, as in parkit-cpu: answer(), details(), text() and work() read only that */
    struct mpi_runtime *rt;
    enum isa isa;
    size_t begin, end;               /* the keys that lie here                                                       */
    size_t first, last;              /* the values that are ranked here                                              */
    uint32_t *key;
    uint32_t original[IS_CHANGED];
    uint32_t *rank;                  /* of all values                                                                */
    unsigned workers, tallies;       /* tallies of each rank: as many as the largest team, the others' stay zero     */
    struct is_worker *worker;
    uint8_t **tally;                 /* [tallies] of the keys here                                                   */
    uint8_t *others;                 /* [tallies][ranks] parts for the values ranked here; its own stays in `tally`  */
    uint8_t **part;                  /* [tallies * ranks] all of these parts                                         */
    _Atomic uint32_t *carry;         /* what overflowed here, by value                                               */
    int *count, *at, *from;          /* [ranks] of the values' shares, and where parts of one tally go in `others`   */
    int *count_to, *count_from;      /* the same counts, none for the rank itself                                    */
    bool moves;                      /* keys go to the owners of their values; then `part` is of its own tallies only */
    size_t *owner;                   /* [ranks + 1] where their values begin                                         */
    struct is_owned owned;
    int64_t found[IS_ITERATIONS][IS_TESTS]; /* ranks of the test keys                                                */
    double sent;                     /* keys, so far                                                                 */
    bool carried;                    /* on any rank                                                                  */
    uint64_t digest;                 /* on rank 0, after verify()                                                    */
};

/* Where part @part of @n items begins. */
static inline size_t is_share(size_t n, size_t part, size_t parts)
{
    return n * part / parts;
}

static inline bool is_here(const struct is_mpi *s, size_t at)
{
    return at >= s->begin && at < s->end;
}

/** is_ranking_change() - the two keys that an @iteration changes, if they are here. is_ranking_iterate() calls it. */
void is_ranking_change(struct is_mpi *s, int iteration);

/** is_ranking_iterate() - collective: change two keys, rank all, and find the ranks of the test keys. 0 or a failure. */
int is_ranking_iterate(struct is_mpi *s, struct team *team, int iteration) __attribute__((warn_unused_result));

#endif
