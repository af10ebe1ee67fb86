#ifndef PARKIT_ANALYSIS_H
#define PARKIT_ANALYSIS_H
/* All that a report says, computed once; the show_*.c files only write it down. */
#include "scaling/bootstrap.h"
#include "scaling/curve.h"
#include "scaling/fit.h"
#include "scaling/recommend.h"

/* A fitted law with its intervals, or the reason why there is none. */
struct law {
    bool fitted;
    char reason[160];          /* if not fitted                                                  */
    struct fit fit;            /* on times, relative errors; scale, sigma, kappa                 */
    struct interval sigma, kappa, peak;
    struct fit rates;          /* on rates, as most published coefficients; for comparison       */
};

/* Gustafson's law for weak studies: scaled speed-up n - s (n - 1). */
struct gustafson {
    bool fitted;
    char reason[160];
    double serial_fraction;
    struct interval interval;
};

/* What one curve says. */
struct verdict {
    struct law amdahl, usl;      /* in a weak study amdahl is not fitted                          */
    struct gustafson gustafson;  /* fitted in a weak study only                                   */
    struct recommendation recommended;
    const struct point *best;    /* highest speed-up; NULL if no run ended well                   */
};

struct alarm {
    const char *kind;            /* a word, static                                                */
    const struct point *point;   /* the point it concerns most; NULL: the study as a whole        */
    char text[320];              /* one sentence                                                  */
};

struct analysis {
    const struct study *study;
    struct rule rule;
    struct curves curves;
    struct verdict *verdict;     /* one per curve */
    struct alarm *alarm;
    size_t n_alarms;
};

/**
 * analysis_create() - @study must outlive @out. 0 or -ENOMEM. analysis_destroy() frees, accepts NULL.
 */
int analysis_create(const struct study *study, bool weak, const struct rule *rule, struct analysis **out)
    __attribute__((warn_unused_result));
void analysis_destroy(struct analysis *a);

/** analysis_main_curve() - the curve that speaks for the study: the largest size. Never NULL. */
const struct curve *analysis_main_curve(const struct analysis *a);

/** alarms_find() - look for what makes the figures doubtful, fill a->alarm. 0 or -ENOMEM. */
int alarms_find(struct analysis *a) __attribute__((warn_unused_result));

#endif
