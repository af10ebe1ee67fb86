/*
 * heat on ranks: blocks in two dimensions, as square as the number of ranks allows.
 *
 * A step: the exchange of the halo is started, points that need no halo are computed meanwhile by the whole team, the
 * exchange is waited for, and the rim of the block follows. Rows lie together in memory; columns are sent
 * straight from where they are by a derived datatype. The requests are persistent: set up once, started every step.
 *
 * Volume. With P x Q ranks a block is n/P rows by n/Q columns, and each exchange sends its rim to those neighbours that
 * exist. The first step needs none, as the initial field is known everywhere:
 *
 *     bytes of a rank = 8 (steps - 1) (min(2, P - 1) n/Q + min(2, Q - 1) n/P)
 *
 * for a rank in the middle; with R ranks that falls as n / sqrt(R), where strips of rows would send 2 n always.
 */
#include "mpi/heat_block.h"

#include "common/clock.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { LEAD = 8 }; /* columns before the first: the halo, and rows begin with a cache line */

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
    return (1 + row - b->row0) * b->stride + LEAD + column - b->column0;
}

static size_t rows_of(const struct heat_block *b)
{
    return b->row1 - b->row0;
}

static size_t columns_of(const struct heat_block *b)
{
    return b->column1 - b->column0;
}

static size_t stride_of(size_t columns)
{
    return heat_stride(LEAD + columns + 1);
}

double heat_block_bytes(size_t n, int ranks)
{
    int dims[2] = { 0, 0 };
    if (MPI_Dims_create(ranks, 2, dims) != MPI_SUCCESS)
        return 0;
    return 2.0 * sizeof(double) * (double)(largest_piece(n, dims[0]) + 2) * (double)stride_of(largest_piece(n, dims[1]));
}

static double neighbours_of_middle(int pieces)
{
    return pieces < 3 ? pieces - 1 : 2;
}

double heat_block_formula(const struct heat_block *b, uint64_t begin, uint64_t end)
{
    uint64_t first = begin > 0 ? begin : 1;
    size_t n = b->modes->n;
    double rim = neighbours_of_middle(b->dims[0]) * (double)largest_piece(n, b->dims[1]) +
                 neighbours_of_middle(b->dims[1]) * (double)largest_piece(n, b->dims[0]);
    return end > first ? sizeof(double) * (double)(end - first) * rim : 0;
}

/* --- set-up --- */

/* The grid of ranks; the order of the ranks is kept, so that blocks of one row of it follow each other. */
static int stand_in_grid(struct mpi_runtime *rt, struct heat_block *b)
{
    int ranks = rt->base.ranks, rank = rt->base.rank, periodic[2] = { 0, 0 }, *to = b->neighbour;
    int rc = mpi_check("MPI_Dims_create", MPI_Dims_create(ranks, 2, b->dims));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_create", MPI_Cart_create(rt->comm, 2, b->dims, periodic, 0, &b->cart));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_coords", MPI_Cart_coords(b->cart, rank, 2, b->coords));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_shift", MPI_Cart_shift(b->cart, 0, 1, &to[HEAT_ABOVE], &to[HEAT_BELOW]));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_shift", MPI_Cart_shift(b->cart, 1, 1, &to[HEAT_LEFT], &to[HEAT_RIGHT]));
    return rc;
}

/* Which points are this rank's; an empty block has no neighbours and is none. */
static void take_points(struct heat_block *b)
{
    size_t n = b->modes->n;
    b->row0 = heat_block_edge(n, b->dims[0], b->coords[0]);
    b->row1 = heat_block_edge(n, b->dims[0], b->coords[0] + 1);
    b->column0 = heat_block_edge(n, b->dims[1], b->coords[1]);
    b->column1 = heat_block_edge(n, b->dims[1], b->coords[1] + 1);
    bool empty = b->row0 == b->row1 || b->column0 == b->column1;
    if (empty || b->row1 == n)
        b->neighbour[HEAT_BELOW] = MPI_PROC_NULL;
    if (empty || b->column1 == n)
        b->neighbour[HEAT_RIGHT] = MPI_PROC_NULL;
    if (empty)
        b->neighbour[HEAT_ABOVE] = b->neighbour[HEAT_LEFT] = MPI_PROC_NULL;
    b->stride = stride_of(columns_of(b));
}

static int allocate(struct heat_block *b)
{
    size_t doubles = (rows_of(b) + 2) * b->stride;
    if (rows_of(b) > INT_MAX || b->stride > INT_MAX)
        return -EOVERFLOW;
    for (int a = 0; a < 2; a++) {
        b->field[a] = array_alloc(doubles, sizeof(double));
        if (!b->field[a])
            return -ENOMEM;
    }
    return 0;
}

