#include "cpu_bound/nas/mg_reference.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static double at(const double *f, size_t n, size_t i, size_t j, size_t l)
{
    return f[i % n + n * (j % n + n * (l % n))];
}

/* Sums over the neighbours of a point that differ from it in 1, 2 and 3 coordinates; sum[0] is the point. */
static void neighbours(const double *f, size_t n, size_t i, size_t j, size_t l, double sum[4])
{
    sum[0] = sum[1] = sum[2] = sum[3] = 0;
    for (size_t dl = 0; dl < 3; dl++)
        for (size_t dj = 0; dj < 3; dj++)
            for (size_t di = 0; di < 3; di++)
                sum[(dl != 1) + (dj != 1) + (di != 1)] += at(f, n, i + n - 1 + di, j + n - 1 + dj, l + n - 1 + dl);
}

void mg_reference_residual(double *r, const double *u, const double *v, size_t n)
{
    double sum[4];
    for (size_t p = 0; p < n * n * n; p++) {
        neighbours(u, n, p % n, p / n % n, p / n / n, sum);
        r[p] = v[p] - (-8.0 / 3 * sum[0] + 1.0 / 6 * sum[2] + 1.0 / 12 * sum[3]);
    }
}

void mg_reference_smooth(double *u, const double *r, size_t n, struct mg_smoother s)
{
    double sum[4];
    for (size_t p = 0; p < n * n * n; p++) {
        neighbours(r, n, p % n, p / n % n, p / n / n, sum);
        u[p] += s.c0 * sum[0] + s.c1 * sum[1] + s.c2 * sum[2];
    }
}

void mg_reference_restrict(double *coarse, const double *fine, size_t n)
{
    double sum[4];
    size_t m = n / 2;
    for (size_t p = 0; p < m * m * m; p++) {
        neighbours(fine, n, 2 * (p % m) + 1, 2 * (p / m % m) + 1, 2 * (p / m / m) + 1, sum);
        coarse[p] = sum[0] / 2 + sum[1] / 4 + sum[2] / 8 + sum[3] / 16;
    }
}

/* The two coarse indices whose mean lies at fine index @i: one and the same for odd @i. */
static size_t below(size_t i, size_t m)
{
    return i % 2 == 1 ? i / 2 : i / 2 + m - 1;
}

void mg_reference_interpolate(double *fine, const double *coarse, size_t n)
{
    size_t m = n / 2;
    for (size_t p = 0; p < n * n * n; p++) {
        size_t i = p % n, j = p / n % n, l = p / n / n;
        double sum = 0;
        for (int corner = 0; corner < 8; corner++)
            sum += at(coarse, m, corner & 1 ? i / 2 : below(i, m), corner & 2 ? j / 2 : below(j, m),
                      corner & 4 ? l / 2 : below(l, m));
        fine[p] += sum / 8;
    }
}

/* u = the correction for @r, on a cube of @n: the cycle below the finest level. */
static int correct(double *u, double *r, size_t n, struct mg_smoother s)
{
    int rc = 0;
    for (size_t p = 0; p < n * n * n; p++)
        u[p] = 0;
    if (n > 2) {
        size_t points = n * n * n / 8;
        double *coarse = malloc(2 * points * sizeof *coarse);
        if (!coarse)
            return -ENOMEM;
        mg_reference_restrict(coarse + points, r, n);
        rc = correct(coarse, coarse + points, n / 2, s);
        mg_reference_interpolate(u, coarse, n);
        mg_reference_residual(r, u, r, n);
        free(coarse);
    }
    mg_reference_smooth(u, r, n, s);
    return rc;
}

int mg_reference_cycle(double *u, double *r, const double *v, size_t n, struct mg_smoother s)
{
    size_t points = n * n * n / 8;
    double *coarse = malloc(2 * points * sizeof *coarse);
    if (!coarse)
        return -ENOMEM;
    mg_reference_restrict(coarse + points, r, n);
    int rc = correct(coarse, coarse + points, n / 2, s);
    mg_reference_interpolate(u, coarse, n);
    mg_reference_residual(r, u, v, n);
    mg_reference_smooth(u, r, n, s);
    mg_reference_residual(r, u, v, n);
    free(coarse);
    return rc;
}

double mg_reference_norm(const double *r, size_t n)
{
    double sum = 0;
    for (size_t p = 0; p < n * n * n; p++)
        sum += r[p] * r[p];
    return sqrt(sum / ((double)n * (double)n * (double)n));
}
