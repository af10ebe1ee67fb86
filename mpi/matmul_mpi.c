/*
 * matmul on R ranks: SUMMA on a grid of P x Q = R ranks, as square as R allows.
 *
 * Rank (p, q) holds rows p n / P and columns q n / Q on of C. The inner dimension is cut into the slices that parkit-cpu
 * cuts (matmul_depth()), so that every sum has the same bits. Slice k of A, this rank's rows of it, is held by the column
 * k mod Q of the grid, slice k of B by the row k mod P. A step broadcasts the slice of A along the rows of the grid and
 * that of B along its columns, while the team multiplies the slices of the step before.
 *
 * Memory a rank: 3 n^2 / R, and two slices on their way. Volume, as what a rank gets (each byte of a broadcast is sent
 * once for each that gets it): 8 n^2 (1 / P (1 - 1 / Q) + 1 / Q (1 - 1 / P)); it falls with the root of R.
 *
 * Source: van de Geijn, Watts, SUMMA: scalable universal matrix multiplication algorithm, Concurrency 9(4), 1997.
 */
#include "common/blocks.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/matmul_block.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/runtime.h"

#include <stdlib.h>
#include <string.h>

struct range {
    size_t begin, end;
};

/* The grid of ranks, and this one's place in it. */
struct grid {
    int p, q, rows, columns;
    MPI_Comm row, column; /* the ranks of the same row, the same column */
};

struct matmul_mpi {
    struct matmul_outcome outcome; /* first: answer(), text() and details() of the workload need no more */
    struct mpi_runtime *rt;
    struct team *team;
    uint64_t seed;
    struct grid grid;
    size_t n, depth, slices;
    struct range rows, columns;    /* of C here                                   */
    double *a, *b;                 /* the slices held here, one behind the other  */
    double *coming_a[2], *coming_b[2]; /* those of others, of a step and the next */
    struct matmul_block product;
    MPI_Request request[2];        /* of the step to come                         */
};

/* --- who holds what --- */

static struct range part(size_t n, int which, int parts)
{
    return (struct range){ (size_t)((uint128)n * (unsigned)which / (unsigned)parts),
                           (size_t)((uint128)n * ((unsigned)which + 1) / (unsigned)parts) };
}

static size_t length(struct range r)
{
    return r.end - r.begin;
}

static struct range slice(const struct matmul_mpi *m, size_t k)
{
    return (struct range){ k * m->depth, k + 1 < m->slices ? (k + 1) * m->depth : m->n };
}

/* Slices that one of @holders holds at most. */
static size_t held(size_t slices, int holders)
{
    return blocks_count(slices, (uint64_t)holders);
}

static bool holds_a(const struct matmul_mpi *m, size_t k)
{
    return (int)(k % (size_t)m->grid.columns) == m->grid.q;
}

static bool holds_b(const struct matmul_mpi *m, size_t k)
{
    return (int)(k % (size_t)m->grid.rows) == m->grid.p;
}

/* Slice @k of A, rows x depth; of B, depth x columns: where it is held, or where it comes. */
static double *slice_of_a(const struct matmul_mpi *m, size_t k)
{
    size_t at = k / (size_t)m->grid.columns * m->depth * length(m->rows);
    return holds_a(m, k) ? m->a + at : m->coming_a[k % 2];
}

static double *slice_of_b(const struct matmul_mpi *m, size_t k)
{
    size_t at = k / (size_t)m->grid.rows * m->depth * length(m->columns);
    return holds_b(m, k) ? m->b + at : m->coming_b[k % 2];
}

/* --- set-up --- */

static int grid_shape(int ranks, int shape[2])
{
    shape[0] = shape[1] = 0;
    return mpi_check("MPI_Dims_create", MPI_Dims_create(ranks, 2, shape));
}

