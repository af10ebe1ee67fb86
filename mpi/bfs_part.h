#ifndef PARKIT_MPI_BFS_PART_H
#define PARKIT_MPI_BFS_PART_H
/*
 * One rank's part of the graph of bfs: some vertices with all their neighbours. Why and how it is built: bfs_part.c.
 *
 * Vertices have three labels:
 *   outer   that of the input; a rank owns a row of them, so the owner is computed
 *   local   a rank's own vertices by degree (the inner labels of bfs_graph.h)
 *   label   for the whole graph: local, behind those of the ranks before. Each rank's begin with a word of the bitmaps,
 *           so that a bitmap of the graph is the ranks' bitmaps one after the other
 */
#include "cpu_bound/bfs_graph.h"
#include "mpi/runtime.h"

#include <mpi.h>

struct bfs_part {
    struct mpi_runtime *rt;
    unsigned scale;
    size_t vertices, edges;   /* of the whole graph                                                        */
    uint64_t connected, arcs; /* likewise: vertices with a neighbour, entries of all lists                 */
    uint32_t first;           /* outer label of the first own vertex                                       */
    size_t *first_word;       /* of each rank in a bitmap of the graph; behind the last, how many there are */
    struct bfs_graph *g;      /* own vertices: inner[] and ends[] by outer label - first; outer[] has outer */
                              /* labels; neighbour[] and head[] have labels; edge[] see below              */
    size_t *edge_begin;       /* g->edge: the input edges at own vertices u, by the owner of v: of rank q from */
                              /* edge_begin[q] to edge_begin[q + 1]; as they came, for validation          */
    MPI_Datatype pair, lanes; /* two 32-bit numbers; the depths of a vertex in BFS_LANES trees             */
};

/** bfs_part_bytes() - memory of a rank's part of the graph of that scale on @ranks ranks. */
double bfs_part_bytes(unsigned scale, int ranks);

/**
 * bfs_part_create() - collective: this rank's part of the Kronecker graph of @scale and @seed, built by @team.
 *
 * Returns 0, -ENOMEM or -ECOMM, agreed on. bfs_part_destroy() frees; it accepts NULL.
 */
int bfs_part_create(struct mpi_runtime *rt, unsigned scale, uint64_t seed, struct team *team, struct bfs_part **out)
    __attribute__((warn_unused_result));
void bfs_part_destroy(struct bfs_part *p);

/**
 * bfs_part_roots() - collective: the search keys that bfs_graph_roots() finds in the same graph, on all ranks.
 *
 * @root: out, outer labels, room for @most. @count: out, how many there are. Returns 0 or -ECOMM.
 */
int bfs_part_roots(const struct bfs_part *p, uint64_t seed, size_t most, uint32_t *root, size_t *count)
    __attribute__((warn_unused_result));

/** bfs_part_owner() - the rank that has outer label @v. */
static inline size_t bfs_part_owner(const struct bfs_part *p, uint32_t v)
{
    return (size_t)((uint64_t)v * (uint64_t)p->rt->base.ranks >> p->scale);
}

/** bfs_part_first() - outer label of the first vertex of @rank, or of the rank behind the last: all vertices. */
static inline size_t bfs_part_first(const struct bfs_part *p, size_t rank)
{
    size_t ranks = (size_t)p->rt->base.ranks;
    return (rank * p->vertices + ranks - 1) / ranks;
}

/** bfs_part_words() - of this rank in a bitmap. */
static inline size_t bfs_part_words(const struct bfs_part *p)
{
    return p->first_word[p->rt->base.rank + 1] - p->first_word[p->rt->base.rank];
}

#endif
