#ifndef PARKIT_HEAT_TILES_H
#define PARKIT_HEAT_TILES_H
/*
 * Time tiling: several steps for one pass through memory, by a team. Why and how: heat_tiles.c.
 */
#include "common/team.h"
#include "cpu_bound/heat_field.h"

#include <stddef.h>
#include <stdint.h>

/* Step k of the field stands in field[k % 2], and step k - 1, where it was not yet overwritten, in the other. */
struct heat_grid {
    size_t n;            /* points a side, boundary included: at least 1       */
    size_t stride;       /* doubles from row to row                            */
    double *field[2];
    double alpha;
    enum isa isa;
    const struct heat_modes *modes; /* the initial field                       */
};

/** heat_stride() - doubles a row for @n points: whole cache lines, an odd number of them. */
size_t heat_stride(size_t n);

/** heat_grid_alloc() - fields for g->n points, untouched; sets stride. 0 or -ENOMEM. heat_grid_free() frees. */
int heat_grid_alloc(struct heat_grid *g) __attribute__((warn_unused_result));
void heat_grid_free(struct heat_grid *g);

/**
 * heat_advance() - take the grid from step @from to step @to.
 *
 * @from: 0 fills in the initial field on the way; else what an earlier call ended with.
 * @tile: at most so many steps for one pass through memory; 1 is the plain sweep. At least 1.
 *
 * The same bits for any @tile, any team, and any cut of the way into calls. Cannot fail.
 */
void heat_advance(struct heat_grid *g, struct team *team, uint64_t from, uint64_t to, size_t tile);

/** heat_passes() - passes through memory that heat_advance() takes for @steps steps. At least 1. */
uint64_t heat_passes(const struct heat_grid *g, const struct team *team, uint64_t steps, size_t tile);

/** heat_row() - row @i of the field at step @step, the last that was reached. */
static inline const double *heat_row(const struct heat_grid *g, uint64_t step, size_t i)
{
    return g->field[step % 2] + i * g->stride;
}

#endif
