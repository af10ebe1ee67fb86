#include "scaling/analysis.h"

#include "scaling/speedup.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BOOTSTRAP_SEED 20240229u /* any; fixed, so that a report does not change from one look to the next */

/* A curve as fits see it: counts and, with each set of medians, times of the same work. */
struct sight {
    bool weak;
    size_t n;
    double *p;
    double *time_s, *rate; /* room for one set of medians */
};

static int sight_create(const struct curve *curve, bool weak, struct sight *out)
{
    *out = (struct sight){ .weak = weak, .n = curve->n_front, .p = calloc(3 * curve->n_front + 1, sizeof(double)) };
    if (!out->p)
        return -ENOMEM;
    out->time_s = out->p + out->n;
    out->rate = out->time_s + out->n;
    for (size_t i = 0; i < out->n; i++)
        out->p[i] = (double)curve->front[i]->count;
    return 0;
}

/* In a weak study p/p0 times the base's work is done: divide. */
static void sight_set(struct sight *s, const double *median)
{
    for (size_t i = 0; i < s->n; i++) {
        s->time_s[i] = s->weak ? median[i] * s->p[0] / s->p[i] : median[i];
        s->rate[i] = 1 / s->time_s[i];
    }
}

/* Least squares of S = n - s (n - 1) through the base, bounded to [0, 1]. */
static double gustafson_fraction(const struct sight *s)
{
    double above = 0, below = 0;
    for (size_t i = 1; i < s->n; i++) {
        double n = s->p[i] / s->p[0], speedup = s->time_s[0] / s->time_s[i];
        above += (n - speedup) * (n - 1);
        below += (n - 1) * (n - 1);
    }
    return fmin(1, fmax(0, above / below));
}

/* --- Intervals --- */

enum { AMDAHL_SIGMA, USL_SIGMA, USL_KAPPA, USL_PEAK, GUSTAFSON, FIRST_EFFICIENCY };

static void all_results(const double *median, void *context, double *value)
{
    struct sight *s = context;
    struct fit f;
    sight_set(s, median);
    for (int v = 0; v < FIRST_EFFICIENCY; v++)
        value[v] = NAN;
    if (s->n >= FIT_AMDAHL_MIN && fit_times(FIT_AMDAHL, s->p, s->time_s, s->n, &f) == 0)
        value[AMDAHL_SIGMA] = f.sigma;
    if (s->n >= FIT_USL_MIN && fit_times(FIT_USL, s->p, s->time_s, s->n, &f) == 0) {
        value[USL_SIGMA] = f.sigma;
        value[USL_KAPPA] = f.kappa;
        value[USL_PEAK] = fit_peak(&f);
    }
    if (s->weak && s->n > 1)
        value[GUSTAFSON] = gustafson_fraction(s);
    for (size_t i = 0; i < s->n; i++)
        value[FIRST_EFFICIENCY + i] = s->time_s[0] / s->time_s[i] * s->p[0] / s->p[i];
}

static int find_intervals(const struct curve *curve, struct sight *s, struct verdict *v)
{
    size_t n_values = FIRST_EFFICIENCY + s->n;
    struct bootstrap_sample *sample = calloc(s->n + 1, sizeof *sample);
    struct interval *found = calloc(n_values, sizeof *found);
    int rc = sample && found ? 0 : -ENOMEM;
    for (size_t i = 0; sample && i < s->n; i++)
        sample[i] = (struct bootstrap_sample){ curve->front[i]->seconds, curve->front[i]->ended[RUN_OK] };
    if (rc == 0)
        rc = bootstrap(sample, s->n, BOOTSTRAP_SEED, all_results, s, n_values, found);
    if (rc == 0) {
        v->amdahl.sigma = found[AMDAHL_SIGMA];
        v->usl.sigma = found[USL_SIGMA];
        v->usl.kappa = found[USL_KAPPA];
        v->usl.peak = found[USL_PEAK];
        v->gustafson.interval = found[GUSTAFSON];
        for (size_t i = 0; i < s->n; i++) { /* the front points into the curve's own points */
            struct point *p = &curve->point[curve->front[i] - curve->point];
            p->efficiency_low = found[FIRST_EFFICIENCY + i].low;
            p->efficiency_high = found[FIRST_EFFICIENCY + i].high;
        }
    }
    free(found);
    free(sample);
    return rc;
}

