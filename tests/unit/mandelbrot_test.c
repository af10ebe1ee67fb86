/* The vector kernels of mandelbrot against the reference, and its check against a picture that is wrong. */
#include "common/workload.h"
#include "cpu_bound/mandelbrot_kernel.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct workload mandelbrot_workload;

static struct mandelbrot_view view_of(size_t n, unsigned iterations)
{
    return (struct mandelbrot_view){ .n = n, .iterations = iterations, .left = -2, .top = 1.25, .side = 2.5 };
}

/* Rows [begin, end) by every instruction set; the bytes behind the rows must stay as they were. */
static void compare_rows(const struct mandelbrot_view *view, size_t begin, size_t end)
{
    size_t pixels = (end - begin) * view->n, guard = 64;
    uint16_t *want = malloc((pixels + guard) * sizeof *want), *got = malloc((pixels + guard) * sizeof *got);
    CU_ASSERT_FATAL(want && got);
    memset(want, 0xA5, (pixels + guard) * sizeof *want);
    mandelbrot_rows_reference(view, begin, end, want);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        memset(got, 0xA5, (pixels + guard) * sizeof *got);
        ISA_SELECT(mandelbrot_rows, isa)(view, begin, end, got);
        CU_ASSERT_EQUAL(memcmp(want, got, (pixels + guard) * sizeof *want), 0);
    }
    free(want);
    free(got);
}

static void kernels_equal_the_reference_at_any_size(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 31, 33, 97, 101, 256 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct mandelbrot_view view = view_of(sizes[i], 1000);
        compare_rows(&view, 0, sizes[i]);
    }
}

/* Around the lengths of the rounds: the last one may go beyond the last step. */
static void kernels_equal_the_reference_at_any_number_of_iterations(void)
{
    static const unsigned iterations[] = { 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 40, 41, 100, 65535 };
    for (size_t i = 0; i < sizeof iterations / sizeof *iterations; i++) {
        struct mandelbrot_view view = view_of(iterations[i] > 1000 ? 21 : 61, iterations[i]);
        compare_rows(&view, 0, view.n);
    }
}

static void kernels_take_any_range_of_rows(void)
{
    struct mandelbrot_view view = view_of(67, 300);
    for (size_t begin = 0; begin <= view.n; begin += 11)
        for (size_t end = begin; end <= view.n; end += 7)
            compare_rows(&view, begin, end);
}

/* Rows of a fine picture where escapes are late and near each other: beside the real axis and the seahorse valley. */
static void kernels_equal_the_reference_near_the_boundary(void)
{
    struct mandelbrot_view view = view_of(20001, 2000);
    compare_rows(&view, 10000, 10001);
    compare_rows(&view, 9200, 9201);
}

static void a_wrong_picture_fails_the_check(void)
{
    uint64_t iterations = 1000;
    struct params p = { .size = 64, .seed = 1, .isa = isa_best(), .own = &iterations };
    struct blocks b;
    char why[128] = "";
    void *state;
    CU_ASSERT_EQUAL_FATAL(mandelbrot_workload.setup(&p, &state), 0);
    mandelbrot_workload.blocks(state, &b);
    CU_ASSERT_EQUAL(mandelbrot_workload.compute(state, 0, b.count), 0);
    CU_ASSERT_EQUAL(mandelbrot_workload.verify(state, why, sizeof why), 0);
    for (size_t row = 0; row < 64; row++) /* one pixel of each row, by one iteration */
        ((uint16_t *)b.slots)[64 * row + 1] ^= 1;
    CU_ASSERT_EQUAL(mandelbrot_workload.verify(state, why, sizeof why), -EDOM);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "differs from the reference kernel"));
    mandelbrot_workload.teardown(state);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(kernels_equal_the_reference_at_any_size),
        UNIT(kernels_equal_the_reference_at_any_number_of_iterations),
        UNIT(kernels_take_any_range_of_rows),
        UNIT(kernels_equal_the_reference_near_the_boundary),
        UNIT(a_wrong_picture_fails_the_check),
        UNIT_END,
    };
    return unit_main("mandelbrot", tests);
}
