#ifndef PARKIT_HEAT_FIELD_H
#define PARKIT_HEAT_FIELD_H
/*
 * The initial field of heat and what becomes of it, exactly. With x = i / (n - 1) and y = j / (n - 1)
 *
 *     u(i, j) = x y  +  1/2 sin(pi p x) sin(pi q y)
 *
 * Both terms are eigenmodes of the discrete step, not only of the differential equation. x y is
 * linear along rows and columns, so four neighbours less four times the middle is 0: it stays, and
 * keeps the boundary, which is fixed, from being zero. For the wave, by sin(a + t) + sin(a - t) = 2 sin a cos t,
 * one step multiplies it by
 *
 *     lambda = 1 - 4 alpha (sin^2(pi p / (2 (n - 1))) + sin^2(pi q / (2 (n - 1)))).
 *
 * p and q grow with n (about 64 and 96 points a wave), so that the wave decays by much more than rounding
 * at every size; they differ, so that rows cannot pass for columns.
 */
#include "cpu_bound/heat_kernel.h"

#include <stddef.h>
#include <stdint.h>

enum { HEAT_MODES = 2 };

/* row[i] * column[j] at the beginning, and that times decay^k after k steps. */
struct heat_mode {
    double *row, *column; /* n each */
    long double decay;
};

struct heat_modes {
    size_t n;
    double *values;       /* what the modes point into */
    struct heat_mode mode[HEAT_MODES];
};

/** heat_modes_create() - for n >= 1 points a side. 0 or -ENOMEM. heat_modes_destroy() frees; a zeroed one too. */
int heat_modes_create(size_t n, double alpha, struct heat_modes *out) __attribute__((warn_unused_result));
void heat_modes_destroy(struct heat_modes *m);

/** heat_fill() - the initial field on @range of the array @field, whose first point is (@row, @column) of the grid. */
void heat_fill(const struct heat_modes *m, double *field, size_t stride, struct heat_range range, size_t row, size_t column);

/** heat_row_error() - how far the farthest point of @row, row @i at step @steps, is from the exact one; NaN if one is NaN. */
double heat_row_error(const struct heat_modes *m, const double *row, size_t i, uint64_t steps);

/**
 * heat_tolerance() - what rounding may add up to in @steps steps.
 *
 * With u = 2^-53 and values up to M = 3/2: a step's own rounding is at most 4 u M (two additions, one
 * product, the last addition; |1 - 4 alpha| + 4 alpha = 1) and that of the weight 1 - 4 alpha one u M more; a step
 * never enlarges what it inherits, since its weights are positive and sum to 1. The sines of the beginning
 * are within 4 u M. 8 (steps + 4) u M leaves some room for the checker's own rounding.
 */
double heat_tolerance(uint64_t steps);

#endif