static double matmul_mpi_bytes(const struct params *p)
{
    int shape[2], ranks = p->runtime ? p->runtime->ranks : 1;
    size_t depth = matmul_depth(p->size), slices = blocks_count(p->size, depth);
    if (grid_shape(ranks, shape) != 0)
        return 0;
    double rows = (double)blocks_count(p->size, (uint64_t)shape[0]), columns = (double)blocks_count(p->size, (uint64_t)shape[1]);
    double a = (double)held(slices, shape[1]) + 2, b = (double)held(slices, shape[0]) + 2;
    return sizeof(double) * (double)depth * (a * rows + b * columns) + matmul_block_bytes(rows, columns, (double)depth);
}

static void matmul_mpi_teardown(void *state)
{
    struct matmul_mpi *m = state;
    if (!m)
        return;
    if (m->grid.row != MPI_COMM_NULL)
        MPI_Comm_free(&m->grid.row);
    if (m->grid.column != MPI_COMM_NULL)
        MPI_Comm_free(&m->grid.column);
    matmul_block_destroy(&m->product);
    free(m->a);
    free(m->b);
    for (int i = 0; i < 2; i++) {
        free(m->coming_a[i]);
        free(m->coming_b[i]);
    }
    free(m);
}

/* Errors are returned on these as on the communicator that they come from. */
static int make_grid(struct matmul_mpi *m)
{
    struct grid *g = &m->grid;
    int shape[2], rank = m->rt->base.rank;
    int rc = grid_shape(m->rt->base.ranks, shape);
    if (rc != 0)
        return rc;
    *g = (struct grid){ rank / shape[1], rank % shape[1], shape[0], shape[1], MPI_COMM_NULL, MPI_COMM_NULL };
    rc = mpi_check("MPI_Comm_split", MPI_Comm_split(m->rt->comm, g->p, g->q, &g->row));
    return rc ? rc : mpi_check("MPI_Comm_split", MPI_Comm_split(m->rt->comm, g->q, g->p, &g->column));
}

static int allocate(struct matmul_mpi *m)
{
    size_t rows = length(m->rows), columns = length(m->columns);
    m->a = array_alloc(held(m->slices, m->grid.columns) * m->depth * rows, sizeof *m->a);
    m->b = array_alloc(held(m->slices, m->grid.rows) * m->depth * columns, sizeof *m->b);
    bool whole = m->a && m->b;
    for (int i = 0; i < 2; i++) {
        m->coming_a[i] = array_alloc(m->depth * rows, sizeof *m->a);
        m->coming_b[i] = array_alloc(m->depth * columns, sizeof *m->b);
        whole = whole && m->coming_a[i] && m->coming_b[i];
    }
    int rc = matmul_block_create(&m->product, rows, columns, m->depth, m->outcome.isa);
    return whole ? rc : -ENOMEM;
}

/* Slice @k of A and of B, as far as they are held here; called by the whole team. */
static void fill_slice(struct matmul_mpi *m, size_t k)
{
    struct range terms = slice(m, k);
    double *a = slice_of_a(m, k), *b = slice_of_b(m, k);
    size_t n = m->n, depth = length(terms), columns = length(m->columns);
    /* static: rows cost the same */
#pragma omp for schedule(static) nowait
    for (size_t i = m->rows.begin; i < (holds_a(m, k) ? m->rows.end : m->rows.begin); i++)
        for (size_t j = terms.begin; j < terms.end; j++)
            a[(i - m->rows.begin) * depth + j - terms.begin] = matmul_entry_a(m->seed, n, i, j);
#pragma omp for schedule(static)
    for (size_t i = terms.begin; i < (holds_b(m, k) ? terms.end : terms.begin); i++)
        for (size_t j = m->columns.begin; j < m->columns.end; j++)
            b[(i - terms.begin) * columns + j - m->columns.begin] = matmul_entry_b(m->seed, n, i, j);
}

static void fill(struct matmul_mpi *m)
{
    struct team *team = m->team;
#pragma omp parallel default(none) shared(m, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t k = 0; k < m->slices; k++)
            fill_slice(m, k);
        /* static, as the tiles of a row of C mostly are: a thread's rows are near it */
#pragma omp for schedule(static)
        for (size_t i = 0; i < m->product.rows; i++)
            memset(m->product.c + i * m->product.columns, 0, m->product.columns * sizeof *m->product.c);
    }
}

