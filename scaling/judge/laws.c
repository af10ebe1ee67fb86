#include "scaling/judge/laws.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RESAMPLED_COUNTS_MAX = 1024 }; /* 16 MiB of medians; nobody measures so many counts */

/* A curve as fits see it: counts and, with each set of medians, times of the same work. */
struct sight {
    const struct curve *curve;
    bool weak;
    size_t n;
    double *p;
    double *time_s, *rate, *speedup; /* room for one set of medians */
};

static int sight_create(const struct curve *curve, bool weak, struct sight *out)
{
    *out = (struct sight){ .curve = curve, .weak = weak, .n = curve->n_front, .p = calloc(4 * curve->n_front + 1, sizeof(double)) };
    if (!out->p)
        return -ENOMEM;
    out->time_s = out->p + out->n;
    out->rate = out->time_s + out->n;
    out->speedup = out->rate + out->n;
    for (size_t i = 0; i < out->n; i++)
        out->p[i] = (double)curve->front[i]->count;
    return 0;
}

/* The median of count @i. In a weak study p/p0 times the base's work is done: divide. */
static void sight_set(struct sight *s, size_t i, double median)
{
    s->time_s[i] = s->weak ? median * s->p[0] / s->p[i] : median;
    s->rate[i] = 1 / s->time_s[i];
    s->speedup[i] = s->time_s[0] / s->time_s[i];
}

/* --- Fits --- */

static void fit_law(struct law *law, enum fit_law kind, size_t least, const struct sight *s)
{
    if (s->n < least)
        snprintf(law->reason, sizeof law->reason, "needs at least %zu different counts with runs that ended well; there %s %zu",
            least, s->n == 1 ? "is" : "are", s->n);
    else if (fit_times(kind, s->p, s->time_s, s->n, &law->fit) != 0 ||
             fit_rates(kind, s->p, s->rate, s->n, &law->rates) != 0)
        snprintf(law->reason, sizeof law->reason, "is not determined by these counts");
    else
        law->fitted = true;
    law->sigma = law->kappa = law->peak = INTERVAL_UNKNOWN;
    if (!law->fitted)
        return;
    law->aicc = fit_aicc(&law->fit, s->n);
    fit_rates_errors(&law->rates, s->p, s->rate, s->n, &law->rates_errors);
}

static void fit_laws(const struct sight *s, struct laws *out)
{
    fit_law(&out->usl, FIT_USL, FIT_USL_MIN, s);
    if (s->weak) {
        snprintf(out->amdahl.reason, sizeof out->amdahl.reason, "speaks of a fixed size; a weak study has Gustafson's law instead");
        fit_law(&out->gustafson, FIT_GUSTAFSON, FIT_GUSTAFSON_MIN, s);
    } else {
        fit_law(&out->amdahl, FIT_AMDAHL, FIT_AMDAHL_MIN, s);
        snprintf(out->gustafson.reason, sizeof out->gustafson.reason, "speaks of a size that grows with the processors; this study is strong");
    }
    const struct law *simple = s->weak ? &out->gustafson : &out->amdahl;
    if (out->usl.fitted && (!simple->fitted || out->usl.aicc < simple->aicc))
        out->preferred = &out->usl;
    else if (simple->fitted)
        out->preferred = simple;
    out->free_sigma = s->n >= FIT_AMDAHL_MIN ? fit_free_sigma(s->p, s->time_s, s->n) : NAN;
    if (s->n < FIT_USL_MIN || fit_quadratic(s->p, s->rate, s->n, &out->quadratic) != 0)
        out->quadratic.scale = NAN;
    else
        fit_quadratic_errors(&out->quadratic, s->p, s->rate, s->n, &out->quadratic_errors);
}

static double time_at(const struct sight *s, const struct fit *f, uint64_t count)
{
    double p = (double)count, same_work_s = f->scale / fit_speedup(f, p);
    return s->weak ? same_work_s * p / s->p[0] : same_work_s;
}

static void predict(const struct sight *s, uint64_t asked, struct laws *out)
{
    uint64_t most = s->n ? s->curve->front[s->n - 1]->count : 0;
    uint64_t reach = most <= INT64_MAX / LAWS_REACH ? LAWS_REACH * most : most;
    struct forecast *f = &out->forecast;
    *f = (struct forecast){ .count = asked ? asked : reach, .time_95 = INTERVAL_UNKNOWN, .speedup_95 = INTERVAL_UNKNOWN };
    f->miss = out->preferred ? sqrt(out->preferred->fit.sse / (double)s->n) : NAN;
    f->made = out->preferred && s->n > 1 && f->count <= reach && f->miss <= LAWS_MISS_LIMIT;
    if (!f->made)
        return;
    f->time_s = time_at(s, &out->preferred->fit, f->count);
    f->speedup = curve_speedup(s->weak, s->p[0], s->curve->front[0]->time.median, (double)f->count, f->time_s);
}

/* --- Resamples --- */

enum { SIMPLE_SIGMA, USL_SIGMA, USL_KAPPA, USL_PEAK, FREE_SIGMA, TIME, SPEEDUP, VALUES };

