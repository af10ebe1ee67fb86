/*
 * cpu_bound/heat*: every kernel has the bits of the reference on any range; time tiling has the bits of
 * plain sweeps for any team, tile and cut of the way; the field decays as the discrete modes do; a
 * field with one wrong point is found out.
 */
#include "common/workload.h"
#include "cpu_bound/heat_check.h"
#include "cpu_bound/heat_tiles.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <string.h>

extern const struct workload heat_workload;

/* --- kernels --- */

enum { STRIDE = 96, HEIGHT = 16, POINTS = STRIDE * HEIGHT };

/* Values of every magnitude and sign, so that another order of the sums would show. */
static void scatter(double *field, size_t count)
{
    uint64_t s = 88172645463325252u;
    for (size_t i = 0; i < count; i++) {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        field[i] = ldexp((double)(s >> 11) - 0x1p52, -52 - (int)(s % 20));
    }
}

static bool same(const double *a, const double *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

/* The whole array is compared: nothing outside of the range may be written. */
static bool as_reference(enum isa isa, const double *cur, size_t stride, struct heat_range r)
{
    static double got[POINTS], want[POINTS];
    memset(got, 0x55, sizeof got);
    memset(want, 0x55, sizeof want);
    heat_step_reference(want, cur, stride, r, 0.2);
    ISA_SELECT(heat_step_range, isa)(got, cur, stride, r, 0.2);
    return same(got, want, POINTS);
}

static void every_kernel_has_the_bits_of_the_reference_on_any_range(void)
{
    static double cur[POINTS];
    scatter(cur, POINTS);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        size_t wrong = 0;
        if (!isa_available(isa))
            continue;
        for (size_t begin = 1; begin <= 9; begin++)
            for (size_t end = begin; end < STRIDE; end++)
                for (size_t rows = 0; rows <= 9; rows += 1 + rows / 3)
                    wrong += !as_reference(isa, cur, STRIDE, (struct heat_range){ 2, 2 + rows, begin, end });
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

static void rows_of_any_length_are_stepped_within_their_boundary(void)
{
    static double cur[POINTS], got[POINTS], want[POINTS];
    scatter(cur, POINTS);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)
        for (size_t nx = 1; isa_available(isa) && nx <= STRIDE; nx++) {
            memset(got, 0x55, sizeof got);
            memset(want, 0x55, sizeof want);
            heat_step_reference(want, cur, nx, (struct heat_range){ 1, 7, 1, nx - 1 }, 0.1);
            ISA_SELECT(heat_step_rows, isa)(got, cur, nx, 1, 7, 0.1);
            CU_ASSERT_TRUE(same(got, want, POINTS));
        }
}

static void one_step_of_one_point_by_hand(void)
{
    const double cur[9] = { 99, 1, 99, 3, 5, 4, 99, 2, 99 };
    double next[9] = { 0 };
    heat_step_reference(next, cur, 3, (struct heat_range){ 1, 2, 1, 2 }, 0.125);
    CU_ASSERT_EQUAL(next[4], 0.5 * 5 + 0.125 * (1 + 2 + 3 + 4));
    next[4] = 0;
    for (int i = 0; i < 9; i++)
        CU_ASSERT_EQUAL(next[i], 0);
}

/* --- a grid, and the same by plain sweeps of the reference --- */

struct fixture {
    struct heat_modes modes;
    struct heat_grid grid;
};

static void begin(struct fixture *f, size_t n, double alpha)
{
    CU_ASSERT_EQUAL_FATAL(heat_modes_create(n, alpha, &f->modes), 0);
    f->grid = (struct heat_grid){ .n = n, .alpha = alpha, .isa = isa_best(), .modes = &f->modes };
    CU_ASSERT_EQUAL_FATAL(heat_grid_alloc(&f->grid), 0);
    memset(f->grid.field[0], 0xff, n * f->grid.stride * sizeof(double)); /* NaN: what is read must have been written */
    memset(f->grid.field[1], 0xff, n * f->grid.stride * sizeof(double));
}

static void end(struct fixture *f)
{
    heat_grid_free(&f->grid);
    heat_modes_destroy(&f->modes);
}

static void advance(struct fixture *f, unsigned threads, uint64_t from, uint64_t to, size_t tile)
{
    struct team team;
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0), 0);
    heat_advance(&f->grid, &team, from, to, tile);
    team_destroy(&team);
}

