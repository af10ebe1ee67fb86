/* The NAS sequence: published and computed values, jumps, and the vectors against the scalar recurrence. */
#include "cpu_bound/nas/nas_random.h"
#include "cpu_bound/nas/nas_random_fill.h"
#include "tests/unit/unit.h"

#include <stdlib.h>

static const struct {
    uint64_t seed, n, x;
} known[] = {
    { NAS_SEED_EP, 1, 32883653486115 },       { NAS_SEED, 1, 55909509111989 },
    { NAS_SEED_EP, 2, 55063727434591 },       { NAS_SEED, 2, 61155031930969 },
    { NAS_SEED_EP, 3, 39106144873291 },       { NAS_SEED, 3, 45573031421645 },
    { NAS_SEED_EP, 4, 46899331031975 },       { NAS_SEED, 4, 55279057169489 },
    { NAS_SEED_EP, 1000, 8661753562871 },     { NAS_SEED, 1000, 39923673819009 },
    { NAS_SEED_EP, 1000000, 35523939983831 }, { NAS_SEED, 1000000, 50447193586593 },
    { NAS_SEED_EP, 1000000000, 46053274488023 }, { NAS_SEED, 1000000000, 1999027349665 },
};

static void jumps_reach_the_known_values(void)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        CU_ASSERT_EQUAL(nas_random_at(known[i].seed, known[i].n), known[i].x);
    CU_ASSERT_EQUAL(nas_random_power(0), 1);
    CU_ASSERT_EQUAL(nas_random_power(2), 57961422730425);
    CU_ASSERT_EQUAL(nas_random_power(1 << 17), 62362532446209);
    CU_ASSERT_EQUAL(nas_random_power(1 << 20), 40403910787073);
    CU_ASSERT_EQUAL(nas_random_power(1000000), 6942513244929);
    CU_ASSERT_EQUAL(nas_random_power(UINT64_C(1) << 44), 1); /* the period */
}

static void steps_and_jumps_agree(void)
{
    uint64_t x = NAS_SEED;
    for (uint64_t n = 1; n <= 1000000; n++) {
        x = nas_random_next(x);
        if (n % 9973 == 0)
            CU_ASSERT_EQUAL(nas_random_at(NAS_SEED, n), x);
    }
    CU_ASSERT_EQUAL(x, 50447193586593);
}

/* Every length around the steps of the vectors, from states at both ends of the sequence; nothing behind is touched. */
static void vectors_are_the_sequence_bit_for_bit(void)
{
    enum { LONGEST = 1000 };
    static const uint64_t first[] = { 0, 1, 12345, (UINT64_C(1) << 44) - 500 };
    static double got[LONGEST + 1];
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t f = 0; isa_available((enum isa)isa) && f < sizeof first / sizeof *first; f++)
            for (size_t n = 0; n <= LONGEST; n += n < 140 ? 1 : 43) {
                uint64_t start = nas_random_at(NAS_SEED_EP, first[f]), x = start;
                size_t wrong = 0;
                got[n] = -1;
                ISA_SELECT(nas_random_fill, (enum isa)isa)(got, n, start);
                for (size_t i = 0; i < n; i++) {
                    x = nas_random_next(x);
                    wrong += !(got[i] == (double)x * NAS_RANDOM_SCALE);
                }
                CU_ASSERT_EQUAL(wrong, 0);
                CU_ASSERT_EQUAL(got[n], -1);
            }
}

static void a_million_numbers_on_end_as_the_scalars_do(void)
{
    enum { MANY = 1000003 };
    double *got = malloc(MANY * sizeof *got);
    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isa_available((enum isa)isa))
            continue;
        uint64_t x = NAS_SEED;
        size_t wrong = 0;
        ISA_SELECT(nas_random_fill, (enum isa)isa)(got, MANY, NAS_SEED);
        for (size_t i = 0; i < MANY; i++) {
            x = nas_random_next(x);
            wrong += !(got[i] == (double)x * NAS_RANDOM_SCALE);
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
    free(got);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(jumps_reach_the_known_values), UNIT(steps_and_jumps_agree),
                                              UNIT(vectors_are_the_sequence_bit_for_bit),
                                              UNIT(a_million_numbers_on_end_as_the_scalars_do), UNIT_END };
    return unit_main("nas_random", tests);
}
