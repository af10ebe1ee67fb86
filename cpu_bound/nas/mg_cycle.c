#include "cpu_bound/nas/mg_cycle.h"

#include "cpu_bound/array.h"
#include "cpu_bound/nas/mg_sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- memory --- */

double mg_levels_bytes(const struct mg_part *part, unsigned workers)
{
    struct mg_extent e = mg_part_extent(part, part->finest);
    double bytes = 3 * mg_grid_bytes(&e) + (double)workers * sizeof(double) * (double)mg_workspace_doubles(e.n);
    for (unsigned k = 1; k < part->finest; k++) {
        e = mg_part_extent(part, k);
        bytes += 2 * mg_grid_bytes(&e);
    }
    return bytes;
}

/* The longest lines are the finest level's, or those of a level that is gathered. */
static size_t longest_line(const struct mg_levels *m)
{
    size_t gathered = m->extent[m->part.gathered].n;
    return m->v.n > gathered ? m->v.n : gathered;
}

static int create_workers(struct mg_levels *m)
{
    m->worker = array_alloc(m->workers, sizeof *m->worker);
    if (!m->worker)
        return -ENOMEM;
    memset(m->worker, 0, m->workers * sizeof *m->worker);
    for (unsigned w = 0; w < m->workers; w++) {
        m->worker[w].workspace = array_alloc(mg_workspace_doubles(longest_line(m)), sizeof(double));
        if (!m->worker[w].workspace)
            return -ENOMEM;
    }
    return 0;
}

int mg_levels_create(const struct mg_part *part, unsigned workers, enum isa isa, struct mg_smoother smoother,
                     struct mg_levels *out)
{
    struct mg_levels m = { .isa = isa, .smoother = smoother, .part = *part, .finest = part->finest, .workers = workers };
    for (unsigned k = 1; k <= m.finest; k++)
        m.extent[k] = mg_part_extent(part, k);
    int rc = mg_grid_create(&m.extent[m.finest], &m.v);
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = mg_grid_create(&m.extent[m.finest], &m.solution[k]);
    for (unsigned k = 1; rc == 0 && k < m.finest; k++) {
        rc = mg_grid_create(&m.extent[k], &m.u[k]);
        if (rc == 0)
            rc = mg_grid_create(&m.extent[k], &m.r[k]);
    }
    if (rc == 0)
        rc = create_workers(&m);
    if (rc == 0)
        *out = m;
    else
        mg_levels_destroy(&m);
    return rc;
}

void mg_levels_destroy(struct mg_levels *m)
{
    for (unsigned w = 0; m->worker && w < m->workers; w++)
        free(m->worker[w].workspace);
    free(m->worker);
    mg_grid_destroy(&m->v);
    for (int k = 0; k < 2; k++)
        mg_grid_destroy(&m->solution[k]);
    for (unsigned k = 1; k < m->finest; k++) {
        mg_grid_destroy(&m->u[k]);
        mg_grid_destroy(&m->r[k]);
    }
    *m = (struct mg_levels){ 0 };
}

/* --- who does what --- */

/*
 * Planes are shared out first: whole planes lie together in memory. Where a worker would have few, whose
 * neighbours it must compute too, lines are shared out as well: in how many columns.
 */
static unsigned columns(ptrdiff_t planes, unsigned workers)
{
    enum { PLANES_MIN = 16 };
    unsigned count = 1;
    while (count < workers && (workers % count != 0 || (ptrdiff_t)(workers / count * PLANES_MIN) > planes))
        count++;
    return count;
}

/* Where share @k of @shares of [begin, end) begins: pairs, evenly; the last share has what is left. */
static ptrdiff_t share(ptrdiff_t begin, ptrdiff_t end, unsigned k, unsigned shares)
{
    return k == shares ? end : begin + (end - begin) / 2 * (ptrdiff_t)k / (ptrdiff_t)shares * 2;
}

struct mg_box mg_levels_share(struct mg_box all, unsigned worker, unsigned workers)
{
    unsigned across = columns(all.l1 - all.l0, workers), along = workers / across;
    unsigned a = worker % across, b = worker / across;
    return (struct mg_box){ share(all.j0, all.j1, a, across), share(all.j0, all.j1, a + 1, across),
                            share(all.l0, all.l1, b, along), share(all.l0, all.l1, b + 1, along) };
}

/* The lines of the block on level @k, and @more around it where there are ghosts. */
static struct mg_box block(const struct mg_levels *m, unsigned k, ptrdiff_t more)
{
    const struct mg_extent *e = &m->extent[k];
    ptrdiff_t n = (ptrdiff_t)e->n;
    struct mg_box box = { 0, n, 0, n };
    if (e->cut[MG_J]) {
        box.j0 = e->begin[MG_J] - more;
        box.j1 = e->end[MG_J] + more;
    }
    if (e->cut[MG_L]) {
        box.l0 = e->begin[MG_L] - more;
        box.l1 = e->end[MG_L] + more;
    }
    return box;
}

