/* mg's charges against the published positions, its fused sweeps against the plain operators, its norms against known
 * ones, and its check against a run that was spoilt. */
#include "cpu_bound/nas/mg.c" /* for its statics: the check is tested on a spoilt state */

#include "by_harness.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "cpu_bound/nas/mg_reference.h"
#include "cpu_bound/nas/mg_sweep.h"
#include "cpu_bound/nas/nas_random.h"
#include "unit.h"

#include <string.h>

static struct team team;

static struct mg *problem_of(char class, enum isa isa, unsigned threads)
{
    struct params p = { .class = class, .isa = isa, .team = &team };
    void *state = NULL;
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    CU_ASSERT_FATAL(mg_workload.setup(&p, &state) == 0);
    CU_ASSERT(mg_workload.prepare(state, &team) == 0);
    return state;
}

/* --- right-hand side: positions as published beside the benchmark's specification --- */

static uint64_t position(uint64_t n, const uint64_t at[3])
{
    return at[0] + n * (at[1] + n * at[2]);
}

static void charges_lie_where_they_should(void)
{
    static const struct {
        char class;
        uint64_t n, first[3], last[3], first_negative[3], last_negative[3];
    } want[] = {
        { 'S', 32, { 7, 1, 20 }, { 17, 26, 17 }, { 0, 11, 2 }, { 7, 14, 26 } },
        { 'W', 128, { 113, 85, 50 }, { 115, 86, 20 }, { 15, 22, 123 }, { 114, 103, 5 } },
        { 'A', 256, { 52, 207, 38 }, { 55, 118, 165 }, { 221, 40, 238 }, { 209, 152, 96 } },
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct mg_charges found;
        uint64_t n = want[k].n;
        mg_charges_clear(&found);
        mg_charges_search(&found, n, n / 3, n, isa_best()); /* in two parts */
        mg_charges_search(&found, n, 0, n / 3, ISA_BASELINE);
        CU_ASSERT_EQUAL(found.positive[0].at, position(n, want[k].first));
        CU_ASSERT_EQUAL(found.positive[MG_CHARGES - 1].at, position(n, want[k].last));
        CU_ASSERT_EQUAL(found.negative[0].at, position(n, want[k].first_negative));
        CU_ASSERT_EQUAL(found.negative[MG_CHARGES - 1].at, position(n, want[k].last_negative));
    }
}

static void charges_are_ten_of_each_sign_and_alike_at_every_team(void)
{
    static const struct { int i, j, l; } positive[MG_CHARGES] = {
        { 7, 1, 20 },   { 19, 29, 31 }, { 2, 0, 3 },   { 4, 22, 3 },  { 1, 16, 21 },
        { 21, 31, 6 }, { 12, 15, 12 }, { 30, 4, 25 }, { 28, 0, 28 }, { 17, 26, 17 },
    };
    for (unsigned threads = 1; threads <= 5; threads++) {
        struct mg *g = problem_of('S', isa_best(), threads);
        double sum = 0, squares = 0;
        for (int k = 0; k < MG_CHARGES; k++)
            CU_ASSERT_EQUAL(mg_line(&g->levels.v, positive[k].j, positive[k].l)[positive[k].i], 1);
        for (ptrdiff_t line = 0; line < 32 * 32; line++)
            for (int i = 0; i < 32; i++) {
                double v = mg_line(&g->levels.v, line % 32, line / 32)[i];
                sum += v;
                squares += v * v;
            }
        CU_ASSERT(sum == 0 && squares == 20);
        mg_workload.teardown(g);
    }
}

/* --- operators --- */

/* Any numbers in (-1, 1). */
static double noise(uint64_t *x)
{
    *x = nas_random_next(*x);
    return 2 * NAS_RANDOM_SCALE * (double)*x - 1;
}

/* A closed grid and a plain cube with the same values. */
static double *filled(struct mg_grid *g, size_t n, uint64_t seed)
{
    double *cube = malloc(n * n * n * sizeof *cube);
    struct mg_extent whole = mg_extent_whole(n);
    CU_ASSERT_FATAL(cube && mg_grid_create(&whole, g) == 0);
    mg_grid_zero(g, 0, (ptrdiff_t)n);
    for (size_t line = 0; line < n * n; line++) {
        double *at = mg_line(g, (ptrdiff_t)(line % n), (ptrdiff_t)(line / n));
        for (size_t i = 0; i < n; i++)
            at[i] = cube[line * n + i] = noise(&seed);
        mg_close_line(at, n);
    }
    return cube;
}

