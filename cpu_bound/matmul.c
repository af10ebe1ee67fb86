/*
 * matmul: C = A B for square matrices of doubles. The pattern is dense blocks: packed panels that fit
 * the caches, and a register kernel (matmul_isa.c) that does a multiply-add per unit and cycle.
 *
 * Per panel of DEPTH terms of the inner dimension the team packs that slice of A and of B (each once,
 * shared by all), then tiles of C are dealt out. A tile is about TILE_ROWS x TILE_COLUMNS: its slice of
 * B (DEPTH x TILE_COLUMNS, 720 KiB) stays in the second-level cache while the tile's rows of A pass by,
 * panel by panel through the first.
 *
 * Every entry of C is summed over the inner dimension in one order that n alone fixes (panel by panel),
 * so the bits do not depend on the team. Work: 2 n^3 flop. Limit: multiply-adds in registers (peak.c).
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/matmul_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * DEPTH: 8 rows of A x 384 terms x 8 bytes = 24 KiB, which leaves room beside it in first-level caches of 32 and
 * 48 KiB (512 is 3 % faster with 48 KiB). TILE_ROWS: as few as cost nothing, so that no thread waits long for
 * the last tile of a slice; neighbours in time share their slice of B all the same.
 */
enum { DEPTH = 384, TILE_ROWS = 192, TILE_COLUMNS = 240, FREIVALDS_TRIALS = 20 };

struct matmul {
    size_t n;
    enum isa isa;
    uint64_t seed;
    struct matmul_shape shape;
    size_t depth;               /* terms of a panel: n cut evenly, at most DEPTH */
    size_t tile_rows, tile_columns;
    size_t tiles_down, tiles_across;
    double *a, *b, *c;
    double *packed_a, *packed_b;
    const struct team *team;    /* of the last run                               */
};

/* @n cut into the fewest even parts of at most @most, each rounded up to a multiple of @step. */
static size_t even_part(size_t n, size_t most, size_t step)
{
    size_t part = blocks_count(n, blocks_count(n, most));
    return blocks_count(part, step) * step;
}

static double matmul_bytes(const struct params *p)
{
    double n = (double)p->size;
    return sizeof(double) * (3 * n * n + 2 * DEPTH * (n + 64));
}

static void matmul_teardown(void *state)
{
    struct matmul *m = state;
    if (!m)
        return;
    free(m->a);
    free(m->b);
    free(m->c);
    free(m->packed_a);
    free(m->packed_b);
    free(m);
}

/* Entry @index of the matrices: uniform in [-1/2, 1/2), from its index alone (splitmix64, Steele et al. 2014). */
static double entry(uint64_t seed, uint64_t index)
{
    uint64_t z = (seed << 40) + (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5;
}

static void fill(struct matmul *m, struct team *team)
{
    /* static, as the tiles of a row of C mostly are: a thread's rows are near it */
#pragma omp parallel default(none) shared(m, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
#pragma omp for schedule(static)
        for (size_t i = 0; i < m->n; i++)
            for (size_t j = 0; j < m->n; j++) {
                m->a[i * m->n + j] = entry(m->seed, 2 * (i * m->n + j));
                m->b[i * m->n + j] = entry(m->seed, 2 * (i * m->n + j) + 1);
                m->c[i * m->n + j] = 0;
            }
    }
}

static int matmul_setup(const struct params *p, void **state)
{
    struct matmul *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    m->n = p->size;
    m->isa = p->isa;
    m->seed = p->seed;
    m->shape = ISA_SELECT(matmul_shape, m->isa)();
    m->depth = even_part(m->n, DEPTH, 1);
    m->tile_rows = even_part(m->n, TILE_ROWS, m->shape.rows);
    m->tile_columns = even_part(m->n, TILE_COLUMNS, m->shape.columns);
    m->tiles_down = blocks_count(m->n, m->tile_rows);
    m->tiles_across = blocks_count(m->n, m->tile_columns);
    m->a = array_alloc(m->n * m->n, sizeof *m->a);
    m->b = array_alloc(m->n * m->n, sizeof *m->b);
    m->c = array_alloc(m->n * m->n, sizeof *m->c);
    m->packed_a = array_alloc((m->n + m->shape.rows) * m->depth, sizeof *m->packed_a);
    m->packed_b = array_alloc((m->n + m->shape.columns) * m->depth, sizeof *m->packed_b);
    if (!m->a || !m->b || !m->c || !m->packed_a || !m->packed_b) {
        matmul_teardown(m);
        return -ENOMEM;
    }
    fill(m, p->team);
    *state = m;
    return 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void do_tile(struct matmul *m, size_t tile, size_t depth, int add)
{
    /* Down first: neighbours in time share their slice of B. */
    size_t row = tile % m->tiles_down * m->tile_rows, column = tile / m->tiles_down * m->tile_columns;
    ISA_SELECT(matmul_tile, m->isa)(m->c, m->n, row, least(row + m->tile_rows, m->n), column,
                                    least(column + m->tile_columns, m->n), m->packed_a, m->packed_b, depth, add);
}

/* One slice [k0, k1) of the inner dimension; called by the whole team. */
static void add_slice(struct matmul *m, size_t k0, size_t k1)
{
    size_t n = m->n, rows = m->shape.rows, columns = m->shape.columns;
    /* static: panels cost the same; nowait: packing A and B needs no order between them */
#pragma omp for schedule(static) nowait
    for (size_t i = 0; i < n; i += rows)
        ISA_SELECT(matmul_pack_a, m->isa)(m->a, n, i, i + rows, k0, k1, m->packed_a);
#pragma omp for schedule(static)
    for (size_t j = 0; j < n; j += columns)
        ISA_SELECT(matmul_pack_b, m->isa)(m->b, n, j, j + columns, k0, k1, m->packed_b);
    /* dynamic: few tiles, and those at the lower and right border are smaller */
#pragma omp for schedule(dynamic)
    for (size_t tile = 0; tile < m->tiles_down * m->tiles_across; tile++)
        do_tile(m, tile, k1 - k0, k0 > 0);
}

static int matmul_run(void *state, struct team *team)
{
    struct matmul *m = state;
    m->team = team;
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(m, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t k = 0; k < m->n; k += m->depth)
            add_slice(m, k, least(k + m->depth, m->n));
    }
    return 0;
}

