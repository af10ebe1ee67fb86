#ifndef PARKIT_ALARM_H
#define PARKIT_ALARM_H
/*
 * What makes the figures of a study doubtful, each in a sentence that says what to do. One alarm a kind
 * at most, about the worst point, so that they stay readable.
 *
 *     failed, baseline, few-runs, short-run, start-up, noise, outliers, drift      the runs       alarm_runs.c
 *     oversubscription, smt, quota, binding, idle, clock                           the machine    alarm_place.c
 *     superlinear, serial-fraction, indivisible, bandwidth                         the curve      alarm_scaling.c
 *
 * How to add one: a function in one of the three that finds the worst point (alarm_worst()) and puts it into
 * words (alarm_raise()), a call at the end of that file, its name above.
 */
#include "scaling/judge/analysis.h"

/** alarms_find() - look for all of them, fill a->alarm. 0 or -ENOMEM. */
int alarms_find(struct analysis *a) __attribute__((warn_unused_result));

/** alarm_raise() - add one; @kind is kept, not copied. */
void alarm_raise(struct analysis *a, const char *kind, const struct point *point, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** alarm_worst() - the point with the highest score above @limit, and how many are above; NULL if none. */
const struct point *alarm_worst(const struct analysis *a, double (*score)(const struct analysis *, const struct point *),
                                double limit, size_t *above);

/* One a file: call alarm_raise() for all that they find. 0 or -ENOMEM. */
int alarms_of_runs(struct analysis *a) __attribute__((warn_unused_result));
int alarms_of_place(struct analysis *a) __attribute__((warn_unused_result));
int alarms_of_scaling(struct analysis *a) __attribute__((warn_unused_result));

#endif
