/*
 * Who does what: between two barriers the families of all planes, or the tiles of all bundles, are shared out in
 * ranges of equal length, whole runs of planes and of bundles. Lines are transformed independently of each other, and
 * the 1024 points are summed in their order by one thread: the bits are the same in every team.
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

static size_t field_doubles(const struct ft_shape *shape)
{
    return shape->n[FT_Z] * shape->plane;
}

static size_t scratch_apart(const struct ft_shape *shape, enum isa isa)
{
    return blocks_count(ISA_SELECT(ft_scratch, isa)(shape), LINE) * LINE + FT_GAP;
}

double ft_solver_bytes(const struct ft_class *class, unsigned threads)
{
    struct ft_shape shape = shape_of(class, ISA_BASELINE);
    double scratch = (double)scratch_apart(&shape, ISA_BASELINE) * threads;
    return sizeof(double) * ((double)field_doubles(&shape) + 2 * (double)ft_points(&shape) + scratch);
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

/* The share of @worker of [0, count). */
static void share(size_t count, size_t workers, size_t worker, size_t *begin, size_t *end)
{
    *begin = count * worker / workers;
    *end = count * (worker + 1) / workers;
}

/* Pages lie with the owners of planes and of bundles; only the pass by bundles goes across the planes of all. */
static void touch(struct ft_solver *s, struct team *team)
{
    const struct ft_shape *shape = &s->transform.shape;
#pragma omp parallel default(none) shared(s, shape, team) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), begin, end;
        team_bind(team, (unsigned)worker);
        share(shape->n[FT_Z], workers, worker, &begin, &end);
        memset(s->field + begin * shape->plane, 0, (end - begin) * shape->plane * sizeof(double));
        share(2 * ft_points(shape), workers, worker, &begin, &end);
        memset(s->spectrum + begin, 0, (end - begin) * sizeof(double));
        memset(s->scratch + worker * s->scratch_apart, 0, s->scratch_apart * sizeof(double));
    }
}

int ft_solver_create(const struct ft_class *class, enum isa isa, struct team *team, struct ft_solver *out)
{
    struct ft_shape shape = shape_of(class, isa);
    *out = (struct ft_solver){ .class = class, .isa = isa, .scratch_apart = scratch_apart(&shape, isa) };
    int rc = ft_transform_create(&shape, &out->transform);
    out->spectrum = array_alloc(2 * ft_points(&shape), sizeof(double));
    out->field = array_alloc(field_doubles(&shape), sizeof(double));
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

/* --- passes: @worker's share, when all of the team call them together --- */

/* The initial field, and its first pass while it is still in cache. */
static void families_forward(const struct ft_solver *s, size_t workers, size_t worker)
{
    const struct ft_shape *shape = &s->transform.shape;
    size_t begin, end;
    share(shape->n[FT_Z] * FT_FAMILIES, workers, worker, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        size_t z = i / FT_FAMILIES;
        for (size_t y = i % FT_FAMILIES; y < shape->n[FT_Y]; y += FT_FAMILIES)
            ISA_SELECT(ft_fill_row, s->isa)(shape, s->field + z * shape->plane + ft_row(shape, y) * shape->row, y, z);
        ISA_SELECT(ft_families_forward, s->isa)(&s->transform, s->field, i, i + 1);
    }
}

static void families_inverse(const struct ft_solver *s, size_t workers, size_t worker)
{
    size_t begin, end;
    share(s->class->n[FT_Z] * FT_FAMILIES, workers, worker, &begin, &end);
    ISA_SELECT(ft_families_inverse, s->isa)(&s->transform, s->field, begin, end);
}

static void bundles(const struct ft_solver *s, size_t workers, size_t worker,
                    void (*compute)(const struct ft_solver *s, size_t bundle, size_t begin, size_t end, double *scratch))
{
    size_t tiles = ft_tiles(&s->transform.shape), begin, end;
    share(s->class->n[FT_Y] / FT_FAMILIES * tiles, workers, worker, &begin, &end);
    double *scratch = s->scratch + worker * s->scratch_apart;
    for (size_t bundle_end; begin < end; begin = bundle_end) {
        size_t bundle = begin / tiles, first = bundle * tiles;
        bundle_end = first + tiles < end ? first + tiles : end;
        compute(s, bundle, begin - first, bundle_end - first, scratch);
    }
}

static double *bundle_field(const struct ft_solver *s, size_t bundle)
{
    return s->field + bundle * s->transform.shape.row;
}

static double *bundle_spectrum(const struct ft_solver *s, size_t bundle)
{
    return s->spectrum + bundle * ft_tiles(&s->transform.shape) * ft_tile(&s->transform.shape);
}

static void tiles_forward(const struct ft_solver *s, size_t bundle, size_t begin, size_t end, double *scratch)
{
    ISA_SELECT(ft_tiles_forward, s->isa)(&s->transform, bundle_field(s, bundle), bundle_spectrum(s, bundle), begin, end, scratch);
}

static void tiles_inverse(const struct ft_solver *s, size_t bundle, size_t begin, size_t end, double *scratch)
{
    ISA_SELECT(ft_tiles_inverse, s->isa)(&s->transform, bundle_spectrum(s, bundle), &s->damping, bundle * FT_FAMILIES,
                                         bundle_field(s, bundle), begin, end, scratch);
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
    const struct ft_shape *shape = &s->transform.shape;
    double value[FT_SUMMED][2];
    for (size_t j = 1; j <= FT_SUMMED; j++) {
        size_t point[FT_AXES];
        ft_summed_point(shape, j, point);
        const double *at = s->field + ft_field_at(shape, point[FT_X], point[FT_Y], point[FT_Z]);
        value[j - 1][0] = at[0];
        value[j - 1][1] = at[shape->lanes];
    }
    ft_checksum(shape, value, s->checksum[t - 1]);
}

void ft_solver_start(struct ft_solver *s, struct team *team)
{
    ft_transform_fill(&s->transform);
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads) /* the team that was asked for */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads();
        team_bind(team, (unsigned)worker);
        families_forward(s, workers, worker);
#pragma omp barrier
        bundles(s, workers, worker, tiles_forward);
    }
}

void ft_solver_advance(struct ft_solver *s, struct team *team, int first, int last)
{
#pragma omp parallel default(none) shared(s, team, first, last) num_threads(team->threads) /* as above */
    {
        size_t worker = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads();
        team_bind(team, (unsigned)worker);
        for (int t = first; t <= last; t++) {
#pragma omp single
            ft_damping_fill(&s->transform, t, &s->damping);
            bundles(s, workers, worker, tiles_inverse);
#pragma omp barrier
            families_inverse(s, workers, worker);
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
