#ifndef PARKIT_MPI_BFS_CHECK_H
#define PARKIT_MPI_BFS_CHECK_H
/* The five rules of Graph500 for trees that are spread over ranks (bfs_validate.h says which). How: bfs_check.c. */
#include "cpu_bound/bfs_outcome.h"
#include "mpi/bfs_part.h"

/** bfs_check_bytes() - memory that it takes on one of @ranks ranks. */
double bfs_check_bytes(unsigned scale, int ranks);

/**
 * bfs_check() - collective: verify() of the workload, for the trees of @o->roots roots.
 *
 * @o:      out on all ranks: edges_of, reached, digest.
 * @parent: own vertices by outer label - p->first: tree i from i * @stride on.
 * Returns 0, -EDOM with the reason in @why, -ENOMEM, -ECOMM, agreed on.
 */
int bfs_check(const struct bfs_part *p, struct bfs_outcome *o, const uint32_t *parent, size_t stride, unsigned threads,
              char *why, size_t why_len) __attribute__((warn_unused_result));

#endif
