/*
 * collectives: barrier, bcast, allreduce, allgather, alltoall and reduce_scatter over all ranks of the job.
 *
 * The size n is that of the message in the sense of the MPI call: what bcast hands on, the vector that allreduce
 * and reduce_scatter add up (doubles), what each rank gives to allgather, what it has for each other in alltoall.
 * Each call begins after an untimed barrier: otherwise the root of a bcast would run ahead, and calls overlap.
 * Sums are exact, of whole numbers (network_data.h), so that a rank counted twice or left out is noticed.
 */
#include "common/clock.h"
#include "mpi/check.h"
#include "mpi/network/network.h"
#include "mpi/network/network_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one operation works on. */
struct collective {
    const struct operation *op;
    MPI_Comm comm;
    int rank, ranks;
    void *out, *in;
    int *share;          /* reduce_scatter: the elements of each rank */
};

struct operation {
    const char *name;
    size_t smallest;     /* the type of reductions has 8 bytes                   */
    int (*call)(struct collective *c, size_t bytes);
    void (*fill)(struct collective *c, size_t bytes, unsigned round);
    bool (*right)(const struct collective *c, size_t bytes, unsigned round);
    /* For each byte of n, of a rank among @ranks: buffers out and in, and what it sends or receives at least. */
    double (*out)(double ranks), (*in)(double ranks), (*moved)(double ranks);
};

static double none(double ranks) { return 0 * ranks; }
static double one(double ranks) { return 1 + 0 * ranks; }
static double each(double ranks) { return ranks; }
static double each_other(double ranks) { return ranks - 1; }
static double most(double ranks) { return (ranks - 1) / ranks; }
static double there_and_back(double ranks) { return 2 * most(ranks); }

/* --- barrier, bcast --- */

static int call_barrier(struct collective *c, size_t bytes)
{
    (void)bytes;
    return mpi_check("MPI_Barrier", MPI_Barrier(c->comm));
}

static void fill_nothing(struct collective *c, size_t bytes, unsigned round)
{
    (void)c, (void)bytes, (void)round;
}

static bool always_right(const struct collective *c, size_t bytes, unsigned round)
{
    (void)c, (void)bytes, (void)round;
    return true;
}

static int call_bcast(struct collective *c, size_t bytes)
{
    return mpi_check("MPI_Bcast", MPI_Bcast(c->in, (int)bytes, MPI_BYTE, 0, c->comm));
}

static void fill_bcast(struct collective *c, size_t bytes, unsigned round)
{
    if (c->rank == 0)
        data_fill(c->in, bytes, data_key(0, 0, round));
}

static bool bcast_right(const struct collective *c, size_t bytes, unsigned round)
{
    return data_right(c->in, bytes, data_key(0, 0, round));
}

/* --- allgather, alltoall --- */

static int call_allgather(struct collective *c, size_t bytes)
{
    return mpi_check("MPI_Allgather", MPI_Allgather(c->out, (int)bytes, MPI_BYTE, c->in, (int)bytes, MPI_BYTE, c->comm));
}

static void fill_allgather(struct collective *c, size_t bytes, unsigned round)
{
    data_fill(c->out, bytes, data_key(c->rank, 0, round));
}

static bool allgather_right(const struct collective *c, size_t bytes, unsigned round)
{
    bool right = true;
    for (int from = 0; right && from < c->ranks; from++)
        right = data_right((const char *)c->in + (size_t)from * bytes, bytes, data_key(from, 0, round));
    return right;
}

static int call_alltoall(struct collective *c, size_t bytes)
{
    return mpi_check("MPI_Alltoall", MPI_Alltoall(c->out, (int)bytes, MPI_BYTE, c->in, (int)bytes, MPI_BYTE, c->comm));
}

static void fill_alltoall(struct collective *c, size_t bytes, unsigned round)
{
    for (int to = 0; to < c->ranks; to++)
        data_fill((char *)c->out + (size_t)to * bytes, bytes, data_key(c->rank, to, round));
}

static bool alltoall_right(const struct collective *c, size_t bytes, unsigned round)
{
    bool right = true;
    for (int from = 0; right && from < c->ranks; from++)
        right = data_right((const char *)c->in + (size_t)from * bytes, bytes, data_key(from, c->rank, round));
    return right;
}

/* --- allreduce, reduce_scatter --- */

static int call_allreduce(struct collective *c, size_t bytes)
{
    return mpi_check("MPI_Allreduce", MPI_Allreduce(c->out, c->in, (int)(bytes / sizeof(double)), MPI_DOUBLE, MPI_SUM, c->comm));
}

static void fill_terms(struct collective *c, size_t bytes, unsigned round)
{
    double *out = c->out;
    for (size_t i = 0; i < bytes / sizeof *out; i++)
        out[i] = data_term(c->rank, i, round);
}

/* Whether @in holds the sums of elements [begin, end). */
static bool sums_right(const struct collective *c, size_t begin, size_t end, unsigned round)
{
    const double *in = c->in;
    for (size_t i = begin; i < end; i++)
        if (in[i - begin] != data_sum(c->ranks, i, round))
            return false;
    return true;
}