/* What the process restricts to level @k: its own lines, also where the level stands whole. */
static struct mg_box own(const struct mg_levels *m, unsigned k)
{
    const struct mg_extent *e = &m->extent[k];
    return (struct mg_box){ e->begin[MG_J], e->end[MG_J], e->begin[MG_L], e->end[MG_L] };
}

/* What it sweeps on level @k, so that the next finer one finds all that it reads: mg_part_residual_reach(). */
static struct mg_box swept(const struct mg_levels *m, unsigned k)
{
    return block(m, k, mg_part_residual_reach(&m->part, k).below - 1);
}

/* Planes for touching: whole, by the first of the workers that share them. */
static void zero_grid(const struct mg_levels *m, struct mg_grid *g, unsigned worker)
{
    struct mg_box box = mg_levels_share(mg_grid_lines(g), worker, m->workers);
    if (box.j0 == g->j0)
        mg_grid_zero(g, box.l0, box.l1);
}

void mg_levels_zero(struct mg_levels *m, unsigned worker)
{
    memset(m->worker[worker].workspace, 0, mg_workspace_doubles(longest_line(m)) * sizeof(double));
    zero_grid(m, &m->v, worker);
    for (int k = 0; k < 2; k++)
        zero_grid(m, &m->solution[k], worker);
    for (unsigned k = 1; k < m->finest; k++) {
        zero_grid(m, &m->u[k], worker);
        zero_grid(m, &m->r[k], worker);
    }
}

void mg_levels_start(struct mg_levels *m, unsigned worker)
{
    zero_grid(m, &m->solution[0], worker);
    zero_grid(m, &m->v, worker);
}

/* --- steps of a cycle --- */

/* The finest level, by a worker: its share of @sweep, which has u, and what it makes of it. */
static void sweep_finest(struct mg_levels *m, unsigned worker, struct mg_sweep *sweep)
{
    struct mg_worker *w = &m->worker[worker];
    sweep->isa = m->isa;
    sweep->smoother = m->smoother;
    sweep->v = &m->v;
    sweep->segment = mg_segment(m->extent[m->finest].n);
    if (sweep->squares)
        *sweep->squares = (struct exact_sum){ 0 };
    mg_sweep(sweep, mg_levels_share(own(m, m->finest), worker, m->workers), w->workspace);
}

void mg_first_residual(struct mg_levels *m, unsigned worker, unsigned c)
{
    struct mg_sweep sweep = { .u = &m->solution[c % 2], .restricted = &m->r[m->finest - 1],
                              .squares = &m->worker[worker].squares };
    sweep_finest(m, worker, &sweep);
}

static void last_sweep(struct mg_levels *m, unsigned worker, unsigned c, bool last)
{
    struct mg_sweep sweep = {
        .u = &m->solution[c % 2], .coarse = &m->u[m->finest - 1], .out = &m->solution[(c + 1) % 2], .stream = true,
        .restricted = last ? NULL : &m->r[m->finest - 1], .squares = last ? &m->worker[worker].squares : NULL,
    };
    sweep_finest(m, worker, &sweep);
}

static bool holds(struct mg_box box, ptrdiff_t j, ptrdiff_t l)
{
    return j >= box.j0 && j < box.j1 && l >= box.l0 && l < box.l1;
}

/* The lines of @box of r[k] from r[k + 1], but for those of @except. */
static void descend(struct mg_levels *m, unsigned k, struct mg_box box, struct mg_box except)
{
    const struct mg_grid *fine = &m->r[k + 1], *coarse = &m->r[k];
    ptrdiff_t first = 2 * (coarse->i0 + (ptrdiff_t)coarse->lead) - fine->i0;
    for (ptrdiff_t l = box.l0; l < box.l1; l++)
        for (ptrdiff_t j = box.j0; j < box.j1; j++) {
            const double *around[3][3];
            if (holds(except, j, l))
                continue;
            for (int dl = 0; dl < 3; dl++)
                for (int dj = 0; dj < 3; dj++)
                    around[dl][dj] = mg_line(fine, 2 * j + dj, 2 * l + dl) + first;
            ISA_SELECT(mg_restrict, m->isa)(mg_line(coarse, j, l) + coarse->lead, (const double *const (*)[3])around,
                                            coarse->own);
        }
}

