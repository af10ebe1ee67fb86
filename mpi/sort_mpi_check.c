/*
 * The check of a distributed sort. Each rank checks its share and that it follows on the one in front; the checksums are
 * added up. What is told of the result is brought together: the digest of parkit-cpu, which is of blocks of the sorted
 * order that know nothing of ranks.
 */
#include "mpi/sort_mpi.h"

#include "common/digest.h"
#include "cpu_bound/sort_share.h"
#include "mpi/check.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_BEFORE = 1, TAG_BLOCK };

/* The last record of the share in front, into @before; *has: there is one. */
static int fetch_before(struct sort_mpi *s, uint64_t before[2], bool *has)
{
    size_t words = s->outcome.in.words;
    MPI_Request request[2] = { MPI_REQUEST_NULL, MPI_REQUEST_NULL };
    bool some = s->begin < s->end;
    int rc = 0;
    *has = some && s->begin > 0;
    if (*has)
        rc = mpi_check("MPI_Irecv", MPI_Irecv(before, 1, s->record, sort_cuts_owner(&s->cuts, s->begin - 1), TAG_BEFORE,
                                              s->rt->comm, &request[0]));
    if (rc == 0 && some && s->end < s->outcome.in.n)
        rc = mpi_check("MPI_Isend", MPI_Isend(s->sorter->result + (s->end - s->begin - 1) * words, 1, s->record,
                                              sort_cuts_owner(&s->cuts, s->end), TAG_BEFORE, s->rt->comm, &request[1]));
    return rc ? rc : mpi_check("MPI_Waitall", MPI_Waitall(2, request, MPI_STATUSES_IGNORE));
}

static uint64_t round_up(const struct sort_mpi *s, uint64_t i)
{
    uint64_t up = (i + SORT_BLOCK - 1) / SORT_BLOCK * SORT_BLOCK;
    return up < s->outcome.in.n ? up : s->outcome.in.n;
}

/*
 * The digest is of whole blocks: who holds the first record of a block hashes it, and the others send him theirs of it.
 * @tail: out, room for a block: the records of the last block here that others hold.
 */
static int fetch_tail(struct sort_mpi *s, uint64_t *tail)
{
    size_t words = s->outcome.in.words;
    uint64_t first = round_up(s, s->begin), head = first < s->end ? first : s->end, last = round_up(s, s->end);
    int rc = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    if (head > s->begin) /* the block has begun with an earlier rank */
        rc = mpi_check("MPI_Isend",
                       MPI_Isend(s->sorter->result, (int)(head - s->begin), s->record,
                                 sort_cuts_owner(&s->cuts, s->begin / SORT_BLOCK * SORT_BLOCK), TAG_BLOCK, s->rt->comm, &request));
    for (uint64_t at = s->end, end; rc == 0 && first < s->end && at < last; at = end) {
        int owner = sort_cuts_owner(&s->cuts, at);
        end = sort_cuts_begin(&s->cuts, owner + 1);
        end = end < last ? end : last;
        rc = mpi_check("MPI_Recv", MPI_Recv(tail + (at - s->end) * words, (int)(end - at), s->record, owner, TAG_BLOCK,
                                            s->rt->comm, MPI_STATUS_IGNORE));
    }
    return rc ? rc : mpi_check("MPI_Wait", MPI_Wait(&request, MPI_STATUS_IGNORE));
}

/* The blocks that begin here: @n of them, and their digests. */
static void digest_blocks(struct sort_mpi *s, const uint64_t *tail, uint64_t *block, uint64_t *digest)
{
    size_t words = s->outcome.in.words;
    uint64_t first = round_up(s, s->begin), last = s->end / SORT_BLOCK * SORT_BLOCK, whole = round_up(s, s->end);
    if (first >= s->end)
        return;
    sort_share_digests(&(struct sort_share){ first, last, s->sorter->result + (first - s->begin) * words }, words, s->team, digest);
    if (last == s->end)
        return;
    memcpy(block, s->sorter->result + (last - s->begin) * words, (s->end - last) * words * sizeof *block);
    memcpy(block + (s->end - last) * words, tail, (whole - s->end) * words * sizeof *block);
    digest[(last - first) / SORT_BLOCK] = digest_bytes(block, (whole - last) * words * sizeof *block);
}

