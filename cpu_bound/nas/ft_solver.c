/*
 * Who does what: between two barriers the families of all planes, or the tiles of all bundles, are shared out in
 * ranges of equal length, whole runs of planes and of bundles. Lines are transformed independently of each other, and
 * the 1024 points are summed in their order by one thread: the bits are the same in every team, and on any number of
 * processes that have their shares of the families and tiles.
 *
 * The spectrum is never written again: at time t it is multiplied by the t-th power of the damping on its
 * way into the inverse transform. The field is formed in full, in memory, before points of it are summed.
 */
#include "cpu_bound/nas/ft_solver.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 1e-6 /* the diffusion constant */
enum { LINE = 8 /* doubles of a cache line */ };

/* --- memory --- */

static struct ft_shape shape_of(const struct ft_class *class, enum isa isa)
{
    return ft_shape(class->n, ISA_SELECT(ft_lanes, isa)());
}

static size_t scratch_apart(const struct ft_shape *shape, enum isa isa)
{
    return blocks_count(ISA_SELECT(ft_scratch, isa)(shape), LINE) * LINE + FT_GAP;
}

double ft_solver_bytes(const struct ft_class *class, unsigned threads, double processes)
{
    struct ft_shape shape = shape_of(class, ISA_BASELINE);
    double scratch = (double)scratch_apart(&shape, ISA_BASELINE) * threads;
    double field = (double)shape.n[FT_Z] * (double)shape.plane, spectrum = 2 * (double)ft_points(&shape);
    return sizeof(double) * ((field + spectrum) / processes + scratch);
}

void ft_solver_destroy(struct ft_solver *s)
{
    ft_transform_destroy(&s->transform);
    for (int axis = 0; axis < FT_AXES; axis++)
        free(s->damping.along[axis]);
    free(s->spectrum);
    free(s->field);
    free(s->scratch);
    *s = (struct ft_solver){ 0 };
}

/* The part of @worker of [begin, end). */
static void share(size_t begin, size_t end, size_t workers, size_t worker, size_t *from, size_t *to)
{
    *from = begin + (end - begin) * worker / workers;
    *to = begin + (end - begin) * (worker + 1) / workers;
}

/* Planes that have families of the own share begin here; they are there whole. */
static size_t first_plane(const struct ft_solver *s)
{
    return s->share.family / FT_FAMILIES;
}

static size_t field_doubles(const struct ft_solver *s)
{
    return (blocks_count(s->share.families_end, FT_FAMILIES) - first_plane(s)) * s->transform.shape.plane;
}

static size_t spectrum_doubles(const struct ft_solver *s)
{
    return (s->share.tiles_end - s->share.tile) * ft_tile(&s->transform.shape);
}

/* Pages lie with the owners of planes and of bundles; only the pass by bundles goes across the planes of all. */
static void touch(struct ft_solver *s, struct team *team)
{
    size_t field = field_doubles(s), spectrum = spectrum_doubles(s);
#pragma omp parallel default(none) shared(s, team, field, spectrum) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), begin, end;
        team_bind(team, (unsigned)worker);
        share(0, field, workers, worker, &begin, &end);
        memset(s->field + begin, 0, (end - begin) * sizeof(double));
        share(0, spectrum, workers, worker, &begin, &end);
        memset(s->spectrum + begin, 0, (end - begin) * sizeof(double));
        memset(s->scratch + worker * s->scratch_apart, 0, s->scratch_apart * sizeof(double));
    }
}

struct ft_share ft_whole(const struct ft_shape *shape)
{
    return (struct ft_share){ 0, shape->n[FT_Z] * FT_FAMILIES, 0, shape->n[FT_Y] / FT_FAMILIES * ft_tiles(shape) };
}

int ft_solver_create(const struct ft_class *class, enum isa isa, struct team *team, const struct ft_share *own,
                     struct ft_solver *out)
{
    struct ft_shape shape = shape_of(class, isa);
    *out = (struct ft_solver){ .class = class, .isa = isa, .scratch_apart = scratch_apart(&shape, isa) };
    int rc = ft_transform_create(&shape, &out->transform);
    out->share = own ? *own : ft_whole(&shape);
    out->spectrum = array_alloc(spectrum_doubles(out), sizeof(double));
    out->field = array_alloc(field_doubles(out), sizeof(double));
    out->scratch = array_alloc(team->threads * out->scratch_apart, sizeof(double));
    if (!out->spectrum || !out->field || !out->scratch)
        rc = -ENOMEM;
    for (int axis = 0; axis < FT_AXES; axis++)
        if (!(out->damping.along[axis] = array_alloc(shape.n[axis], sizeof(double))))
            rc = -ENOMEM;
    if (rc == 0)
        touch(out, team);
    else
        ft_solver_destroy(out);
    return rc;
}

/* --- passes --- */

struct ft_part ft_solver_part(const struct ft_solver *s)
{
    return ft_field_part(&s->transform.shape, s->field, first_plane(s), s->share.family, s->share.families_end);
}

static double *family_row(const struct ft_solver *s, size_t family, size_t y)
{
    const struct ft_shape *shape = &s->transform.shape;
    return s->field + (family / FT_FAMILIES - first_plane(s)) * shape->plane + ft_row(shape, y) * shape->row;
}

