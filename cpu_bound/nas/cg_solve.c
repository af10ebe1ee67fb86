/*
 * A product: the owners of strips have p; each thread spreads the parts of its tiles into pairs, multiplies its tiles,
 * collects what they add, and the last thread of a part joins what the process has of it. What comes from other ranks and what
 * is for them travels meanwhile (struct cg_link). Then the owner of a strip joins all sums of it.
 *
 * Threads wait for each other before a product, where a strip needs a part that is not finished, and for the dot products, which
 * are summed strip by strip, and the strips' sums in a fixed order: the bits are the same for every team and number of ranks.
 */
#include "cpu_bound/nas/cg_solve.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/spin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cg_sync {
    struct spin_barrier barrier;
    struct spin_counter left[CG_PARTS_MOST];     /* threads that are done with a part, of all products           */
    struct spin_counter finished[CG_PARTS_MOST]; /* products of which all that this process has of a part is there */
    struct spin_counter p_came, sums_came;       /* products of which what comes from other ranks is there       */
    double *sums;                                /* up to three of each strip, twice: one may be formed while    */
                                                 /* others still read the one before                             */
    int failure;                                 /* of the link                                                  */
};

struct cg_sync *cg_sync_create(size_t strips)
{
    struct cg_sync *y = aligned_alloc(_Alignof(struct cg_sync), sizeof *y);
    if (!y)
        return NULL;
    *y = (struct cg_sync){ .sums = array_alloc(2 * CG_SUMS_MOST * strips, sizeof *y->sums) };
    if (!y->sums) {
        free(y);
        return NULL;
    }
    return y;
}

void cg_sync_destroy(struct cg_sync *y)
{
    if (y)
        free(y->sums);
    free(y);
}

/* One thread of the team. */
struct worker {
    struct cg_system *s;
    struct cg_sync *y;
    struct cg_thread *thread;
    const struct cg_link *link;   /* thread 0 only, and only if there are other ranks */
    unsigned me;
    size_t strip, strip_end;      /* its part of the vectors here                     */
    uint64_t product;             /* counts them                                      */
    uint64_t sent;                /* of thread 0: bit p, part p has been sent         */
    unsigned turn;                /* which half of the sums is in use                 */
};

static struct worker worker_of(struct cg_system *s, const struct cg_link *link)
{
    size_t me = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), strips = s->strip_end - s->strip;
    return (struct worker){ s, s->sync, &s->work.thread[me], me == 0 && s->ranks > 1 ? link : NULL, (unsigned)me,
                            s->strip + strips * me / workers, s->strip + strips * (me + 1) / workers, 0, 0, 0 };
}

static double *at(struct cg_sum sum, size_t element)
{
    return sum.data + (element - sum.first);
}

static struct cg_vectors vectors_at(const struct cg_system *s, size_t strip)
{
    size_t i = cg_strip_begin(&s->layout, strip), own = i - cg_system_first(s), part = strip / CG_STRIPS;
    return (struct cg_vectors){ s->p[part] + (i - cg_part_begin(&s->layout, part)), s->own.x + own, s->own.z + own,
                                s->own.r + own, s->own.q + own, at(s->join[part].root, i), s->own.diagonal + own };
}

/* --- what thread 0 does with other ranks --- */

/* After a failure nothing is asked any more: all go on with what they have, until they can stop together. */
static void ask(const struct worker *w, int rc)
{
    if (rc != 0 && w->y->failure == 0)
        w->y->failure = rc;
}

static bool linked(const struct worker *w)
{
    return w->link && w->y->failure == 0;
}

/* Send the parts that are finished, or wait for all of them. */
static void send_sums(struct worker *w, bool all)
{
    const struct cg_messages *m = &w->s->sums_out;
    for (size_t k = 0; k < m->count; k++) {
        size_t part = m->message[k].part;
        if (w->sent >> part & 1)
            continue;
        if (all)
            spin_await(&w->y->finished[part], w->product);
        else if (atomic_load_explicit(&w->y->finished[part].value, memory_order_acquire) < w->product)
            continue;
        w->sent |= UINT64_C(1) << part;
        if (linked(w))
            ask(w, w->link->send(w->link->with, part));
    }
}

