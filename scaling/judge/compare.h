#ifndef PARKIT_COMPARE_H
#define PARKIT_COMPARE_H
/*
 * Two studies point by point. A change is one that stays after Holm's correction for the number of points and is
 * larger than a tolerance: statistics alone would call every small difference of a long study a change.
 */
#include "scaling/judge/analysis.h"

#define COMPARE_LEVEL 0.05

enum change { CHANGE_SAME, CHANGE_FASTER, CHANGE_SLOWER, CHANGE_UNCLEAR, CHANGE_LOST, CHANGE_COUNT };
extern const char *const change_names[CHANGE_COUNT]; /* "same", "faster", "slower", "unclear", "lost" */

struct compared {
    const struct point *before, *after;
    double ratio;              /* median after over median before: above 1 is slower; NaN: lost */
    struct interval ratio_95;
    double p;                  /* after Holm's correction                                       */
    enum change change;        /* CHANGE_UNCLEAR: neither a change nor the absence of one can be told; CHANGE_LOST:
                                  runs ended well before and none does now                      */
};

/** compare_points() - one pair without correction: p is that of the pair alone and change not set. */
struct compared compare_points(const struct point *before, const struct point *after, uint64_t seed);

/** compare_judge() - correct the p-values of @n pairs together and decide, @tolerance as a share (0.03). */
void compare_judge(struct compared *pair, size_t n, double tolerance);

/**
 * compare_studies() - the points that both have, in the order of @before. @out is to be freed; @n receives its length,
 * 0 where they have nothing in common. 0 or -ENOMEM.
 */
int compare_studies(const struct analysis *before, const struct analysis *after, double tolerance, struct compared **out,
                    size_t *n) __attribute__((warn_unused_result));

#endif
