#include "cpu_bound/mg_cycle.h"

#include "common/blocks.h"
#include "cpu_bound/array.h"
#include "cpu_bound/mg_sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t side(unsigned level)
{
    return (size_t)1 << level;
}

double mg_levels_bytes(unsigned finest, unsigned workers)
{
    size_t n = side(finest);
    double others = (double)n * (double)n + (double)workers * (double)mg_workspace_doubles(n); /* doubles */
    double bytes = 3 * mg_grid_bytes(n) + sizeof(double) * others;
    for (unsigned k = 1; k < finest; k++)
        bytes += 2 * mg_grid_bytes(side(k));
    return bytes;
}

static int create_workspaces(struct mg_levels *m)
{
    m->workspace = calloc(m->workers, sizeof *m->workspace);
    if (!m->workspace)
        return -ENOMEM;
    for (unsigned w = 0; w < m->workers; w++) {
        m->workspace[w] = array_alloc(mg_workspace_doubles(side(m->finest)), sizeof(double));
        if (!m->workspace[w])
            return -ENOMEM;
    }
    return 0;
}

int mg_levels_create(unsigned finest, unsigned workers, enum isa isa, struct mg_smoother smoother, struct mg_levels *out)
{
    struct mg_levels m = { .isa = isa, .smoother = smoother, .finest = finest, .workers = workers };
    size_t n = side(finest);
    int rc = create_workspaces(&m);
    m.squares = array_alloc(n * n, sizeof *m.squares);
    if (rc == 0 && !m.squares)
        rc = -ENOMEM;
    if (rc == 0)
        rc = mg_grid_create(n, &m.v);
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = mg_grid_create(n, &m.solution[k]);
    for (unsigned k = 1; rc == 0 && k < finest; k++) {
        rc = mg_grid_create(side(k), &m.u[k]);
        if (rc == 0)
            rc = mg_grid_create(side(k), &m.r[k]);
    }
    if (rc == 0)
        *out = m;
    else
        mg_levels_destroy(&m);
    return rc;
}

void mg_levels_destroy(struct mg_levels *m)
{
    for (unsigned w = 0; m->workspace && w < m->workers; w++)
        free(m->workspace[w]);
    free(m->workspace);
    free(m->squares);
    mg_grid_destroy(&m->v);
    for (int k = 0; k < 2; k++)
        mg_grid_destroy(&m->solution[k]);
    for (unsigned k = 1; k < m->finest; k++) {
        mg_grid_destroy(&m->u[k]);
        mg_grid_destroy(&m->r[k]);
    }
    *m = (struct mg_levels){ 0 };
}

/*
 * Planes are shared out first: whole planes lie together in memory. Where a worker would have few, whose
 * neighbours it must compute too, lines are shared out as well: in how many columns.
 */
static unsigned columns(size_t n, unsigned workers)
{
    enum { PLANES_MIN = 16 };
    unsigned count = 1;
    while (count < workers && (workers % count != 0 || workers / count * PLANES_MIN > n))
        count++;
    return count;
}

/* Where share @k of @shares begins: even. */
static ptrdiff_t share(size_t n, unsigned k, unsigned shares)
{
    return (ptrdiff_t)(n / 2 * k / shares * 2);
}

struct mg_box mg_levels_box(const struct mg_levels *m, size_t n, unsigned worker)
{
    unsigned across = columns(n, m->workers), along = m->workers / across;
    unsigned a = worker % across, b = worker / across;
    return (struct mg_box){ share(n, a, across), share(n, a + 1, across), share(n, b, along), share(n, b + 1, along) };
}

/* Planes for touching: those of the box, whole by the first of the workers that share them. */
static void zero_grid(const struct mg_levels *m, struct mg_grid *g, unsigned worker)
{
    struct mg_box box = mg_levels_box(m, g->n, worker);
    if (box.j0 == 0)
        mg_grid_zero(g, box.l0, box.l1);
}

