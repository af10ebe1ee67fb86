/* scaling/judge/significance.h against published tests, and compare.h on studies that differ by known factors. */
#include "scaling/judge/compare.h"
#include "scaling/judge/significance.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(x) (sizeof(x) / sizeof *(x))

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double p_of(double *a, size_t n, double *b, size_t m)
{
    qsort(a, n, sizeof *a, ascending);
    qsort(b, m, sizeof *b, ascending);
    double p = significance_p(a, n, b, m);
    CU_ASSERT_DOUBLE_EQUAL(p, significance_p(b, m, a, n), 1e-12); /* either way round */
    return p;
}

/* --- Two sets --- */

static void separated_sets_have_the_smallest_p_there_is(void)
{
    double a[] = { 1, 2, 3, 4, 5 }, b[] = { 6, 7, 8, 9, 10 };
    CU_ASSERT_DOUBLE_EQUAL(p_of(a, 5, b, 5), 2.0 / 252, 1e-12); /* of 10 over 5 orders */
    CU_ASSERT_DOUBLE_EQUAL(p_of(a, 3, b, 3), 2.0 / 20, 1e-12);
    CU_ASSERT_EQUAL(p_of(a, 1, b, 1), 1);
}

static void permeability_has_the_published_p(void)
{
    /* Hollander and Wolfe, Nonparametric Statistical Methods, 1973, p. 69: U = 35, one-sided 0.1272 */
    double at_term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 }, early[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };
    CU_ASSERT(fabs(p_of(at_term, 10, early, 5) / 2 - 0.1272) < 5e-5);
}

static void ties_are_corrected_for(void)
{
    /* Ozone in New York, May and August 1973 (R, data set airquality; wilcox.test prints p-value = 0.0001208) */
    double may[] = { 41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37 };
    double august[] = { 39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85 };
    CU_ASSERT(fabs(p_of(may, COUNT(may), august, COUNT(august)) - 0.0001208) < 5e-8);
}

static void equal_sets_tell_nothing(void)
{
    double a[] = { 1, 1, 1, 1 }, b[] = { 1, 1, 1 }, c[] = { 1, 2, 3, 4 }, d[] = { 1, 2, 3, 4 };
    CU_ASSERT_EQUAL(p_of(a, 4, b, 3), 1);
    CU_ASSERT_EQUAL(p_of(c, 4, d, 4), 1);
}

/* --- Many at once --- */

static void holm_multiplies_the_smallest_most(void)
{
    double p[] = { 0.01, 0.04, 0.03, 0.005 };
    static const double adjusted[] = { 0.03, 0.06, 0.06, 0.02 };
    significance_holm(p, 4);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_DOUBLE_EQUAL(p[i], adjusted[i], 1e-15);
}

static void holm_leaves_out_what_is_unknown_and_stops_at_one(void)
{
    double p[] = { NAN, 0.5, 0.02, 0.02 };
    significance_holm(p, 4);
    CU_ASSERT(isnan(p[0]));
    CU_ASSERT_DOUBLE_EQUAL(p[2], 0.06, 1e-15);
    CU_ASSERT_EQUAL(p[3], p[2]);
    CU_ASSERT_DOUBLE_EQUAL(p[1], 0.5, 1e-15);
    double large[] = { 0.6, 0.9 };
    significance_holm(large, 2);
    CU_ASSERT(large[0] == 1 && large[1] == 1);
}

/* --- Studies --- */

static struct study *study_with(double slower_at_4, enum run_state state_at_8)
{
    struct study *s = calloc(1, sizeof *s);
    s->name = strdup("test");
    for (uint64_t p = 1; p <= 8; p *= 2)
        for (int k = 0; k < 9; k++) {
            struct run run = RUN_BLANK;
            run.threads = p;
            run.state = p == 8 ? state_at_8 : RUN_OK;
            run.seconds = run.wall_s = 10 / (double)p * (1 + 0.001 * ((k * 4) % 9)) * (p == 4 ? slower_at_4 : 1);
            CU_ASSERT_EQUAL_FATAL(study_add(s, &run), 0);
        }
    return s;
}

static void check_changes(double slower_at_4, enum run_state state_at_8, enum change at_4, enum change at_8)
{
    struct study *old = study_with(1, RUN_OK), *new = study_with(slower_at_4, state_at_8);
    struct question ask = { .weak = false };
    struct analysis *before = NULL, *after = NULL;
    struct compared *pair = NULL;
    size_t n = 0;
    CU_ASSERT_EQUAL_FATAL(rule_parse("fastest", &ask.rule), 0);
    CU_ASSERT_EQUAL_FATAL(analysis_create(old, &ask, &before), 0);
    CU_ASSERT_EQUAL_FATAL(analysis_create(new, &ask, &after), 0);
    CU_ASSERT_EQUAL_FATAL(compare_studies(before, after, 0.03, &pair, &n), 0);
    CU_ASSERT_EQUAL_FATAL(n, 4);
    CU_ASSERT(pair[0].change == CHANGE_SAME && pair[1].change == CHANGE_SAME);
    CU_ASSERT_EQUAL(pair[2].change, at_4);
    CU_ASSERT_EQUAL(pair[3].change, at_8);
    CU_ASSERT(fabs(pair[2].ratio - slower_at_4) < 1e-9);
    CU_ASSERT(pair[2].ratio_95.low <= slower_at_4 && slower_at_4 <= pair[2].ratio_95.high);
    free(pair);
    analysis_destroy(before);
    analysis_destroy(after);
    study_destroy(old);
    study_destroy(new);
}

static void changes_are_found_and_small_ones_are_none(void)
{
    check_changes(1.1, RUN_OK, CHANGE_SLOWER, CHANGE_SAME);
    check_changes(0.8, RUN_OK, CHANGE_FASTER, CHANGE_SAME);
    check_changes(1.02, RUN_OK, CHANGE_SAME, CHANGE_SAME); /* significant, but below the tolerance */
}

static void points_that_run_no_more_are_lost(void)
{
    check_changes(1, RUN_WRONG, CHANGE_SAME, CHANGE_LOST);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(separated_sets_have_the_smallest_p_there_is),
        UNIT(permeability_has_the_published_p),
        UNIT(ties_are_corrected_for),
        UNIT(equal_sets_tell_nothing),
        UNIT(holm_multiplies_the_smallest_most),
        UNIT(holm_leaves_out_what_is_unknown_and_stops_at_one),
        UNIT(changes_are_found_and_small_ones_are_none),
        UNIT(points_that_run_no_more_are_lost),
        UNIT_END,
    };
    return unit_main("significance", tests);
}
