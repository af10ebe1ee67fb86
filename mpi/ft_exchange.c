#include "mpi/ft_exchange.h"

#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <stdlib.h>
#include <string.h>

static size_t families_of(const struct ft_shape *s)
{
    return s->n[FT_Z] * FT_FAMILIES;
}

static size_t tiles_of(const struct ft_shape *s)
{
    return s->n[FT_Y] / FT_FAMILIES * ft_tiles(s);
}

/* Where the run of @rank begins: even shares, one more or less. */
static size_t edge(size_t count, size_t rank, size_t ranks)
{
    return count * rank / ranks;
}

/* Where @group begins in the tiles of @rank. */
static size_t group_edge(const struct ft_exchange *x, size_t rank, size_t group)
{
    return x->tile[rank] + edge(x->tile[rank + 1] - x->tile[rank], group, FT_GROUPS);
}

double ft_exchange_bytes(const struct ft_shape *shape, double ranks)
{
    return 2 * sizeof(double) * 2 * (double)ft_points(shape) / ranks;
}

void ft_exchange_destroy(struct ft_exchange *x)
{
    if (x->ranks && x->chunk != MPI_DATATYPE_NULL)
        MPI_Type_free(&x->chunk);
    for (int g = 0; g < FT_GROUPS; g++)
        free(x->group[g].count_by_tile);
    free(x->by_tile);
    free(x->by_rank);
    free(x->family);
    *x = (struct ft_exchange){ 0 };
}

static int create_group(struct ft_exchange *x, size_t g)
{
    struct ft_group *group = &x->group[g];
    size_t families = x->family[x->ranks], own = x->family[x->rank + 1] - x->family[x->rank];
    int *counts = calloc(4 * x->ranks, sizeof *counts);
    if (!counts)
        return -ENOMEM;
    *group = (struct ft_group){ group_edge(x, x->rank, g), group_edge(x, x->rank, g + 1), counts, counts + x->ranks,
                                counts + 2 * x->ranks, counts + 3 * x->ranks, .request = MPI_REQUEST_NULL };
    group->by_rank = x->by_rank + (group->begin - x->tile[x->rank]) * families * FT_CHUNK;
    for (size_t r = 0; r < x->ranks; r++) {
        size_t begin = group_edge(x, r, g), end = group_edge(x, r, g + 1), mine = group->end - group->begin;
        group->count_by_tile[r] = (int)((end - begin) * own);
        group->at_by_tile[r] = (int)(begin * own);
        group->count_by_rank[r] = (int)(mine * (x->family[r + 1] - x->family[r]));
        group->at_by_rank[r] = (int)(mine * x->family[r]);
    }
    return 0;
}

int ft_exchange_create(struct mpi_runtime *rt, const struct ft_shape *shape, struct ft_exchange *out)
{
    struct ft_exchange *x = out;
    *x = (struct ft_exchange){ .comm = rt->comm, .chunk = MPI_DATATYPE_NULL, .ranks = (size_t)rt->base.ranks,
                               .rank = (size_t)rt->base.rank };
    x->family = calloc(2 * (x->ranks + 1), sizeof *x->family);
    if (!x->family)
        return -ENOMEM;
    x->tile = x->family + x->ranks + 1;
    for (size_t r = 0; r <= x->ranks; r++) {
        x->family[r] = edge(families_of(shape), r, x->ranks);
        x->tile[r] = edge(tiles_of(shape), r, x->ranks);
    }
    x->by_tile = array_alloc(tiles_of(shape) * (x->family[x->rank + 1] - x->family[x->rank]), FT_CHUNK * sizeof(double));
    x->by_rank = array_alloc(families_of(shape) * (x->tile[x->rank + 1] - x->tile[x->rank]), FT_CHUNK * sizeof(double));
    int rc = x->by_tile && x->by_rank ? 0 : -ENOMEM;
    for (size_t g = 0; g < FT_GROUPS && rc == 0; g++)
        rc = create_group(x, g);
    if (rc == 0)
        rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous(FT_CHUNK, MPI_DOUBLE, &x->chunk));
    return rc ? rc : mpi_check("MPI_Type_commit", MPI_Type_commit(&x->chunk));
}

/* --- the halves of the owners of tiles --- */

/* The chunks of @tile that the families of @rank have: the i-th of each lies where the i-th of those families says. */
static double *run_of(const struct ft_exchange *x, const struct ft_group *group, size_t tile, size_t rank)
{
    size_t run = x->family[rank + 1] - x->family[rank];
    return group->by_rank + ((size_t)group->at_by_rank[rank] + (tile - group->begin) * run) * FT_CHUNK;
}

static size_t run_bytes(const struct ft_exchange *x, size_t rank)
{
    return (x->family[rank + 1] - x->family[rank]) * FT_CHUNK * sizeof(double);
}

void ft_exchange_get_tile(const struct ft_exchange *x, const struct ft_group *group, size_t tile, double *to)
{
    for (size_t r = 0; r < x->ranks; r++)
        memcpy(to + x->family[r] * FT_CHUNK, run_of(x, group, tile, r), run_bytes(x, r));
}

void ft_exchange_put_tile(const struct ft_exchange *x, const struct ft_group *group, size_t tile, const double *from)
{
    for (size_t r = 0; r < x->ranks; r++)
        memcpy(run_of(x, group, tile, r), from + x->family[r] * FT_CHUNK, run_bytes(x, r));
}

/* --- on the way --- */

static void count_sent(struct ft_exchange *x, const int *count)
{
    for (size_t r = 0; r < x->ranks; r++)
        if (r != x->rank)
            x->sent_bytes += (double)count[r] * FT_CHUNK * sizeof(double);
}

int ft_exchange_start(struct ft_exchange *x, struct ft_group *g, enum ft_way way)
{
    count_sent(x, way == FT_TO_TILES ? g->count_by_tile : g->count_by_rank);
    if (way == FT_TO_TILES)
        return mpi_check("MPI_Ialltoallv",
                         MPI_Ialltoallv(x->by_tile, g->count_by_tile, g->at_by_tile, x->chunk, g->by_rank, g->count_by_rank,
                                        g->at_by_rank, x->chunk, x->comm, &g->request));
    return mpi_check("MPI_Ialltoallv",
                     MPI_Ialltoallv(g->by_rank, g->count_by_rank, g->at_by_rank, x->chunk, x->by_tile, g->count_by_tile,
                                    g->at_by_tile, x->chunk, x->comm, &g->request));
}

int ft_exchange_wait(struct ft_group *g)
{
    return mpi_check("MPI_Wait", MPI_Wait(&g->request, MPI_STATUS_IGNORE));
}
