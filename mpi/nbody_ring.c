/*
 * nbody on ranks: a systolic ring. A rank owns neighbouring blocks of bodies. In each evaluation the sets of bodies
 * go round the ring from right to left, and while one set is visiting (and the next is under way) a rank computes the
 * pairs of its blocks with those of the set. Each pair is met once, for both: after half of the ring all have met. What a
 * visitor is pulled by goes straight to its owner, while the next set is computed.
 *
 * The same bits: pairs of blocks, their roles, and the order in which a body adds up the pulls of the blocks are those of
 * nbody_system.c. So pulls are sent one by one and are added up by the owner, in the rows of the table where one
 * process has them too; derived datatypes take them from and to these places. At most NBODY_BLOCKS ranks own bodies; more
 * ranks help them (nbody_helpers.h).
 *
 * Volume of a rank in an evaluation, with n bodies in B blocks on R <= B ranks: positions and masses half round, and
 * x, y, z for each pair of blocks that is not at home,
 *
 *     bytes = 32 n / R ceil(R / 2) + 12 n B / R (1 - 1 / R)
 *
 * and of an owner among R > B ranks, which keeps k = (B + 1) / 2 B / R of its (B + 1) / 2 pairs and sends its block to a helper
 * for most of the pairs that it has a part in and that are not kept:
 *
 *     bytes = 32 n / B (B + 1 - k) + 24 n / B (k - 1)
 */
#include "mpi/nbody_helpers.h"

#include "common/clock.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 3, CARRIED = 4 }; /* x y z m travel */

/* --- who has what --- */

size_t nbody_ring_block(const struct nbody_ring *r, int rank)
{
    return rank < r->ranks ? r->whole.blocks * (size_t)rank / (size_t)r->ranks : r->whole.blocks;
}

size_t nbody_ring_first(const struct nbody_ring *r, int rank)
{
    return nbody_system_edge(&r->whole, nbody_ring_block(r, rank));
}

static size_t length_of(const struct nbody_ring *r, int rank)
{
    return nbody_ring_first(r, rank + 1) - nbody_ring_first(r, rank);
}

static int owner(const struct nbody_ring *r, size_t block)
{
    return (int)(((block + 1) * (size_t)r->ranks - 1) / r->whole.blocks);
}

/* The rank that many places to the right; negative: to the left. */
static int along(const struct nbody_ring *r, int rank, int places)
{
    return ((rank + places) % r->ranks + r->ranks) % r->ranks;
}

/* A pair, the rank that computes it, and the one whose block visits (the same one at home). */
struct task {
    struct nbody_pair pair;
    int at, visitor;
};

/* In the order of nbody_system.c. Of two blocks that face each other across the ring either may travel: they take turns. */
static struct task task_of(const struct nbody_ring *r, size_t number)
{
    size_t blocks = r->whole.blocks, i = number % blocks, distance = number / blocks, j = (i + distance) % blocks;
    bool swap = 2 * distance == blocks && i % 2;
    return (struct task){ { i, j }, owner(r, swap ? j : i), owner(r, swap ? i : j) };
}

size_t nbody_ring_pairs(const struct nbody_ring *r)
{
    return r->whole.blocks * (r->whole.blocks + 1) / 2;
}

struct nbody_pair nbody_ring_pair(const struct nbody_ring *r, size_t number)
{
    return task_of(r, number).pair;
}

static int stage_of(const struct nbody_ring *r, struct task t)
{
    return along(r, t.visitor, -t.at);
}

static int count_stages(const struct nbody_ring *r)
{
    int last = 0;
    for (size_t k = 0; k < r->kept; k++) {
        int stage = stage_of(r, task_of(r, k));
        last = stage > last ? stage : last;
    }
    return last + 1;
}

/* --- where it stands: own bodies first, then two places for visitors, which take turns --- */

static size_t place_of_set(const struct nbody_ring *r, int stage)
{
    return stage == 0 ? 0 : r->length + (size_t)(stage % 2) * r->room;
}

static size_t place_of_edge(const struct nbody_ring *r, int stage, size_t block, size_t edge)
{
    int rank = owner(r, block);
    return place_of_set(r, rank == r->rank ? 0 : stage) + nbody_system_edge(&r->whole, edge) - nbody_ring_first(r, rank);
}

