/*
 * A thread has a range of blocks of the vectors, and in each round of a product a range of tiles. Blocks count their
 * turns, and a tile waits for both of its own: so threads wait only where they share blocks, at the edges of their
 * ranges, and the dot products alone need barriers, two a step. They are summed block by block, and the blocks' sums in
 * a fixed order: the bits are the same for every team.
 */
#include "cpu_bound/cg_solve.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/spin.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct cg_sync {
    struct spin_barrier barrier;
    struct spin_counter *turn; /* of each block: 1 + blocks a product, once its p is there and once for each round */
    double *pq, *rr, *residual, *xz, *zz; /* sums of each block */
};

static void sync_destroy(struct cg_sync *y)
{
    if (!y)
        return;
    free(y->turn);
    free(y->pq);
    free(y);
}

static struct cg_sync *sync_create(size_t blocks)
{
    struct cg_sync *y = aligned_alloc(_Alignof(struct cg_sync), sizeof *y);
    if (!y)
        return NULL;
    *y = (struct cg_sync){ .turn = array_alloc(blocks, sizeof *y->turn), .pq = array_alloc(5 * blocks, sizeof *y->pq) };
    if (!y->turn || !y->pq) {
        sync_destroy(y);
        return NULL;
    }
    y->rr = y->pq + blocks;
    y->residual = y->rr + blocks;
    y->xz = y->residual + blocks;
    y->zz = y->xz + blocks;
    return y;
}

/* One thread of the team. */
struct worker {
    struct cg_system *s;
    unsigned me, workers;
    size_t block, block_end; /* its part of the vectors                            */
    uint64_t turn;           /* of every block before the product that comes next  */
};

static struct worker worker_of(struct cg_system *s)
{
    unsigned me = (unsigned)omp_get_thread_num(), workers = (unsigned)omp_get_num_threads();
    size_t blocks = s->tiles.blocks;
    return (struct worker){ s, me, workers, blocks * me / workers, blocks * (me + 1) / workers, 0 };
}

static struct cg_vectors vectors_at(const struct cg_system *s, size_t block)
{
    size_t i = cg_tiles_begin(&s->tiles, block);
    return (struct cg_vectors){ s->v.pq + i, s->v.x + i, s->v.z + i, s->v.r + i, s->v.diagonal + i };
}

static double total(const struct worker *w, const double *sums)
{
    return blocks_sum_double(sums, w->s->tiles.blocks);
}

/* The block's p is complete, and q = diagonal p: tiles may add to it. */
static void begin_turns(const struct worker *w, size_t block)
{
    spin_raise(&w->s->sync->turn[block], w->turn + 1);
}

static void multiply_tile(void *context, size_t round, size_t slot)
{
    const struct worker *w = context;
    struct cg_system *s = w->s;
    struct cg_place at = cg_tiles_place(&s->tiles, round, slot);
    struct spin_counter *rows = &s->sync->turn[at.rows], *columns = &s->sync->turn[at.columns];
    uint64_t turn = w->turn + 1 + round;
    spin_await(rows, turn);
    spin_await(columns, turn);
    ISA_SELECT(cg_tile_product, s->isa)(&s->tiles.tile[round * s->tiles.slots + slot],
                                        s->v.pq + cg_tiles_begin(&s->tiles, at.rows),
                                        s->v.pq + cg_tiles_begin(&s->tiles, at.columns));
    spin_raise(rows, turn + 1);
    spin_raise(columns, turn + 1);
}

/* q = A p: returns when the worker's tiles are done; a block's q is complete when it has had all its turns. */
static void multiply(struct worker *w)
{
    cg_tiles_walk(&w->s->tiles, w->me, w->workers, multiply_tile, w);
    w->turn += 1 + w->s->tiles.blocks;
}

/* p q, once the products of all blocks are complete. */
static double finish_product(struct worker *w)
{
    struct cg_system *s = w->s;
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        spin_await(&s->sync->turn[b], w->turn);
        s->sync->pq[b] = ISA_SELECT(cg_dot_pq, s->isa)(&v, cg_tiles_size(&s->tiles, b));
    }
    spin_barrier_wait(&s->sync->barrier);
    return total(w, s->sync->pq);
}

static double start(struct worker *w)
{
    struct cg_system *s = w->s;
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        s->sync->rr[b] = ISA_SELECT(cg_start, s->isa)(&v, cg_tiles_size(&s->tiles, b));
        begin_turns(w, b);
    }
    spin_barrier_wait(&s->sync->barrier);
    return total(w, s->sync->rr);
}

static double step(struct worker *w, double alpha)
{
    struct cg_system *s = w->s;
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        s->sync->rr[b] = ISA_SELECT(cg_step, s->isa)(&v, cg_tiles_size(&s->tiles, b), alpha);
    }
    spin_barrier_wait(&s->sync->barrier);
    return total(w, s->sync->rr);
}

static void turn_direction(struct worker *w, double beta)
{
    struct cg_system *s = w->s;
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        ISA_SELECT(cg_direction, s->isa)(&v, cg_tiles_size(&s->tiles, b), beta);
        begin_turns(w, b);
    }
}

