/* Sums in digits: exact, whatever the order and however they are put together. */
#include "common/exact_sum.h"

#include "unit.h"

#include <math.h>
#include <string.h>

static double sum_of(const double *x, size_t n)
{
    struct exact_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        exact_sum_add(&sum, x[i]);
    return exact_sum_value(&sum);
}

static void keeps_what_doubles_would_lose(void)
{
    enum { N = 4096 };
    static double x[N + 1];
    x[0] = 0x1p53;
    for (int i = 1; i <= N; i++)
        x[i] = 1; /* each is lost when added to 2^53 in doubles */
    CU_ASSERT(sum_of(x, N + 1) == 0x1p53 + N);
    CU_ASSERT(sum_of((const double[]){ 0x1p-107, 0x1p63 }, 2) == 0x1p63);
    CU_ASSERT(sum_of((const double[]){ 0.1 }, 1) == 0.1);
    CU_ASSERT(sum_of((const double[]){ 0x1.fffffffffffffp63 }, 1) == 0x1.fffffffffffffp63);
    CU_ASSERT(sum_of((const double[]){ 0x1.fffffffffffffp-55 }, 1) == 0x1.fffffffffffffp-55);
    CU_ASSERT(sum_of(NULL, 0) == 0);
}

/* 0.1 is 3602879701896397 / 2^55. */
static void adds_a_million_tenths_exactly(void)
{
    struct exact_sum sum = { 0 };
    for (int i = 0; i < 1000000; i++)
        exact_sum_add(&sum, 0.1);
    CU_ASSERT(exact_sum_value(&sum) == (double)(3602879701896397.0L * 1000000 / 0x1p55L));
}

static void is_the_same_in_every_order_and_in_parts(void)
{
    enum { N = 1000 };
    double x[N];
    struct exact_sum all = { 0 }, parts[7] = { { { 0 }, 0 } };
    for (int i = 0; i < N; i++)
        x[i] = ldexp(1 + sin(i), i % 97 - 60);
    for (int i = 0; i < N; i++)
        exact_sum_add(&all, x[i]);
    for (int i = N - 1; i >= 0; i--)
        exact_sum_add(&parts[i * 5 % 7], x[i]);
    for (int k = 1; k < 7; k++)
        exact_sum_join(&parts[0], &parts[k]);
    double forwards = exact_sum_value(&all), in_parts = exact_sum_value(&parts[0]);
    CU_ASSERT(memcmp(&forwards, &in_parts, sizeof forwards) == 0);
    long double plain = 0;
    for (int i = 0; i < N; i++)
        plain += x[i];
    CU_ASSERT(fabsl(forwards / plain - 1) < 1e-15L);
}

static void what_lies_below_the_point_is_cut_off(void)
{
    CU_ASSERT(sum_of((const double[]){ 0x1p-160 }, 1) == 0x1p-160);
    CU_ASSERT(sum_of((const double[]){ 0x1.8p-160 }, 1) == 0x1p-160);
    CU_ASSERT(sum_of((const double[]){ 0x1p-161, 0x1p-300, 0x1p-1074 }, 3) == 0);
}

static void other_than_numbers_from_0_on_makes_it_nan(void)
{
    const double wrong[] = { -1e-300, -1, NAN, INFINITY, -INFINITY, 0x1p64 };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        CU_ASSERT(isnan(sum_of((const double[]){ 1, wrong[k], 2 }, 3)));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(keeps_what_doubles_would_lose),
        UNIT(adds_a_million_tenths_exactly),
        UNIT(is_the_same_in_every_order_and_in_parts),
        UNIT(what_lies_below_the_point_is_cut_off),
        UNIT(other_than_numbers_from_0_on_makes_it_nan),
        UNIT_END,
    };
    return unit_main("exact_sum", tests);
}
