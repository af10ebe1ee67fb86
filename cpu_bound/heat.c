/*
 * heat: 2-D heat conduction, explicit Euler steps of the 5-point stencil on n x n points with a fixed
 * boundary. The pattern is the structured grid with time tiling: many steps for one pass through
 * memory (heat_tiles.c), with the bits of the plain sweep, which is --tile 1.
 *
 * Limits. Arithmetic: 6 operations a point and step, none of them fused, so that every instruction set gives
 * the same bits; they go at half the rate of multiply-adds. Memory: a pass must read one array and write
 * two, 24 bytes a point; a plain sweep reads one and writes the other, 16 bytes. (Caches that read a line
 * before they write it add 8, not counted here.) The limit reported is the one that takes longer.
 */
#include "cpu_bound/heat.h"

#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/field.h"
#include "cpu_bound/heat_check.h"
#include "cpu_bound/heat_field.h"
#include "cpu_bound/heat_picture.h"
#include "cpu_bound/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN(field) offsetof(struct heat_options, field)
static const struct option_spec own_options[] = {
    { 0, "steps", "N", OPTION_UINT, OWN(steps), "100", 0, 1e9, NULL, "time steps" },
    { 0, "alpha", "X", OPTION_DOUBLE, OWN(alpha), "0.2", 1e-6, 0.25, NULL,
      "diffusion number D dt / h^2; above 0.25 steps are unstable" },
    { 0, "tile", "N", OPTION_UINT, OWN(tile), "50", 1, 1000, NULL,
      "most steps for one pass through memory; 1: a plain sweep" },
    { 0, "movie", "DIR", OPTION_STRING, OWN(movie), NULL, 0, 0, NULL,
      "write a frame series: DIR/0000.png, 0001.png, ...; not timed" },
    { 0, "frames", "N", OPTION_UINT, OWN(frames), "100", 1, 9999, NULL, "frames of the movie after the first" },
    { 0 },
};

static double heat_bytes(const struct params *p)
{
    return 2.0 * sizeof(double) * (double)p->size * (double)heat_stride(p->size);
}

static void heat_teardown(void *state)
{
    struct heat *h = state;
    if (!h)
        return;
    heat_grid_free(&h->grid);
    heat_modes_destroy(&h->modes);
    free(h);
}

static int heat_setup(const struct params *p, void **state)
{
    struct heat *h = calloc(1, sizeof *h);
    int rc = -ENOMEM;
    if (!h)
        return rc;
    h->own = *(const struct heat_options *)p->own;
    h->seed = p->seed;
    h->team = p->team;
    h->grid = (struct heat_grid){ .n = p->size, .alpha = h->own.alpha, .isa = p->isa, .modes = &h->modes };
    if (heat_modes_create(p->size, h->own.alpha, &h->modes) != 0 || heat_grid_alloc(&h->grid) != 0)
        goto out;
    rc = h->own.movie ? heat_movie_begin(h->own.movie) : 0;
    if (rc != 0)
        goto out;
    heat_advance(&h->grid, p->team, 0, 1, h->own.tile); /* each page is touched by the thread that will use it */
    *state = h;
    h = NULL;
out:
    heat_teardown(h);
    return rc;
}

static int heat_run(void *state, struct team *team)
{
    struct heat *h = state;
    heat_advance(&h->grid, team, 0, h->own.steps, h->own.tile);
    h->centre = heat_row(&h->grid, h->own.steps, h->grid.n / 2)[h->grid.n / 2];
    return 0;
}

static int heat_verify(void *state, char *why, size_t why_len)
{
    struct heat *h = state;
    struct heat_slab all = heat_slab_of(&h->grid, h->own.steps);
    int rc = heat_check_decay(&all, h->team->threads, &h->error, why, why_len);
    if (rc == 0)
        rc = heat_check_window(&all, h->seed, why, why_len);
    /* Here because it is the part that is not timed; and no movie is made of a wrong field. */
    if (rc == 0 && h->own.movie)
        rc = heat_movie_play(&h->grid, h->team, h->own.steps, h->own.tile, h->own.movie, h->own.frames);
    return rc;
}

