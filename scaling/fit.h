#ifndef PARKIT_FIT_H
#define PARKIT_FIT_H
/*
 * Amdahl's law and the universal scalability law (USL), fitted to times or rates at several counts.
 *
 *     rate       X(p) = gamma p / (1 + sigma (p - 1) + kappa p (p - 1))
 *     time       T(p) = T1/p + sigma T1 (p - 1)/p + kappa T1 (p - 1)
 *
 * sigma is what waits in line (serial work, contention), kappa what grows with every pair (coherency,
 * all-to-all). kappa = 0 is Amdahl's law with the serial fraction sigma. Coefficients are kept in their
 * physical range; a superlinear curve shows as sigma = 0 and must be reported by other means.
 * Source: Gunther, Guerrilla Capacity Planning, Springer 2007; arXiv 0808.1431.
 */
#include <stdbool.h>
#include <stddef.h>

enum fit_law { FIT_AMDAHL, FIT_USL };

/* Distinct counts below which a fit is refused: its coefficients would mean nothing. */
enum { FIT_AMDAHL_MIN = 4, FIT_USL_MIN = 6 };

struct fit {
    double scale;  /* T1 for fit_times(), gamma for fit_rates() */
    double sigma;  /* 0 <= sigma <= 1                           */
    double kappa;  /* >= 0; 0 for FIT_AMDAHL                    */
    double sse;    /* sum of squares that was minimised         */
};

/**
 * fit_times() - weighted least squares on times, weight 1/T^2: relative errors count alike everywhere.
 * Linear in its coefficients, so the optimum is global; bounds by trying every active set.
 *
 * @p: @n counts, >= 1, at least as many distinct as coefficients (two, or three for FIT_USL).
 * @time_s: positive. Returns 0, or -EINVAL where the counts do not determine the coefficients.
 */
int fit_times(enum fit_law law, const double *p, const double *time_s, size_t n, struct fit *out)
    __attribute__((warn_unused_result));

/**
 * fit_rates() - least squares on rates (throughput), as most published coefficients were found: all
 * errors count alike, so the largest rates dominate. Levenberg and Marquardt for every active set of
 * the bounds sigma = 0, kappa = 0, sigma = 1. Arguments and result as above, kappa <= 1.
 */
int fit_rates(enum fit_law law, const double *p, const double *rate, size_t n, struct fit *out)
    __attribute__((warn_unused_result));

/** fit_peak() - the count of the highest rate, sqrt((1 - sigma)/kappa); infinite where kappa is 0. */
double fit_peak(const struct fit *f);

/** fit_speedup() - X(p)/X(1) of the fitted law. */
double fit_speedup(const struct fit *f, double p);

#endif
