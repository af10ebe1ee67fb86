#include "scaling/judge/recommend.h"

#include "common/message.h"
#include "scaling/judge/speedup.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum rule_kind kind;
} named[] = { { "fastest", RULE_FASTEST }, { "csc", RULE_CSC }, { "notur", RULE_NOTUR }, { "cheapest", RULE_CHEAPEST } };

int rule_parse(const char *text, struct rule *out)
{
    *out = (struct rule){ 0 };
    snprintf(out->text, sizeof out->text, "%s", text);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(text, named[i].name) == 0) {
            out->kind = named[i].kind;
            return 0;
        }
    char *end = NULL;
    if (strncmp(text, "eff=", 4) == 0) {
        out->kind = RULE_EFFICIENCY;
        out->efficiency = strtod(text + 4, &end);
        if (end != text + 4 && *end == '\0' && strlen(text) < sizeof out->text && out->efficiency > 0 && out->efficiency <= 1)
            return 0;
    }
    return message_usage("--rule '%.40s' is not a rule; give fastest, eff=X with X above 0 and at most 1, csc, notur or cheapest",
        text);
}

struct rule rule_of_kind(enum rule_kind kind)
{
    struct rule rule = { .kind = kind, .efficiency = 0.7, .text = RULE_DEFAULT };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i].kind == kind)
            snprintf(rule.text, sizeof rule.text, "%s", named[i].name);
    return rule;
}

/* --- The choice --- */

static size_t highest_speedup(const double *speedup, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (speedup[i] > speedup[best])
            best = i;
    return best;
}

/* Cost is proportional to 1/efficiency; of equal costs the larger count. */
static size_t lowest_cost(const double *count, const double *speedup, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (speedup[i] / count[i] >= speedup[best] / count[best])
            best = i;
    return best;
}

static size_t last_efficient(double wanted, const double *count, const double *speedup, size_t n)
{
    size_t last = 0; /* the base always is: its efficiency is 1 */
    for (size_t i = 1; i < n; i++)
        if (speedup[i] * count[0] / count[i] >= wanted)
            last = i;
    return last;
}

static double doubling_wanted(const struct rule *rule, double count)
{
    if (rule->kind == RULE_CSC || count <= 512)
        return 1.5;
    return count <= 1024 ? 1.4 : 1.3;
}

/* From where count @i was reached: half of it, else the next smaller count. As reference_of() in curve.c. */
static size_t came_from(const double *count, size_t i)
{
    size_t low = 0, high = i;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (2 * count[middle] < count[i])
            low = middle + 1;
        else
            high = middle;
    }
    return low < i && 2 * count[low] == count[i] ? low : i - 1;
}

static bool doubles(const struct rule *rule, const double *count, const double *speedup, size_t from, size_t to)
{
    double wanted = doubling_wanted(rule, count[to]), gain = speedup[to] / speedup[from];
    if (count[to] == 2 * count[from]) /* nearly always; spares two logarithms */
        return gain >= wanted;
    return speedup_per_doubling(gain, count[to] / count[from]) >= wanted;
}

/* A chain: a count holds if its own doubling does and the count it came from holds. */
static size_t last_doubling(const struct rule *rule, const double *count, const double *speedup, size_t n)
{
    size_t last = 0;
    for (size_t i = 1; i < n; i++) {
        size_t at = i;
        while (at > 0) {
            size_t from = came_from(count, at);
            if (!doubles(rule, count, speedup, from, at))
                break;
            at = from;
        }
        if (at == 0)
            last = i;
    }
    return last;
}

size_t rule_choose(const struct rule *rule, const double *count, const double *speedup, size_t n)
{
    switch (rule->kind) {
    case RULE_FASTEST:
        return highest_speedup(speedup, n);
    case RULE_EFFICIENCY:
        return last_efficient(rule->efficiency, count, speedup, n);
    case RULE_CSC:
    case RULE_NOTUR:
        return last_doubling(rule, count, speedup, n);
    default:
        return lowest_cost(count, speedup, n);
    }
}

/* --- The reason --- */

/* Counts below the fastest that cannot be told from it are worth a mention: they cost less. */
static void say_fastest(const struct curve *curve, struct recommendation *out)
{
    const struct point *best = out->point;
    snprintf(out->reason, sizeof out->reason, "the highest speed-up measured, %.2f", best->speedup);
    for (size_t i = 0; i < curve->n_front && curve->front[i] != best; i++)
        if (best->time.is_interval && curve->front[i]->time.is_interval && curve->front[i]->time.low <= best->time.high &&
            curve->front[i]->speedup > 0.9 * best->speedup) {
            size_t used = strlen(out->reason);
            snprintf(out->reason + used, sizeof out->reason - used, "; within the noise %llu do as well",
                (unsigned long long)curve->front[i]->count);
            return;
        }
}

static void say_efficient(const struct curve *curve, struct recommendation *out)
{
    bool last = out->point == curve->front[curve->n_front - 1];
    snprintf(out->reason, sizeof out->reason, "the %s count with an efficiency of at least %g %% (it has %.0f %%)",
        last ? "largest measured" : "last", 100 * out->rule.efficiency, 100 * out->point->efficiency);
}

static void say_doubling(const struct curve *curve, struct recommendation *out)
{
    double wanted = doubling_wanted(&out->rule, (double)out->point->count);
    if (out->point == curve->front[0])
        snprintf(out->reason, sizeof out->reason, "no count beyond gains a factor of %g per doubling", wanted);
    else
        snprintf(out->reason, sizeof out->reason, "the last count up to which every doubling gains a factor of at least %g (the last gained %.2f)",
            wanted, out->point->doubling);
}

static void say_cheapest(struct recommendation *out)
{
    snprintf(out->reason, sizeof out->reason, "the fewest processor-seconds for the work, at an efficiency of %.0f %%",
        100 * out->point->efficiency);
}

int recommend(const struct rule *rule, const struct curve *curve, struct recommendation *out)
{
    *out = (struct recommendation){ .rule = *rule, .steadiness = NAN };
    if (curve->n_front == 0) {
        snprintf(out->reason, sizeof out->reason, "no run ended well");
        return 0;
    }
    double *count = calloc(2 * curve->n_front, sizeof *count);
    if (!count)
        return -ENOMEM;
    double *speedup = count + curve->n_front;
    for (size_t i = 0; i < curve->n_front; i++) {
        count[i] = (double)curve->front[i]->count;
        speedup[i] = curve->front[i]->speedup;
    }
    out->point = curve->front[rule_choose(rule, count, speedup, curve->n_front)];
    free(count);
    switch (rule->kind) {
    case RULE_FASTEST:
        say_fastest(curve, out);
        break;
    case RULE_EFFICIENCY:
        say_efficient(curve, out);
        break;
    case RULE_CSC:
    case RULE_NOTUR:
        say_doubling(curve, out);
        break;
    default:
        say_cheapest(out);
    }
    return 0;
}
