#ifndef PARKIT_HEAT_KERNEL_H
#define PARKIT_HEAT_KERNEL_H
/*
 * The kernels of heat: one explicit Euler step of the 2-D heat equation on a range of points. Compiled
 * once per instruction set (isa.h); the plain one beside them is what they are compared with. All give
 * the same bits: every point is computed by the same six operations in the same order, none fused,
 *
 *     next = (1 - 4 alpha) * here + alpha * ((above + below) + (left + right)).
 *
 * They know nothing of teams, ranks or time tiling; heat.c and an MPI driver hand them ranges.
 */
#include "common/isa.h"

#include <stddef.h>

/* The points [row0, row1) x [column0, column1) of an array; empty if an end is not above its begin. */
struct heat_range {
    size_t row0, row1, column0, column1;
};

/**
 * heat_step_range() - one explicit Euler step on the points of @range.
 *
 * @next:   out. Row-major, @stride doubles a row. Only the points of @range are written.
 * @cur:    in. Same shape; the four neighbours of every point of @range hold valid data (boundary, halo
 *          or field). Must not overlap @next.
 * @stride: at least range.column1 + 1. A multiple of 8, and arrays aligned to 64 bytes, are fastest.
 * @alpha:  D*dt/h^2, dimensionless. Stable for 0 < alpha <= 1/4.
 *
 * Cannot fail. Threads may call it together on disjoint ranges.
 * Source: LeVeque, Finite Difference Methods for Ordinary and Partial Differential Equations, SIAM 2007, ch. 9.
 */
ISA_DECLARE(void, heat_step_range, (double *restrict next, const double *restrict cur, size_t stride,
                                    struct heat_range range, double alpha));

/**
 * heat_step_rows() - the same on the whole rows [@row0, @row1), columns [1, nx - 1), of arrays with @nx (at
 * least 1) doubles a row. Rows row0 - 1 and row1 are read, so the first may be 1 at the earliest.
 */
ISA_DECLARE(void, heat_step_rows, (double *restrict next, const double *restrict cur, size_t nx, size_t row0,
                                   size_t row1, double alpha));

/** heat_step_reference() - heat_step_range() in plain C, point by point. */
void heat_step_reference(double *restrict next, const double *restrict cur, size_t stride, struct heat_range range,
                         double alpha);

#endif