/*
 * Where the pull of block @from on the bodies of @block is written. For visitors that is a row for each own block, and the
 * kernel counts from the beginning of the bodies: the row lies behind them in memory, so its origin does not lie before it.
 */
static struct nbody_pull pull_on(const struct nbody_ring *r, int stage, size_t block, size_t from)
{
    double *row = r->mine.table + AXES * r->length * from;
    if (owner(r, block) == r->rank)
        return (struct nbody_pull){ row, row + r->length, row + 2 * r->length };
    row = r->pulls[stage % 2] + AXES * r->room * (from - nbody_ring_block(r, r->rank)) - place_of_set(r, stage);
    return (struct nbody_pull){ row, row + r->room, row + 2 * r->room };
}

static struct nbody_pull cleared_pull(const struct nbody_ring *r, int stage, size_t block, size_t from)
{
    struct nbody_pull pull = pull_on(r, stage, block, from);
    size_t begin = place_of_edge(r, stage, block, block), end = place_of_edge(r, stage, block, block + 1);
    double *const axis[AXES] = { pull.x, pull.y, pull.z };
    for (int a = 0; a < AXES; a++)
        memset(axis[a] + begin, 0, (end - begin) * sizeof(double));
    return pull;
}

/* --- set-up --- */

static void cut(struct nbody_ring *r, size_t rows)
{
    struct nbody_system *mine = &r->mine;
    size_t first = nbody_ring_first(r, r->rank);
    r->length = rows ? length_of(r, r->rank) : 0;
    for (int rank = 0; rank < r->ranks; rank++)
        r->room = length_of(r, rank) > r->room ? length_of(r, rank) : r->room;
    r->span = rows ? r->length + 2 * r->room : r->whole.padded; /* a helper may need any body */
    mine->padded = r->length;
    mine->blocks = r->whole.blocks;
    mine->n = first + r->length < r->whole.n ? r->length : r->whole.n > first ? r->whole.n - first : 0;
    if (rows == 0)
        mine->n = 0;
}

static int allocate(struct nbody_ring *r, size_t rows)
{
    struct nbody_system *s = &r->mine;
    size_t begin, end;
    nbody_helpers_pairs(r, nbody_ring_pairs(r), &begin, &end);
    size_t carried = rows || end > begin ? CARRIED * r->span : 0, own = (2 * AXES + AXES * s->blocks) * r->length;
    size_t pulls = AXES * (rows ? r->room * rows : r->whole.block * (end - begin)); /* a helper has two rows for a pair */
    size_t doubles = carried + own + 2 * pulls;
    r->memory = array_alloc(doubles + 1, sizeof(double)); /* never nothing */
    r->stage = calloc((size_t)r->stages + 1, sizeof *r->stage);
    if (!r->memory || !r->stage)
        return -ENOMEM;
    memset(r->memory, 0, doubles * sizeof(double));
    double **const carries[] = { &s->x, &s->y, &s->z, &s->m };
    double **const stays[] = { &s->vx, &s->vy, &s->vz, &s->ax, &s->ay, &s->az };
    for (size_t a = 0; a < CARRIED; a++)
        *carries[a] = r->memory + a * r->span;
    for (size_t a = 0; a < 2 * AXES; a++)
        *stays[a] = r->memory + carried + a * r->length;
    s->table = r->memory + carried + 2 * AXES * r->length;
    r->pulls[0] = r->memory + carried + own;
    r->pulls[1] = r->pulls[0] + pulls;
    for (int stage = 0; stage < r->stages; stage++)
        r->stage[stage].set[0] = r->stage[stage].set[1] = r->stage[stage].send = r->stage[stage].receive = MPI_REQUEST_NULL;
    return 0;
}

/* The pairs of one stage here, in the order of their numbers. */
static int list_pairs(struct nbody_ring *r, int stage)
{
    struct nbody_stage *s = &r->stage[stage];
    s->pair = malloc((r->kept + 1) * sizeof *s->pair);
    if (!s->pair)
        return -ENOMEM;
    for (size_t k = 0; k < r->kept; k++) {
        struct task t = task_of(r, k);
        if (t.at == r->rank && stage_of(r, t) == stage)
            s->pair[s->pairs++] = t.pair;
    }
    return 0;
}

