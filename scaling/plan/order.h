#ifndef PARKIT_ORDER_H
#define PARKIT_ORDER_H
/* The runs that ended well in the order in which they were made, for what changes with time and not with the count. */
#include "scaling/judge/curve.h"

struct placed {
    int64_t order;
    double relative; /* time over the median of its point */
    bool outlier;
};

/** order_of() - @out receives an array to be freed, @n its length: runs with a known place only. 0 or -ENOMEM. */
int order_of(const struct curves *c, struct placed **out, size_t *n) __attribute__((warn_unused_result));

/** order_median() - the median of relative of @n >= 1 runs. NaN without memory. */
double order_median(const struct placed *run, size_t n);

#endif
