/*
 * ft on ranks. Families of rows and tiles of the spectrum are both shared out evenly; between the two passes of a
 * transform every rank sends every other what its families have in common with the other's tiles (ft_exchange.h), in
 * groups of tiles: one travels while the next is computed.
 *
 * A rank sends 16 N (R - 1) / R^2 bytes in each transform of N points, of which there are one more than iterations, and
 * its values of the 1024 points of each checksum, 16 KiB an iteration in one reduction at the end. Memory of a rank: 64 N / R
 * bytes for the field, the spectrum and the two halves of the exchange.
 *
 * The bits are those of parkit-cpu: lines are transformed independently by the same kernels, and rank 0 sums the 1024
 * values in their order.
 */
#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/ft.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/ft_exchange.h"
#include "mpi/lap.h"

#include <stdlib.h>
#include <string.h>

extern const struct workload ft_workload;

enum { LINE = 8 /* doubles of a cache line */ };

struct ft_mpi {
    struct ft ft;                     /* first: what parkit-cpu reports from, with the own parts of its fields       */
    struct mpi_runtime *rt;
    struct ft_exchange exchange;
    struct ft_transform of_tiles;     /* as the solver's, but of planes of eight chunks: what a tile is made of      */
    size_t plane, planes;             /* of which families lie here                                                  */
    double (*value)[FT_SUMMED][2];    /* [iterations] of the points that are summed; zero where they lie elsewhere   */
};

/* --- memory --- */

static double bytes(const struct params *p)
{
    struct ft_shape shape = ft_shape(ft_class(p->class)->n, ISA_SELECT(ft_lanes, ISA_BASELINE)());
    double ranks = p->runtime ? p->runtime->ranks : 1;
    return ft_solver_bytes(ft_class(p->class), p->team ? p->team->threads : 1) / ranks + ft_exchange_bytes(&shape, ranks);
}

static void teardown(void *state)
{
    struct ft_mpi *s = state;
    if (!s)
        return;
    ft_exchange_destroy(&s->exchange);
    ft_solver_destroy(&s->ft.solver);
    free(s->value);
    free(s);
}

/* A piece of scratch is what the kernels ask for, and a tile behind it. */
static double *tile_of(const struct ft_mpi *s, size_t worker)
{
    const struct ft_solver *solver = &s->ft.solver;
    return solver->scratch + (worker + 1) * solver->scratch_apart - ft_tile(&solver->transform.shape);
}

static int allocate(struct ft_mpi *s, const struct ft_shape *shape, unsigned threads)
{
    struct ft_solver *solver = &s->ft.solver;
    const struct ft_exchange *x = &s->exchange;
    size_t tiles = x->tile[x->rank + 1] - x->tile[x->rank];
    bool all = true;
    solver->scratch_apart = blocks_count(ISA_SELECT(ft_scratch, solver->isa)(shape), LINE) * LINE + FT_GAP + ft_tile(shape);
    solver->spectrum = array_alloc(tiles, ft_tile(shape) * sizeof(double));
    solver->field = array_alloc(s->planes, shape->plane * sizeof(double));
    solver->scratch = array_alloc(threads * solver->scratch_apart, sizeof(double));
    s->value = calloc((size_t)solver->class->iterations, sizeof *s->value);
    for (int axis = 0; axis < FT_AXES; axis++)
        all &= (solver->damping.along[axis] = array_alloc(shape->n[axis], sizeof(double))) != NULL;
    return all && solver->spectrum && solver->field && solver->scratch && s->value ? 0 : -ENOMEM;
}

static int create(struct ft_mpi *s, const struct params *p)
{
    struct ft_solver *solver = &s->ft.solver;
    s->rt = mpi_runtime_of(p->runtime);
    solver->class = ft_class(p->class);
    solver->isa = p->isa;
    struct ft_shape shape = ft_shape(solver->class->n, ISA_SELECT(ft_lanes, p->isa)());
    int rc = ft_exchange_create(s->rt, &shape, &s->exchange);
    if (rc == 0)
        rc = ft_transform_create(&shape, &solver->transform);
    if (rc != 0)
        return rc;
    const size_t *family = s->exchange.family + s->exchange.rank;
    s->plane = family[0] / FT_FAMILIES;
    s->planes = blocks_count(family[1], FT_FAMILIES) - s->plane;
    return allocate(s, &shape, p->team->threads);
}

