/*
 * mg on ranks: the grids in blocks of up to three dimensions, each swept by its rank as one process sweeps the whole
 * (mg_cycle.h), with exchanges between (mg_exchange.h, which has the volume as a formula).
 *
 * Ranks beyond the last block (mg_part_choose() leaves some rather than making slices) have nothing to do but the search for
 * the charges, in which all take part.
 *
 * Same bits at every number of ranks: a point is computed from the same values by the same operations whoever does it, ghosts
 * that a rank computes for itself too; the norm is a sum of whole numbers (exact_sum.h).
 */
#include "cpu_bound/nas/mg.h"

#include "common/clock.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/checkpoint.h"
#include "mpi/drivers.h"
#include "mpi/mg_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct workload mg_workload;

struct mg_options {
    const char *blocks;
};

static const struct option_spec own_options[] = {
    { 0, "blocks", "IxJxL", OPTION_STRING, offsetof(struct mg_options, blocks), NULL, 0, 0, NULL,
      "blocks along each axis, as 1x2x4, at most as many as ranks; default: the smallest, with their ghosts" },
    { 0 },
};

struct mg_mpi {
    struct mg mg;               /* first: mg.c's functions look at it                 */
    struct mpi_runtime *rt;
    struct mg_pieces pieces;
    bool idle;                  /* no block for this rank                             */
    uint64_t digest;            /* rank 0, by verify()                                */
};

/* --- which blocks --- */

static int refuse_blocks(const char *text, unsigned finest, int ranks)
{
    return message_usage("--blocks %s: give three counts, as 1x2x4, up to %ux%ux%u for this class, whose product is at most "
                         "the %d rank%s", text, mg_part_most(finest, MG_I), mg_part_most(finest, MG_J),
                         mg_part_most(finest, MG_L), ranks, ranks == 1 ? "" : "s");
}

/* As asked for, or the best. 0 or -EINVAL. */
static int take_blocks(const struct params *p, unsigned pieces[MG_AXES])
{
    const struct mg_options *own = p->own;
    unsigned finest = mg_problem(p->class)->level;
    int ranks = p->runtime ? p->runtime->ranks : 1, end = 0;
    if (!own || !own->blocks) {
        mg_part_choose(finest, (unsigned)ranks, pieces);
        return 0;
    }
    if (sscanf(own->blocks, "%4ux%4ux%4u%n", &pieces[MG_I], &pieces[MG_J], &pieces[MG_L], &end) != MG_AXES ||
        own->blocks[end] != '\0')
        return -EINVAL;
    for (int axis = 0; axis < MG_AXES; axis++)
        if (pieces[axis] < 1 || pieces[axis] > mg_part_most(finest, (enum mg_axis)axis))
            return -EINVAL;
    return pieces[MG_I] * pieces[MG_J] * pieces[MG_L] <= (unsigned)ranks ? 0 : -EINVAL;
}

/* The last block is the largest; a wrong --blocks is refused by setup(). */
static double bytes(const struct params *p)
{
    unsigned pieces[MG_AXES], finest = mg_problem(p->class)->level;
    if (take_blocks(p, pieces) != 0)
        return 0;
    unsigned blocks = pieces[MG_I] * pieces[MG_J] * pieces[MG_L];
    struct mg_part last = mg_part_of(finest, pieces, blocks - 1);
    double gathered = blocks > 1 ? (double)((size_t)1 << 3 * last.gathered) * (1 + 1.0 / blocks) : 0;
    return mg_levels_bytes(&last, p->team ? p->team->threads : 1) + sizeof(double) * gathered;
}

/* --- set-up --- */

static void teardown(void *state)
{
    struct mg_mpi *s = state;
    if (!s)
        return;
    mg_pieces_destroy(&s->pieces);
    mg_destroy(&s->mg);
    free(s);
}

static void join_charges(void *in, void *inout, int *length, MPI_Datatype *type)
{
    (void)type;
    for (int k = 0; k < *length; k++)
        mg_charges_join((struct mg_charges *)inout + k, (const struct mg_charges *)in + k);
}

/* Each rank searches as many planes; the lists of all are joined. */
static int search(struct mg_mpi *s)
{
    size_t n = (size_t)1 << s->mg.problem.level, rank = (size_t)s->rt->base.rank, ranks = (size_t)s->rt->base.ranks;
    MPI_Datatype list;
    MPI_Op join;
    mg_search(&s->mg, n * rank / ranks, n * (rank + 1) / ranks);
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous(sizeof(struct mg_charges), MPI_BYTE, &list));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&list));
    if (rc == 0)
        rc = mpi_check("MPI_Op_create", MPI_Op_create(join_charges, 1, &join));
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, s->mg.found, 1, list, join, s->rt->comm));
    if (rc == 0)
        rc = mpi_check("MPI_Op_free", MPI_Op_free(&join));
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&list));
}

