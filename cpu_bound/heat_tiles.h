#ifndef PARKIT_HEAT_TILES_H
#define PARKIT_HEAT_TILES_H
/*
 * Time tiling: several steps for one pass through memory, by a team. Why and how: heat_tiles.c.
 */
#include "common/team.h"
#include "cpu_bound/heat_field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The grid, or a block of it with what it needs around it. Step k of the field stands in field[k % 2], and step k - 1, where
 * it was not yet overwritten, in the other.
 */
struct heat_grid {
    size_t n;            /* points a side of the whole grid, boundary included: at least 1        */
    size_t rows, columns; /* of the arrays; 0 for heat_grid_alloc(): n                            */
    ptrdiff_t row, column; /* of the grid, where the arrays begin: 0 if they hold all of it       */
    size_t stride;       /* doubles from row to row                            */
    double *field[2];
    double alpha;
    enum isa isa;
    const struct heat_modes *modes; /* the initial field                       */
};

/* Rows, or columns, [begin + t * begin_slope, end + t * end_slope) of the arrays at level t; slopes are -1, 0 or 1. */
struct heat_span {
    ptrdiff_t begin, end;
    int begin_slope, end_slope;
};

/* Points at each level; those of the grid's boundary, which no step writes, are left out. */
struct heat_region {
    struct heat_span rows, columns;
};

/* The steps from + 1 .. from + levels; with `fill` the initial field before them, as level 0. */
struct heat_pass {
    uint64_t from;
    ptrdiff_t levels;
    bool fill;
};

enum heat_cut { HEAT_BY_ROWS, HEAT_BY_COLUMNS };

/**
 * heat_take() - one pass over a region. Called by all @workers of an OpenMP team together; all leave it together.
 *
 * @by: what the team shares out; the region's span of these is to be 2 * levels long for each worker, or some have no part.
 * What lies outside of the region next to it must hold, at each level, what the region reads of it.
 */
void heat_take(const struct heat_grid *g, const struct heat_region *region, const struct heat_pass *pass, enum heat_cut by,
               unsigned worker, unsigned workers);

/** heat_stride() - doubles a row for @n points: whole cache lines, an odd number of them. */
size_t heat_stride(size_t n);

/** heat_grid_alloc() - fields for g->rows x g->columns points, untouched; sets stride. 0 or -ENOMEM. heat_grid_free() frees. */
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
