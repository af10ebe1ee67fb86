#ifndef PARKIT_CURVE_H
#define PARKIT_CURVE_H
/*
 * The points of a study and the curves they form. A curve is the points that may be compared with each
 * other: in a strong study those of one size; in a weak study, where the size grows with the processors,
 * those that grew from one size, or, where that is not recorded, the k-th smallest size of every count,
 * whatever law of growth was chosen.
 */
#include "scaling/judge/point.h"

struct curve {
    bool has_size;
    uint64_t size;              /* strong: of all its points; weak: of its first               */
    struct point *point;        /* ascending count; points of one count ascending time         */
    size_t n;
    const struct point **front; /* the fastest measured point of each count, ascending count   */
    size_t n_front;
};

struct curves {
    bool weak;
    const struct run **run;     /* all runs, those of one point together                       */
    struct point *point;        /* all points; the curves are slices                           */
    size_t n_points;
    struct curve *curve;        /* ascending size                                              */
    size_t n;
};

/**
 * curves_create() - group the runs of @study and compute all of the above; the intervals of the points stay
 * unknown (analysis.h fills them). 0 or -ENOMEM. curves_destroy() frees what @out points to.
 */
int curves_create(const struct study *study, bool weak, struct curves *out) __attribute__((warn_unused_result));
void curves_destroy(struct curves *c);

/** curve_speedup() - the speed-up on @count processors in @time_s, against @base_count in @base_s. */
double curve_speedup(bool weak, double base_count, double base_s, double count, double time_s);

#endif
