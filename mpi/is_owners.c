#include "mpi/is_owners.h"

#include "common/digest.h"
#include "common/message.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned piece_shift(const struct is_problem *p)
{
    return p->key_bits - (unsigned)__builtin_ctz(IS_PIECES);
}

/* A key beyond the values goes to the owner of the last ones, who will find it there. */
static size_t piece_of(const struct is_problem *p, uint32_t key)
{
    size_t piece = key >> piece_shift(p);
    return piece < IS_PIECES ? piece : IS_PIECES - 1;
}

/* From a computer to the others: 4 N (C - 1) / C^2 bytes of keys, V (C - 1) / C of a joint tally. */
bool is_owners_pay(const struct is_problem *p, double computers)
{
    return sizeof(uint32_t) * (double)is_keys_of(p) < computers * (double)is_values_of(p);
}

int is_owners_cut(struct mpi_runtime *rt, const struct is_problem *p, const uint32_t *key, size_t n, size_t *first)
{
    uint64_t count[IS_PIECES] = { 0 }, below = 0;
    size_t ranks = (size_t)rt->base.ranks, piece = 0;
    for (size_t i = 0; i < n; i++)
        count[piece_of(p, key[i])]++;
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, count, IS_PIECES, MPI_UINT64_T, MPI_SUM, rt->comm));
    for (size_t r = 0; rc == 0 && r < ranks; r++) {
        while (piece < IS_PIECES && (double)below < (double)r / (double)ranks * (double)is_keys_of(p))
            below += count[piece++];
        first[r] = piece << piece_shift(p);
    }
    first[ranks] = is_values_of(p);
    return rc;
}

/* What goes to and comes from each rank, and where each thread puts its share of what goes there. */
struct parcels {
    int *to, *to_at, *from, *from_at;
    int *owner;                       /* of each piece      */
    int *place;                       /* [threads][ranks]   */
    unsigned threads;
};

static int parcels_create(struct parcels *l, size_t ranks, unsigned threads)
{
    int *all = calloc(4 * ranks + IS_PIECES + threads * ranks, sizeof *all), *owner = all ? all + 4 * ranks : NULL;
    *l = (struct parcels){ all, all + ranks, all + 2 * ranks, all + 3 * ranks, owner, owner + IS_PIECES, threads };
    return all ? 0 : -ENOMEM;
}

static size_t add_up(const int *count, int *at, size_t ranks)
{
    size_t sum = 0;
    for (size_t r = 0; r < ranks; r++) {
        at[r] = (int)sum;
        sum += (size_t)count[r];
    }
    return sum;
}

static void find_owners(const struct is_problem *p, const size_t *first, size_t ranks, int *owner)
{
    for (size_t r = 0; r < ranks; r++)
        for (size_t piece = first[r] >> piece_shift(p); piece < first[r + 1] >> piece_shift(p); piece++)
            owner[piece] = (int)r;
}

/* Each thread's keys for each rank are counted, or, with @dealt, put into its places for that rank. */
static void deal(const struct is_problem *p, const struct parcels *l, size_t ranks, const uint32_t *key, size_t n,
                 uint32_t *dealt)
{
#pragma omp parallel default(none) shared(p, l, ranks, key, n, dealt) num_threads(l->threads) /* the team that runs */
    {
        size_t me = (size_t)omp_get_thread_num(), begin = n * me / l->threads, end = n * (me + 1) / l->threads;
        int *place = l->place + me * ranks;
        for (size_t i = begin; i < end; i++) {
            int *at = &place[l->owner[piece_of(p, key[i])]];
            if (dealt)
                dealt[*at] = key[i];
            ++*at;
        }
    }
}

/* From what the threads have counted to where they put it: by ranks, and for a rank by threads. */
static void place_shares(const struct parcels *l, size_t ranks)
{
    int at = 0;
    for (size_t r = 0; r < ranks; r++) {
        l->to_at[r] = at;
        for (size_t t = 0; t < l->threads; t++) {
            int count = l->place[t * ranks + r];
            l->place[t * ranks + r] = at;
            at += count;
        }
        l->to[r] = at - l->to_at[r];
    }
}

static int exchange(struct mpi_runtime *rt, const struct is_problem *p, const struct parcels *l, const uint32_t *key, size_t n,
                    struct is_owned *out)
{
    size_t ranks = (size_t)rt->base.ranks;
    deal(p, l, ranks, key, n, NULL);
    place_shares(l, ranks);
    int rc = mpi_check("MPI_Alltoall", MPI_Alltoall(l->to, 1, MPI_INT, l->from, 1, MPI_INT, rt->comm));
    if (rc != 0)
        return rc;
    out->n = add_up(l->from, l->from_at, ranks);
    out->sent = n - (size_t)l->to[rt->base.rank];
    uint32_t *dealt = array_alloc(n, sizeof *dealt);
    out->key = array_alloc(out->n, sizeof *out->key);
    rc = rt->base.agree(&rt->base, dealt && out->key ? 0 : -ENOMEM);
    if (rc == 0) {
        deal(p, l, ranks, key, n, dealt);
        rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(dealt, l->to, l->to_at, MPI_UINT32_T, out->key, l->from, l->from_at,
                                                      MPI_UINT32_T, rt->comm));
    }
    free(dealt);
    return rc;
}