/* x, y, z and m of a set: to the left as it is, from the right into the place of the next. */
static int plan_set(struct nbody_ring *r, int stage)
{
    int left = along(r, r->rank, -1), right = along(r, r->rank, 1), tag = 2 * stage;
    double *from = r->memory + place_of_set(r, stage), *into = r->memory + place_of_set(r, stage + 1);
    size_t goes = length_of(r, along(r, r->rank, stage)), comes = length_of(r, along(r, r->rank, stage + 1));
    MPI_Datatype set, next;
    int rc = mpi_check("MPI_Type_vector", MPI_Type_vector(CARRIED, (int)goes, (int)r->span, MPI_DOUBLE, &set));
    if (rc == 0)
        rc = mpi_check("MPI_Type_vector", MPI_Type_vector(CARRIED, (int)comes, (int)r->span, MPI_DOUBLE, &next));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&set));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&next));
    if (rc == 0)
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(into, 1, next, right, tag, r->rt->comm, &r->stage[stage].set[0]));
    if (rc == 0)
        rc = mpi_check("MPI_Send_init", MPI_Send_init(from, 1, set, left, tag, r->rt->comm, &r->stage[stage].set[1]));
    if (rc == 0)
        rc = mpi_check("MPI_Type_free", MPI_Type_free(&set));
    r->sent_bytes += CARRIED * sizeof(double) * (double)goes;
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&next));
}

/* Places in r->memory of what some pairs write, axis by axis. */
struct places {
    int *length;
    MPI_Aint *at;
    int n;
    double doubles;
};

static void add_places(const struct nbody_ring *r, struct places *p, int stage, size_t block, size_t from)
{
    struct nbody_pull pull = pull_on(r, stage, block, from);
    size_t begin = place_of_edge(r, stage, block, block), end = place_of_edge(r, stage, block, block + 1);
    double *const axis[AXES] = { pull.x, pull.y, pull.z };
    for (int a = 0; a < AXES; a++, p->n++) {
        p->length[p->n] = (int)(end - begin);
        p->at[p->n] = (MPI_Aint)((axis[a] + begin - r->memory) * (ptrdiff_t)sizeof(double));
        p->doubles += (double)(end - begin);
    }
}

/* What the pairs computed at rank @at do to blocks of rank @visitor; one of the two is this rank. */
static int type_of_pulls(const struct nbody_ring *r, int stage, int at, int visitor, double *doubles, MPI_Datatype *out)
{
    struct places p = { .length = malloc((AXES * r->kept + 1) * sizeof *p.length), .at = malloc((AXES * r->kept + 1) * sizeof *p.at) };
    int rc = p.length && p.at ? 0 : -ENOMEM;
    for (size_t k = 0; rc == 0 && k < r->kept; k++) {
        struct task t = task_of(r, k);
        if (t.at == at && t.visitor == visitor)
            add_places(r, &p, stage, owner(r, t.pair.j) == visitor ? t.pair.j : t.pair.i,
                       owner(r, t.pair.j) == visitor ? t.pair.i : t.pair.j);
    }
    if (rc == 0)
        rc = mpi_check("MPI_Type_create_hindexed", MPI_Type_create_hindexed(p.n, p.length, p.at, MPI_DOUBLE, out));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(out));
    *doubles = p.doubles;
    free(p.length);
    free(p.at);
    return rc;
}

static int plan_pulls(struct nbody_ring *r, int stage)
{
    int to = along(r, r->rank, stage), from = along(r, r->rank, -stage), tag = 2 * stage + 1;
    MPI_Datatype theirs, ours;
    double sent, received;
    int rc = type_of_pulls(r, stage, r->rank, to, &sent, &theirs);
    if (rc == 0)
        rc = type_of_pulls(r, stage, from, r->rank, &received, &ours);
    if (rc == 0)
        rc = mpi_check("MPI_Send_init", MPI_Send_init(r->memory, 1, theirs, to, tag, r->rt->comm, &r->stage[stage].send));
    if (rc == 0)
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(r->memory, 1, ours, from, tag, r->rt->comm, &r->stage[stage].receive));
    if (rc == 0)
        rc = mpi_check("MPI_Type_free", MPI_Type_free(&theirs));
    if (rc == 0)
        rc = mpi_check("MPI_Type_free", MPI_Type_free(&ours));
    r->sent_bytes += sizeof(double) * sent;
    return rc;
}

