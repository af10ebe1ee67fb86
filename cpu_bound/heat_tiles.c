/*
 * One step at a time, the whole field goes through memory once a step, and memory is the limit. Here a pass
 * through memory takes `levels` steps, while the points are in cache: memory moves 1 / levels as much.
 *
 * Between the threads: trapezoids, then triangles. A thread owns rows [a, b). First it takes them to level
 * t = 1 .. levels on [a + t, b - t), for which it needs nothing of its neighbours. After a barrier the triangles that
 * are left around each edge e are filled: level t on [e - t, e + t). Nothing is computed twice, a pass has two
 * barriers, and a thread stays on rows whose pages it touched first, but for `levels` of them beyond its edge.
 *
 *     level 3    0 0 0 0 0 . . . . . . 1 1 1 1 1
 *     level 2    0 0 0 0 0 0 . . . . 1 1 1 1 1 1    rows in the trapezoids of threads 0 and 1,
 *     level 1    0 0 0 0 0 0 0 . . 1 1 1 1 1 1 1    and in the triangle of the edge between them (.)
 *     level 0    0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1
 *
 * Two arrays are enough. Level t overwrites level t - 2 of a point; whatever still reads that is level t - 1 of the
 * four neighbours, and level t of the point needs these first. A row at the flank of a trapezoid keeps its last
 * two levels, which are the two that the triangle reads.
 *
 * Within a thread: parallelograms. A tile is ROWS x COLUMNS points, moved up and left by one for each level. Taken from
 * the top and from the left, a tile needs only itself and tiles before it. Its part of the two arrays
 * stays in the L1 cache from level to level; what later tiles need of it, a margin `levels` rows high, stays in L2
 * because tiles go down a band of BAND columns before the next band begins.
 *
 * No point's arithmetic depends on any of this: the bits are those of the plain sweep.
 * Source: Wonnacott, Using time skewing to eliminate idle time due to memory bandwidth and network limitations,
 * IPDPS 2000 (skewed tiles); Grosser et al., Split tiling for GPUs, GPGPU-6, 2013 (the two phases).
 */
#include "cpu_bound/heat_tiles.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>

enum {
    ROWS = 4,      /* ROWS + 2 rows of COLUMNS points of two arrays: 24 KiB of an L1 cache */
    COLUMNS = 256,
    BAND = 512,    /* times some 50 rows of two arrays: 450 KiB of an L2 cache              */
    PAGE = 512,    /* doubles of the smallest page                                         */
};

size_t heat_stride(size_t n)
{
    /* Odd, or rows would stand a power of two apart and share few sets of a cache. */
    return (blocks_count(n, 8) | 1) * 8;
}

int heat_grid_alloc(struct heat_grid *g)
{
    /* Half a page apart: a store to one array does not seem to hit the load from the other that follows it. */
    g->rows = g->rows ? g->rows : g->n;
    g->columns = g->columns ? g->columns : g->n;
    g->stride = heat_stride(g->columns);
    size_t apart = blocks_count(g->rows * g->stride, PAGE) * PAGE + PAGE / 2;
    g->field[0] = array_alloc(2 * apart, sizeof(double));
    if (!g->field[0])
        return -ENOMEM;
    g->field[1] = g->field[0] + apart;
    return 0;
}

void heat_grid_free(struct heat_grid *g)
{
    free(g->field[0]);
    g->field[0] = g->field[1] = NULL;
}

static ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b)
{
    return a > b ? a : b;
}

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* The part of [begin, end) that lies in [first, last), first >= 0; where there is none, *out_begin == *out_end. */
static void clip(ptrdiff_t begin, ptrdiff_t end, ptrdiff_t first, ptrdiff_t last, size_t *out_begin, size_t *out_end)
{
    begin = larger(begin, first);
    *out_begin = (size_t)begin;
    *out_end = (size_t)larger(begin, smaller(end, last));
}

/* The part of @span at level @t that lies in the grid, of whose @n rows or columns the arrays begin with @at. */
static struct heat_span at_level(const struct heat_span *span, ptrdiff_t t, ptrdiff_t n, ptrdiff_t at)
{
    ptrdiff_t border = t == 0 ? 0 : 1; /* points of the boundary are only filled */
    return (struct heat_span){ .begin = larger(span->begin + t * span->begin_slope, larger(border - at, 0)),
                               .end = smaller(span->end + t * span->end_slope, n - border - at) };
}

/* One tile: its points of the first level from (@row, @column) on, and those of each further level up and to the left. */
static void tile(const struct heat_grid *g, const struct heat_region *region, const struct heat_pass *pass, ptrdiff_t row,
                 ptrdiff_t column, ptrdiff_t columns)
{
    ptrdiff_t n = (ptrdiff_t)g->n;
    for (ptrdiff_t t = pass->fill ? 0 : 1; t <= pass->levels; t++) {
        struct heat_span rows = at_level(&region->rows, t, n, g->row), within = at_level(&region->columns, t, n, g->column);
        struct heat_range r;
        clip(row - t, row - t + ROWS, rows.begin, rows.end, &r.row0, &r.row1);
        clip(column - t, column - t + columns, within.begin, within.end, &r.column0, &r.column1);
        uint64_t step = pass->from + (uint64_t)t;
        /* The field is filled into both arrays, for the sake of the boundary, which no step writes. */
        if (t == 0)
            for (int a = 0; a < 2; a++)
                heat_fill(g->modes, g->field[a], g->stride, r, (size_t)g->row, (size_t)g->column);
        else
            ISA_SELECT(heat_step_range, g->isa)(g->field[step % 2], g->field[(step + 1) % 2], g->stride, r, g->alpha);
    }
}