/* The part and its plan; a rank without one gets the least there is. */
static int create(struct mg_mpi *s, const struct params *p, const unsigned pieces[MG_AXES])
{
    struct runtime *base = &s->rt->base;
    unsigned finest = mg_problem(p->class)->level;
    struct mg_part part = s->idle ? mg_part_whole(2) : mg_part_of(finest, pieces, (unsigned)base->rank);
    int rc = base->agree(base, mg_create(p, &part, &s->mg));
    if (rc == 0 && !s->idle && mg_part_divided(&part)) {
        rc = mg_pieces_plan(&s->mg.levels, &s->pieces);
        s->mg.levels.exchange = &s->pieces.base;
    }
    rc = base->agree(base, rc);
    return rc ? rc : search(s);
}

static int setup(const struct params *p, void **state)
{
    struct mpi_runtime *rt = mpi_runtime_of(p->runtime);
    struct runtime *base = &rt->base;
    unsigned pieces[MG_AXES];
    struct mg_mpi *s = NULL;
    int rc = take_blocks(p, pieces);
    if (rc != 0)
        rc = refuse_blocks(((const struct mg_options *)p->own)->blocks, mg_problem(p->class)->level, base->ranks);
    else if ((s = calloc(1, sizeof *s)) == NULL)
        rc = -ENOMEM;
    rc = base->agree(base, rc);
    if (rc == 0) {
        s->rt = rt;
        rc = mg_pieces_stand(rt, pieces, &s->pieces);
        s->idle = s->pieces.cart == MPI_COMM_NULL;
    }
    if (rc == 0)
        rc = create(s, p, pieces);
    if (rc != 0) {
        teardown(s);
        s = NULL;
    }
    *state = s;
    return rc;
}

/* --- a run --- */

static int prepare(void *state, struct team *team)
{
    struct mg_mpi *s = state;
    return s->idle ? 0 : mg_workload.prepare(state, team);
}

/* A checkpoint has u before cycle @c, and the norm before the first one, the same everywhere but where no block is. */
static void state_at(struct mg_mpi *s, unsigned c, struct checkpoint_array array[2])
{
    size_t n = (size_t)1 << s->mg.problem.level;
    array[0] = (struct checkpoint_array){ .name = "u", .size = { n, n, n } };
    array[1] = checkpoint_vector("first_norm", 1, 0, s->rt->base.rank == 0, s->mg.norm);
    if (s->idle)
        return;
    const struct mg_grid *u = &s->mg.levels.solution[c % 2];
    const struct mg_extent *e = &s->mg.levels.extent[s->mg.levels.finest];
    for (int axis = 0, k = MG_AXES - 1; axis < MG_AXES; axis++, k--) {
        array[0].begin[k] = (size_t)e->begin[axis];
        array[0].end[k] = (size_t)e->end[axis];
    }
    array[0].word = mg_line(u, e->begin[MG_J], e->begin[MG_L]) + u->lead;
    array[0].stride[0] = (size_t)u->plane;
    array[0].stride[1] = (size_t)u->line;
}

static int load(struct mg_mpi *s, unsigned c)
{
    struct checkpoint_array array[2];
    state_at(s, c, array);
    return checkpoint_load(s->rt, s->mg.problem.cycles, array, 2);
}

static int save(struct mg_mpi *s, unsigned c)
{
    struct checkpoint_array array[2];
    state_at(s, c, array);
    return checkpoint_save(s->rt, c, array, 2);
}

/* Cycles [@from, @to) where there is a block. */
static int cycles(struct mg_mpi *s, struct team *team, unsigned from, unsigned to, enum mg_entry entry)
{
    struct phases *phases = &s->rt->phases;
    double begin = clock_now_s(), others = phases->communicate_s + phases->wait_s;
    if (!s->idle)
        mg_cycles(&s->mg, team, from, to, entry);
    phases->compute_s += clock_now_s() - begin - (phases->communicate_s + phases->wait_s - others);
    return s->pieces.base.rc;
}

static int run(void *state, struct team *team)
{
    struct mg_mpi *s = state;
    unsigned begun = (unsigned)checkpoint_begin(s->rt), c = begun, end = s->mg.problem.cycles;
    s->pieces.sent_bytes = 0;
    int rc = c > 0 ? load(s, c) : 0;
    enum mg_entry entry = c > 0 ? MG_RESTORED : MG_ANEW;
    while (rc == 0 && c < end) {
        unsigned stop = (unsigned)checkpoint_next(s->rt, c, end);
        rc = cycles(s, team, c, stop, entry);
        c = stop;
        entry = MG_GOES_ON;
        if (rc == 0 && c < end)
            rc = save(s, c);
    }
    s->rt->traffic = (struct traffic){ true, s->pieces.sent_bytes, mg_pieces_formula(&s->mg.levels.part, begun, end) };
    return rc;
}

