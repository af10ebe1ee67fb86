/* Absolute errors of rates, by Levenberg and Marquardt. */
#include "scaling/judge/fit_internal.h"

#include <errno.h>
#include <math.h>

static double rates_sse(const struct fit *f, const double *p, const double *rate, size_t n)
{
    double sse = 0;
    for (size_t i = 0; i < n; i++) {
        double error = rate[i] - f->scale * fit_speedup(f, p[i]);
        sse += error * error;
    }
    return sse;
}

/* Normal equations of the linearised problem in the free coefficients; returns their number. */
static size_t linearise(const struct active_set *set, const struct fit *f, const double *p, const double *rate, size_t n,
                        double a[3][3], double b[3])
{
    size_t order = 0;
    for (size_t j = 0; j < 3; j++) {
        b[j] = 0;
        for (size_t k = 0; k < 3; k++)
            a[j][k] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        double speedup = fit_speedup(f, p[i]), slope[3];
        double shrink = -f->scale * speedup * speedup / p[i]; /* d X / d denominator */
        order = 0;
        slope[order++] = speedup;
        if (set->sigma)
            slope[order++] = shrink * (p[i] - 1);
        if (set->kappa)
            slope[order++] = shrink * p[i] * (p[i] - 1);
        for (size_t j = 0; j < order; j++) {
            b[j] += slope[j] * (rate[i] - f->scale * speedup);
            for (size_t k = 0; k < order; k++)
                a[j][k] += slope[j] * slope[k];
        }
    }
    return order;
}

static struct fit stepped(const struct active_set *set, const struct fit *from, const double step[3])
{
    struct fit to = *from;
    size_t j = 0;
    to.scale += step[j++];
    if (set->sigma)
        to.sigma += step[j++];
    if (set->kappa)
        to.kappa += step[j++];
    return to;
}

static bool fit_rates_set(const struct active_set *set, const double *p, const double *rate, size_t n, struct fit *f)
{
    double damping = 1e-3;
    f->sse = rates_sse(f, p, rate, n);
    for (int round = 0; round < 500; round++) {
        double a[3][3], b[3], step[3];
        size_t order = linearise(set, f, p, rate, n, a, b);
        for (size_t j = 0; j < order; j++)
            a[j][j] *= 1 + damping; /* scaled as the problem is: Marquardt's choice */
        if (!fit_solve(order, a, b, step))
            return false;
        struct fit next = stepped(set, f, step);
        next.sse = rates_sse(&next, p, rate, n);
        if (!(next.sse < f->sse)) {
            damping *= 10;
            if (damping > 1e12) /* not even the smallest step goes downhill: the minimum */
                return true;
            continue;
        }
        *f = next;
        damping = damping > 1e-14 ? damping / 10 : damping;
    }
    return true;
}

int fit_rates(enum fit_law law, const double *p, const double *rate, size_t n, struct fit *out)
{
    size_t n_sets = law == FIT_AMDAHL ? FIT_TWO_COEFFICIENT_SETS : FIT_ALL_SETS;
    double largest = 0;
    if (law == FIT_GUSTAFSON)
        return fit_gustafson(false, p, rate, n, out);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, rate[i] / p[i]);
    *out = (struct fit){ .sse = NAN };
    for (size_t i = 0; i < n_sets; i++) {
        struct fit candidate = { .law = law, .scale = largest, .sigma = fit_sets[i].sigma_one ? 1 : fit_sets[i].sigma ? 0.01 : 0,
                                 .kappa = fit_sets[i].kappa ? 0.0001 : 0 };
        if (fit_rates_set(&fit_sets[i], p, rate, n, &candidate) && candidate.kappa <= 1)
            fit_take_if_better(out, &candidate);
    }
    return isfinite(out->sse) ? 0 : -EINVAL;
}

void fit_rates_errors(const struct fit *f, const double *p, const double *rate, size_t n, struct fit *errors)
{
    struct active_set set = { .sigma = f->sigma > 0 && f->sigma < 1, .kappa = f->kappa > 0 };
    double a[3][3], b[3], variance[3] = { NAN, NAN, NAN };
    size_t order = linearise(&set, f, p, rate, n, a, b), j = 0;
    for (size_t i = 0; i < order && n > order; i++) { /* the diagonal of the inverse, column by column */
        double unit[3] = { i == 0, i == 1, i == 2 }, column[3];
        if (fit_solve(order, a, unit, column))
            variance[i] = column[i] * f->sse / (double)(n - order);
    }
    *errors = (struct fit){ .law = f->law, .scale = sqrt(variance[j++]), .sigma = NAN, .kappa = NAN, .sse = NAN };
    if (set.sigma)
        errors->sigma = sqrt(variance[j++]);
    if (set.kappa)
        errors->kappa = sqrt(variance[j]);
}

void fit_quadratic_errors(const struct fit *f, const double *p, const double *rate, size_t n, struct fit *errors)
{
    static const struct active_set both = { .sigma = true, .kappa = true };
    double all[3][3], b[3], x[3];
    linearise(&both, f, p, rate, n, all, b);
    double a[3][3] = { { all[1][1], all[1][2] }, { all[2][1], all[2][2] } }; /* the scale is given, not fitted */
    double first[3] = { 1, 0 }, second[3] = { 0, 1 }, variance = n > 2 ? f->sse / (double)(n - 2) : NAN;
    *errors = (struct fit){ .law = f->law, .scale = 0, .sigma = NAN, .kappa = NAN, .sse = NAN };
    if (fit_solve(2, a, first, x))
        errors->sigma = sqrt(variance * x[0]);
    if (fit_solve(2, a, second, x))
        errors->kappa = sqrt(variance * x[1]);
}
