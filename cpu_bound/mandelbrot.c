/*
 * mandelbrot: escape counts of n x n points of the square -2 <= x <= 0.5, |y| <= 1.25. The pattern is
 * irregular load: a row through the set costs a hundred times one beside it, so rows are dealt out
 * dynamically. Limit: arithmetic. An iteration is 7 multiplications and additions, which may not be fused:
 * every instruction set rounds alike; the counts written are nothing beside them.
 */
#include "cpu_bound/mandelbrot.h"

#include "common/digest.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/picture.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double AREA = 1.506591856; /* OEIS A098403; Förstemann 2012: 1.5065918849(28) by pixel counting */

struct own {
    uint64_t iterations;
};

static const struct option_spec own_options[] = {
    { 0, "iterations", "N", OPTION_UINT, offsetof(struct own, iterations), "1000", 1, 65535, NULL,
      "steps after which a point counts as inside" },
    { 0 },
};

static double mandelbrot_bytes(const struct params *p)
{
    return (double)p->size * (double)p->size * sizeof(uint16_t);
}

static size_t picture_bytes(const struct mandelbrot *m)
{
    return m->view.n * m->view.n * sizeof *m->count;
}

static void mandelbrot_teardown(void *state)
{
    struct mandelbrot *m = state;
    if (m)
        team_shared_free(m->count, picture_bytes(m));
    free(m);
}

void mandelbrot_init(struct mandelbrot *m, const struct params *p)
{
    const struct own *own = p->own;
    *m = (struct mandelbrot){ .isa = p->isa, .team = p->team, .seed = p->seed };
    m->view = (struct mandelbrot_view){ .n = p->size, .iterations = (unsigned)own->iterations, .left = -2, .top = 1.25,
                                        .side = 2.5 };
}

static int mandelbrot_setup(const struct params *p, void **state)
{
    struct mandelbrot *m = calloc(1, sizeof *m);
    if (!m)
        return -ENOMEM;
    mandelbrot_init(m, p);
    m->count = team_shared_alloc(picture_bytes(m));
    if (!m->count) {
        mandelbrot_teardown(m);
        return -ENOMEM;
    }
    *state = m;
    return 0;
}

static void mandelbrot_blocks(void *state, struct blocks *out)
{
    struct mandelbrot *m = state;
    size_t n = m->view.n;
    /* A row is a block. chunk: at least 16384 points, so that short rows do not cost more to hand out than to do. */
    *out = (struct blocks){ .count = n, .slot_size = n * sizeof *m->count, .slots = m->count, .chunk = 16384 / n + 1 };
}

static int mandelbrot_compute(void *state, size_t begin, size_t end)
{
    struct mandelbrot *m = state;
    ISA_SELECT(mandelbrot_rows, m->isa)(&m->view, begin, end, m->count + begin * m->view.n);
    return 0;
}

void mandelbrot_add_up(struct mandelbrot *m, size_t begin, size_t end, uint64_t *digest)
{
    uint64_t sum = 0, inside = 0;
    size_t n = m->view.n;
    unsigned threads = m->team ? m->team->threads : 1, most = m->view.iterations;
    const uint16_t *all = m->count;
/* static: rows cost the same here */
#pragma omp parallel for default(none) shared(all, digest, n, begin, end, most) reduction(+ : sum, inside) schedule(static) num_threads(threads)
    for (size_t y = begin; y < end; y++) {
        const uint16_t *count = all + y * n;
        for (size_t x = 0; x < n; x++) {
            sum += count[x];
            inside += count[x] == most;
        }
        digest[y - begin] = digest_bytes(count, n * sizeof *count);
    }
    m->iterations += sum;
    m->inside += inside;
}

static double area(const struct mandelbrot *m)
{
    double pixels = (double)m->view.n * (double)m->view.n;
    return (double)m->inside / pixels * m->view.side * m->view.side;
}

