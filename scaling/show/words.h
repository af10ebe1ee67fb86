#ifndef PARKIT_WORDS_H
#define PARKIT_WORDS_H
/* The sentences and numbers of a report, the same in every format. Plain text in UTF-8, no markup. */
#include "scaling/judge/analysis.h"

#include <stdio.h>

enum { WORDS_NUMBER_LEN = 40, WORDS_POINT_LEN = 128 };

/** words_number() - @value with @digits significant digits and no exponent where that reads well; "-" for NaN. */
const char *words_number(double value, int digits, char out[WORDS_NUMBER_LEN]);

/** words_unit() - what is counted: "processor"; "node" where only nodes are known. */
const char *words_unit(const struct analysis *a);

/** words_point() - "8 processors (4 ranks x 2 threads), size 1000", as far as the study needs it. */
const char *words_point(const struct analysis *a, const struct point *p, char out[WORDS_POINT_LEN]);

/** words_title() - "Strong scaling of COMMAND". */
void words_title(FILE *out, const struct analysis *a);

/** words_verdict() - the sentences that come first: base time, best speed-up, recommended count and why.
 *  With several curves this and words_law() begin with the size of theirs. */
void words_verdict(FILE *out, const struct analysis *a, size_t curve);

/** words_curve() - what distinguishes the curve from the others, with a colon; nothing if it is the only one. */
void words_curve(FILE *out, const struct analysis *a, size_t curve);

/** words_recommendation() - "8 processors, the last count with ...". */
void words_recommendation(FILE *out, const struct analysis *a, const struct recommendation *r);

/** words_sparkline() - speed-up and efficiency over the counts as small bars; nothing where they are too many. */
void words_sparkline(FILE *out, const struct analysis *a, size_t curve);

/** words_law() - a sentence about a law fitted to a curve, or about why it is not; the last one says which law is
 *  preferred and what it predicts. @law < WORDS_LAWS. */
enum { WORDS_LAWS = 3 };
void words_law(FILE *out, const struct analysis *a, size_t curve, int law);

/** words_machine() - host, processor, cores, system, date; 0 if nothing is known. */
int words_machine(FILE *out, const struct analysis *a);

/** words_runs() - how many runs, how they ended, how they were ordered. */
void words_runs(FILE *out, const struct analysis *a);

#endif
