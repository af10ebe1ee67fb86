#ifndef PARKIT_STATS_H
#define PARKIT_STATS_H
/*
 * Statistics of repeated timings. The median is the figure to quote: noise on a computer only ever
 * adds time, and its distribution is skewed (Hoefler and Belli, SC15, doi 10.1145/2807591.2807644).
 */
#include <stdbool.h>
#include <stddef.h>

struct stats {
    size_t n;             /* values                                                          */
    double median, mean, min, max;
    double low, high;     /* see is_interval                                                 */
    bool is_interval;     /* true: [low, high] covers the population median with at least    */
                          /* 95 % (n >= 6); false: plain range, low = min and high = max     */
    size_t outliers;      /* values that stats_outlier() flags                               */
    double mad;           /* median absolute deviation from the median                       */
};

/**
 * stats_of() - summarise @n values (n >= 1, all finite) in @x, which is left as it is.
 *
 * The interval is that of order statistics: with k the largest rank for which
 * 1 - 2 BinomCDF(k - 1; n, 1/2) >= 0.95, it runs from the k-th smallest to the k-th largest value
 * (n = 9: ranks 2..8, 96.1 %). Distribution-free. Source: Conover, Practical Nonparametric Statistics.
 *
 * Returns 0, -EINVAL (n = 0 or a value not finite), -ENOMEM. Thread-safe.
 */
int stats_of(const double *x, size_t n, struct stats *out) __attribute__((warn_unused_result));

/**
 * stats_outlier() - whether @x is an outlier: |0.6745 (x - median) / MAD| > 3.5, with MAD at least
 * 0.1 % of the median, so that equal values do not make every deviation an outlier.
 * Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993.
 */
bool stats_outlier(const struct stats *s, double x);

/** stats_median() - the median of @n values (n >= 1); sorts @x in place. */
double stats_median(double *x, size_t n);

#endif
