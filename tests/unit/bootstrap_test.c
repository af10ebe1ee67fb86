/* scaling/judge/bootstrap.h: resampled medians and the intervals of what is computed from them. */
#include "scaling/judge/bootstrap.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

static double value[BOOTSTRAP_REPLICATES], other[BOOTSTRAP_REPLICATES];

/* 0, 1, 2 ... in an order that is not sorted: 7 shares no factor with the number of replicates. */
static void fill(void)
{
    for (int i = 0; i < BOOTSTRAP_REPLICATES; i++)
        value[i] = (7 * i + 3) % BOOTSTRAP_REPLICATES;
}

static void an_interval_is_the_middle_95_percent(void)
{
    fill();
    struct interval i = bootstrap_interval(value);
    CU_ASSERT_EQUAL(i.low, BOOTSTRAP_REPLICATES / 40);
    CU_ASSERT_EQUAL(i.high, BOOTSTRAP_REPLICATES - 1 - BOOTSTRAP_REPLICATES / 40);
}

static void equal_values_have_an_interval_of_no_width(void)
{
    for (int i = 0; i < BOOTSTRAP_REPLICATES; i++)
        value[i] = 5;
    struct interval i = bootstrap_interval(value);
    CU_ASSERT(i.low == 5 && i.high == 5);
}

static void a_few_unknown_results_are_left_out_and_many_refused(void)
{
    fill();
    for (int i = 0; i < BOOTSTRAP_REPLICATES / 20; i++)
        value[i] = NAN;
    struct interval i = bootstrap_interval(value);
    CU_ASSERT(i.low > 0 && i.low < i.high);
    fill();
    for (int k = 0; k <= BOOTSTRAP_REPLICATES / 20; k++)
        value[k] = NAN;
    i = bootstrap_interval(value);
    CU_ASSERT(isnan(i.low) && isnan(i.high));
}

static void infinite_results_count_as_large(void)
{
    fill();
    for (int i = 0; i < BOOTSTRAP_REPLICATES / 20; i++)
        value[i] = INFINITY;
    struct interval i = bootstrap_interval(value);
    CU_ASSERT(isfinite(i.low) && isinf(i.high));
}

static void medians_lie_within_the_values_and_around_the_median(void)
{
    static const double sorted[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    int below = 0;
    bootstrap_medians(sorted, 9, 1, value);
    for (int i = 0; i < BOOTSTRAP_REPLICATES; i++) {
        CU_ASSERT(value[i] >= 1 && value[i] <= 9);
        below += value[i] < 5;
    }
    CU_ASSERT(abs(below - BOOTSTRAP_REPLICATES / 2) < BOOTSTRAP_REPLICATES / 20); /* symmetric: 4 standard errors */
}

static void a_seed_gives_the_same_medians_again_and_another_seed_others(void)
{
    static const double sorted[] = { 1, 2, 4, 8, 16 };
    int equal = 0;
    bootstrap_medians(sorted, 5, 1, value);
    bootstrap_medians(sorted, 5, 1, other);
    for (int i = 0; i < BOOTSTRAP_REPLICATES; i++)
        CU_ASSERT_EQUAL(value[i], other[i]);
    bootstrap_medians(sorted, 5, 2, other);
    for (int i = 0; i < BOOTSTRAP_REPLICATES; i++)
        equal += value[i] == other[i];
    CU_ASSERT(equal < BOOTSTRAP_REPLICATES / 10);
}

static void two_values_tell_nothing_of_their_noise(void)
{
    static const double sorted[] = { 1, 2 };
    bootstrap_medians(sorted, 2, 1, value);
    CU_ASSERT(isnan(value[0]) && isnan(value[BOOTSTRAP_REPLICATES - 1]));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(an_interval_is_the_middle_95_percent),
        UNIT(equal_values_have_an_interval_of_no_width),
        UNIT(a_few_unknown_results_are_left_out_and_many_refused),
        UNIT(infinite_results_count_as_large),
        UNIT(medians_lie_within_the_values_and_around_the_median),
        UNIT(a_seed_gives_the_same_medians_again_and_another_seed_others),
        UNIT(two_values_tell_nothing_of_their_noise),
        UNIT_END,
    };
    return unit_main("bootstrap", tests);
}
