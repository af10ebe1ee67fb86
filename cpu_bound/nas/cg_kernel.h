#ifndef PARKIT_CG_KERNEL_H
#define PARKIT_CG_KERNEL_H
/*
 * The kernels of CG: a tile of the symmetric sparse matrix times the two parts of a vector that it meets, and the
 * sweeps over vectors, fused with their dot products. Compiled once per instruction set (isa.h). They know nothing
 * of teams or ranks: cg_solve.c and an MPI driver hand them ranges. All cannot fail, and threads may call them together
 * on ranges that do not meet.
 *
 * With AVX2 and AVX-512 the product is fused; the sums of dot products run in eight lanes everywhere. So these two
 * give the same bits; the baseline rounds products first.
 */
#include "common/isa.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An element of a vector p and one of q = A p side by side: one load finds both, one store keeps both. */
struct cg_pair {
    double p, q;
} __attribute__((aligned(16)));

enum { CG_SEGMENT = 8 }; /* most entries of a segment */

/*
 * The entries of the matrix in a range of rows and a range of columns, both of at most CG_TILE_SIDE, as segments:
 * up to CG_SEGMENT entries of one row. First come all of one entry, then all of two, ...: so the loop over the
 * entries of a segment has a constant length, where that over the entries of a row (one or two dozen of them in a tile)
 * would end unpredicted.
 */
struct cg_tile {
    const double *value;
    const uint16_t *column;        /* of each value: twice its distance from the first column of the range; twice, */
                                   /* since an address can be a base and eight times an index, but not sixteen     */
    const uint16_t *row;           /* of each segment: twice its distance from the first row of the range          */
    uint32_t segments[CG_SEGMENT]; /* [k]: how many have k + 1 entries                                             */
};
enum { CG_TILE_SIDE = 32768 };

/**
 * cg_tile_product() - for every entry a at (i, j) of @tile: rows[i].q += a columns[j].p and columns[j].q += a rows[i].p.
 *
 * @rows, @columns: the pairs from the first row and column of the tile on; only .q changes. They may be the same
 *                  range if every entry stands below the diagonal, else they must not overlap.
 */
ISA_DECLARE(void, cg_tile_product, (const struct cg_tile *tile, struct cg_pair *rows, struct cg_pair *columns));

/*
 * Ranges of vectors are whole groups of CG_GROUP elements; what the last group has beyond the end of the vectors is zero,
 * and stays so.
 */
enum { CG_GROUP = 8 };

/** cg_spread() - @pairs = (@p, 0) on @n elements: what tiles multiply and add to. */
ISA_DECLARE(void, cg_spread, (struct cg_pair *pairs, const double *p, size_t n));

/** cg_collect() - what tiles have added to @pairs goes to @sum, or with @add is added to it; then q = 0 again. */
ISA_DECLARE(void, cg_collect, (double *sum, struct cg_pair *pairs, size_t n, bool add));

/** cg_add() - @sum += @other on @n elements. */
ISA_DECLARE(void, cg_add, (double *sum, const double *other, size_t n));

/* The vectors of the solver, from the first element of a range on. */
struct cg_vectors {
    double *p, *x, *z, *r, *q;
    const double *sum; /* A p, but for the diagonal */
    const double *diagonal;
};

/** cg_start() - z = 0, r = p = x on @n elements; the dot product r r. */
ISA_DECLARE(double, cg_start, (const struct cg_vectors *v, size_t n));

/** cg_dot_pq() - q = sum + diagonal p on @n elements; the dot product p q. */
ISA_DECLARE(double, cg_dot_pq, (const struct cg_vectors *v, size_t n));

/** cg_step() - z += @alpha p, r -= @alpha q on @n elements; the dot product r r. */
ISA_DECLARE(double, cg_step, (const struct cg_vectors *v, size_t n, double alpha));

/** cg_direction() - p = r + @beta p on @n elements. */
ISA_DECLARE(void, cg_direction, (const struct cg_vectors *v, size_t n, double beta));

/** cg_solution() - p = z on @n elements, so that the product that follows is A z. */
ISA_DECLARE(void, cg_solution, (const struct cg_vectors *v, size_t n));

/* What an outer iteration needs of its solution z: |x - A z|^2, x z and z z. */
struct cg_norms {
    double residual, xz, zz;
};

/** cg_measure() - the sums over @n elements, with p = z and its product in sum. */
ISA_DECLARE(struct cg_norms, cg_measure, (const struct cg_vectors *v, size_t n));

/** cg_normalise() - x = @factor z on @n elements. */
ISA_DECLARE(void, cg_normalise, (const struct cg_vectors *v, size_t n, double factor));

#endif