static void plain_sweeps(struct fixture *f, uint64_t steps)
{
    size_t n = f->grid.n;
    struct heat_range all = { 0, n, 0, n }, inner = { 1, n > 0 ? n - 1 : 0, 1, n - 1 };
    for (int a = 0; a < 2; a++)
        heat_fill(&f->modes, f->grid.field[a], f->grid.stride, all, 0, 0);
    for (uint64_t k = 0; k < steps; k++)
        heat_step_reference(f->grid.field[(k + 1) % 2], f->grid.field[k % 2], f->grid.stride, inner, f->grid.alpha);
}

static bool same_fields(const struct fixture *a, const struct fixture *b, uint64_t step)
{
    for (size_t i = 0; i < a->grid.n; i++)
        if (!same(heat_row(&a->grid, step, i), heat_row(&b->grid, step, i), a->grid.n))
            return false;
    return true;
}

static void time_tiling_has_the_bits_of_plain_sweeps(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4, 5, 8, 17, 61, 530 };
    static const unsigned teams[] = { 1, 2, 3, 4, 7 };
    static const uint64_t steps[] = { 0, 1, 13, 40 };
    static const size_t tiles[] = { 1, 3, 13, 50 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            struct fixture want, got;
            begin(&want, sizes[s], 0.2);
            plain_sweeps(&want, steps[k]);
            for (size_t t = 0; t < sizeof teams / sizeof *teams; t++)
                for (size_t l = 0; l < sizeof tiles / sizeof *tiles; l++) {
                    begin(&got, sizes[s], 0.2);
                    advance(&got, teams[t], 0, steps[k], tiles[l]);
                    CU_ASSERT_TRUE(same_fields(&want, &got, steps[k]));
                    end(&got);
                }
            end(&want);
        }
}

static void a_way_cut_into_pieces_ends_with_the_same_bits(void)
{
    struct fixture want, got;
    begin(&want, 77, 0.25);
    begin(&got, 77, 0.25);
    plain_sweeps(&want, 31);
    advance(&got, 2, 0, 0, 50);
    advance(&got, 3, 0, 4, 3);
    advance(&got, 1, 4, 4, 50);
    advance(&got, 2, 4, 11, 50);
    advance(&got, 5, 11, 31, 7);
    CU_ASSERT_TRUE(same_fields(&want, &got, 31));
    end(&got);
    end(&want);
}

static void a_grid_is_used_again_from_the_start(void)
{
    struct fixture want, got;
    begin(&want, 50, 0.2);
    begin(&got, 50, 0.2);
    plain_sweeps(&want, 10);
    advance(&got, 2, 0, 25, 5);
    advance(&got, 2, 0, 10, 5);
    CU_ASSERT_TRUE(same_fields(&want, &got, 10));
    end(&got);
    end(&want);
}

static void passes_are_as_few_as_tile_and_team_allow(void)
{
    struct fixture f;
    struct team team = { .threads = 1 };
    begin(&f, 102, 0.2);
    CU_ASSERT_EQUAL(heat_passes(&f.grid, &team, 0, 50), 1);
    CU_ASSERT_EQUAL(heat_passes(&f.grid, &team, 100, 50), 2);
    CU_ASSERT_EQUAL(heat_passes(&f.grid, &team, 101, 50), 3);
    CU_ASSERT_EQUAL(heat_passes(&f.grid, &team, 100, 1), 100);
    team.threads = 5; /* 20 rows each: 10 levels until neighbouring triangles meet */
    CU_ASSERT_EQUAL(heat_passes(&f.grid, &team, 100, 50), 10);
    end(&f);
}

/* --- the exact field --- */

