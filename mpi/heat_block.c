/*
 * heat on ranks: blocks in two dimensions, as square as the number of ranks allows, each with a halo that is several points
 * deep: one exchange is enough for as many steps, and these go through memory once, in the tiles of cpu_bound/heat_tiles.c.
 *
 * A pass of L steps. With C rows [a, b) of a block that has neighbours above and below:
 *
 *     the rows and columns that the neighbours need are copied, and the exchange is started
 *     inner    level t on rows [a + t, b - t): needs no halo, and is computed meanwhile
 *     the exchange is waited for
 *     strips   level t on rows [a - L + t, a + t) above, and [b - t, b + L - t) below
 *
 * and the same with columns: strips on the left and right first, beside the inner rows, then those above and below over the
 * whole width. What a strip computes within the halo its owner computes, too: that is the price of fewer exchanges, of
 * some L / rows of the work. Two arrays are enough for the reason that is given for the triangles in heat_tiles.c: of a point at the
 * flank of the inner region the last two levels are there, and these are what a strip reads.
 *
 * Copies are sent since level 2 overwrites the level 0 that is on its way; what comes is received where it belongs, by derived
 * datatypes. The requests are persistent: set up once, started every pass.
 *
 * Volume. With P x Q ranks a block is n/P rows by n/Q columns, and an exchange of depth L sends L rows and columns of its rim to
 * those neighbours that exist, and corners of L x L points. Depths add up to the steps, but that the first pass of L_1 steps needs
 * none, as the initial field is known everywhere:
 *
 *     bytes of a rank = 8 ((steps - L_1) (p n/Q + q n/P) + p q sum of L^2),   p = min(2, P - 1), q = min(2, Q - 1)
 *
 * for a rank in the middle; with R ranks that falls as n / sqrt(R), where strips of rows would send 2 n always.
 */
#include "mpi/heat_block.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Where a side lies: rows above (-1) or below (1), columns to the left or right. */
static const struct {
    int rows, columns;
} direction[HEAT_SIDES] = {
    [HEAT_ABOVE] = { -1, 0 }, [HEAT_BELOW] = { 1, 0 }, [HEAT_LEFT] = { 0, -1 }, [HEAT_RIGHT] = { 0, 1 },
    [HEAT_ABOVE_LEFT] = { -1, -1 }, [HEAT_BELOW_RIGHT] = { 1, 1 }, [HEAT_ABOVE_RIGHT] = { -1, 1 }, [HEAT_BELOW_LEFT] = { 1, -1 },
};

/* --- where things are --- */

static size_t pieces_with_points(size_t n, int pieces)
{
    return n < (size_t)pieces ? n : (size_t)pieces;
}

size_t heat_block_edge(size_t n, int pieces, int i)
{
    size_t full = pieces_with_points(n, pieces);
    return (size_t)i < full ? n * (size_t)i / full : n;
}

static size_t largest_piece(size_t n, int pieces)
{
    return (n + (size_t)pieces - 1) / (size_t)pieces;
}

size_t heat_block_point(const struct heat_block *b, size_t row, size_t column)
{
    return (row - (size_t)b->grid.row) * b->grid.stride + column - (size_t)b->grid.column;
}

static size_t rows_of(const struct heat_block *b)
{
    return b->row1 - b->row0;
}

static size_t columns_of(const struct heat_block *b)
{
    return b->column1 - b->column0;
}

