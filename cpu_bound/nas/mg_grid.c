#include "cpu_bound/nas/mg_grid.h"

#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Before the first line and behind the last: kernels look a vector or two beyond a line, also from its ghosts. */
enum { MARGIN = 4 * MG_GAP };

/* Where the lines of a grid lie; without memory. */
static struct mg_grid shape(const struct mg_extent *e)
{
    struct mg_grid g = { .n = e->n, .lines = (ptrdiff_t)e->n, .planes = (ptrdiff_t)e->n };
    g.own = (size_t)(e->end[MG_I] - e->begin[MG_I]);
    g.i0 = e->cut[MG_I] ? e->begin[MG_I] - MG_GAP : 0;
    g.lead = (size_t)(e->begin[MG_I] - g.i0);
    g.wrap_j = e->cut[MG_J] ? -1 : g.lines - 1;
    g.wrap_l = e->cut[MG_L] ? -1 : g.planes - 1;
    if (e->cut[MG_I])
        g.n = mg_stored_points(g.own);
    if (e->cut[MG_J]) {
        g.j0 = e->begin[MG_J] - MG_GHOST;
        g.lines = e->end[MG_J] + MG_GHOST - g.j0;
    }
    if (e->cut[MG_L]) {
        g.l0 = e->begin[MG_L] - MG_GHOST;
        g.planes = e->end[MG_L] + MG_GHOST - g.l0;
    }
    g.line = mg_line_length(g.n);
    g.plane = g.line * g.lines;
    return g;
}

static size_t doubles(const struct mg_grid *g)
{
    return (size_t)(g->plane * g->planes + 2 * MARGIN);
}

double mg_grid_bytes(const struct mg_extent *extent)
{
    struct mg_grid g = shape(extent);
    return (double)doubles(&g) * sizeof(double);
}

int mg_grid_create(const struct mg_extent *extent, struct mg_grid *out)
{
    struct mg_grid g = shape(extent);
    g.memory = array_alloc(doubles(&g), sizeof *g.memory);
    if (!g.memory)
        return -ENOMEM;
    g.origin = g.memory + MARGIN;
    *out = g;
    return 0;
}

void mg_grid_destroy(struct mg_grid *g)
{
    free(g->memory);
    g->memory = NULL;
}

void mg_grid_zero(struct mg_grid *g, ptrdiff_t l0, ptrdiff_t l1)
{
    if (l0 >= l1)
        return;
    double *begin = l0 == g->l0 ? g->memory : g->origin + (l0 - g->l0) * g->plane;
    double *end = g->origin + (l1 - g->l0) * g->plane + (l1 == g->l0 + g->planes ? MARGIN : 0);
    memset(begin, 0, (size_t)(end - begin) * sizeof(double));
}
