/*
 * ft: the NAS kernel FT, diffusion in a periodic box by Fourier transforms in three dimensions. The pattern is the
 * transform between global transposes: lines along x and y lie within planes, lines along z go across all of them.
 *
 * Timed, as its rules demand: tables, the initial field, its transform, and for each time the damping, the
 * inverse transform and the checksum.
 *
 * Limits, for N points. Memory: an inverse transform reads the spectrum, writes the field, and reads and writes it once
 * more: 64 N bytes. The forward one, which begins with values just computed, moves 48 N. Arithmetic: 5 N lg N
 * operations a transform, if it were of radix 2; nearly all are additions, so that the limit is half of the rate of
 * multiply-adds. The limit reported is the one that takes longer.
 */
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/nas/ft.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TOLERANCE 1e-12 /* relative, of each checksum */

static double ft_bytes(const struct params *p)
{
    return ft_solver_bytes(ft_class(p->class), p->team ? p->team->threads : 1, 1);
}

static void ft_teardown(void *state)
{
    struct ft *ft = state;
    if (!ft)
        return;
    ft_solver_destroy(&ft->solver);
    free(ft);
}

static int ft_setup(const struct params *p, void **state)
{
    struct ft *ft = calloc(1, sizeof *ft);
    if (!ft)
        return -ENOMEM;
    ft->team = p->team;
    int rc = ft_solver_create(ft_class(p->class), p->isa, p->team, NULL, &ft->solver);
    if (rc == 0)
        *state = ft;
    else
        ft_teardown(ft);
    return rc;
}

/* The rehearsal that the rules allow. run() computes all of it again. */
static int ft_prepare(void *state, struct team *team)
{
    struct ft *ft = state;
    ft_solver_start(&ft->solver, team);
    return 0;
}

static int first_wrong(const struct ft_solver *s)
{
    for (int t = 1; t <= s->class->iterations; t++)
        if (!(ft_solver_error(s, t) <= TOLERANCE))
            return t;
    return 0;
}

static int ft_run(void *state, struct team *team)
{
    struct ft *ft = state;
    ft_solver_start(&ft->solver, team);
    ft_solver_advance(&ft->solver, team, 1, ft->solver.class->iterations);
    ft->wrong = first_wrong(&ft->solver); /* the rules time the comparison too */
    return 0;
}

static int ft_verify(void *state, char *why, size_t why_len)
{
    struct ft *ft = state;
    const struct ft_solver *s = &ft->solver;
    int t = ft->wrong = first_wrong(s);
    if (t == 0)
        return 0;
    snprintf(why, why_len, "checksum %d is %.12e %+.12e i, published is %.12e %+.12e i", t, s->checksum[t - 1][0],
             s->checksum[t - 1][1], s->class->checksum[t - 1][0], s->class->checksum[t - 1][1]);
    return -EDOM;
}

static double points(const struct ft *ft)
{
    return (double)ft_points(&ft->solver.transform.shape);
}

/* The published count of operations, whatever is executed. */
static double ft_work(const void *state)
{
    const struct ft *ft = state;
    double n = points(ft), iterations = ft->solver.class->iterations;
    return n * (14.8157 + 7.19641 * log(n) + iterations * (5.23518 + 7.21113 * log(n)));
}

static const double *last_checksum(const struct ft *ft)
{
    return ft->solver.checksum[ft->solver.class->iterations - 1];
}

static json_t *ft_answer(const void *state)
{
    const double *c = last_checksum(state);
    return isfinite(c[0]) && isfinite(c[1]) ? json_pack("[f, f]", c[0], c[1]) : json_null(); /* JSON has no NaN */
}

static uint64_t ft_digest(const void *state)
{
    const struct ft_solver *s = &((const struct ft *)state)->solver;
    return digest_bytes(s->checksum, (size_t)s->class->iterations * sizeof *s->checksum);
}

static double largest_error(const struct ft_solver *s)
{
    double largest = 0;
    for (int t = 1; t <= s->class->iterations; t++)
        largest = fmax(largest, ft_solver_error(s, t));
    return largest;
}

static int report_limit(const struct ft *ft, json_t *result, double seconds)
{
    double n = points(ft), iterations = ft->solver.class->iterations;
    double bytes = n * (64 * iterations + 48), flop = 5 * n * log2(n) * (iterations + 1);
    double bandwidth = limit_bandwidth(ft->team, ft->solver.isa), flops = limit_flops(ft->team, ft->solver.isa) / 2;
    if (bytes / bandwidth > flop / flops)
        return limit_report(result, "memory bandwidth", "B", bandwidth, bytes / seconds);
    return limit_report(result, "additions and multiplications, not fused", "flop", flops, flop / seconds);
}

static int ft_details(const void *state, json_t *result)
{
    const struct ft *ft = state;
    const struct ft_solver *s = &ft->solver;
    double rate = json_number_value(json_object_get(result, "rate"));
    int rc = json_object_set_new(result, "iterations", json_integer(s->class->iterations));
    rc |= json_object_set_new(result, "points", json_integer((json_int_t)ft_points(&s->transform.shape)));
    rc |= json_object_set_new(result, "max_error", json_real(largest_error(s)));
    rc |= json_object_set_new(result, "tolerance", json_real(TOLERANCE));
    rc |= json_object_set_new(result, "mops", json_real(1e-6 * rate));
    /* A run of less is over before any limit is felt. */
    if (rc == 0 && ft->team && rate > 0 && ft_work(ft) / rate >= 0.3)
        rc = report_limit(ft, result, ft_work(ft) / rate);
    return rc == 0 ? 0 : -ENOMEM;
}

static void ft_text(const void *state, char *out, size_t size)
{
    const struct ft *ft = state;
    const double *c = last_checksum(ft);
    snprintf(out, size, "checksum %.12e %+.12e i after %d iterations; largest error %.2g (allowed %.2g)", c[0], c[1],
             ft->solver.class->iterations, largest_error(&ft->solver), TOLERANCE);
}

const struct workload ft_workload = {
    .name = "ft",
    .summary = "NAS kernel FT: diffusion by Fourier transforms in three dimensions",
    .pattern = "transform and transpose",
    .size_is = "class",
    .classes = NAS_CLASSES,
    .class_default = 'A',
    .check = "NPB 3.4 published values",
    .work_unit = "op",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = ft_bytes,
    .setup = ft_setup,
    .prepare = ft_prepare,
    .run = ft_run,
    .verify = ft_verify,
    .work = ft_work,
    .answer = ft_answer,
    .digest = ft_digest,
    .details = ft_details,
    .text = ft_text,
    .teardown = ft_teardown,
};
