#include "cpu_bound/matmul_block.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * DEPTH: 8 rows of A x 384 terms x 8 bytes = 24 KiB, which leaves room beside it in first-level caches of 32 and
 * 48 KiB (512 is 3 % faster with 48 KiB). TILE_ROWS: as few as cost nothing, so that no thread waits long for
 * the last tile of a slice; neighbours in time share their slice of B all the same.
 */
enum { DEPTH = 384, TILE_ROWS = 192, TILE_COLUMNS = 240 };

/* @n cut into the fewest even parts of at most @most, each rounded up to a multiple of @step. */
static size_t even_part(size_t n, size_t most, size_t step)
{
    size_t part = n ? blocks_count(n, blocks_count(n, most)) : 1;
    return blocks_count(part, step) * step;
}

size_t matmul_depth(size_t n)
{
    return even_part(n, DEPTH, 1);
}

int matmul_block_create(struct matmul_block *m, size_t rows, size_t columns, size_t depth, enum isa isa)
{
    struct matmul_shape shape = ISA_SELECT(matmul_shape, isa)();
    *m = (struct matmul_block){ .rows = rows, .columns = columns, .isa = isa, .shape = shape };
    m->tile_rows = even_part(rows, TILE_ROWS, shape.rows);
    m->tile_columns = even_part(columns, TILE_COLUMNS, shape.columns);
    m->tiles_down = blocks_count(rows, m->tile_rows);
    m->tiles_across = blocks_count(columns, m->tile_columns);
    m->c = array_alloc(rows * columns, sizeof *m->c);
    m->packed_a = array_alloc((rows + shape.rows) * depth, sizeof *m->packed_a);
    m->packed_b = array_alloc((columns + shape.columns) * depth, sizeof *m->packed_b);
    return m->c && m->packed_a && m->packed_b ? 0 : -ENOMEM;
}

void matmul_block_destroy(struct matmul_block *m)
{
    free(m->c);
    free(m->packed_a);
    free(m->packed_b);
}

double matmul_block_bytes(double rows, double columns, double depth)
{
    return sizeof(double) * (rows * columns + (rows + columns + 64) * depth);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void do_tile(struct matmul_block *m, size_t tile, size_t depth, int add)
{
    /* Down first: neighbours in time share their slice of B. */
    size_t row = tile % m->tiles_down * m->tile_rows, column = tile / m->tiles_down * m->tile_columns;
    ISA_SELECT(matmul_tile, m->isa)(m->c, m->columns, row, least(row + m->tile_rows, m->rows), column,
                                    least(column + m->tile_columns, m->columns), m->packed_a, m->packed_b, depth, add);
    if (m->poll && omp_get_thread_num() == 0)
        m->poll(m->poll_with);
}

void matmul_block_slice(struct matmul_block *m, const double *a, size_t a_stride, const double *b, size_t b_stride,
                        size_t depth, int add)
{
    size_t rows = m->shape.rows, columns = m->shape.columns;
    /* static: panels cost the same; nowait: packing A and B needs no order between them */
#pragma omp for schedule(static) nowait
    for (size_t i = 0; i < m->rows; i += rows)
        ISA_SELECT(matmul_pack_a, m->isa)(a, a_stride, m->rows, i, i + rows, depth, m->packed_a);
#pragma omp for schedule(static)
    for (size_t j = 0; j < m->columns; j += columns)
        ISA_SELECT(matmul_pack_b, m->isa)(b, b_stride, m->columns, j, j + columns, depth, m->packed_b);
    /* dynamic: few tiles, and those at the lower and right border are smaller */
#pragma omp for schedule(dynamic)
    for (size_t tile = 0; tile < m->tiles_down * m->tiles_across; tile++)
        do_tile(m, tile, depth, add);
}

/* --- the check --- */

void freivalds_signs(uint64_t seed, uint64_t number, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = matmul_entry(seed + 1000003 * (number + 1), i) < 0 ? -1 : 1;
}

int freivalds_check(const double *abx, const double *cx, size_t n, char *why, size_t why_len)
{
    double tolerance = 0x1p-52 * (double)n * sqrt((double)n);
    for (size_t i = 0; i < n; i++)
        if (!(fabs(abx[i] - cx[i]) <= tolerance)) {
            snprintf(why, why_len, "C x is not A (B x) for a vector of random signs");
            return -EDOM;
        }
    return 0;
}
