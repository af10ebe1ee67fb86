/*
 * mg: the MG kernel of the NAS Parallel Benchmarks, V-cycles for a periodic Poisson equation on n^3 points.
 * The pattern is multigrid: sweeps over grids of falling size, each fused into one pass (mg_sweep.h, mg_cycle.h).
 *
 * Limits, for a cycle and a point of the finest grid. Memory: u and v are read and u is written, 24 bytes; on the
 * next level r is written by the finest, read by the restriction and by the sweep, u is written and read, 5
 * arrays of an eighth the size; with the levels below, 8/7 of that: 24 + 40/8 * 8/7 = 29.7 bytes. Arithmetic:
 * interpolation 4 operations, A 15 and S 16, A again 15, restriction 3; a seventh of 38 for the coarser
 * levels: 58, which is also what the benchmark counts. Most are additions, at half the rate of multiply-adds.
 * The limit reported is the one that takes longer.
 */
#include "cpu_bound/nas/mg.h"

#include "common/digest.h"
#include "common/openmp.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double tolerance = 1e-8, operations = 58, bytes_moved = 24 + 40.0 / 7;

/* NPB 3.4: size, cycles and the published norm of the residual. */
static const struct mg_problem problems[] = {
    { 5, 4, 0.5307707005734e-04 },  { 7, 4, 0.6467329375339e-05 },  { 8, 4, 0.2433365309069e-05 },
    { 8, 20, 0.1800564401355e-05 }, { 9, 20, 0.5706732285740e-06 }, { 10, 50, 0.1583275060440e-09 },
};

const struct mg_problem *mg_problem(char class)
{
    return &problems[nas_class_index(class)];
}

static struct mg_smoother smoother_of(char class)
{
    static const struct mg_smoother small = { -3.0 / 8, 1.0 / 32, -1.0 / 64 }, large = { -3.0 / 17, 1.0 / 33, -1.0 / 61 };
    return nas_class_index(class) < nas_class_index('B') ? small : large;
}

/* --- set-up --- */

static double mg_bytes(const struct params *p)
{
    struct mg_part whole = mg_part_whole(mg_problem(p->class)->level);
    return mg_levels_bytes(&whole, p->team ? p->team->threads : 1);
}

void mg_destroy(struct mg *g)
{
    mg_levels_destroy(&g->levels);
    free(g->found);
}

static void mg_teardown(void *state)
{
    if (state)
        mg_destroy(state);
    free(state);
}

/* All grids touched, by the threads that will use them. */
static void zero(struct mg *g)
{
#pragma omp parallel default(none) shared(g) num_threads(g->team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(g->team, me);
        mg_levels_zero(&g->levels, me);
    }
}

int mg_create(const struct params *p, const struct mg_part *part, struct mg *out)
{
    struct mg g = { .problem = *mg_problem(p->class), .team = p->team };
    g.found = calloc(p->team->threads, sizeof *g.found);
    if (!g.found || mg_levels_create(part, p->team->threads, p->isa, smoother_of(p->class), &g.levels) != 0) {
        mg_destroy(&g);
        return -ENOMEM;
    }
    zero(&g);
    *out = g;
    return 0;
}

void mg_search(struct mg *g, size_t begin, size_t end)
{
    size_t n = (size_t)1 << g->problem.level;
#pragma omp parallel default(none) shared(g, n, begin, end) num_threads(g->team->threads)
    {
        size_t me = (size_t)omp_get_thread_num(), workers = g->levels.workers, planes = end - begin;
        team_bind(g->team, (unsigned)me);
        mg_charges_clear(&g->found[me]);
        mg_charges_search(&g->found[me], n, begin + planes * me / workers, begin + planes * (me + 1) / workers, g->levels.isa);
    }
    for (unsigned w = 1; w < g->levels.workers; w++)
        mg_charges_join(&g->found[0], &g->found[w]);
}