int is_owners_send(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *key, size_t n,
                   unsigned threads, struct is_owned *out)
{
    struct parcels l;
    int rc = parcels_create(&l, (size_t)rt->base.ranks, threads);
    *out = (struct is_owned){ 0 };
    if (rc == 0 && n > INT_MAX) {
        message_error("is: %zu keys of one rank are too many for MPI to count; use more ranks", n);
        rc = -EOVERFLOW;
    }
    rc = rt->base.agree(&rt->base, rc);
    if (rc == 0) {
        find_owners(p, first, (size_t)rt->base.ranks, l.owner);
        rc = exchange(rt, p, &l, key, n, out);
    }
    free(l.to);
    return rc;
}

/* Values in both of two runs. */
static int overlap(const size_t *a, const size_t *b)
{
    size_t begin = a[0] > b[0] ? a[0] : b[0], end = a[1] < b[1] ? a[1] : b[1];
    return begin < end ? (int)(end - begin) : 0;
}

int is_owners_hand_over(struct mpi_runtime *rt, const size_t *held, const uint32_t *rank, const size_t *first, uint32_t **out)
{
    size_t ranks = (size_t)rt->base.ranks, me = (size_t)rt->base.rank;
    int *to = calloc(4 * ranks, sizeof *to), *to_at = to + ranks, *from = to_at + ranks, *from_at = from + ranks;
    *out = array_alloc(first[me + 1] - first[me], sizeof **out);
    int rc = rt->base.agree(&rt->base, to && *out ? 0 : -ENOMEM);
    for (size_t r = 0; rc == 0 && r < ranks; r++) {
        to[r] = overlap(held + me, first + r);
        from[r] = overlap(held + r, first + me);
    }
    if (rc == 0) { /* both in the order of the values */
        add_up(to, to_at, ranks);
        add_up(from, from_at, ranks);
        rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(rank, to, to_at, MPI_UINT32_T, *out, from, from_at, MPI_UINT32_T, rt->comm));
    }
    free(to);
    return rc;
}

/* @key: the @n keys with values owned here, from @first to @last - 1, all of them; @below: keys of lower owners. */
static int check_owned(uint32_t *rank, uint32_t *key, size_t n, uint64_t below, size_t first, size_t last, char *why,
                       size_t why_len)
{
    size_t where = 0;
    for (size_t v = 0; v < last - first; v++)
        rank[v] -= (uint32_t)below;
    for (size_t i = 0; i < n; i++)
        key[i] -= (uint32_t)first;
    int rc = is_check_order(rank, last - first, key, n, &where);
    if (rc == -EDOM)
        snprintf(why, why_len, "keys put where their ranks say are not in order, or not all there, see number %zu of those from "
                 "%zu to %zu", where, first, last - 1);
    return rc;
}

int is_owners_check(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *key, size_t n,
                    unsigned threads, uint32_t *rank, char *why, size_t why_len)
{
    struct is_owned owned;
    size_t me = (size_t)rt->base.rank;
    int rc = is_owners_send(rt, p, first, key, n, threads, &owned);
    uint64_t below = 0, mine = owned.n;
    if (rc == 0)
        rc = mpi_check("MPI_Exscan", MPI_Exscan(&mine, &below, 1, MPI_UINT64_T, MPI_SUM, rt->comm));
    if (me == 0)
        below = 0; /* which MPI leaves undefined */
    if (rc == 0)
        rc = check_owned(rank, owned.key, owned.n, below, first[me], first[me + 1], why, why_len);
    free(owned.key);
    return mpi_verdict(rt, rc, why, why_len);
}

int is_owners_digest(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *rank,
                     uint64_t *digest)
{
    size_t length = is_values_of(p) / IS_PIECES, me = (size_t)rt->base.rank;
    uint64_t piece[IS_PIECES] = { 0 };
    for (size_t i = first[me] / length; i < first[me + 1] / length; i++)
        piece[i] = digest_bytes(rank + i * length - first[me], length * sizeof *rank);
    /* A reduction, as the others' are zero: a gathering would need two tables of borders. */
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, piece, IS_PIECES, MPI_UINT64_T, MPI_SUM, rt->comm));
    *digest = digest_join(piece, IS_PIECES);
    return rc;
}
