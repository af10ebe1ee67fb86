/* The vector search against plain recursion and published counts; a wrong count must be found. */
#include "cpu_bound/nqueens.c" /* for its statics: the check is tested on a spoilt result */

#include "tests/unit/unit.h"

static struct team team;

static struct nqueens *counted(unsigned n, enum isa isa, unsigned threads, int kernel)
{
    struct own own = { .kernel = kernel };
    struct params p = { .size = n, .isa = isa, .own = &own, .team = &team };
    void *state = NULL;
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    CU_ASSERT_FATAL(nqueens_workload.setup(&p, &state) == 0);
    struct nqueens *q = state;
    CU_ASSERT(nqueens_workload.compute_openmp(q, &team, 0, q->blocks) == 0);
    nqueens_workload.join(q);
    return q;
}

static void counts_are_the_published_ones(void)
{
    for (unsigned n = 1; n <= 13; n++)
        for (int isa = 0; isa < ISA_COUNT; isa++) {
            if (!isa_available((enum isa)isa))
                continue;
            struct nqueens *q = counted(n, (enum isa)isa, 2, KERNEL_TUNED);
            char why[256];
            CU_ASSERT_EQUAL(q->total.solutions, published[n - 1]);
            CU_ASSERT_EQUAL(nqueens_workload.verify(q, why, sizeof why), 0);
            nqueens_workload.teardown(q);
        }
}

/* On an even board the half searched has half the nodes of the whole tree. */
static void nodes_are_half_those_of_the_backtrack_tree(void)
{
    /* OEIS A319284, row 8, without the root */
    static const unsigned row8[] = { 8, 42, 140, 344, 568, 550, 312, 92 };
    unsigned sum = 0;
    for (int k = 0; k < 8; k++)
        sum += row8[k];
    struct nqueens *q = counted(8, isa_best(), 1, KERNEL_TUNED);
    CU_ASSERT_EQUAL(2 * q->total.placed, sum);
    nqueens_workload.teardown(q);
}

/* Boards that are handed over on each row of one way down the tree, from the empty board to where no column is free. */
static void vectors_search_as_recursion_does_from_every_row(void)
{
    for (unsigned n = 1; n <= 11; n++)
        for (int isa = 0; isa < ISA_COUNT; isa++) {
            struct nqueens_board board = { 0 };
            if (!isa_available((enum isa)isa))
                continue;
            for (unsigned row = 0;; row++) {
                struct nqueens_count want = { 0 }, got = { 0 };
                nqueens_reference(nqueens_full(n), board, &want);
                ISA_SELECT(nqueens_search, (enum isa)isa)(n, row, board, &got);
                CU_ASSERT_EQUAL(got.solutions, want.solutions);
                CU_ASSERT_EQUAL(got.placed, want.placed);
                CU_ASSERT(row > 0 || want.solutions == published[n - 1]);
                uint32_t untried = nqueens_free(board, nqueens_full(n));
                if (untried == 0)
                    break;
                if (n % 2 && (untried & (untried - 1))) /* odd boards: the second free column, for another way down */
                    untried &= untried - 1;
                board = nqueens_place(board, untried & -untried);
            }
        }
}

static void every_kernel_and_team_fills_the_same_slots(void)
{
    for (unsigned n = 2; n <= 12; n += 5) {
        struct nqueens *q = counted(n, ISA_BASELINE, 1, KERNEL_REFERENCE);
        uint64_t want = nqueens_workload.digest(q);
        nqueens_workload.teardown(q);
        for (unsigned threads = 1; threads <= 7; threads++) {
            q = counted(n, isa_best(), threads, KERNEL_TUNED);
            CU_ASSERT_EQUAL(nqueens_workload.digest(q), want);
            nqueens_workload.teardown(q);
        }
    }
}

/* The largest board fits: its blocks, and a search that is nearly full. */
static void the_largest_board_is_within_bounds(void)
{
    struct own own = { .kernel = KERNEL_TUNED };
    struct params p = { .size = NQUEENS_MAX, .isa = isa_best(), .own = &own };
    void *state = NULL;
    CU_ASSERT_FATAL(nqueens_workload.setup(&p, &state) == 0);
    struct nqueens *q = state;
    CU_ASSERT(q->blocks > 4000 && q->blocks < BLOCKS_MAX);
    nqueens_workload.teardown(q);

    /* A solution found by hand's rule for 27 = 12 k + 3: odd numbers after evens, see Bernhardsson 1991. Its last 9 rows. */
    struct nqueens_board board = { 0 };
    unsigned column[NQUEENS_MAX], k = 0;
    for (unsigned c = 4; c <= NQUEENS_MAX; c += 2)
        column[k++] = c;
    column[k++] = 2;
    for (unsigned c = 5; c <= NQUEENS_MAX; c += 2)
        column[k++] = c;
    column[k++] = 1;
    column[k++] = 3;
    for (unsigned row = 0; row < 18; row++)
        board = nqueens_place(board, (uint32_t)1 << (column[row] - 1));
    struct nqueens_count want = { 0 }, got = { 0 };
    nqueens_reference(nqueens_full(NQUEENS_MAX), board, &want);
    ISA_SELECT(nqueens_search, isa_best())(NQUEENS_MAX, 18, board, &got);
    CU_ASSERT(want.solutions >= 1);
    CU_ASSERT_EQUAL(got.solutions, want.solutions);
    CU_ASSERT_EQUAL(got.placed, want.placed);
}

static void finds_a_wrong_count(void)
{
    struct nqueens *q = counted(9, isa_best(), 2, KERNEL_TUNED);
    char why[256] = "";
    q->slot[q->blocks - 1].solutions++;
    nqueens_workload.join(q);
    CU_ASSERT_EQUAL(nqueens_workload.verify(q, why, sizeof why), -EDOM);
    CU_ASSERT_STRING_EQUAL(why, "354 ways were counted, not 352");
    nqueens_workload.teardown(q);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(counts_are_the_published_ones),
                                              UNIT(nodes_are_half_those_of_the_backtrack_tree),
                                              UNIT(vectors_search_as_recursion_does_from_every_row),
                                              UNIT(every_kernel_and_team_fills_the_same_slots),
                                              UNIT(the_largest_board_is_within_bounds),
                                              UNIT(finds_a_wrong_count),
                                              UNIT_END };
    int code = unit_main("nqueens", tests);
    team_destroy(&team);
    return code;
}
