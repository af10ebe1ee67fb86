#include "mpi/is_ranking.h"

#include "common/openmp.h"
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <stdlib.h>
#include <string.h>

/* --- between the ranks --- */

void is_ranking_change(struct is_mpi *s, int iteration)
{
    for (int which = 0; which < 2; which++) {
        size_t at;
        uint32_t key = is_changed_key(s->outcome.problem, iteration, which, &at);
        if (is_here(s, at))
            s->key[at - s->begin] = key;
    }
}

/* What all must know: the test keys, which their holders tell, and whether any byte has overflowed. */
static int tell_tests(struct is_mpi *s)
{
    uint32_t word[IS_TESTS + 1] = { 0 };
    for (int t = 0; t < IS_TESTS; t++) {
        size_t at = s->outcome.problem->test[t].at;
        if (is_here(s, at))
            word[t] = s->key[at - s->begin];
    }
    for (unsigned w = 0; w < s->workers; w++)
        word[IS_TESTS] |= s->worker[w].carried;
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, word, IS_TESTS + 1, MPI_UINT32_T, MPI_MAX, s->rt->comm));
    memcpy(s->outcome.value, word, sizeof s->outcome.value);
    s->carried = word[IS_TESTS] != 0;
    return rc;
}

/* All parts of the tallies to those who rank their values; with them the carries, from each rank's to the rank's share. */
static int exchange_tallies(struct is_mpi *s)
{
    size_t from_ranks = (size_t)s->rt->base.ranks * (s->last - s->first);
    int rc = 0;
    for (unsigned t = 0; rc == 0 && t < s->tallies; t++)
        rc = mpi_check("MPI_Alltoallv",
                       MPI_Alltoallv(s->tally[t], s->count_to, s->at, MPI_UINT8_T, s->others + t * from_ranks, s->count_from,
                                     s->from, MPI_UINT8_T, s->rt->comm));
    if (rc == 0 && s->carried)
        rc = mpi_check("MPI_Reduce_scatter", MPI_Reduce_scatter(MPI_IN_PLACE, (void *)s->carry, s->count, MPI_UINT32_T, MPI_SUM,
                                                                s->rt->comm));
    return rc;
}

/* Keys below the first value that is ranked here. */
static int find_below(struct is_mpi *s, uint64_t *below)
{
    uint64_t mine = 0;
    for (unsigned w = 0; w < s->workers; w++)
        mine += s->worker[w].total;
    int rc = mpi_check("MPI_Exscan", MPI_Exscan(&mine, below, 1, MPI_UINT64_T, MPI_SUM, s->rt->comm));
    if (s->rt->base.rank == 0)
        *below = 0; /* which MPI leaves undefined */
    return rc;
}

/* The ranks of the test keys. Where keys move, only the owner of the value before each of them knows. */
static int find_test_ranks(struct is_mpi *s)
{
    struct is_outcome *o = &s->outcome;
    for (int t = 0; t < IS_TESTS; t++) {
        size_t before = (size_t)o->value[t] - 1;
        bool here = o->value[t] && (!s->moves || (before >= s->first && before < s->last));
        o->rank[t] = here ? s->rank[before] : 0;
    }
    if (!s->moves)
        return 0;
    return mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, o->rank, IS_TESTS, MPI_INT64_T, MPI_SUM, s->rt->comm));
}

/* The keys to their owners; which values are ranked here follows from where the keys are. */
static int move_keys(struct is_mpi *s)
{
    size_t n = s->end - s->begin, me = (size_t)s->rt->base.rank;
    free(s->owned.key);
    s->owned.key = NULL;
    int rc = is_owners_cut(s->rt, s->outcome.problem, s->key, n, s->owner);
    if (rc == 0)
        rc = is_owners_send(s->rt, s->outcome.problem, s->owner, s->key, n, s->workers, &s->owned);
    s->first = s->owner[me];
    s->last = s->owner[me + 1];
    s->sent += (double)s->owned.sent;
    return rc;
}

/* --- what the team does --- */

static void count_keys(struct is_mpi *s, struct team *team)
{
#pragma omp parallel default(none) shared(s, team) num_threads(s->workers) /* the team that was asked for */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        const uint32_t *key = s->moves ? s->owned.key : s->key;
        size_t n = s->moves ? s->owned.n : s->end - s->begin;
        size_t begin = is_share(n, me, s->workers), end = is_share(n, me + 1, s->workers);
        size_t first = s->moves ? s->first : 0, last = s->moves ? s->last : is_values_of(s->outcome.problem);
        team_bind(team, me);
        memset(s->tally[me] + first, 0, last - first);
        s->worker[me].carried = is_count(s->tally[me], s->carry, key + begin, end - begin);
        if (s->moves)
            s->part[me] = s->tally[me] + first;
    }
}

static struct is_tallies all_parts(const struct is_mpi *s)
{
    const _Atomic uint32_t *carry = s->moves ? s->carry + s->first : s->carry;
    unsigned parts = s->moves ? s->workers : s->tallies * (unsigned)s->rt->base.ranks;
    return (struct is_tallies){ s->part, parts, s->carried ? carry : NULL };
}

static void add_up_values(struct is_mpi *s)
{
    struct is_tallies all = all_parts(s);
#pragma omp parallel default(none) shared(s, all) num_threads(s->workers) /* as above */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t length = s->last - s->first, first = is_share(length, me, s->workers), last = is_share(length, me + 1, s->workers);
        s->worker[me].total = ISA_SELECT(is_total, s->isa)(&all, first, last);
    }
}

static void rank_values(struct is_mpi *s, uint64_t below_all)
{
    struct is_tallies all = all_parts(s);
#pragma omp parallel default(none) shared(s, all, below_all) num_threads(s->workers) /* as above */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t length = s->last - s->first, first = is_share(length, me, s->workers), last = is_share(length, me + 1, s->workers);
        uint64_t below = below_all;
        for (unsigned w = 0; w < me; w++)
            below += s->worker[w].total;
        ISA_SELECT(is_ranks, s->isa)(s->rank + s->first, &all, first, last, below);
    }
    if (s->carried)
        memset((void *)s->carry, 0, is_values_of(s->outcome.problem) * sizeof *s->carry);
}

/* --- an iteration --- */

/* Of an iteration: from the keys to tallies of the values that are ranked here. */
static int count_all(struct is_mpi *s, struct team *team, double *since)
{
    struct phases *phases = &s->rt->phases;
    int rc = s->moves ? move_keys(s) : 0;
    lap(since, &phases->communicate_s);
    if (rc != 0)
        return rc;
    count_keys(s, team);
    lap(since, &phases->compute_s);
    rc = tell_tests(s);
    lap(since, &phases->wait_s);
    if (rc == 0 && !s->moves)
        rc = exchange_tallies(s);
    lap(since, &phases->communicate_s);
    return rc;
}

int is_ranking_iterate(struct is_mpi *s, struct team *team, int iteration)
{
    struct phases *phases = &s->rt->phases;
    double since = clock_now_s();
    uint64_t below = 0;
    is_ranking_change(s, iteration);
    int rc = count_all(s, team, &since);
    if (rc != 0)
        return rc;
    add_up_values(s);
    lap(&since, &phases->compute_s);
    rc = find_below(s, &below);
    lap(&since, &phases->wait_s);
    rank_values(s, below);
    lap(&since, &phases->compute_s);
    if (rc == 0 && !s->moves)
        rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, s->rank, s->count, s->at,
                                                        MPI_UINT32_T, s->rt->comm));
    if (rc == 0)
        rc = find_test_ranks(s);
    lap(&since, &phases->communicate_s);
    return rc;
}
