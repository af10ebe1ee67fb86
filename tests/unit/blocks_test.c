/* common/blocks.h: borders that depend on the problem alone, sums that depend on the values alone. */
#include "common/blocks.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void blocks_cover_the_range_without_gaps(void)
{
    static const uint64_t sizes[] = { 1, 2, 3, 9, 10, 11, 99, 1000, 12345 }, lengths[] = { 1, 2, 3, 7, 10, 999, 100000 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            uint64_t n = sizes[s], length = lengths[l], at = 0;
            size_t count = blocks_count(n, length), bad = 0;
            for (size_t b = 0; b < count; b++) {
                uint64_t end = blocks_edge(n, length, b + 1);
                bad += blocks_edge(n, length, b) != at || end <= at || end - at > length;
                bad += b + 1 < count && end - at != length; /* only the last may be shorter */
                at = end;
            }
            CU_ASSERT_TRUE(at == n && bad == 0);
            CU_ASSERT_EQUAL(blocks_edge(n, length, count + 5), n);
        }
}

static void nothing_has_no_blocks(void)
{
    CU_ASSERT_EQUAL(blocks_count(0, 10), 0);
    CU_ASSERT_EQUAL(blocks_edge(0, 10, 0), 0);
}

static void borders_do_not_overflow(void)
{
    CU_ASSERT_EQUAL(blocks_count(UINT64_MAX, 1u << 20), (size_t)1 << 44);
    CU_ASSERT_EQUAL(blocks_edge(UINT64_MAX, 1u << 20, (size_t)1 << 44), UINT64_MAX);
    CU_ASSERT_EQUAL(blocks_edge(UINT64_MAX, UINT64_MAX / 2, SIZE_MAX), UINT64_MAX);
}

static void wide_sums_are_exact(void)
{
    uint128 partial[] = { UINT64_MAX, UINT64_MAX, 2 };
    CU_ASSERT_TRUE(blocks_sum_u128(partial, 3) == (uint128)1 << 65); /* 2 (2^64 - 1) + 2 */
    CU_ASSERT_TRUE(blocks_sum_u128(partial, 0) == 0);
}

static void sums_of_few_values(void)
{
    double x[] = { 1, 2, 4, 8, 16 };
    CU_ASSERT_EQUAL(blocks_sum_double(x, 0), 0);
    CU_ASSERT_EQUAL(blocks_sum_double(x, 1), 1);
    CU_ASSERT_EQUAL(blocks_sum_double(x, 3), 7);
    CU_ASSERT_EQUAL(blocks_sum_double(x, 5), 31);
}

/*
 * Pairwise summation is off by at most about u log2(n) sum |x| (Higham, section 4.2); adding a million
 * tenths from left to right is off by 1.3e-11 relative, far above that bound of 2.2e-15.
 */
static void pairwise_sums_are_accurate(void)
{
    enum { N = 1000000 };
    double *x = malloc(N * sizeof *x), naive = 0, bound = 0x1p-53 * 20 * 100000;
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (size_t i = 0; i < N; i++)
        naive += x[i] = 0.1;
    CU_ASSERT_TRUE(fabs(naive - 100000) > bound); /* the case is hard enough to tell */
    CU_ASSERT_TRUE(fabs(blocks_sum_double(x, N) - 100000) <= bound);
    free(x);
}

/* The tree is part of the contract: halves, the first the shorter. Values chosen so that another order shows. */
static void the_order_of_joining_is_fixed(void)
{
    double x[7] = { 1e16, 1, -1e16, 1, 1e16, 1, -1e16 };
    volatile double left = x[0] + (x[1] + x[2]), right = (x[3] + x[4]) + (x[5] + x[6]);
    double want = left + right, got = blocks_sum_double(x, 7);
    CU_ASSERT_EQUAL(memcmp(&got, &want, sizeof got), 0);
}

static void a_nan_is_not_lost(void)
{
    double x[5] = { 1, 2, NAN, 4, 5 };
    CU_ASSERT_TRUE(isnan(blocks_sum_double(x, 5)));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(blocks_cover_the_range_without_gaps), UNIT(nothing_has_no_blocks),
        UNIT(borders_do_not_overflow),             UNIT(wide_sums_are_exact),
        UNIT(sums_of_few_values),                  UNIT(pairwise_sums_are_accurate),
        UNIT(the_order_of_joining_is_fixed),       UNIT(a_nan_is_not_lost),
        UNIT_END,
    };
    return unit_main("blocks", tests);
}
