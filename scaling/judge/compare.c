#include "scaling/judge/compare.h"

#include "scaling/judge/significance.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const char *const change_names[CHANGE_COUNT] = { "same", "faster", "slower", "unclear", "lost" };

struct compared compare_points(const struct point *before, const struct point *after, uint64_t seed)
{
    double old[BOOTSTRAP_REPLICATES], new[BOOTSTRAP_REPLICATES];
    struct compared c = { .before = before, .after = after, .ratio = NAN, .ratio_95 = INTERVAL_UNKNOWN, .p = NAN };
    size_t n = before->ended[RUN_OK], m = after->ended[RUN_OK];
    if (n == 0 || m == 0)
        return c;
    c.ratio = after->time.median / before->time.median;
    c.p = significance_p(before->seconds, n, after->seconds, m);
    bootstrap_medians(before->seconds, n, 2 * seed, old);
    bootstrap_medians(after->seconds, m, 2 * seed + 1, new);
    for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++)
        new[b] /= old[b];
    c.ratio_95 = bootstrap_interval(new);
    return c;
}

static enum change judged(const struct compared *c, double tolerance)
{
    if (isnan(c->ratio))
        return c->before->ended[RUN_OK] ? CHANGE_LOST : CHANGE_UNCLEAR;
    if (c->p < COMPARE_LEVEL && c->ratio > 1 + tolerance)
        return CHANGE_SLOWER;
    if (c->p < COMPARE_LEVEL && c->ratio < 1 / (1 + tolerance))
        return CHANGE_FASTER;
    return c->ratio_95.low >= 1 / (1 + tolerance) && c->ratio_95.high <= 1 + tolerance ? CHANGE_SAME : CHANGE_UNCLEAR;
}

void compare_judge(struct compared *pair, size_t n, double tolerance)
{
    double *p = malloc((n + 1) * sizeof *p);
    for (size_t i = 0; p && i < n; i++)
        p[i] = pair[i].p;
    if (p)
        significance_holm(p, n);
    for (size_t i = 0; i < n; i++) {
        pair[i].p = p ? p[i] : 1;
        pair[i].change = judged(&pair[i], tolerance);
    }
    free(p);
}

static bool same_place(const struct point *a, const struct point *b)
{
    return a->threads == b->threads && a->ranks == b->ranks && a->nodes == b->nodes && a->has_size == b->has_size &&
           a->size == b->size;
}

int compare_studies(const struct analysis *before, const struct analysis *after, double tolerance, struct compared **out, size_t *n)
{
    *n = 0;
    *out = calloc(before->curves.n_points + 1, sizeof **out);
    if (!*out)
        return -ENOMEM;
    for (size_t i = 0; i < before->curves.n_points; i++)
        for (size_t k = 0; k < after->curves.n_points; k++)
            if (same_place(&before->curves.point[i], &after->curves.point[k])) {
                (*out)[*n] = compare_points(&before->curves.point[i], &after->curves.point[k], *n);
                (*n)++;
                break;
            }
    compare_judge(*out, *n, tolerance);
    return 0;
}
