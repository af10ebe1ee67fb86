#include "scaling/fit.h"

#include <errno.h>
#include <math.h>

double fit_peak(const struct fit *f)
{
    return f->kappa > 0 ? sqrt((1 - f->sigma) / f->kappa) : INFINITY;
}

double fit_speedup(const struct fit *f, double p)
{
    return p / (1 + f->sigma * (p - 1) + f->kappa * p * (p - 1));
}

/* Solve the symmetric system a x = b of order @n <= 3 by Cholesky; false if it is not positive definite. */
static bool solve(size_t n, double a[3][3], const double b[3], double x[3])
{
    double l[3][3] = { { 0 } };
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > 1e-13 * a[i][i]))
                return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    for (size_t i = 0; i < n; i++) {
        x[i] = b[i];
        for (size_t k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
    return true;
}

static void take_if_better(struct fit *best, const struct fit *candidate)
{
    bool feasible = candidate->scale > 0 && candidate->sigma >= 0 && candidate->sigma <= 1 && candidate->kappa >= 0;
    if (feasible && !(best->sse <= candidate->sse))
        *best = *candidate;
}

/* --- Times: linear --- */

/* Which coefficients are free; at sigma_one, sigma is held at 1. T1 always is free. */
struct active_set {
    bool sigma, kappa, sigma_one;
};
static const struct active_set sets[] = {
    { false, false, false }, { true, false, false }, { false, false, true }, /* these are Amdahl's */
    { false, true, false },  { true, true, false },  { false, true, true },
};
enum { AMDAHL_SETS = 3, ALL_SETS = 6 };

/* The terms that multiply T1, sigma T1 and kappa T1 in T(p), as far as they are free. */
static size_t terms(const struct active_set *set, double p, double term[3])
{
    size_t n = 0;
    term[n++] = set->sigma_one ? 1 : 1 / p; /* 1/p + 1 (p - 1)/p */
    if (set->sigma)
        term[n++] = (p - 1) / p;
    if (set->kappa)
        term[n++] = p - 1;
    return n;
}

static bool fit_times_set(const struct active_set *set, const double *p, const double *time_s, size_t n, struct fit *out)
{
    double a[3][3] = { { 0 } }, b[3] = { 0 }, x[3], term[3];
    size_t order = 0;
    for (size_t i = 0; i < n; i++) {
        order = terms(set, p[i], term);
        for (size_t j = 0; j < order; j++) {
            b[j] += term[j] / time_s[i];
            for (size_t k = 0; k < order; k++)
                a[j][k] += term[j] * term[k] / (time_s[i] * time_s[i]);
        }
    }
    if (!solve(order, a, b, x) || !(x[0] > 0))
        return false;
    *out = (struct fit){ .scale = x[0], .sigma = set->sigma_one ? 1 : set->sigma ? x[1] / x[0] : 0,
                         .kappa = set->kappa ? x[order - 1] / x[0] : 0 };
    for (size_t i = 0; i < n; i++) {
        double error = out->scale / fit_speedup(out, p[i]) / time_s[i] - 1;
        out->sse += error * error;
    }
    return true;
}

int fit_times(enum fit_law law, const double *p, const double *time_s, size_t n, struct fit *out)
{
    struct fit candidate;
    size_t n_sets = law == FIT_AMDAHL ? AMDAHL_SETS : ALL_SETS;
    *out = (struct fit){ .sse = NAN };
    for (size_t i = 0; i < n_sets; i++)
        if (fit_times_set(&sets[i], p, time_s, n, &candidate))
            take_if_better(out, &candidate);
        else if (sets[i].sigma)
            return -EINVAL;
    return isfinite(out->sse) ? 0 : -EINVAL;
}

/* --- Rates: Levenberg and Marquardt --- */

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
        if (!solve(order, a, b, step))
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
    size_t n_sets = law == FIT_AMDAHL ? AMDAHL_SETS : ALL_SETS;
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, rate[i] / p[i]);
    *out = (struct fit){ .sse = NAN };
    for (size_t i = 0; i < n_sets; i++) {
        struct fit candidate = { .scale = largest, .sigma = sets[i].sigma_one ? 1 : sets[i].sigma ? 0.01 : 0,
                                 .kappa = sets[i].kappa ? 0.0001 : 0 };
        if (fit_rates_set(&sets[i], p, rate, n, &candidate) && candidate.kappa <= 1)
            take_if_better(out, &candidate);
    }
    return isfinite(out->sse) ? 0 : -EINVAL;
}
