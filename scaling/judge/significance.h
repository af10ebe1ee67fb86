#ifndef PARKIT_SIGNIFICANCE_H
#define PARKIT_SIGNIFICANCE_H
/* Whether two sets of runs differ by more than noise, and how to ask that of many points at once. */
#include <stddef.h>

/**
 * significance_p() - two-sided p-value of the rank sum test (Wilcoxon 1945; Mann and Whitney 1947) for @n and
 * @m values, both sorted ascending, n and m >= 1.
 *
 * Exact without ties up to 40 values together, else by the normal approximation with corrections for ties and
 * continuity. No distribution is assumed. 1 where nothing can be told, also without memory.
 */
double significance_p(const double *a, size_t n, const double *b, size_t m);

/** significance_holm() - replace @n p-values by those of Holm (Scand. J. Statistics 6, 1979): below a level they hold
 *  together at that level. NaN stays and does not count. */
void significance_holm(double *p, size_t n);

#endif
