/*
 * is on ranks. Keys lie where the sequence has them, N / R on a rank, and stay there: each rank counts its own into a
 * tally of a byte for each value, as the threads of one process do. Then rank r gets, of all tallies, the part of
 * the r-th share of the values, adds them up, and the ranks of that share go to everybody (a reduce-scatter
 * that a byte a value suffices for, and an all-gather).
 *
 * A rank sends, in each of the 10 iterations, (T + 4) V (R - 1) / R bytes for V values (16 to 32 keys fall on one) and T
 * threads: less than moving the keys, 4 N (R - 1) / R^2, up to about R = 64 / (T + 4). Memory of a rank is
 * 4 N / R bytes for the keys, (4 + 2 T) V for ranks and tallies.
 *
 * Verified, untimed: keys go to the owners of their values, who put them in order by the ranks (is_owners.h).
 */
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/is_kernel.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/is_owners.h"
#include "mpi/lap.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGED = 2 * IS_ITERATIONS + 1 }; /* the keys before it may be changed by iterations */

struct worker {
    _Alignas(64) uint64_t total; /* keys of its share of the rank's values: on a line of its own */
    bool carried;
};

struct is_mpi {
    struct is_outcome outcome;       /* first, as in parkit-cpu: answer(), details(), text() and work() read only that */
    struct mpi_runtime *rt;
    enum isa isa;
    size_t begin, end;               /* the keys that lie here                                                       */
    size_t first, last;              /* the values that are ranked here                                              */
    uint32_t *key;
    uint32_t original[CHANGED];
    uint32_t *rank;                  /* of all values                                                                */
    unsigned workers, tallies;       /* tallies of each rank: as many as the largest team, the others' stay zero     */
    struct worker *worker;
    uint8_t **tally;                 /* [tallies] of the keys here                                                   */
    uint8_t *others;                 /* [tallies][ranks] parts for the values ranked here; its own stays in `tally`  */
    uint8_t **part;                  /* [tallies * ranks] all of these parts                                         */
    _Atomic uint32_t *carry;         /* what overflowed here, by value                                               */
    int *count, *at, *from;          /* [ranks] of the values' shares, and where parts of one tally go in `others`   */
    int *count_to, *count_from;      /* the same counts, none for the rank itself                                    */
    bool carried;                    /* on any rank                                                                  */
    uint64_t digest;                 /* on rank 0, after verify()                                                    */
};

static size_t share(size_t n, size_t part, size_t parts)
{
    return n * part / parts;
}

/* --- memory --- */

static double bytes(const struct params *p)
{
    const struct is_problem *problem = is_problem(p->class);
    double ranks = p->runtime ? p->runtime->ranks : 1, workers = p->team ? p->team->threads : 1;
    double keys = (double)is_keys_of(problem) / ranks, values = (double)is_values_of(problem);
    /* Keys, the same by owner, dealt or put in order; ranks, tallies and others' parts; carries are not touched. */
    return 3 * keys * sizeof(uint32_t) + values * ((1 + 1 / ranks) * sizeof(uint32_t) + 2 * workers);
}

static void teardown(void *state)
{
    struct is_mpi *s = state;
    if (!s)
        return;
    for (unsigned t = 0; s->tally && t < s->tallies; t++)
        free(s->tally[t]);
    free(s->tally);
    free(s->part);
    free(s->others);
    free(s->worker);
    free(s->carry);
    free(s->count);
    free(s->rank);
    free(s->key);
    free(s);
}

static int allocate(struct is_mpi *s)
{
    size_t ranks = (size_t)s->rt->base.ranks, values = is_values_of(s->outcome.problem);
    s->key = array_alloc(s->end - s->begin, sizeof *s->key);
    s->rank = array_alloc(values, sizeof *s->rank);
    s->carry = calloc(values, sizeof *s->carry); /* zeros that nobody touches as long as nothing overflows */
    s->worker = array_alloc(s->workers, sizeof *s->worker);
    s->others = array_alloc(s->tallies * ranks, s->last - s->first);
    s->part = calloc(s->tallies * ranks, sizeof *s->part);
    s->tally = calloc(s->tallies, sizeof *s->tally);
    s->count = calloc(5 * ranks, sizeof *s->count);
    bool all = s->key && s->rank && s->carry && s->worker && s->others && s->part && s->tally && s->count;
    for (unsigned t = 0; all && t < s->tallies; t++)
        all = (s->tally[t] = array_alloc(values, 1)) != NULL;
    return all ? 0 : -ENOMEM;
}

