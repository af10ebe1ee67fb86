#include "cpu_bound/heat_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void heat_step_reference(double *restrict next, const double *restrict cur, size_t stride, struct heat_range range,
                         double alpha)
{
    for (size_t r = range.row0; r < range.row1; r++)
        for (size_t c = range.column0; c < range.column1; c++) {
            const double *at = cur + r * stride + c;
            double around = (at[-(ptrdiff_t)stride] + at[stride]) + (at[-1] + at[1]);
            next[r * stride + c] = (1 - 4 * alpha) * at[0] + alpha * around;
        }
}

int heat_check_decay(const struct heat_grid *g, uint64_t steps, unsigned threads, double *error, char *why, size_t why_len)
{
    double tolerance = heat_tolerance(steps), worst = 0;
    size_t wrong_rows = 0, first_wrong = g->n;
    /* schedule(static): rows cost the same, and these are about the rows that the threads computed */
#pragma omp parallel for default(none) shared(g, steps, tolerance) num_threads(threads) schedule(static) \
    reduction(max : worst) reduction(+ : wrong_rows) reduction(min : first_wrong)
    for (size_t i = 0; i < g->n; i++) {
        double e = heat_row_error(g->modes, heat_row(g, steps, i), i, steps);
        bool right = e <= tolerance; /* false for NaN */
        worst = right && e > worst ? e : worst;
        wrong_rows += !right;
        first_wrong = !right && i < first_wrong ? i : first_wrong;
    }
    *error = worst;
    if (wrong_rows == 0)
        return 0;
    double off = heat_row_error(g->modes, heat_row(g, steps, first_wrong), first_wrong, steps);
    snprintf(why, why_len, "after %" PRIu64 " steps row %zu is %.3g off the exact decay, of which rounding explains %.3g; "
             "%zu rows are wrong", steps, first_wrong, off, tolerance, wrong_rows);
    return -EDOM;
}

/* [begin, end) of one coordinate. */
struct span {
    size_t begin, end;
};

static struct span grown(struct span s, uint64_t by, size_t n)
{
    return (struct span){ s.begin > by ? s.begin - by : 0, n - s.end > by ? s.end + by : n };
}

/* Draws from the seed (xorshift64, Marsaglia 2003). */
static struct span draw(uint64_t *random, size_t n)
{
    enum { SIDE = 64 };
    size_t side = n < SIDE ? n : SIDE;
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    size_t begin = *random % (n - side + 1);
    return (struct span){ begin, begin + side };
}

/* The patch rows x columns of the grid, taken @steps steps; what comes in over its edges from outside is not right. */
static const double *reference_patch(const struct heat_grid *g, struct span rows, struct span columns, uint64_t steps,
                                     double *array[2])
{
    size_t height = rows.end - rows.begin, width = columns.end - columns.begin;
    struct heat_range all = { 0, height, 0, width }, inner = { 1, height - 1, 1, width - 1 };
    for (int a = 0; a < 2; a++)
        heat_fill(g->modes, array[a], width, all, rows.begin, columns.begin);
    for (uint64_t k = 0; k < steps; k++)
        heat_step_reference(array[(k + 1) % 2], array[k % 2], width, inner, g->alpha);
    return array[steps % 2];
}

/* The rows x columns of the grid against @want, its point (rows.begin, columns.begin), @width doubles a row. */
static int compare(const struct heat_grid *g, uint64_t steps, struct span rows, struct span columns, const double *want,
                   size_t width, char *why, size_t why_len)
{
    for (size_t i = rows.begin; i < rows.end; i++, want += width) {
        const double *got = heat_row(g, steps, i) + columns.begin;
        if (memcmp(got, want, (columns.end - columns.begin) * sizeof *got) == 0)
            continue;
        snprintf(why, why_len, "row %zu, columns %zu to %zu, differs from the reference kernel", i, columns.begin,
                 columns.end - 1);
        return -EDOM;
    }
    return 0;
}

int heat_check_window(const struct heat_grid *g, uint64_t steps, uint64_t seed, char *why, size_t why_len)
{
    uint64_t random = seed * 2 + 1;
    struct span rows = draw(&random, g->n), columns = draw(&random, g->n);
    /* News travel one point a step: further out nothing matters to the window. */
    struct span patch_rows = grown(rows, steps, g->n), patch_columns = grown(columns, steps, g->n);
    size_t width = patch_columns.end - patch_columns.begin, points = (patch_rows.end - patch_rows.begin) * width;
    if ((double)points * (double)steps > 1e8)
        return 0;
    double *array[2] = { malloc(points * sizeof(double)), malloc(points * sizeof(double)) };
    int rc = -ENOMEM;
    if (array[0] && array[1]) {
        const double *patch = reference_patch(g, patch_rows, patch_columns, steps, array);
        const double *want = patch + (rows.begin - patch_rows.begin) * width + (columns.begin - patch_columns.begin);
        rc = compare(g, steps, rows, columns, want, width, why, why_len);
    }
    free(array[0]);
    free(array[1]);
    return rc;
}