/* A z ~ x by CG_STEPS steps, and q = A z. The last step needs no new direction: z takes its place. */
static void solve(struct worker *w)
{
    struct cg_system *s = w->s;
    double rho = start(w);
    for (int k = 1;; k++) {
        multiply(w);
        double alpha = rho / finish_product(w), before = rho;
        rho = step(w, alpha);
        if (k == CG_STEPS)
            break;
        turn_direction(w, rho / before);
    }
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        ISA_SELECT(cg_solution, s->isa)(&v, cg_tiles_size(&s->tiles, b));
        begin_turns(w, b);
    }
    multiply(w);
}

static struct cg_norms measure(struct worker *w)
{
    struct cg_system *s = w->s;
    struct cg_sync *y = s->sync;
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        spin_await(&y->turn[b], w->turn);
        struct cg_norms sums = ISA_SELECT(cg_measure, s->isa)(&v, cg_tiles_size(&s->tiles, b));
        y->residual[b] = sums.residual;
        y->xz[b] = sums.xz;
        y->zz[b] = sums.zz;
    }
    spin_barrier_wait(&y->barrier);
    return (struct cg_norms){ total(w, y->residual), total(w, y->xz), total(w, y->zz) };
}

static void iterate(struct worker *w, unsigned outer)
{
    struct cg_system *s = w->s;
    solve(w);
    struct cg_norms norms = measure(w);
    for (size_t b = w->block; b < w->block_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        ISA_SELECT(cg_normalise, s->isa)(&v, cg_tiles_size(&s->tiles, b), 1 / sqrt(norms.zz));
    }
    if (w->me == 0) {
        s->zeta[outer] = s->problem->shift + 1 / norms.xz;
        s->rnorm[outer] = sqrt(norms.residual);
    }
}

static void reset(const struct worker *w)
{
    const struct cg_system *s = w->s;
    for (size_t i = cg_tiles_begin(&s->tiles, w->block); i < cg_tiles_begin(&s->tiles, w->block_end); i++)
        s->v.x[i] = i < s->tiles.n;
}

void cg_solve(struct cg_system *s, unsigned outer, struct team *team)
{
    s->sync->barrier = (struct spin_barrier){ .threads = team->threads };
    for (size_t b = 0; b < s->tiles.blocks; b++)
        atomic_init(&s->sync->turn[b].value, 0);
#pragma omp parallel default(none) shared(s, outer, team) num_threads(team->threads)
    {
        struct worker w = worker_of(s);
        team_bind(team, w.me);
        reset(&w);
        for (unsigned i = 0; i < outer; i++)
            iterate(&w, i);
    }
}

static void touch_vectors(struct cg_system *s, const double *diagonal, double *mine, struct team *team)
{
#pragma omp parallel default(none) shared(s, diagonal, mine, team) num_threads(team->threads)
    {
        struct worker w = worker_of(s);
        team_bind(team, w.me);
        for (size_t i = cg_tiles_begin(&s->tiles, w.block); i < cg_tiles_begin(&s->tiles, w.block_end); i++) {
            s->v.pq[i] = (struct cg_pair){ 0, 0 };
            s->v.x[i] = s->v.z[i] = s->v.r[i] = 0;
            mine[i] = i < s->tiles.n ? diagonal[i] : 0;
        }
    }
}

static int alloc_vectors(struct cg_system *s, const double *diagonal, struct team *team)
{
    size_t n = s->tiles.padded;
    double *mine = array_alloc(n, sizeof *mine);
    s->v = (struct cg_vectors){ array_alloc(n, sizeof *s->v.pq), array_alloc(n, sizeof *s->v.x),
                                array_alloc(n, sizeof *s->v.z), array_alloc(n, sizeof *s->v.r), mine };
    s->sync = sync_create(s->tiles.blocks);
    if (!s->v.pq || !s->v.x || !s->v.z || !s->v.r || !mine || !s->sync)
        return -ENOMEM;
    touch_vectors(s, diagonal, mine, team);
    return 0;
}

static double row_entries(const struct cg_problem *problem)
{
    return problem->width * (problem->width + 1.0) + 1; /* a little more: before equal positions meet */
}

int cg_system_create(char class, enum isa isa, struct team *team, struct cg_system *out)
{
    struct cg_matrix m;
    *out = (struct cg_system){ .problem = cg_problem(class), .isa = isa };
    size_t blocks = cg_tiles_blocks(out->problem->n, row_entries(out->problem));
    int rc = cg_matrix_create(out->problem, team->threads, &m);
    if (rc == 0)
        rc = cg_tiles_create(&m, blocks, team, &out->tiles);
    if (rc == 0)
        rc = alloc_vectors(out, m.diagonal, team);
    cg_matrix_destroy(&m);
    if (rc != 0)
        cg_system_destroy(out);
    return rc;
}

void cg_system_destroy(struct cg_system *s)
{
    cg_tiles_destroy(&s->tiles);
    free(s->v.pq);
    free(s->v.x);
    free(s->v.z);
    free(s->v.r);
    free((double *)s->v.diagonal);
    sync_destroy(s->sync);
    *s = (struct cg_system){ 0 };
}

double cg_system_bytes(const struct cg_problem *problem)
{
    double n = (double)problem->n, values = n * (row_entries(problem) - 1) / 2;
    double tiles = values * (sizeof(double) + 2 * sizeof(uint16_t)); /* at most a segment for each value */
    return cg_matrix_bytes(problem) + tiles + n * (sizeof(struct cg_pair) + 4 * sizeof(double));
}
