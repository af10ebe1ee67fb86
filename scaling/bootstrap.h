#ifndef PARKIT_BOOTSTRAP_H
#define PARKIT_BOOTSTRAP_H
/*
 * How far a result could have come out otherwise: the runs of each point are drawn anew, with
 * replacement, the medians taken and the result computed again, many times. Percentile intervals; no
 * distribution is assumed. Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
 *
 * The medians of a point depend on its own runs and seed alone, so they can be made again at any time
 * and nobody has to keep those of all points at once.
 */
#include <stddef.h>
#include <stdint.h>

enum { BOOTSTRAP_REPLICATES = 1000, BOOTSTRAP_MIN_RUNS = 3 };

struct interval {
    double low, high; /* NaN: unknown; high may be infinite */
};
#define INTERVAL_UNKNOWN ((struct interval){ NAN, NAN })

/**
 * bootstrap_medians() - medians of BOOTSTRAP_REPLICATES resamples of @n values, sorted ascending in @sorted.
 *
 * The same seed gives the same medians on every machine; different seeds give independent ones. With
 * fewer than BOOTSTRAP_MIN_RUNS values all are NaN: nothing is known about their noise.
 */
void bootstrap_medians(const double *sorted, size_t n, uint64_t seed, double median[BOOTSTRAP_REPLICATES]);

/** bootstrap_interval() - the middle 95 % of results, one a replicate; sorts them. Unknown if more than one
 *  in twenty is NaN. */
struct interval bootstrap_interval(double value[BOOTSTRAP_REPLICATES]);

#endif
