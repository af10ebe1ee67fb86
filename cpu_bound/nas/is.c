/*
 * is: the NAS kernel IS: rank 2^T keys of K bits, ten times, two keys changing in between. The pattern is
 * counting with a tally for each thread: each counts its share of the keys, then each adds up all tallies over
 * its share of the values. Of each other, threads read nothing but tallies and totals.
 * Work: keys ranked. Limit: an addition to a byte in the second-level cache for each key; from memory come
 * 4 bytes a key, a sixth of what it delivers. Measured for class B, one thread, keys/s: tallies of 8, 16 and
 * 32 bits 660, 510 and 335 million. Dealing keys to buckets first, of which the counters fit the first level
 * (at most 1900 million), takes 1.15 to 1.5 ns a key by itself: 600 million together, the same for class C,
 * where tallies of 8 bits reach 320.
 */
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/is_kernel.h"
#include "cpu_bound/nas/is_outcome.h"
#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    _Alignas(64) uint64_t total; /* keys of its share of the values: on a line of its own */
    bool carried;
};

struct is {
    struct is_outcome outcome; /* first: whoever has only this can be asked for the answer, too */
    enum isa isa;
    size_t keys, values;
    uint32_t *key, *rank;
    uint32_t original[2 * IS_ITERATIONS + 1]; /* the keys that iterations change */
    unsigned workers;
    struct worker *worker;
    uint8_t **tally;                       /* of each worker               */
    _Atomic uint32_t *carry;
};

/* --- memory --- */

static double is_bytes(const struct params *p)
{
    const struct is_problem *problem = is_problem(p->class);
    double keys = (double)is_keys_of(problem), values = (double)is_values_of(problem);
    unsigned workers = p->team ? p->team->threads : 1;
    /* keys, and the copy that the check puts in order; ranks, the check's copy of them, carries, tallies */
    return 2 * keys * sizeof(uint32_t) + values * (3 * sizeof(uint32_t) + workers);
}

static void is_teardown(void *state)
{
    struct is *s = state;
    if (!s)
        return;
    for (unsigned w = 0; s->tally && w < s->workers; w++)
        free(s->tally[w]);
    free(s->tally);
    free(s->worker);
    free(s->carry);
    free(s->rank);
    free(s->key);
    free(s);
}

static bool allocate(struct is *s)
{
    s->key = array_alloc(s->keys, sizeof *s->key);
    s->rank = array_alloc(s->values, sizeof *s->rank);
    s->carry = calloc(s->values, sizeof *s->carry); /* zeros that nobody touches as long as nothing overflows */
    s->worker = array_alloc(s->workers, sizeof *s->worker);
    s->tally = calloc(s->workers, sizeof *s->tally);
    bool all = s->key && s->rank && s->carry && s->worker && s->tally;
    for (unsigned w = 0; all && w < s->workers; w++)
        all = (s->tally[w] = array_alloc(s->values, 1)) != NULL;
    return all;
}

/* Where the share of worker @w of @n items begins. */
static size_t share(size_t n, unsigned w, unsigned workers)
{
    return (size_t)((double)w / workers * (double)n);
}

static int is_setup(const struct params *p, void **state)
{
    struct is *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->outcome.problem = is_problem(p->class);
    s->isa = p->isa;
    s->keys = is_keys_of(s->outcome.problem);
    s->values = is_values_of(s->outcome.problem);
    s->workers = p->team->threads;
    if (!allocate(s)) {
        is_teardown(s);
        return -ENOMEM;
    }
    /* num_threads: the team that will run, each with its own pages */
#pragma omp parallel default(none) shared(s, p) num_threads(s->workers)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t begin = share(s->keys, me, s->workers), end = share(s->keys, me + 1, s->workers);
        size_t first = share(s->values, me, s->workers), last = share(s->values, me + 1, s->workers);
        team_bind(p->team, me);
        ISA_SELECT(is_keys, s->isa)(s->key + begin, begin, end, s->outcome.problem->key_bits);
        memset(s->rank + first, 0, (last - first) * sizeof *s->rank);
        memset(s->tally[me], 0, s->values);
    }
    memcpy(s->original, s->key, sizeof s->original);
    *state = s;
    return 0;
}

/* --- an iteration --- */

static void change_two_keys(struct is *s, int iteration)
{
    struct is_outcome *o = &s->outcome;
    for (int which = 0; which < 2; which++) {
        size_t at;
        uint32_t key = is_changed_key(o->problem, iteration, which, &at);
        s->key[at] = key;
    }
    for (int t = 0; t < IS_TESTS; t++)
        o->value[t] = s->key[o->problem->test[t].at];
}

static void test_ranks(struct is *s, int iteration)
{
    struct is_outcome *o = &s->outcome;
    for (int t = 0; t < IS_TESTS; t++)
        o->rank[t] = o->value[t] ? s->rank[o->value[t] - 1] : 0;
    is_outcome_test(o, iteration);
}