/* --- what came of it --- */

/* The digests of rank @piece into their places among those of all, which follow each other as segments, lines, planes do. */
static int receive_digests(struct mg_mpi *s, int piece, uint64_t *all)
{
    const struct mg_part *own = &s->mg.levels.part;
    struct mg_part part = mg_part_of(own->finest, own->pieces, (unsigned)piece);
    struct mg_extent e = mg_part_extent(&part, part.finest);
    int segment = (int)mg_segment(e.n), n = (int)e.n, sizes[MG_AXES] = { n, n, n / segment }, subsizes[MG_AXES], starts[MG_AXES];
    MPI_Datatype type;
    for (int axis = 0, k = MG_AXES - 1; axis < MG_AXES; axis++, k--) {
        int unit = axis == MG_I ? segment : 1;
        subsizes[k] = (int)(e.end[axis] - e.begin[axis]) / unit;
        starts[k] = (int)e.begin[axis] / unit;
    }
    int rc = mpi_check("MPI_Type_create_subarray",
                       MPI_Type_create_subarray(MG_AXES, sizes, subsizes, starts, MPI_ORDER_C, MPI_UINT64_T, &type));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&type));
    if (rc == 0)
        rc = mpi_check("MPI_Recv", MPI_Recv(all, 1, type, piece, 0, s->pieces.cart, MPI_STATUS_IGNORE));
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&type));
}

static int take_digests(struct mg_mpi *s, const uint64_t *mine, size_t have, uint64_t *all)
{
    int pieces = 0, root = s->rt->base.rank == 0;
    MPI_Request request;
    int rc = mpi_check("MPI_Comm_size", MPI_Comm_size(s->pieces.cart, &pieces));
    if (rc == 0)
        rc = mpi_check("MPI_Isend", MPI_Isend(mine, (int)have, MPI_UINT64_T, 0, 0, s->pieces.cart, &request));
    for (int piece = 0; root && rc == 0 && piece < pieces; piece++)
        rc = receive_digests(s, piece, all);
    return rc ? rc : mpi_check("MPI_Wait", MPI_Wait(&request, MPI_STATUS_IGNORE));
}

static int digest_solution(struct mg_mpi *s)
{
    struct runtime *base = &s->rt->base;
    size_t n = (size_t)1 << s->mg.problem.level, count = n * n * n / mg_segment(n), have = s->idle ? 0 : mg_digests_count(&s->mg);
    uint64_t *mine = malloc((have + 1) * sizeof *mine), *all = base->rank == 0 ? malloc((count + 1) * sizeof *all) : NULL;
    int rc = base->agree(base, mine && (all || base->rank > 0) ? 0 : -ENOMEM);
    if (rc == 0 && !s->idle) {
        mg_digests(&s->mg, mine);
        rc = take_digests(s, mine, have, all);
    }
    if (rc == 0 && base->rank == 0)
        s->digest = mg_digest_of(&s->mg, all, count);
    free(mine);
    free(all);
    return rc;
}

/* The norm is the same on all ranks that have a block. */
static int verify(void *state, char *why, size_t why_len)
{
    struct mg_mpi *s = state;
    int rc = digest_solution(s);
    if (rc == 0 && s->rt->base.rank == 0)
        rc = mg_workload.verify(state, why, why_len);
    return mpi_verdict(s->rt, rc, why, why_len);
}

static uint64_t digest(const void *state)
{
    return ((const struct mg_mpi *)state)->digest;
}

static int details(const void *state, json_t *result)
{
    const struct mg_part *part = &((const struct mg_mpi *)state)->mg.levels.part;
    int rc = mg_workload.details(state, result);
    json_t *more = json_pack("{s:[i,i,i],s:i}", "rank_grid", part->pieces[MG_I], part->pieces[MG_J], part->pieces[MG_L],
                             "gathered_points", 1 << part->gathered);
    rc |= more ? json_object_update(result, more) : -1;
    json_decref(more);
    return rc == 0 ? 0 : -ENOMEM;
}

void mg_mpi_distribute(struct workload *w)
{
    w->options = own_options;
    w->own_size = sizeof(struct mg_options);
    w->bytes = bytes;
    w->setup = setup;
    w->prepare = prepare;
    w->run = run;
    w->verify = verify;
    w->digest = digest;
    w->details = details;
    w->teardown = teardown;
}
