#ifndef PARKIT_HEAT_CHECK_H
#define PARKIT_HEAT_CHECK_H
/* Whether a field of heat is right: against the exact decay everywhere, and the reference kernel in a window. */
#include "cpu_bound/heat_tiles.h"

/**
 * heat_check_decay() - every point of step @steps against the exact field, within heat_tolerance().
 *
 * @error: out. The largest error; of no meaning if the field is wrong.
 * Returns 0, or -EDOM with the reason in @why.
 */
int heat_check_decay(const struct heat_grid *g, uint64_t steps, unsigned threads, double *error, char *why, size_t why_len);

/**
 * heat_check_window() - a window of the field at a place drawn from @seed, bit for bit, against the
 * reference kernel, which goes all @steps steps from the initial field on the part that the window
 * depends on. Where that is more than 10^8 points (above some 250 steps on large grids) nothing is checked.
 *
 * Returns 0; -EDOM with the reason in @why; -ENOMEM.
 */
int heat_check_window(const struct heat_grid *g, uint64_t steps, uint64_t seed, char *why, size_t why_len);

#endif