/* All tiles of a region, in an order in which each finds what it needs. */
static void sweep(const struct heat_grid *g, const struct heat_region *region, const struct heat_pass *pass)
{
    const struct heat_span *across = &region->columns, *down = &region->rows;
    ptrdiff_t last_column = across->end + pass->levels * (1 + across->end_slope);
    ptrdiff_t last_row = down->end + pass->levels * (1 + down->end_slope);
    /* A plain sweep has nothing to keep in cache from level to level: whole rows then. */
    ptrdiff_t band = pass->levels > 1 ? BAND : last_column, columns = pass->levels > 1 ? COLUMNS : last_column;
    for (ptrdiff_t b = across->begin; b < last_column; b += band)
        for (ptrdiff_t row = down->begin; row < last_row; row += ROWS)
            for (ptrdiff_t column = b; column < smaller(b + band, last_column); column += columns)
                tile(g, region, pass, row, column, columns);
}

/* Where @worker's part of a span begins. */
static ptrdiff_t edge(const struct heat_span *span, unsigned worker, unsigned workers)
{
    return span->begin + (ptrdiff_t)((size_t)(span->end - span->begin) * worker / workers);
}

/* Flanks towards neighbours recede by one a level; the outer ones are those of the whole. */
static struct heat_span trapezoid(const struct heat_span *span, unsigned worker, unsigned workers)
{
    bool first = worker == 0, last = worker == workers - 1;
    return (struct heat_span){
        .begin = edge(span, worker, workers), .begin_slope = first ? span->begin_slope : 1,
        .end = edge(span, worker + 1, workers), .end_slope = last ? span->end_slope : -1,
    };
}

static struct heat_span triangle(const struct heat_span *span, unsigned worker, unsigned workers)
{
    ptrdiff_t e = edge(span, worker, workers);
    return (struct heat_span){ .begin = e, .end = e, .begin_slope = -1, .end_slope = 1 };
}

void heat_take(const struct heat_grid *g, const struct heat_region *region, const struct heat_pass *pass, enum heat_cut by,
               unsigned worker, unsigned workers)
{
    struct heat_region mine = *region;
    const struct heat_span *whole = by == HEAT_BY_ROWS ? &region->rows : &region->columns;
    struct heat_span *part = by == HEAT_BY_ROWS ? &mine.rows : &mine.columns;
    /* The triangles of two neighbouring edges must not meet. */
    ptrdiff_t fit = larger((whole->end - whole->begin) / (2 * larger(pass->levels, 1)), 1);
    unsigned sharing = fit < workers ? (unsigned)fit : workers;
    if (worker < sharing) {
        *part = trapezoid(whole, worker, sharing);
        sweep(g, &mine, pass);
    }
#pragma omp barrier
    if (worker > 0 && worker < sharing) {
        *part = triangle(whole, worker, sharing);
        sweep(g, &mine, pass);
    }
#pragma omp barrier
}

/* Workers with rows of their own, at least two each; more than that could not all work at once. */
static unsigned owners(const struct heat_grid *g, unsigned threads)
{
    size_t inner = g->n > 2 ? g->n - 2 : 0;
    return inner / 2 < threads ? (unsigned)larger((ptrdiff_t)(inner / 2), 1) : threads;
}

uint64_t heat_passes(const struct heat_grid *g, const struct team *team, uint64_t steps, size_t tile)
{
    unsigned workers = owners(g, team->threads);
    /* The triangles of two neighbouring edges must not meet. */
    size_t fit = workers > 1 ? (g->n - 2) / workers / 2 : tile, levels = fit < tile ? fit : tile;
    return steps > levels ? blocks_count(steps, levels) : 1;
}

void heat_advance(struct heat_grid *g, struct team *team, uint64_t from, uint64_t to, size_t tile)
{
    uint64_t passes = heat_passes(g, team, to - from, tile);
    const struct heat_span side = { .begin = 0, .end = (ptrdiff_t)g->n };
    const struct heat_region all = { side, side };
    /* num_threads: the team that was asked for, whatever OMP_NUM_THREADS says */
#pragma omp parallel default(none) shared(g, team, from, to, passes, all) num_threads(team->threads)
    {
        unsigned worker = (unsigned)omp_get_thread_num();
        uint64_t step = from;
        team_bind(team, worker);
        for (uint64_t p = 0; p < passes; p++) {
            uint64_t levels = (to - step) / (passes - p); /* passes of equal length: a short one would wait for memory */
            struct heat_pass pass = { step, (ptrdiff_t)levels, from == 0 && p == 0 };
            heat_take(g, &all, &pass, HEAT_BY_ROWS, worker, (unsigned)omp_get_num_threads());
            step += levels;
        }
    }
}