void mg_levels_zero(struct mg_levels *m, unsigned worker)
{
    memset(m->workspace[worker], 0, mg_workspace_doubles(side(m->finest)) * sizeof(double));
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

void mg_first_residual(struct mg_levels *m, unsigned worker)
{
    const struct mg_sweep sweep = {
        .isa = m->isa, .v = &m->v, .u = &m->solution[0], .restricted = &m->r[m->finest - 1], .squares = m->squares,
    };
    mg_sweep(&sweep, mg_levels_box(m, m->v.n, worker), m->workspace[worker]);
}

/* The lines of @box of r[k] from r[k + 1]. */
static void descend(struct mg_levels *m, unsigned k, struct mg_box box)
{
    const struct mg_grid *fine = &m->r[k + 1];
    for (ptrdiff_t l = box.l0; l < box.l1; l++)
        for (ptrdiff_t j = box.j0; j < box.j1; j++) {
            const double *around[3][3];
            for (int dl = 0; dl < 3; dl++)
                for (int dj = 0; dj < 3; dj++)
                    around[dl][dj] = mg_line(fine, 2 * j + dj, 2 * l + dl);
            ISA_SELECT(mg_restrict, m->isa)(mg_line(&m->r[k], j, l), (const double *const (*)[3])around, side(k));
        }
}

/* The lines of @box of u[k] from u[k - 1] and r[k]. */
static void ascend(struct mg_levels *m, unsigned k, struct mg_box box, double *workspace)
{
    const struct mg_sweep sweep = {
        .isa = m->isa, .smoother = m->smoother, .v = &m->r[k], .coarse = k > 1 ? &m->u[k - 1] : NULL, .out = &m->u[k],
    };
    mg_sweep(&sweep, box, workspace);
}

static struct mg_box whole(unsigned level)
{
    ptrdiff_t n = (ptrdiff_t)side(level);
    return (struct mg_box){ 0, n, 0, n };
}

/* From r[@from] down to level 1 and up to u[@top]. */
static void cycle_alone(struct mg_levels *m, unsigned from, unsigned top, double *workspace)
{
    for (unsigned k = from; k > 1; k--)
        descend(m, k - 1, whole(k - 1));
    for (unsigned k = 1; k <= top; k++)
        ascend(m, k, whole(k), workspace);
}

static void sweep_finest(struct mg_levels *m, unsigned worker, unsigned c, bool last)
{
    const struct mg_grid *coarse = &m->u[m->finest - 1], *rest = &m->r[m->finest - 1];
    const struct mg_sweep sweep = {
        .isa = m->isa, .smoother = m->smoother, .v = &m->v, .u = &m->solution[c % 2], .coarse = coarse,
        .out = &m->solution[(c + 1) % 2], .stream = true,
        .restricted = last ? NULL : rest, .squares = last ? m->squares : NULL,
    };
    mg_sweep(&sweep, mg_levels_box(m, m->v.n, worker), m->workspace[worker]);
}

void mg_cycle(struct mg_levels *m, unsigned worker, unsigned c, bool last)
{
    unsigned k = m->finest - 1, top = k < MG_ALONE ? k : MG_ALONE;
#pragma omp barrier /* until r[k] and the solution are complete */
    for (; k > top + 1; k--) {
        descend(m, k - 1, mg_levels_box(m, side(k - 1), worker));
#pragma omp barrier
    }
    if (worker == 0)
        cycle_alone(m, k, top, m->workspace[worker]);
#pragma omp barrier
    for (k = top + 1; k < m->finest; k++) {
        ascend(m, k, mg_levels_box(m, side(k), worker), m->workspace[worker]);
#pragma omp barrier
    }
    sweep_finest(m, worker, c, last);
}

double mg_norm(const struct mg_levels *m)
{
    size_t n = m->v.n;
    return sqrt(blocks_sum_double(m->squares, n * n) / ((double)n * (double)n * (double)n));
}
