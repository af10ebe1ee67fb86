/*
 * matmul: C = A B for square matrices of doubles. The pattern is dense blocks: packed panels that fit
 * the caches, and a register kernel (matmul_isa.c) that does a multiply-add per unit and cycle.
 *
 * Per panel of DEPTH terms of the inner dimension the team packs that slice of A and of B (each once,
 * shared by all), then tiles of C are dealt out. A tile is about TILE_ROWS x TILE_COLUMNS: its slice of
 * B (DEPTH x TILE_COLUMNS, 720 KiB) stays in the second-level cache while the tile's rows of A pass by,
 * panel by panel through the first: matmul_block.c.
 *
 * Every entry of C is summed over the inner dimension in one order that n alone fixes (panel by panel),
 * so the bits do not depend on the team. Work: 2 n^3 flop. Limit: multiply-adds in registers (peak.c).
 */
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/matmul_block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct matmul {
    struct matmul_outcome outcome; /* first: answer(), text() and details() need no more */
    size_t n;
    uint64_t seed;
    size_t depth;
    double *a, *b;
    struct matmul_block product;
};

static double matmul_bytes(const struct params *p)
{
    double n = (double)p->size;
    return sizeof(double) * 2 * n * n + matmul_block_bytes(n, n, (double)matmul_depth(p->size));
}

static void matmul_teardown(void *state)
{
    struct matmul *m = state;
    if (!m)
        return;
    free(m->a);
    free(m->b);
    matmul_block_destroy(&m->product);
    free(m);
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
                m->a[i * m->n + j] = matmul_entry_a(m->seed, m->n, i, j);
                m->b[i * m->n + j] = matmul_entry_b(m->seed, m->n, i, j);
                m->product.c[i * m->n + j] = 0;
            }
    }
}

static int matmul_setup(const struct params *p, void **state)
{
    struct matmul *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    m->n = p->size;
    m->seed = p->seed;
    m->depth = matmul_depth(m->n);
    m->outcome = (struct matmul_outcome){ .n = p->size, .isa = p->isa, .team = p->team };
    m->a = array_alloc(m->n * m->n, sizeof *m->a);
    m->b = array_alloc(m->n * m->n, sizeof *m->b);
    int rc = matmul_block_create(&m->product, m->n, m->n, m->depth, p->isa);
    if (rc != 0 || !m->a || !m->b) {
        matmul_teardown(m);
        return -ENOMEM;
    }
    fill(m, p->team);
    *state = m;
    return 0;
}

static int matmul_run(void *state, struct team *team)
{
    struct matmul *m = state;
    m->outcome.team = team;
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(m, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t k = 0; k < m->n; k += m->depth)
            matmul_block_slice(&m->product, m->a + k, m->n, m->b + k * m->n, m->n,
                               k + m->depth < m->n ? m->depth : m->n - k, k > 0);
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
    unsigned threads = m->outcome.team->threads;
    /* static: rows cost the same */
#pragma omp parallel for default(none) shared(matrix, x, y, n) num_threads(threads) schedule(static)
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += matrix[i * n + j] * x[j];
        y[i] = sum;
    }
}

static int trial(const struct matmul *m, uint64_t number, double *x, char *why, size_t why_len)
{
    size_t n = m->n;
    double *bx = x + n, *abx = x + 2 * n, *cx = x + 3 * n;
    freivalds_signs(m->seed, number, x, n);
    times_vector(m, m->b, x, bx);
    times_vector(m, m->a, bx, abx);
    times_vector(m, m->product.c, x, cx);
    return freivalds_check(abx, cx, n, why, why_len);
}

/* What is to be said of C. */
static int keep_outcome(struct matmul *m)
{
    size_t n = m->n;
    const double *c = m->product.c;
    uint64_t *digest = calloc(n, sizeof *digest);
    unsigned threads = m->outcome.team->threads;
    if (!digest)
        return -ENOMEM;
    /* static: rows cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(c, n, digest) num_threads(threads) schedule(static)
    for (size_t i = 0; i < n; i++)
        digest[i] = digest_bytes(c + i * n, n * sizeof *c);
    m->outcome.digest = digest_join(digest, n);
    m->outcome.first = c[0];
    m->outcome.last = c[n * n - 1];
    free(digest);
    return 0;
}

static int matmul_verify(void *state, char *why, size_t why_len)
{
    struct matmul *m = state;
    double *x = array_alloc(4 * m->n, sizeof *x);
    int rc = x ? keep_outcome(m) : -ENOMEM;
    for (uint64_t t = 0; rc == 0 && t < FREIVALDS_TRIALS; t++)
        rc = trial(m, t, x, why, why_len);
    free(x);
    return rc;
}

/* --- what to say of it: from the outcome alone --- */

static double matmul_work(const void *state)
{
    const struct matmul_outcome *m = state;
    return 2.0 * (double)m->n * (double)m->n * (double)m->n;
}

static json_t *matmul_answer(const void *state)
{
    const struct matmul_outcome *m = state;
    return json_pack("[f,f]", m->first, m->last);
}

static uint64_t matmul_digest(const void *state)
{
    const struct matmul_outcome *m = state;
    return m->digest;
}

static void matmul_text(const void *state, char *out, size_t size)
{
    const struct matmul_outcome *m = state;
    snprintf(out, size, "C[0,0] = %.15g, C[%zu,%zu] = %.15g", m->first, m->n - 1, m->n - 1, m->last);
}

static int matmul_details(const void *state, json_t *result)
{
    const struct matmul_outcome *m = state;
    if (!m->team)
        return 0;
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
