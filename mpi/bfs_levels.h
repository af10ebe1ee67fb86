#ifndef PARKIT_MPI_BFS_LEVELS_H
#define PARKIT_MPI_BFS_LEVELS_H
/* One breadth-first search by all ranks together, level by level, each rank with a team. How: bfs_levels.c. */
#include "common/isa.h"
#include "cpu_bound/bfs_direction.h"
#include "mpi/bfs_part.h"

struct bfs_levels; /* arrays and counters of a search; one at a time */

/** bfs_levels_bytes() - memory that a search takes on one of @ranks ranks. */
double bfs_levels_bytes(unsigned scale, int ranks);

/** bfs_levels_create() - pages touched by @team. 0 or -ENOMEM, not agreed on. bfs_levels_destroy() accepts NULL. */
int bfs_levels_create(const struct bfs_part *p, enum bfs_direction direction, enum isa isa, struct team *team,
                      struct bfs_levels **out) __attribute__((warn_unused_result));
void bfs_levels_destroy(struct bfs_levels *s);

/**
 * bfs_levels_search() - one search, called by every thread of the team on every rank; the first thread calls MPI.
 *
 * @root:   outer label, with a neighbour.
 * @parent: out, own vertices by outer label - p->first: the parent's outer label, @root for the root, BFS_NONE for what it
 *          does not reach. Aligned to 64 bytes.
 *
 * Adds to the runtime's phases and traffic. The same return value on all threads: 0 or -ECOMM.
 */
int bfs_levels_search(struct bfs_levels *s, uint32_t root, uint32_t *parent);

#endif