static double difference(const struct mg_grid *g, const double *cube)
{
    double worst = 0;
    for (size_t p = 0; p < g->n * g->n * g->n; p++) {
        double got = mg_line(g, (ptrdiff_t)(p / g->n % g->n), (ptrdiff_t)(p / g->n / g->n))[p % g->n];
        worst = fmax(worst, isnan(got) ? HUGE_VAL : fabs(got - cube[p]));
    }
    return worst;
}

/* One sweep with everything in it, in @parts boxes, against the operators one by one. */
static void compare_sweep(size_t n, enum isa isa, ptrdiff_t parts, bool stream)
{
    struct mg_grid u, v, coarse, out, rest;
    double *u0 = filled(&u, n, 3), *v0 = filled(&v, n, 5), *coarse0 = filled(&coarse, n / 2, 7);
    double *r0 = filled(&out, n, 9), *rest0 = filled(&rest, n / 2, 11);
    struct exact_sum squares = { 0 };
    double *workspace = calloc(mg_workspace_doubles(n) + 8, sizeof *workspace);
    const struct mg_smoother smoother = { -0.3, 0.04, -0.02 };
    struct mg_sweep sweep = { isa, smoother, &v, &u, &coarse, &out, stream, &rest, &squares, n < 16 ? 8 : 16 };
    double *aligned = workspace + 8 - (uintptr_t)workspace % 64 / 8;
    for (ptrdiff_t a = 0; a < parts; a++)
        for (ptrdiff_t b = 0; b < parts; b++) {
            ptrdiff_t half = (ptrdiff_t)n / 2;
            mg_sweep(&sweep, (struct mg_box){ half * a / parts * 2, half * (a + 1) / parts * 2, half * b / parts * 2,
                                              half * (b + 1) / parts * 2 }, aligned);
        }
    mg_reference_interpolate(u0, coarse0, n);
    mg_reference_residual(r0, u0, v0, n);
    mg_reference_smooth(u0, r0, n, smoother);
    mg_reference_residual(r0, u0, v0, n);
    mg_reference_restrict(rest0, r0, n);
    CU_ASSERT(difference(&out, u0) <= 1e-13);
    CU_ASSERT(difference(&rest, rest0) <= 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(sqrt(exact_sum_value(&squares) / (double)(n * n * n)), mg_reference_norm(r0, n), 1e-13);
    double *const memory[] = { u0, v0, coarse0, r0, rest0, workspace, u.memory, v.memory, coarse.memory,
                               out.memory, rest.memory };
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++)
        free(memory[k]);
}

static void sweeps_are_the_plain_operators_in_any_boxes(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++)
        for (size_t n = 8; isa_available((enum isa)isa) && n <= 64; n *= 2)
            for (ptrdiff_t parts = 1; parts <= 3; parts++)
                compare_sweep(n, (enum isa)isa, parts, parts == 2);
}

/* --- the whole --- */

/* As given in the specification: before the first cycle and after each. */
static void norms_are_the_known_ones_cycle_by_cycle(void)
{
    static const struct { char class; double norm[5]; } want[] = {
        { 'S', { 2.4705294220065e-02, 2.9337960976328e-03, 6.3150017906228e-04, 1.7360856792372e-04, 5.3077070057349e-05 } },
        { 'W', { 3.0881617775082e-03, 3.6169808586064e-04, 7.7344445122371e-05, 2.1179611299340e-05, 6.4673293753390e-06 } },
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        struct mg *g = problem_of(want[k].class, isa_best(), 2);
        for (unsigned cycles = 1; cycles <= 4; cycles++) {
            g->problem.cycles = cycles;
            CU_ASSERT(mg_workload.prepare(g, &team) == 0 && mg_workload.run(g, &team) == 0);
            CU_ASSERT(nas_relative(g->norm[0], want[k].norm[0]) <= 1e-12);
            CU_ASSERT(nas_relative(g->norm[1], want[k].norm[cycles]) <= 1e-12);
        }
        mg_workload.teardown(g);
    }
}