/* What is sent to a side and what comes from there: the first point of each. */
struct rim {
    size_t send, receive;
};

static struct rim rim_of(const struct heat_block *b, int side)
{
    size_t first = b->stride + LEAD, last_row = rows_of(b) * b->stride + LEAD, last = LEAD + columns_of(b) - 1;
    switch (side) {
    case HEAT_ABOVE: return (struct rim){ first, LEAD };
    case HEAT_BELOW: return (struct rim){ last_row, last_row + b->stride };
    case HEAT_LEFT:  return (struct rim){ first, first - 1 };
    default:         return (struct rim){ b->stride + last, b->stride + last + 1 };
    }
}

/* A message carries the side that it leaves from as its tag: with two ranks along a side both come from one neighbour. */
static int plan_side(struct heat_block *b, int array, int side)
{
    struct rim rim = rim_of(b, side);
    bool row = side == HEAT_ABOVE || side == HEAT_BELOW;
    MPI_Datatype type = row ? MPI_DOUBLE : b->column;
    int count = row ? (int)columns_of(b) : 1, opposite = side ^ 1, to = b->neighbour[side];
    MPI_Request *request = &b->request[array][2 * side];
    int rc = mpi_check("MPI_Recv_init", MPI_Recv_init(b->field[array] + rim.receive, count, type, to, opposite, b->cart,
                                                      request));
    return rc ? rc : mpi_check("MPI_Send_init", MPI_Send_init(b->field[array] + rim.send, count, type, to, side, b->cart,
                                                              request + 1));
}

static int plan_exchange(struct heat_block *b)
{
    int rc = mpi_check("MPI_Type_vector", MPI_Type_vector((int)rows_of(b), 1, (int)b->stride, MPI_DOUBLE, &b->column));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&b->column));
    for (int array = 0; array < 2; array++)
        for (int side = 0; rc == 0 && side < HEAT_SIDES; side++)
            rc = plan_side(b, array, side);
    for (int side = 0; side < HEAT_SIDES; side++)
        if (b->neighbour[side] != MPI_PROC_NULL)
            b->sent_bytes += sizeof(double) * (double)(side < HEAT_LEFT ? columns_of(b) : rows_of(b));
    return rc;
}

int heat_block_create(struct mpi_runtime *rt, struct heat_block *b)
{
    b->cart = MPI_COMM_NULL;
    b->column = MPI_DATATYPE_NULL;
    for (int i = 0; i < 2 * 2 * HEAT_SIDES; i++)
        b->request[i / (2 * HEAT_SIDES)][i % (2 * HEAT_SIDES)] = MPI_REQUEST_NULL;
    int rc = stand_in_grid(rt, b);
    if (rc == 0) {
        take_points(b);
        rc = allocate(b);
    }
    if (rc == 0)
        rc = plan_exchange(b);
    return rt->base.agree(&rt->base, rc);
}

/* Nobody looks at what these calls return: there is nothing left to do about it. */
void heat_block_destroy(struct heat_block *b)
{
    for (int array = 0; array < 2; array++) {
        for (int i = 0; i < 2 * HEAT_SIDES; i++)
            if (b->request[array][i] != MPI_REQUEST_NULL)
                MPI_Request_free(&b->request[array][i]);
        free(b->field[array]);
    }
    if (b->column != MPI_DATATYPE_NULL)
        MPI_Type_free(&b->column);
    if (b->cart != MPI_COMM_NULL)
        MPI_Comm_free(&b->cart);
}

/* --- steps --- */

