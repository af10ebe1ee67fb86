#include "scaling/judge/analysis.h"

#include "scaling/judge/alarm.h"
#include "scaling/judge/speedup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define BOOTSTRAP_SEED 20240229u /* any; fixed, so that a report does not change from one look to the next */

/* --- Intervals of the points --- */

enum { RESAMPLED_POINTS_MAX = 2048 }; /* two seconds; of more points nobody reads the intervals */

/* One resample a replicate of what a point is compared with, and of itself. */
struct resamples {
    double base[BOOTSTRAP_REPLICATES], reference[BOOTSTRAP_REPLICATES], own[BOOTSTRAP_REPLICATES];
    double value[BOOTSTRAP_REPLICATES];
    const struct point *has_reference; /* whose medians are in reference */
};

static void draw(const struct curve *curve, const struct point *p, double median[BOOTSTRAP_REPLICATES])
{
    bootstrap_medians(p->seconds, p->ended[RUN_OK], BOOTSTRAP_SEED + (uint64_t)(p - curve->point), median);
}

static struct interval scaled(struct interval i, double factor)
{
    return (struct interval){ i.low * factor, i.high * factor };
}

/* Decreasing in the speed-up, so the ends change places. */
static struct interval karp_flatt_interval(struct interval speedup, double n)
{
    return (struct interval){ speedup_karp_flatt(speedup.high, n), speedup_karp_flatt(speedup.low, n) };
}

static void point_intervals(const struct curve *curve, bool weak, struct point *p, struct resamples *r)
{
    const struct point *base = curve->front[0], *from = p->reference;
    double n = (double)p->count / (double)base->count;
    if (p == base || !p->ended[RUN_OK])
        return;
    draw(curve, p, r->own);
    for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++)
        r->value[b] = curve_speedup(weak, (double)base->count, r->base[b], (double)p->count, r->own[b]);
    p->speedup_95 = bootstrap_interval(r->value);
    p->efficiency_95 = scaled(p->speedup_95, 1 / n);
    if (!weak && n > 1)
        p->karp_flatt_95 = karp_flatt_interval(p->speedup_95, n);
    if (!from)
        return;
    if (r->has_reference != from)
        draw(curve, from, r->reference);
    r->has_reference = from;
    for (size_t b = 0; b < BOOTSTRAP_REPLICATES; b++)
        r->value[b] = speedup_per_doubling(curve_speedup(weak, (double)from->count, r->reference[b], (double)p->count, r->own[b]),
            (double)p->count / (double)from->count);
    p->doubling_95 = bootstrap_interval(r->value);
}

static int find_intervals(struct curve *curve, bool weak)
{
    struct resamples *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    if (curve->n_front > 0 && curve->n <= RESAMPLED_POINTS_MAX && curve->front[0]->ended[RUN_OK] >= BOOTSTRAP_MIN_RUNS) {
        draw(curve, curve->front[0], r->base);
        for (size_t i = 0; i < curve->n; i++)
            point_intervals(curve, weak, &curve->point[i], r);
    }
    free(r);
    return 0;
}

/* --- The verdict --- */

static void find_best(const struct curve *curve, bool weak, struct verdict *v)
{
    bool holds = weak;
    for (size_t i = 0; i < curve->n_front; i++) {
        const struct point *p = curve->front[i];
        if (!v->best || p->speedup > v->best->speedup)
            v->best = p;
        holds = holds && p->efficiency >= WEAK_EFFICIENCY;
        if (holds)
            v->weak_holds = p;
    }
}

static int judge(struct analysis *a, struct curve *curve, uint64_t predict, struct verdict *v)
{
    struct recommendation chosen[RULE_KINDS + 1];
    int rc = find_intervals(curve, a->curves.weak);
    for (int kind = 0; kind <= RULE_KINDS && rc == 0; kind++) {
        struct rule rule = kind < RULE_KINDS ? rule_of_kind((enum rule_kind)kind) : a->rule;
        rc = recommend(&rule, curve, &chosen[kind]);
    }
    if (rc == 0)
        rc = laws_fit(curve, a->curves.weak, predict, BOOTSTRAP_SEED, &v->laws, chosen, RULE_KINDS + 1);
    for (int kind = 0; kind < RULE_KINDS && rc == 0; kind++)
        v->by_rule[kind] = chosen[kind];
    if (rc == 0)
        v->recommended = chosen[RULE_KINDS];
    find_best(curve, a->curves.weak, v);
    return rc;
}

int analysis_create(const struct study *study, const struct question *question, struct analysis **out)
{
    int rc = -ENOMEM;
    struct analysis *a = calloc(1, sizeof *a);
    if (!a)
        goto out;
    a->study = study;
    a->stream = question->stream;
    a->rule = question->rule;
    rc = curves_create(study, question->weak, &a->curves);
    if (rc != 0)
        goto out;
    rc = -ENOMEM;
    a->verdict = calloc(a->curves.n, sizeof *a->verdict);
    if (!a->verdict)
        goto out;
    rc = 0;
    for (size_t i = 0; i < a->curves.n && rc == 0; i++)
        rc = judge(a, &a->curves.curve[i], question->predict, &a->verdict[i]);
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

bool analysis_is_hybrid(const struct analysis *a)
{
    bool threads = false, ranks = false;
    for (size_t i = 1; i < a->curves.n_points; i++) {
        threads |= a->curves.point[i].threads != a->curves.point[0].threads;
        ranks |= a->curves.point[i].ranks != a->curves.point[0].ranks;
    }
    return threads && ranks;
}
