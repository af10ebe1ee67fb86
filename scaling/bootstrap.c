#include "scaling/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, and good enough to draw indices. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Within (0, 1). */
static double random_unit(uint64_t *state)
{
    return ((double)(random_next(state) >> 11) + 0.5) * 0x1p-53;
}

/* --- Few values: draw them all --- */

enum { FEW = 32 };

/* Indices into sorted values, so the median of the resample is that of the indices. The bias of the remainder
   is below 2^-58. */
static double drawn_median(const double *sorted, size_t n, uint64_t *state)
{
    unsigned char seen[FEW] = { 0 };
    for (size_t i = 0; i < n; i++)
        seen[random_next(state) % n]++;
    size_t below = 0, i = 0, middle = (n - 1) / 2; /* the lower middle place, from 0 */
    while ((below += seen[i]) <= middle)
        i++;
    double low = sorted[i];
    if (n % 2)
        return low;
    while (below <= middle + 1)
        below += seen[++i];
    return 0.5 * (low + sorted[i]);
}

/* --- Many values: draw the middle place of the resample itself --- */

static double random_normal(uint64_t *state)
{
    return sqrt(-2 * log(random_unit(state))) * cos(2 * M_PI * random_unit(state));
}

/* Shape >= 1. Marsaglia and Tsang, ACM TOMS 26(3), 2000. */
static double random_gamma(double shape, uint64_t *state)
{
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = random_normal(state), v = 1 + c * x;
        v *= v * v;
        if (v > 0 && log(random_unit(state)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* The m-th smallest of n uniform numbers is a Beta(m, n + 1 - m) variable; the next one is the smallest of
   the n - m numbers above it. Times n they are places in the sorted values. */
static double middle_median(const double *sorted, size_t n, uint64_t *state)
{
    double m = (double)((n + 1) / 2), rest = (double)n - m;
    double below = random_gamma(m, state), u = below / (below + random_gamma(rest + 1, state));
    double low = sorted[(size_t)(u * (double)n)];
    if (n % 2)
        return low;
    u += (1 - u) * (1 - pow(random_unit(state), 1 / rest));
    size_t place = (size_t)(u * (double)n);
    return 0.5 * (low + sorted[place < n ? place : n - 1]);
}

void bootstrap_medians(const double *sorted, size_t n, uint64_t seed, double median[BOOTSTRAP_REPLICATES])
{
    uint64_t state = seed;
    state = random_next(&state); /* neighbouring seeds must not give shifted copies of one sequence */
    for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++)
        median[b] = n < BOOTSTRAP_MIN_RUNS ? NAN
                    : n <= FEW             ? drawn_median(sorted, n, &state)
                                           : middle_median(sorted, n, &state);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

struct interval bootstrap_interval(double value[BOOTSTRAP_REPLICATES])
{
    size_t have = 0;
    for (size_t i = 0; i < BOOTSTRAP_REPLICATES; i++)
        if (!isnan(value[i]))
            value[have++] = value[i];
    if (have < BOOTSTRAP_REPLICATES - BOOTSTRAP_REPLICATES / 20)
        return INTERVAL_UNKNOWN;
    qsort(value, have, sizeof *value, by_value);
    size_t tail = have / 40;
    return (struct interval){ value[tail], value[have - 1 - tail] };
}
