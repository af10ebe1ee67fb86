#ifndef PARKIT_FORECAST_H
#define PARKIT_FORECAST_H
/*
 * How long the runs that are left will take: for --dry-run, and for the time left while a study runs. A
 * point that has finished runs takes their median; another is scaled from a point that is known, the work
 * taken as proportional to the size, once with ideal speed-up and once with none.
 */
#include "scaling/plan/design.h"
#include "scaling/journal.h"

struct forecast {
    size_t runs;                   /* left, without warm-ups                                  */
    size_t warmups;
    bool known;                    /* whether the rest could be told                          */
    double ideal_s, none_s;        /* wall time with ideal speed-up, and without any          */
    double ideal_core_s, none_core_s; /* the same, times the processors of each run           */
};

/**
 * forecast_make() - @expect_s: the time of one run on the fewest processors, 0 if it is not known.
 * @warmups: of each point, still to be made. 0 or -ENOMEM.
 */
int forecast_make(const struct design *d, const struct journal *j, double expect_s, uint64_t warmups,
                  struct forecast *out) __attribute__((warn_unused_result));

enum { FORECAST_DURATION_LEN = 32 };

/** forecast_duration() - "40 s", "12 min", "3.5 h"; returns @out. */
const char *forecast_duration(double seconds, char out[FORECAST_DURATION_LEN]);

/** forecast_print() - for people, each line begun with "# ". */
void forecast_print(const struct design *d, const struct forecast *f);

#endif