static double inner_points(const struct heat *h)
{
    double side = h->grid.n > 2 ? (double)h->grid.n - 2 : 0;
    return side * side;
}

static double heat_work(const void *state)
{
    const struct heat *h = state;
    return inner_points(h) * (double)h->own.steps;
}

static json_t *heat_answer(const void *state)
{
    const struct heat *h = state;
    return isfinite(h->centre) ? json_real(h->centre) : json_null(); /* JSON has no NaN */
}

/* Of the rows, in their order; each is hashed by some thread. */
static uint64_t heat_digest(const void *state)
{
    const struct heat *h = state;
    struct heat_slab all = heat_slab_of(&h->grid, h->own.steps);
    uint64_t *row = malloc(h->grid.n * sizeof *row), digest;
    if (!row)
        return 0;
    heat_digest_rows(&all, h->team->threads, row);
    digest = digest_join(row, h->grid.n);
    free(row);
    return digest;
}

/* What a point and step must take by arithmetic and by memory; the longer is the limit. */
static int report_limit(const struct heat *h, json_t *result)
{
    double rate = json_number_value(json_object_get(result, "rate"));
    double levels = (double)h->own.steps / (double)heat_passes(&h->grid, h->team, h->own.steps, h->own.tile);
    double flop = 6, bytes = (levels > 1 ? 24 : 16) / levels;
    double flops = limit_flops(h->team, h->grid.isa) / 2, bandwidth = limit_bandwidth(h->team, h->grid.isa);
    if (bytes / bandwidth > flop / flops)
        return limit_report(result, "memory bandwidth", "B", bandwidth, rate * bytes);
    return limit_report(result, "additions and multiplications, not fused", "flop", flops, rate * flop);
}

static int heat_details(const void *state, json_t *result)
{
    const struct heat *h = state;
    int rc = json_object_set_new(result, "steps", json_integer((json_int_t)h->own.steps));
    rc |= json_object_set_new(result, "alpha", json_real(h->own.alpha));
    rc |= json_object_set_new(result, "tile", json_integer((json_int_t)h->own.tile));
    rc |= json_object_set_new(result, "max_error", json_real(h->error));
    rc |= json_object_set_new(result, "tolerance", json_real(heat_tolerance(h->own.steps)));
    /* Below a hundred million points and steps a run is over before any limit is felt. */
    if (rc == 0 && heat_work(h) >= 1e8)
        rc = report_limit(h, result);
    return rc == 0 ? 0 : -ENOMEM;
}

static void heat_text(const void *state, char *out, size_t size)
{
    const struct heat *h = state;
    snprintf(out, size, "%.12g at the centre after %" PRIu64 " steps; largest error %.2g (allowed %.2g)", h->centre,
             h->own.steps, h->error, heat_tolerance(h->own.steps));
}

static const double *field_row(const void *context, size_t y)
{
    const struct heat *h = context;
    return heat_row(&h->grid, h->own.steps, y);
}

static int heat_write(const void *state, const char *path)
{
    const struct heat *h = state;
    if (field_named(path))
        return field_write(path, h->grid.n, h->grid.n, field_row, h);
    return heat_picture_write(&h->grid, h->own.steps, path);
}

const struct workload heat_workload = {
    .name = "heat",
    .summary = "heat conduction on a square: a structured grid, several steps for one pass through memory",
    .pattern = "structured grid, time tiling",
    .size_is = "points a side",
    .size_default = 4096,
    .size_min = 1,
    .size_max = 1000000,
    .check = "exact decay of a discrete eigenmode at every point; up to some 250 steps also the bits of the reference "
             "kernel in a drawn window",
    .work_unit = "points",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct heat_options),
    .bytes = heat_bytes,
    .setup = heat_setup,
    .run = heat_run,
    .verify = heat_verify,
    .work = heat_work,
    .answer = heat_answer,
    .digest = heat_digest,
    .details = heat_details,
    .text = heat_text,
    .write = heat_write,
    .out_check = field_check,
    .teardown = heat_teardown,
};
