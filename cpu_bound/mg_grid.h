#ifndef PARKIT_MG_GRID_H
#define PARKIT_MG_GRID_H
/*
 * A grid function of one multigrid level, for mg. Point (i, j, l) is number i of line (j, l); lines are whole
 * and contiguous, all processes that share a grid hold whole lines.
 *
 *      gap      points 0 .. n-1      gap      points 0 .. n-1
 *    .......g |................... g.....g |.................. g.......
 *
 * Between lines lies a gap of a cache line: so lines begin on cache lines, follow each other at no power of
 * two, and the periodic neighbours of the ends, g, have room there. They are copies, kept up to date by
 * whoever writes a line that will be read with its neighbours. Short lines have room for two vectors of
 * points; what lies there beyond their end is never used.
 *
 * Lines outside of the grid are found by wrapping the index, so that whole lines are never copied. Where a
 * direction is divided among processes, wrap is all ones, and the lines beyond the end are ghost lines in memory.
 */
#include <stddef.h>
#include <stdint.h>

enum { MG_GAP = 8, MG_SIDE_MIN = 16, MG_SIDE_MAX = 1024 };

struct mg_grid {
    double *memory;         /* what is freed                                          */
    double *origin;         /* point (0, 0, 0)                                        */
    size_t n;               /* points of a line                                       */
    ptrdiff_t line, plane;  /* doubles from a line to the next in j, in l             */
    ptrdiff_t wrap_j, wrap_l;
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

/** mg_line() - point 0 of line (@j, @l), which may lie outside as far as the grid wraps or has ghost lines. */
static inline double *mg_line(const struct mg_grid *g, ptrdiff_t j, ptrdiff_t l)
{
    return g->origin + (l & g->wrap_l) * g->plane + (j & g->wrap_j) * g->line;
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

/** mg_grid_bytes() - what a cube of @n points a side takes. */
double mg_grid_bytes(size_t n);

/**
 * mg_grid_create() - a periodic cube of @n points a side, a power of 2 up to MG_SIDE_MAX. Not yet touched: the
 * threads that will use the planes call mg_grid_zero(). Returns 0 or -ENOMEM. mg_grid_destroy() frees; a zeroed one too.
 */
int mg_grid_create(size_t n, struct mg_grid *out) __attribute__((warn_unused_result));
void mg_grid_destroy(struct mg_grid *g);

/** mg_grid_zero() - all lines of planes [@l0, @l1), with the gaps before them; with the last plane, the gap behind it. */
void mg_grid_zero(struct mg_grid *g, ptrdiff_t l0, ptrdiff_t l1);

#endif
