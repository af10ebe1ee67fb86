/* The sieve and the second count of primes: against division, against published values, against each other. */
#include "cpu_bound/primes_count.h"
#include "cpu_bound/primes_kernel.h"
#include "common/workload.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

extern const struct workload primes_workload;

static uint64_t count_up_to(uint64_t n)
{
    uint64_t count = 0;
    CU_ASSERT_EQUAL(primes_count(n, &count), 0);
    return count;
}

static bool is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n > 1;
}

static void the_count_agrees_with_division(void)
{
    uint64_t want = 0;
    for (uint64_t n = 0; n <= 12000; n++) {
        want += is_prime(n);
        CU_ASSERT_EQUAL(count_up_to(n), want);
    }
}

/* OEIS A006880 (powers of ten) and A007053 (powers of two). */
static void the_count_agrees_with_published_values(void)
{
    CU_ASSERT_EQUAL(count_up_to(10000000000), 455052511);
    CU_ASSERT_EQUAL(count_up_to(100000000000), 4118054813);
    CU_ASSERT_EQUAL(count_up_to(1000000000000), 37607912018);
    CU_ASSERT_EQUAL(count_up_to(UINT64_C(1) << 31), 105097565);
    CU_ASSERT_EQUAL(count_up_to(UINT64_C(1) << 32), 203280221);
    CU_ASSERT_EQUAL(count_up_to(UINT64_C(1) << 39), 21151907950);
}

/* Counts [first, last] by the kernel of @isa, in runs of @run blocks of one segment each. */
static uint64_t sieve(uint64_t first, uint64_t last, struct sieve_sizes sizes, enum isa isa, uint64_t run)
{
    struct sieve *s = NULL;
    struct sieve_scratch scratch;
    CU_ASSERT_EQUAL_FATAL(sieve_create(first, last, sizes, &s), 0);
    CU_ASSERT_EQUAL_FATAL(sieve_scratch_create(s, &scratch), 0);
    uint64_t count = sieve_small_primes(s), *found = calloc(run, sizeof *found), end = last / WHEEL + 1;
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    for (uint64_t at = first / WHEEL; at < end; at += run * sizes.segment) {
        uint64_t stop = end - at < run * sizes.segment ? end : at + run * sizes.segment;
        memset(found, 0, run * sizeof *found);
        ISA_SELECT(primes_sieve, isa)(s, at, stop, sizes.segment, found, &scratch);
        for (uint64_t i = 0; i < run; i++)
            count += found[i];
    }
    free(found);
    sieve_scratch_destroy(&scratch);
    sieve_destroy(s);
    return count;
}

/* So small that primes fall into every tier; the first size has no segment beyond its piece. */
static const struct sieve_sizes small_sizes[] = { { 4096, 4096 }, { 2048, 65536 }, { 1024, 8192 } };

static void small_ranges_agree_with_division(void)
{
    static const uint64_t firsts[] = { 1, 2, 3, 7, 29, 30, 31, 150, 157, 158, 163 };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        for (uint64_t last = firsts[i]; last < 400; last += 13) {
            uint64_t want = 0;
            for (uint64_t n = firsts[i]; n <= last; n++)
                want += is_prime(n);
            CU_ASSERT_EQUAL(sieve(firsts[i], last, small_sizes[0], ISA_BASELINE, 1), want);
        }
}

static void every_tier_and_instruction_set_agrees_with_the_count(void)
{
    static const uint64_t ranges[][2] = {
        { 1, 30000000 },                   /* from the start: primes join in as their squares come */
        { 25999, 26569 },                  /* 163 * 163, the square of the first that strikes      */
        { 99990001, 100003001 },
        { 249999991, 251000003 },          /* roots beyond 8192: single turns within segments      */
        { 999983 * UINT64_C(999983) - 1000, 999983 * UINT64_C(999983) }, /* a square of a prime at the end */
    };
    for (size_t z = 0; z < sizeof small_sizes / sizeof *small_sizes; z++)
        for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
            uint64_t first = ranges[r][0], last = ranges[r][1], want = count_up_to(last) - count_up_to(first - 1);
            for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)
                if (isa_available(isa))
                    CU_ASSERT_EQUAL(sieve(first, last, small_sizes[z], isa, 3), want);
        }
}

static void runs_of_any_length_give_the_same(void)
{
    uint64_t first = 12345678, last = 23456789, want = count_up_to(last) - count_up_to(first - 1);
    for (uint64_t run = 1; run < 6; run++)
        CU_ASSERT_EQUAL(sieve(first, last, small_sizes[2], isa_best(), run), want);
}

static void the_sizes_suit_the_kernel(void)
{
    struct sieve_sizes sizes = sieve_sizes();
    CU_ASSERT_TRUE(sizes.piece >= CHUNK_BYTES && sizes.piece % CHUNK_BYTES == 0);
    CU_ASSERT_TRUE(sizes.segment % sizes.piece == 0 && SEGMENT_MAX % sizes.segment == 0);
}

static void a_wrong_count_fails_the_check(void)
{
    uint64_t from = 1;
    struct params p = { .size = 1000000, .isa = isa_best(), .own = &from };
    struct blocks b;
    char why[128] = "";
    void *state;
    CU_ASSERT_EQUAL_FATAL(primes_workload.setup(&p, &state), 0);
    primes_workload.blocks(state, &b);
    CU_ASSERT_EQUAL(primes_workload.compute(state, 0, b.count), 0);
    primes_workload.join(state);
    CU_ASSERT_EQUAL(primes_workload.verify(state, why, sizeof why), 0);
    ((uint64_t *)b.slots)[0]++;
    primes_workload.join(state);
    CU_ASSERT_EQUAL(primes_workload.verify(state, why, sizeof why), -EDOM);
    CU_ASSERT_STRING_EQUAL(why, "counted 78499 primes from 1 to 1000000; there are 78498");
    primes_workload.teardown(state);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(the_count_agrees_with_division),
        UNIT(the_count_agrees_with_published_values),
        UNIT(small_ranges_agree_with_division),
        UNIT(every_tier_and_instruction_set_agrees_with_the_count),
        UNIT(runs_of_any_length_give_the_same),
        UNIT(the_sizes_suit_the_kernel),
        UNIT(a_wrong_count_fails_the_check),
        UNIT_END,
    };
    return unit_main("primes", tests);
}