/* Let the broadcasts of the next step go on; what is wrong with them, the wait for them tells. */
static void poll(void *with)
{
    struct matmul_mpi *m = with;
    int done;
    (void)MPI_Testall(2, m->request, &done, MPI_STATUSES_IGNORE);
}

static int matmul_mpi_setup(const struct params *p, void **state)
{
    struct matmul_mpi *m = calloc(1, sizeof *m);
    struct runtime *base = p->runtime;
    int rc = base->agree(base, m ? 0 : -ENOMEM);
    if (rc != 0) {
        free(m);
        return rc;
    }
    *state = m;
    m->rt = mpi_runtime_of(base);
    m->team = p->team;
    m->seed = p->seed;
    m->n = p->size;
    m->depth = matmul_depth(m->n);
    m->slices = blocks_count(m->n, m->depth);
    m->outcome = (struct matmul_outcome){ .n = p->size, .isa = p->isa };
    m->grid = (struct grid){ .row = MPI_COMM_NULL, .column = MPI_COMM_NULL };
    m->request[0] = m->request[1] = MPI_REQUEST_NULL;
    rc = make_grid(m);
    if (rc != 0)
        return rc;
    m->rows = part(m->n, m->grid.p, m->grid.rows);
    m->columns = part(m->n, m->grid.q, m->grid.columns);
    rc = allocate(m);
    m->product.poll = poll;
    m->product.poll_with = m;
    if (rc == 0)
        fill(m);
    return rc;
}

/* --- the product --- */

/* Begin to bring slice @k of A along this row of the grid, of B along this column. */
static int begin_step(struct matmul_mpi *m, size_t k)
{
    const struct grid *g = &m->grid;
    size_t depth = length(slice(m, k)), a = depth * length(m->rows), b = depth * length(m->columns);
    m->rt->traffic.sent_bytes += (double)((holds_a(m, k) ? 0 : a) + (holds_b(m, k) ? 0 : b)) * sizeof(double);
    int rc = mpi_check("MPI_Ibcast", MPI_Ibcast(slice_of_a(m, k), (int)a, MPI_DOUBLE, (int)(k % (size_t)g->columns), g->row,
                                                &m->request[0]));
    return rc ? rc : mpi_check("MPI_Ibcast", MPI_Ibcast(slice_of_b(m, k), (int)b, MPI_DOUBLE, (int)(k % (size_t)g->rows),
                                                        g->column, &m->request[1]));
}

static void multiply(struct matmul_mpi *m, struct team *team, size_t k)
{
    const double *a = slice_of_a(m, k), *b = slice_of_b(m, k);
    size_t depth = length(slice(m, k));
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(m, team, a, b, depth, k) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        matmul_block_slice(&m->product, a, depth, b, m->product.columns, depth, k > 0);
    }
}

static int step(struct matmul_mpi *m, struct team *team, size_t k)
{
    struct phases *phases = &m->rt->phases;
    double start = clock_now_s();
    int rc = mpi_check("MPI_Waitall", MPI_Waitall(2, m->request, MPI_STATUSES_IGNORE));
    double met = clock_now_s();
    if (rc == 0 && k + 1 < m->slices)
        rc = begin_step(m, k + 1);
    double begun = clock_now_s();
    if (rc == 0)
        multiply(m, team, k);
    phases->wait_s += met - start;
    phases->communicate_s += begun - met;
    phases->compute_s += clock_now_s() - begun;
    return rc;
}

static int matmul_mpi_run(void *state, struct team *team)
{
    struct matmul_mpi *m = state;
    double n = (double)m->n, p = m->grid.rows, q = m->grid.columns;
    m->rt->traffic = (struct traffic){ .counted = true,
                                       .formula_bytes = sizeof(double) * n * n * ((1 - 1 / q) / p + (1 - 1 / p) / q) };
    int rc = begin_step(m, 0);
    for (size_t k = 0; rc == 0 && k < m->slices; k++)
        rc = step(m, team, k);
    return rc;
}

