#ifndef PARKIT_MATMUL_KERNEL_H
#define PARKIT_MATMUL_KERNEL_H
/*
 * The pieces of a blocked matrix product C = A B, all row-major. A driver packs panels of
 * A and B, then has tiles of C updated; see matmul_block.c for who does what.
 */
#include "common/isa.h"

#include <stddef.h>

/* Register tile of each instruction set: ROWS x COLUMNS entries of C stay in registers. */
struct matmul_shape {
    size_t rows, columns;
};

/** matmul_shape() - the register tile: packed panels hold this many rows of A or columns of B. */
ISA_DECLARE(struct matmul_shape, matmul_shape, (void));

/**
 * matmul_pack_a() - rows [begin, end) and columns [0, depth) of a matrix of @rows rows, in panels of shape.rows rows.
 *
 * @a:      its rows are @stride apart.
 * @packed: out; the panel of row r starts at (r / shape.rows) * shape.rows * depth, entries in the order in which
 *          the kernel reads them. Rows at and beyond @rows are zeros. @begin is a multiple of shape.rows.
 */
ISA_DECLARE(void, matmul_pack_a, (const double *a, size_t stride, size_t rows, size_t begin, size_t end, size_t depth,
                                  double *packed));

/** matmul_pack_b() - rows [0, depth) and columns [begin, end) of a matrix of @columns columns, in panels of
 * shape.columns columns, likewise. */
ISA_DECLARE(void, matmul_pack_b, (const double *b, size_t stride, size_t columns, size_t begin, size_t end, size_t depth,
                                  double *packed));

/**
 * matmul_tile() - C[row0, row1) x [column0, column1) = or += packed A times packed B over @depth terms.
 *
 * @c:   its rows are @stride apart.
 * @add: 0 sets C, 1 adds to it.
 * Tile edges are multiples of the shape, or C's borders. Only this tile is written.
 * None of these can fail. Threads may call them together on disjoint outputs.
 * Source: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008.
 */
ISA_DECLARE(void, matmul_tile, (double *c, size_t stride, size_t row0, size_t row1, size_t column0, size_t column1,
                                const double *packed_a, const double *packed_b, size_t depth, int add));

/** matmul_reference() - the plain triple loop for rows [begin, end): what the tiles are checked against. */
void matmul_reference(const double *a, const double *b, double *c, size_t n, size_t begin, size_t end);

#endif
