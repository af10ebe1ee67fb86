#ifndef PARKIT_CONDITIONS_H
#define PARKIT_CONDITIONS_H
/* Under which conditions a study was made, as far as its plan says: machine, program, settings. For the reports that
   are kept; whatever a plan of today or tomorrow holds is listed. */
#include "scaling/judge/analysis.h"

/** conditions_each() - call @each for every fact, in the order of the plan. @key reads like "machine governor". */
void conditions_each(const struct analysis *a, void (*each)(void *context, const char *key, const char *value), void *context);

#endif