static int mg_setup(const struct params *p, void **state)
{
    struct mg *g = calloc(1, sizeof *g);
    struct mg_part whole = mg_part_whole(mg_problem(p->class)->level);
    if (!g || mg_create(p, &whole, g) != 0) {
        free(g);
        return -ENOMEM;
    }
    mg_search(g, 0, (size_t)1 << g->problem.level);
    *state = g;
    return 0;
}

/* --- a run --- */

/* u = 0 and the right-hand side, anew. */
static void mg_initialise(struct mg *g, unsigned me)
{
    mg_levels_start(&g->levels, me);
#pragma omp barrier
#pragma omp master
    mg_charges_place(&g->found[0], (size_t)1 << g->problem.level, &g->levels.v);
#pragma omp barrier
}

/* The rehearsal of the benchmark: one cycle. */
static int mg_prepare(void *state, struct team *team)
{
    struct mg *g = state;
#pragma omp parallel default(none) shared(g, team) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        mg_initialise(g, me);
        mg_first_residual(&g->levels, me, 0);
        mg_cycle(&g->levels, me, 0, true, false);
#pragma omp barrier
        mg_initialise(g, me);
    }
    return g->levels.exchange ? g->levels.exchange->rc : 0;
}

/* By every worker: the residual that the cycles begin with. */
static void enter(struct mg *g, unsigned me, unsigned from, enum mg_entry entry)
{
    if (entry == MG_RESTORED)
        mg_exchange_solution(&g->levels, me, from);
    mg_first_residual(&g->levels, me, from);
#pragma omp barrier
#pragma omp master
    if (entry == MG_ANEW)
        g->norm[0] = mg_norm(&g->levels);
}

void mg_cycles(struct mg *g, struct team *team, unsigned from, unsigned to, enum mg_entry entry)
{
    unsigned cycles = g->problem.cycles;
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(g, team, from, to, cycles, entry) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        if (entry != MG_GOES_ON)
            enter(g, me, from, entry);
        for (unsigned c = from; c < to && !mg_failed(&g->levels); c++)
            mg_cycle(&g->levels, me, c, c == from && entry != MG_GOES_ON, c + 1 == cycles);
    }
    if (to == cycles)
        g->norm[1] = mg_norm(&g->levels);
}

static int mg_run(void *state, struct team *team)
{
    struct mg *g = state;
    mg_cycles(g, team, 0, g->problem.cycles, MG_ANEW);
    return 0;
}

/* --- what came of it --- */

static int mg_verify(void *state, char *why, size_t why_len)
{
    const struct mg *g = state;
    double error = nas_relative(g->norm[1], g->problem.norm);
    if (error <= tolerance)
        return 0;
    snprintf(why, why_len, "the norm of the residual is %.13e, not %.13e: relative error %.2g, allowed %.0e", g->norm[1],
             g->problem.norm, error, tolerance);
    return -EDOM;
}

static double point_cycles(const struct mg *g)
{
    return (double)g->problem.cycles * pow((double)((size_t)1 << g->problem.level), 3);
}

static double mg_work(const void *state)
{
    return operations * point_cycles(state);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null(); /* JSON has no NaN */
}

static json_t *mg_answer(const void *state)
{
    return number(((const struct mg *)state)->norm[1]);
}

static struct mg_extent finest(const struct mg *g)
{
    return g->levels.extent[g->levels.finest];
}

size_t mg_digests_count(const struct mg *g)
{
    struct mg_extent e = finest(g);
    ptrdiff_t lines = (e.end[MG_J] - e.begin[MG_J]) * (e.end[MG_L] - e.begin[MG_L]);
    return (size_t)lines * (g->levels.v.own / mg_segment(e.n));
}

