/* The matrix product against the plain triple loop, and Freivalds' check against a wrong product. */
#include "cpu_bound/matmul.c" /* for its statics: the check is tested on a spoilt result */

#include "tests/unit/unit.h"

#include <math.h>

static struct team team;

static struct matmul *product(size_t n, enum isa isa, unsigned threads)
{
    struct params p = { .size = n, .seed = 7, .isa = isa, .team = &team };
    void *state = NULL;
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    CU_ASSERT_FATAL(matmul_workload.setup(&p, &state) == 0);
    CU_ASSERT(matmul_workload.run(state, &team) == 0);
    return state;
}

/* Entries are below 1/2: a sum of n products errs by less than n^2 / 4 roundings of 2^-53. */
static void expect_reference(const struct matmul *m)
{
    double *want = calloc(m->n * m->n, sizeof *want), worst = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(want);
    matmul_reference(m->a, m->b, want, m->n, 0, m->n);
    for (size_t i = 0; i < m->n * m->n; i++)
        worst = fmax(worst, fabs(want[i] - m->product.c[i]));
    CU_ASSERT(worst <= (double)(m->n * m->n) * 0x1p-55);
    free(want);
}

static void equals_the_triple_loop_at_sizes_that_divide_nothing(void)
{
    static const size_t sizes[] = { 1, 2, 3, 5, 7, 8, 23, 24, 25, 31, 97, 241, 385, 401 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int isa = 0; isa < ISA_COUNT; isa++) {
            if (!isa_available((enum isa)isa))
                continue;
            struct matmul *m = product(sizes[s], (enum isa)isa, 2);
            char why[256];
            expect_reference(m);
            CU_ASSERT(matmul_workload.verify(m, why, sizeof why) == 0);
            matmul_workload.teardown(m);
        }
}

static void has_the_same_bits_at_every_thread_count(void)
{
    uint64_t first = 0;
    for (unsigned threads = 1; threads <= 7; threads++) {
        struct matmul *m = product(501, isa_best(), threads);
        char why[256];
        CU_ASSERT(matmul_workload.verify(m, why, sizeof why) == 0);
        uint64_t digest = matmul_workload.digest(m);
        first = threads == 1 ? digest : first;
        CU_ASSERT_EQUAL(digest, first);
        matmul_workload.teardown(m);
    }
}

static void freivalds_finds_one_wrong_entry(void)
{
    struct matmul *m = product(301, isa_best(), 2);
    char why[256] = "";
    m->product.c[150 * 301 + 7] += 1e-9;
    CU_ASSERT_EQUAL(matmul_workload.verify(m, why, sizeof why), -EDOM);
    CU_ASSERT(why[0] != '\0');
    m->product.c[150 * 301 + 7] = NAN;
    CU_ASSERT_EQUAL(matmul_workload.verify(m, why, sizeof why), -EDOM);
    matmul_workload.teardown(m);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(equals_the_triple_loop_at_sizes_that_divide_nothing),
                                              UNIT(has_the_same_bits_at_every_thread_count),
                                              UNIT(freivalds_finds_one_wrong_entry), UNIT_END };
    int code = unit_main("matmul", tests);
    team_destroy(&team);
    return code;
}
