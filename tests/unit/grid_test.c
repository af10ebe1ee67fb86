/* The points of a study: conditions, size laws, order, and the commands made from them. */
#include "scaling/plan/expression.h"
#include "scaling/plan/grid.h"
#include "scaling/plan/template.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIST(...) { .value = (uint64_t[]){ __VA_ARGS__ }, .n = sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t) }

/* --- Conditions --- */

static double value_of(const char *text)
{
    static const struct expression_name names[] = { { "threads", 3 }, { "ranks", 4 }, { "cores", 12 } };
    double value = NAN;
    int rc = expression_value("--where", text, names, 3, &value);
    CU_ASSERT((rc == 0) == !isnan(value) && (rc == 0 || rc == -EINVAL));
    return value;
}

static void conditions_are_read_as_in_c(void)
{
    CU_ASSERT_EQUAL(value_of("threads*ranks<=cores"), 1);
    CU_ASSERT_EQUAL(value_of("threads * ranks < cores"), 0);
    CU_ASSERT_EQUAL(value_of("1+2*3"), 7);
    CU_ASSERT_EQUAL(value_of("(1+2)*3"), 9);
    CU_ASSERT_EQUAL(value_of("10-4-3"), 3);
    CU_ASSERT_EQUAL(value_of("3/2"), 1.5);
    CU_ASSERT_EQUAL(value_of("cores%threads==0"), 1);
    CU_ASSERT_EQUAL(value_of("-2*-3"), 6);
    CU_ASSERT_EQUAL(value_of("!(threads==3) || ranks!=4"), 0);
    CU_ASSERT_EQUAL(value_of("0 && 1 || 1"), 1);
    CU_ASSERT_EQUAL(value_of("1e3>=1000"), 1);
}

static void what_is_no_condition_is_refused(void)
{
    static const char *const bad[] = { "", "threads", "thread<3", "1+", "1 2", "(1", "1)", "1<2<3", "threads=3", "1/0", "1%0",
        "ranks/(threads-3)", "1 || x", "&&", "!", "nan", "inf", "1e999", "a b" };
    CU_ASSERT(!isnan(value_of(bad[1]))); /* a number is a condition */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (i != 1 && !isnan(value_of(bad[i])))
            CU_FAIL(bad[i]);
    char deep[400];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    CU_ASSERT(isnan(value_of(deep)));
}

/* --- Points --- */

static const struct grid_request two_by_three = { .threads = LIST(1, 2), .ranks = LIST(1, 2, 4), .nodes = LIST(1),
                                                  .shape = { .cores = 4, .cpus = 4, .sockets = 1, .numa = 1 } };

static void a_grid_has_every_combination(void)
{
    struct grid grid;
    CU_ASSERT_EQUAL_FATAL(grid_make(&two_by_three, &grid), 0);
    CU_ASSERT_EQUAL(grid.n, 6);
    CU_ASSERT(grid.point[5].ranks == 4 && grid.point[5].threads == 2 && !grid.point[5].has_size);
    grid_free(&grid);
}

static void conditions_leave_points_out(void)
{
    struct grid grid;
    struct grid_request q = two_by_three;
    const char *where[] = { "threads*ranks<=cores", "ranks!=2" };
    q.where = where;
    q.n_where = 2;
    CU_ASSERT_EQUAL_FATAL(grid_make(&q, &grid), 0);
    CU_ASSERT_EQUAL(grid.n, 3); /* 1x1, 1x2, 4x1 */
    CU_ASSERT_EQUAL(grid.left_out, 3);
    grid_free(&grid);
    where[1] = "ranks>4";
    CU_ASSERT_EQUAL(grid_make(&q, &grid), -EINVAL); /* an empty plan */
    where[1] = "rank>4";
    CU_ASSERT_EQUAL(grid_make(&q, &grid), -EINVAL);
}

static void ranks_per_node_multiply_and_no_node_stays_empty(void)
{
    struct grid grid;
    struct grid_request q = { .threads = LIST(1), .ranks = LIST(1), .ranks_per_node = LIST(2, 4), .nodes = LIST(1, 3) };
    CU_ASSERT_EQUAL_FATAL(grid_make(&q, &grid), 0);
    CU_ASSERT_EQUAL(grid.n, 4);
    CU_ASSERT(grid.point[3].nodes == 3 && grid.point[3].ranks == 12);
    grid_free(&grid);
    struct grid_request few = { .threads = LIST(1), .ranks = LIST(2, 3), .nodes = LIST(3) };
    CU_ASSERT_EQUAL_FATAL(grid_make(&few, &grid), 0);
    CU_ASSERT_EQUAL(grid.n, 1);
    grid_free(&grid);
}

/* The size of the point with 4 ranks of 2 threads: 8 processors. */
static struct grid_point at_eight(bool weak, enum size_law law, enum size_is is, uint64_t base)
{
    struct grid grid;
    struct grid_request q = { .threads = LIST(2), .ranks = LIST(4), .nodes = LIST(1), .sizes = { .value = &base, .n = 1 },
                              .weak = weak, .law = law, .size_is = is };
    struct grid_point p = { 0 };
    if (grid_make(&q, &grid) == 0) {
        p = grid.point[0];
        grid_free(&grid);
    }
    return p;
}