static int plan(struct nbody_ring *r)
{
    int rc = 0;
    for (int stage = 0; rc == 0 && stage < r->stages; stage++) {
        rc = list_pairs(r, stage);
        if (rc == 0 && stage + 1 < r->stages)
            rc = plan_set(r, stage);
        if (rc == 0 && stage > 0)
            rc = plan_pulls(r, stage);
    }
    return rc ? rc : nbody_helpers_plan(r);
}

static int ring_ranks(size_t blocks, int ranks)
{
    return (size_t)ranks < blocks ? ranks : (int)blocks;
}

int nbody_ring_create(struct mpi_runtime *rt, size_t n, enum isa isa, struct nbody_ring *r)
{
    r->rt = rt;
    r->whole = nbody_system_shape(n);
    r->mine.isa = isa;
    r->ranks = ring_ranks(r->whole.blocks, rt->base.ranks);
    r->rank = rt->base.rank;
    nbody_helpers_share(r, nbody_ring_pairs(r));
    bool stands = r->rank < r->ranks;
    r->stages = stands ? count_stages(r) : 0;
    size_t rows = stands ? nbody_ring_block(r, r->rank + 1) - nbody_ring_block(r, r->rank) : 0;
    cut(r, rows);
    int rc = rt->base.agree(&rt->base, allocate(r, rows));
    return rc ? rc : rt->base.agree(&rt->base, plan(r));
}

/* Nobody looks at what these calls return: there is nothing left to do about it. */
void nbody_ring_destroy(struct nbody_ring *r)
{
    for (int stage = 0; r->stage && stage < r->stages; stage++) {
        struct nbody_stage *s = &r->stage[stage];
        MPI_Request *const request[] = { &s->set[0], &s->set[1], &s->send, &s->receive };
        for (size_t i = 0; i < sizeof request / sizeof *request; i++)
            if (*request[i] != MPI_REQUEST_NULL)
                MPI_Request_free(request[i]);
        free(s->pair);
    }
    nbody_helpers_destroy(r);
    free(r->stage);
    free(r->memory);
}

double nbody_ring_bytes(size_t n, int ranks)
{
    struct nbody_system whole = nbody_system_shape(n);
    size_t share = ((whole.blocks - 1) / (size_t)ring_ranks(whole.blocks, ranks) + 1) * whole.block;
    size_t helper = (size_t)ranks > whole.blocks ? CARRIED * whole.padded * sizeof(double) : 0; /* all bodies, at most */
    return (double)helper + sizeof(double) * (double)share * (double)(3 * CARRIED + 2 * AXES + AXES * whole.blocks) +
           2.0 * AXES * sizeof(double) * (double)share * (double)((double)share / (double)whole.block);
}

/* --- a run --- */

static void ends_phase(struct nbody_ring *r, double *phase)
{
    double now = clock_now_s();
    *phase += now - r->last;
    r->last = now;
}

static int start(MPI_Request *request)
{
    return *request == MPI_REQUEST_NULL ? 0 : mpi_check("MPI_Start", MPI_Start(request));
}

static int wait_for(MPI_Request *request)
{
    return mpi_check("MPI_Wait", MPI_Wait(request, MPI_STATUS_IGNORE));
}

/* Before a stage is computed: the next set is sent for, and the room for pulls on visitors is free again. */
static void begin_stage(struct nbody_ring *r, int stage)
{
    struct nbody_stage *s = &r->stage[stage];
    struct phases *phases = &r->rt->phases;
    ends_phase(r, &phases->compute_s);
    if (r->rc == 0 && stage == 0)
        r->rc = nbody_helpers_begin(r);
    for (int other = 1; r->rc == 0 && stage == 0 && other < r->stages; other++)
        r->rc = start(&r->stage[other].receive);
    for (int i = 0; r->rc == 0 && i < 2; i++)
        r->rc = start(&s->set[i]);
    ends_phase(r, &phases->communicate_s);
    if (r->rc == 0 && stage > 2)
        r->rc = wait_for(&r->stage[stage - 2].send);
    ends_phase(r, &phases->wait_s);
}