void mg_digests(const struct mg *g, uint64_t *digest)
{
    const struct mg_grid *u = &g->levels.solution[g->problem.cycles % 2];
    struct mg_extent e = finest(g);
    size_t points = mg_segment(e.n), segments = u->own / points, lines = (size_t)(e.end[MG_J] - e.begin[MG_J]);
    size_t count = mg_digests_count(g);
    /* schedule(static): segments cost the same */
#pragma omp parallel for default(none) shared(u, e, points, segments, lines, count, digest) \
    num_threads(g->team->threads) schedule(static)
    for (size_t k = 0; k < count; k++) {
        ptrdiff_t j = e.begin[MG_J] + (ptrdiff_t)(k / segments % lines), l = e.begin[MG_L] + (ptrdiff_t)(k / segments / lines);
        digest[k] = digest_bytes(mg_line(u, j, l) + u->lead + k % segments * points, points * sizeof(double));
    }
}

uint64_t mg_digest_of(const struct mg *g, uint64_t *digest, size_t count)
{
    digest[count] = digest_bytes(g->norm, sizeof g->norm);
    return digest_join(digest, count + 1);
}

/* Of u, segment by segment, and of the norms. */
static uint64_t mg_digest(const void *state)
{
    const struct mg *g = state;
    size_t count = mg_digests_count(g);
    uint64_t *digest = malloc((count + 1) * sizeof *digest), all = 0;
    if (!digest)
        return 0;
    mg_digests(g, digest);
    all = mg_digest_of(g, digest, count);
    free(digest);
    return all;
}

static int report_limit(const struct mg *g, json_t *result)
{
    double rate = json_number_value(json_object_get(result, "rate"));
    double flops = limit_flops(g->team, g->levels.isa) / 2, bandwidth = limit_bandwidth(g->team, g->levels.isa);
    if (operations / flops > bytes_moved / bandwidth)
        return limit_report(result, "additions and multiplications, not fused", "flop", flops, rate);
    return limit_report(result, "memory bandwidth", "B", bandwidth, rate / operations * bytes_moved);
}

static int mg_details(const void *state, json_t *result)
{
    const struct mg *g = state;
    int rc = json_object_set_new(result, "mops", json_real(1e-6 * json_number_value(json_object_get(result, "rate"))));
    rc |= json_object_set_new(result, "points", json_integer((json_int_t)1 << g->problem.level));
    rc |= json_object_set_new(result, "cycles", json_integer((json_int_t)g->problem.cycles));
    rc |= json_object_set_new(result, "first_norm", number(g->norm[0]));
    rc |= json_object_set_new(result, "reference", json_real(g->problem.norm));
    rc |= json_object_set_new(result, "error", number(nas_relative(g->norm[1], g->problem.norm)));
    rc |= json_object_set_new(result, "tolerance", json_real(tolerance));
    /* Below a hundred million points and cycles a run is over before any limit is felt; those of many processes
     * are not known here. */
    if (rc == 0 && !g->levels.exchange && point_cycles(g) >= 1e8)
        rc = report_limit(g, result);
    return rc == 0 ? 0 : -ENOMEM;
}

static void mg_text(const void *state, char *out, size_t size)
{
    const struct mg *g = state;
    snprintf(out, size, "norm of the residual %.13e after %u cycles (%.13e before); relative error %.2g (allowed %.0e)",
             g->norm[1], g->problem.cycles, g->norm[0], nas_relative(g->norm[1], g->problem.norm), tolerance);
}

const struct workload mg_workload = {
    .name = "mg",
    .summary = "NAS MG: V-cycles of multigrid for a periodic Poisson equation",
    .pattern = "multigrid, fused wavefronts over planes",
    .size_is = "NPB class",
    .classes = NAS_CLASSES,
    .class_default = 'W',
    .check = "NPB 3.4 published values",
    .work_unit = "op",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = mg_bytes,
    .setup = mg_setup,
    .prepare = mg_prepare,
    .run = mg_run,
    .verify = mg_verify,
    .work = mg_work,
    .answer = mg_answer,
    .digest = mg_digest,
    .details = mg_details,
    .text = mg_text,
    .teardown = mg_teardown,
};
