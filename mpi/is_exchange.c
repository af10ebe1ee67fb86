#include "mpi/is_exchange.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <stdlib.h>

/* --- memory --- */

static uint8_t *as_bytes(uint64_t *words)
{
    return (uint8_t *)words;
}

static int create_memory(struct is_exchange *x)
{
    size_t bytes = x->tallies * x->values;
    int rc = x->rt->base.ranks > 1 ? node_array_create(x->rt, bytes / sizeof(uint64_t), NODE_READ, &x->memory) : 0;
    rc = x->rt->base.agree(&x->rt->base, rc);
    if (rc != 0)
        return rc;
    if (x->memory.readable <= 1) { /* on huge pages at once */
        node_array_destroy(&x->memory);
        x->alone = array_alloc(bytes, 1);
        rc = x->alone ? 0 : -ENOMEM;
    }
    uint8_t *mine = x->alone ? x->alone : as_bytes(x->memory.mine);
    for (unsigned t = 0; rc == 0 && t < x->tallies; t++)
        x->tally[t] = mine + t * x->values;
    return rc;
}

static int create_tables(struct is_exchange *x)
{
    size_t ranks = (size_t)x->rt->base.ranks;
    x->computer = calloc(9 * ranks, sizeof *x->computer);
    x->tally = calloc(x->tallies, sizeof *x->tally);
    x->here = calloc(x->tallies * (size_t)x->rt->base.ranks_on_node, sizeof *x->here);
    if (!x->computer || !x->tally || !x->here)
        return -ENOMEM;
    x->nth = x->computer + ranks;
    x->size = x->nth + ranks;
    x->count = x->size + ranks;
    x->at = x->count + ranks;
    x->to = x->at + ranks;
    x->to_at = x->to + ranks;
    x->from = x->to_at + ranks;
    x->from_at = x->from + ranks;
    return 0;
}

void is_exchange_destroy(struct is_exchange *x)
{
    node_array_destroy(&x->memory);
    free(x->alone);
    free(x->tally);
    free(x->here);
    free(x->part);
    free(x->joint);
    free(x->incoming);
    free(x->computer);
    *x = (struct is_exchange){ 0 };
}

/* --- who can read which --- */

static bool is_readable(const struct is_exchange *x, int r)
{
    return r == x->rt->base.rank || (x->memory.of && x->memory.of[r]);
}

static int find_computers(struct is_exchange *x)
{
    int lowest = 0, ranks = x->rt->base.ranks;
    while (!is_readable(x, lowest))
        lowest++;
    int rc = mpi_check("MPI_Allgather", MPI_Allgather(&lowest, 1, MPI_INT, x->computer, 1, MPI_INT, x->rt->comm));
    for (int r = 0; rc == 0 && r < ranks; r++) {
        x->computers += x->computer[r] == r;
        x->nth[r] = x->size[x->computer[r]]++;
    }
    return rc;
}

static void list_tallies(struct is_exchange *x)
{
    for (int r = 0; r < x->rt->base.ranks; r++) {
        if (!is_readable(x, r))
            continue;
        uint8_t *first = r == x->rt->base.rank ? x->tally[0] : as_bytes(x->memory.of[r]);
        for (unsigned t = 0; t < x->tallies; t++)
            x->here[x->heres++] = first + t * x->values;
    }
}

int is_exchange_create(struct mpi_runtime *rt, size_t values, unsigned tallies, struct is_exchange *out)
{
    *out = (struct is_exchange){ .rt = rt, .values = values, .tallies = tallies };
    int rc = rt->base.agree(&rt->base, create_tables(out));
    if (rc == 0)
        rc = rt->base.agree(&rt->base, create_memory(out));
    if (rc == 0)
        rc = find_computers(out);
    if (rc == 0)
        list_tallies(out);
    return rc;
}

/* --- who sends what --- */

/* Whether @sender joins the tallies of its computer for @receiver, which is at another. */
static bool is_message(const struct is_exchange *x, int sender, int receiver)
{
    int computer = x->computer[sender];
    return computer != x->computer[receiver] && x->nth[receiver] % x->size[computer] == x->nth[sender];
}

/* Returns how many bytes go to other computers. */
static size_t plan_messages(struct is_exchange *x)
{
    int ranks = x->rt->base.ranks, me = x->rt->base.rank, out = 0, in = 0;
    for (int r = 0; r < ranks; r++) {
        x->at[r] = (int)is_share(x->values, (size_t)r, (size_t)ranks);
        x->count[r] = (int)is_share(x->values, (size_t)r + 1, (size_t)ranks) - x->at[r];
    }
    for (int r = 0; r < ranks; r++) {
        x->to_at[r] = out;
        x->from_at[r] = in;
        out += x->to[r] = is_message(x, me, r) ? x->count[r] : 0;
        in += x->from[r] = is_message(x, r, me) ? x->count[me] : 0;
    }
    return (size_t)out;
}

int is_exchange_plan(struct is_exchange *x)
{
    int me = x->rt->base.rank;
    size_t out = plan_messages(x), length = (size_t)x->count[me], others = (size_t)x->computers - 1;
    x->parts = x->heres + (unsigned)others;
    x->part = calloc(x->parts, sizeof *x->part);
    x->joint = array_alloc(out, 1);
    x->incoming = array_alloc(others, length);
    if (!x->part || !x->joint || !x->incoming)
        return -ENOMEM;
    for (unsigned p = 0; p < x->parts; p++)
        x->part[p] = p < x->heres ? x->here[p] + x->at[me] : x->incoming + (p - x->heres) * length;
    x->bytes = (double)out + (double)(x->heres - x->tallies) * (double)(out + length);
    return 0;
}

/* --- on the way --- */

bool is_exchange_join(struct is_exchange *x, _Atomic uint32_t *carry, enum isa isa, unsigned threads)
{
    struct is_tallies all = { x->here, x->heres, NULL }; /* what overflowed already is in somebody's carries */
    bool any = false;
    if (x->computers == 1)
        return false;
    /* num_threads: the team that runs */
#pragma omp parallel default(none) shared(x, carry, isa, threads, all) reduction(||: any) num_threads(threads)
    {
        size_t me = (size_t)omp_get_thread_num();
        for (int r = 0; r < x->rt->base.ranks; r++) {
            size_t n = (size_t)x->to[r], begin = is_share(n, me, threads), end = is_share(n, me + 1, threads);
            size_t at = (size_t)x->at[r];
            bool beyond = ISA_SELECT(is_join, isa)(x->joint + x->to_at[r] + begin, carry, &all, at + begin, at + end);
            any = any || beyond;
        }
    }
    return any;
}

int is_exchange_send(struct is_exchange *x, _Atomic uint32_t *carry, bool *carried)
{
    int any = *carried, rc = 0;
    MPI_Comm comm = x->rt->comm;
    if (x->computers > 1) {
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_LOR, comm));
        if (rc == 0)
            rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(x->joint, x->to, x->to_at, MPI_UINT8_T, x->incoming, x->from, x->from_at,
                                                          MPI_UINT8_T, comm));
    }
    if (rc == 0 && any)
        rc = mpi_check("MPI_Reduce_scatter",
                       MPI_Reduce_scatter(MPI_IN_PLACE, (void *)carry, x->count, MPI_UINT32_T, MPI_SUM, comm));
    *carried = any;
    return rc;
}