static int blocks_before(const struct sort_mpi *s, int rank)
{
    return (int)((sort_cuts_begin(&s->cuts, rank) + SORT_BLOCK - 1) / SORT_BLOCK);
}

/* All digests on rank 0, and the digest of them. */
static int join_digests(struct sort_mpi *s, const uint64_t *mine, uint64_t *all)
{
    const struct runtime *base = &s->rt->base;
    for (int r = 0; r < base->ranks; r++) {
        s->in_at[r] = blocks_before(s, r);
        s->in_n[r] = blocks_before(s, r + 1) - s->in_at[r];
    }
    int rc = mpi_check("MPI_Gatherv", MPI_Gatherv(mine, s->in_n[base->rank], MPI_UINT64_T, all, s->in_n, s->in_at,
                                                  MPI_UINT64_T, 0, s->rt->comm));
    if (rc == 0 && base->rank == 0)
        s->outcome.digest = digest_join(all, (size_t)blocks_before(s, base->ranks));
    return rc;
}

static int digest_result(struct sort_mpi *s)
{
    size_t words = s->outcome.in.words, blocks = (size_t)blocks_before(s, s->rt->base.ranks);
    uint64_t room = SORT_BLOCK < s->outcome.in.n ? SORT_BLOCK : s->outcome.in.n;
    uint64_t *tail = calloc(2 * room * words, sizeof *tail), *digest = calloc(2 * blocks, sizeof *digest);
    int rc = s->rt->base.agree(&s->rt->base, tail && digest ? 0 : -ENOMEM);
    if (rc == 0)
        rc = fetch_tail(s, tail);
    if (rc == 0) {
        digest_blocks(s, tail, tail + room * words, digest);
        rc = join_digests(s, digest, digest + blocks);
    }
    free(tail);
    free(digest);
    return rc;
}

/* The keys that are told of, from those who hold them; @sum becomes that of all ranks. */
static int join_outcome(struct sort_mpi *s, uint64_t *sum)
{
    struct sort_outcome *o = &s->outcome;
    const uint64_t at[3] = { 0, o->in.n / 2, o->in.n - 1 };
    uint64_t mine[4] = { 0, 0, 0, *sum }, all[4];
    for (int i = 0; i < 3; i++)
        if (at[i] >= s->begin && at[i] < s->end)
            mine[i] = s->sorter->result[(at[i] - s->begin) * o->in.words];
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(mine, all, 4, MPI_UINT64_T, MPI_SUM, s->rt->comm));
    if (rc != 0)
        return rc;
    o->least = all[0];
    o->median = all[1];
    o->greatest = all[2];
    *sum = all[3];
    return mpi_check("MPI_Allreduce", MPI_Allreduce(&s->held, &s->most_held, 1, MPI_UINT64_T, MPI_MAX, s->rt->comm));
}

int sort_mpi_verify(void *state, char *why, size_t why_len)
{
    struct sort_mpi *s = state;
    struct sort_share mine = { s->begin, s->end, s->sorter->result };
    uint64_t before[2], sum = 0;
    bool has;
    int rc = digest_result(s);
    if (rc == 0)
        rc = fetch_before(s, before, &has);
    if (rc != 0)
        return rc;
    int wrong = sort_share_check(&s->outcome.in, &mine, has ? before : NULL, s->team, &sum, why, why_len);
    rc = s->rt->base.agree(&s->rt->base, wrong == -EDOM ? 0 : wrong);
    if (rc == 0)
        rc = join_outcome(s, &sum);
    if (rc == 0)
        rc = mpi_verdict(s->rt, wrong, why, why_len);
    return rc ? rc : sort_checksum_check(sum, s->outcome.checksum, why, why_len); /* the same on all ranks */
}
