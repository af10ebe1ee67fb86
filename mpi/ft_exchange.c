#include "mpi/ft_exchange.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = FT_CHUNK * sizeof(double), PAGE = 4096 / CHUNK_BYTES /* chunks */ };

/* --- who has what --- */

/* Where the run of @rank begins: even shares, one more or less. */
static size_t edge(size_t count, size_t rank, size_t ranks)
{
    return count * rank / ranks;
}

struct ft_share ft_exchange_share(const struct ft_shape *shape, size_t rank, size_t ranks)
{
    struct ft_share all = ft_whole(shape);
    return (struct ft_share){ edge(all.families_end, rank, ranks), edge(all.families_end, rank + 1, ranks),
                              edge(all.tiles_end, rank, ranks), edge(all.tiles_end, rank + 1, ranks) };
}

static size_t run(const size_t *begin, size_t rank)
{
    return begin[rank + 1] - begin[rank];
}

/*
 * Chunks from a tile of a box to the next: a family has one in each, and of a power of two apart they would share few sets of a
 * cache, and of the table of pages where there are many of those.
 */
static size_t column_apart(size_t families)
{
    return families + 1 + (families >= 16 * PAGE ? PAGE : 0);
}

double ft_exchange_bytes(const struct ft_shape *shape, double ranks)
{
    return 2 * 2 * sizeof(double) * (double)ft_points(shape) * (ranks - 1) / (ranks * ranks);
}

/* --- boxes --- */

static size_t box_chunks(const struct ft_exchange *x, size_t rank)
{
    return (x->tile[x->ranks] - run(x->tile, rank)) * column_apart(run(x->family, rank));
}

static struct ft_box box_of(const struct ft_exchange *x, size_t rank, double *base)
{
    return (struct ft_box){ base, column_apart(run(x->family, rank)) * FT_CHUNK, x->tile[rank], x->tile[rank + 1],
                            x->family[rank] % FT_FAMILIES };
}

/* The families of @rank in its @box, for the own tiles. */
static struct ft_part boxed_part(const struct ft_exchange *x, size_t tiles, size_t rank, const struct ft_box *box)
{
    size_t first = ft_box_tile(box, x->tile[x->rank]) - x->tile[x->rank]; /* all on the same side of its tiles */
    return (struct ft_part){ x->family[rank], x->family[rank + 1], box->base, first * box->apart - x->family[rank] * FT_CHUNK,
                             FT_FAMILIES * FT_CHUNK, FT_CHUNK, tiles * box->apart, box->apart };
}

static double *as_doubles(uint64_t *words)
{
    return (double *)(void *)words;
}

/* The boxes of the other ranks of this computer, as they are seen here. */
static void find_boxes(struct ft_exchange *x, size_t tiles)
{
    for (size_t r = 0; r < x->ranks; r++)
        if (r != x->rank && x->boxes.of[r]) {
            struct ft_box box = box_of(x, r, as_doubles(x->boxes.of[r]));
            x->part[r] = boxed_part(x, tiles, r, &box);
        }
}

/* Each family has chunks in all of it: the pages are shared out evenly. */
static void touch(double *box, size_t doubles, struct team *team)
{
#pragma omp parallel default(none) shared(box, doubles, team) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads();
        size_t begin = doubles * worker / workers, end = doubles * (worker + 1) / workers;
        team_bind(team, (unsigned)worker);
        memset(box + begin, 0, (end - begin) * sizeof(double));
    }
}

static int create_box(struct ft_exchange *x, struct mpi_runtime *rt, size_t tiles, struct team *team)
{
    size_t doubles = box_chunks(x, x->rank) * FT_CHUNK;
    int rc = rt->base.agree(&rt->base, node_array_create(rt, doubles, NODE_WRITE, &x->boxes));
    int lone = x->boxes.readable < rt->base.ranks;
    if (rc == 0 && x->boxes.readable == 1) {
        node_array_destroy(&x->boxes);
        x->by_tile = array_alloc(doubles, sizeof(double));
        rc = x->by_tile ? 0 : -ENOMEM;
    }
    rc = rt->base.agree(&rt->base, rc);
    if (rc != 0)
        return rc;
    double *base = x->by_tile ? x->by_tile : as_doubles(x->boxes.mine);
    touch(base, doubles, team);
    x->box = box_of(x, x->rank, base);
    if (!x->by_tile) {
        find_boxes(x, tiles);
        rc = node_array_touched(rt, &x->boxes);
    }
    int any = 0;
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&lone, &any, 1, MPI_INT, MPI_LOR, x->comm));
    x->messages = any;
    return rc;
}

