#include "scaling/words.h"

#include "scaling/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *words_number(double value, int digits, char out[WORDS_NUMBER_LEN])
{
    if (isnan(value))
        return strcpy(out, "-");
    if (value == 0)
        return strcpy(out, "0");
    double size = fabs(value);
    if (size < 1e-4 || size >= 1e9) {
        snprintf(out, WORDS_NUMBER_LEN, "%.*g", digits, value);
        return out;
    }
    int decimals = digits - 1 - (int)floor(log10(size));
    snprintf(out, WORDS_NUMBER_LEN, "%.*f", decimals > 0 ? decimals : 0, value);
    return out;
}

static const char *plural(double n)
{
    return n == 1 ? "" : "s";
}

/* --- Points --- */

const char *words_unit(const struct analysis *a)
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (a->curves.point[i].threads * a->curves.point[i].ranks > 1)
            return "processor";
    return analysis_main_curve(a)->point[analysis_main_curve(a)->n - 1].nodes > 1 ? "node" : "processor";
}

static const char *point_text(const struct analysis *a, const struct point *p, bool with_size, char out[WORDS_POINT_LEN])
{
    char parts[64] = "", size[40] = "";
    if (p->ranks > 1 && p->threads > 1)
        snprintf(parts, sizeof parts, " (%llu ranks x %llu threads)", (unsigned long long)p->ranks,
            (unsigned long long)p->threads);
    if (with_size && p->has_size)
        snprintf(size, sizeof size, ", size %llu", (unsigned long long)p->size);
    snprintf(out, WORDS_POINT_LEN, "%llu %s%s%s%s", (unsigned long long)p->count, words_unit(a), plural((double)p->count),
        parts, size);
    return out;
}

const char *words_point(const struct analysis *a, const struct point *p, char out[WORDS_POINT_LEN])
{
    return point_text(a, p, a->curves.n > 1, out);
}

/* What distinguishes the curve from the others; nothing if it is the only one. */
static void print_curve(FILE *out, const struct analysis *a, size_t curve)
{
    const struct curve *c = &a->curves.curve[curve];
    if (a->curves.n == 1)
        return;
    if (c->has_size)
        fprintf(out, a->curves.weak ? "Size %llu at the base: " : "Size %llu: ", (unsigned long long)c->size);
    else
        fputs("Without a size: ", out);
}

/* --- Head --- */

void words_title(FILE *out, const struct analysis *a)
{
    const json_t *source = a->study->plan ? a->study->plan : a->study->first;
    fprintf(out, "%s scaling of ", a->curves.weak ? "Weak" : "Strong");
    if (json_array_size(json_object_get(source, "command")) > 0)
        plan_print_command(out, source);
    else
        fputs(strcmp(a->study->name, "-") == 0 ? "the timings read" : a->study->name, out);
}

static void seconds_of(const struct point *p, char out[WORDS_NUMBER_LEN])
{
    words_number(p->time.median, 4, out);
}

static void recommend_in_words(FILE *out, const struct analysis *a, const struct verdict *v)
{
    char point[WORDS_POINT_LEN];
    fprintf(out, " Recommended (rule %s): %s, %s.", a->rule.text, point_text(a, v->recommended.point, false, point),
        v->recommended.reason);
}

void words_verdict(FILE *out, const struct analysis *a, size_t curve)
{
    char point[WORDS_POINT_LEN], seconds[WORDS_NUMBER_LEN], speedup[WORDS_NUMBER_LEN];
    const struct curve *c = &a->curves.curve[curve];
    const struct verdict *v = &a->verdict[curve];
    print_curve(out, a, curve);
    if (c->n_front == 0) {
        fputs("No run ended well, so there is no time to report.", out);
        return;
    }
    const struct point *base = c->front[0];
    seconds_of(base, seconds);
    fprintf(out, "%s take%s %s s", point_text(a, base, false, point), base->count == 1 ? "s" : "", seconds);
    if (c->n_front == 1) {
        fputs("; no other count has a run that ended well, so there is no speed-up to report.", out);
        return;
    }
    if (v->best == base) {
        fputs("; no other count is faster.", out);
    } else {
        seconds_of(v->best, seconds);
        fprintf(out, "; the best %sspeed-up is %s, on %s, in %s s at an efficiency of %.0f %%.", a->curves.weak ? "scaled " : "",
            words_number(v->best->speedup, 3, speedup), point_text(a, v->best, false, point), seconds,
            100 * v->best->efficiency);
    }
    recommend_in_words(out, a, v);
}

