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

/* BFS_LANES trees, by outer label. */
struct bfs_lanes {
    uint8_t (*depth)[BFS_LANES];
    uint32_t (*parent)[BFS_LANES];
    _Atomic uint16_t *joined;     /* bit l: rule 5 holds for this vertex in tree l */
};

/**
 * bfs_check_edges() - rules 3 and 4 for the edges [begin, end), and note in `joined` where rule 5 holds.
 *
 * Returns the first edge that breaks a rule, or @end. Thread-safe on disjoint ranges.
 */
ISA_DECLARE(size_t, bfs_check_edges, (const struct kronecker_edge *edge, const struct bfs_lanes *lanes, size_t begin, size_t end));

/* The trees to be checked and what is found out on the way. */
struct bfs_trees {
    size_t count, stride;         /* tree i is parent[i * stride], by outer label          */
    const uint32_t *root, *parent;
    double *edges;                /* out: input edges within the component of each         */
    uint64_t *digest;             /* out: of the depths of each                            */
    size_t *reached;              /* out: vertices in each                                 */
};

/** bfs_validate_bytes() - memory that validation takes. */
double bfs_validate_bytes(unsigned scale);

/** bfs_validate() - 0: all trees are right; -EDOM: one is not, with the rule in @why; -ENOMEM. */
int bfs_validate(const struct bfs_graph *g, const struct bfs_trees *trees, enum isa isa, unsigned threads, char *why, size_t why_len)
    __attribute__((warn_unused_result));

#endif