static void the_reference_reaches_the_same_norm(void)
{
    enum { N = 32, POINTS = N * N * N };
    struct mg *g = problem_of('S', isa_best(), 1);
    double *u = calloc(3 * POINTS, sizeof *u), *r = u + POINTS, *v = r + POINTS;
    CU_ASSERT_FATAL(u != NULL);
    for (size_t p = 0; p < POINTS; p++)
        r[p] = v[p] = mg_line(&g->levels.v, p / N % N, p / N / N)[p % N];
    CU_ASSERT(mg_workload.run(g, &team) == 0);
    for (int c = 0; c < 4; c++)
        CU_ASSERT(mg_reference_cycle(u, r, v, N, smoother_of('S')) == 0);
    CU_ASSERT(nas_relative(mg_reference_norm(r, N), problems[0].norm) <= 1e-11);
    CU_ASSERT(difference(&g->levels.solution[0], u) <= 1e-14);
    free(u);
    mg_workload.teardown(g);
}

static void has_the_same_bits_at_every_thread_count(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        uint64_t first = 0;
        for (unsigned threads = 1; isa_available((enum isa)isa) && threads <= 7; threads++) {
            struct mg *g = problem_of('S', (enum isa)isa, threads);
            CU_ASSERT(mg_workload.run(g, &team) == 0);
            first = threads == 1 ? mg_workload.digest(g) : first;
            CU_ASSERT_EQUAL(mg_workload.digest(g), first);
            mg_workload.teardown(g);
        }
    }
}

/* Every worker's lines lie in one box and every line in one, at teams that do not divide evenly too. */
static void shares_cover_each_line_once(void)
{
    for (unsigned workers = 1; workers <= 40; workers++)
        for (ptrdiff_t n = 32; n <= 256; n *= 2)
            for (ptrdiff_t odd = 0; odd < 2; odd++) {
                ptrdiff_t lines = 0, all = (n + 4 + odd) * (n + 2 + odd);
                for (unsigned w = 0; w < workers; w++) {
                    struct mg_box b = mg_levels_share((struct mg_box){ -4, n + odd, 8, n + 10 + odd }, w, workers);
                    CU_ASSERT(odd || (b.j0 % 2 == 0 && b.j1 % 2 == 0 && b.l0 % 2 == 0 && b.l1 % 2 == 0));
                    lines += (b.j1 - b.j0) * (b.l1 - b.l0);
                }
                CU_ASSERT_EQUAL(lines, all);
            }
}

static void the_start_is_restored_before_each_run(void)
{
    struct mg *g = problem_of('S', isa_best(), 2);
    CU_ASSERT(mg_workload.run(g, &team) == 0);
    uint64_t first = mg_workload.digest(g);
    CU_ASSERT(mg_workload.prepare(g, &team) == 0 && mg_workload.run(g, &team) == 0);
    CU_ASSERT_EQUAL(mg_workload.digest(g), first);
    mg_workload.teardown(g);
}

/* --- the check --- */

static enum { IN_V, IN_U, IN_NORM, NOT_A_NUMBER, NOWHERE, SPOTS } spot;

/* The run with one value changed by a thousandth before it, or with another norm after it. */
static int spoilt_run(struct runtime *rt, const struct workload *w, void *state, struct team *workers)
{
    (void)rt;
    struct mg *g = state;
    double *const at[SPOTS] = { [IN_V] = mg_line(&g->levels.v, 1, 20) + 7, [IN_U] = mg_line(&g->levels.solution[0], 9, 9) + 9 };
    if (at[spot])
        *at[spot] += 1e-3;
    int rc = w->run(state, workers);
    if (spot == IN_NORM)
        g->norm[1] *= 1 + 1e-7;
    if (spot == NOT_A_NUMBER)
        g->norm[1] = NAN;
    return rc;
}

static void a_spoilt_value_fails_the_check_and_exits_1(void)
{
    struct capture out, err;
    for (spot = IN_V; spot < SPOTS; spot++) {
        int code = by_harness(&mg_workload, spoilt_run, &out, &err);
        CU_ASSERT_EQUAL(code, spot == NOWHERE ? EXIT_RIGHT : EXIT_WRONG);
        CU_ASSERT((strstr(err.text, "norm of the residual") != NULL) == (spot != NOWHERE));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(charges_lie_where_they_should),
        UNIT(charges_are_ten_of_each_sign_and_alike_at_every_team),
        UNIT(sweeps_are_the_plain_operators_in_any_boxes),
        UNIT(norms_are_the_known_ones_cycle_by_cycle),
        UNIT(the_reference_reaches_the_same_norm),
        UNIT(has_the_same_bits_at_every_thread_count),
        UNIT(shares_cover_each_line_once),
        UNIT(the_start_is_restored_before_each_run),
        UNIT(a_spoilt_value_fails_the_check_and_exits_1),
        UNIT_END,
    };
    message_init("fake");
    int rc = unit_main("mg", tests);
    team_destroy(&team);
    return rc;
}
