/*
 * The report for programs, "parkit.report/1". With several sizes, "points" holds all of them, "series" the
 * fits and the recommendation of each, and the fields of the contract are those of the largest size.
 */
#include "scaling/show/show.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *size_of(bool has, uint64_t size)
{
    return has ? json_integer((json_int_t)size) : json_null();
}

static json_t *place_json(const struct point *p)
{
    if (!p)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:o, s:I}", "threads", (json_int_t)p->threads, "ranks", (json_int_t)p->ranks,
        "nodes", (json_int_t)p->nodes, "size", size_of(p->has_size, p->size), "count", (json_int_t)p->count);
}

static json_t *interval_json(struct interval i)
{
    return isnan(i.low) ? json_null() : json_pack("[o, o]", number(i.low), number(i.high));
}

static json_t *point_json(const struct point *p)
{
    bool ok = p->ended[RUN_OK] > 0;
    json_t *o = place_json(p);
    json_t *runs = json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:s?, s:I}",
        "runs", (json_int_t)p->ended[RUN_OK], "failed", (json_int_t)p->ended[RUN_FAILED],
        "timeout", (json_int_t)p->ended[RUN_TIMEOUT], "wrong", (json_int_t)p->ended[RUN_WRONG],
        "median_s", number(ok ? p->time.median : NAN), "low_s", number(ok ? p->time.low : NAN),
        "high_s", number(ok ? p->time.high : NAN), "interval", !ok ? NULL : p->time.is_interval ? "95 %" : "range",
        "outliers", (json_int_t)(ok ? p->time.outliers : 0));
    json_t *figures = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "speedup", number(p->speedup), "speedup_95", interval_json(p->speedup_95),
        "efficiency", number(p->efficiency), "efficiency_95", interval_json(p->efficiency_95),
        "doubling", number(p->doubling), "doubling_95", interval_json(p->doubling_95),
        "karp_flatt", number(p->karp_flatt), "karp_flatt_95", interval_json(p->karp_flatt_95),
        "fom", number(p->fom), "busy", number(p->busy), "max_rss", number(p->max_rss), "energy_j", number(p->energy_j));
    json_object_update(o, runs);
    json_object_update(o, figures);
    json_decref(runs);
    json_decref(figures);
    return o;
}

static json_t *refusal(const char *coefficient, const char *reason)
{
    return json_pack("{s:n, s:n, s:s}", "estimator", coefficient, "reason", reason);
}

#define ESTIMATOR "least squares of relative errors of times, 95 % bootstrap intervals"
#define RATES_ESTIMATOR "least squares on rates, standard errors"
#define QUADRATIC_ESTIMATOR "quadratic, through the first count (Gunther)"

/* Of Amdahl's and Gustafson's law. */
static json_t *fraction_json(const struct law *law)
{
    if (!law->fitted)
        return refusal("serial_fraction", law->reason);
    json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:{s:s, s:o, s:o}}", "estimator", ESTIMATOR,
        "serial_fraction", number(law->fit.sigma), "serial_fraction_interval", interval_json(law->sigma), "aicc", number(law->aicc),
        "by_rates", "estimator", RATES_ESTIMATOR, "serial_fraction", number(law->rates.sigma),
        "serial_fraction_error", number(law->rates_errors.sigma));
    if (law->fit.law == FIT_AMDAHL)
        json_object_set_new(o, "max_speedup", number(1 / law->fit.sigma));
    return o;
}

static json_t *usl_json(const struct laws *laws)
{
    const struct law *law = &laws->usl;
    if (!law->fitted) {
        json_t *o = refusal("sigma", law->reason);
        json_object_set_new(o, "kappa", json_null());
        json_object_set_new(o, "peak", json_null());
        return o;
    }
    json_t *o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "estimator", ESTIMATOR,
        "sigma", number(law->fit.sigma), "sigma_interval", interval_json(law->sigma),
        "kappa", number(law->fit.kappa), "kappa_interval", interval_json(law->kappa),
        "peak", number(fit_peak(&law->fit)), "peak_interval", interval_json(law->peak),
        "best_count", number(fit_best_count(&law->fit)), "aicc", number(law->aicc));
    json_object_set_new(o, "by_rates", json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "estimator", RATES_ESTIMATOR,
        "gamma", number(law->rates.scale), "gamma_error", number(law->rates_errors.scale),
        "sigma", number(law->rates.sigma), "sigma_error", number(law->rates_errors.sigma),
        "kappa", number(law->rates.kappa), "kappa_error", number(law->rates_errors.kappa),
        "peak", number(fit_peak(&law->rates))));
    if (isfinite(laws->quadratic.scale))
        json_object_set_new(o, "by_quadratic", json_pack("{s:s, s:o, s:o, s:o, s:o}", "estimator", QUADRATIC_ESTIMATOR,
            "sigma", number(laws->quadratic.sigma), "sigma_error", number(laws->quadratic_errors.sigma),
            "kappa", number(laws->quadratic.kappa), "kappa_error", number(laws->quadratic_errors.kappa)));
    return o;
}

