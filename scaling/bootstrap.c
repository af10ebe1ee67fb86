#include "scaling/bootstrap.h"

#include "common/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, and good enough to draw indices. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* The bias of the remainder is below 2^-40 for any number of runs that can be made. */
static double resampled_median(const struct bootstrap_sample *s, uint64_t *state, double *room)
{
    for (size_t i = 0; i < s->n; i++)
        room[i] = s->seconds[random_next(state) % s->n];
    return stats_median(room, s->n);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The middle 95 % of the replicates that gave a value, if nearly all did. */
static struct interval percentiles(double *value, size_t n)
{
    size_t have = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            value[have++] = value[i];
    if (have < n - n / 20)
        return (struct interval){ NAN, NAN };
    qsort(value, have, sizeof *value, by_value);
    size_t tail = have / 40;
    return (struct interval){ value[tail], value[have - 1 - tail] };
}

int bootstrap(const struct bootstrap_sample *sample, size_t n, uint64_t seed, bootstrap_statistic *statistic,
              void *context, size_t n_values, struct interval *out)
{
    size_t most = 1, least = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        most = sample[i].n > most ? sample[i].n : most;
        least = sample[i].n < least ? sample[i].n : least;
    }
    for (size_t v = 0; v < n_values; v++)
        out[v] = (struct interval){ NAN, NAN };
    if (n == 0 || n_values == 0 || least < BOOTSTRAP_MIN_RUNS)
        return 0;
    double *room = calloc(most + n + n_values, sizeof *room);
    double *all = calloc(n_values * BOOTSTRAP_REPLICATES, sizeof *all); /* [value][replicate] */
    int rc = room && all ? 0 : -ENOMEM;
    for (size_t b = 0; rc == 0 && b < BOOTSTRAP_REPLICATES; b++) {
        double *median = room + most, *value = median + n;
        for (size_t i = 0; i < n; i++)
            median[i] = resampled_median(&sample[i], &seed, room);
        statistic(median, context, value);
        for (size_t v = 0; v < n_values; v++)
            all[v * BOOTSTRAP_REPLICATES + b] = value[v];
    }
    for (size_t v = 0; rc == 0 && v < n_values; v++)
        out[v] = percentiles(all + v * BOOTSTRAP_REPLICATES, BOOTSTRAP_REPLICATES);
    free(all);
    free(room);
    return rc;
}
