/*
 * The steps of heat in vectors, compiled once per instruction set (isa.h). A strip of WIDE vectors goes
 * down the rows: what was loaded as the row below becomes the row here and then the row above without
 * leaving its register, so each row is loaded once straight and twice shifted by a column. Six operations a
 * point on two units make 3 cycles a vector; the loads, the shifted ones across two cache lines each, make
 * 2.5 beside them.
 */
#include "cpu_bound/heat_kernel.h"
#include "cpu_bound/vector.h"

enum { WIDE = 4 }; /* vectors of a strip: two carried rows of it and the weights fit 16 registers */

struct weights {
    double here, around;
};

/* @vectors (a constant wherever it is inlined) side by side, down @rows rows. */
static inline __attribute__((always_inline)) void step_strip(double *restrict next, const double *restrict cur,
                                                             size_t stride, size_t rows, int vectors, struct weights weights)
{
    const vector weight_here = vector_set(weights.here), weight_around = vector_set(weights.around);
    vector above[WIDE], here[WIDE];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        above[v] = vector_load(cur - stride + v * LANES);
        here[v] = vector_load(cur + v * LANES);
    }
    for (size_t r = 0; r < rows; r++, cur += stride, next += stride)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            const double *at = cur + v * LANES;
            vector below = vector_load(at + stride);
            vector sides = vector_load(at - 1) + vector_load(at + 1);
            vector_store(next + v * LANES, weight_here * here[v] + weight_around * ((above[v] + below) + sides));
            above[v] = here[v];
            here[v] = below;
        }
}

static inline void step_points(double *restrict next, const double *restrict cur, size_t stride, size_t rows,
                               size_t columns, struct weights w)
{
    for (size_t r = 0; r < rows; r++, cur += stride, next += stride)
        for (size_t c = 0; c < columns; c++)
            next[c] = w.here * cur[c] + w.around * ((cur[c - stride] + cur[c + stride]) + (cur[c - 1] + cur[c + 1]));
}

/*
 * Vectors that begin where the memory of @next is aligned, and one at each end that is not: it overlaps its
 * neighbour, and the points in both are computed twice to the same bits, since nothing of @cur is changed.
 */
static void step_columns(double *restrict next, const double *restrict cur, size_t stride, size_t rows, size_t columns,
                         struct weights w)
{
    size_t to_aligned = (size_t)(-(uintptr_t)next % sizeof(vector)) / sizeof *next, c = to_aligned;
    if (c > 0)
        step_strip(next, cur, stride, rows, 1, w);
    for (; c + WIDE * LANES <= columns; c += WIDE * LANES)
        step_strip(next + c, cur + c, stride, rows, WIDE, w);
    for (; c + LANES <= columns; c += LANES)
        step_strip(next + c, cur + c, stride, rows, 1, w);
    if (c < columns)
        step_strip(next + columns - LANES, cur + columns - LANES, stride, rows, 1, w);
}

void ISA_NAME(heat_step_range)(double *restrict next, const double *restrict cur, size_t stride, struct heat_range range,
                               double alpha)
{
    if (range.row0 >= range.row1 || range.column0 >= range.column1)
        return;
    size_t first = range.row0 * stride + range.column0;
    size_t rows = range.row1 - range.row0, columns = range.column1 - range.column0;
    struct weights w = { 1 - 4 * alpha, alpha };
    if (columns < LANES)
        step_points(next + first, cur + first, stride, rows, columns, w);
    else
        step_columns(next + first, cur + first, stride, rows, columns, w);
}

void ISA_NAME(heat_step_rows)(double *restrict next, const double *restrict cur, size_t nx, size_t row0, size_t row1,
                              double alpha)
{
    struct heat_range range = { row0, row1, 1, nx - 1 };
    ISA_NAME(heat_step_range)(next, cur, nx, range, alpha);
}