static json_t *forecast_json(const struct forecast *f)
{
    if (!f->made)
        return json_null();
    return json_pack("{s:I, s:f, s:o, s:o, s:o, s:o}", "count", (json_int_t)f->count, "miss", f->miss, "time_s", number(f->time_s),
        "time_95", interval_json(f->time_95), "speedup", number(f->speedup), "speedup_95", interval_json(f->speedup_95));
}

static const char *preferred_name(const struct laws *laws)
{
    if (!laws->preferred)
        return NULL;
    return laws->preferred == &laws->usl ? "usl" : laws->preferred == &laws->amdahl ? "amdahl" : "gustafson";
}

static json_t *fits_json(const struct laws *laws)
{
    return json_pack("{s:o, s:o, s:o, s:s?, s:o, s:o, s:o}", "amdahl", fraction_json(&laws->amdahl), "usl", usl_json(laws),
        "gustafson", fraction_json(&laws->gustafson), "preferred", preferred_name(laws),
        "unbounded_sigma", number(laws->free_sigma), "unbounded_sigma_95", interval_json(laws->free_sigma_95),
        "forecast", forecast_json(&laws->forecast));
}

static json_t *recommended_json(const struct recommendation *r)
{
    json_t *o = json_pack("{s:s, s:n, s:s, s:o}", "rule", r->rule.text, "count", "reason", r->reason,
        "steadiness", number(r->steadiness));
    if (r->point) {
        json_t *place = place_json(r->point);
        json_object_update(o, place);
        json_decref(place);
    }
    return o;
}

static json_t *by_rule_json(const struct verdict *v)
{
    json_t *all = json_array();
    for (int kind = 0; kind < RULE_KINDS; kind++)
        json_array_append_new(all, recommended_json(&v->by_rule[kind]));
    return all;
}

static json_t *points_json(const struct analysis *a)
{
    json_t *all = json_array();
    for (size_t i = 0; i < a->curves.n_points; i++)
        json_array_append_new(all, point_json(&a->curves.point[i]));
    return all;
}

static json_t *series_json(const struct analysis *a)
{
    json_t *all = json_array();
    for (size_t i = 0; i < a->curves.n; i++) {
        const struct curve *c = &a->curves.curve[i];
        const struct verdict *v = &a->verdict[i];
        json_array_append_new(all, json_pack("{s:o, s:o, s:o, s:o}", "size", size_of(c->has_size, c->size),
            "fits", fits_json(&v->laws), "recommended", recommended_json(&v->recommended), "by_rule", by_rule_json(v)));
    }
    return all;
}

static json_t *alarms_json(const struct analysis *a)
{
    json_t *all = json_array();
    for (size_t i = 0; i < a->n_alarms; i++)
        json_array_append_new(all, json_pack("{s:s, s:o, s:s}", "kind", a->alarm[i].kind,
            "point", place_json(a->alarm[i].point), "text", a->alarm[i].text));
    return all;
}

void show_json(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    (void)pictures;
    const struct verdict *main_verdict = &a->verdict[a->curves.n - 1];
    const json_t *command = json_object_get(a->study->plan ? a->study->plan : a->study->first, "command");
    const json_t *machine = json_object_get(a->study->plan, "machine");
    json_t *report = json_pack("{s:s, s:s, s:s, s:O*, s:O*, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
        "schema", "parkit.report/1", "study", a->study->name, "mode", a->curves.weak ? "weak" : "strong",
        "command", command, "machine", machine, "runs", (json_int_t)a->study->n_runs, "torn_lines", (json_int_t)a->study->torn,
        "points", points_json(a), "fits", fits_json(&main_verdict->laws),
        "recommended", recommended_json(&main_verdict->recommended), "by_rule", by_rule_json(main_verdict), "series", series_json(a),
        "alarms", alarms_json(a));
    /* Twelve digits: more than any clock gives, and no 0.10000000000000001. */
    if (report && json_dumpf(report, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) == 0)
        fputc('\n', out);
    json_decref(report);
}