static int setup(const struct params *p, void **state)
{
    struct ft_mpi *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    int rc = create(s, p);
    if (rc == 0)
        *state = s;
    else
        teardown(s);
    return rc;
}

/* --- passes over families --- */

static void share(size_t begin, size_t end, size_t *first, size_t *last)
{
    size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads();
    *first = begin + (end - begin) * worker / workers;
    *last = begin + (end - begin) * (worker + 1) / workers;
}

static double *family_field(const struct ft_mpi *s, size_t family)
{
    const struct ft_shape *shape = &s->ft.solver.transform.shape;
    double *plane = s->ft.solver.field + (family / FT_FAMILIES - s->plane) * shape->plane;
    return plane + ft_row(shape, family % FT_FAMILIES) * shape->row;
}

/* The family between its rows and the chunks that are exchanged. */
static void move_family(const struct ft_mpi *s, size_t family, enum ft_way way)
{
    const struct ft_shape *shape = &s->ft.solver.transform.shape;
    double *row = family_field(s, family);
    for (size_t b = 0, tile = 0; b < shape->n[FT_Y] / FT_FAMILIES; b++, row += shape->row)
        for (size_t t = 0; t < ft_tiles(shape); t++, tile++) {
            double *chunk = ft_exchange_chunk(&s->exchange, tile, family);
            if (way == FT_TO_TILES)
                memcpy(chunk, row + t * FT_CHUNK, FT_CHUNK * sizeof(double));
            else
                memcpy(row + t * FT_CHUNK, chunk, FT_CHUNK * sizeof(double));
        }
}

/* The initial field, its first pass, and what of it is sent: a family after the other, while it is in cache. */
static void families_forward(struct ft_mpi *s, struct team *team)
{
    const struct ft_solver *solver = &s->ft.solver;
#pragma omp parallel default(none) shared(s, solver, team) num_threads(team->threads) /* the team that was asked for */
    {
        const struct ft_shape *shape = &solver->transform.shape;
        const size_t *own = s->exchange.family + s->exchange.rank;
        size_t begin, end, before = s->plane * FT_FAMILIES;
        team_bind(team, (unsigned)omp_get_thread_num());
        share(own[0], own[1], &begin, &end);
        for (size_t i = begin; i < end; i++) {
            double *row = family_field(s, i);
            for (size_t y = i % FT_FAMILIES; y < shape->n[FT_Y]; y += FT_FAMILIES, row += shape->row)
                ISA_SELECT(ft_fill_row, solver->isa)(shape, row, y, i / FT_FAMILIES);
            ISA_SELECT(ft_families_forward, solver->isa)(&solver->transform, solver->field, i - before, i - before + 1);
            move_family(s, i, FT_TO_TILES);
        }
    }
}

static void families_inverse(struct ft_mpi *s, struct team *team)
{
    const struct ft_solver *solver = &s->ft.solver;
#pragma omp parallel default(none) shared(s, solver, team) num_threads(team->threads) /* as above */
    {
        const size_t *own = s->exchange.family + s->exchange.rank;
        size_t begin, end, before = s->plane * FT_FAMILIES;
        share(own[0], own[1], &begin, &end);
        for (size_t i = begin; i < end; i++) {
            move_family(s, i, FT_TO_FAMILIES);
            ISA_SELECT(ft_families_inverse, solver->isa)(&solver->transform, solver->field, i - before, i - before + 1);
        }
    }
}

/* The points that are summed and lie here, into the values of time @t. */
static void keep_points(struct ft_mpi *s, int t)
{
    const struct ft_shape *shape = &s->ft.solver.transform.shape;
    const size_t *own = s->exchange.family + s->exchange.rank;
    for (size_t j = 1; j <= FT_SUMMED; j++) {
        size_t point[FT_AXES];
        ft_summed_point(shape, j, point);
        size_t family = point[FT_Z] * FT_FAMILIES + point[FT_Y] % FT_FAMILIES;
        if (family < own[0] || family >= own[1])
            continue;
        const double *at = s->ft.solver.field + ft_field_at(shape, point[FT_X], point[FT_Y], point[FT_Z] - s->plane);
        s->value[t - 1][j - 1][0] = at[0];
        s->value[t - 1][j - 1][1] = at[shape->lanes];
    }
}

