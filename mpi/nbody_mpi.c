/*
 * nbody with its bodies spread over the ranks (nbody_ring.c has the steps): set-up, and what is checked and reported.
 *
 * A body's numbers come from the seed and its index, so each rank draws its own; the moments of the cluster are added up
 * along the ranks, in the order of the bodies. For the checks, which are not timed, every rank gets all positions and
 * masses (32 bytes a body) and takes its share of the binding energy; velocities and accelerations go to rank 0 only.
 */
#include "cpu_bound/nbody.h"

#include "common/message.h"
#include "common/workload.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/nbody_ring.h"

#include <stdlib.h>
#include <string.h>

enum { STARTS = 6 }; /* x y z vx vy vz */

struct nbody_mpi {
    struct nbody base;     /* first: answer(), digest() and text() of nbody.c look at it; `now` is all bodies, by gather() */
    struct nbody_ring ring;
    double *start;         /* of own bodies: what a run starts from */
};

static double bytes(const struct params *p)
{
    int ranks = p->runtime ? p->runtime->ranks : 1;
    return nbody_ring_bytes(p->size, ranks) + (10 + STARTS) * sizeof(double) * (double)p->size;
}

/* --- all bodies --- */

/* One array of all ranks: on every rank, or on rank 0 only. */
static int gather_array(struct nbody_mpi *b, const int *count, const int *first, double *mine, double *all, bool everywhere)
{
    struct mpi_runtime *rt = b->ring.rt;
    int have = count[rt->base.rank];
    if (everywhere)
        return mpi_check("MPI_Allgatherv", MPI_Allgatherv(mine, have, MPI_DOUBLE, all, count, first, MPI_DOUBLE, rt->comm));
    return mpi_check("MPI_Gatherv", MPI_Gatherv(mine, have, MPI_DOUBLE, all, count, first, MPI_DOUBLE, 0, rt->comm));
}

static int gather_arrays(struct nbody_mpi *b, const int *count, const int *first)
{
    struct nbody_system *mine = &b->ring.mine, *all = &b->base.now;
    const struct {
        double *mine, *all;
        bool everywhere;
    } array[] = {
        { mine->x, all->x, true },    { mine->y, all->y, true },    { mine->z, all->z, true },    { mine->m, all->m, true },
        { mine->vx, all->vx, false }, { mine->vy, all->vy, false }, { mine->vz, all->vz, false },
        { mine->ax, all->ax, false }, { mine->ay, all->ay, false }, { mine->az, all->az, false },
    };
    int rc = 0;
    for (size_t a = 0; rc == 0 && a < sizeof array / sizeof *array; a++)
        rc = gather_array(b, count, first, array[a].mine, array[a].all, array[a].everywhere);
    return rc;
}

/* The rank's share of the binding energy, joined block by block with those of the others. */
static int gather_energy(struct nbody_mpi *b, int *count, int *first, unsigned threads, struct nbody_energy *energy)
{
    struct mpi_runtime *rt = b->ring.rt;
    double mine[NBODY_BLOCKS], all[NBODY_BLOCKS];
    for (int r = 0; r < rt->base.ranks; r++) {
        first[r] = (int)nbody_ring_block(&b->ring, r);
        count[r] = (int)nbody_ring_block(&b->ring, r + 1) - first[r];
    }
    size_t begin = (size_t)first[rt->base.rank], blocks = (size_t)count[rt->base.rank];
    nbody_system_bind(&b->base.now, threads, begin, begin + blocks, mine);
    int rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(mine, (int)blocks, MPI_DOUBLE, all, count, first, MPI_DOUBLE, rt->comm));
    if (rc == 0) /* of meaning on rank 0 only, which has the velocities */
        *energy = nbody_system_energy_of(&b->base.now, all);
    return rc;
}

/* All bodies as they stand, and their energy; 0, -ENOMEM or -ECOMM, agreed on. */
static int gather(struct nbody_mpi *b, unsigned threads, struct nbody_energy *energy)
{
    struct runtime *base = &b->ring.rt->base;
    int *count = calloc(2 * (size_t)base->ranks, sizeof *count), *first = count ? count + base->ranks : NULL;
    int rc = base->agree(base, count ? 0 : -ENOMEM);
    for (int r = 0; rc == 0 && r < base->ranks; r++) {
        first[r] = (int)nbody_ring_first(&b->ring, r);
        count[r] = (int)nbody_ring_first(&b->ring, r + 1) - first[r];
    }
    if (rc == 0)
        rc = gather_arrays(b, count, first);
    if (rc == 0)
        rc = gather_energy(b, count, first, threads, energy);
    free(count);
    return rc;
}

/* --- the start --- */

/* From rank to rank, so that terms are added in the order of the bodies; then all learn the sums. */
static int weigh(struct nbody_ring *r, struct nbody_moments *sum)
{
    enum { DOUBLES = sizeof *sum / sizeof(double) };
    int rank = r->rt->base.rank, rc = 0;
    bool stands = rank < r->ranks;
    *sum = (struct nbody_moments){ 0 };
    if (stands && rank > 0)
        rc = mpi_check("MPI_Recv", MPI_Recv(sum, DOUBLES, MPI_DOUBLE, rank - 1, 0, r->rt->comm, MPI_STATUS_IGNORE));
    nbody_plummer_weigh(&r->mine, sum);
    if (rc == 0 && stands && rank + 1 < r->ranks)
        rc = mpi_check("MPI_Send", MPI_Send(sum, DOUBLES, MPI_DOUBLE, rank + 1, 0, r->rt->comm));
    return rc ? rc : mpi_check("MPI_Bcast", MPI_Bcast(sum, DOUBLES, MPI_DOUBLE, r->ranks - 1, r->rt->comm));
}

