#include "scaling/show/words.h"

#include "scaling/plan/plan.h"

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
    if ((p->ranks > 1 && p->threads > 1) || (p->count > 1 && analysis_is_hybrid(a)))
        snprintf(parts, sizeof parts, " (%llu rank%s x %llu thread%s)", (unsigned long long)p->ranks, plural((double)p->ranks),
            (unsigned long long)p->threads, plural((double)p->threads));
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

void words_curve(FILE *out, const struct analysis *a, size_t curve)
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

void words_recommendation(FILE *out, const struct analysis *a, const struct recommendation *r)
{
    char point[WORDS_POINT_LEN];
    fprintf(out, "%s, %s", r->point ? point_text(a, r->point, false, point) : "none", r->reason);
    if (r->steadiness < 0.995)
        fprintf(out, "; the same in %.0f %% of resamples", 100 * r->steadiness);
    fputc('.', out);
}

/* Which of the ways to use the recommended count is the fastest. The points of one count stand side by side. */
static void print_split(FILE *out, const struct analysis *a, const struct point *best)
{
    char point[WORDS_POINT_LEN];
    const struct curve *c = &a->curves.curve[best->curve];
    const struct point *slowest = NULL;
    for (const struct point *p = best; p < c->point + c->n && p->count == best->count; p++)
        if (p->ended[RUN_OK])
            slowest = p;
    if (slowest && slowest != best)
        fprintf(out, " The slowest split of that count, %llu ranks x %llu threads, takes %.0f %% longer than %s.",
            (unsigned long long)slowest->ranks, (unsigned long long)slowest->threads,
            100 * (slowest->time.median / best->time.median - 1), point_text(a, best, false, point));
}

static void print_weak(FILE *out, const struct analysis *a, const struct curve *c, const struct verdict *v)
{
    char point[WORDS_POINT_LEN];
    if (v->weak_holds == c->front[c->n_front - 1])
        fprintf(out, " The time stays within %.0f %% of the base's at every count: weak scaling holds.", 100 * (1 / WEAK_EFFICIENCY - 1));
    else
        fprintf(out, " The time stays within %.0f %% of the base's up to %s only.", 100 * (1 / WEAK_EFFICIENCY - 1),
            point_text(a, v->weak_holds, false, point));
}

void words_verdict(FILE *out, const struct analysis *a, size_t curve)
{
    char point[WORDS_POINT_LEN], seconds[WORDS_NUMBER_LEN], speedup[WORDS_NUMBER_LEN];
    const struct curve *c = &a->curves.curve[curve];
    const struct verdict *v = &a->verdict[curve];
    words_curve(out, a, curve);
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
    if (a->curves.weak)
        print_weak(out, a, c, v);
    fprintf(out, " Recommended (rule %s): ", a->rule.text);
    words_recommendation(out, a, &v->recommended);
    print_split(out, a, v->recommended.point);
}

void words_sparkline(FILE *out, const struct analysis *a, size_t curve)
{
    static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    const struct curve *c = &a->curves.curve[curve];
    const struct verdict *v = &a->verdict[curve];
    if (c->n_front < 2 || c->n_front > 64)
        return;
    words_curve(out, a, curve);
    fprintf(out, "%llu ", (unsigned long long)c->front[0]->count);
    for (size_t i = 0; i < c->n_front; i++)
        fputs(bars[(int)fmin(7, 8 * c->front[i]->speedup / v->best->speedup)], out);
    fprintf(out, " %llu %ss: speed-up    efficiency ", (unsigned long long)c->front[c->n_front - 1]->count, words_unit(a));
    for (size_t i = 0; i < c->n_front; i++)
        fputs(bars[(int)fmin(7, 8 * c->front[i]->efficiency)], out);
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
    const char *time = plan_text(a->study->plan, "time");
    fprintf(out, ". Times are medians of %s.", time && strcmp(time, "program") == 0 ? "what the program reports" : "wall time");
}
