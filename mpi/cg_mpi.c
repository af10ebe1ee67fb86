/*
 * cg on ranks. The tiles of the matrix are dealt out to ranks as to the threads of one process (cpu_bound/nas/cg_plan.h): a rank
 * builds and keeps only its own, a compact piece of the triangle that meets some sqrt(2 / R) of all parts of the vectors;
 * of the vectors it has 1 / R. In a product the owners of strips send p to the ranks whose tiles meet them, and these send
 * back what their tiles add, one vector for each node of the tree of sums that they have whole.
 *
 * So a rank sends about n (sqrt(2 / R) - 1 / R) elements of p, and as many sums, in each product, of which there are 26
 * in an outer iteration; and the dot products of its strips, 54 sums of each in an outer iteration. Where R is a power of 2
 * the pieces are nearly square; for other R they meet up to half as many parts again. Memory falls likewise: entries and
 * vectors as 1 / R, the parts that a rank meets as sqrt(2 / R); besides there are a few n words while the matrix is made.
 *
 * Messages are persistent, one for each part and rank that it goes to or comes from. p is on its way while tiles are
 * multiplied that need nothing of it, finished sums while others are.
 *
 * Between two outer iterations the state is cg.system's done, zeta and rnorm, the same on all ranks, and x of the strips here.
 */
#include "cpu_bound/nas/cg.h"
#include "cpu_bound/spin.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/lap.h"
#include "mpi/runtime.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct workload cg_workload;

/* Of the messages of the system, in their order. */
struct requests {
    size_t count;
    MPI_Request *request;
};

struct cg_mpi {
    struct cg cg;         /* first: what parkit-cpu reports from */
    struct mpi_runtime *rt;
    struct requests p_out, p_in, sums_out, sums_in;
    double *sums;         /* of all strips, up to three each: what is not of the strips here is zero */
};

/* --- messages --- */

typedef int init_message(void *data, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm, MPI_Request *request);

static int init_send(void *data, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm, MPI_Request *request)
{
    return mpi_check("MPI_Send_init", MPI_Send_init(data, count, type, rank, tag, comm, request));
}

static int init_receive(void *data, int count, MPI_Datatype type, int rank, int tag, MPI_Comm comm, MPI_Request *request)
{
    return mpi_check("MPI_Recv_init", MPI_Recv_init(data, count, type, rank, tag, comm, request));
}

/* Of one rank's messages to another: pieces of p differ in their part, sums in their part and the first leaf of their node. */
static int tag_of(const struct cg_message *m)
{
    return (int)m->part + CG_PARTS_MOST * (m->node ? 1 + __builtin_ctzll(m->node) : 0);
}

static int requests_create(const struct cg_messages *m, MPI_Comm comm, init_message *init, struct requests *out)
{
    int rc = 0;
    out->request = calloc(m->count + 1, sizeof *out->request);
    if (!out->request)
        return -ENOMEM;
    for (; out->count < m->count && rc == 0; out->count += rc == 0) {
        const struct cg_message *one = &m->message[out->count];
        rc = init(one->data, (int)one->count, MPI_DOUBLE, one->rank, tag_of(one), comm, &out->request[out->count]);
    }
    return rc;
}

static void requests_destroy(struct requests *r)
{
    for (size_t k = 0; k < r->count; k++)
        MPI_Request_free(&r->request[k]);
    free(r->request);
    *r = (struct requests){ 0 };
}

static int start_all(struct requests *r)
{
    return r->count ? mpi_check("MPI_Startall", MPI_Startall((int)r->count, r->request)) : 0;
}

/* As spin.h waits: MPI_Waitall() of Open MPI holds its processor, which threads of this rank may need to get on. */
static int wait_all(size_t count, MPI_Request *request)
{
    int done = 0, rc = 0;
    for (unsigned looks = 0; rc == 0 && !done; spin_pause(&looks))
        rc = mpi_check("MPI_Testall", MPI_Testall((int)count, request, &done, MPI_STATUSES_IGNORE));
    return rc;
}

static void count_sent(struct cg_mpi *g, const struct cg_message *m)
{
    g->rt->traffic.sent_bytes += (double)m->count * sizeof *m->data;
}

/* --- what the solver asks (struct cg_link) --- */