/* --- messages --- */

/* Where @group begins in the tiles of @rank. */
static size_t group_edge(const struct ft_exchange *x, size_t rank, size_t group)
{
    return x->tile[rank] + edge(run(x->tile, rank), group, x->groups);
}

static bool by_message(const struct ft_exchange *x, size_t rank)
{
    return rank != x->rank && !(x->boxes.of && x->boxes.of[rank]);
}

static int create_by_rank(struct ft_exchange *x, size_t tiles)
{
    size_t chunks = 0, own = run(x->tile, x->rank);
    for (size_t r = 0; r < x->ranks; r++)
        chunks += by_message(x, r) ? own * run(x->family, r) : 0;
    x->by_rank = array_alloc(chunks, CHUNK_BYTES);
    if (!x->by_rank)
        return -ENOMEM;
    double *base = x->by_rank;
    for (size_t r = 0; r < x->ranks; r++) {
        if (!by_message(x, r))
            continue;
        size_t families = run(x->family, r), before = x->tile[x->rank] * families + x->family[r];
        x->part[r] = (struct ft_part){ x->family[r], x->family[r + 1], base, -before * FT_CHUNK, FT_FAMILIES * FT_CHUNK, FT_CHUNK,
                                       tiles * families * FT_CHUNK, families * FT_CHUNK };
        base += own * families * FT_CHUNK;
    }
    return 0;
}

static int create_group(struct ft_exchange *x, size_t g)
{
    struct ft_group *group = &x->group[g];
    int *counts = calloc(4 * x->ranks, sizeof *counts);
    if (!counts)
        return -ENOMEM;
    *group = (struct ft_group){ group_edge(x, x->rank, g), group_edge(x, x->rank, g + 1), counts, counts + x->ranks,
                                counts + 2 * x->ranks, counts + 3 * x->ranks, .request = MPI_REQUEST_NULL };
    for (size_t r = 0; r < x->ranks; r++) {
        if (!by_message(x, r))
            continue;
        size_t begin = group_edge(x, r, g), families = run(x->family, r);
        group->tiles[r] = (int)(group_edge(x, r, g + 1) - begin);
        group->at_tile[r] = (int)ft_box_tile(&x->box, begin);
        group->chunks[r] = (int)((group->end - group->begin) * families);
        group->at_chunk[r] = (int)((size_t)(x->part[r].base - x->by_rank) / FT_CHUNK + (group->begin - x->tile[x->rank]) * families);
    }
    return 0;
}

/* A column is the chunks that the own families have in one tile, as far apart as they are in the box. */
static int create_types(struct ft_exchange *x)
{
    MPI_Datatype packed = MPI_DATATYPE_NULL;
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous(FT_CHUNK, MPI_DOUBLE, &x->chunk));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&x->chunk));
    if (rc == 0)
        rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous((int)run(x->family, x->rank), x->chunk, &packed));
    if (rc == 0)
        rc = mpi_check("MPI_Type_create_resized",
                       MPI_Type_create_resized(packed, 0, (MPI_Aint)(x->box.apart * sizeof(double)), &x->column));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&x->column));
    if (packed != MPI_DATATYPE_NULL)
        MPI_Type_free(&packed);
    return rc;
}

/* --- create and destroy --- */

void ft_exchange_destroy(struct ft_exchange *x)
{
    if (!x->ranks)
        return;
    if (x->chunk != MPI_DATATYPE_NULL)
        MPI_Type_free(&x->chunk);
    if (x->column != MPI_DATATYPE_NULL)
        MPI_Type_free(&x->column);
    node_array_destroy(&x->boxes);
    for (size_t g = 0; g < x->groups; g++)
        free(x->group[g].tiles);
    free(x->by_tile);
    free(x->by_rank);
    free(x->part);
    free(x->family);
    *x = (struct ft_exchange){ 0 };
}