static void await_p(const struct worker *w)
{
    if (w->me != 0) {
        spin_await(&w->y->p_came, w->product);
        return;
    }
    if (linked(w))
        ask(w, w->link->await_p(w->link->with));
    spin_raise(&w->y->p_came, w->product);
}

/* --- a product --- */

static void collect(const struct worker *w, const struct cg_side *side)
{
    struct cg_system *s = w->s;
    size_t n = cg_part_size(&s->layout, side->part);
    ISA_SELECT(cg_collect, s->isa)(side->sum, side->pairs, n, side->add);
    for (size_t k = 0; k < side->merges; k++)
        ISA_SELECT(cg_add, s->isa)(side->into[k], k ? side->into[k - 1] : side->sum, n);
    if (!side->last)
        return;
    uint64_t threads = s->work.part[side->part].threads;
    if ((atomic_fetch_add_explicit(&w->y->left[side->part].value, 1, memory_order_acq_rel) + 1) % threads != 0)
        return;
    const struct cg_merges *m = &s->work.part[side->part].merges;
    for (size_t k = 0; k < m->count; k++)
        ISA_SELECT(cg_add, s->isa)(m->merge[k].into.data, m->merge[k].from.data, n);
    spin_raise(&w->y->finished[side->part], w->product);
}

static void spread(const struct worker *w, const struct cg_side *side)
{
    if (side->first)
        ISA_SELECT(cg_spread, w->s->isa)(side->pairs, w->s->p[side->part], cg_part_size(&w->s->layout, side->part));
}

static void do_task(const struct worker *w, const struct cg_task *task)
{
    const struct cg_tile *tile = &w->s->tiles.tile[task->tile];
    spread(w, &task->rows);
    if (!task->diagonal)
        spread(w, &task->columns);
    ISA_SELECT(cg_tile_product, w->s->isa)(tile, task->rows.pairs, task->diagonal ? task->rows.pairs : task->columns.pairs);
    collect(w, &task->rows);
    if (!task->diagonal)
        collect(w, &task->columns);
}

/* The sums of A p, once every owner has its p; the strips' own may be in others' hands yet. */
static void multiply(struct worker *w)
{
    bool came = false;
    spin_barrier_wait(&w->y->barrier);
    w->product++;
    w->sent = 0;
    if (linked(w))
        ask(w, w->link->begin(w->link->with));
    for (size_t k = 0; k < w->thread->tasks; k++) {
        if (w->thread->task[k].remote && !came) {
            await_p(w);
            came = true;
        }
        do_task(w, &w->thread->task[k]);
        if (w->link)
            send_sums(w, false);
    }
    if (!came)
        await_p(w);
    if (w->me != 0)
        return;
    if (w->link)
        send_sums(w, true);
    if (linked(w))
        ask(w, w->link->await_sums(w->link->with));
    spin_raise(&w->y->sums_came, w->product);
}

/* The strip's sums joined to that of A p without the diagonal. */
static void join_strip(const struct worker *w, size_t strip)
{
    const struct cg_system *s = w->s;
    size_t part = strip / CG_STRIPS, i = cg_strip_begin(&s->layout, strip), n = cg_strip_size(&s->layout, strip);
    const struct cg_merges *m = &s->join[part].merges;
    if (s->work.part[part].threads)
        spin_await(&w->y->finished[part], w->product);
    if (s->ranks > 1)
        spin_await(&w->y->sums_came, w->product);
    for (size_t k = 0; k < m->count; k++)
        ISA_SELECT(cg_add, s->isa)(at(m->merge[k].into, i), at(m->merge[k].from, i), n);
}

/* --- sums over all strips --- */

static size_t strips_of(const struct worker *w)
{
    return w->s->layout.parts * CG_STRIPS;
}

/* Where the next sums of the strips go; a second and third one follow after all strips. */
static double *sums_of(const struct worker *w)
{
    return w->y->sums + w->turn * CG_SUMS_MOST * strips_of(w);
}

/* @count sums of each strip added up. */
static void total(struct worker *w, size_t count, double *out)
{
    double *sums = sums_of(w);
    spin_barrier_wait(&w->y->barrier);
    if (w->s->ranks > 1) {
        if (linked(w))
            ask(w, w->link->gather(w->link->with, sums, count));
        spin_barrier_wait(&w->y->barrier);
    }
    for (size_t k = 0; k < count; k++)
        out[k] = blocks_sum_double(sums + k * strips_of(w), strips_of(w));
    w->turn ^= 1;
}