static int begin(void *with)
{
    struct cg_mpi *g = with;
    double since = clock_now_s();
    int rc = start_all(&g->p_in);
    if (rc == 0)
        rc = start_all(&g->sums_in);
    if (rc == 0)
        rc = start_all(&g->p_out);
    for (size_t k = 0; k < g->p_out.count; k++)
        count_sent(g, &g->cg.system.p_out.message[k]);
    lap(&since, &g->rt->phases.communicate_s);
    return rc;
}

static int await_p(void *with)
{
    struct cg_mpi *g = with;
    double since = clock_now_s();
    int rc = wait_all(g->p_in.count, g->p_in.request);
    lap(&since, &g->rt->phases.wait_s);
    return rc;
}

static int send_sums(void *with, size_t part)
{
    struct cg_mpi *g = with;
    const struct cg_messages *m = &g->cg.system.sums_out;
    double since = clock_now_s();
    int rc = 0;
    for (size_t k = 0; k < m->count && rc == 0; k++)
        if (m->message[k].part == part) {
            rc = mpi_check("MPI_Start", MPI_Start(&g->sums_out.request[k]));
            count_sent(g, &m->message[k]);
        }
    lap(&since, &g->rt->phases.communicate_s);
    return rc;
}

static int await_sums(void *with)
{
    struct cg_mpi *g = with;
    double since = clock_now_s();
    int rc = wait_all(g->sums_in.count, g->sums_in.request);
    if (rc == 0)
        rc = wait_all(g->p_out.count, g->p_out.request);
    if (rc == 0)
        rc = wait_all(g->sums_out.count, g->sums_out.request);
    lap(&since, &g->rt->phases.wait_s);
    return rc;
}

/* Every sum is zero on all ranks but one: adding them up is exact, and takes log R steps where gathering may take R. */
static int gather(void *with, double *sums, size_t count)
{
    struct cg_mpi *g = with;
    const struct cg_system *s = &g->cg.system;
    size_t strips = s->layout.parts * CG_STRIPS;
    double since = clock_now_s();
    for (size_t k = 0; k < count; k++)
        memcpy(g->sums + k * strips + s->strip, sums + k * strips + s->strip, (s->strip_end - s->strip) * sizeof *sums);
    MPI_Request request;
    int rc = mpi_check("MPI_Iallreduce", MPI_Iallreduce(g->sums, sums, (int)(count * strips), MPI_DOUBLE, MPI_SUM, g->rt->comm,
                                                        &request));
    if (rc == 0)
        rc = wait_all(1, &request);
    g->rt->traffic.sent_bytes += (double)(count * (s->strip_end - s->strip) * sizeof *sums);
    lap(&since, &g->rt->phases.wait_s);
    return rc;
}

/* --- set-up --- */

static double bytes(const struct params *p)
{
    double ranks = p->runtime ? p->runtime->ranks : 1;
    return cg_system_bytes(cg_problem(p->class), p->team ? p->team->threads : 1, ranks);
}

static void teardown(void *state)
{
    struct cg_mpi *g = state;
    if (!g)
        return;
    requests_destroy(&g->p_out);
    requests_destroy(&g->p_in);
    requests_destroy(&g->sums_out);
    requests_destroy(&g->sums_in);
    cg_system_destroy(&g->cg.system);
    free(g->sums);
    free(g);
}

static int create_requests(struct cg_mpi *g)
{
    const struct cg_system *s = &g->cg.system;
    MPI_Comm comm = g->rt->comm;
    int rc = requests_create(&s->p_out, comm, init_send, &g->p_out);
    if (rc == 0)
        rc = requests_create(&s->p_in, comm, init_receive, &g->p_in);
    if (rc == 0)
        rc = requests_create(&s->sums_out, comm, init_send, &g->sums_out);
    return rc ? rc : requests_create(&s->sums_in, comm, init_receive, &g->sums_in);
}

static int setup(const struct params *p, void **state)
{
    struct cg_mpi *g = calloc(1, sizeof *g);
    struct runtime *base = p->runtime;
    if (!g)
        return -ENOMEM;
    g->rt = mpi_runtime_of(base);
    int rc = cg_system_create(p->class, p->isa, p->team, (size_t)base->rank, (size_t)base->ranks, &g->cg.system);
    if (rc == 0 && !(g->sums = calloc(CG_SUMS_MOST * g->cg.system.layout.parts * CG_STRIPS, sizeof *g->sums)))
        rc = -ENOMEM;
    if (rc == 0)
        rc = create_requests(g);
    if (rc == 0)
        *state = g;
    else
        teardown(g);
    return rc;
}