/* After it: pulls go home, and the next set must have come. */
static void end_stage(struct nbody_ring *r, int stage)
{
    struct nbody_stage *s = &r->stage[stage];
    struct phases *phases = &r->rt->phases;
    ends_phase(r, &phases->compute_s);
    if (r->rc == 0)
        r->rc = start(&s->send);
    ends_phase(r, &phases->communicate_s);
    for (int i = 0; r->rc == 0 && i < 2; i++)
        r->rc = wait_for(&s->set[i]);
    for (int other = 1; stage == r->stages - 1 && r->rc == 0 && other < r->stages; other++) {
        r->rc = wait_for(&r->stage[other].receive);
        if (r->rc == 0)
            r->rc = wait_for(&r->stage[other].send);
    }
    if (stage == r->stages - 1 && r->rc == 0)
        r->rc = nbody_helpers_end(r);
    ends_phase(r, &phases->wait_s);
}

static void meet(const struct nbody_ring *r, int stage, struct nbody_pair p)
{
    struct nbody_bodies bodies = nbody_system_bodies(&r->mine);
    size_t i0 = place_of_edge(r, stage, p.i, p.i), i1 = place_of_edge(r, stage, p.i, p.i + 1);
    size_t j0 = place_of_edge(r, stage, p.j, p.j), j1 = place_of_edge(r, stage, p.j, p.j + 1);
    struct nbody_pull on_i = cleared_pull(r, stage, p.i, p.j);
    if (p.i == p.j) {
        ISA_SELECT(nbody_pull_within, r->mine.isa)(&bodies, i0, i1, &on_i);
        return;
    }
    struct nbody_pull on_j = cleared_pull(r, stage, p.j, p.i);
    ISA_SELECT(nbody_pull_between, r->mine.isa)(&bodies, i0, i1, j0, j1, &on_i, &on_j);
}

/* Called by the whole team. One of them calls MPI; if that fails, nothing is computed any more, to be soon at the end. */
static void do_stage(struct nbody_ring *r, int stage)
{
#pragma omp single
    begin_stage(r, stage);
    size_t pairs = r->rc == 0 ? r->stage[stage].pairs : 0; /* rc is not written before the barrier of this loop */
    /* dynamic: a block with itself and the last block are smaller tasks; one takes 5 us or more */
#pragma omp for schedule(dynamic)
    for (size_t k = 0; k < pairs; k++)
        meet(r, stage, r->stage[stage].pair[k]);
#pragma omp single
    end_stage(r, stage);
}

/* Of an owner of bodies: a helper sends less. */
static double formula(const struct nbody_ring *r)
{
    double n = (double)r->whole.padded, ranks = r->ranks, blocks = (double)r->whole.blocks;
    int half = r->ranks > 1 ? (r->ranks + 1) / 2 : 0;
    double kept = (double)r->kept / blocks;
    if (r->helpers > 0)
        return 32 * n / blocks * (blocks + 1 - kept) + 24 * n / blocks * (kept - 1);
    return 32 * n / ranks * half + 12 * n * blocks / ranks * (1 - 1 / ranks);
}

int nbody_ring_run(struct nbody_ring *r, size_t begin, size_t end, size_t steps, struct team *team)
{
    double evaluations = (double)(end - begin);
    r->rt->traffic.counted = true;
    r->rt->traffic.sent_bytes += evaluations * r->sent_bytes;
    r->rt->traffic.formula_bytes += evaluations * formula(r);
    r->last = clock_now_s();
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(r, begin, end, steps, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t step = begin; step < end; step++) {
            for (int stage = 0; stage < r->stages; stage++)
                do_stage(r, stage);
            if (r->stages == 0 && r->help_sets > 0)
                nbody_helpers_evaluate(r);
            nbody_system_move(&r->mine, step == 0, step == steps);
        }
    }
    ends_phase(r, &r->rt->phases.compute_s);
    return r->rc;
}