static bool has(const struct heat_block *b, enum heat_side side)
{
    return b->neighbour[side] != MPI_PROC_NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* So deep that strips of the smallest block do not meet, nor the triangles between the threads of a team; at least 1. */
static size_t depth_of(const struct heat_block *b, unsigned threads)
{
    size_t n = b->grid.n, depth = b->tile;
    if (b->dims[0] > 1 || threads > 1)
        depth = smaller(depth, n / (size_t)b->dims[0] / 2 / threads);
    if (b->dims[1] > 1)
        depth = smaller(depth, n / (size_t)b->dims[1] / 2);
    return larger(depth, 1);
}

double heat_block_bytes(size_t n, int ranks, size_t tile)
{
    int dims[2] = { 0, 0 };
    if (MPI_Dims_create(ranks, 2, dims) != MPI_SUCCESS)
        return 0;
    double rows = (double)largest_piece(n, dims[0]), columns = (double)largest_piece(n, dims[1]);
    double rim = dims[0] > 1 ? (double)smaller(tile, n / (size_t)dims[0] / 2 + 1) : 0;
    double side = dims[1] > 1 ? (double)smaller(tile, n / (size_t)dims[1] / 2 + 1) : 0;
    double all = (rows + 2 * rim) * (double)heat_stride((size_t)(columns + 2 * side));
    return sizeof(double) * (2 * all + 2 * rim * (columns + 2 * side) + 2 * side * rows);
}

static double neighbours_of_middle(int pieces)
{
    return pieces < 3 ? pieces - 1 : 2;
}

/* --- passes --- */

/* Passes of about equal length: a short one would wait for memory. */
static uint64_t passes_of(const struct heat_block *b, uint64_t begin, uint64_t end)
{
    return blocks_count(end - begin, b->depth);
}

static uint64_t levels_of(uint64_t step, uint64_t end, uint64_t passes_left)
{
    return (end - step) / passes_left;
}

double heat_block_formula(const struct heat_block *b, uint64_t begin, uint64_t end)
{
    size_t n = b->grid.n;
    double above = neighbours_of_middle(b->dims[0]), beside = neighbours_of_middle(b->dims[1]), points = 0;
    uint64_t passes = passes_of(b, begin, end), step = begin;
    for (uint64_t p = 0; p < passes; p++) {
        uint64_t levels = levels_of(step, end, passes - p);
        if (step > 0)
            points += (double)levels * (above * (double)largest_piece(n, b->dims[1]) + beside * (double)largest_piece(n, b->dims[0]) +
                                        above * beside * (double)levels);
        step += levels;
    }
    return sizeof(double) * points;
}

/* --- set-up --- */

/* The grid of ranks; the order of the ranks is kept, so that blocks of one row of it follow each other. */
static int stand_in_grid(struct mpi_runtime *rt, struct heat_block *b)
{
    int ranks = rt->base.ranks, rank = rt->base.rank, periodic[2] = { 0, 0 };
    int rc = mpi_check("MPI_Dims_create", MPI_Dims_create(ranks, 2, b->dims));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_create", MPI_Cart_create(rt->comm, 2, b->dims, periodic, 0, &b->cart));
    return rc ? rc : mpi_check("MPI_Cart_coords", MPI_Cart_coords(b->cart, rank, 2, b->coords));
}

/* Which points are this rank's. */
static void take_points(struct heat_block *b)
{
    size_t n = b->grid.n;
    b->row0 = heat_block_edge(n, b->dims[0], b->coords[0]);
    b->row1 = heat_block_edge(n, b->dims[0], b->coords[0] + 1);
    b->column0 = heat_block_edge(n, b->dims[1], b->coords[1]);
    b->column1 = heat_block_edge(n, b->dims[1], b->coords[1] + 1);
}

/* Blocks without points are none, and have none, so there is a neighbour wherever there are points. */
static int find_neighbours(struct heat_block *b)
{
    size_t n = b->grid.n;
    bool empty = rows_of(b) == 0 || columns_of(b) == 0;
    int rc = 0;
    for (int side = 0; rc == 0 && side < HEAT_SIDES; side++) {
        int rows = direction[side].rows, columns = direction[side].columns;
        int at[2] = { b->coords[0] + rows, b->coords[1] + columns };
        bool none = empty || (rows < 0 && b->row0 == 0) || (rows > 0 && b->row1 == n) || (columns < 0 && b->column0 == 0) ||
                    (columns > 0 && b->column1 == n);
        b->neighbour[side] = MPI_PROC_NULL;
        if (!none)
            rc = mpi_check("MPI_Cart_rank", MPI_Cart_rank(b->cart, at, &b->neighbour[side]));
    }
    return rc;
}

/* Points of the side's rim, @depth deep. */
static size_t rim_rows(const struct heat_block *b, int side, size_t depth)
{
    return direction[side].rows ? depth : rows_of(b);
}

static size_t rim_columns(const struct heat_block *b, int side, size_t depth)
{
    return direction[side].columns ? depth : columns_of(b);
}

static int allocate(struct heat_block *b)
{
    struct heat_grid *g = &b->grid;
    size_t above = has(b, HEAT_ABOVE) * b->depth, left = has(b, HEAT_LEFT) * b->depth, points = 0;
    g->row = (ptrdiff_t)(b->row0 - above);
    g->column = (ptrdiff_t)(b->column0 - left);
    g->rows = above + rows_of(b) + has(b, HEAT_BELOW) * b->depth;
    g->columns = left + columns_of(b) + has(b, HEAT_RIGHT) * b->depth;
    if (g->rows == 0 || g->columns == 0) /* heat_grid_alloc() takes 0 for all */
        g->rows = g->columns = 1;
    if (g->rows > INT_MAX || heat_stride(g->columns) > INT_MAX)
        return -EOVERFLOW;
    for (int side = 0; side < HEAT_SIDES; side++)
        points += has(b, side) ? rim_rows(b, side, b->depth) * rim_columns(b, side, b->depth) : 0;
    b->outgoing[0] = array_alloc(points + 1, sizeof(double));
    for (int side = 0; side + 1 < HEAT_SIDES; side++)
        b->outgoing[side + 1] = b->outgoing[side] + (has(b, side) ? rim_rows(b, side, b->depth) * rim_columns(b, side, b->depth) : 0);
    return b->outgoing[0] ? heat_grid_alloc(g) : -ENOMEM;
}

/* --- the exchange --- */

static void free_plan(struct heat_block *b)
{
    for (int array = 0; array < 2; array++)
        for (int i = 0; i < 2 * HEAT_SIDES; i++)
            if (b->request[array][i] != MPI_REQUEST_NULL)
                MPI_Request_free(&b->request[array][i]); /* nobody looks: there is nothing left to do about it */
    b->planned = 0;
}

/* The first of the own points that go to a side, and of those of the halo that come from there. */
static size_t first_sent(const struct heat_block *b, int side, size_t depth)
{
    return heat_block_point(b, direction[side].rows > 0 ? b->row1 - depth : b->row0,
                            direction[side].columns > 0 ? b->column1 - depth : b->column0);
}

static size_t first_received(const struct heat_block *b, int side, size_t depth)
{
    size_t row = direction[side].rows > 0 ? b->row1 : direction[side].rows < 0 ? b->row0 - depth : b->row0;
    size_t column = direction[side].columns > 0 ? b->column1 : direction[side].columns < 0 ? b->column0 - depth : b->column0;
    return heat_block_point(b, row, column);
}

/* A message carries the side that it leaves from as its tag: with two ranks along a side both come from one neighbour. */
static int plan_side(struct heat_block *b, int side, size_t depth)
{
    int rows = (int)rim_rows(b, side, depth), columns = (int)rim_columns(b, side, depth), to = b->neighbour[side], opposite = side ^ 1;
    MPI_Datatype rim;
    int rc = mpi_check("MPI_Type_vector", MPI_Type_vector(rows, columns, (int)b->grid.stride, MPI_DOUBLE, &rim));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&rim));
    for (int array = 0; rc == 0 && array < 2; array++) {
        MPI_Request *request = &b->request[array][2 * side];
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(b->grid.field[array] + first_received(b, side, depth), 1, rim, to, opposite,
                                                      b->cart, request));
        if (rc == 0)
            rc = mpi_check("MPI_Send_init", MPI_Send_init(b->outgoing[side], rows * columns, MPI_DOUBLE, to, side, b->cart,
                                                          request + 1));
    }
    b->sent_bytes += sizeof(double) * rows * columns;
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&rim)); /* MPI keeps it while it is used */
}

