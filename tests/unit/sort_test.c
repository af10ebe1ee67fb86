/* The radix sort against eight plain counting sorts, its inputs against what they promise, its check against spoilt
 * results. */
#include "cpu_bound/sort.c" /* for its statics: the check is tested on a spoilt result */

#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

static struct team team;

static void team_of(unsigned threads)
{
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
}

static uint64_t *records(size_t n, size_t words)
{
    uint64_t *r = calloc(n * words + 1, sizeof *r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    return r;
}

static size_t bytes(size_t n, size_t words)
{
    return n * words * sizeof(uint64_t);
}

static uint64_t *sorted_copy(const uint64_t *input, size_t n, size_t words)
{
    uint64_t *want = records(n, words), *other = records(n, words);
    memcpy(want, input, bytes(n, words));
    sort_reference(want, other, words, n);
    free(other);
    return want;
}

/* The team's sort of @input twice (the second finds what the first left), with @input as it was. */
static void expect_sorted(const uint64_t *input, size_t n, size_t words, enum isa isa, unsigned threads)
{
    struct sorter *s = NULL;
    uint64_t *want = sorted_copy(input, n, words), *before = records(n, words);
    memcpy(before, input, bytes(n, words));
    team_of(threads);
    CU_ASSERT_FATAL(sorter_create(n, words, isa, &team, NULL, &s) == 0);
    for (int run = 0; run < 2; run++) {
        sorter_run(s, &team, input);
        CU_ASSERT_EQUAL(memcmp(s->result, want, bytes(n, words)), 0);
    }
    CU_ASSERT_EQUAL(memcmp(before, input, bytes(n, words)), 0);
    sorter_destroy(s);
    free(before);
    free(want);
}

static uint64_t *filled(enum sort_distribution d, size_t n, size_t words)
{
    struct sort_input in = { .distribution = d, .n = n, .seed = 5, .distinct = 7, .words = words };
    uint64_t *r = records(n, words);
    sort_input_fill(&in, 0, n, r);
    return r;
}

/* --- the kernels --- */

/* Up to four pieces, one of a single record. Returns how many. */
static size_t cut_up(const uint64_t *record, size_t n, size_t words, struct sort_piece piece[4])
{
    size_t cut[] = { 0, n / 2 < 1 ? 0 : 1, n / 2, n / 2 + n / 3, n }, pieces = 0;
    for (int i = 0; i < 4; i++)
        if (cut[i] < cut[i + 1])
            piece[pieces++] = (struct sort_piece){ record + cut[i] * words, cut[i + 1] - cut[i] };
    return pieces;
}

static void a_leaf_equals_the_reference(void)
{
    static const size_t sizes[] = { 1, 2, 3, 23, 24, 25, 101, 1000, 4099, 65537 };
    struct sort_scratch *scratch = array_alloc(1, sizeof *scratch);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scratch);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int isa = 0; isa < ISA_COUNT; isa++)
            for (int d = SORT_UNIFORM; d <= SORT_ZIPF; d++)
                for (size_t n = sizes[k], words = 1; words <= 2 && isa_available((enum isa)isa); words++) {
                    uint64_t *input = filled((enum sort_distribution)d, n, words), *to = records(n, words);
                    uint64_t *want = sorted_copy(input, n, words);
                    struct sort_piece piece[4];
                    ISA_SELECT(sort_leaf, isa)(piece, cut_up(input, n, words, piece), to, words, 64, scratch);
                    CU_ASSERT_EQUAL(memcmp(to, want, bytes(n, words)), 0);
                    ISA_SELECT(sort_leaf, isa)(&(struct sort_piece){ input, n }, 1, input, words, 64, scratch);
                    CU_ASSERT_EQUAL(memcmp(input, want, bytes(n, words)), 0);
                    free(want);
                    free(to);
                    free(input);
                }
    free(scratch);
}

static void a_count_finds_every_record_and_differing_bit(void)
{
    enum { N = 1003, BITS = 5, BEGIN = 3 };
    struct sort_scratch *scratch = array_alloc(1, sizeof *scratch);
    uint64_t *input = filled(SORT_UNIFORM, N, 1);
    for (size_t i = 0; i < N; i++)
        input[i] &= 0xFF0F0; /* bits 4..7 and 12..19 */
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isa_available((enum isa)isa))
            continue;
        struct sort_digit digit = { 15, BITS };
        uint64_t varying = ISA_SELECT(sort_count, isa)(input, 1, BEGIN, N, input[BEGIN], digit, scratch);
        size_t want[1 << BITS] = { 0 };
        for (size_t i = BEGIN; i < N; i++)
            want[input[i] >> 15]++;
        CU_ASSERT_EQUAL(varying, 0xFF0F0);
        CU_ASSERT_EQUAL(memcmp(want, scratch->next, sizeof want), 0);
    }
    free(input);
    free(scratch);
}

