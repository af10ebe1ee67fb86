#ifndef PARKIT_RECOMMEND_H
#define PARKIT_RECOMMEND_H
/*
 * How many processors are worth using, by a rule that can be named:
 *
 *     fastest   the shortest time (weak: the highest rate)
 *     eff=X     the last count whose efficiency is at least X; eff=0.7 by default
 *     csc       the last count up to which each doubling gains a factor of 1.5 (CSC, Finland)
 *     notur     the same with 1.5 up to 512 processors, 1.4 up to 1024, 1.3 above (Notur, Norway)
 *     cheapest  the fewest processor-seconds for the same work
 *
 * Where several points have a count, the fastest of them stands for it.
 */
#include "scaling/judge/curve.h"

enum rule_kind { RULE_FASTEST, RULE_EFFICIENCY, RULE_CSC, RULE_NOTUR, RULE_CHEAPEST, RULE_KINDS };

struct rule {
    enum rule_kind kind;
    double efficiency; /* RULE_EFFICIENCY only */
    char text[32];     /* as it is written     */
};

#define RULE_DEFAULT "eff=0.7"

/** rule_parse() - 0, or -EINVAL after a message that lists the rules. */
int rule_parse(const char *text, struct rule *out) __attribute__((warn_unused_result));

/** rule_of_kind() - that rule with its usual bound; eff=0.7. */
struct rule rule_of_kind(enum rule_kind kind);

/**
 * rule_choose() - which of @n >= 1 counts, ascending, the rule recommends, as an index.
 *
 * @speedup: over the first count. Cannot fail: the first count keeps every rule.
 */
size_t rule_choose(const struct rule *rule, const double *count, const double *speedup, size_t n);

struct recommendation {
    struct rule rule;
    const struct point *point; /* NULL: no point can be recommended                        */
    double steadiness;         /* share of resamples with the same choice; NaN: unknown    */
    char reason[256];          /* a clause that goes on after "N processors: "; no dot     */
};

/** recommend() - apply @rule to @curve; the steadiness stays unknown. 0 or -ENOMEM. */
int recommend(const struct rule *rule, const struct curve *curve, struct recommendation *out)
    __attribute__((warn_unused_result));

#endif