/* --- Laws --- */

static void fit_law(struct law *law, enum fit_law kind, const struct sight *s)
{
    size_t least = kind == FIT_AMDAHL ? FIT_AMDAHL_MIN : FIT_USL_MIN;
    if (s->n < least)
        snprintf(law->reason, sizeof law->reason, "needs at least %zu different counts with runs that ended well; there %s %zu",
            least, s->n == 1 ? "is" : "are", s->n);
    else if (fit_times(kind, s->p, s->time_s, s->n, &law->fit) != 0 ||
             fit_rates(kind, s->p, s->rate, s->n, &law->rates) != 0)
        snprintf(law->reason, sizeof law->reason, "is not determined by these counts");
    else
        law->fitted = true;
}

static void fit_laws(struct sight *s, struct verdict *v)
{
    fit_law(&v->usl, FIT_USL, s);
    if (s->weak) {
        snprintf(v->amdahl.reason, sizeof v->amdahl.reason, "speaks of a fixed size; a weak study has Gustafson's law instead");
        v->gustafson.fitted = s->n > 1;
        if (s->n > 1)
            v->gustafson.serial_fraction = gustafson_fraction(s);
        else
            snprintf(v->gustafson.reason, sizeof v->gustafson.reason, "needs at least 2 different counts");
    } else {
        fit_law(&v->amdahl, FIT_AMDAHL, s);
        snprintf(v->gustafson.reason, sizeof v->gustafson.reason, "speaks of a size that grows with the processors; this study is strong");
    }
}

static int judge(const struct analysis *a, const struct curve *curve, struct verdict *v)
{
    struct sight s;
    int rc = sight_create(curve, a->curves.weak, &s);
    if (rc != 0)
        return rc;
    rc = find_intervals(curve, &s, v);
    if (rc == 0) {
        double *median = s.time_s; /* converted in place */
        for (size_t i = 0; i < s.n; i++)
            median[i] = curve->front[i]->time.median;
        sight_set(&s, median);
        fit_laws(&s, v);
        recommend(&a->rule, curve, &v->recommended);
        for (size_t i = 0; i < curve->n_front; i++)
            if (!v->best || curve->front[i]->speedup > v->best->speedup)
                v->best = curve->front[i];
    }
    free(s.p);
    return rc;
}

int analysis_create(const struct study *study, bool weak, const struct rule *rule, struct analysis **out)
{
    int rc = -ENOMEM;
    struct analysis *a = calloc(1, sizeof *a);
    if (!a)
        goto out;
    a->study = study;
    a->rule = *rule;
    rc = curves_create(study, weak, &a->curves);
    if (rc != 0)
        goto out;
    rc = -ENOMEM;
    a->verdict = calloc(a->curves.n, sizeof *a->verdict);
    if (!a->verdict)
        goto out;
    rc = 0;
    for (size_t i = 0; i < a->curves.n && rc == 0; i++)
        rc = judge(a, &a->curves.curve[i], &a->verdict[i]);
    if (rc == 0)
        rc = alarms_find(a);
    if (rc == 0) {
        *out = a;
        a = NULL;
    }
out:
    analysis_destroy(a);
    return rc;
}

void analysis_destroy(struct analysis *a)
{
    if (!a)
        return;
    curves_destroy(&a->curves);
    free(a->verdict);
    free(a->alarm);
    free(a);
}

const struct curve *analysis_main_curve(const struct analysis *a)
{
    return &a->curves.curve[a->curves.n - 1];
}