/* --- the team --- */

static void equals_the_reference_at_every_team_size(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4096, 4097, 100003, 300007 };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int d = SORT_UNIFORM; d <= SORT_ZIPF; d++)
            for (unsigned threads = 1; threads <= 7; threads += 2) {
                size_t n = sizes[k], words = 1 + threads / 2 % 2;
                uint64_t *input = filled((enum sort_distribution)d, n, words);
                expect_sorted(input, n, words, isa_best(), threads);
                free(input);
            }
}

static void equals_the_reference_with_every_instruction_set(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t words = 1; words <= 2 && isa_available((enum isa)isa); words++) {
            uint64_t *input = filled(SORT_UNIFORM, 100003, words);
            expect_sorted(input, 100003, words, (enum isa)isa, 2);
            free(input);
        }
}

/* Keys that defeat a digit: a split that separates next to nothing, splits in splits, a sample that misleads. */
static void equals_the_reference_on_awkward_keys(void)
{
    enum { N = 70001 };
    uint64_t *input = records(N, 2);
    for (int kind = 0; kind < 6; kind++) {
        for (uint64_t i = 0; i < N; i++) {
            uint64_t noise = sort_input_hash(i);
            uint64_t key[] = { 42,                                               /* all equal                            */
                               i == N - 2 ? UINT64_MAX : 42,                     /* but one, which the sample misses     */
                               i % 1000 == 1 ? (uint64_t)1 << noise % 64 : 7,    /* one bit set, anywhere, now and then  */
                               i + (i == N / 2 + 1 ? (uint64_t)1 << 63 : 0),     /* small numbers, and a large one       */
                               (noise % 2) << 40 | noise >> 63 | 1,              /* four keys, far apart in their bits   */
                               noise % 3 ? noise >> 52 << 20 : noise & 0xFFFFF };
            input[2 * i] = key[kind];
            input[2 * i + 1] = i;
        }
        for (unsigned threads = 1; threads <= 3; threads++)
            expect_sorted(input, N, 2, isa_best(), threads);
    }
    free(input);
}

/* --- the inputs --- */

static void any_block_of_the_input_is_made_alone(void)
{
    for (int d = SORT_UNIFORM; d <= SORT_ZIPF; d++) {
        struct sort_input in = { .distribution = (enum sort_distribution)d, .n = 1000, .seed = 5, .distinct = 7, .words = 2 };
        uint64_t *whole = filled(in.distribution, 1000, 2), *parts = records(1000, 2);
        sort_input_fill(&in, 500, 1000, parts + 2 * 500);
        sort_input_fill(&in, 0, 500, parts);
        CU_ASSERT_EQUAL(memcmp(whole, parts, bytes(1000, 2)), 0);
        free(parts);
        free(whole);
    }
}

static void sorted_input_ascends_and_reversed_is_its_mirror(void)
{
    enum { N = 10007 };
    uint64_t *up = filled(SORT_SORTED, N, 1), *down = filled(SORT_REVERSED, N, 1);
    size_t wrong = 0;
    for (size_t i = 0; i < N; i++)
        wrong += (i > 0 && up[i] <= up[i - 1]) || down[N - 1 - i] != up[i];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(up[0] < UINT64_MAX / N && up[N - 1] > UINT64_MAX - UINT64_MAX / N * 2);
    free(down);
    free(up);
}

static void few_are_as_many_as_was_said(void)
{
    uint64_t *input = filled(SORT_FEW, 1000, 1), *keys = sorted_copy(input, 1000, 1);
    size_t distinct = 1;
    for (size_t i = 1; i < 1000; i++)
        distinct += keys[i] != keys[i - 1];
    CU_ASSERT_EQUAL(distinct, 7);
    free(keys);
    free(input);
}

static void uniform_keys_fill_every_eighth_alike(void)
{
    enum { N = 80000 };
    uint64_t *input = filled(SORT_UNIFORM, N, 1);
    double count[8] = { 0 };
    for (size_t i = 0; i < N; i++)
        count[input[i] >> 61]++;
    for (int k = 0; k < 8; k++) /* five standard deviations of a binomial */
        CU_ASSERT(fabs(count[k] - N / 8.0) < 5 * sqrt(N / 8.0 * 7 / 8));
    free(input);
}

/* P(k) = 1 / (k H), H the sum of 1/k over 1 .. 2^17 - 1, the keys for 10^5 records. */
static void zipf_follows_its_law(void)
{
    enum { N = 100000, LAST = (1 << 17) - 1 };
    uint64_t *input = filled(SORT_ZIPF, N, 1), *keys = sorted_copy(input, N, 1);
    double harmonic = 0, below = 0;
    CU_ASSERT(keys[0] == 1 && keys[N - 1] <= LAST);
    for (int k = 1; k <= LAST; k++)
        harmonic += 1.0 / k;
    size_t seen = 0;
    for (int k = 1; k <= LAST; k++) { /* the share of keys up to k, at each octave's end and at the first twenty */
        below += 1.0 / k / harmonic;
        while (seen < N && keys[seen] <= (uint64_t)k)
            seen++;
        if (k <= 20 || (k & (k + 1)) == 0)
            CU_ASSERT(fabs((double)seen - N * below) <= 5 * sqrt(N * below * fmax(0, 1 - below)) + 1e-6);
    }
    free(keys);
    free(input);
}