/* --- the check --- */

/* @y += M x by the team, for the rows [0, rows) and columns [0, columns) of @matrix. */
static void add_times(const struct matmul_mpi *m, const double *matrix, size_t rows, size_t columns, const double *x, double *y)
{
    unsigned threads = m->team->threads;
    /* static: rows cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(matrix, rows, columns, x, y) num_threads(threads) schedule(static)
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < columns; j++)
            sum += matrix[i * columns + j] * x[j];
        y[i] += sum;
    }
}

static int add_up(const struct matmul_mpi *m, double *y, size_t n)
{
    return mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, y, (int)n, MPI_DOUBLE, MPI_SUM, m->rt->comm));
}

/* One trial; what each rank has of the products is added up. @x: room for four vectors; that of A (B x) and C x are
 * neighbours. */
static int trial(const struct matmul_mpi *m, uint64_t number, double *x, char *why, size_t why_len)
{
    size_t n = m->n, columns = length(m->columns), rows = length(m->rows);
    double *bx = x + n, *abx = x + 2 * n, *cx = x + 3 * n;
    freivalds_signs(m->seed, number, x, n);
    memset(bx, 0, 3 * n * sizeof *bx);
    for (size_t k = 0; k < m->slices; k++)
        if (holds_b(m, k))
            add_times(m, slice_of_b(m, k), length(slice(m, k)), columns, x + m->columns.begin, bx + slice(m, k).begin);
    int rc = add_up(m, bx, n);
    for (size_t k = 0; k < m->slices; k++)
        if (holds_a(m, k))
            add_times(m, slice_of_a(m, k), rows, length(slice(m, k)), bx + slice(m, k).begin, abx + m->rows.begin);
    add_times(m, m->product.c, rows, columns, x + m->columns.begin, cx + m->rows.begin);
    if (rc == 0)
        rc = add_up(m, abx, 2 * n);
    return rc ? rc : freivalds_check(abx, cx, n, why, why_len);
}

/* Rows of C that are put together at a time, by each rank of a row of the grid: few, as the buffers hold them whole. */
enum { STRIP = 64 };

/* What a rank needs to exchange its columns of many rows of C for all columns of a few. */
struct strip {
    double *came, *whole;              /* rows of a part: as they came, and in order */
    int *out_n, *out_at, *in_n, *in_at; /* by rank of the row of the grid             */
};

static int strip_create(const struct matmul_mpi *m, struct strip *s)
{
    size_t columns = (size_t)m->grid.columns;
    s->came = array_alloc(STRIP * m->n, sizeof *s->came);
    s->whole = array_alloc(m->n, sizeof *s->whole);
    s->out_n = calloc(4 * columns, sizeof *s->out_n);
    if (!s->came || !s->whole || !s->out_n)
        return -ENOMEM;
    s->out_at = s->out_n + columns;
    s->in_n = s->out_at + columns;
    s->in_at = s->in_n + columns;
    return 0;
}

static void strip_destroy(struct strip *s)
{
    free(s->came);
    free(s->whole);
    free(s->out_n);
}

/* The row @i of those that came: a piece of it from each rank. */
static uint64_t digest_row(const struct matmul_mpi *m, const struct strip *s, size_t i)
{
    for (int q = 0; q < m->grid.columns; q++) {
        struct range columns = part(m->n, q, m->grid.columns);
        memcpy(s->whole + columns.begin, s->came + (size_t)s->in_at[q] + i * length(columns), length(columns) * sizeof *s->whole);
    }
    return digest_bytes(s->whole, m->n * sizeof *s->whole);
}

/* The rows @rows (counted here) of C: each rank of this row of the grid hashes its part of them. */
static int digest_strip(const struct matmul_mpi *m, struct strip *s, struct range rows, uint64_t *digest)
{
    const struct grid *g = &m->grid;
    size_t stride = m->product.columns;
    struct range mine = part(length(rows), g->q, g->columns);
    for (int q = 0; q < g->columns; q++) {
        struct range theirs = part(length(rows), q, g->columns), columns = part(m->n, q, g->columns);
        s->out_n[q] = (int)(length(theirs) * stride);
        s->out_at[q] = (int)(theirs.begin * stride);
        s->in_n[q] = (int)(length(mine) * length(columns));
        s->in_at[q] = (int)(length(mine) * columns.begin);
    }
    int rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(m->product.c + rows.begin * stride, s->out_n, s->out_at, MPI_DOUBLE, s->came,
                                                      s->in_n, s->in_at, MPI_DOUBLE, g->row));
    for (size_t i = 0; rc == 0 && i < length(mine); i++)
        digest[m->rows.begin + rows.begin + mine.begin + i] = digest_row(m, s, i);
    return rc;
}

