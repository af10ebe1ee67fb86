/* IS: keys, counting and ranks against the plain kernel; overflow; what is spoilt must be found. */
#include "cpu_bound/nas/is.c" /* for its statics: the check is tested on spoilt keys and ranks */

#include "common/exit_codes.h"
#include "common/message.h"
#include "cpu_bound/nas/nas_random.h"
#include "tests/unit/by_harness.h"
#include "tests/unit/unit.h"

#include <unistd.h>

/* --- keys --- */

static void keys_are_those_of_the_definition(void)
{
    static const struct {
        unsigned keys_bits, key_bits;
        uint32_t first[8], last, smallest, largest;
        uint64_t sum;
    } known[] = {
        { 16, 11, { 1585, 825, 1060, 1343, 956, 437, 759, 841 }, 962, 50, 1973, 67027849 },
        { 20, 16, { 50737, 26409, 33921, 42989, 30600, 13998, 24301, 26921 }, 32561, 892, 64839, 34365783705 },
    };
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t k = 0; isa_available((enum isa)isa) && k < sizeof known / sizeof *known; k++) {
            size_t n = (size_t)1 << known[k].keys_bits;
            uint32_t *key = malloc(n * sizeof *key), smallest = UINT32_MAX, largest = 0;
            uint64_t sum = 0;
            CU_ASSERT_PTR_NOT_NULL_FATAL(key);
            ISA_SELECT(is_keys, (enum isa)isa)(key, 0, n / 3, known[k].key_bits); /* in two parts: a jump between them */
            ISA_SELECT(is_keys, (enum isa)isa)(key + n / 3, n / 3, n, known[k].key_bits);
            for (size_t i = 0; i < n; i++) {
                smallest = key[i] < smallest ? key[i] : smallest;
                largest = key[i] > largest ? key[i] : largest;
                sum += key[i];
            }
            CU_ASSERT_EQUAL(memcmp(key, known[k].first, sizeof known[k].first), 0);
            CU_ASSERT_EQUAL(key[n - 1], known[k].last);
            CU_ASSERT_TRUE(smallest == known[k].smallest && largest == known[k].largest);
            CU_ASSERT_EQUAL(sum, known[k].sum);
            free(key);
        }
}

/* --- ranks --- */

enum { VALUES = 5000, KEYS = 100000 };
static uint32_t key[KEYS];

/* Ranks by @workers tallies and as many shares of the values, as threads make them. */
static void rank_by_tallies(enum isa isa, unsigned workers, uint32_t *rank)
{
    static uint8_t memory[7][VALUES];
    static _Atomic uint32_t carry[VALUES];
    uint8_t *tally[7];
    struct is_tallies all = { tally, workers, NULL };
    uint64_t below = 0;
    memset(memory, 0, sizeof memory);
    memset((void *)carry, 0, sizeof carry);
    for (unsigned w = 0; w < workers; w++) {
        size_t begin = share(KEYS, w, workers), end = share(KEYS, w + 1, workers);
        tally[w] = memory[w];
        if (is_count(tally[w], carry, key + begin, end - begin))
            all.carry = carry;
    }
    for (unsigned w = 0; w < workers; w++) {
        size_t first = share(VALUES, w, workers), last = share(VALUES, w + 1, workers);
        ISA_SELECT(is_ranks, isa)(rank, &all, first, last, below);
        below += ISA_SELECT(is_total, isa)(&all, first, last);
    }
    CU_ASSERT_EQUAL(below, KEYS);
}

static void ranks_are_those_of_the_plain_kernel(void)
{
    static uint32_t want[VALUES], got[VALUES];
    is_ranks_reference(want, VALUES, key, KEYS);
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (unsigned workers = 1; isa_available((enum isa)isa) && workers <= 7; workers++) {
            memset(got, 0xff, sizeof got);
            rank_by_tallies((enum isa)isa, workers, got);
            CU_ASSERT_EQUAL(memcmp(got, want, sizeof want), 0);
        }
}

/* Of some keys tallies are joined first, as for another computer: their bytes overflow only there. */
static void joint_tallies_count_the_same(void)
{
    enum { TALLIES = 5, FIRST = 1000, LAST = 3777 };
    static uint8_t memory[TALLIES][VALUES], joint[LAST - FIRST];
    static uint32_t want[VALUES];
    uint8_t *tally[TALLIES];
    memset(want, 0, sizeof want);
    for (size_t t = 0; t < TALLIES; t++) {
        tally[t] = memory[t];
        for (size_t v = 0; v < VALUES; v++)
            want[v] += memory[t][v] = (uint8_t)(v < 2500 ? v % 52 : v % 256); /* 5 x 51 fits a byte, more does not */
    }
    const struct is_tallies all = { tally, TALLIES, NULL };
    for (int isa = 0; isa < ISA_COUNT && isa_available((enum isa)isa); isa++) {
        static _Atomic uint32_t carry[VALUES];
        bool wrong = false;
        memset((void *)carry, 0, sizeof carry);
        CU_ASSERT_FALSE(ISA_SELECT(is_join, (enum isa)isa)(joint, carry, &all, FIRST, 2500));
        CU_ASSERT_TRUE(ISA_SELECT(is_join, (enum isa)isa)(joint + 2500 - FIRST, carry, &all, 2500, LAST));
        for (size_t v = 0; v < VALUES; v++)
            wrong |= v >= FIRST && v < LAST ? joint[v - FIRST] + carry[v] != want[v] : carry[v] != 0;
        CU_ASSERT_FALSE(wrong);
    }
}

