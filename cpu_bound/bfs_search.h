#ifndef PARKIT_BFS_SEARCH_H
#define PARKIT_BFS_SEARCH_H
/*
 * One breadth-first search by a team: level by level, in the direction that costs less.
 *
 * Top-down goes from the frontier to all its neighbours; bottom-up has every vertex that is not in the
 * tree look for a neighbour in the frontier and stop at the first. In a graph of small diameter the frontier
 * soon holds most edges; then most of top-down's work is in vain and bottom-up stops almost at once.
 */
#include "cpu_bound/bfs_direction.h"
#include "cpu_bound/bfs_kernel.h"

enum { BFS_WORD_CHUNK = 32 }; /* words of a bitmap that a thread takes at a time: bfs_search.c says why */

/** bfs_clear() - no vertex in it. Called by every thread of an OpenMP team together; all leave it together. */
void bfs_clear(uint64_t *bitmap, size_t words);

/** bfs_to_list() - the vertices in the first @words of @bitmap, to the end of @q. Called as bfs_clear(). */
void bfs_to_list(const uint64_t *bitmap, size_t words, struct bfs_queue *q);

struct bfs_search; /* arrays and counters of a search; one at a time */

/** bfs_search_bytes() - memory that a search in a graph of that scale takes. */
double bfs_search_bytes(unsigned scale);

/** bfs_search_create() - for searches in @g, pages touched by @team. 0 or -ENOMEM. bfs_search_destroy() accepts NULL. */
int bfs_search_create(const struct bfs_graph *g, enum bfs_direction direction, enum isa isa, struct team *team,
                      struct bfs_search **out) __attribute__((warn_unused_result));
void bfs_search_destroy(struct bfs_search *s);

/**
 * bfs_search() - one search. Called by every thread of an OpenMP team together; all leave it together.
 *
 * @root:   outer label, with a neighbour.
 * @parent: out, by outer label: the parent in the tree as outer label, @root for the root, BFS_NONE for
 *          what it does not reach. Aligned to 64 bytes. Depths are the same on every call; parents may
 *          differ with the timing of threads.
 */
void bfs_search(struct bfs_search *s, uint32_t root, uint32_t *parent);

#endif
