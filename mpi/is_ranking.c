#include "mpi/is_ranking.h"

#include "common/openmp.h"
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <stdlib.h>
#include <string.h>

/* --- sections of the values: each is ranked by one thread, as soon as it is known how many keys are below it --- */

static size_t own_sections(const struct is_mpi *s)
{
    return (size_t)s->rt->base.rank * s->x.tallies;
}

/* Where section @k begins. Where keys move, only the own ones have values. */
static size_t section_edge(const struct is_mpi *s, size_t k)
{
    if (!s->moves)
        return is_share(s->x.values, k, s->sections);
    return s->first + is_share(s->last - s->first, k - own_sections(s), s->x.tallies);
}

static uint64_t *totals_of(const struct is_mpi *s, size_t worker)
{
    return s->total + worker * (IS_TOLD + s->sections) + IS_TOLD;
}

/* Sections of which keys are counted here, to *@end - 1. */
static size_t sections_counted(const struct is_mpi *s, size_t *end)
{
    *end = s->moves ? own_sections(s) + s->x.tallies : s->sections;
    return s->moves ? own_sections(s) : 0;
}

/* --- counting --- */

void is_ranking_change(struct is_mpi *s, int iteration)
{
    for (int which = 0; which < 2; which++) {
        size_t at;
        uint32_t key = is_changed_key(s->outcome.problem, iteration, which, &at);
        if (is_here(s, at))
            s->key[at - s->begin] = key;
    }
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
    s->sent += (double)s->owned.sent * sizeof *s->key;
    return rc;
}

/* Each thread counts its keys, and adds up its tally while it is in its cache. */
static void count_keys(struct is_mpi *s, struct team *team)
{
#pragma omp parallel default(none) shared(s, team) num_threads(s->workers) /* the team that was asked for */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        const uint32_t *key = s->moves ? s->owned.key : s->key;
        size_t n = s->moves ? s->owned.n : s->end - s->begin;
        size_t begin = is_share(n, me, s->workers), end = is_share(n, me + 1, s->workers);
        size_t first = s->moves ? s->first : 0, last = s->moves ? s->last : s->x.values, sections_end;
        uint64_t *total = totals_of(s, me);
        struct is_tallies mine = { s->x.tally + me, 1, NULL };
        team_bind(team, me);
        memset(s->x.tally[me] + first, 0, last - first);
        memset(total - IS_TOLD, 0, (IS_TOLD + s->sections) * sizeof *total);
        total[-1] = is_count(s->x.tally[me], s->carry, key + begin, end - begin);
        for (size_t k = sections_counted(s, &sections_end); k < sections_end; k++)
            total[k] = ISA_SELECT(is_total, s->isa)(&mine, section_edge(s, k), section_edge(s, k + 1));
    }
}

/* --- between the ranks --- */

/* Of all threads here: to the first row of totals. */
static void join_totals(struct is_mpi *s)
{
    uint64_t *total = totals_of(s, 0);
    size_t end, begin = sections_counted(s, &end);
    for (unsigned w = 1; w < s->workers; w++)
        for (size_t k = 0; k <= s->sections; k++)
            total[(ptrdiff_t)k - 1] += totals_of(s, w)[(ptrdiff_t)k - 1];
    if (total[-1] == 0)
        return;
    struct is_tallies carries = { NULL, 0, s->carry };
    for (size_t k = begin; k < end; k++)
        total[k] += ISA_SELECT(is_total, s->isa)(&carries, section_edge(s, k), section_edge(s, k + 1));
}

/* What all must know; and when they know it, all have counted: then tallies may be read. */
static int tell(struct is_mpi *s)
{
    uint64_t *word = s->total;
    for (int t = 0; t < IS_TESTS; t++) {
        size_t at = s->outcome.problem->test[t].at;
        if (is_here(s, at))
            word[t] = s->key[at - s->begin];
    }
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, word, (int)(IS_TOLD + s->sections), MPI_UINT64_T, MPI_SUM,
                                                      s->rt->comm));
    for (int t = 0; t < IS_TESTS; t++)
        s->outcome.value[t] = (uint32_t)word[t];
    s->carried = word[IS_TESTS] != 0;
    return rc;
}

/* The ranks of the test keys: only who ranks the value before one knows its rank. When all know, tallies have been read. */
static int find_test_ranks(struct is_mpi *s)
{
    struct is_outcome *o = &s->outcome;
    for (int t = 0; t < IS_TESTS; t++) {
        size_t before = (size_t)o->value[t] - 1;
        bool here = o->value[t] && before >= s->first && before < s->last;
        o->rank[t] = here ? s->rank[before] : 0;
    }
    return mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, o->rank, IS_TESTS, MPI_INT64_T, MPI_SUM, s->rt->comm));
}

/* --- ranking --- */

static uint64_t keys_below(const struct is_mpi *s, size_t section)
{
    uint64_t below = 0;
    for (size_t k = 0; k < section; k++)
        below += totals_of(s, 0)[k];
    return below;
}

static void rank_values(struct is_mpi *s)
{
    const struct is_tallies own = { s->x.tally, s->workers, s->carried ? s->carry : NULL };
    const struct is_tallies all = { s->x.part, s->x.parts, s->carried ? s->carry : NULL };
#pragma omp parallel default(none) shared(s, own, all) num_threads(s->workers) /* the team that was asked for */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t begin = own_sections(s) + is_share(s->x.tallies, me, s->workers);
        size_t end = own_sections(s) + is_share(s->x.tallies, me + 1, s->workers);
        size_t origin = s->moves ? 0 : s->first; /* the value of the first byte of a tally */
        for (size_t k = begin; k < end; k++)
            ISA_SELECT(is_ranks, s->isa)(s->rank + origin, s->moves ? &own : &all, section_edge(s, k) - origin,
                                         section_edge(s, k + 1) - origin, keys_below(s, k));
    }
    if (s->carried)
        memset((void *)s->carry, 0, s->x.values * sizeof *s->carry);
}

/* --- an iteration --- */

/* From the keys to totals of all sections. */
static int count_all(struct is_mpi *s, struct team *team, double *since)
{
    struct phases *phases = &s->rt->phases;
    int rc = s->moves ? move_keys(s) : 0;
    lap(since, &phases->communicate_s);
    if (rc != 0)
        return rc;
    count_keys(s, team);
    join_totals(s);
    lap(since, &phases->compute_s);
    rc = tell(s);
    lap(since, &phases->wait_s);
    return rc;
}

/* Tallies to who ranks their values, from other computers. */
static int exchange(struct is_mpi *s, double *since)
{
    s->carried |= is_exchange_join(&s->x, s->carry, s->isa, s->workers);
    lap(since, &s->rt->phases.compute_s);
    int rc = is_exchange_send(&s->x, s->carry, &s->carried);
    s->sent += s->x.bytes;
    lap(since, &s->rt->phases.communicate_s);
    return rc;
}

int is_ranking_iterate(struct is_mpi *s, struct team *team, int iteration)
{
    double since = clock_now_s();
    is_ranking_change(s, iteration);
    int rc = count_all(s, team, &since);
    if (rc == 0 && !s->moves)
        rc = exchange(s, &since);
    if (rc != 0)
        return rc;
    rank_values(s);
    lap(&since, &s->rt->phases.compute_s);
    rc = find_test_ranks(s);
    lap(&since, &s->rt->phases.wait_s);
    return rc;
}