/* Rows and columns of the arrays that a step computes: the block but for the boundary of the grid. */
static struct heat_range computed(const struct heat_block *b)
{
    size_t last = b->modes->n - 1; /* rows or columns of the boundary at the block's sides are left out */
    return (struct heat_range){
        .row0 = 1 + (b->row0 == 0), .row1 = 1 + rows_of(b) - (b->row1 == last + 1 && rows_of(b) > 0),
        .column0 = LEAD + (b->column0 == 0),
        .column1 = LEAD + columns_of(b) - (b->column1 == last + 1 && columns_of(b) > 0),
    };
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The points that read no halo. */
static struct heat_range inner(const struct heat_block *b)
{
    struct heat_range r = computed(b);
    return (struct heat_range){ larger(r.row0, 2), smaller(r.row1, rows_of(b)), larger(r.column0, LEAD + 1),
                                smaller(r.column1, LEAD + columns_of(b) - (columns_of(b) > 0)) };
}

/* @worker's share of the rows of a range. */
static struct heat_range share(struct heat_range r, unsigned worker, unsigned workers)
{
    size_t rows = r.row1 > r.row0 ? r.row1 - r.row0 : 0, begin = r.row0;
    r.row0 = begin + rows * worker / workers;
    r.row1 = begin + rows * (worker + 1) / workers;
    return r;
}

static void step_range(const struct heat_block *b, uint64_t step, struct heat_range r)
{
    ISA_SELECT(heat_step_range, b->isa)(b->field[(step + 1) % 2], b->field[step % 2], b->stride, r, b->alpha);
}

/* What inner() leaves of computed(): in each row the points outside the inner columns, or all of it above and below. */
static void step_rim(const struct heat_block *b, uint64_t step, unsigned worker, unsigned workers)
{
    struct heat_range all = share(computed(b), worker, workers), in = inner(b);
    bool none = in.row0 >= in.row1 || in.column0 >= in.column1;
    for (size_t row = all.row0; row < all.row1; row++) {
        struct heat_range left = { row, row + 1, all.column0, all.column1 }, right = left;
        if (!none && row >= in.row0 && row < in.row1) {
            left.column1 = in.column0;
            right.column0 = in.column1;
            step_range(b, step, right);
        }
        step_range(b, step, left);
    }
}

/* Both arrays, since the boundary is never written by a step; with the halo, so that the first step needs no messages. */
static void fill(const struct heat_block *b, unsigned worker, unsigned workers)
{
    size_t n = b->modes->n, above = b->row0 > 0, left = b->column0 > 0;
    struct heat_range r = { 1 - above, 1 + rows_of(b) + (b->row1 < n), LEAD - left, LEAD + columns_of(b) + (b->column1 < n) };
    r = share(r, worker, workers);
    /* heat_fill() counts from the array's first point, which is outside of the grid in the first blocks. */
    size_t rows = r.row1 - r.row0, columns = r.column1 - r.column0;
    struct heat_range from_corner = { 0, rows, 0, columns };
    for (int a = 0; a < 2; a++)
        heat_fill(b->modes, b->field[a] + r.row0 * b->stride + r.column0, b->stride, from_corner, b->row0 + r.row0 - 1,
                  b->column0 + r.column0 - LEAD);
}

/* One run by a team: what its first thread, who speaks to MPI, keeps of it. */
struct stepping {
    struct mpi_runtime *rt;
    struct heat_block *block;
    int rc;
    double last;    /* when the phase before ended */
};

static void ends_phase(struct stepping *s, double *phase)
{
    double now = clock_now_s();
    *phase += now - s->last;
    s->last = now;
}

static void start_exchange(struct stepping *s, uint64_t step)
{
    struct heat_block *b = s->block;
    s->rc = mpi_check("MPI_Startall", MPI_Startall(2 * HEAT_SIDES, b->request[step % 2]));
    s->rt->traffic.sent_bytes += b->sent_bytes;
    ends_phase(s, &s->rt->phases.communicate_s);
}

static void wait_for_exchange(struct stepping *s, uint64_t step)
{
    ends_phase(s, &s->rt->phases.compute_s);
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Waitall", MPI_Waitall(2 * HEAT_SIDES, s->block->request[step % 2], MPI_STATUSES_IGNORE));
    ends_phase(s, &s->rt->phases.wait_s);
}

/*
 * Called by the whole team; only the first thread calls MPI. All return what came of that, and they read it between the
 * barriers, where nobody changes it: else one might leave before the others know.
 */
static int step_once(struct stepping *s, uint64_t step, unsigned worker, unsigned workers)
{
    bool exchange = step > 0, speaks = exchange && worker == 0;
    if (speaks)
        start_exchange(s, step);
    step_range(s->block, step, share(inner(s->block), worker, workers));
    if (speaks)
        wait_for_exchange(s, step);
#pragma omp barrier
    int rc = s->rc;
    step_rim(s->block, step, worker, workers);
#pragma omp barrier
    return rc;
}

void heat_block_fill(struct heat_block *b, struct team *team)
{
    /* num_threads: the team that will compute */
#pragma omp parallel default(none) shared(b, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        fill(b, (unsigned)omp_get_thread_num(), (unsigned)omp_get_num_threads());
    }
}

int heat_block_run(struct mpi_runtime *rt, struct heat_block *b, uint64_t begin, uint64_t end, struct team *team)
{
    struct stepping s = { .rt = rt, .block = b, .last = clock_now_s() };
    rt->traffic.formula_bytes += heat_block_formula(b, begin, end);
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(b, s, begin, end, team) num_threads(team->threads)
    {
        unsigned worker = (unsigned)omp_get_thread_num(), workers = (unsigned)omp_get_num_threads();
        int rc = 0;
        team_bind(team, worker);
        for (uint64_t step = begin; rc == 0 && step < end; step++)
            rc = step_once(&s, step, worker, workers);
    }
    ends_phase(&s, &rt->phases.compute_s);
    return s.rc;
}
