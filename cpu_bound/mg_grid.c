#include "cpu_bound/mg_grid.h"

#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The lines, each with the gap before it, and the gap behind the last. */
static size_t doubles(size_t n)
{
    return n * n * (size_t)mg_line_length(n) + MG_GAP;
}

double mg_grid_bytes(size_t n)
{
    return (double)doubles(n) * sizeof(double);
}

int mg_grid_create(size_t n, struct mg_grid *out)
{
    double *memory = array_alloc(doubles(n), sizeof *memory);
    ptrdiff_t line = mg_line_length(n), side = (ptrdiff_t)n;
    if (!memory)
        return -ENOMEM;
    *out = (struct mg_grid){ memory, memory + MG_GAP, n, line, line * side, side - 1, side - 1 };
    return 0;
}

void mg_grid_destroy(struct mg_grid *g)
{
    free(g->memory);
    g->memory = NULL;
}

void mg_grid_zero(struct mg_grid *g, ptrdiff_t l0, ptrdiff_t l1)
{
    size_t bytes = (size_t)((l1 - l0) * g->plane) * sizeof(double);
    size_t behind = l1 == (ptrdiff_t)g->n ? MG_GAP * sizeof(double) : 0;
    if (l0 < l1)
        memset(g->memory + l0 * g->plane, 0, bytes + behind);
}
