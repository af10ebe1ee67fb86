#include "scaling/judge/significance.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { EXACT_MAX = 40 };

/* Walks both sorted sets at once: U (pairs with b above a, ties a half) and the sum of t^3 - t over ties. */
static double count_pairs(const double *a, size_t n, const double *b, size_t m, double *ties)
{
    double u = 0;
    size_t j = 0;
    *ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        size_t equal = j;
        for (end = i + 1; end < n && a[end] == a[i];)
            end++;
        while (j < m && b[j] < a[i])
            j++;
        for (equal = j; equal < m && b[equal] == a[i];)
            equal++;
        double t = (double)(end - i + equal - j);
        u += (double)(end - i) * ((double)(m - equal) + 0.5 * (double)(equal - j));
        *ties += t * t * t - t;
    }
    for (size_t i = 0, end; i < m; i = end) { /* ties within b alone */
        bool in_a = false;
        for (end = i + 1; end < m && b[end] == b[i];)
            end++;
        for (size_t k = 0; k < n && a[k] <= b[i]; k++)
            in_a |= a[k] == b[i];
        double t = (double)(end - i);
        *ties += in_a ? 0 : t * t * t - t;
    }
    return u;
}

/*
 * P(U <= u) for sets of n and m without ties: ways[k][s] counts choices of k of the n + m ranks whose U is s.
 * Taking rank r (from 0) as the k-th adds r - (k - 1) to U.
 */
static double exact_tail(size_t n, size_t m, size_t u)
{
    size_t width = n * m + 1;
    double *ways = calloc((n + 1) * width, sizeof *ways), below = 0, all = 0;
    if (!ways)
        return 1;
    ways[0] = 1;
    for (size_t r = 0; r < n + m; r++)
        for (size_t k = r + 1 < n ? r + 1 : n; k > 0; k--)
            for (size_t add = r - (k - 1), s = add; s < width; s++)
                ways[k * width + s] += ways[(k - 1) * width + s - add];
    for (size_t s = 0; s < width; s++) {
        all += ways[n * width + s];
        below += s <= u ? ways[n * width + s] : 0;
    }
    free(ways);
    return below / all;
}

double significance_p(const double *a, size_t n, const double *b, size_t m)
{
    double ties, both = (double)(n + m), pairs = (double)n * (double)m, u = count_pairs(a, n, b, m, &ties);
    double smaller = fmin(u, pairs - u);
    if (ties == 0 && n + m <= EXACT_MAX)
        return fmin(1, 2 * exact_tail(n, m, (size_t)smaller));
    double variance = pairs / 12 * (both + 1 - ties / (both * (both - 1)));
    if (!(variance > 0))
        return 1;
    return fmin(1, erfc((pairs / 2 - smaller - 0.5) / sqrt(2 * variance)));
}

void significance_holm(double *p, size_t n)
{
    size_t left = 0;
    double least = 0, done = -1; /* adjusted values only rise; those up to done are adjusted */
    double *old = malloc((n + 1) * sizeof *old);
    if (!old) {
        for (size_t i = 0; i < n; i++)
            p[i] = 1; /* claims nothing */
        return;
    }
    for (size_t i = 0; i < n; i++) {
        old[i] = p[i];
        left += !isnan(p[i]);
    }
    while (left > 0) {
        double next = INFINITY;
        size_t equal = 0;
        for (size_t i = 0; i < n; i++)
            if (old[i] > done && old[i] < next)
                next = old[i];
        least = fmax(least, fmin(1, next * (double)left));
        for (size_t i = 0; i < n; i++)
            if (old[i] == next) {
                p[i] = least;
                equal++;
            }
        done = next;
        left -= equal;
    }
    free(old);
}
