#ifndef PARKIT_BOOTSTRAP_H
#define PARKIT_BOOTSTRAP_H
/*
 * How far a result could have come out otherwise: medians of each point as other runs would have given them are drawn
 * from its own runs, and the result computed again, many times. The middle 95 % are its interval; no distribution of
 * the noise is assumed. Sources: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13; with fractional
 * order statistics, Hutson, Journal of Applied Statistics 26(3), 1999. How often such intervals are right is
 * measured by tests/unit/coverage_test.c.
 *
 * The medians of a point depend on its own runs and seed alone, so they can be made again at any time
 * and nobody has to keep those of all points at once.
 */
#include <stddef.h>
#include <stdint.h>

enum { BOOTSTRAP_REPLICATES = 2000, BOOTSTRAP_MIN_RUNS = 3 };

struct interval {
    double low, high; /* NaN: unknown; high may be infinite */
};
#define INTERVAL_UNKNOWN ((struct interval){ NAN, NAN })

/**
 * bootstrap_medians() - BOOTSTRAP_REPLICATES medians that @n other values could have, from those sorted ascending in @sorted.
 *
 * The same seed gives the same medians on every machine; different seeds give independent ones. With
 * fewer than BOOTSTRAP_MIN_RUNS values all are NaN: nothing is known about their noise.
 */
void bootstrap_medians(const double *sorted, size_t n, uint64_t seed, double median[BOOTSTRAP_REPLICATES]);

/** bootstrap_interval() - the middle 95 % of results, one a replicate; changes their order. Unknown if more than one
 *  in twenty is NaN. */
struct interval bootstrap_interval(double value[BOOTSTRAP_REPLICATES]);

#endif