static int plan_exchange(struct heat_block *b, size_t depth)
{
    int rc = 0;
    if (b->planned == depth)
        return 0;
    free_plan(b);
    b->sent_bytes = 0;
    for (int side = 0; rc == 0 && side < HEAT_SIDES; side++)
        if (has(b, side))
            rc = plan_side(b, side, depth);
    b->planned = depth;
    return rc;
}

/* The points that go to the sides, to where they are sent from: by the team, row by row. */
static void copy_rims(const struct heat_block *b, const double *field, size_t depth)
{
    for (int side = 0; side < HEAT_SIDES; side++) {
        if (!has(b, side))
            continue;
        size_t rows = rim_rows(b, side, depth), columns = rim_columns(b, side, depth);
        const double *from = field + first_sent(b, side, depth);
#pragma omp for schedule(static) nowait /* equal rows; a barrier follows the last side */
        for (size_t i = 0; i < rows; i++)
            memcpy(b->outgoing[side] + i * columns, from + i * b->grid.stride, columns * sizeof *from);
    }
#pragma omp barrier
}

int heat_block_create(struct mpi_runtime *rt, struct heat_block *b, unsigned threads)
{
    b->cart = MPI_COMM_NULL;
    for (int i = 0; i < 2 * 2 * HEAT_SIDES; i++)
        b->request[i / (2 * HEAT_SIDES)][i % (2 * HEAT_SIDES)] = MPI_REQUEST_NULL;
    int rc = stand_in_grid(rt, b);
    uint64_t depth = depth_of(b, threads), least = depth;
    take_points(b);
    if (rc == 0) /* teams may differ */
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&depth, &least, 1, MPI_UINT64_T, MPI_MIN, rt->comm));
    b->depth = least;
    if (rc == 0)
        rc = find_neighbours(b);
    if (rc == 0)
        rc = allocate(b);
    return rt->base.agree(&rt->base, rc);
}