static int place_bodies(struct nbody_mpi *b)
{
    struct nbody_ring *r = &b->ring;
    struct nbody_moments sum;
    nbody_plummer_draw(&r->mine, b->base.seed, r->whole.n, nbody_ring_first(r, r->rank));
    int rc = weigh(r, &sum);
    if (rc == 0)
        nbody_plummer_centre(&r->mine, &sum);
    return rc;
}

static void copy_start(struct nbody_mpi *b, bool back)
{
    struct nbody_system *s = &b->ring.mine;
    double *const array[STARTS] = { s->x, s->y, s->z, s->vx, s->vy, s->vz };
    for (size_t a = 0; a < STARTS; a++) {
        double *kept = b->start + a * s->n;
        memcpy(back ? array[a] : kept, back ? kept : array[a], s->n * sizeof *kept);
    }
}

/* --- the workload's functions --- */

static void teardown(void *state)
{
    struct nbody_mpi *b = state;
    if (!b)
        return;
    nbody_ring_destroy(&b->ring);
    nbody_system_destroy(&b->base.now);
    free(b->start);
    free(b);
}

static int refuse(const struct params *p, const struct nbody_options *own)
{
    if (own->kernel == NBODY_REFERENCE)
        return message_usage("--kernel reference is for one computer; use parkit-cpu nbody");
    if (p->size > INT32_MAX)
        return message_usage("-n %llu is too large for ranks; give at most %d", (unsigned long long)p->size, INT32_MAX);
    return 0;
}

static int fill(struct nbody_mpi *b, const struct params *p)
{
    struct runtime *base = p->runtime;
    struct nbody_energy energy;
    int rc = nbody_ring_create(mpi_runtime_of(base), p->size, p->isa, &b->ring);
    if (rc != 0)
        return rc;
    b->ring.mine.step = b->base.now.step;
    b->ring.mine.softening = b->base.now.softening;
    b->start = malloc((STARTS * b->ring.mine.n + 1) * sizeof *b->start);
    rc = base->agree(base, b->start ? 0 : -ENOMEM);
    if (rc == 0)
        rc = place_bodies(b);
    if (rc == 0)
        rc = gather(b, p->team->threads, &energy);
    if (rc != 0)
        return rc;
    copy_start(b, false);
    b->base.kept = nbody_check_keep(&b->base.now, energy);
    return 0;
}

static int setup(const struct params *p, void **state)
{
    const struct nbody_options *own = p->own;
    struct nbody_mpi *b = NULL;
    int rc = refuse(p, own);
    if (rc == 0) {
        b = calloc(1, sizeof *b);
        rc = b ? nbody_system_create_still(p->size, p->isa, &b->base.now) : -ENOMEM;
    }
    rc = p->runtime->agree(p->runtime, rc);
    if (rc == 0) {
        b->base.steps = own->steps;
        b->base.seed = p->seed;
        b->base.team = p->team;
        b->base.now.step = NBODY_TIME_STEP;
        b->base.now.softening = nbody_softening(p->size);
        rc = fill(b, p);
    }
    if (rc != 0) {
        teardown(b);
        b = NULL;
    }
    *state = b;
    return rc;
}

/* Between steps: velocities are those of half a step before. Masses are drawn again. */
static void describe(struct nbody_mpi *b, struct checkpoint_array out[STARTS])
{
    static const char *const names[STARTS] = { "x", "y", "z", "vx", "vy", "vz" };
    struct nbody_system *s = &b->ring.mine;
    double *const array[STARTS] = { s->x, s->y, s->z, s->vx, s->vy, s->vz };
    size_t n = b->ring.whole.n, first = nbody_ring_first(&b->ring, b->ring.rank);
    for (size_t a = 0; a < STARTS; a++)
        out[a] = checkpoint_vector(names[a], n, first < n ? first : n, first < n ? first + s->n : n, array[a]);
}

static int run(void *state, struct team *team)
{
    struct nbody_mpi *b = state;
    struct mpi_runtime *rt = b->ring.rt;
    struct checkpoint_array bodies[STARTS];
    uint64_t step = checkpoint_begin(rt), end = b->base.steps;
    describe(b, bodies);
    copy_start(b, true);
    int rc = step > 0 ? checkpoint_load(rt, end, bodies, STARTS) : 0;
    while (rc == 0 && step <= end) {
        uint64_t stop = step < end ? checkpoint_next(rt, step, end) : end;
        stop += stop == end; /* the pairs after the last step, for its kick */
        rc = nbody_ring_run(&b->ring, step, stop, end, team);
        step = stop;
        if (rc == 0 && step < end)
            rc = checkpoint_save(rt, step, bodies, STARTS);
    }
    return rc;
}

static int verify(void *state, char *why, size_t why_len)
{
    struct nbody_mpi *b = state;
    struct mpi_runtime *rt = b->ring.rt;
    int rc = gather(b, b->base.team->threads, &b->base.energy);
    if (rc != 0)
        return rc;
    return mpi_verdict(rt, rt->base.rank == 0 ? nbody_check(&b->base, why, why_len) : 0, why, why_len);
}

static int details(const void *state, json_t *result)
{
    const struct nbody_mpi *b = state;
    int rc = json_object_set_new(result, "steps", json_integer((json_int_t)b->base.steps));
    rc |= json_object_set_new(result, "energy_change",
                              json_real(nbody_check_energy_change(&b->base.kept.energy, &b->base.energy)));
    rc |= json_object_set_new(result, "ring_ranks", json_integer(b->ring.ranks));
    rc |= json_object_set_new(result, "helper_ranks", json_integer((json_int_t)b->ring.helpers));
    return rc == 0 ? 0 : -ENOMEM;
}

void nbody_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->run = run;
    w->verify = verify;
    w->details = details;
    w->teardown = teardown;
}