/* Draws from the seed (xorshift64, Marsaglia 2003): which rows are done again by the reference. */
static uint64_t draw(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

/* One pixel at a time. */
int mandelbrot_check_rows(const struct mandelbrot *m, size_t begin, size_t end, char *why, size_t why_len)
{
    size_t n = m->view.n;
    uint64_t random = m->seed * 2 + 1;
    uint16_t *want = malloc(n * sizeof *want);
    int rc = want ? 0 : -ENOMEM;
    for (int i = 0; rc == 0 && i < 8; i++) {
        size_t row = draw(&random) % n;
        if (row < begin || row >= end)
            continue;
        mandelbrot_rows_reference(&m->view, row, row + 1, want);
        if (memcmp(want, m->count + row * n, n * sizeof *want) != 0) {
            snprintf(why, why_len, "row %zu differs from the reference kernel", row);
            rc = -EDOM;
        }
    }
    free(want);
    return rc;
}

/*
 * Points on a grid count the area up to the pixels that the boundary crosses, and points that would
 * escape after the last iteration still count as inside. The errors measured for n = 1 .. 4096 and
 * 1 .. 20000 iterations stay below three quarters of this bound; the rows above are exact at any size.
 */
static double area_tolerance(const struct mandelbrot *m)
{
    return 12.0 / (double)m->view.n + 12.0 / m->view.iterations;
}

int mandelbrot_check_area(const struct mandelbrot *m, char *why, size_t why_len)
{
    if (fabs(area(m) - AREA) <= area_tolerance(m))
        return 0;
    snprintf(why, why_len, "the area came out as %.6f, not %.6f within %.2g", area(m), AREA, area_tolerance(m));
    return -EDOM;
}

static int mandelbrot_verify(void *state, char *why, size_t why_len)
{
    struct mandelbrot *m = state;
    size_t n = m->view.n;
    uint64_t *digest = malloc(n * sizeof *digest);
    if (!digest)
        return -ENOMEM;
    m->iterations = m->inside = 0;
    mandelbrot_add_up(m, 0, n, digest);
    m->digest = digest_join(digest, n);
    free(digest);
    int rc = mandelbrot_check_area(m, why, why_len);
    return rc ? rc : mandelbrot_check_rows(m, 0, n, why, why_len);
}

static double mandelbrot_work(const void *state)
{
    const struct mandelbrot *m = state;
    return (double)m->iterations;
}

static json_t *mandelbrot_answer(const void *state)
{
    const struct mandelbrot *m = state;
    return json_integer((json_int_t)m->inside);
}

/* Half the multiply-add peak, which counts two operations an instruction. Shorter runs are not worth its measurement. */
static int report_limit(const struct mandelbrot *m, json_t *result)
{
    enum { OPERATIONS = 7, ITERATIONS_WORTH_IT = 200000000 };
    if (!m->team || m->iterations < ITERATIONS_WORTH_IT || json_integer_value(json_object_get(result, "ranks")) > 1)
        return 0;
    return limit_report(result, "separate multiplications and additions", "flop", limit_flops(m->team, m->isa) / 2,
                        OPERATIONS * json_number_value(json_object_get(result, "rate")));
}

static int mandelbrot_details(const void *state, json_t *result)
{
    const struct mandelbrot *m = state;
    if (json_object_set_new(result, "area", json_real(area(m))) != 0 ||
        json_object_set_new(result, "iterations", json_integer(m->view.iterations)) != 0)
        return -ENOMEM;
    return report_limit(m, result);
}

static uint64_t mandelbrot_digest(const void *state)
{
    const struct mandelbrot *m = state;
    return m->digest;
}

static void mandelbrot_text(const void *state, char *out, size_t size)
{
    const struct mandelbrot *m = state;
    snprintf(out, size, "%" PRIu64 " of %zu x %zu points inside: area %.6f (published %.6f)", m->inside, m->view.n, m->view.n,
             area(m), AREA);
}

/* Black inside; outside a colour wheel over the logarithm of the count, so that bands stay equally wide. */
void mandelbrot_colour_row(const void *context, size_t y, uint8_t *rgb)
{
    const struct mandelbrot *m = context;
    for (size_t x = 0; x < m->view.n; x++) {
        unsigned k = m->count[y * m->view.n + x];
        double turn = 0.5 * log2(1 + (double)k) * M_PI;
        bool inside = k == m->view.iterations;
        for (int c = 0; c < 3; c++)
            rgb[3 * x + (size_t)c] = inside ? 0 : (uint8_t)(127.5 - 127.5 * cos(turn + (2 - c) * 0.6));
    }
}

static int mandelbrot_write(const void *state, const char *path)
{
    const struct mandelbrot *m = state;
    return picture_write(path, m->view.n, m->view.n, mandelbrot_colour_row, m);
}

const struct workload mandelbrot_workload = {
    .name = "mandelbrot",
    .summary = "the Mandelbrot set: irregular load, and a picture",
    .pattern = "irregular load",
    .size_is = "pixels a side",
    .size_default = 2048,
    .size_min = 1,
    .size_max = 1000000,
    .check = "reference kernel on 8 drawn rows; published area (OEIS A098403)",
    .work_unit = "iterations",
    /* coop is left out: there is nothing to wait for that a second task could overlap */
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP),
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct own),
    .bytes = mandelbrot_bytes,
    .setup = mandelbrot_setup,
    .blocks = mandelbrot_blocks,
    .compute = mandelbrot_compute,
    .verify = mandelbrot_verify,
    .work = mandelbrot_work,
    .answer = mandelbrot_answer,
    .details = mandelbrot_details,
    .digest = mandelbrot_digest,
    .text = mandelbrot_text,
    .write = mandelbrot_write,
    .out_check = picture_check,
    .teardown = mandelbrot_teardown,
};