/* The lines of @box of u[k] from u[k - 1] and r[k]. */
static void ascend(struct mg_levels *m, unsigned k, struct mg_box box, double *workspace)
{
    const struct mg_grid *u = &m->u[k];
    const struct mg_sweep sweep = {
        .isa = m->isa, .smoother = m->smoother, .v = &m->r[k], .coarse = k > 1 ? &m->u[k - 1] : NULL, .out = u,
    };
    mg_sweep(&sweep, box, workspace);
    for (ptrdiff_t l = box.l0; k == m->part.gathered && m->part.pieces[MG_I] > 1 && l < box.l1; l++)
        for (ptrdiff_t j = box.j0; j < box.j1; j++)
            mg_close_wide(mg_line(u, j, l), u->n);
}

/* From whole r[@top] down to level 1 and up to u[@top]. */
static void cycle_alone(struct mg_levels *m, unsigned top, double *workspace)
{
    const struct mg_box none = { 0 };
    for (unsigned k = top; k > 1; k--)
        descend(m, k - 1, block(m, k - 1, 0), none);
    for (unsigned k = 1; k <= top; k++)
        ascend(m, k, block(m, k, 0), workspace);
}

/* --- in pieces --- */

/* Of the lines of r[k] that the process restricts, those that read no ghosts of r[k + 1]. */
static struct mg_box inner(const struct mg_levels *m, unsigned k)
{
    const struct mg_extent *e = &m->extent[k + 1];
    struct mg_box box = own(m, k);
    if (e->cut[MG_I]) /* every line reads some */
        return (struct mg_box){ 0 };
    if (e->cut[MG_J]) {
        box.j0 = (e->begin[MG_J] + 1) >> 1;
        box.j1 = (e->end[MG_J] - 1) >> 1;
    }
    if (e->cut[MG_L]) {
        box.l0 = (e->begin[MG_L] + 1) >> 1;
        box.l1 = (e->end[MG_L] - 1) >> 1;
    }
    return box;
}

/* r[k], whose own points are complete, gets what else is needed of it; meanwhile the inner lines of r[k - 1] are
 * restricted, which are returned. */
static struct mg_box bring_together(struct mg_levels *m, unsigned k, unsigned worker)
{
    struct mg_box done = { 0 };
    if (!m->exchange || k < m->part.gathered)
        return done;
    if (worker == 0)
        m->exchange->start_residual(m->exchange, k);
    if (k > m->part.gathered) {
        done = inner(m, k - 1);
        descend(m, k - 1, mg_levels_share(done, worker, m->workers), (struct mg_box){ 0 });
    }
    if (worker == 0)
        m->exchange->finish_residual(m->exchange, k);
#pragma omp barrier
    return done;
}

static void start_solution(struct mg_levels *m, unsigned worker, unsigned c)
{
    if (worker == 0)
        m->exchange->start_solution(m->exchange, c % 2);
}

static void finish_solution(struct mg_levels *m, unsigned worker, unsigned c)
{
    if (worker == 0)
        m->exchange->finish_solution(m->exchange, c % 2);
#pragma omp barrier
}

void mg_exchange_solution(struct mg_levels *m, unsigned worker, unsigned c)
{
    if (!m->exchange)
        return;
    start_solution(m, worker, c);
    finish_solution(m, worker, c);
}

bool mg_failed(const struct mg_levels *m)
{
    if (!m->exchange)
        return false;
#pragma omp barrier /* until nobody changes it any more; nobody does before the next cycle's barrier */
    return m->exchange->rc != 0;
}

/* --- the cycle --- */

void mg_cycle(struct mg_levels *m, unsigned worker, unsigned c, bool ghosts, bool last)
{
    unsigned k = m->finest - 1, top = k < MG_ALONE ? k : MG_ALONE;
    bool exchanged = m->exchange && !ghosts;
#pragma omp barrier /* until r[k] and the solution are complete */
    if (exchanged)
        start_solution(m, worker, c);
    struct mg_box done = bring_together(m, k, worker);
    for (; k > top; k--) {
        struct mg_box all = k > m->part.gathered ? own(m, k - 1) : block(m, k - 1, 0);
        descend(m, k - 1, mg_levels_share(all, worker, m->workers), done);
#pragma omp barrier
        done = bring_together(m, k - 1, worker);
    }
    if (worker == 0)
        cycle_alone(m, top, m->worker[worker].workspace);
#pragma omp barrier
    for (k = top + 1; k < m->finest; k++) {
        ascend(m, k, mg_levels_share(swept(m, k), worker, m->workers), m->worker[worker].workspace);
#pragma omp barrier
    }
    if (exchanged)
        finish_solution(m, worker, c);
    last_sweep(m, worker, c, last);
}

double mg_norm(const struct mg_levels *m)
{
    struct exact_sum sum = { 0 };
    for (unsigned w = 0; w < m->workers; w++)
        exact_sum_join(&sum, &m->worker[w].squares);
    if (m->exchange)
        m->exchange->add(m->exchange, &sum);
    return sqrt(exact_sum_value(&sum) / pow((double)m->extent[m->finest].n, 3));
}