/* --- a run --- */

static int solve(struct cg_mpi *g, unsigned outer, struct team *team)
{
    const struct cg_link link = { g, begin, await_p, send_sums, await_sums, gather };
    return cg_solve(&g->cg.system, outer, team, &link);
}

static int prepare(void *state, struct team *team)
{
    struct cg_mpi *g = state;
    cg_reset(&g->cg.system);
    return solve(g, 1, team);
}

/*
 * The share of the parts that a rank meets: with 2^k ranks both sides of its rectangle, of which half of the triangle's
 * area has 2^(k - 1), halved in turns; on 2 ranks, each with a triangle besides, the mean of 3/4 and 1.
 */
static double share_met(size_t ranks)
{
    int k = __builtin_ctzll(ranks);
    if (ranks == 2)
        return 0.875;
    return ranks == (size_t)1 << k ? ldexp(1, -(k + 1) / 2) + ldexp(1, -k / 2 - 1) : sqrt(2 / (double)ranks);
}

/* What the head of this file says. */
static double formula(const struct cg_system *s, uint64_t iterations)
{
    double ranks = (double)s->ranks, outer = (double)iterations, n = (double)s->problem->n;
    double vectors = 2 * n * (share_met(s->ranks) - 1 / ranks), strips = (double)s->layout.parts * CG_STRIPS / ranks;
    return ranks > 1 ? outer * sizeof(double) * ((CG_STEPS + 1) * vectors + (2 * CG_STEPS + 4) * strips) : 0;
}

enum { ARRAYS = 3 };

/* The state after @done iterations. */
static void state_at(struct cg_mpi *g, uint64_t done, struct checkpoint_array out[ARRAYS])
{
    struct cg_system *s = &g->cg.system;
    size_t first = cg_system_first(s);
    out[0] = checkpoint_vector("x", s->layout.padded, first, first + cg_system_own(s), s->own.x);
    out[1] = checkpoint_common("zeta", done, s->zeta);
    out[2] = checkpoint_common("rnorm", done, s->rnorm);
}

/* From the beginning, or where the checkpoint is. */
static int begin_run(struct cg_mpi *g)
{
    struct checkpoint_array arrays[ARRAYS];
    uint64_t begun = checkpoint_begin(g->rt);
    cg_reset(&g->cg.system);
    if (begun == 0)
        return 0;
    state_at(g, begun, arrays);
    g->cg.system.done = (unsigned)begun;
    return checkpoint_load(g->rt, g->cg.system.problem->outer, arrays, ARRAYS);
}

static int run(void *state, struct team *team)
{
    struct cg_mpi *g = state;
    struct cg_system *s = &g->cg.system;
    struct checkpoint_array arrays[ARRAYS];
    struct phases *phases = &g->rt->phases;
    unsigned end = s->problem->outer;
    double start = clock_now_s();
    g->rt->traffic = (struct traffic){ .counted = true, .formula_bytes = formula(s, end - checkpoint_begin(g->rt)) };
    *phases = (struct phases){ 0 };
    int rc = begin_run(g);
    while (rc == 0 && s->done < end) {
        rc = solve(g, (unsigned)checkpoint_next(g->rt, s->done, end), team);
        if (rc == 0 && s->done < end) {
            state_at(g, s->done, arrays);
            rc = checkpoint_save(g->rt, s->done, arrays, ARRAYS);
        }
    }
    phases->compute_s = clock_now_s() - start - phases->communicate_s - phases->wait_s - phases->checkpoint_s;
    return rc;
}

/* zeta is the same on every rank; the entries are counted together for the report. */
static int verify(void *state, char *why, size_t why_len)
{
    struct cg_mpi *g = state;
    const struct cg_tiles *t = &g->cg.system.tiles;
    double here[2] = { (double)t->n_values, (double)t->n_segments }, all[2];
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(here, all, 2, MPI_DOUBLE, MPI_SUM, g->rt->comm));
    g->cg.values = all[0];
    g->cg.segments = all[1];
    return mpi_verdict(g->rt, rc ? rc : cg_workload.verify(state, why, why_len), why, why_len);
}

void cg_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->prepare = prepare;
    w->run = run;
    w->verify = verify;
    w->teardown = teardown;
}