static void scattered_keys(void)
{
    uint64_t x = NAS_SEED;
    for (size_t i = 0; i < KEYS; i++)
        key[i] = (uint32_t)((x = nas_random_next(x)) % VALUES);
    ranks_are_those_of_the_plain_kernel();
}

/* Bytes overflow: once, to exactly 0, and hundreds of times. */
static void equal_keys(void)
{
    for (size_t i = 0; i < KEYS; i++)
        key[i] = i < 256 ? 7 : i < 256 + 511 ? 8 : i < 90000 ? VALUES - 1 : 0;
    ranks_are_those_of_the_plain_kernel();
    for (size_t i = 0; i < KEYS; i++)
        key[i] = 3;
    ranks_are_those_of_the_plain_kernel();
}

static void the_check_wants_order_and_a_permutation(void)
{
    uint32_t keys[] = { 3, 0, 2, 3, 0 }, rank[] = { 2, 2, 3, 5 };
    size_t where;
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), 0);
    keys[2] = 0; /* more zeros than places for them */
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), -EDOM);
    keys[2] = 1; /* places of 0 are taken by 1 */
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), -EDOM);
    keys[2] = 4; /* beyond the values */
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), -EDOM);
    keys[2] = 2;
    rank[2] = 4; /* 2 goes where 3 belongs */
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), -EDOM);
    rank[2] = 6; /* beyond the keys */
    CU_ASSERT_EQUAL(is_check_order(rank, 4, keys, 5, &where), -EDOM);
}

/* --- the workload --- */

static struct team team;

static struct is *ranked(char class, unsigned threads)
{
    struct params p = { .class = class, .isa = isa_best(), .team = &team };
    void *state = NULL;
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    CU_ASSERT_FATAL(is_workload.setup(&p, &state) == 0);
    CU_ASSERT(is_workload.prepare(state, &team) == 0);
    CU_ASSERT(is_workload.run(state, &team) == 0);
    return state;
}

static void class_s_has_the_known_ranks(void)
{
    static const uint32_t value[IS_TESTS] = { 50, 158, 310, 1697, 1855 };
    static const uint32_t first[IS_TESTS] = { 1, 19, 347, 64916, 65462 }, last[IS_TESTS] = { 10, 28, 356, 64907, 65453 };
    struct is *s = ranked('S', 3);
    char why[256];
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), 0);
    for (int t = 0; t < IS_TESTS; t++) {
        CU_ASSERT_EQUAL(s->outcome.value[t], value[t]);
        CU_ASSERT_EQUAL(s->rank[s->outcome.value[t] - 1], last[t]);
    }
    is_prepare(s, &team); /* its rehearsal is iteration 1 */
    for (int t = 0; t < IS_TESTS; t++)
        CU_ASSERT_EQUAL(s->rank[s->outcome.value[t] - 1], first[t]);
    CU_ASSERT_EQUAL(is_workload.run(s, &team), 0); /* a second run gives the same */
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), 0);
    is_workload.teardown(s);
}

static void finds_a_wrong_key_and_a_wrong_rank(void)
{
    struct is *s = ranked('S', 2);
    char why[256] = "";
    s->key[1000] ^= 1;
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), -EDOM);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "are not in order, or not all there"));
    s->key[1000] ^= 1;
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), 0);
    s->rank[1024]--;
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), -EDOM);
    s->rank[1024]++;
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), 0);

    CU_ASSERT_EQUAL(is_workload.prepare(s, &team), 0);
    s->key[1000] = 0; /* before the run: one more below all test keys */
    CU_ASSERT_EQUAL(is_workload.run(s, &team), 0);
    CU_ASSERT_EQUAL(is_workload.verify(s, why, sizeof why), -EDOM);
    CU_ASSERT_STRING_EQUAL(why, "20 of 50 tests passed; the first that failed: in iteration 1 key 48427 has rank 2, published is 1");
    is_workload.teardown(s);
}

static int run_spoilt(struct runtime *rt, const struct workload *w, void *state, struct team *t)
{
    struct is *s = state;
    (void)rt;
    int rc = w->run(state, t);
    s->key[s->keys / 2]++;
    return rc;
}

static void a_wrong_key_ends_the_program_with_1(void)
{
    struct capture out, err;
    int code = by_harness(&is_workload, run_spoilt, &out, &err);
    CU_ASSERT_EQUAL(code, EXIT_WRONG);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "\"verified\":false"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "are not in order"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(keys_are_those_of_the_definition),
        UNIT(scattered_keys),
        UNIT(equal_keys),
        UNIT(joint_tallies_count_the_same),
        UNIT(the_check_wants_order_and_a_permutation),
        UNIT(class_s_has_the_known_ranks),
        UNIT(finds_a_wrong_key_and_a_wrong_rank),
        UNIT(a_wrong_key_ends_the_program_with_1),
        UNIT_END,
    };
    message_init("test");
    int code = unit_main("is", tests);
    team_destroy(&team);
    return code;
}