void matmul_reference(const double *a, const double *b, double *c, size_t n, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += a[i * n + k] * b[k * n + j];
            c[i * n + j] = sum;
        }
}

/* y = M x by the team; each y_i in one order. */
static void times_vector(const struct matmul *m, const double *matrix, const double *x, double *y)
{
    size_t n = m->n;
    unsigned threads = m->team->threads;
    /* static: rows cost the same */
#pragma omp parallel for default(none) shared(matrix, x, y, n) num_threads(threads) schedule(static)
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += matrix[i * n + j] * x[j];
        y[i] = sum;
    }
}

/*
 * Freivalds' check: for a vector x of random signs, C x = A (B x). A wrong row of C passes one trial
 * with probability at most 1/2, so all 20 with at most 2^-20, one in a million.
 * Rounding: with entries below 1/2 the two sides differ by less than 2^-52 n sqrt(n), some ten times the
 * error of such sums in a random walk; an entry of C that is wrong by more than that is found.
 * Source: R. Freivalds, Probabilistic machines can use less running time, IFIP Congress 1977.
 */
static int trial(const struct matmul *m, uint64_t number, double *x, double *bx, double *abx, double *cx)
{
    size_t n = m->n;
    double tolerance = 0x1p-52 * (double)n * sqrt((double)n);
    for (size_t i = 0; i < n; i++)
        x[i] = entry(m->seed + 1000003 * (number + 1), i) < 0 ? -1 : 1;
    times_vector(m, m->b, x, bx);
    times_vector(m, m->a, bx, abx);
    times_vector(m, m->c, x, cx);
    for (size_t i = 0; i < n; i++)
        if (!(fabs(abx[i] - cx[i]) <= tolerance))
            return -EDOM;
    return 0;
}

static int matmul_verify(void *state, char *why, size_t why_len)
{
    const struct matmul *m = state;
    double *x = array_alloc(4 * m->n, sizeof *x);
    int rc = x ? 0 : -ENOMEM;
    for (uint64_t t = 0; rc == 0 && t < FREIVALDS_TRIALS; t++)
        rc = trial(m, t, x, x + m->n, x + 2 * m->n, x + 3 * m->n);
    if (rc == -EDOM)
        snprintf(why, why_len, "C x is not A (B x) for a vector of random signs");
    free(x);
    return rc;
}

static double matmul_work(const void *state)
{
    const struct matmul *m = state;
    return 2.0 * (double)m->n * (double)m->n * (double)m->n;
}

static json_t *matmul_answer(const void *state)
{
    const struct matmul *m = state;
    return json_pack("[f,f]", m->c[0], m->c[m->n * m->n - 1]);
}

static uint64_t matmul_digest(const void *state)
{
    const struct matmul *m = state;
    return digest_bytes(m->c, m->n * m->n * sizeof *m->c);
}

static void matmul_text(const void *state, char *out, size_t size)
{
    const struct matmul *m = state;
    snprintf(out, size, "C[0,0] = %.15g, C[%zu,%zu] = %.15g", m->c[0], m->n - 1, m->n - 1, m->c[m->n * m->n - 1]);
}

static int matmul_details(const void *state, json_t *result)
{
    const struct matmul *m = state;
    return limit_report(result, "multiply-add peak", "flop", limit_flops(m->team, m->isa),
                        json_number_value(json_object_get(result, "rate")));
}

const struct workload matmul_workload = {
    .name = "matmul",
    .summary = "C = A B in double: packed blocks and a register kernel",
    .pattern = "dense blocks",
    .size_is = "rows and columns of the square matrices",
    .size_default = 2000,
    .size_min = 1,
    .size_max = 1000000,
    .check = "Freivalds' check, 20 trials: a wrong C passes with a probability of at most 2^-20",
    .work_unit = "flop",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = matmul_bytes,
    .setup = matmul_setup,
    .run = matmul_run,
    .verify = matmul_verify,
    .work = matmul_work,
    .answer = matmul_answer,
    .digest = matmul_digest,
    .details = matmul_details,
    .text = matmul_text,
    .teardown = matmul_teardown,
};