static int create_runs(struct ft_exchange *x, const struct ft_shape *shape)
{
    x->family = calloc(2 * (x->ranks + 1), sizeof *x->family);
    x->part = calloc(x->ranks, sizeof *x->part);
    if (!x->family || !x->part)
        return -ENOMEM;
    x->tile = x->family + x->ranks + 1;
    for (size_t r = 0; r < x->ranks; r++) {
        struct ft_share share = ft_exchange_share(shape, r, x->ranks);
        x->family[r] = share.family;
        x->family[r + 1] = share.families_end;
        x->tile[r] = share.tile;
        x->tile[r + 1] = share.tiles_end;
    }
    return 0;
}

int ft_exchange_create(struct mpi_runtime *rt, const struct ft_solver *solver, struct team *team, struct ft_exchange *out)
{
    struct ft_exchange *x = out;
    const struct ft_shape *shape = &solver->transform.shape;
    *x = (struct ft_exchange){ .comm = rt->comm, .node = rt->node, .chunk = MPI_DATATYPE_NULL, .column = MPI_DATATYPE_NULL,
                               .ranks = (size_t)rt->base.ranks, .rank = (size_t)rt->base.rank };
    int rc = rt->base.agree(&rt->base, create_runs(x, shape));
    if (rc != 0)
        return rc;
    x->part[x->rank] = ft_solver_part(solver);
    if (x->ranks > 1)
        rc = create_box(x, rt, ft_tiles(shape), team);
    x->groups = x->messages ? FT_GROUPS : 1;
    if (rc == 0 && x->messages)
        rc = create_by_rank(x, ft_tiles(shape));
    for (size_t g = 0; g < x->groups && rc == 0; g++)
        rc = create_group(x, g);
    return rc == 0 && x->messages ? create_types(x) : rc;
}

/* --- on the way --- */

static void count_sent(struct ft_exchange *x, size_t g, enum ft_way way)
{
    for (size_t r = 0; r < x->ranks; r++) {
        if (r == x->rank)
            continue;
        size_t owner = way == FT_TO_TILES ? r : x->rank, other = way == FT_TO_TILES ? x->rank : r;
        size_t tiles = group_edge(x, owner, g + 1) - group_edge(x, owner, g);
        x->sent_bytes += (double)(tiles * run(x->family, other)) * CHUNK_BYTES;
    }
}

int ft_exchange_start(struct ft_exchange *x, struct ft_group *g, enum ft_way way)
{
    count_sent(x, (size_t)(g - x->group), way);
    if (!x->messages)
        return 0;
    if (way == FT_TO_TILES)
        return mpi_check("MPI_Ialltoallv", MPI_Ialltoallv(x->box.base, g->tiles, g->at_tile, x->column, x->by_rank, g->chunks,
                                                          g->at_chunk, x->chunk, x->comm, &g->request));
    return mpi_check("MPI_Ialltoallv", MPI_Ialltoallv(x->by_rank, g->chunks, g->at_chunk, x->chunk, x->box.base, g->tiles,
                                                      g->at_tile, x->column, x->comm, &g->request));
}

int ft_exchange_wait(struct ft_group *g)
{
    return mpi_check("MPI_Wait", MPI_Wait(&g->request, MPI_STATUS_IGNORE));
}

int ft_exchange_poll(struct ft_exchange *x)
{
    int rc = 0, done;
    for (size_t g = 0; rc == 0 && g < x->groups; g++)
        if (x->group[g].request != MPI_REQUEST_NULL)
            rc = mpi_check("MPI_Test", MPI_Test(&x->group[g].request, &done, MPI_STATUS_IGNORE));
    return rc;
}

int ft_exchange_meet(struct ft_exchange *x)
{
    return x->boxes.of ? mpi_check("MPI_Barrier", MPI_Barrier(x->node)) : 0;
}
