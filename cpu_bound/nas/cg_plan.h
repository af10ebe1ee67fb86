#ifndef PARKIT_CG_PLAN_H
#define PARKIT_CG_PLAN_H
/*
 * How the matrix is cut, who has which piece, and in which order sums are formed. Arithmetic alone: no memory beyond
 * what is passed in, no threads, no MPI. All cannot fail.
 *
 * The n rows are cut into 2^k parts, the matrix below its diagonal into tiles {I, J}, J <= I: the rows of part I that
 * meet the columns of part J. A tile adds to the products of both of its parts. What the tiles add to one part is summed
 * by a binary tree whose leaves are the other parts: leaf J of part I stands for tile {I, J}, whichever is larger. A node of
 * the tree is the set of its leaves, 2^l neighbours that begin at a multiple of 2^l, and the sum of its two halves. So
 * every sum has one order, whoever computes it, and whoever has all leaves of a node hands on one vector for it.
 *
 * Workers have runs of tiles in an order that halves the triangle into two triangles and a square, and squares into
 * two rectangles, again and again. So P workers have compact pieces that meet about sqrt(2 / P) of all parts, in whole nodes
 * wherever possible. Vectors are cut into strips, CG_STRIPS to a part, which workers have in runs of even length.
 */
#include <stddef.h>
#include <stdint.h>

enum { CG_STRIPS = 8, CG_PARTS_MOST = 64, CG_LEVELS = 6 /* log2 of these */ };

/* Lengths in elements of vectors, which are whole groups of CG_GROUP (cg_kernel.h). */
struct cg_layout {
    size_t n, padded;   /* rows, and that in whole groups                                          */
    size_t parts;       /* a power of 2                                                            */
    size_t strip, part; /* lengths; the last ones may be shorter, or empty                         */
};

/** cg_layout() - @n rows in @parts parts, a power of 2 up to CG_PARTS_MOST. */
struct cg_layout cg_layout(size_t n, size_t parts);

/**
 * cg_layout_parts() - as many parts as are best for @n rows of @entries entries: a row should have at least a dozen in
 * each, since what its tiles add is kept and summed for each; and a tile must not be too large for its indices.
 */
size_t cg_layout_parts(size_t n, double entries);

/** cg_part_begin(), cg_part_size(), cg_strip_begin(), cg_strip_size() - where part or strip @k begins, and its length. */
static inline size_t cg_part_begin(const struct cg_layout *l, size_t k)
{
    return k * l->part < l->padded ? k * l->part : l->padded;
}

static inline size_t cg_part_size(const struct cg_layout *l, size_t k)
{
    return cg_part_begin(l, k + 1) - cg_part_begin(l, k);
}

static inline size_t cg_strip_begin(const struct cg_layout *l, size_t k)
{
    return k * l->strip < l->padded ? k * l->strip : l->padded;
}

static inline size_t cg_strip_size(const struct cg_layout *l, size_t k)
{
    return cg_strip_begin(l, k + 1) - cg_strip_begin(l, k);
}

/** cg_run_begin() - the first strip of run @run of @runs, which ends where the next begins. */
static inline size_t cg_run_begin(const struct cg_layout *l, size_t run, size_t runs)
{
    return l->parts * CG_STRIPS * run / runs;
}

/* A tile: the part of its rows, and that of its columns, which is not larger. */
struct cg_place {
    unsigned char rows, columns;
};

/** cg_tiles_of() - how many tiles @parts parts have. */
static inline size_t cg_tiles_of(size_t parts)
{
    return parts * (parts + 1) / 2;
}

/** cg_order() - the tiles of @parts parts into @out, in the order of which workers have runs. */
void cg_order(size_t parts, struct cg_place *out);

/**
 * cg_cut() - where the run of worker @w of @workers begins, of the tiles @order[begin, end); that of worker @workers is
 * where the last one ends. Even shares of work: a tile on the diagonal is half of one.
 */
size_t cg_cut(const struct cg_place *order, size_t begin, size_t end, size_t w, size_t workers);

/** cg_leaves() - which leaves the tiles @order[begin, end) are: bit J of @leaves[I] for leaf J of part I. */
void cg_leaves(const struct cg_place *order, size_t begin, size_t end, uint64_t leaves[CG_PARTS_MOST]);

/** cg_met() - the parts that the tiles @order[begin, end) meet, as bits. */
uint64_t cg_met(const struct cg_place *order, size_t begin, size_t end);

/**
 * cg_deal_runs() - which run of strips each of @ranks ranks has, into @run: one of a part that its tiles meet, if
 * that can be, since what a rank needs or gives in its own strips is not sent.
 *
 * @met: of each rank, as cg_met() has it.
 */
void cg_deal_runs(const struct cg_layout *l, size_t ranks, const uint64_t *met, size_t *run);

/** cg_buddy() - the node that @node is one half of a larger one with; no leaf of it exists if @node is the root. */
uint64_t cg_buddy(uint64_t node);

/** cg_nodes() - the largest nodes that @leaves make up, ascending; returns how many. */
size_t cg_nodes(uint64_t leaves, uint64_t out[CG_PARTS_MOST]);

#endif
