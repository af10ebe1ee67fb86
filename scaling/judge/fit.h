#ifndef PARKIT_FIT_H
#define PARKIT_FIT_H
/*
 * Amdahl's law, the universal scalability law (USL) and Gustafson's law, fitted to times or rates at
 * several counts.
 *
 *     USL        rate X(p) = gamma p / (1 + sigma (p - 1) + kappa p (p - 1))
 *                time T(p) = T1/p + sigma T1 (p - 1)/p + kappa T1 (p - 1)
 *     Amdahl     the same with kappa = 0; sigma is the serial fraction
 *     Gustafson  rate X(p) = gamma (p - sigma (p - 1)), for work that grows with p
 *
 * sigma is what waits in line (serial work, contention), kappa what grows with every pair (coherency,
 * all-to-all). Coefficients are kept in their physical range; a superlinear curve shows as sigma = 0,
 * and fit_free_sigma() tells it. Two estimators, because published coefficients mostly come from the
 * second and times deserve the first; they differ in the digits that noise decides:
 *
 *     times      relative errors, all counts weigh alike; linear, so its optimum is the global one
 *     rates      absolute errors of the throughput, so the largest rates dominate
 *
 * Source: Gunther, Guerrilla Capacity Planning, Springer 2007; arXiv 0808.1431.
 */
#include <stdbool.h>
#include <stddef.h>

enum fit_law { FIT_AMDAHL, FIT_USL, FIT_GUSTAFSON };

/* Distinct counts below which a fit is refused: its coefficients would mean nothing. */
enum { FIT_AMDAHL_MIN = 4, FIT_GUSTAFSON_MIN = 4, FIT_USL_MIN = 6 };

struct fit {
    enum fit_law law;
    double scale;  /* T1 for fit_times(), gamma for fit_rates() */
    double sigma;  /* 0 <= sigma <= 1                           */
    double kappa;  /* >= 0; 0 for FIT_AMDAHL and FIT_GUSTAFSON  */
    double sse;    /* sum of squares that was minimised         */
};

/**
 * fit_times() - least squares of relative errors. Linear in its coefficients; bounds by trying every
 * active set. Gustafson's errors are relative to the rate, those of the others to the time.
 *
 * @p: @n counts, >= 1, at least as many distinct as coefficients (two, or three for FIT_USL).
 * @time_s: positive, for the same work at every count (a weak study divides its times by p/p0).
 * Returns 0, or -EINVAL where the counts do not determine the coefficients.
 */
int fit_times(enum fit_law law, const double *p, const double *time_s, size_t n, struct fit *out)
    __attribute__((warn_unused_result));

/**
 * fit_rates() - least squares on rates (throughput), as most published coefficients were found.
 * Levenberg and Marquardt for every active set of the bounds sigma = 0, kappa = 0, sigma = 1.
 * Arguments and result as above, kappa <= 1.
 */
int fit_rates(enum fit_law law, const double *p, const double *rate, size_t n, struct fit *out)
    __attribute__((warn_unused_result));

/** fit_rates_errors() - standard errors of the coefficients of fit_rates() for USL and Amdahl, from the slopes
 *  at the optimum; NaN for a coefficient at its bound, where they mean nothing, and without spare points. */
void fit_rates_errors(const struct fit *f, const double *p, const double *rate, size_t n, struct fit *errors);

/**
 * fit_quadratic() - Gunther's own way, as in his books: with C = X(p)/X(1), least squares of
 * p/C - 1 = kappa (p - 1)^2 + (sigma + kappa) (p - 1). Unbounded, and the first count must be 1.
 * 0, or -EINVAL. The scale is X(1).
 */
int fit_quadratic(const double *p, const double *rate, size_t n, struct fit *out) __attribute__((warn_unused_result));

/** fit_quadratic_errors() - standard errors of its sigma and kappa, from the slopes of the rates. */
void fit_quadratic_errors(const struct fit *f, const double *p, const double *rate, size_t n, struct fit *errors);

/** fit_free_sigma() - sigma of Amdahl's law by times, not kept in its range: below 0 the curve is superlinear.
 *  NaN where it is not determined. */
double fit_free_sigma(const double *p, const double *time_s, size_t n);

/** fit_peak() - the count of the highest rate, sqrt((1 - sigma)/kappa); infinite where kappa is 0. */
double fit_peak(const struct fit *f);

/** fit_best_count() - the whole count with the highest rate: of those beside the peak. Infinite as above. */
double fit_best_count(const struct fit *f);

/** fit_speedup() - X(p)/X(1) of the fitted law; scaled speed-up for FIT_GUSTAFSON. */
double fit_speedup(const struct fit *f, double p);

/** fit_aicc() - Akaike's information criterion for few points (Hurvich and Tsai, Biometrika 76, 1989); of two
 *  laws fitted to the same @n times the one with the lower is better supported. Infinite for too few points. */
double fit_aicc(const struct fit *f, size_t n);

/* Where the time on p processors goes, in units of T1: 1/p, sigma (p - 1)/p, kappa (p - 1)/2 (arXiv 0808.1431,
   eq. 26, which counts half of the coherency delay). */
struct fit_overhead {
    double ideal, contention, coherency;
};
struct fit_overhead fit_overhead(const struct fit *f, double p);

#endif
