#ifndef PARKIT_MG_GRID_H
#define PARKIT_MG_GRID_H
/*
 * A grid function of one multigrid level, for mg, or the part of it that one process holds (mg_part.h). Lines run along
 * i and are contiguous:
 *
 *      gap      points 0 .. n-1      gap      points 0 .. n-1
 *    .......g |................... g.....g |.................. g.......
 *
 * Between lines lies a gap of a cache line: so lines begin on cache lines, follow each other at no power of
 * two, and the periodic neighbours of the ends, g, have room there. They are copies, kept up to date by
 * whoever writes a line that will be read with its neighbours. Short lines have room for two vectors of
 * points; what lies there beyond their end is never used.
 *
 * Lines outside of the grid are found by wrapping the index, so that whole lines are never copied. Where j or l is cut
 * into pieces, the index is not wrapped (wrap is all ones), and lines beyond the block are ghost lines in memory.
 *
 * Where i is cut, a line in memory is a block's with a cache line of ghosts on either side. The kernels treat
 * it like any line: what they close at its ends is then wrong, and each stage makes one more ghost wrong from there; the
 * block is out of reach of that (MG_GHOST).
 */
#include "cpu_bound/nas/mg_part.h"

#include <stddef.h>
#include <stdint.h>

enum { MG_GAP = 8, MG_SIDE_MIN = 16, MG_SIDE_MAX = 1024 };

struct mg_grid {
    double *memory;         /* what is freed                                              */
    double *origin;         /* the first point in memory of the first line                */
    size_t n;               /* points of a line in memory                                 */
    size_t lead, own;       /* of them the process owns so many, behind so many others    */
    ptrdiff_t line, plane;  /* doubles from a line to the next in j, in l                 */
    ptrdiff_t wrap_j, wrap_l;
    ptrdiff_t i0, j0, l0;   /* the first point, line and plane in memory, of the level's  */
    ptrdiff_t lines, planes; /* in memory                                                 */
};

/* A box of lines: [j0, j1) x [l0, l1). */
struct mg_box {
    ptrdiff_t j0, j1, l0, l1;
};

/** mg_line_length() - doubles from line to line where lines have @n points. */
static inline ptrdiff_t mg_line_length(size_t n)
{
    return (ptrdiff_t)(n < MG_SIDE_MIN ? MG_SIDE_MIN : n) + MG_GAP;
}

/** mg_stored_points() - of a line whose block has @own points, where i is cut: with ghosts, and no rest of two vectors. */
static inline size_t mg_stored_points(size_t own)
{
    return (own + 2 * MG_GAP + MG_SIDE_MIN - 1) / MG_SIDE_MIN * MG_SIDE_MIN;
}

/** mg_line() - the first point of line (@j, @l), which may lie outside as far as the grid wraps or has ghost lines. */
static inline double *mg_line(const struct mg_grid *g, ptrdiff_t j, ptrdiff_t l)
{
    return g->origin + ((l & g->wrap_l) - g->l0) * g->plane + ((j & g->wrap_j) - g->j0) * g->line;
}

/** mg_lines_ahead() - how many lines from (@j, l) on, up to line @end, follow each other in memory. */
static inline size_t mg_lines_ahead(const struct mg_grid *g, ptrdiff_t j, ptrdiff_t end)
{
    ptrdiff_t to_wrap = g->wrap_j < 0 ? end - j : g->wrap_j + 1 - (j & g->wrap_j);
    return (size_t)(to_wrap < end - j ? to_wrap : end - j);
}

/** mg_close_line() - the copies of the ends of a line of @n points: its periodic neighbours. */
static inline void mg_close_line(double *line, size_t n)
{
    line[-1] = line[n - 1];
    line[n] = line[0];
}

/** mg_close_wide() - the same for the MG_GHOST points that a finer level may read where i is cut there. */
static inline void mg_close_wide(double *line, size_t n)
{
    for (ptrdiff_t k = 0; k < MG_GHOST; k++) {
        line[k - MG_GHOST] = line[(ptrdiff_t)n + k - MG_GHOST];
        line[(ptrdiff_t)n + k] = line[k];
    }
}

/** mg_grid_bytes() - what the grid of @extent takes. */
double mg_grid_bytes(const struct mg_extent *extent);

/**
 * mg_grid_create() - for @extent, of a level of up to MG_SIDE_MAX points a side. Not yet touched: the threads that will
 * use the planes call mg_grid_zero(). Returns 0 or -ENOMEM. mg_grid_destroy() frees; a zeroed one too.
 */
int mg_grid_create(const struct mg_extent *extent, struct mg_grid *out) __attribute__((warn_unused_result));
void mg_grid_destroy(struct mg_grid *g);

/** mg_grid_zero() - all lines in memory of planes [@l0, @l1); with the first and the last one, what lies before and behind. */
void mg_grid_zero(struct mg_grid *g, ptrdiff_t l0, ptrdiff_t l1);

/** mg_grid_lines() - all lines in memory. */
static inline struct mg_box mg_grid_lines(const struct mg_grid *g)
{
    return (struct mg_box){ g->j0, g->j0 + g->lines, g->l0, g->l0 + g->planes };
}

#endif