/* --- setting up --- */

static void place_parts(struct is_mpi *s)
{
    size_t ranks = (size_t)s->rt->base.ranks, me = (size_t)s->rt->base.rank, values = is_values_of(s->outcome.problem);
    size_t length = s->last - s->first;
    s->at = s->count + ranks;
    s->from = s->at + ranks;
    s->count_to = s->from + ranks;
    s->count_from = s->count_to + ranks;
    for (size_t r = 0; r < ranks; r++) {
        s->at[r] = (int)share(values, r, ranks);
        s->count[r] = (int)share(values, r + 1, ranks) - s->at[r];
        s->from[r] = (int)(r * length);
        s->count_to[r] = r == me ? 0 : s->count[r];
        s->count_from[r] = r == me ? 0 : (int)length;
        for (size_t t = 0; t < s->tallies; t++)
            s->part[t * ranks + r] = r == me ? s->tally[t] + s->first : s->others + (t * ranks + r) * length;
    }
}

/* Keys, and pages touched by the thread that will use them. */
static void fill(struct is_mpi *s, struct team *team)
{
    unsigned bits = s->outcome.problem->key_bits;
#pragma omp parallel default(none) shared(s, team, bits) num_threads(s->workers) /* the team that will run */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t n = s->end - s->begin, begin = share(n, me, s->workers), end = share(n, me + 1, s->workers);
        team_bind(team, me);
        ISA_SELECT(is_keys, s->isa)(s->key + begin, s->begin + begin, s->begin + end, bits);
        for (unsigned t = me; t < s->tallies; t += s->workers)
            memset(s->tally[t], 0, is_values_of(s->outcome.problem));
    }
    ISA_SELECT(is_keys, s->isa)(s->original, 0, CHANGED, bits);
}

static int setup(const struct params *p, void **state)
{
    struct is_mpi *s = calloc(1, sizeof *s);
    struct mpi_runtime *rt = mpi_runtime_of(p->runtime);
    int rc = rt->base.agree(&rt->base, s ? 0 : -ENOMEM);
    if (rc != 0) {
        free(s);
        return rc;
    }
    size_t ranks = (size_t)rt->base.ranks, me = (size_t)rt->base.rank;
    *s = (struct is_mpi){ .outcome.problem = is_problem(p->class), .rt = rt, .isa = p->isa, .workers = p->team->threads };
    s->tallies = (unsigned)rt->base.max(&rt->base, s->workers);
    s->begin = share(is_keys_of(s->outcome.problem), me, ranks);
    s->end = share(is_keys_of(s->outcome.problem), me + 1, ranks);
    s->first = share(is_values_of(s->outcome.problem), me, ranks);
    s->last = share(is_values_of(s->outcome.problem), me + 1, ranks);
    rc = allocate(s);
    if (rc == 0) {
        place_parts(s);
        fill(s, p->team);
        *state = s;
    } else {
        teardown(s);
    }
    return rc;
}

/* --- an iteration --- */

static bool is_here(const struct is_mpi *s, size_t at)
{
    return at >= s->begin && at < s->end;
}

static void change_keys(struct is_mpi *s, int iteration)
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

static void test_ranks(struct is_mpi *s, int iteration)
{
    struct is_outcome *o = &s->outcome;
    for (int t = 0; t < IS_TESTS; t++)
        o->rank[t] = o->value[t] ? s->rank[o->value[t] - 1] : 0;
    is_outcome_test(o, iteration);
}

/* --- what the team does in it --- */

static void count_keys(struct is_mpi *s, struct team *team)
{
#pragma omp parallel default(none) shared(s, team) num_threads(s->workers) /* the team that was asked for */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t n = s->end - s->begin, begin = share(n, me, s->workers), end = share(n, me + 1, s->workers);
        team_bind(team, me);
        memset(s->tally[me], 0, is_values_of(s->outcome.problem));
        s->worker[me].carried = is_count(s->tally[me], s->carry, s->key + begin, end - begin);
    }
}

static void add_up_values(struct is_mpi *s)
{
    struct is_tallies all = { s->part, s->tallies * (unsigned)s->rt->base.ranks, s->carried ? s->carry : NULL };
#pragma omp parallel default(none) shared(s, all) num_threads(s->workers) /* as above */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t length = s->last - s->first, first = share(length, me, s->workers), last = share(length, me + 1, s->workers);
        s->worker[me].total = ISA_SELECT(is_total, s->isa)(&all, first, last);
    }
}

