/* common/stats.h: medians, intervals, outliers. */
#include "common/stats.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

/* The values 1..n in an order that is not sorted: 7 shares no factor with the n used here. */
static void shuffled(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (double)((7 * i + 3) % n + 1);
}

static struct stats of(const double *x, size_t n)
{
    struct stats s = { 0 };
    CU_ASSERT_EQUAL(stats_of(x, n, &s), 0);
    return s;
}

static void median_of_odd_and_even_counts(void)
{
    double odd[] = { 3, 1, 2 }, even[] = { 4, 1, 3, 2 }, one[] = { 5 };
    CU_ASSERT_EQUAL(stats_median(odd, 3), 2);
    CU_ASSERT_EQUAL(stats_median(even, 4), 2.5);
    CU_ASSERT_EQUAL(stats_median(one, 1), 5);
}

/*
 * With the values 1..n the bounds are the ranks themselves. Ranks for a 95 % interval of the median: Conover,
 * Practical Nonparametric Statistics, table of the binomial distribution; n = 20: 6..15 (95.86 %),
 * n = 50: 18..33 (96.7 %), n = 100: 40..61 (96.5 %).
 */
static void interval_has_the_published_ranks(void)
{
    static const struct {
        size_t n;
        double low, high;
    } known[] = { { 6, 1, 6 }, { 8, 1, 8 }, { 9, 2, 8 }, { 10, 2, 9 }, { 12, 3, 10 }, { 15, 4, 12 },
                  { 20, 6, 15 }, { 50, 18, 33 }, { 100, 40, 61 } };
    double x[100];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        shuffled(x, known[i].n);
        struct stats s = of(x, known[i].n);
        CU_ASSERT_TRUE(s.is_interval);
        CU_ASSERT_EQUAL(s.low, known[i].low);
        CU_ASSERT_EQUAL(s.high, known[i].high);
    }
}

static void fewer_than_six_runs_give_the_plain_range(void)
{
    double x[5];
    for (size_t n = 1; n <= 5; n++) {
        shuffled(x, n);
        struct stats s = of(x, n);
        CU_ASSERT_FALSE(s.is_interval);
        CU_ASSERT_EQUAL(s.low, 1);
        CU_ASSERT_EQUAL(s.high, (double)n);
    }
}

/* Normal approximation of the binomial: k is about n/2 - 0.98 sqrt(n); 2^-n alone underflows here. */
static void interval_of_many_values_does_not_underflow(void)
{
    enum { N = 5001 };
    static double x[N];
    shuffled(x, N);
    struct stats s = of(x, N);
    CU_ASSERT_TRUE(s.is_interval);
    CU_ASSERT_DOUBLE_EQUAL(s.low, N / 2.0 - 0.98 * sqrt(N), 2);
    CU_ASSERT_DOUBLE_EQUAL(s.low + s.high, N + 1, 0); /* symmetric */
}

static void summary_of_nine_values(void)
{
    double x[9];
    shuffled(x, 9);
    struct stats s = of(x, 9);
    CU_ASSERT_EQUAL(s.n, 9);
    CU_ASSERT_EQUAL(s.median, 5);
    CU_ASSERT_EQUAL(s.mean, 5);
    CU_ASSERT_EQUAL(s.min, 1);
    CU_ASSERT_EQUAL(s.max, 9);
    CU_ASSERT_EQUAL(s.mad, 2); /* deviations 0 1 1 2 2 3 3 4 4 */
    CU_ASSERT_EQUAL(s.outliers, 0);
}

static void input_is_left_as_it_is(void)
{
    double x[] = { 3, 1, 2 };
    of(x, 3);
    CU_ASSERT_TRUE(x[0] == 3 && x[1] == 1 && x[2] == 2);
}

/* Iglewicz and Hoaglin: |0.6745 (x - median) / MAD| > 3.5. Median 5, MAD 2: from a distance of 10.378 on. */
static void outliers_by_modified_z_score(void)
{
    double x[] = { 1, 2, 3, 4, 5, 6, 7, 8, 100 };
    struct stats s = of(x, 9);
    CU_ASSERT_EQUAL(s.outliers, 1);
    CU_ASSERT_TRUE(stats_outlier(&s, 15.4));
    CU_ASSERT_FALSE(stats_outlier(&s, 15.3));
    CU_ASSERT_TRUE(stats_outlier(&s, -5.4));
}

static void equal_values_have_no_outliers_by_rounding(void)
{
    double x[] = { 1, 1, 1, 1, 1, 1.0000001, 2 };
    struct stats s = of(x, 7);
    CU_ASSERT_EQUAL(s.mad, 0);
    CU_ASSERT_EQUAL(s.outliers, 1); /* the 2, not the rounding */
    double zero[] = { 0, 0, 0 };
    s = of(zero, 3);
    CU_ASSERT_EQUAL(s.outliers, 0);
}

static void what_cannot_be_summarised_is_refused(void)
{
    struct stats s;
    double nan[] = { 1, NAN }, infinite[] = { INFINITY };
    CU_ASSERT_EQUAL(stats_of(nan, 0, &s), -EINVAL);
    CU_ASSERT_EQUAL(stats_of(nan, 2, &s), -EINVAL);
    CU_ASSERT_EQUAL(stats_of(infinite, 1, &s), -EINVAL);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(median_of_odd_and_even_counts),
        UNIT(interval_has_the_published_ranks),
        UNIT(fewer_than_six_runs_give_the_plain_range),
        UNIT(interval_of_many_values_does_not_underflow),
        UNIT(summary_of_nine_values),
        UNIT(input_is_left_as_it_is),
        UNIT(outliers_by_modified_z_score),
        UNIT(equal_values_have_no_outliers_by_rounding),
        UNIT(what_cannot_be_summarised_is_refused),
        UNIT_END,
    };
    return unit_main("stats", tests);
}
