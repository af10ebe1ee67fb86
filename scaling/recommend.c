#include "scaling/recommend.h"

#include "common/message.h"

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
        if (end != text + 4 && *end == '\0' && out->efficiency > 0 && out->efficiency <= 1)
            return 0;
    }
    return message_usage("--rule '%.40s' is not a rule; give fastest, eff=X with X above 0 and at most 1, csc, notur or cheapest",
        text);
}

static void fastest(const struct curve *curve, struct recommendation *out)
{
    const struct point *best = curve->front[0];
    for (size_t i = 1; i < curve->n_front; i++)
        if (curve->front[i]->speedup > best->speedup)
            best = curve->front[i];
    out->point = best;
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

static void cheapest(const struct curve *curve, struct recommendation *out)
{
    const struct point *best = curve->front[0];
    for (size_t i = 1; i < curve->n_front; i++)
        if (curve->front[i]->efficiency >= best->efficiency) /* cost is proportional to 1/efficiency */
            best = curve->front[i];
    out->point = best;
    snprintf(out->reason, sizeof out->reason, "the fewest processor-seconds for the work, at an efficiency of %.0f %%",
        100 * best->efficiency);
}

static void last_efficient(const struct curve *curve, double wanted, struct recommendation *out)
{
    for (size_t i = 0; i < curve->n_front; i++)
        if (curve->front[i]->efficiency >= wanted)
            out->point = curve->front[i]; /* the base always is: its efficiency is 1 */
    bool last = out->point == curve->front[curve->n_front - 1];
    snprintf(out->reason, sizeof out->reason, "the %s count with an efficiency of at least %g %% (it has %.0f %%)",
        last ? "largest measured" : "last", 100 * wanted, 100 * out->point->efficiency);
}

static double doubling_wanted(const struct rule *rule, uint64_t count)
{
    if (rule->kind == RULE_CSC || count <= 512)
        return 1.5;
    return count <= 1024 ? 1.4 : 1.3;
}

/* A chain: a count holds if its own doubling does and the count it came from holds. */
static void last_doubling(const struct rule *rule, const struct curve *curve, struct recommendation *out)
{
    out->point = curve->front[0];
    for (size_t i = 1; i < curve->n_front; i++) {
        const struct point *p = curve->front[i];
        while (p->reference && p->doubling >= doubling_wanted(rule, p->count))
            p = p->reference;
        if (!p->reference)
            out->point = curve->front[i];
    }
    double wanted = doubling_wanted(rule, out->point->count);
    if (out->point == curve->front[0])
        snprintf(out->reason, sizeof out->reason, "no count beyond gains a factor of %g per doubling", wanted);
    else
        snprintf(out->reason, sizeof out->reason, "the last count up to which every doubling gains a factor of at least %g (the last gained %.2f)",
            wanted, out->point->doubling);
}

void recommend(const struct rule *rule, const struct curve *curve, struct recommendation *out)
{
    *out = (struct recommendation){ 0 };
    if (curve->n_front == 0) {
        snprintf(out->reason, sizeof out->reason, "no run ended well");
        return;
    }
    switch (rule->kind) {
    case RULE_FASTEST:
        fastest(curve, out);
        break;
    case RULE_EFFICIENCY:
        last_efficient(curve, rule->efficiency, out);
        break;
    case RULE_CSC:
    case RULE_NOTUR:
        last_doubling(rule, curve, out);
        break;
    case RULE_CHEAPEST:
        cheapest(curve, out);
        break;
    }
}