static void another_seed_gives_other_keys(void)
{
    struct sort_input one = { .n = 10, .seed = 1, .words = 1 }, two = { .n = 10, .seed = 2, .words = 1 };
    for (uint64_t i = 0; i < 10; i++)
        CU_ASSERT_NOT_EQUAL(sort_input_key(&one, i), sort_input_key(&two, i));
}

/* --- the check --- */

static struct sort *sorted(size_t n, enum sort_distribution d, bool payload)
{
    struct sort_options own = { .distribution = d, .distinct = 5, .payload = payload };
    struct params p = { .size = n, .seed = 7, .isa = isa_best(), .team = &team, .own = &own };
    void *state = NULL;
    team_of(2);
    CU_ASSERT_FATAL(sort_workload.setup(&p, &state) == 0);
    CU_ASSERT(sort_workload.run(state, &team) == 0);
    return state;
}

static int verdict(struct sort *s)
{
    char why[256] = "";
    int rc = sort_workload.verify(s, why, sizeof why);
    CU_ASSERT_EQUAL(why[0] != '\0', rc != 0);
    return rc;
}

static void exchange(uint64_t *a, uint64_t *b)
{
    uint64_t x = *a;
    *a = *b;
    *b = x;
}

static void the_check_finds_two_keys_exchanged(void)
{
    struct sort *s = sorted(SORT_BLOCK + 1001, SORT_UNIFORM, false);
    uint64_t *key = s->sorter->result;
    CU_ASSERT_EQUAL(verdict(s), 0);
    exchange(&key[500], &key[501]);
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    exchange(&key[500], &key[501]);
    CU_ASSERT_EQUAL(verdict(s), 0);
    exchange(&key[SORT_BLOCK - 1], &key[SORT_BLOCK]); /* of two blocks of the check */
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    sort_workload.teardown(s);
}

static void the_check_finds_a_key_that_was_not_in_the_input(void)
{
    struct sort *s = sorted(1001, SORT_UNIFORM, false);
    uint64_t *key = s->sorter->result, digest = 0;
    CU_ASSERT_EQUAL(verdict(s), 0);
    digest = sort_workload.digest(s);
    key[500] = key[499]; /* still in order */
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    CU_ASSERT_NOT_EQUAL(sort_workload.digest(s), digest);
    sort_workload.teardown(s);
}

static void the_check_finds_a_payload_at_another_key(void)
{
    struct sort *s = sorted(1001, SORT_UNIFORM, true);
    uint64_t *record = s->sorter->result;
    CU_ASSERT_EQUAL(verdict(s), 0);
    exchange(&record[2 * 500 + 1], &record[2 * 501 + 1]);
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    record[2 * 500 + 1] = UINT64_MAX;
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    sort_workload.teardown(s);
}

static void the_check_finds_equal_keys_out_of_their_order(void)
{
    struct sort *s = sorted(1001, SORT_FEW, true);
    uint64_t *record = s->sorter->result;
    CU_ASSERT_EQUAL(verdict(s), 0);
    CU_ASSERT_EQUAL_FATAL(record[0], record[2]);
    exchange(&record[1], &record[3]);
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    exchange(&record[1], &record[3]);
    record[3] = record[1]; /* one record twice */
    CU_ASSERT_EQUAL(verdict(s), -EDOM);
    sort_workload.teardown(s);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(a_leaf_equals_the_reference),
                                              UNIT(a_count_finds_every_record_and_differing_bit),
                                              UNIT(equals_the_reference_at_every_team_size),
                                              UNIT(equals_the_reference_with_every_instruction_set),
                                              UNIT(equals_the_reference_on_awkward_keys),
                                              UNIT(any_block_of_the_input_is_made_alone),
                                              UNIT(sorted_input_ascends_and_reversed_is_its_mirror),
                                              UNIT(few_are_as_many_as_was_said),
                                              UNIT(uniform_keys_fill_every_eighth_alike),
                                              UNIT(zipf_follows_its_law),
                                              UNIT(another_seed_gives_other_keys),
                                              UNIT(the_check_finds_two_keys_exchanged),
                                              UNIT(the_check_finds_a_key_that_was_not_in_the_input),
                                              UNIT(the_check_finds_a_payload_at_another_key),
                                              UNIT(the_check_finds_equal_keys_out_of_their_order),
                                              UNIT_END };
    int code = unit_main("sort", tests);
    team_destroy(&team);
    return code;
}
