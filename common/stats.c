#include "common/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *x, size_t n)
{
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

double stats_median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, ascending);
    return median_of_sorted(x, n);
}

/*
 * The largest rank k (from 1) whose interval [k-th smallest, k-th largest] covers the median with at
 * least 95 %: P(X <= k - 1) <= 0.025 for X ~ Binomial(n, 1/2). 0: n is too small (n < 6).
 * Terms go through logarithms: 2^-n underflows at n > 1074.
 */
static size_t interval_rank(size_t n)
{
    double below = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        double term = lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) - (double)n * M_LN2;
        below += exp(term);
        if (!(below <= 0.025))
            break;
        k = i + 1;
    }
    return k;
}

static double mad_of(const double *x, size_t n, double median, double *scratch)
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(x[i] - median);
    return stats_median(scratch, n);
}

bool stats_outlier(const struct stats *s, double x)
{
    double mad = fmax(s->mad, 1e-3 * fabs(s->median));
    return mad > 0 && fabs(0.6745 * (x - s->median) / mad) > 3.5;
}

int stats_of(const double *x, size_t n, struct stats *out)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return -EINVAL;
        else
            sum += x[i];
    if (n == 0)
        return -EINVAL;
    double *sorted = malloc(2 * n * sizeof *sorted);
    if (!sorted)
        return -ENOMEM;
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);

    size_t k = interval_rank(n);
    *out = (struct stats){ .n = n, .median = median_of_sorted(sorted, n), .mean = sum / (double)n,
                           .min = sorted[0], .max = sorted[n - 1], .is_interval = k > 0 };
    out->low = sorted[k > 0 ? k - 1 : 0];
    out->high = sorted[k > 0 ? n - k : n - 1];
    out->mad = mad_of(sorted, n, out->median, sorted + n);
    for (size_t i = 0; i < n; i++)
        out->outliers += stats_outlier(out, x[i]);
    free(sorted);
    return 0;
}