static bool any_carried(const struct is *s)
{
    bool any = false;
    for (unsigned w = 0; w < s->workers; w++)
        any |= s->worker[w].carried;
    return any;
}

/* The part of worker @me, between barriers that all take. */
static void rank_keys(struct is *s, unsigned me)
{
    size_t begin = share(s->keys, me, s->workers), end = share(s->keys, me + 1, s->workers);
    size_t first = share(s->values, me, s->workers), last = share(s->values, me + 1, s->workers);
    memset(s->tally[me], 0, s->values);
    s->worker[me].carried = is_count(s->tally[me], s->carry, s->key + begin, end - begin);
#pragma omp barrier /* tallies are complete */
    struct is_tallies all = { s->tally, s->workers, any_carried(s) ? s->carry : NULL };
    s->worker[me].total = ISA_SELECT(is_total, s->isa)(&all, first, last);
#pragma omp barrier /* totals are known */
    uint64_t below = 0;
    for (unsigned w = 0; w < me; w++)
        below += s->worker[w].total;
    ISA_SELECT(is_ranks, s->isa)(s->rank, &all, first, last, below);
    for (size_t v = first; all.carry && v < last; v++)
        atomic_store_explicit(&s->carry[v], 0, memory_order_relaxed);
}

static void iterate(struct is *s, struct team *team, int first, int last)
{
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(s, team, first, last) num_threads(s->workers)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        for (int iteration = first; iteration <= last; iteration++) {
#pragma omp single /* its barrier: all see the keys changed */
            change_two_keys(s, iteration);
            rank_keys(s, me);
#pragma omp barrier /* ranks are complete */
#pragma omp single
            test_ranks(s, iteration);
        }
    }
}

/* The rehearsal that the benchmark asks for, then the keys as they were. */
static int is_prepare(void *state, struct team *team)
{
    struct is *s = state;
    memcpy(s->key, s->original, sizeof s->original);
    iterate(s, team, 1, 1);
    memcpy(s->key, s->original, sizeof s->original);
    s->outcome.passed = 0;
    s->outcome.failure.iteration = 0;
    return 0;
}

static int is_run(void *state, struct team *team)
{
    iterate(state, team, 1, IS_ITERATIONS);
    return 0;
}

/* --- what came of it --- */

static int is_verify(void *state, char *why, size_t why_len)
{
    const struct is *s = state;
    size_t where = 0;
    int rc = is_outcome_verify(&s->outcome, why, why_len);
    if (rc != 0)
        return rc;
    rc = is_check_order(s->rank, s->values, s->key, s->keys, &where);
    if (rc == -EDOM)
        snprintf(why, why_len, "keys put where their ranks say are not in order, or not all there, see number %zu", where);
    return rc;
}

/* Of the pieces of the values, so that many processes may hold them. */
static uint64_t is_digest(const void *state)
{
    const struct is *s = state;
    uint64_t piece[IS_PIECES];
    size_t length = s->values / IS_PIECES;
    for (size_t i = 0; i < IS_PIECES; i++)
        piece[i] = digest_bytes(s->rank + i * length, length * sizeof *s->rank);
    return digest_join(piece, IS_PIECES);
}

/* --- what follows from the outcome alone --- */

static double is_work(const void *state)
{
    const struct is_outcome *o = state;
    return IS_ITERATIONS * (double)is_keys_of(o->problem);
}

static json_t *is_answer(const void *state)
{
    const struct is_outcome *o = state;
    json_t *ranks = json_array();
    for (int t = 0; t < IS_TESTS; t++)
        json_array_append_new(ranks, json_integer(o->rank[t]));
    return ranks;
}

static int is_details(const void *state, json_t *result)
{
    const struct is_outcome *o = state;
    if (json_object_set_new(result, "mops", json_real(1e-6 * json_number_value(json_object_get(result, "rate")))) != 0 ||
        json_object_set_new(result, "tests_passed", json_integer(o->passed)) != 0)
        return -ENOMEM;
    return 0;
}

static void is_text(const void *state, char *out, size_t size)
{
    const struct is_outcome *o = state;
    snprintf(out, size, "%zu keys below %zu ranked %d times, %u of %d tests passed", is_keys_of(o->problem),
             is_values_of(o->problem), IS_ITERATIONS, o->passed, IS_ITERATIONS * IS_TESTS);
}

const struct workload is_workload = {
    .name = "is",
    .summary = "NAS kernel IS: ranks of small whole numbers",
    .pattern = "counting",
    .size_is = "class",
    .classes = NAS_CLASSES,
    .class_default = 'A',
    .check = "NPB 3.4 published values",
    .work_unit = "op",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = is_bytes,
    .setup = is_setup,
    .prepare = is_prepare,
    .run = is_run,
    .verify = is_verify,
    .work = is_work,
    .answer = is_answer,
    .digest = is_digest,
    .details = is_details,
    .text = is_text,
    .teardown = is_teardown,
};
