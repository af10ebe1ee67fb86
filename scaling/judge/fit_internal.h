#ifndef PARKIT_FIT_INTERNAL_H
#define PARKIT_FIT_INTERNAL_H
/* What the two estimators share. */
#include "scaling/judge/fit.h"

/* Which coefficients are free; at sigma_one, sigma is held at 1. The scale always is free. */
struct active_set {
    bool sigma, kappa, sigma_one;
};
extern const struct active_set fit_sets[];
enum { FIT_TWO_COEFFICIENT_SETS = 3, FIT_ALL_SETS = 6 }; /* the first three are those of laws without kappa */

/** fit_solve() - solve the symmetric system a x = b of order @n <= 3 by Cholesky; false if it is not positive definite. */
bool fit_solve(size_t n, double a[3][3], const double b[3], double x[3]);

/** fit_take_if_better() - keep the candidate if its coefficients are in range and its sum of squares is lower. */
void fit_take_if_better(struct fit *best, const struct fit *candidate);

/** fit_gustafson() - both estimators are linear for this law: @relative errors of the rates, or absolute ones. */
int fit_gustafson(bool relative, const double *p, const double *rate, size_t n, struct fit *out);

#endif