static double total_of_one(struct worker *w)
{
    double sum;
    total(w, 1, &sum);
    return sum;
}

/* --- the solver --- */

static double start(struct worker *w)
{
    for (size_t b = w->strip; b < w->strip_end; b++) {
        struct cg_vectors v = vectors_at(w->s, b);
        sums_of(w)[b] = ISA_SELECT(cg_start, w->s->isa)(&v, cg_strip_size(&w->s->layout, b));
    }
    return total_of_one(w);
}

static double product_dot(struct worker *w)
{
    multiply(w);
    for (size_t b = w->strip; b < w->strip_end; b++) {
        struct cg_vectors v = vectors_at(w->s, b);
        join_strip(w, b);
        sums_of(w)[b] = ISA_SELECT(cg_dot_pq, w->s->isa)(&v, cg_strip_size(&w->s->layout, b));
    }
    return total_of_one(w);
}

static double step(struct worker *w, double alpha)
{
    for (size_t b = w->strip; b < w->strip_end; b++) {
        struct cg_vectors v = vectors_at(w->s, b);
        sums_of(w)[b] = ISA_SELECT(cg_step, w->s->isa)(&v, cg_strip_size(&w->s->layout, b), alpha);
    }
    return total_of_one(w);
}

/* A z ~ x by CG_STEPS steps, and the sums of A z. The last step needs no new direction: z takes its place. */
static void solve(struct worker *w)
{
    struct cg_system *s = w->s;
    double rho = start(w);
    for (int k = 1;; k++) {
        double alpha = rho / product_dot(w), before = rho;
        rho = step(w, alpha);
        for (size_t b = w->strip; b < w->strip_end; b++) {
            struct cg_vectors v = vectors_at(s, b);
            if (k < CG_STEPS)
                ISA_SELECT(cg_direction, s->isa)(&v, cg_strip_size(&s->layout, b), rho / before);
            else
                ISA_SELECT(cg_solution, s->isa)(&v, cg_strip_size(&s->layout, b));
        }
        if (k == CG_STEPS)
            break;
    }
    multiply(w);
}

static struct cg_norms measure(struct worker *w)
{
    double sum[CG_SUMS_MOST], *to = sums_of(w);
    for (size_t b = w->strip; b < w->strip_end; b++) {
        struct cg_vectors v = vectors_at(w->s, b);
        join_strip(w, b);
        struct cg_norms sums = ISA_SELECT(cg_measure, w->s->isa)(&v, cg_strip_size(&w->s->layout, b));
        to[b] = sums.residual;
        to[strips_of(w) + b] = sums.xz;
        to[2 * strips_of(w) + b] = sums.zz;
    }
    total(w, CG_SUMS_MOST, sum);
    return (struct cg_norms){ sum[0], sum[1], sum[2] };
}

static void iterate(struct worker *w, unsigned outer)
{
    struct cg_system *s = w->s;
    solve(w);
    struct cg_norms norms = measure(w);
    for (size_t b = w->strip; b < w->strip_end; b++) {
        struct cg_vectors v = vectors_at(s, b);
        ISA_SELECT(cg_normalise, s->isa)(&v, cg_strip_size(&s->layout, b), 1 / sqrt(norms.zz));
    }
    if (w->me == 0) {
        s->zeta[outer] = s->problem->shift + 1 / norms.xz;
        s->rnorm[outer] = sqrt(norms.residual);
    }
}

void cg_reset(struct cg_system *s)
{
    size_t first = cg_system_first(s);
    for (size_t i = 0; i < cg_system_own(s); i++)
        s->own.x[i] = first + i < s->layout.n;
    s->done = 0;
}

int cg_solve(struct cg_system *s, unsigned outer, struct team *team, const struct cg_link *link)
{
    double *sums = s->sync->sums;
    *s->sync = (struct cg_sync){ .sums = sums, .barrier.threads = team->threads };
#pragma omp parallel default(none) shared(s, outer, team, link) num_threads(team->threads)
    {
        struct worker w = worker_of(s, link);
        team_bind(team, w.me);
        for (unsigned i = s->done; i < outer && s->sync->failure == 0; i++)
            iterate(&w, i);
    }
    s->done = outer;
    return s->sync->failure;
}