void heat_block_destroy(struct heat_block *b)
{
    free_plan(b);
    free(b->outgoing[0]);
    heat_grid_free(&b->grid);
    if (b->cart != MPI_COMM_NULL)
        MPI_Comm_free(&b->cart);
}

/* --- steps --- */

/* The own rows or columns of the arrays; flanks towards neighbours recede by one a level. */
static struct heat_span inner(size_t begin, size_t end, bool before, bool behind)
{
    return (struct heat_span){ (ptrdiff_t)begin, (ptrdiff_t)end, before ? 1 : 0, behind ? -1 : 0 };
}

/* The strip of @levels rows or columns before the first of a span, which receded from it; or behind its last. */
static struct heat_span strip(struct heat_span own, bool behind, ptrdiff_t levels)
{
    return behind ? (struct heat_span){ own.end, own.end + levels, -1, -1 } : (struct heat_span){ own.begin - levels, own.begin, 1, 1 };
}

/* A span together with its strips. */
static struct heat_span with_strips(struct heat_span own, ptrdiff_t levels)
{
    return (struct heat_span){ own.begin - own.begin_slope * levels, own.end - own.end_slope * levels, own.begin_slope, own.end_slope };
}

static struct heat_region inner_of(const struct heat_block *b)
{
    size_t row = b->row0 - (size_t)b->grid.row, column = b->column0 - (size_t)b->grid.column;
    return (struct heat_region){ inner(row, row + rows_of(b), has(b, HEAT_ABOVE), has(b, HEAT_BELOW)),
                                 inner(column, column + columns_of(b), has(b, HEAT_LEFT), has(b, HEAT_RIGHT)) };
}

static void take_strips(const struct heat_block *b, const struct heat_pass *pass, unsigned worker, unsigned workers)
{
    const struct heat_region own = inner_of(b);
    for (int behind = 0; behind < 2; behind++)
        if (has(b, behind ? HEAT_RIGHT : HEAT_LEFT)) {
            struct heat_region beside = { own.rows, strip(own.columns, behind, pass->levels) };
            heat_take(&b->grid, &beside, pass, HEAT_BY_ROWS, worker, workers);
        }
    for (int behind = 0; behind < 2; behind++)
        if (has(b, behind ? HEAT_BELOW : HEAT_ABOVE)) {
            struct heat_region across = { strip(own.rows, behind, pass->levels), with_strips(own.columns, pass->levels) };
            heat_take(&b->grid, &across, pass, HEAT_BY_COLUMNS, worker, workers);
        }
}