/* --- passes over tiles --- */

static double *tile_spectrum(const struct ft_mpi *s, size_t tile)
{
    return s->ft.solver.spectrum + (tile - s->exchange.tile[s->exchange.rank]) * ft_tile(&s->ft.solver.transform.shape);
}

static void tile_forward(const struct ft_mpi *s, const struct ft_group *group, size_t tile, size_t worker)
{
    const struct ft_solver *solver = &s->ft.solver;
    double *chunks = tile_of(s, worker);
    ft_exchange_get_tile(&s->exchange, group, tile, chunks);
    ISA_SELECT(ft_tiles_forward, solver->isa)(&s->of_tiles, chunks, tile_spectrum(s, tile), 0, 1,
                                              solver->scratch + worker * solver->scratch_apart);
}

static void tile_inverse(const struct ft_mpi *s, const struct ft_group *group, size_t tile, size_t worker)
{
    const struct ft_solver *solver = &s->ft.solver;
    size_t tiles = ft_tiles(&solver->transform.shape);
    struct ft_damping damping = solver->damping;
    double *chunks = tile_of(s, worker);
    damping.along[FT_X] += tile % tiles * FT_TILE; /* so that this tile is the first */
    ISA_SELECT(ft_tiles_inverse, solver->isa)(&s->of_tiles, tile_spectrum(s, tile), &damping, tile / tiles * FT_FAMILIES, chunks,
                                              0, 1, solver->scratch + worker * solver->scratch_apart);
    ft_exchange_put_tile(&s->exchange, group, tile, chunks);
}

static void tiles(const struct ft_mpi *s, struct team *team, const struct ft_group *group,
                  void (*compute)(const struct ft_mpi *, const struct ft_group *, size_t tile, size_t worker))
{
#pragma omp parallel default(none) shared(s, group, compute) num_threads(team->threads) /* as above */
    {
        size_t begin, end;
        share(group->begin, group->end, &begin, &end);
        for (size_t tile = begin; tile < end; tile++)
            compute(s, group, tile, (size_t)omp_get_thread_num());
    }
}

/* --- a run --- */

static int forward(struct ft_mpi *s, struct team *team)
{
    struct phases *phases = &s->rt->phases;
    struct ft_group *group = s->exchange.group;
    double since = clock_now_s();
    int rc = 0;
    families_forward(s, team);
    lap(&since, &phases->compute_s);
    for (int g = 0; g < FT_GROUPS && rc == 0; g++)
        rc = ft_exchange_start(&s->exchange, &group[g], FT_TO_TILES);
    lap(&since, &phases->communicate_s);
    for (int g = 0; g < FT_GROUPS && rc == 0; g++) {
        rc = ft_exchange_wait(&group[g]);
        lap(&since, &phases->wait_s);
        if (rc == 0)
            tiles(s, team, &group[g], tile_forward);
        lap(&since, &phases->compute_s);
    }
    return rc;
}

static int inverse(struct ft_mpi *s, struct team *team, int t)
{
    struct phases *phases = &s->rt->phases;
    struct ft_group *group = s->exchange.group;
    double since = clock_now_s();
    int rc = 0;
    ft_damping_fill(&s->ft.solver.transform, t, &s->ft.solver.damping);
    for (int g = 0; g < FT_GROUPS && rc == 0; g++) {
        tiles(s, team, &group[g], tile_inverse);
        lap(&since, &phases->compute_s);
        rc = ft_exchange_start(&s->exchange, &group[g], FT_TO_FAMILIES);
        lap(&since, &phases->communicate_s);
    }
    for (int g = 0; g < FT_GROUPS && rc == 0; g++)
        rc = ft_exchange_wait(&group[g]);
    lap(&since, &phases->wait_s);
    if (rc == 0) {
        families_inverse(s, team);
        keep_points(s, t);
    }
    lap(&since, &phases->compute_s);
    return rc;
}

/* Tables, the initial field and its spectrum. */
static int start(struct ft_mpi *s, struct team *team)
{
    ft_transform_fill(&s->ft.solver.transform);
    s->of_tiles = s->ft.solver.transform;
    s->of_tiles.shape.n[FT_Y] = FT_FAMILIES;
    s->of_tiles.shape.row = FT_CHUNK;
    s->of_tiles.shape.plane = FT_FAMILIES * FT_CHUNK;
    memset(s->value, 0, (size_t)s->ft.solver.class->iterations * sizeof *s->value);
    return forward(s, team);
}