void ft_solver_families_forward(const struct ft_solver *s, const struct ft_box *box, size_t workers, size_t worker)
{
    const struct ft_shape *shape = &s->transform.shape;
    size_t begin, end, before = first_plane(s) * FT_FAMILIES;
    share(s->share.family, s->share.families_end, workers, worker, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        for (size_t y = i % FT_FAMILIES; y < shape->n[FT_Y]; y += FT_FAMILIES)
            ISA_SELECT(ft_fill_row, s->isa)(shape, family_row(s, i, y), y, i / FT_FAMILIES);
        ISA_SELECT(ft_families_forward, s->isa)(&s->transform, s->field, box, i - before, i - before + 1);
    }
}

void ft_solver_families_inverse(const struct ft_solver *s, const struct ft_box *box, size_t workers, size_t worker)
{
    size_t begin, end, before = first_plane(s) * FT_FAMILIES;
    share(s->share.family, s->share.families_end, workers, worker, &begin, &end);
    ISA_SELECT(ft_families_inverse, s->isa)(&s->transform, s->field, box, begin - before, end - before,
                                            s->scratch + worker * s->scratch_apart);
}

static double *tile_spectrum(const struct ft_solver *s, size_t tile)
{
    return s->spectrum + (tile - s->share.tile) * ft_tile(&s->transform.shape);
}

void ft_solver_tiles_forward(const struct ft_solver *s, const struct ft_part *parts, size_t begin, size_t end, size_t worker)
{
    ISA_SELECT(ft_tiles_forward, s->isa)(&s->transform, parts, tile_spectrum(s, begin), begin, end,
                                         s->scratch + worker * s->scratch_apart);
}

void ft_solver_tiles_inverse(const struct ft_solver *s, const struct ft_part *parts, size_t begin, size_t end, size_t worker)
{
    ISA_SELECT(ft_tiles_inverse, s->isa)(&s->transform, tile_spectrum(s, begin), &s->damping, parts, begin, end,
                                         s->scratch + worker * s->scratch_apart);
}

void ft_solver_points(const struct ft_solver *s, double value[FT_SUMMED][2])
{
    const struct ft_shape *shape = &s->transform.shape;
    for (size_t j = 1; j <= FT_SUMMED; j++) {
        size_t point[FT_AXES];
        ft_summed_point(shape, j, point);
        size_t family = point[FT_Z] * FT_FAMILIES + point[FT_Y] % FT_FAMILIES;
        if (family < s->share.family || family >= s->share.families_end)
            continue;
        const double *at = family_row(s, family, point[FT_Y]) + ft_block_at(shape, point[FT_X]);
        value[j - 1][0] = at[0];
        value[j - 1][1] = at[shape->lanes];
    }
}

/* --- the run --- */

void ft_damping_fill(const struct ft_transform *f, int t, struct ft_damping *out)
{
    for (int axis = 0; axis < FT_AXES; axis++)
        for (size_t i = 0, n = f->shape.n[axis]; i < n; i++) {
            size_t k = ft_frequency(f, axis, i);
            double wave = (double)(k < n / 2 ? k : n - k); /* its size: frequencies from n / 2 on are negative */
            out->along[axis][i] = exp(-4 * ALPHA * M_PI * M_PI * wave * wave * t);
        }
}

void ft_checksum(const struct ft_shape *s, double value[FT_SUMMED][2], double out[2])
{
    double re = 0, im = 0, scale = 1 / (double)ft_points(s);
    for (size_t j = 0; j < FT_SUMMED; j++) {
        re += value[j][0];
        im += value[j][1];
    }
    out[0] = re * scale;
    out[1] = im * scale;
}

static void sum_points(struct ft_solver *s, int t)
{
    double value[FT_SUMMED][2];
    ft_solver_points(s, value);
    ft_checksum(&s->transform.shape, value, s->checksum[t - 1]);
}

void ft_solver_start(struct ft_solver *s, struct team *team)
{
    ft_transform_fill(&s->transform);
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), begin, end;
        const struct ft_part field = ft_solver_part(s);
        team_bind(team, (unsigned)worker);
        ft_solver_families_forward(s, NULL, workers, worker);
        share(s->share.tile, s->share.tiles_end, workers, worker, &begin, &end);
#pragma omp barrier
        ft_solver_tiles_forward(s, &field, begin, end, worker);
    }
}

void ft_solver_advance(struct ft_solver *s, struct team *team, int first, int last)
{
#pragma omp parallel default(none) shared(s, team, first, last) num_threads(team->threads) /* as above */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), begin, end;
        const struct ft_part field = ft_solver_part(s);
        team_bind(team, (unsigned)worker);
        share(s->share.tile, s->share.tiles_end, workers, worker, &begin, &end);
        for (int t = first; t <= last; t++) {
#pragma omp single
            ft_damping_fill(&s->transform, t, &s->damping);
            ft_solver_tiles_inverse(s, &field, begin, end, worker);
#pragma omp barrier
            ft_solver_families_inverse(s, NULL, workers, worker);
#pragma omp barrier
#pragma omp single
            sum_points(s, t);
        }
    }
}

double ft_solver_error(const struct ft_solver *s, int t)
{
    const double *got = s->checksum[t - 1], *want = s->class->checksum[t - 1];
    return hypot(got[0] - want[0], got[1] - want[1]) / hypot(want[0], want[1]);
}
