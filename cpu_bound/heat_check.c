#include "cpu_bound/heat_check.h"

#include "common/digest.h"

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

struct heat_slab heat_slab_of(const struct heat_grid *g, uint64_t step)
{
    return (struct heat_slab){ .modes = g->modes, .row = heat_row(g, step, 0), .stride = g->stride, .end = g->n,
                               .step = step, .alpha = g->alpha };
}

void heat_digest_rows(const struct heat_slab *s, unsigned threads, uint64_t *digest)
{
    /* schedule(static): rows cost the same */
#pragma omp parallel for default(none) shared(s, digest) num_threads(threads) schedule(static)
    for (size_t i = s->begin; i < s->end; i++)
        digest[i - s->begin] = digest_bytes(heat_slab_row(s, i), s->modes->n * sizeof(double));
}

int heat_check_decay(const struct heat_slab *s, unsigned threads, double *error, char *why, size_t why_len)
{
    double tolerance = heat_tolerance(s->step), worst = 0;
    size_t wrong_rows = 0, first_wrong = s->end;
    /* schedule(static): rows cost the same, and these are about the rows that the threads computed */
#pragma omp parallel for default(none) shared(s, tolerance) num_threads(threads) schedule(static) \
    reduction(max : worst) reduction(+ : wrong_rows) reduction(min : first_wrong)
    for (size_t i = s->begin; i < s->end; i++) {
        double e = heat_row_error(s->modes, heat_slab_row(s, i), i, s->step);
        bool right = e <= tolerance; /* false for NaN */
        worst = right && e > worst ? e : worst;
        wrong_rows += !right;
        first_wrong = !right && i < first_wrong ? i : first_wrong;
    }
    *error = worst;
    if (wrong_rows == 0)
        return 0;
    double off = heat_row_error(s->modes, heat_slab_row(s, first_wrong), first_wrong, s->step);
    snprintf(why, why_len, "after %" PRIu64 " steps row %zu is %.3g off the exact decay, of which rounding explains %.3g; "
             "%zu rows are wrong", s->step, first_wrong, off, tolerance, wrong_rows);
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

static struct span common(struct span a, struct span b)
{
    size_t begin = a.begin > b.begin ? a.begin : b.begin, end = a.end < b.end ? a.end : b.end;
    return (struct span){ begin, end > begin ? end : begin };
}

/* The patch rows x columns of the field at step s->step; what comes in over its edges from outside is not right. */
static const double *reference_patch(const struct heat_slab *s, struct span rows, struct span columns, double *array[2])
{
    size_t height = rows.end - rows.begin, width = columns.end - columns.begin;
    struct heat_range all = { 0, height, 0, width }, inner = { 1, height - 1, 1, width - 1 };
    for (int a = 0; a < 2; a++)
        heat_fill(s->modes, array[a], width, all, rows.begin, columns.begin);
    for (uint64_t k = 0; k < s->step; k++)
        heat_step_reference(array[(k + 1) % 2], array[k % 2], width, inner, s->alpha);
    return array[s->step % 2];
}

/* The rows x columns of the slab against @want, its point (rows.begin, columns.begin), @width doubles a row. */
static int compare(const struct heat_slab *s, struct span rows, struct span columns, const double *want, size_t width,
                   char *why, size_t why_len)
{
    for (size_t i = rows.begin; i < rows.end; i++, want += width) {
        const double *got = heat_slab_row(s, i) + columns.begin;
        if (memcmp(got, want, (columns.end - columns.begin) * sizeof *got) == 0)
            continue;
        snprintf(why, why_len, "row %zu, columns %zu to %zu, differs from the reference kernel", i, columns.begin,
                 columns.end - 1);
        return -EDOM;
    }
    return 0;
}

int heat_check_window(const struct heat_slab *s, uint64_t seed, char *why, size_t why_len)
{
    size_t n = s->modes->n;
    uint64_t random = seed * 2 + 1;
    struct span rows = draw(&random, n), columns = draw(&random, n);
    rows = common(rows, (struct span){ s->begin, s->end });
    /* News travel one point a step: further out nothing matters to the window. */
    struct span patch_rows = grown(rows, s->step, n), patch_columns = grown(columns, s->step, n);
    size_t width = patch_columns.end - patch_columns.begin, points = (patch_rows.end - patch_rows.begin) * width;
    if (rows.begin == rows.end || (double)points * (double)s->step > 1e8)
        return 0;
    double *array[2] = { malloc(points * sizeof(double)), malloc(points * sizeof(double)) };
    int rc = -ENOMEM;
    if (array[0] && array[1]) {
        const double *patch = reference_patch(s, patch_rows, patch_columns, array);
        const double *want = patch + (rows.begin - patch_rows.begin) * width + (columns.begin - patch_columns.begin);
        rc = compare(s, rows, columns, want, width, why, why_len);
    }
    free(array[0]);
    free(array[1]);
    return rc;
}
