/*
 * is on ranks. Keys lie where the sequence has them, N / R on a rank, and stay there: each thread counts its own into a
 * tally of a byte for each value, as the threads of one process do. Then rank r adds up, of all tallies, the part of the
 * r-th share of the values, and ranks these: it reads those of its computer where they are, and gets one joint tally from each
 * other computer (is_exchange.h). Nobody needs the ranks of all values: those of the test keys are told to all.
 *
 * In each of the 10 iterations a rank so reads or sends V (T (R - C) + C - 1) / R bytes for V values, T threads and C
 * computers; 8 (R T + 11) more tell how many keys each thread's values have, and the test keys. Beyond C = 4 N / V (64, for
 * class S 128) fewer bytes cross computers if the keys move to the owners of their values (is_owners.h), who count and rank
 * them alone: 4 N (R - 1) / R^2. On one computer keys do not move: 16 ranks so reached a quarter of the rate. Memory of a
 * rank is 4 N / R bytes for the keys, (T + 4 / R) V for tallies and ranks, and 2 V (C - 1) / R for tallies that go and come;
 * where keys move 8 N / R more, and T V / R for tallies.
 *
 * Verified, untimed: keys and the ranks of their values go to the owners, who put them in order (is_owners.h).
 */
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/drivers.h"
#include "mpi/is_ranking.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- memory --- */

/*
 * The part of the values that an owner may have (is_owners_cut): the lowest has the most. Keys are the mean of four even
 * numbers, so (4 x)^4 / 24 of them are below a part x, up to x = 1 / 4.
 */
static double widest(double ranks)
{
    return ranks < 2 ? 1 : fmin(0.5, pow(24 / ranks, 0.25) / 4);
}

static double bytes(const struct params *p)
{
    const struct is_problem *problem = is_problem(p->class);
    double ranks = p->runtime ? p->runtime->ranks : 1, workers = p->team ? p->team->threads : 1;
    /* Or more: where ranks cannot read each other's memory, which is known only when they have tried. */
    double computers = p->runtime ? p->runtime->nodes : 1;
    double keys = (double)is_keys_of(problem) / ranks, values = (double)is_values_of(problem), word = sizeof(uint32_t);
    double owned = widest(ranks) * values;
    if (is_owners_pay(problem, computers)) /* keys as they lie, twice by owner, dealt; ranks, and two copies */
        return 5 * keys * word + owned * (3 * word + workers);
    /* Keys, the same by owner, dealt or put in order; ranks, and two copies by owner; tallies, those that go and come. */
    return 3 * keys * word + values * (word / ranks + workers + 2 * (computers - 1) / ranks) + 2 * owned * word;
}

static void teardown(void *state)
{
    struct is_mpi *s = state;
    if (!s)
        return;
    is_exchange_destroy(&s->x);
    free(s->total);
    free(s->carry);
    free(s->owner);
    free(s->owned.key);
    free(s->rank);
    free(s->key);
    free(s);
}

static int allocate(struct is_mpi *s)
{
    size_t values = s->x.values;
    s->key = array_alloc(s->end - s->begin, sizeof *s->key);
    s->rank = array_alloc(values, sizeof *s->rank);
    s->carry = calloc(values, sizeof *s->carry); /* zeros that nobody touches as long as nothing overflows */
    s->owner = calloc((size_t)s->rt->base.ranks + 1, sizeof *s->owner);
    s->total = array_alloc(s->workers * (IS_TOLD + s->sections), sizeof *s->total);
    if (!s->key || !s->rank || !s->carry || !s->owner || !s->total)
        return -ENOMEM;
    return s->moves ? 0 : is_exchange_plan(&s->x);
}

/* --- setting up --- */

static struct is_mpi outline(const struct params *p)
{
    struct mpi_runtime *rt = mpi_runtime_of(p->runtime);
    size_t ranks = (size_t)rt->base.ranks, me = (size_t)rt->base.rank;
    struct is_mpi s = { .outcome.problem = is_problem(p->class), .rt = rt, .isa = p->isa, .workers = p->team->threads };
    s.begin = is_share(is_keys_of(s.outcome.problem), me, ranks);
    s.end = is_share(is_keys_of(s.outcome.problem), me + 1, ranks);
    return s;
}

/* Values ranked here. Where keys move, each iteration finds them anew. */
static void share_values(struct is_mpi *s)
{
    size_t ranks = (size_t)s->rt->base.ranks, me = (size_t)s->rt->base.rank;
    for (size_t r = 0; r <= ranks; r++)
        s->owner[r] = is_share(s->x.values, r, ranks);
    s->first = s->owner[me];
    s->last = s->owner[me + 1];
}

/* Keys, and pages touched by the thread that will use them. */
static int fill(struct is_mpi *s, struct team *team)
{
    unsigned bits = s->outcome.problem->key_bits;
#pragma omp parallel default(none) shared(s, team, bits) num_threads(s->workers) /* the team that will run */
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t n = s->end - s->begin, begin = is_share(n, me, s->workers), end = is_share(n, me + 1, s->workers);
        team_bind(team, me);
        ISA_SELECT(is_keys, s->isa)(s->key + begin, s->begin + begin, s->begin + end, bits);
        for (unsigned t = me; t < s->x.tallies && !s->moves; t += s->workers)
            memset(s->x.tally[t], 0, s->x.values);
    }
    ISA_SELECT(is_keys, s->isa)(s->original, 0, IS_CHANGED, bits);
    return s->x.alone || s->moves ? 0 : node_array_touched(s->rt, &s->x.memory);
}

