/*
 * is on ranks. Keys lie where the sequence has them, N / R on a rank, and stay there: each rank counts its own into a
 * tally of a byte for each value, as the threads of one process do. Then rank r gets, of all tallies, the part of
 * the r-th share of the values, adds them up, and the ranks of that share go to everybody (a reduce-scatter
 * that a byte a value suffices for, and an all-gather).
 *
 * In each of the 10 iterations a rank so sends (T + 4) V (R - 1) / R bytes for V values (16 to 32 keys fall on one) and T
 * threads. From about R = 64 / (T + 4) on it is less to move the keys to the owners of their values (is_owners.h), who
 * count and rank them alone: 4 N (R - 1) / R^2. Memory of a rank is 4 N / R bytes for the keys, and (4 + 2 T) V for ranks
 * and tallies, or where keys move 8 N / R more and (4 + T) V / R.
 *
 * Verified, untimed: keys go to the owners of their values, who put them in order by the ranks (is_owners.h).
 */
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/is_kernel.h"
#include "mpi/drivers.h"
#include "mpi/is_ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether less is sent by moving keys than by exchanging tallies and ranks. */
static bool keys_move(const struct is_problem *p, double ranks, double tallies)
{
    return 4 * (double)is_keys_of(p) < ranks * (tallies + 4) * (double)is_values_of(p);
}

/* --- memory --- */

static double bytes(const struct params *p)
{
    const struct is_problem *problem = is_problem(p->class);
    double ranks = p->runtime ? p->runtime->ranks : 1, workers = p->team ? p->team->threads : 1;
    double keys = (double)is_keys_of(problem) / ranks, values = (double)is_values_of(problem);
    if (keys_move(problem, ranks, workers))
        return 5 * keys * sizeof(uint32_t) + values / ranks * (3 * sizeof(uint32_t) + workers);
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
    free(s->owner);
    free(s->owned.key);
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
    s->others = array_alloc(s->moves ? 0 : s->tallies * ranks, s->last - s->first);
    s->owner = calloc(ranks + 1, sizeof *s->owner);
    s->part = calloc(s->tallies * ranks, sizeof *s->part);
    s->tally = calloc(s->tallies, sizeof *s->tally);
    s->count = calloc(5 * ranks, sizeof *s->count);
    bool all = s->key && s->rank && s->carry && s->worker && s->others && s->part && s->tally && s->count && s->owner;
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
        s->at[r] = (int)is_share(values, r, ranks);
        s->count[r] = (int)is_share(values, r + 1, ranks) - s->at[r];
        s->from[r] = (int)(r * length);
        s->count_to[r] = r == me ? 0 : s->count[r];
        s->count_from[r] = r == me ? 0 : (int)length;
        for (size_t t = 0; t < s->tallies && !s->moves; t++)
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
        size_t n = s->end - s->begin, begin = is_share(n, me, s->workers), end = is_share(n, me + 1, s->workers);
        team_bind(team, me);
        ISA_SELECT(is_keys, s->isa)(s->key + begin, s->begin + begin, s->begin + end, bits);
        for (unsigned t = me; t < s->tallies && !s->moves; t += s->workers)
            memset(s->tally[t], 0, is_values_of(s->outcome.problem));
    }
    ISA_SELECT(is_keys, s->isa)(s->original, 0, IS_CHANGED, bits);
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
    s->moves = keys_move(s->outcome.problem, (double)ranks, s->tallies);
    s->begin = is_share(is_keys_of(s->outcome.problem), me, ranks);
    s->end = is_share(is_keys_of(s->outcome.problem), me + 1, ranks);
    s->first = is_share(is_values_of(s->outcome.problem), me, ranks);
    s->last = is_share(is_values_of(s->outcome.problem), me + 1, ranks);
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
    double ranks = s->rt->base.ranks, word = sizeof *s->rank, others = (ranks - 1) / ranks, own = (double)(s->last - s->first);
    double values = (double)is_values_of(s->outcome.problem), keys = (double)is_keys_of(s->outcome.problem);
    struct traffic tallies = { true, iterations * (s->tallies * (values - own) + word * own * (ranks - 1)),
                               iterations * (s->tallies + word) * values * others };
    struct traffic moved = { true, word * s->sent, iterations * word * keys / ranks * others };
    s->rt->traffic = s->moves ? moved : tallies;
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
        rc = is_owners_check(s->rt, s->outcome.problem, first, s->key, s->end - s->begin, s->workers, s->rank, why, why_len);
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
