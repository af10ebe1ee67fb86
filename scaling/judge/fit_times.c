/*
 * Relative errors of times. All active sets are parts of one system of normal equations in the terms
 * 1/p, (p - 1)/p and p - 1, which is summed once: the bootstrap does this a thousand times a curve.
 */
#include "scaling/judge/fit_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct normal {
    double a[3][3], b[3];
};

static struct normal sum_up(const double *p, const double *time_s, size_t n)
{
    struct normal s = { 0 };
    for (size_t i = 0; i < n; i++) {
        double t = 1 / time_s[i], term[] = { t / p[i], t * (p[i] - 1) / p[i], t * (p[i] - 1) };
        for (size_t j = 0; j < 3; j++) {
            s.b[j] += term[j];
            for (size_t k = j; k < 3; k++)
                s.a[j][k] += term[j] * term[k];
        }
    }
    for (size_t j = 1; j < 3; j++)
        for (size_t k = 0; k < j; k++)
            s.a[j][k] = s.a[k][j];
    return s;
}

/* The equations of those terms that @set leaves free; returns their number. With sigma = 1 the first two are one term. */
static size_t part(const struct normal *s, const struct active_set *set, double a[3][3], double b[3])
{
    double keep[3][3] = { { 1, set->sigma_one ? 1 : 0, 0 } }; /* rows: combinations of the terms */
    size_t n = 1;
    if (set->sigma)
        keep[n++][1] = 1;
    if (set->kappa)
        keep[n++][2] = 1;
    for (size_t r = 0; r < n; r++) {
        b[r] = 0;
        for (size_t j = 0; j < 3; j++)
            b[r] += keep[r][j] * s->b[j];
        for (size_t c = 0; c < n; c++) {
            a[r][c] = 0;
            for (size_t j = 0; j < 3; j++)
                for (size_t k = 0; k < 3; k++)
                    a[r][c] += keep[r][j] * s->a[j][k] * keep[c][k];
        }
    }
    return n;
}

/* The sum of squares of a solution is n - b x: cheap, and good enough to choose between sets. */
static bool fit_set(const struct normal *s, const struct active_set *set, size_t n, struct fit *out)
{
    double a[3][3], b[3], x[3];
    size_t order = part(s, set, a, b);
    if (!fit_solve(order, a, b, x) || !(x[0] > 0))
        return false;
    *out = (struct fit){ .scale = x[0], .sigma = set->sigma_one ? 1 : set->sigma ? x[1] / x[0] : 0,
                         .kappa = set->kappa ? x[order - 1] / x[0] : 0, .sse = (double)n };
    for (size_t j = 0; j < order; j++)
        out->sse -= b[j] * x[j];
    return true;
}

static double exact_sse(const struct fit *f, const double *p, const double *time_s, size_t n)
{
    double sse = 0;
    for (size_t i = 0; i < n; i++) {
        double error = f->scale / fit_speedup(f, p[i]) / time_s[i] - 1;
        sse += error * error;
    }
    return sse;
}

static int fit_gustafson_times(const double *p, const double *time_s, size_t n, struct fit *out)
{
    double *rate = calloc(n + 1, sizeof *rate);
    if (!rate)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        rate[i] = 1 / time_s[i];
    int rc = fit_gustafson(true, p, rate, n, out);
    if (rc == 0) {
        out->scale = 1 / out->scale; /* T1 */
        out->sse = exact_sse(out, p, time_s, n); /* of times, so that it can be compared with that of other laws */
    }
    free(rate);
    return rc;
}

int fit_times(enum fit_law law, const double *p, const double *time_s, size_t n, struct fit *out)
{
    if (law == FIT_GUSTAFSON)
        return fit_gustafson_times(p, time_s, n, out);
    struct normal s = sum_up(p, time_s, n);
    struct fit candidate;
    size_t n_sets = law == FIT_AMDAHL ? FIT_TWO_COEFFICIENT_SETS : FIT_ALL_SETS;
    *out = (struct fit){ .sse = NAN };
    for (size_t i = 0; i < n_sets; i++)
        if (fit_set(&s, &fit_sets[i], n, &candidate))
            fit_take_if_better(out, &candidate);
        else if (fit_sets[i].sigma)
            return -EINVAL;
    if (isnan(out->sse))
        return -EINVAL;
    out->law = law;
    out->sse = exact_sse(out, p, time_s, n);
    return 0;
}

double fit_free_sigma(const double *p, const double *time_s, size_t n)
{
    static const struct active_set free_sigma = { .sigma = true };
    struct normal s = sum_up(p, time_s, n);
    struct fit f;
    return fit_set(&s, &free_sigma, n, &f) ? f.sigma : NAN;
}