static void on_three_points_the_one_inner_point_is_known(void)
{
    /* x y = 1/4 and a wave of one half sine, 1/2 high, whose factor is 1 - 4 alpha (1/2 + 1/2) */
    struct fixture f;
    begin(&f, 3, 0.125);
    advance(&f, 1, 0, 0, 1);
    CU_ASSERT_EQUAL(heat_row(&f.grid, 0, 1)[1], 0.75);
    advance(&f, 1, 0, 3, 2);
    CU_ASSERT_EQUAL(heat_row(&f.grid, 3, 1)[1], 0.25 + 0.5 / 8);
    CU_ASSERT_EQUAL(heat_row(&f.grid, 3, 2)[2], 1);
    CU_ASSERT_EQUAL(heat_row(&f.grid, 3, 2)[1], 0.5);
    CU_ASSERT_EQUAL(heat_row(&f.grid, 3, 0)[1], 0);
    end(&f);
}

static void the_wave_decays_enough_for_a_missing_step_to_show(void)
{
    static const size_t sizes[] = { 3, 4, 33, 100, 1000, 8192, 100000 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct heat_modes m;
        CU_ASSERT_EQUAL_FATAL(heat_modes_create(sizes[s], 0.2, &m), 0);
        CU_ASSERT_EQUAL((double)m.mode[0].decay, 1);
        CU_ASSERT_TRUE(m.mode[1].decay < 0.9985L && m.mode[1].decay > -1);
        heat_modes_destroy(&m);
    }
}

static const struct heat_slab *slab(const struct fixture *f, uint64_t steps)
{
    static struct heat_slab all;
    all = heat_slab_of(&f->grid, steps);
    return &all;
}

static bool decay_is_right(const struct fixture *f, uint64_t steps)
{
    double error;
    char why[256];
    return heat_check_decay(slab(f, steps), 2, &error, why, sizeof why) == 0;
}

static void the_field_decays_exactly_at_every_step_count(void)
{
    static const size_t sizes[] = { 1, 2, 3, 4, 7, 50, 331 };
    static const double alphas[] = { 1e-6, 0.1, 0.2, 0.25 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++)
            for (uint64_t steps = 0; steps <= 200; steps += 1 + 3 * steps) {
                struct fixture f;
                begin(&f, sizes[s], alphas[a]);
                advance(&f, 2, 0, steps, 50);
                CU_ASSERT_TRUE(decay_is_right(&f, steps));
                end(&f);
            }
}

static void one_step_too_many_or_too_few_is_not_the_exact_field(void)
{
    struct fixture f;
    begin(&f, 200, 0.2);
    advance(&f, 1, 0, 50, 50); /* array 0 holds step 50, array 1 step 49 */
    CU_ASSERT_TRUE(decay_is_right(&f, 50));
    CU_ASSERT_TRUE(decay_is_right(&f, 49));
    CU_ASSERT_FALSE(decay_is_right(&f, 48));
    CU_ASSERT_FALSE(decay_is_right(&f, 51));
    CU_ASSERT_FALSE(decay_is_right(&f, 52));
    end(&f);
}

/* --- the test of the tester --- */

static int decay_with(struct fixture *f, size_t i, size_t j, double value)
{
    double *at = f->grid.field[0] + i * f->grid.stride + j, kept = *at, error;
    char why[256] = "";
    *at = value;
    int rc = heat_check_decay(slab(f, 20), 3, &error, why, sizeof why);
    CU_ASSERT_EQUAL(rc == 0, why[0] == '\0');
    *at = kept;
    return rc;
}

static void one_wrong_point_anywhere_fails(void)
{
    static const size_t places[][2] = { { 0, 0 }, { 0, 99 }, { 99, 99 }, { 50, 50 }, { 1, 98 }, { 33, 0 } };
    struct fixture f;
    begin(&f, 100, 0.2);
    advance(&f, 2, 0, 20, 50);
    CU_ASSERT_TRUE(decay_is_right(&f, 20));
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        size_t i = places[p][0], j = places[p][1];
        double right = heat_row(&f.grid, 20, i)[j];
        CU_ASSERT_EQUAL(decay_with(&f, i, j, right + 1e-12), -EDOM);
        CU_ASSERT_EQUAL(decay_with(&f, i, j, NAN), -EDOM);
        CU_ASSERT_EQUAL(decay_with(&f, i, j, -INFINITY), -EDOM);
        CU_ASSERT_EQUAL(decay_with(&f, i, j, right), 0);
    }
    end(&f);
}

