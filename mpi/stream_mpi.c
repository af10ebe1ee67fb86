/*
 * stream on R ranks: each has its share of the elements, whole blocks of the digest, as arrays of its own, and works on it
 * as parkit-cpu does. An operation is over when the slowest rank has done it. Volume a rank: the 4 times, 32 bytes.
 */
#include "cpu_bound/stream.h"

#include "common/blocks.h"
#include "common/clock.h"
#include "common/digest.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/runtime.h"

#include <math.h>
#include <stdlib.h>

extern const struct workload stream_workload;

struct stream_mpi {
    struct stream_outcome outcome; /* first: of all ranks */
    struct mpi_runtime *rt;
    struct stream *here;
    uint64_t blocks;               /* of each array, of all ranks */
};

/* The first block of rank @r. */
static uint64_t first_block(uint64_t blocks, int r, int ranks)
{
    return (uint64_t)((uint128)blocks * (unsigned)r / (unsigned)ranks);
}

/* @p, but for the share of this rank; where nobody is known yet, for all. */
static struct params share_of(const struct params *p)
{
    struct params share = *p;
    uint64_t blocks = blocks_count(p->size, STREAM_BLOCK);
    int rank = p->runtime ? p->runtime->rank : 0, ranks = p->runtime ? p->runtime->ranks : 1;
    share.size = blocks_edge(p->size, STREAM_BLOCK, first_block(blocks, rank + 1, ranks)) -
                 blocks_edge(p->size, STREAM_BLOCK, first_block(blocks, rank, ranks));
    return share;
}

static double stream_mpi_bytes(const struct params *p)
{
    struct params share = share_of(p);
    return stream_workload.bytes(&share);
}

static void stream_mpi_teardown(void *state)
{
    struct stream_mpi *s = state;
    if (!s)
        return;
    stream_workload.teardown(s->here);
    free(s);
}

static int stream_mpi_setup(const struct params *p, void **state)
{
    struct params share = share_of(p);
    struct stream_mpi *s = calloc(1, sizeof *s);
    void *here = NULL;
    if (!s)
        return -ENOMEM;
    *state = s;
    s->rt = mpi_runtime_of(p->runtime);
    s->blocks = blocks_count(p->size, STREAM_BLOCK);
    s->outcome.elements = (double)p->size;
    for (int o = 0; o < STREAM_OPERATIONS; o++)
        s->outcome.best[o] = INFINITY;
    int rc = stream_workload.setup(&share, &here);
    s->here = here;
    return rc;
}

static int stream_mpi_run(void *state, struct team *team)
{
    struct stream_mpi *s = state;
    double slowest[STREAM_OPERATIONS], start = clock_now_s();
    int rc = s->rt->base.agree(&s->rt->base, stream_workload.run(s->here, team));
    double computed = clock_now_s();
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(s->here->taken, slowest, STREAM_OPERATIONS, MPI_DOUBLE, MPI_MAX,
                                                      s->rt->comm));
    for (int o = 0; rc == 0 && o < STREAM_OPERATIONS; o++)
        s->outcome.best[o] = fmin(s->outcome.best[o], slowest[o]);
    s->rt->phases.compute_s = computed - start;
    s->rt->phases.wait_s = clock_now_s() - computed;
    double sent = s->rt->base.ranks > 1 ? sizeof slowest : 0;
    s->rt->traffic = (struct traffic){ .counted = true, .sent_bytes = sent, .formula_bytes = sent };
    return rc;
}

/* --- the check --- */

/* The digest of array @k on rank 0, from those of its blocks; @mine and @all: room for them. */
static int join_array(struct stream_mpi *s, int k, uint64_t *mine, uint64_t *all, int *count, uint64_t *joined)
{
    int ranks = s->rt->base.ranks, *at = count + ranks;
    for (int r = 0; r < ranks; r++) {
        at[r] = (int)first_block(s->blocks, r, ranks);
        count[r] = (int)first_block(s->blocks, r + 1, ranks) - at[r];
    }
    stream_digests(s->here, k, mine);
    int rc = mpi_check("MPI_Gatherv", MPI_Gatherv(mine, count[s->rt->base.rank], MPI_UINT64_T, all, count, at, MPI_UINT64_T, 0,
                                                  s->rt->comm));
    *joined = rc == 0 && s->rt->base.rank == 0 ? digest_join(all, s->blocks) : 0;
    return rc;
}

/* The digest, and the last elements: rank R - 1 has them. */
static int join_outcome(struct stream_mpi *s)
{
    int ranks = s->rt->base.ranks;
    uint64_t part[STREAM_ARRAYS], *digest = calloc(2 * s->blocks, sizeof *digest);
    int *count = calloc(2 * (size_t)ranks, sizeof *count);
    int rc = s->rt->base.agree(&s->rt->base, digest && count ? 0 : -ENOMEM);
    for (int k = 0; rc == 0 && k < STREAM_ARRAYS; k++) {
        s->outcome.last[k] = s->here->outcome.last[k];
        rc = join_array(s, k, digest, digest + s->blocks, count, &part[k]);
    }
    if (rc == 0) {
        s->outcome.digest = digest_join(part, STREAM_ARRAYS);
        rc = mpi_check("MPI_Bcast", MPI_Bcast(s->outcome.last, STREAM_ARRAYS, MPI_DOUBLE, ranks - 1, s->rt->comm));
    }
    free(count);
    free(digest);
    return rc;
}

static int stream_mpi_verify(void *state, char *why, size_t why_len)
{
    struct stream_mpi *s = state;
    int wrong = stream_workload.verify(s->here, why, why_len), rc = join_outcome(s);
    return rc ? rc : mpi_verdict(s->rt, wrong, why, why_len);
}

void stream_mpi_distribute(struct workload *w)
{
    w->bytes = stream_mpi_bytes;
    w->setup = stream_mpi_setup;
    w->run = stream_mpi_run;
    w->verify = stream_mpi_verify;
    w->teardown = stream_mpi_teardown;
}
