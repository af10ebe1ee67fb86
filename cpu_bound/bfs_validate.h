#ifndef PARKIT_BFS_VALIDATE_H
#define PARKIT_BFS_VALIDATE_H
/*
 * The five rules of Graph500 (specification, section "Validation") for the trees of many searches at
 * once, against the input edges in outer labels: nothing that bfs_graph.c made of them is trusted.
 *
 *   1  the parents form a tree rooted at the search key, without cycles
 *   2  each tree edge joins vertices whose depths differ by one
 *   3  each edge of the input joins vertices whose depths differ by at most one, or both not in the tree
 *   4  the tree spans the whole connected component of the search key
 *   5  a vertex and its parent are joined by an edge of the input
 *
 * Depths are counted along the parents, so rule 2 holds where rule 1 does; the rest is one pass over the
 * edges for BFS_LANES trees together, whose depths and parents lie side by side for each vertex.
 */
#include "common/isa.h"
#include "common/team.h"
#include "cpu_bound/bfs_graph.h"

#include <stdatomic.h>

/* Trees in one pass: their parents fill a cache line. */
enum { BFS_LANES = 16 };

/* Depths are bytes. BFS_UNREACHED is more than 1 away from every depth, also modulo 256. A tree deeper than
 * that is refused as wrong: Kronecker graphs of any size that fits a computer have depths below 20. */
enum { BFS_DEEPEST = 250, BFS_UNREACHED = 253 };

/* BFS_LANES trees, by outer label from `first` on: of all vertices, or of those of one rank. */
struct bfs_lanes {
    uint32_t first;
    uint8_t (*depth)[BFS_LANES];
    uint32_t (*parent)[BFS_LANES]; /* NULL: other ranks' vertices, who look after rule 5 themselves */
    _Atomic uint16_t *joined;     /* bit l: rule 5 holds for this vertex in tree l */
};

/**
 * bfs_check_edges() - rules 3 and 4 for the edges [begin, end), and note in `joined` where rule 5 holds.
 *
 * @from, @to: the lanes with the vertices u and those with the vertices v of the edges; may be the same.
 * Returns the first edge that breaks a rule, or @end. Thread-safe on disjoint ranges.
 */
ISA_DECLARE(size_t, bfs_check_edges, (const struct kronecker_edge *edge, const struct bfs_lanes *from, const struct bfs_lanes *to,
                                      size_t begin, size_t end));

/** bfs_blame_edge() - the lane in which an edge breaks rule 3 or 4, with a text about it; BFS_LANES: in none. */
size_t bfs_blame_edge(struct kronecker_edge e, const struct bfs_lanes *from, const struct bfs_lanes *to, char *text, size_t size);

/** bfs_blame_join() - the first of @count lanes in which @v breaks rule 5, with a text about it; @count: in none. */
size_t bfs_blame_join(const struct bfs_lanes *lanes, size_t v, size_t count, char *text, size_t size);

/**
 * bfs_depth_hash() - of one vertex and its depth. The digest of a tree is the sum of these over its vertices, modulo 2^64: so
 * it can be summed up in any order, by whoever holds a vertex. It says nothing about parents, which may differ.
 */
static inline uint64_t bfs_depth_hash(uint32_t v, uint8_t depth)
{
    return kronecker_mix(((uint64_t)v << 8 | depth) + 0x9e3779b97f4a7c15); /* 2^64 / golden ratio: (0, 0) must count, too */
}

/* The trees to be checked and what is found out on the way. */
struct bfs_trees {
    size_t count, stride;         /* tree i is parent[i * stride], by outer label          */
    const uint32_t *root, *parent;
    double *edges;                /* out: input edges within the component of each         */
    uint64_t *digest;             /* out: of the depths of each, see bfs_depth_hash()      */
    size_t *reached;              /* out: vertices in each                                 */
};

/** bfs_validate_bytes() - memory that validation takes. */
double bfs_validate_bytes(unsigned scale);

/** bfs_validate() - 0: all trees are right; -EDOM: one is not, with the rule in @why; -ENOMEM. */
int bfs_validate(const struct bfs_graph *g, const struct bfs_trees *trees, enum isa isa, unsigned threads, char *why, size_t why_len)
    __attribute__((warn_unused_result));

#endif
