#include "scaling/judge/bootstrap.h"

#include <math.h>

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

/*
 * The median of n values drawn from an unknown distribution is its quantile at a Beta((n + 1)/2, (n + 1)/2) variable,
 * and that quantile is read off the n values at hand, linearly between them. Drawing whole runs instead can only return
 * values that are there, and makes intervals from few runs too wide: some 99 % where they promise 95. As the values at
 * hand are random too, the reach within them must shrink by a part of order 1/sqrt(n); 0.4, and the 2.7/n for very few
 * runs, come from the simulation of tests/unit/coverage_test.c.
 * The symmetric beta variable comes from two uniform ones by Ulrich's formula (Devroye, Non-Uniform Random Variate
 * Generation, 1986, ch. IX.4).
 */
static double resampled_median(const double *sorted, size_t n, uint64_t *state)
{
    double u = random_unit(state), direction = cos(2 * M_PI * random_unit(state)), last = (double)(n - 1);
    double reach = (double)n - 0.4 * sqrt((double)n) + 2.7 / (double)n;
    double off_middle = 0.5 * sqrt(1 - pow(u, 2 / (double)n)) * direction;
    double place = fmin(fmax(last / 2 + reach * off_middle, 0), last);
    size_t below = (size_t)place;
    return below + 1 < n ? sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}

void bootstrap_medians(const double *sorted, size_t n, uint64_t seed, double median[BOOTSTRAP_REPLICATES])
{
    uint64_t state = seed;
    state = random_next(&state); /* neighbouring seeds must not give shifted copies of one sequence */
    for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++)
        median[b] = n < BOOTSTRAP_MIN_RUNS ? NAN : resampled_median(sorted, n, &state);
}

/* Hoare's FIND: the @k-th smallest (from 0) of @n values comes to its place, smaller ones before it, larger ones after.
   Two such places cost a fifth of sorting all. */
static double find(double *value, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double middle = value[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (value[i] < middle)
                i++;
            while (middle < value[j])
                j--;
            if (i >= j)
                break;
            double swap = value[i];
            value[i++] = value[j];
            value[j--] = swap;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return value[k];
}

struct interval bootstrap_interval(double value[BOOTSTRAP_REPLICATES])
{
    size_t have = 0;
    for (size_t i = 0; i < BOOTSTRAP_REPLICATES; i++)
        if (!isnan(value[i]))
            value[have++] = value[i];
    if (have < BOOTSTRAP_REPLICATES - BOOTSTRAP_REPLICATES / 20)
        return INTERVAL_UNKNOWN;
    size_t tail = have / 40;
    double low = find(value, have, tail), high = find(value, have, have - 1 - tail);
    return (struct interval){ low, high };
}