static bool allreduce_right(const struct collective *c, size_t bytes, unsigned round)
{
    return sums_right(c, 0, bytes / sizeof(double), round);
}

/* Where the share of @rank begins: shares differ by one element at most. */
static size_t share_begin(const struct collective *c, size_t bytes, int rank)
{
    return bytes / sizeof(double) * (size_t)rank / (size_t)c->ranks;
}

static void fill_shares(struct collective *c, size_t bytes, unsigned round)
{
    for (int r = 0; r < c->ranks; r++)
        c->share[r] = (int)(share_begin(c, bytes, r + 1) - share_begin(c, bytes, r));
    fill_terms(c, bytes, round);
}

static int call_reduce_scatter(struct collective *c, size_t bytes)
{
    (void)bytes;
    return mpi_check("MPI_Reduce_scatter", MPI_Reduce_scatter(c->out, c->in, c->share, MPI_DOUBLE, MPI_SUM, c->comm));
}

static bool reduce_scatter_right(const struct collective *c, size_t bytes, unsigned round)
{
    return sums_right(c, share_begin(c, bytes, c->rank), share_begin(c, bytes, c->rank + 1), round);
}

static const struct operation operations[] = {
    { "barrier", 0, call_barrier, fill_nothing, always_right, none, none, none },
    { "bcast", 1, call_bcast, fill_bcast, bcast_right, none, one, one },
    { "allreduce", 8, call_allreduce, fill_terms, allreduce_right, one, one, there_and_back },
    { "allgather", 1, call_allgather, fill_allgather, allgather_right, one, each, each_other },
    { "alltoall", 1, call_alltoall, fill_alltoall, alltoall_right, each, each, each_other },
    { "reduce_scatter", 8, call_reduce_scatter, fill_shares, reduce_scatter_right, one, one, most },
};
enum { OPERATIONS = sizeof operations / sizeof *operations };

/* --- as a pattern --- */

static int run_calls(void *state, size_t bytes, uint64_t iterations, double *seconds)
{
    struct collective *c = state;
    int rc = 0;
    *seconds = 0;
    for (uint64_t i = 0; rc == 0 && i < iterations; i++) {
        rc = mpi_check("MPI_Barrier", MPI_Barrier(c->comm));
        double start = clock_now_s();
        if (rc == 0)
            rc = c->op->call(c, bytes);
        *seconds += clock_now_s() - start;
    }
    return rc;
}

static void fill(void *state, size_t bytes, unsigned round)
{
    struct collective *c = state;
    c->op->fill(c, bytes, round);
}

static bool right(const void *state, size_t bytes, unsigned round)
{
    const struct collective *c = state;
    return c->op->right(c, bytes, round);
}

static double moved(const void *state, size_t bytes)
{
    const struct collective *c = state;
    return c->op->moved(c->ranks) * (double)bytes;
}

static double memory(const void *state, size_t bytes)
{
    const struct collective *c = state;
    return (c->op->out(c->ranks) + c->op->in(c->ranks)) * (double)bytes;
}

static int give_buffers(struct network *net, struct collective *c, size_t bytes)
{
    c->out = network_buffer((size_t)c->op->out(c->ranks) * bytes);
    c->in = network_buffer((size_t)c->op->in(c->ranks) * bytes);
    c->share = calloc((size_t)c->ranks, sizeof *c->share);
    return net->rt->base.agree(&net->rt->base, c->out && c->in && c->share ? 0 : -ENOMEM);
}

static int measure_operation(struct network *net, const struct operation *op)
{
    struct collective c = { .op = op, .comm = net->rt->comm, .rank = net->rt->base.rank, .ranks = net->rt->base.ranks };
    struct network_pattern pattern = { .name = op->name, .path = "all ranks", .comm = c.comm, .state = &c,
                                       .smallest = op->smallest, .largest = op->smallest ? SIZE_MAX : 0, .factor = 2,
                                       .fill = fill, .run = run_calls, .right = right, .moved = moved, .memory = memory };
    int rc = network_limit(net, &pattern);
    if (rc == 0)
        rc = give_buffers(net, &c, pattern.largest);
    if (rc == 0)
        rc = network_measure(net, &pattern);
    free(c.out);
    free(c.in);
    free(c.share);
    return rc;
}

struct collectives_args {
    int only;
};

static int run(struct network *net)
{
    int only = ((const struct collectives_args *)net->own)->only, rc = 0;
    for (int op = 0; rc == 0 && op < OPERATIONS; op++)
        if (only == 0 || only == op + 1)
            rc = measure_operation(net, &operations[op]);
    return rc;
}

/* "all", then the operations in their order. */
static const char *const choices[] = { "all", "barrier", "bcast", "allreduce", "allgather", "alltoall", "reduce_scatter", NULL };
static const struct option_spec options[] = {
    { 0, "only", "OPERATION", OPTION_CHOICE, offsetof(struct collectives_args, only), "all", 0, 0, choices,
      "measure this one alone" },
    { 0 },
};

const struct network_benchmark network_collectives = {
    .name = "collectives",
    .summary = "Times of the collective operations over all ranks, fastest, mean and slowest rank.",
    .options = options,
    .own_size = sizeof(struct collectives_args),
    .max_default = "16777216",
    .run = run,
};
