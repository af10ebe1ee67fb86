#ifndef PARKIT_BFS_GRAPH_H
#define PARKIT_BFS_GRAPH_H
/*
 * The graph that bfs searches: adjacency lists (compressed sparse rows) made from a list of edges.
 *
 * Vertices have two labels. The outer label is that of the input. Inner labels go down by degree: hubs
 * come first, vertices without a neighbour last. So the bits of the hubs, which are asked for most,
 * lie together in the nearest cache, and vertices that no search can reach are never looked at. Within
 * a class of about equal degree the outer order is kept, which makes going from one labelling to the
 * other a walk along a few hundred streams instead of random access.
 *
 * Lists are in inner labels, rising, without loops and repetitions: the best-connected neighbour first.
 * They do not depend on the number of threads that made them.
 */
#include "common/team.h"
#include "cpu_bound/bfs_kronecker.h"

enum { BFS_HEADS = 2 };            /* neighbours kept apart, see head below */
#define BFS_NONE UINT32_MAX        /* no vertex                             */

struct bfs_graph {
    size_t vertices, edges;        /* of the input                                                   */
    struct kronecker_edge *edge;   /* the input, outer labels                                        */
    uint32_t *ends;                /* by outer label: ends of input edges there, a loop has two      */

    size_t connected;              /* vertices with a neighbour: the inner labels below it           */
    size_t arcs;                   /* entries of all lists together                                  */
    uint32_t *inner, *outer;       /* inner[outer label], outer[inner label]                         */
    size_t *begin;                 /* by inner label: where the list begins in neighbour[]           */
    uint32_t *degree;              /* its length                                                     */
    uint32_t *neighbour;
    uint32_t *neighbour_outer;     /* their outer labels; NULL where outer[] knows them all: ranks know only those of their part */
    uint32_t *head[BFS_HEADS];     /* by inner label: the first neighbours of every vertex once more */
                                   /* (the last one repeated where there are fewer): a bottom-up     */
                                   /* step mostly needs no more, and streams through them            */
    uint32_t *head_outer[BFS_HEADS]; /* their outer labels: what goes into the tree                  */
};

/** bfs_graph_bytes() - memory that building and keeping a graph of that scale takes. */
double bfs_graph_bytes(unsigned scale);

/**
 * bfs_graph_create() - the Kronecker graph of @scale and @seed, built by @team.
 * Returns 0 or -ENOMEM. bfs_graph_destroy() frees; it accepts NULL.
 */
int bfs_graph_create(unsigned scale, uint64_t seed, struct team *team, struct bfs_graph **out)
    __attribute__((warn_unused_result));
void bfs_graph_destroy(struct bfs_graph *g);

/**
 * bfs_relabel() - inner labels of @n vertices by degree, as described above.
 *
 * @ends:  by outer label: ends of edges that are no loops.
 * @inner, @outer: out, @n each. @connected: out, how many have a neighbour.
 * Returns 0 or -ENOMEM.
 */
int bfs_relabel(const uint32_t *ends, size_t n, const struct team *team, uint32_t *inner, uint32_t *outer, size_t *connected)
    __attribute__((warn_unused_result));

/** bfs_draw() - draw @i of the search keys of a graph of @vertices (a power of two); those without a neighbour are left out. */
uint32_t bfs_draw(uint64_t seed, uint64_t i, size_t vertices);

/**
 * bfs_graph_roots() - search keys as Graph500 asks for them: drawn without repetition from the vertices with
 * a neighbour; all of them if there are no more than @most.
 *
 * @root: out, outer labels, room for @most. Returns how many there are.
 */
size_t bfs_graph_roots(const struct bfs_graph *g, uint64_t seed, size_t most, uint32_t *root);

/** bfs_neighbour_outer() - the outer label of entry @at of the lists. */
static inline uint32_t bfs_neighbour_outer(const struct bfs_graph *g, size_t at)
{
    return g->neighbour_outer ? g->neighbour_outer[at] : g->outer[g->neighbour[at]];
}

/** bfs_words() - 64-bit words of a bitmap of @n vertices. */
static inline size_t bfs_words(size_t n)
{
    return (n + 63) / 64;
}

#endif
