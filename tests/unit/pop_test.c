/* The POP efficiencies (mpi/pop.h) of times that were made up. */
#include "mpi/pop.h"
#include "tests/unit/unit.h"

static struct pop pop;

static void the_published_example_has_its_efficiencies(void)
{
    static const double useful[] = { 8, 6, 6, 4 };
    CU_ASSERT_FATAL(pop_of(useful, 4, 1, 10, &pop));
    CU_ASSERT_DOUBLE_EQUAL(pop.load_balance, 0.75, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.communication, 0.80, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.parallel, 0.60, 1e-15);
}

static void only_the_useful_time_of_each_rank_counts(void)
{
    static const double phases[][3] = { { 3, 100, 0 }, { 1, 200, 9 } };
    CU_ASSERT_FATAL(pop_of(phases[0], 2, 3, 4, &pop));
    CU_ASSERT_DOUBLE_EQUAL(pop.load_balance, 2.0 / 3, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.communication, 0.75, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.parallel, 0.5, 1e-15);
}

static void a_rank_without_work_costs_balance(void)
{
    static const double useful[] = { 2, 0 };
    CU_ASSERT_FATAL(pop_of(useful, 2, 1, 2, &pop));
    CU_ASSERT_EQUAL(pop.load_balance, 0.5);
    CU_ASSERT_EQUAL(pop.communication, 1);
}

static void nothing_is_said_where_nothing_was_computed(void)
{
    static const double nothing[] = { 0, 0 }, some[] = { 1, 1 };
    CU_ASSERT_FALSE(pop_of(nothing, 2, 1, 5, &pop));
    CU_ASSERT_FALSE(pop_of(some, 2, 1, 0, &pop));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(the_published_example_has_its_efficiencies),
        UNIT(only_the_useful_time_of_each_rank_counts),
        UNIT(a_rank_without_work_costs_balance),
        UNIT(nothing_is_said_where_nothing_was_computed),
        UNIT_END,
    };
    return unit_main("pop", tests);
}