/* The digests of all rows, into @digest of rank 0. */
static int digest_rows(const struct matmul_mpi *m, struct strip *s, uint64_t *digest)
{
    size_t rows = length(m->rows), together = STRIP * (size_t)m->grid.columns;
    bool root = m->rt->base.rank == 0;
    int rc = 0;
    for (size_t at = 0; rc == 0 && at < rows; at += together)
        rc = digest_strip(m, s, (struct range){ at, at + together < rows ? at + together : rows }, digest);
    return rc ? rc : mpi_check("MPI_Reduce", MPI_Reduce(root ? MPI_IN_PLACE : digest, digest, (int)m->n, MPI_UINT64_T, MPI_SUM, 0,
                                                        m->rt->comm));
}

/* The first and the last entry of C, from who holds them (not always the first rank: it may be too small for all). */
static int join_corners(struct matmul_mpi *m)
{
    const double *c = m->product.c;
    size_t here = m->product.rows * m->product.columns;
    bool first = here && m->rows.begin == 0 && m->columns.begin == 0, last = here && m->rows.end == m->n && m->columns.end == m->n;
    double corner[2] = { first ? c[0] : 0, last ? c[here - 1] : 0 };
    int rc = add_up(m, corner, 2);
    m->outcome.first = corner[0];
    m->outcome.last = corner[1];
    return rc;
}

static int join_outcome(struct matmul_mpi *m)
{
    struct strip s = { 0 };
    uint64_t *digest = calloc(m->n, sizeof *digest);
    int rc = strip_create(m, &s);
    rc = m->rt->base.agree(&m->rt->base, digest ? rc : -ENOMEM);
    if (rc == 0)
        rc = digest_rows(m, &s, digest);
    if (rc == 0) {
        m->outcome.digest = digest_join(digest, m->n);
        rc = join_corners(m);
    }
    strip_destroy(&s);
    free(digest);
    return rc;
}

static int matmul_mpi_verify(void *state, char *why, size_t why_len)
{
    struct matmul_mpi *m = state;
    double *x = array_alloc(4 * m->n, sizeof *x);
    int wrong = 0, rc = m->rt->base.agree(&m->rt->base, x ? 0 : -ENOMEM);
    if (rc == 0)
        rc = join_outcome(m);
    /* The sums are the same on all ranks, but that is not promised: no rank leaves the others alone in a trial. */
    for (uint64_t t = 0; rc == 0 && t < FREIVALDS_TRIALS; t++) {
        rc = trial(m, t, x, why, why_len);
        wrong = rc == -EDOM ? rc : wrong;
        rc = rc == -EDOM ? 0 : rc;
    }
    free(x);
    return rc ? rc : mpi_verdict(m->rt, wrong, why, why_len);
}

void matmul_mpi_distribute(struct workload *w)
{
    w->bytes = matmul_mpi_bytes;
    w->setup = matmul_mpi_setup;
    w->run = matmul_mpi_run;
    w->verify = matmul_mpi_verify;
    w->teardown = matmul_mpi_teardown;
}
