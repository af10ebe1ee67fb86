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
#include "cpu_bound/is_kernel.h"
#include "cpu_bound/nas.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 10, TESTS = 5 };

/* A key whose rank is known: @rank at the start, and by @slope more after each iteration. */
struct test_key {
    uint64_t at;
    int64_t rank, slope;
};

/* By class S W A B C D. Source: the NAS Parallel Benchmarks 3.4. */
static const struct problem {
    unsigned keys_bits, key_bits;
    struct test_key test[TESTS];
} problems[] = {
    { 16, 11, { { 48427, 0, 1 }, { 17148, 18, 1 }, { 23627, 346, 1 }, { 62548, 64917, -1 }, { 4431, 65463, -1 } } },
    { 20, 16,
      { { 357773, 1249 - 2, 1 }, { 934767, 11698 - 2, 1 }, { 875723, 1039987, -1 }, { 898999, 1043896, -1 },
        { 404505, 1048018, -1 } } },
    { 23, 19,
      { { 2112377, 104 - 1, 1 }, { 662041, 17523 - 1, 1 }, { 5336171, 123928 - 1, 1 }, { 3642833, 8288932 + 1, -1 },
        { 4250760, 8388264 + 1, -1 } } },
    { 25, 21,
      { { 41869, 33422937, -1 }, { 812306, 10244, 1 }, { 5102857, 59149, 1 }, { 18232239, 33135281, -1 },
        { 26860214, 99, 1 } } },
    { 27, 23,
      { { 44172927, 61147, 1 }, { 72999161, 882988, 1 }, { 74326391, 266290, 1 }, { 129606274, 133997595, -1 },
        { 21736814, 133525895, -1 } } },
    { 31, 27,
      { { 1317351170, 1, 1 }, { 995930646, 36538729, 1 }, { 1157283250, 1978098519, -1 },
        { 1503301535, 2145192618, -1 }, { 1453734525, 2147425337, -1 } } },
};

/* The first test that failed. */
struct failure {
    int iteration, test; /* iteration 0: none */
    int64_t rank, published;
};

struct worker {
    _Alignas(64) uint64_t total; /* keys of its share of the values: on a line of its own */
    bool carried;
};

struct is {
    const struct problem *problem;
    enum isa isa;
    size_t keys, values;
    uint32_t *key, *rank;
    uint32_t original[2 * ITERATIONS + 1]; /* the keys that iterations change */
    uint32_t test[TESTS];                  /* the test keys of an iteration   */
    unsigned workers;
    struct worker *worker;
    uint8_t **tally;                       /* of each worker                  */
    _Atomic uint32_t *carry;
    unsigned passed;                       /* tests                           */
    struct failure failure;
};

/* --- memory --- */

static double is_bytes(const struct params *p)
{
    const struct problem *problem = &problems[nas_class_index(p->class)];
    double keys = (double)(UINT64_C(1) << problem->keys_bits), values = (double)(UINT64_C(1) << problem->key_bits);
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
    s->problem = &problems[nas_class_index(p->class)];
    s->isa = p->isa;
    s->keys = (size_t)1 << s->problem->keys_bits;
    s->values = (size_t)1 << s->problem->key_bits;
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
        ISA_SELECT(is_keys, s->isa)(s->key + begin, begin, end, s->problem->key_bits);
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
    s->key[iteration] = (uint32_t)iteration;
    s->key[iteration + ITERATIONS] = (uint32_t)s->values - (uint32_t)iteration;
    for (int t = 0; t < TESTS; t++)
        s->test[t] = s->key[s->problem->test[t].at];
}

static void test_ranks(struct is *s, int iteration)
{
    for (int t = 0; t < TESTS; t++) {
        int64_t published = s->problem->test[t].rank + s->problem->test[t].slope * iteration;
        int64_t rank = s->test[t] ? s->rank[s->test[t] - 1] : 0;
        if (rank == published)
            s->passed++;
        else if (s->failure.iteration == 0)
            s->failure = (struct failure){ iteration, t, rank, published };
    }
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
    s->passed = 0;
    s->failure.iteration = 0;
    return 0;
}

static int is_run(void *state, struct team *team)
{
    iterate(state, team, 1, ITERATIONS);
    return 0;
}

/* --- what came of it --- */

static int is_verify(void *state, char *why, size_t why_len)
{
    const struct is *s = state;
    const struct failure *f = &s->failure;
    size_t where = 0;
    if (s->passed != ITERATIONS * TESTS) {
        snprintf(why, why_len, "%u of %d tests passed; the first that failed: in iteration %d key %" PRIu64 " has rank %" PRId64
                 ", published is %" PRId64, s->passed, ITERATIONS * TESTS, f->iteration, s->problem->test[f->test].at, f->rank,
                 f->published);
        return -EDOM;
    }
    int rc = is_check_order(s->rank, s->values, s->key, s->keys, &where);
    if (rc == -EDOM)
        snprintf(why, why_len, "keys put where their ranks say are not in order, or not all there, see number %zu", where);
    return rc;
}

static double is_work(const void *state)
{
    const struct is *s = state;
    return ITERATIONS * (double)s->keys;
}

static json_t *is_answer(const void *state)
{
    const struct is *s = state;
    json_t *ranks = json_array();
    for (int t = 0; t < TESTS; t++)
        json_array_append_new(ranks, json_integer(s->test[t] ? s->rank[s->test[t] - 1] : 0));
    return ranks;
}

static uint64_t is_digest(const void *state)
{
    const struct is *s = state;
    return digest_bytes(s->rank, s->values * sizeof *s->rank);
}

static int is_details(const void *state, json_t *result)
{
    const struct is *s = state;
    if (json_object_set_new(result, "mops", json_real(1e-6 * json_number_value(json_object_get(result, "rate")))) != 0 ||
        json_object_set_new(result, "tests_passed", json_integer(s->passed)) != 0)
        return -ENOMEM;
    return 0;
}

static void is_text(const void *state, char *out, size_t size)
{
    const struct is *s = state;
    snprintf(out, size, "%zu keys below %zu ranked %d times, %u of %d tests passed", s->keys, s->values, ITERATIONS, s->passed,
             ITERATIONS * TESTS);
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
