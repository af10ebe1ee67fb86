#include "scaling/plan/order.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int by_order(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    return (a->order > b->order) - (a->order < b->order);
}

int order_of(const struct curves *c, struct placed **out, size_t *n)
{
    size_t runs = 0;
    for (size_t i = 0; i < c->n_points; i++)
        runs += c->point[i].ended[RUN_OK];
    *n = 0;
    *out = calloc(runs + 1, sizeof **out);
    if (!*out)
        return -ENOMEM;
    for (size_t i = 0; i < c->n_points; i++) {
        const struct point *p = &c->point[i];
        for (size_t k = 0; k < p->n_runs; k++)
            if (p->run[k]->state == RUN_OK && p->run[k]->order >= 0)
                (*out)[(*n)++] = (struct placed){ p->run[k]->order, p->run[k]->seconds / p->time.median,
                                                  stats_outlier(&p->time, p->run[k]->seconds) };
    }
    qsort(*out, *n, sizeof **out, by_order);
    return 0;
}

double order_median(const struct placed *run, size_t n)
{
    double *value = malloc(n * sizeof *value), median;
    if (!value)
        return NAN;
    for (size_t i = 0; i < n; i++)
        value[i] = run[i].relative;
    median = stats_median(value, n);
    free(value);
    return median;
}
