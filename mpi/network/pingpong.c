/*
 * pingpong: half the time of a message's way to another rank and back, by blocking MPI_Send and MPI_Recv.
 * Measured within a node and across nodes where the job has both: rank --from with the next rank of its own node,
 * then with the first rank of another one; or with rank --to alone. All others sleep meanwhile.
 */
#include "common/clock.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/network/network.h"
#include "mpi/network/network_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct pingpong_args {
    uint64_t from, to;
};

/* One pair, as each of its two ranks sees it. */
struct pair {
    MPI_Comm comm;       /* of the two; MPI_COMM_NULL on all others */
    int me;              /* 0 begins                                */
    void *out, *in;
};

static void fill(void *state, size_t bytes, unsigned round)
{
    struct pair *p = state;
    data_fill(p->out, bytes, data_key(p->me, 1 - p->me, round));
}

static bool right(const void *state, size_t bytes, unsigned round)
{
    const struct pair *p = state;
    return data_right(p->in, bytes, data_key(1 - p->me, p->me, round));
}

static int send(const struct pair *p, size_t bytes)
{
    return mpi_check("MPI_Send", MPI_Send(p->out, (int)bytes, MPI_BYTE, 1 - p->me, 0, p->comm));
}

static int receive(const struct pair *p, size_t bytes)
{
    return mpi_check("MPI_Recv", MPI_Recv(p->in, (int)bytes, MPI_BYTE, 1 - p->me, 0, p->comm, MPI_STATUS_IGNORE));
}

static int run_pair(void *state, size_t bytes, uint64_t iterations, double *seconds)
{
    const struct pair *p = state;
    int rc = 0;
    double start = clock_now_s();
    for (uint64_t i = 0; rc == 0 && i < iterations; i++) {
        rc = p->me == 0 ? send(p, bytes) : receive(p, bytes);
        if (rc == 0)
            rc = p->me == 0 ? receive(p, bytes) : send(p, bytes);
    }
    *seconds = (clock_now_s() - start) / 2;
    return rc;
}

static double moved(const void *state, size_t bytes)
{
    (void)state;
    return (double)bytes;
}

static double memory(const void *state, size_t bytes)
{
    (void)state;
    return 2.0 * (double)bytes;
}

/* Collective: the communicator of ranks @from and @to. */
static int open_pair(struct network *net, int from, int to, struct pair *p)
{
    int rank = net->rt->base.rank;
    *p = (struct pair){ .comm = MPI_COMM_NULL, .me = rank == to };
    return mpi_check("MPI_Comm_split", MPI_Comm_split(net->rt->comm, rank == from || rank == to ? 0 : MPI_UNDEFINED, p->me,
                                                      &p->comm));
}

static int give_buffers(struct network *net, struct pair *p, size_t bytes)
{
    bool mine = p->comm != MPI_COMM_NULL;
    p->out = mine ? network_buffer(bytes) : NULL;
    p->in = mine ? network_buffer(bytes) : NULL;
    return net->rt->base.agree(&net->rt->base, mine && (!p->out || !p->in) ? -ENOMEM : 0);
}

static void close_pair(struct pair *p)
{
    if (p->comm != MPI_COMM_NULL)
        MPI_Comm_free(&p->comm);
    free(p->out);
    free(p->in);
}

static int measure_pair(struct network *net, int from, int to, bool same_node)
{
    struct pair pair;
    char path[64];
    snprintf(path, sizeof path, "ranks %d and %d, %s", from, to, same_node ? "within a node" : "across nodes");
    int rc = open_pair(net, from, to, &pair);
    struct network_pattern pattern = { .name = "pingpong", .path = path, .comm = pair.comm, .state = &pair, .smallest = 0,
                                       .largest = SIZE_MAX, .factor = 2, .fill = fill, .run = run_pair, .right = right,
                                       .moved = moved, .memory = memory };
    if (rc == 0)
        rc = network_limit(net, &pattern);
    if (rc == 0)
        rc = give_buffers(net, &pair, pattern.largest);
    if (rc == 0)
        rc = network_measure(net, &pattern);
    close_pair(&pair);
    return rc;
}

/* --- whom with whom --- */

/* On every rank: the node of each rank, as the lowest rank on it. */
static int find_nodes(struct mpi_runtime *rt, int *node)
{
    int mine = rt->base.rank;
    int rc = mpi_check("MPI_Bcast", MPI_Bcast(&mine, 1, MPI_INT, 0, rt->node));
    return rc ? rc : mpi_check("MPI_Allgather", MPI_Allgather(&mine, 1, MPI_INT, node, 1, MPI_INT, rt->comm));
}

/* The first rank after @from, round the end, that shares its node or does not; -1: none. */
static int find_partner(const int *node, int ranks, int from, bool same_node)
{
    for (int i = 1; i < ranks; i++) {
        int rank = (from + i) % ranks;
        if ((node[rank] == node[from]) == same_node)
            return rank;
    }
    return -1;
}

static int measure_pairs(struct network *net, const int *node, int from)
{
    int rc = 0;
    if (option_given("to")) {
        int to = (int)((const struct pingpong_args *)net->own)->to;
        return measure_pair(net, from, to, node[from] == node[to]);
    }
    for (int across = 0; rc == 0 && across < 2; across++) {
        int to = find_partner(node, net->rt->base.ranks, from, !across);
        if (to >= 0)
            rc = measure_pair(net, from, to, !across);
    }
    return rc;
}

static int check_ranks(const struct pingpong_args *args, int ranks)
{
    uint64_t largest = args->from > args->to ? args->from : args->to;
    if (ranks < 2)
        return message_usage("pingpong needs two ranks, and this job has one; start it with mpirun -n 2");
    if (largest >= (uint64_t)ranks)
        return message_usage("there is no rank %llu; this job has ranks 0 to %d", (unsigned long long)largest, ranks - 1);
    if (option_given("to") && args->to == args->from)
        return message_usage("--from and --to are both rank %llu; give two ranks", (unsigned long long)args->from);
    return 0;
}

static int run(struct network *net)
{
    const struct pingpong_args *args = net->own;
    struct runtime *base = &net->rt->base;
    int rc = check_ranks(args, base->ranks);
    if (rc != 0)
        return rc;
    int *node = calloc((size_t)base->ranks, sizeof *node);
    rc = base->agree(base, node ? 0 : -ENOMEM);
    if (rc == 0)
        rc = find_nodes(net->rt, node);
    if (rc == 0)
        rc = measure_pairs(net, node, (int)args->from);
    free(node);
    return rc;
}

#define FIELD(name) offsetof(struct pingpong_args, name)
static const struct option_spec options[] = {
    { 0, "from", "RANK", OPTION_UINT, FIELD(from), "0", 0, INT32_MAX, NULL, "the rank that begins" },
    { 0, "to", "RANK", OPTION_UINT, FIELD(to), NULL, 0, INT32_MAX, NULL,
      "its partner; without it one of the same node and one of another, where there are such" },
    { 0 },
};

const struct network_benchmark network_pingpong = {
    .name = "pingpong",
    .summary = "Latency and bandwidth between two ranks, within a node and across nodes.",
    .options = options,
    .own_size = sizeof(struct pingpong_args),
    .max_default = "67108864",
    .run = run,
};