static void one_wrong_bit_in_the_window_fails(void)
{
    struct fixture f;
    char why[256] = "";
    begin(&f, 60, 0.2); /* all of it is in the window */
    advance(&f, 2, 0, 20, 50);
    CU_ASSERT_EQUAL(heat_check_window(slab(&f, 20), 1, why, sizeof why), 0);
    double *at = f.grid.field[0] + 59 * f.grid.stride + 31;
    *at = nextafter(*at, 2);
    CU_ASSERT_EQUAL(heat_check_window(slab(&f, 20), 1, why, sizeof why), -EDOM);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "row 59"));
    CU_ASSERT_TRUE(decay_is_right(&f, 20)); /* which no tolerance could tell */
    end(&f);
}

static void a_window_is_right_wherever_the_seed_puts_it(void)
{
    struct fixture f;
    char why[256];
    begin(&f, 500, 0.2);
    advance(&f, 3, 0, 33, 11);
    for (uint64_t seed = 0; seed < 20; seed++)
        CU_ASSERT_EQUAL(heat_check_window(slab(&f, 33), seed, why, sizeof why), 0);
    end(&f);
}

/* Options in the order of the workload's table: parsed as the command line would. */
static void the_workload_reports_a_wrong_field(void)
{
    struct team team;
    void *state = NULL, *own = calloc(1, heat_workload.own_size);
    char why[256] = "";
    CU_ASSERT_PTR_NOT_NULL_FATAL(own);
    CU_ASSERT_EQUAL_FATAL(option_defaults(heat_workload.options, own), 0);
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_OPENMP, 2, NULL, BIND_NONE, 0), 0);
    struct params p = { .size = 40, .seed = 1, .isa = isa_best(), .own = own, .team = &team };
    CU_ASSERT_EQUAL_FATAL(heat_workload.setup(&p, &state), 0);
    CU_ASSERT_EQUAL(heat_workload.verify(state, why, sizeof why), -EDOM); /* setup() took one step, not a hundred */
    CU_ASSERT_EQUAL(heat_workload.run(state, &team), 0);
    uint64_t digest = heat_workload.digest(state);
    CU_ASSERT_EQUAL(heat_workload.verify(state, why, sizeof why), 0);
    CU_ASSERT_EQUAL(heat_workload.run(state, &team), 0);
    CU_ASSERT_EQUAL(heat_workload.verify(state, why, sizeof why), 0);
    CU_ASSERT_EQUAL(heat_workload.digest(state), digest);
    heat_workload.teardown(state);
    heat_workload.teardown(NULL);
    team_destroy(&team);
    free(own);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(every_kernel_has_the_bits_of_the_reference_on_any_range),
        UNIT(rows_of_any_length_are_stepped_within_their_boundary),
        UNIT(one_step_of_one_point_by_hand),
        UNIT(time_tiling_has_the_bits_of_plain_sweeps),
        UNIT(a_way_cut_into_pieces_ends_with_the_same_bits),
        UNIT(a_grid_is_used_again_from_the_start),
        UNIT(passes_are_as_few_as_tile_and_team_allow),
        UNIT(on_three_points_the_one_inner_point_is_known),
        UNIT(the_wave_decays_enough_for_a_missing_step_to_show),
        UNIT(the_field_decays_exactly_at_every_step_count),
        UNIT(one_step_too_many_or_too_few_is_not_the_exact_field),
        UNIT(one_wrong_point_anywhere_fails),
        UNIT(one_wrong_bit_in_the_window_fails),
        UNIT(a_window_is_right_wherever_the_seed_puts_it),
        UNIT(the_workload_reports_a_wrong_field),
        UNIT_END,
    };
    return unit_main("heat", tests);
}