int words_machine(FILE *out, const struct analysis *a)
{
    const json_t *plan = a->study->plan, *first = a->study->first;
    const char *host = plan_machine_text(plan, "host"), *cpu = plan_machine_text(plan, "cpu");
    const char *os = plan_machine_text(plan, "os"), *kernel = plan_machine_text(plan, "kernel");
    const char *date = plan_text(plan, "created");
    long long cores = plan_machine_count(plan, "cores"), numa = plan_machine_count(plan, "numa");
    host = host ? host : plan_text(first, "host");
    date = date ? date : plan_text(first, "started");
    if (!host)
        return 0;
    fputs(host, out);
    if (cpu)
        fprintf(out, ", %s", cpu);
    if (cores)
        fprintf(out, ", %lld core%s", cores, plural((double)cores));
    if (numa > 1)
        fprintf(out, " in %lld NUMA domains", numa);
    if (os)
        fprintf(out, ", %s", os);
    if (kernel)
        fprintf(out, ", %s", kernel);
    if (date)
        fprintf(out, ", %.10s", date);
    return 1;
}

void words_runs(FILE *out, const struct analysis *a)
{
    size_t ended[RUN_STATE_COUNT] = { 0 }, n = a->study->n_runs, points = a->curves.n_points;
    for (size_t i = 0; i < n; i++)
        ended[a->study->run[i].state]++;
    fprintf(out, "%zu run%s of %zu point%s", n, plural((double)n), points, plural((double)points));
    if (ended[RUN_OK] == n)
        fputs(", all ended well", out);
    else
        for (int s = 0; s < RUN_STATE_COUNT; s++)
            if (ended[s])
                fprintf(out, ", %zu %s", ended[s], run_state_names[s]);
    fputs(". Times are medians of wall time.", out);
}

/* --- Laws --- */

/* " (95 %: LOW to HIGH)", nothing where it is unknown. */
static void print_interval(FILE *out, struct interval i, double unit)
{
    char low[WORDS_NUMBER_LEN], high[WORDS_NUMBER_LEN];
    if (isnan(i.low))
        return;
    words_number(i.low * unit, 3, low);
    if (isinf(i.high))
        fprintf(out, isinf(i.low) ? " (95 %%: none)" : " (95 %%: above %s)", low);
    else
        fprintf(out, " (95 %%: %s to %s)", low, words_number(i.high * unit, 3, high));
}

static void print_amdahl(FILE *out, const struct law *law)
{
    char percent[WORDS_NUMBER_LEN], limit[WORDS_NUMBER_LEN];
    fprintf(out, "Amdahl's law: a serial fraction of %s %%", words_number(100 * law->fit.sigma, 3, percent));
    print_interval(out, law->sigma, 100);
    if (law->fit.sigma > 0)
        fprintf(out, "; by it no count gives a speed-up above %s.", words_number(1 / law->fit.sigma, 3, limit));
    else
        fputs("; none is visible in these times.", out);
}

static void print_usl(FILE *out, const struct law *law, double measured, const char *unit)
{
    char sigma[WORDS_NUMBER_LEN], kappa[WORDS_NUMBER_LEN], at[WORDS_NUMBER_LEN];
    fprintf(out, "Universal scalability law: contention sigma %s", words_number(law->fit.sigma, 3, sigma));
    print_interval(out, law->sigma, 1);
    fprintf(out, ", coherency kappa %s", words_number(law->fit.kappa, 3, kappa));
    print_interval(out, law->kappa, 1);
    double peak = fit_peak(&law->fit);
    if (isinf(peak)) {
        fputs("; no count is in sight beyond which it gets slower.", out);
        return;
    }
    fprintf(out, "; by it the peak is at %s %ss", words_number(peak, 3, at), unit);
    print_interval(out, law->peak, 1);
    fputs(peak > 2 * measured ? ", more than twice the largest count measured, so do not rely on it." : ".", out);
}

static void print_gustafson(FILE *out, const struct gustafson *g)
{
    char percent[WORDS_NUMBER_LEN];
    fprintf(out, "Gustafson's law: a serial fraction of %s %%", words_number(100 * g->serial_fraction, 3, percent));
    print_interval(out, g->interval, 100);
    fputs(" of the time on many.", out);
}

static void print_refusal(FILE *out, const char *name, const char *reason)
{
    fprintf(out, "%s: not fitted; it %s.", name, reason);
}

static void print_fixed_or_growing(FILE *out, const struct analysis *a, const struct verdict *v)
{
    if (a->curves.weak && v->gustafson.fitted)
        print_gustafson(out, &v->gustafson);
    else if (a->curves.weak)
        print_refusal(out, "Gustafson's law", v->gustafson.reason);
    else if (v->amdahl.fitted)
        print_amdahl(out, &v->amdahl);
    else
        print_refusal(out, "Amdahl's law", v->amdahl.reason);
}

void words_law(FILE *out, const struct analysis *a, size_t curve, int law)
{
    const struct verdict *v = &a->verdict[curve];
    const struct curve *c = &a->curves.curve[curve];
    print_curve(out, a, curve);
    if (law == 0)
        print_fixed_or_growing(out, a, v);
    else if (v->usl.fitted)
        print_usl(out, &v->usl, (double)c->front[c->n_front - 1]->count, words_unit(a));
    else
        print_refusal(out, "Universal scalability law", v->usl.reason);
}