/* Both arrays, since the boundary is never written by a step. */
void heat_block_fill(struct heat_block *b, struct team *team)
{
    /* num_threads: the team that will compute */
#pragma omp parallel default(none) shared(b, team) num_threads(team->threads)
    {
        unsigned worker = (unsigned)omp_get_thread_num(), workers = (unsigned)omp_get_num_threads();
        const struct heat_grid *g = &b->grid;
        struct heat_range r = { g->rows * worker / workers, g->rows * (worker + 1) / workers, 0, g->columns };
        team_bind(team, worker);
        if (rows_of(b) > 0 && columns_of(b) > 0)
            for (int a = 0; a < 2; a++)
                heat_fill(g->modes, g->field[a], g->stride, r, (size_t)g->row, (size_t)g->column);
    }
}

/* One run by a team: what its first thread, who speaks to MPI, keeps of it. */
struct stepping {
    struct mpi_runtime *rt;
    struct heat_block *block;
    int rc;
    double last;    /* when the phase before ended */
};

static void start_exchange(struct stepping *s, const struct heat_pass *pass)
{
    struct heat_block *b = s->block;
    lap(&s->last, &s->rt->phases.compute_s);
    s->rc = plan_exchange(b, (size_t)pass->levels);
    MPI_Request *request = b->request[pass->from % 2];
    for (int i = 0; s->rc == 0 && i < 2 * HEAT_SIDES; i++)
        if (request[i] != MPI_REQUEST_NULL)
            s->rc = mpi_check("MPI_Start", MPI_Start(&request[i]));
    s->rt->traffic.sent_bytes += b->sent_bytes;
    lap(&s->last, &s->rt->phases.communicate_s);
}

static void wait_for_exchange(struct stepping *s, const struct heat_pass *pass)
{
    lap(&s->last, &s->rt->phases.compute_s);
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Waitall", MPI_Waitall(2 * HEAT_SIDES, s->block->request[pass->from % 2], MPI_STATUSES_IGNORE));
    lap(&s->last, &s->rt->phases.wait_s);
}

/*
 * Called by the whole team; only the first thread calls MPI. All return what came of that, and they read it between the
 * barriers, where nobody changes it: else one might leave before the others know.
 */
static int take_pass(struct stepping *s, const struct heat_pass *pass, unsigned worker, unsigned workers)
{
    const struct heat_block *b = s->block;
    const struct heat_region own = inner_of(b);
    if (!pass->fill)
        copy_rims(b, b->grid.field[pass->from % 2], (size_t)pass->levels);
    if (!pass->fill && worker == 0)
        start_exchange(s, pass);
    heat_take(&b->grid, &own, pass, HEAT_BY_ROWS, worker, workers);
    if (!pass->fill && worker == 0)
        wait_for_exchange(s, pass);
#pragma omp barrier
    int rc = s->rc;
    take_strips(b, pass, worker, workers);
#pragma omp barrier
    return rc;
}

int heat_block_run(struct mpi_runtime *rt, struct heat_block *b, uint64_t begin, uint64_t end, struct team *team)
{
    struct stepping s = { .rt = rt, .block = b, .last = clock_now_s() };
    bool empty = rows_of(b) == 0 || columns_of(b) == 0;
    uint64_t passes = passes_of(b, begin, end);
    if (empty)
        return 0;
    rt->traffic.formula_bytes += heat_block_formula(b, begin, end);
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(b, s, begin, end, passes, team) num_threads(team->threads)
    {
        unsigned worker = (unsigned)omp_get_thread_num(), workers = (unsigned)omp_get_num_threads();
        uint64_t step = begin;
        int rc = 0;
        team_bind(team, worker);
        for (uint64_t p = 0; rc == 0 && p < passes; p++) {
            struct heat_pass pass = { step, (ptrdiff_t)levels_of(step, end, passes - p), step == 0 };
            rc = take_pass(&s, &pass, worker, workers);
            step += (uint64_t)pass.levels;
        }
    }
    lap(&s.last, &rt->phases.compute_s);
    return s.rc;
}
