#ifndef PARKIT_MG_REFERENCE_H
#define PARKIT_MG_REFERENCE_H
/*
 * mg in plain C, point by point on periodic cubes without gaps or copies (point (i, j, l) of n^3 at
 * i + n (j + n l)), one operator after the other: what the tuned sweeps are compared with.
 */
#include "cpu_bound/nas/mg_kernel.h"

#include <stddef.h>

/** mg_reference_residual() - r = v - A u; @r may be @v. */
void mg_reference_residual(double *r, const double *u, const double *v, size_t n);

/** mg_reference_smooth() - u = u + S r. */
void mg_reference_smooth(double *u, const double *r, size_t n, struct mg_smoother s);

/** mg_reference_restrict() - @coarse = P @fine; @n: points a side of the fine cube. */
void mg_reference_restrict(double *coarse, const double *fine, size_t n);

/** mg_reference_interpolate() - @fine = @fine + Q @coarse; @n: points a side of the fine cube. */
void mg_reference_interpolate(double *fine, const double *coarse, size_t n);

/**
 * mg_reference_cycle() - one cycle: from @r = v - A u to the next u and r.
 *
 * @n: points a side, a power of 2 from 4 on. Returns 0 or -ENOMEM.
 */
int mg_reference_cycle(double *u, double *r, const double *v, size_t n, struct mg_smoother s);

/** mg_reference_norm() - sqrt(sum of squares / n^3). */
double mg_reference_norm(const double *r, size_t n);

#endif