static void sizes_grow_by_their_law(void)
{
    CU_ASSERT_EQUAL(at_eight(false, LAW_LINEAR, SIZE_TOTAL, 1000).size, 1000);
    CU_ASSERT_EQUAL(at_eight(true, LAW_LINEAR, SIZE_TOTAL, 1000).size, 8000);
    CU_ASSERT_EQUAL(at_eight(true, LAW_SQRT, SIZE_TOTAL, 1000).size, 2828);  /* 1000 * 2.8284 */
    CU_ASSERT_EQUAL(at_eight(true, LAW_CBRT, SIZE_TOTAL, 1000).size, 2000);
    CU_ASSERT_EQUAL(at_eight(true, LAW_CBRT, SIZE_TOTAL, 1000).base_size, 1000);
    CU_ASSERT_EQUAL(at_eight(true, LAW_CBRT, SIZE_TOTAL, 1000).size_word, 2000);
}

static void a_process_gets_its_share(void)
{
    struct grid_point p = at_eight(true, LAW_LINEAR, SIZE_PROCESS, 1000);
    CU_ASSERT(p.size_word == 2000 && p.size == 8000); /* 4 processes of 2 processors each */
    p = at_eight(true, LAW_SQRT, SIZE_PROCESS, 1000);
    CU_ASSERT(p.size_word == 707 && p.size == 2828);
    p = at_eight(false, LAW_LINEAR, SIZE_PROCESS, 1001);
    CU_ASSERT(p.size_word == 250 && p.size == 1001); /* strong: the same size at every point */
}

static void sizes_beyond_exact_numbers_are_refused(void)
{
    CU_ASSERT_EQUAL(at_eight(false, LAW_LINEAR, SIZE_TOTAL, SIZE_MOST).size, SIZE_MOST);
    CU_ASSERT_EQUAL(at_eight(true, LAW_LINEAR, SIZE_TOTAL, SIZE_MOST / 2).size, 0);
}

/* --- Order --- */

static void a_block_is_a_permutation_that_the_seed_decides(void)
{
    size_t a[100], b[100], seen[100] = { 0 };
    grid_shuffle(7, 3, a, 100);
    grid_shuffle(7, 3, b, 100);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    for (size_t i = 0; i < 100; i++)
        seen[a[i] % 100]++;
    for (size_t i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(seen[i], 1);
    grid_shuffle(7, 4, b, 100);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
    grid_shuffle(8, 3, b, 100);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
}

/* Pearson's chi-square of the 24 orders of 4 points, 23 degrees of freedom: above 49.7 in one of 1000 cases. */
static void every_order_is_equally_likely(void)
{
    enum { BLOCKS = 24000 };
    int seen[256] = { 0 };
    size_t order[4];
    double chi_square = 0;
    for (uint64_t block = 0; block < BLOCKS; block++) {
        grid_shuffle(1, block, order, 4);
        seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    for (size_t i = 0; i < 256; i++)
        if (seen[i])
            chi_square += pow(seen[i] - BLOCKS / 24.0, 2) / (BLOCKS / 24.0);
    CU_ASSERT(chi_square < 49.7);
}

/* --- Commands --- */

static const struct grid_point point = { .threads = 2, .ranks = 3, .nodes = 1, .has_size = true, .size = 900, .size_word = 300 };

static bool becomes(const char *text, const char *wanted)
{
    char *filled = template_fill(text, &point, 7);
    bool same = filled && strcmp(filled, wanted) == 0;
    free(filled);
    return same;
}

static void placeholders_are_replaced_and_nothing_else(void)
{
    CU_ASSERT(becomes("{ranks}x{threads} on {nodes}, {rep}", "3x2 on 1, 7"));
    CU_ASSERT(becomes("-n{size}", "-n300"));
    CU_ASSERT(becomes("{print} {} { threads } {Threads", "{print} {} { threads } {Threads"));
    CU_ASSERT(becomes("{{threads}}", "{2}"));
    CU_ASSERT(becomes("", ""));
}

static int check(const char *word)
{
    char *words[] = { (char *)word, NULL };
    return template_check(words);
}

static void a_slip_in_a_placeholder_is_refused(void)
{
    static const char *const slips[] = { "{thread}", "{Threads}", "{rank}", "{sizes}", "-n{np}", "{treads}", "{nodess}", "{nprocs}" };
    static const char *const fine[] = { "{threads}", "{print}", "${thread}", "{other}", "a{2}", "{}", "{ thread }", "{n}", "{time}" };
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
        CU_ASSERT_EQUAL(check(slips[i]), -EINVAL);
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        CU_ASSERT_EQUAL(check(fine[i]), 0);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(conditions_are_read_as_in_c),
        UNIT(what_is_no_condition_is_refused),
        UNIT(a_grid_has_every_combination),
        UNIT(conditions_leave_points_out),
        UNIT(ranks_per_node_multiply_and_no_node_stays_empty),
        UNIT(sizes_grow_by_their_law),
        UNIT(a_process_gets_its_share),
        UNIT(sizes_beyond_exact_numbers_are_refused),
        UNIT(a_block_is_a_permutation_that_the_seed_decides),
        UNIT(every_order_is_equally_likely),
        UNIT(placeholders_are_replaced_and_nothing_else),
        UNIT(a_slip_in_a_placeholder_is_refused),
        UNIT_END,
    };
    return unit_main("grid", tests);
}