/* The results that one set of medians gives. */
static void resampled(struct sight *s, const struct laws *laws, double base_s, double *value)
{
    struct fit simple, usl;
    for (int v = 0; v < VALUES; v++)
        value[v] = NAN;
    const struct law *law = s->weak ? &laws->gustafson : &laws->amdahl;
    bool has_simple = law->fitted && fit_times(law->fit.law, s->p, s->time_s, s->n, &simple) == 0;
    bool has_usl = laws->usl.fitted && fit_times(FIT_USL, s->p, s->time_s, s->n, &usl) == 0;
    if (has_simple)
        value[SIMPLE_SIGMA] = simple.sigma;
    if (has_usl) {
        value[USL_SIGMA] = usl.sigma;
        value[USL_KAPPA] = usl.kappa;
        value[USL_PEAK] = fit_peak(&usl);
    }
    if (isfinite(laws->free_sigma))
        value[FREE_SIGMA] = fit_free_sigma(s->p, s->time_s, s->n);
    bool by_usl = laws->preferred == &laws->usl;
    if (laws->forecast.made && (by_usl ? has_usl : has_simple)) {
        value[TIME] = time_at(s, by_usl ? &usl : &simple, laws->forecast.count);
        value[SPEEDUP] = curve_speedup(s->weak, s->p[0], base_s, (double)laws->forecast.count, value[TIME]);
    }
}

static void keep_intervals(const struct sight *s, struct laws *out, double *all)
{
    struct interval found[VALUES];
    for (int v = 0; v < VALUES; v++)
        found[v] = bootstrap_interval(all + v * BOOTSTRAP_REPLICATES);
    *(s->weak ? &out->gustafson.sigma : &out->amdahl.sigma) = found[SIMPLE_SIGMA];
    out->usl.sigma = found[USL_SIGMA];
    out->usl.kappa = found[USL_KAPPA];
    out->usl.peak = found[USL_PEAK];
    out->free_sigma_95 = found[FREE_SIGMA];
    out->forecast.time_95 = found[TIME];
    out->forecast.speedup_95 = found[SPEEDUP];
}

static void count_same_choice(const struct sight *s, struct recommendation *chosen, size_t n)
{
    for (size_t c = 0; c < n; c++)
        chosen[c].steadiness += s->curve->front[rule_choose(&chosen[c].rule, s->p, s->speedup, s->n)] == chosen[c].point;
}

static int resample(struct sight *s, uint64_t seed, struct laws *out, struct recommendation *chosen, size_t n_chosen)
{
    double *median = malloc((s->n + 1) * BOOTSTRAP_REPLICATES * sizeof *median); /* [count][replicate] */
    double *all = malloc(VALUES * BOOTSTRAP_REPLICATES * sizeof *all), value[VALUES];
    int rc = median && all ? 0 : -ENOMEM;
    for (size_t i = 0; rc == 0 && i < s->n; i++)
        bootstrap_medians(s->curve->front[i]->seconds, s->curve->front[i]->ended[RUN_OK],
            seed + (uint64_t)(s->curve->front[i] - s->curve->point), median + i * BOOTSTRAP_REPLICATES);
    for (size_t c = 0; c < n_chosen; c++)
        chosen[c].steadiness = 0;
    for (size_t b = 0; rc == 0 && b < BOOTSTRAP_REPLICATES; b++) {
        for (size_t i = 0; i < s->n; i++)
            sight_set(s, i, median[i * BOOTSTRAP_REPLICATES + b]);
        resampled(s, out, median[b], value);
        count_same_choice(s, chosen, n_chosen);
        for (int v = 0; v < VALUES; v++)
            all[v * BOOTSTRAP_REPLICATES + (int)b] = value[v];
    }
    for (size_t c = 0; c < n_chosen; c++)
        chosen[c].steadiness /= BOOTSTRAP_REPLICATES;
    if (rc == 0)
        keep_intervals(s, out, all);
    free(all);
    free(median);
    return rc;
}

static bool can_be_resampled(const struct curve *curve)
{
    for (size_t i = 0; i < curve->n_front; i++)
        if (curve->front[i]->ended[RUN_OK] < BOOTSTRAP_MIN_RUNS)
            return false;
    return curve->n_front > 1 && curve->n_front <= RESAMPLED_COUNTS_MAX;
}

/* The rules that walk along doublings are too slow to be repeated for many counts. */
enum { STEADY_COUNTS_MAX = 128 };

int laws_fit(const struct curve *curve, bool weak, uint64_t asked, uint64_t seed, struct laws *out,
             struct recommendation *chosen, size_t n_chosen)
{
    struct sight s;
    *out = (struct laws){ .free_sigma = NAN, .free_sigma_95 = INTERVAL_UNKNOWN, .quadratic.scale = NAN };
    int rc = sight_create(curve, weak, &s);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < s.n; i++)
        sight_set(&s, i, curve->front[i]->time.median);
    fit_laws(&s, out);
    predict(&s, asked, out);
    if (can_be_resampled(curve))
        rc = resample(&s, seed, out, chosen, s.n <= STEADY_COUNTS_MAX ? n_chosen : 0);
    free(s.p);
    return rc;
}
