/*
 * cg: the smallest eigenvalue of a sparse matrix, by the power method on its inverse, each step of which is 25 steps
 * of conjugate gradients (NAS Parallel Benchmarks, kernel CG). The pattern is sparse linear algebra.
 *
 * Limits. A product reads each stored entry once: 8 bytes of value, 2 of its column and 2 for each segment of row
 * (cg_kernel.h), about 10.3 bytes for every two entries of the matrix. The vectors stay in the caches. The limit
 * reported is what memory can deliver; in class B the entries, 71 MB, fit the larger last-level caches, which then
 * deliver more than memory does.
 */
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/nas/cg.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TOLERANCE 1e-10

static double cg_bytes(const struct params *p)
{
    return cg_system_bytes(cg_problem(p->class), p->team ? p->team->threads : 1, 1);
}

static void cg_teardown(void *state)
{
    struct cg *g = state;
    if (!g)
        return;
    cg_system_destroy(&g->system);
    free(g);
}

static int cg_setup(const struct params *p, void **state)
{
    struct cg *g = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    g->team = p->team;
    int rc = cg_system_create(p->class, p->isa, p->team, 0, 1, &g->system);
    if (rc != 0) {
        free(g);
        return rc;
    }
    g->values = (double)g->system.tiles.n_values;
    g->segments = (double)g->system.tiles.n_segments;
    *state = g;
    return 0;
}

/* The rules ask for one outer iteration that is not timed. */
static int cg_prepare(void *state, struct team *team)
{
    struct cg *g = state;
    cg_reset(&g->system);
    return cg_solve(&g->system, 1, team, NULL);
}

static int cg_run(void *state, struct team *team)
{
    struct cg *g = state;
    cg_reset(&g->system);
    return cg_solve(&g->system, g->system.problem->outer, team, NULL);
}

static double last_zeta(const struct cg *g)
{
    return g->system.zeta[g->system.problem->outer - 1];
}

static int cg_verify(void *state, char *why, size_t why_len)
{
    const struct cg *g = state;
    double zeta = last_zeta(g), published = g->system.problem->zeta;
    if (nas_relative(zeta, published) <= TOLERANCE)
        return 0;
    snprintf(why, why_len, "zeta is %.14g, not %.14g: a relative error of %.3g, more than %g", zeta, published,
             nas_relative(zeta, published), TOLERANCE);
    return -EDOM;
}

/* Operations by the rules: they count the entries of the generating vectors, not those stored. */
static double cg_work(const void *state)
{
    const struct cg_problem *p = ((const struct cg *)state)->system.problem;
    double row = p->width * (p->width + 1.0);
    return 2.0 * p->outer * (double)p->n * (3 + row + CG_STEPS * (5 + row) + 3);
}

static json_t *cg_answer(const void *state)
{
    double zeta = last_zeta(state);
    return isfinite(zeta) ? json_real(zeta) : json_null(); /* JSON has no NaN */
}

static uint64_t cg_digest(const void *state)
{
    const struct cg *g = state;
    size_t size = g->system.problem->outer * sizeof(double);
    uint64_t parts[] = { digest_bytes(g->system.zeta, size), digest_bytes(g->system.rnorm, size) };
    return digest_join(parts, sizeof parts / sizeof *parts);
}

static int report_limit(const struct cg *g, json_t *result)
{
    double rate = json_number_value(json_object_get(result, "rate"));
    double products = g->system.problem->outer * (CG_STEPS + 1.0);
    double bytes = 10 * g->values + 2 * g->segments;
    return limit_report(result, "memory bandwidth", "B", limit_bandwidth(g->team, g->system.isa),
                        rate / cg_work(g) * products * bytes);
}

static int cg_details(const void *state, json_t *result)
{
    const struct cg *g = state;
    double rate = json_number_value(json_object_get(result, "rate"));
    int rc = json_object_set_new(result, "mops", json_real(1e-6 * rate));
    rc |= json_object_set_new(result, "zeta_published", json_real(g->system.problem->zeta));
    rc |= json_object_set_new(result, "entries_stored", json_integer((json_int_t)g->values + (json_int_t)g->system.problem->n));
    /* The smaller classes are over before any limit is felt, and their matrix is in the caches of every core. */
    if (rc == 0 && g->team && g->system.problem->n >= 75000)
        rc = report_limit(g, result);
    return rc == 0 ? 0 : -ENOMEM;
}

static void cg_text(const void *state, char *out, size_t size)
{
    const struct cg *g = state;
    snprintf(out, size, "zeta %.13f after %u iterations (published: %.13g)", last_zeta(g), g->system.problem->outer,
             g->system.problem->zeta);
}

const struct workload cg_workload = {
    .name = "cg",
    .summary = "NAS CG: an eigenvalue of a sparse matrix by conjugate gradients",
    .pattern = "sparse linear algebra, tiles of a symmetric matrix",
    .size_is = "problem class",
    .classes = NAS_CLASSES,
    .class_default = 'A',
    .check = "NPB 3.4 published values",
    .work_unit = "op",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = cg_bytes,
    .setup = cg_setup,
    .prepare = cg_prepare,
    .run = cg_run,
    .verify = cg_verify,
    .work = cg_work,
    .answer = cg_answer,
    .digest = cg_digest,
    .details = cg_details,
    .text = cg_text,
    .teardown = cg_teardown,
};
