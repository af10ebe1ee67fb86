/*
 * ft on ranks. Families of rows and tiles of the spectrum are both shared out evenly; between the two passes of a
 * transform every rank gives every other what its families have in common with the other's tiles (ft_exchange.h): in shared
 * memory on the same computer, else in groups of tiles, of which one travels while the next is computed.
 *
 * A rank sends 16 N (R - 1) / R^2 bytes in each transform of N points, of which there are one more than iterations, and
 * its values of the 1024 points of each checksum, 16 KiB an iteration in one reduction at the end. Memory of a rank: 32 N / R
 * bytes for the field and the spectrum, 16 N / R for what it exchanges on its computer, twice that with others.
 *
 * Passes over memory of an inverse transform, in units of 16 N / R bytes a rank: the spectrum is read, field and box are
 * written, read, and the field is written; that is 4, as in parkit-cpu. Messages add 2 s to 3 s, with s = (R - 1) / R: read and written on their way, and where the cache
 * wants it, read before they are written.
 *
 * The bits are those of parkit-cpu: lines are transformed independently by the same kernels, and rank 0 sums the 1024
 * values in their order.
 */
#include "common/openmp.h"
#include "cpu_bound/nas/ft.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/ft_exchange.h"
#include "mpi/lap.h"

#include <stdlib.h>
#include <string.h>

extern const struct workload ft_workload;

struct ft_mpi {
    struct ft ft;                     /* first: what parkit-cpu reports from, with the own parts of its fields       */
    struct mpi_runtime *rt;
    struct ft_exchange exchange;
    double (*value)[FT_SUMMED][2];    /* [iterations] of the points that are summed; zero where they lie elsewhere   */
};

/* --- memory --- */

static double bytes(const struct params *p)
{
    struct ft_shape shape = ft_shape(ft_class(p->class)->n, ISA_SELECT(ft_lanes, ISA_BASELINE)());
    double ranks = p->runtime ? p->runtime->ranks : 1;
    return ft_solver_bytes(ft_class(p->class), p->team ? p->team->threads : 1, ranks) + ft_exchange_bytes(&shape, ranks);
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

static int create(struct ft_mpi *s, const struct params *p)
{
    const struct ft_class *class = ft_class(p->class);
    s->rt = mpi_runtime_of(p->runtime);
    struct ft_shape shape = ft_shape(class->n, ISA_SELECT(ft_lanes, p->isa)());
    struct ft_share own = ft_exchange_share(&shape, (size_t)p->runtime->rank, (size_t)p->runtime->ranks);
    int rc = ft_solver_create(class, p->isa, p->team, &own, &s->ft.solver);
    s->value = calloc((size_t)class->iterations, sizeof *s->value);
    if (!s->value)
        rc = -ENOMEM;
    rc = p->runtime->agree(p->runtime, rc);
    return rc ? rc : ft_exchange_create(s->rt, &s->ft.solver, p->team, &s->exchange);
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

/* --- passes --- */

/* What is exchanged by way of boxes, if there is more than one rank. */
static const struct ft_box *box_of(const struct ft_mpi *s)
{
    return s->exchange.ranks > 1 ? &s->exchange.box : NULL;
}

static void families(struct ft_mpi *s, struct team *team,
                     void (*compute)(const struct ft_solver *, const struct ft_box *, size_t workers, size_t worker))
{
#pragma omp parallel default(none) shared(s, team, compute) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num();
        team_bind(team, (unsigned)worker);
        compute(&s->ft.solver, box_of(s), (size_t)omp_get_num_threads(), worker);
    }
}

/*
 * Messages of earlier groups move on only inside MPI: the main thread, which alone may call it, looks in after every few tiles, that
 * is every few hundred microseconds.
 */
static int tiles(struct ft_mpi *s, struct team *team, const struct ft_group *group,
                 void (*compute)(const struct ft_solver *, const struct ft_part *, size_t begin, size_t end, size_t worker))
{
    enum { TILES_BETWEEN_LOOKS = 8 };
    int rc = 0;
#pragma omp parallel default(none) shared(s, group, compute, rc) num_threads(team->threads) /* as above */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), count = group->end - group->begin;
        size_t begin = group->begin + count * worker / workers, end = group->begin + count * (worker + 1) / workers, next;
        bool looks = worker == 0 && s->exchange.messages;
        for (; begin < end; begin = next) {
            next = looks && end - begin > TILES_BETWEEN_LOOKS ? begin + TILES_BETWEEN_LOOKS : end;
            compute(&s->ft.solver, s->exchange.part, begin, next, worker);
            if (looks && rc == 0)
                rc = ft_exchange_poll(&s->exchange);
        }
    }
    return rc;
}

/* --- a run --- */

static int forward(struct ft_mpi *s, struct team *team)
{
    struct phases *phases = &s->rt->phases;
    struct ft_exchange *x = &s->exchange;
    double since = clock_now_s();
    families(s, team, ft_solver_families_forward);
    lap(&since, &phases->compute_s);
    int rc = ft_exchange_meet(x);
    lap(&since, &phases->wait_s);
    for (size_t g = 0; g < x->groups && rc == 0; g++)
        rc = ft_exchange_start(x, &x->group[g], FT_TO_TILES);
    lap(&since, &phases->communicate_s);
    for (size_t g = 0; g < x->groups && rc == 0; g++) {
        rc = ft_exchange_wait(&x->group[g]);
        lap(&since, &phases->wait_s);
        if (rc == 0)
            rc = tiles(s, team, &x->group[g], ft_solver_tiles_forward);
        lap(&since, &phases->compute_s);
    }
    if (rc == 0)
        rc = ft_exchange_meet(x); /* boxes have been read: they may be written */
    lap(&since, &phases->wait_s);
    return rc;
}

static int inverse(struct ft_mpi *s, struct team *team, int t)
{
    struct phases *phases = &s->rt->phases;
    struct ft_exchange *x = &s->exchange;
    double since = clock_now_s();
    int rc = 0;
    ft_damping_fill(&s->ft.solver.transform, t, &s->ft.solver.damping);
    for (size_t g = 0; g < x->groups && rc == 0; g++) {
        rc = tiles(s, team, &x->group[g], ft_solver_tiles_inverse);
        lap(&since, &phases->compute_s);
        if (rc == 0)
            rc = ft_exchange_start(x, &x->group[g], FT_TO_FAMILIES);
        lap(&since, &phases->communicate_s);
    }
    for (size_t g = 0; g < x->groups && rc == 0; g++)
        rc = ft_exchange_wait(&x->group[g]);
    if (rc == 0)
        rc = ft_exchange_meet(x);
    lap(&since, &phases->wait_s);
    if (rc != 0)
        return rc;
    families(s, team, ft_solver_families_inverse);
    ft_solver_points(&s->ft.solver, s->value[t - 1]);
    lap(&since, &phases->compute_s);
    rc = ft_exchange_meet(x); /* likewise */
    lap(&since, &phases->wait_s);
    return rc;
}

/* Tables, the initial field and its spectrum. */
static int start(struct ft_mpi *s, struct team *team)
{
    ft_transform_fill(&s->ft.solver.transform);
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
