#ifndef PARKIT_ANALYSIS_H
#define PARKIT_ANALYSIS_H
/* All that a report says, computed once; the show_*.c files only write it down. */
#include "scaling/judge/curve.h"
#include "scaling/judge/laws.h"
#include "scaling/judge/recommend.h"

/* What one curve says. */
struct verdict {
    struct laws laws;
    struct recommendation recommended;          /* by the rule of the study                                */
    struct recommendation by_rule[RULE_KINDS];  /* by every rule, each with its usual bound                */
    const struct point *best;                   /* highest speed-up; NULL if no run ended well             */
    const struct point *weak_holds;             /* weak: the last count up to which the efficiency stays at
                                                   least WEAK_EFFICIENCY; NULL in a strong study           */
};

#define WEAK_EFFICIENCY 0.8 /* what the POP project takes as good */

struct alarm {
    const char *kind;            /* a word, static                                                */
    const struct point *point;   /* the point it concerns most; NULL: the study as a whole        */
    char text[512];              /* one to three sentences                                          */
};

/* How to look at a study. */
struct question {
    bool weak;
    struct rule rule;
    uint64_t predict;            /* a count to predict; 0: see laws_fit()                         */
    const struct study *stream;  /* of a memory benchmark at the same counts; NULL: none          */
};

struct analysis {
    const struct study *study, *stream;
    struct rule rule;
    struct curves curves;
    struct verdict *verdict;     /* one per curve */
    struct alarm *alarm;
    size_t n_alarms;
};

/**
 * analysis_create() - @study and its stream must outlive @out. 0 or -ENOMEM. analysis_destroy() frees, accepts NULL.
 */
int analysis_create(const struct study *study, const struct question *question, struct analysis **out)
    __attribute__((warn_unused_result));
void analysis_destroy(struct analysis *a);

/** analysis_main_curve() - the curve that speaks for the study: the largest size. Never NULL. */
const struct curve *analysis_main_curve(const struct analysis *a);

/** analysis_is_hybrid() - whether both threads and ranks vary. */
bool analysis_is_hybrid(const struct analysis *a);

#endif