static void rank_values(struct is_mpi *s, uint64_t below_all)
{
    struct is_tallies all = { s->part, s->tallies * (unsigned)s->rt->base.ranks, s->carried ? s->carry : NULL };
#pragma omp parallel default(none) shared(s, all, below_all) num_threads(s->workers) /* as above */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t length = s->last - s->first, first = share(length, me, s->workers), last = share(length, me + 1, s->workers);
        uint64_t below = below_all;
        for (unsigned w = 0; w < me; w++)
            below += s->worker[w].total;
        ISA_SELECT(is_ranks, s->isa)(s->rank + s->first, &all, first, last, below);
    }
    if (s->carried)
        memset((void *)s->carry, 0, is_values_of(s->outcome.problem) * sizeof *s->carry);
}

/* --- a run --- */

static int iterate(struct is_mpi *s, struct team *team, int iteration)
{
    struct phases *phases = &s->rt->phases;
    double since = clock_now_s();
    uint64_t below = 0;
    change_keys(s, iteration);
    count_keys(s, team);
    lap(&since, &phases->compute_s);
    int rc = tell_tests(s);
    lap(&since, &phases->wait_s);
    if (rc == 0)
        rc = exchange_tallies(s);
    lap(&since, &phases->communicate_s);
    add_up_values(s);
    lap(&since, &phases->compute_s);
    if (rc == 0)
        rc = find_below(s, &below);
    lap(&since, &phases->wait_s);
    rank_values(s, below);
    lap(&since, &phases->compute_s);
    if (rc == 0)
        rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, s->rank, s->count, s->at,
                                                        MPI_UINT32_T, s->rt->comm));
    lap(&since, &phases->communicate_s);
    return rc;
}

static void restore_keys(struct is_mpi *s)
{
    for (size_t at = 0; at < CHANGED; at++)
        if (is_here(s, at))
            s->key[at - s->begin] = s->original[at];
}

/* The rehearsal that the benchmark asks for, then the keys as they were. */
static int prepare(void *state, struct team *team)
{
    struct is_mpi *s = state;
    restore_keys(s);
    int rc = iterate(s, team, 1);
    restore_keys(s);
    s->outcome.passed = 0;
    s->outcome.failure.iteration = 0;
    return rc;
}

static void count_traffic(struct is_mpi *s)
{
    double ranks = s->rt->base.ranks, values = (double)is_values_of(s->outcome.problem), own = (double)(s->last - s->first);
    s->rt->traffic = (struct traffic){
        .counted = true,
        .sent_bytes = IS_ITERATIONS * (s->tallies * (values - own) + sizeof *s->rank * own * (ranks - 1)),
        .formula_bytes = IS_ITERATIONS * (s->tallies + (double)sizeof *s->rank) * values * (ranks - 1) / ranks,
    };
}

static int run(void *state, struct team *team)
{
    struct is_mpi *s = state;
    int rc = 0;
    for (int iteration = 1; rc == 0 && iteration <= IS_ITERATIONS; iteration++) {
        rc = iterate(s, team, iteration);
        if (rc == 0)
            test_ranks(s, iteration);
    }
    count_traffic(s);
    return rc;
}

/* --- what came of it --- */

static int verify(void *state, char *why, size_t why_len)
{
    struct is_mpi *s = state;
    struct runtime *base = &s->rt->base;
    size_t *first = calloc((size_t)base->ranks + 1, sizeof *first);
    int rc = base->agree(base, first ? 0 : -ENOMEM);
    if (rc == 0)
        rc = is_owners_cut(s->rt, s->outcome.problem, s->key, s->end - s->begin, first);
    if (rc == 0)
        rc = is_owners_digest(s->rt, s->outcome.problem, first, s->rank, &s->digest);
    if (rc == 0)
        rc = is_outcome_verify(&s->outcome, why, why_len); /* the same on every rank */
    if (rc == 0)
        rc = is_owners_check(s->rt, s->outcome.problem, first, s->key, s->end - s->begin, s->rank, why, why_len);
    free(first);
    return rc;
}

static uint64_t digest(const void *state)
{
    return ((const struct is_mpi *)state)->digest;
}

void is_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->prepare = prepare;
    w->run = run;
    w->verify = verify;
    w->digest = digest;
    w->teardown = teardown;
}