static int setup(const struct params *p, void **state)
{
    struct is_mpi *s = calloc(1, sizeof *s);
    struct runtime *base = p->runtime;
    int rc = base->agree(base, s ? 0 : -ENOMEM);
    if (rc != 0) {
        free(s);
        return rc;
    }
    *s = outline(p);
    unsigned tallies = (unsigned)base->max(base, s->workers);
    rc = is_exchange_create(s->rt, is_values_of(s->outcome.problem), tallies, &s->x);
    s->moves = is_owners_pay(s->outcome.problem, s->x.computers);
    s->sections = (size_t)base->ranks * tallies;
    if (rc == 0)
        rc = base->agree(base, allocate(s));
    if (rc == 0) {
        share_values(s);
        rc = fill(s, p->team);
    }
    if (rc == 0)
        *state = s;
    else
        teardown(s);
    return rc;
}

/* --- a run --- */

static void restore_keys(struct is_mpi *s)
{
    for (size_t at = 0; at < IS_CHANGED; at++)
        if (is_here(s, at))
            s->key[at - s->begin] = s->original[at];
}

/* The rehearsal that the benchmark asks for, then the keys as they were. */
static int prepare(void *state, struct team *team)
{
    struct is_mpi *s = state;
    restore_keys(s);
    int rc = is_ranking_iterate(s, team, 1);
    restore_keys(s);
    s->outcome.passed = 0;
    s->outcome.failure.iteration = 0;
    return rc;
}

static void count_traffic(struct is_mpi *s, int iterations)
{
    double ranks = s->rt->base.ranks, computers = s->x.computers, tallies = s->x.tallies;
    double values = (double)s->x.values, keys = (double)is_keys_of(s->outcome.problem);
    double told = ranks > 1 ? iterations * 8 * (ranks * tallies + IS_TOLD + IS_TESTS) : 0;
    double moved = sizeof *s->key * keys * (ranks - 1) / (ranks * ranks);
    double read_or_sent = values * (tallies * (ranks - computers) + computers - 1) / ranks;
    s->rt->traffic = (struct traffic){ true, s->sent + told, iterations * (s->moves ? moved : read_or_sent) + told };
}

static int iterate(struct is_mpi *s, struct team *team, int iteration)
{
    int rc = is_ranking_iterate(s, team, iteration);
    memcpy(s->found[iteration - 1], s->outcome.rank, sizeof s->outcome.rank);
    if (rc == 0)
        is_outcome_test(&s->outcome, iteration);
    return rc;
}

/* All that a checkpoint needs: keys come from the generator, and an iteration ranks them anew. */
static struct checkpoint_array tests_found(struct is_mpi *s, int iterations)
{
    return checkpoint_common("test_ranks", IS_TESTS * (size_t)iterations, s->found);
}

/* As it stood after so many iterations. */
static int go_on(struct is_mpi *s, int iterations)
{
    struct checkpoint_array found = tests_found(s, iterations);
    int rc = checkpoint_load(s->rt, IS_ITERATIONS, &found, 1);
    for (int i = 1; rc == 0 && i <= iterations; i++) {
        is_ranking_change(s, i);
        memcpy(s->outcome.rank, s->found[i - 1], sizeof s->outcome.rank);
        is_outcome_test(&s->outcome, i);
    }
    return rc;
}

static int run(void *state, struct team *team)
{
    struct is_mpi *s = state;
    int done = (int)checkpoint_begin(s->rt), begun = done;
    int rc = done > 0 ? go_on(s, done) : 0;
    s->sent = 0;
    while (rc == 0 && done < IS_ITERATIONS) {
        int stop = (int)checkpoint_next(s->rt, (uint64_t)done, IS_ITERATIONS);
        while (rc == 0 && done < stop)
            rc = iterate(s, team, ++done);
        if (rc == 0 && done < IS_ITERATIONS) {
            struct checkpoint_array found = tests_found(s, done);
            rc = checkpoint_save(s->rt, (uint64_t)done, &found, 1);
        }
    }
    count_traffic(s, IS_ITERATIONS - begun);
    return rc;
}

/* --- what came of it --- */

static int verify(void *state, char *why, size_t why_len)
{
    struct is_mpi *s = state;
    const struct is_problem *p = s->outcome.problem;
    struct runtime *base = &s->rt->base;
    size_t *first = calloc((size_t)base->ranks + 1, sizeof *first), n = s->end - s->begin;
    uint32_t *rank = NULL;
    int rc = base->agree(base, first ? 0 : -ENOMEM);
    if (rc == 0)
        rc = is_owners_cut(s->rt, p, s->key, n, first);
    if (rc == 0)
        rc = is_owners_hand_over(s->rt, s->owner, s->rank + s->first, first, &rank);
    if (rc == 0)
        rc = is_owners_digest(s->rt, p, first, rank, &s->digest);
    if (rc == 0)
        rc = is_outcome_verify(&s->outcome, why, why_len); /* the same on every rank */
    if (rc == 0)
        rc = is_owners_check(s->rt, p, first, s->key, n, s->workers, rank, why, why_len);
    free(rank);
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
