/* The laws themselves, and what both estimators share. */
#include "scaling/judge/fit_internal.h"

#include <errno.h>
#include <math.h>

const struct active_set fit_sets[] = {
    { false, false, false }, { true, false, false }, { false, false, true },
    { false, true, false },  { true, true, false },  { false, true, true },
};

double fit_peak(const struct fit *f)
{
    return f->kappa > 0 ? sqrt((1 - f->sigma) / f->kappa) : INFINITY;
}

double fit_speedup(const struct fit *f, double p)
{
    if (f->law == FIT_GUSTAFSON)
        return p - f->sigma * (p - 1);
    return p / (1 + f->sigma * (p - 1) + f->kappa * p * (p - 1));
}

double fit_best_count(const struct fit *f)
{
    double peak = fit_peak(f), below = fmax(1, floor(peak));
    if (isinf(peak))
        return peak;
    return fit_speedup(f, below) >= fit_speedup(f, below + 1) ? below : below + 1;
}

struct fit_overhead fit_overhead(const struct fit *f, double p)
{
    return (struct fit_overhead){ 1 / p, f->sigma * (p - 1) / p, f->kappa * (p - 1) / 2 };
}

double fit_aicc(const struct fit *f, size_t n)
{
    double k = f->law == FIT_USL ? 4 : 3, m = (double)n; /* the variance is estimated too */
    if (m <= k + 1)
        return INFINITY;
    /* Errors below a clock's resolution are equal: otherwise exact data would choose by rounding. */
    return m * log(fmax(f->sse / m, 1e-18)) + 2 * k + 2 * k * (k + 1) / (m - k - 1);
}

bool fit_solve(size_t n, double a[3][3], const double b[3], double x[3])
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

void fit_take_if_better(struct fit *best, const struct fit *candidate)
{
    bool feasible = candidate->scale > 0 && candidate->sigma >= 0 && candidate->sigma <= 1 && candidate->kappa >= 0;
    if (feasible && !(best->sse <= candidate->sse))
        *best = *candidate;
}

/* X(p) = c0 p + c1 with c0 = gamma (1 - sigma), c1 = gamma sigma; a coefficient below 0 is set to 0. */
int fit_gustafson(bool relative, const double *p, const double *rate, size_t n, struct fit *out)
{
    double a[3][3] = { { 0 } }, b[3] = { 0 }, c[3];
    for (size_t i = 0; i < n; i++) {
        double weight = relative ? 1 / (rate[i] * rate[i]) : 1, term[] = { p[i], 1 };
        for (size_t j = 0; j < 2; j++) {
            b[j] += weight * term[j] * rate[i];
            for (size_t k = 0; k < 2; k++)
                a[j][k] += weight * term[j] * term[k];
        }
    }
    if (!fit_solve(2, a, b, c))
        return -EINVAL;
    if (c[0] < 0 || c[1] < 0) {
        size_t kept = c[0] < 0;
        c[kept] = b[kept] / a[kept][kept];
        c[1 - kept] = 0;
    }
    *out = (struct fit){ .law = FIT_GUSTAFSON, .scale = c[0] + c[1], .sigma = c[1] / (c[0] + c[1]) };
    for (size_t i = 0; i < n; i++) {
        double error = rate[i] - out->scale * fit_speedup(out, p[i]);
        out->sse += error * error * (relative ? 1 / (rate[i] * rate[i]) : 1);
    }
    return 0;
}

int fit_quadratic(const double *p, const double *rate, size_t n, struct fit *out)
{
    double a[3][3] = { { 0 } }, b[3] = { 0 }, c[3];
    if (n < 3 || p[0] != 1)
        return -EINVAL;
    for (size_t i = 1; i < n; i++) {
        double y = p[i] * rate[0] / rate[i] - 1, m = p[i] - 1, term[] = { m * m, m };
        for (size_t j = 0; j < 2; j++) {
            b[j] += term[j] * y;
            for (size_t k = 0; k < 2; k++)
                a[j][k] += term[j] * term[k];
        }
    }
    if (!fit_solve(2, a, b, c))
        return -EINVAL;
    *out = (struct fit){ .law = FIT_USL, .scale = rate[0], .sigma = c[1] - c[0], .kappa = c[0] };
    for (size_t i = 0; i < n; i++) {
        double error = rate[i] - out->scale * fit_speedup(out, p[i]);
        out->sse += error * error;
    }
    return 0;
}