/* Each value is zero on all ranks but one: their sum is exact. */
static int checksums(struct ft_mpi *s)
{
    struct ft_solver *solver = &s->ft.solver;
    int iterations = solver->class->iterations, root = s->rt->base.rank == 0;
    double since = clock_now_s();
    int rc = mpi_check("MPI_Reduce", MPI_Reduce(root ? MPI_IN_PLACE : s->value, s->value, 2 * FT_SUMMED * iterations, MPI_DOUBLE,
                                                MPI_SUM, 0, s->rt->comm));
    lap(&since, &s->rt->phases.communicate_s);
    for (int t = 0; root && t < iterations; t++)
        ft_checksum(&solver->transform.shape, s->value[t], solver->checksum[t]);
    return rc;
}

static void count_traffic(struct ft_mpi *s, uint64_t begun)
{
    double ranks = s->rt->base.ranks, iterations = s->ft.solver.class->iterations;
    double sums = ranks > 1 ? iterations * sizeof *s->value : 0;
    double field = 2 * sizeof(double) * (double)ft_points(&s->ft.solver.transform.shape);
    s->rt->traffic = (struct traffic){
        .counted = true,
        .sent_bytes = s->exchange.sent_bytes + (s->rt->base.rank > 0 ? sums : 0),
        .formula_bytes = (iterations - (double)begun + 1) * field * (ranks - 1) / (ranks * ranks) + sums,
    };
}

static int prepare(void *state, struct team *team)
{
    return start(state, team);
}

/*
 * All that a checkpoint needs are the values of the times that are done: the spectrum, which the others follow from, is
 * one transform more. They are brought to rank 0, and are zero elsewhere from then on.
 */
static struct checkpoint_array values_of(struct ft_mpi *s, uint64_t times)
{
    size_t words = times * 2 * FT_SUMMED;
    return checkpoint_vector("points", words, 0, s->rt->base.rank == 0 ? words : 0, s->value);
}

static int save(struct ft_mpi *s, uint64_t t)
{
    struct checkpoint_array values = values_of(s, t);
    bool root = s->rt->base.rank == 0;
    double since = clock_now_s();
    int rc = mpi_check("MPI_Reduce", MPI_Reduce(root ? MPI_IN_PLACE : s->value, s->value, 2 * FT_SUMMED * (int)t, MPI_DOUBLE,
                                                MPI_SUM, 0, s->rt->comm));
    if (!root)
        memset(s->value, 0, t * sizeof *s->value);
    lap(&since, &s->rt->phases.checkpoint_s);
    return rc ? rc : checkpoint_save(s->rt, t, &values, 1);
}

static int load(struct ft_mpi *s, uint64_t t)
{
    struct checkpoint_array values = values_of(s, t);
    return checkpoint_load(s->rt, (uint64_t)s->ft.solver.class->iterations, &values, 1);
}

static int run(void *state, struct team *team)
{
    struct ft_mpi *s = state;
    s->exchange.sent_bytes = 0;
    uint64_t begun = checkpoint_begin(s->rt), t = begun, end = (uint64_t)s->ft.solver.class->iterations;
    int rc = start(s, team);
    if (rc == 0 && t > 0)
        rc = load(s, t);
    while (rc == 0 && t < end) {
        uint64_t stop = checkpoint_next(s->rt, t, end);
        while (rc == 0 && t < stop)
            rc = inverse(s, team, (int)++t);
        if (rc == 0 && t < end)
            rc = save(s, t);
    }
    if (rc == 0)
        rc = checksums(s);
    count_traffic(s, begun);
    return rc;
}

/* Only rank 0 has the checksums. */
static int verify(void *state, char *why, size_t why_len)
{
    struct ft_mpi *s = state;
    int rc = s->rt->base.rank == 0 ? ft_workload.verify(state, why, why_len) : 0;
    return mpi_verdict(s->rt, rc, why, why_len);
}

void ft_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->prepare = prepare;
    w->run = run;
    w->verify = verify;
    w->teardown = teardown;
}
