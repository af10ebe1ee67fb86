#ifndef PARKIT_HEAT_CHECK_H
#define PARKIT_HEAT_CHECK_H
/* Whether a field of heat is right: against the exact decay everywhere, and the reference kernel in a window. */
#include "cpu_bound/heat_tiles.h"

/* Whole rows [begin, end) of the field at one step: all of them, or those that a rank has. */
struct heat_slab {
    const struct heat_modes *modes;
    const double *row;   /* row `begin`            */
    size_t stride;       /* doubles from row to row */
    size_t begin, end;
    uint64_t step;
    double alpha;
};

/** heat_slab_of() - all rows of @g at step @step, the last that was reached. */
struct heat_slab heat_slab_of(const struct heat_grid *g, uint64_t step);

static inline const double *heat_slab_row(const struct heat_slab *s, size_t i)
{
    return s->row + (i - s->begin) * s->stride;
}

/**
 * heat_check_decay() - every point of the slab against the exact field, within heat_tolerance().
 *
 * @error: out. The largest error; of no meaning if the field is wrong.
 * Returns 0, or -EDOM with the reason in @why.
 */
int heat_check_decay(const struct heat_slab *s, unsigned threads, double *error, char *why, size_t why_len);

/** heat_digest_rows() - the digest of each row of the slab into @digest; the field's is that of all rows joined. */
void heat_digest_rows(const struct heat_slab *s, unsigned threads, uint64_t *digest);

/**
 * heat_check_window() - a window of the field at a place drawn from @seed, as far as the slab has its
 * rows, bit for bit against the reference kernel, which goes all steps from the initial field on the part that it
 * depends on. Where that is more than 10^8 points (above some 250 steps on large grids) nothing is checked.
 *
 * Returns 0; -EDOM with the reason in @why; -ENOMEM.
 */
int heat_check_window(const struct heat_slab *s, uint64_t seed, char *why, size_t why_len);

#endif
