#ifndef PARKIT_BOOTSTRAP_H
#define PARKIT_BOOTSTRAP_H
/*
 * How far a result could have come out otherwise: the runs of each point are drawn anew, with
 * replacement, the medians taken and the result computed again, many times. Percentile intervals; no
 * distribution is assumed. Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
 */
#include <stddef.h>
#include <stdint.h>

enum { BOOTSTRAP_REPLICATES = 1000, BOOTSTRAP_MIN_RUNS = 3 };

/* The runs of one point. */
struct bootstrap_sample {
    const double *seconds;
    size_t n;
};

struct interval {
    double low, high; /* NaN: unknown; high may be infinite */
};

/**
 * bootstrap_statistic - compute @n_values results from the medians of the samples; NaN where there is
 * none. Must depend on nothing else.
 */
typedef void bootstrap_statistic(const double *median, void *context, double *value);

/**
 * bootstrap() - 95 % percentile intervals of the results that @statistic computes.
 *
 * @sample: @n samples. With fewer than BOOTSTRAP_MIN_RUNS runs in any of them all intervals are unknown.
 * @seed: the same seed gives the same intervals on every machine.
 * @out: @n_values intervals. Returns 0 or -ENOMEM. Thread-safe.
 */
int bootstrap(const struct bootstrap_sample *sample, size_t n, uint64_t seed, bootstrap_statistic *statistic,
              void *context, size_t n_values, struct interval *out) __attribute__((warn_unused_result));

#endif
