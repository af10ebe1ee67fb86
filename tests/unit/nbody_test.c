/* Pulls of the tuned kernels against the plain double loop, the leapfrog against closed forms, and every check against
 * a system that is wrong. */
#include "cpu_bound/nbody.c" /* for its statics: the checks are tested on a spoilt result */

#include "tests/unit/unit.h"

static struct team team;

static struct nbody *cluster(size_t n, enum isa isa, unsigned threads, uint64_t steps, int kernel)
{
    struct nbody_options own = { .steps = steps, .kernel = kernel };
    struct params p = { .size = n, .seed = 3, .isa = isa, .own = &own, .team = &team };
    void *state = NULL;
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    CU_ASSERT_FATAL(nbody_workload.setup(&p, &state) == 0);
    CU_ASSERT(nbody_workload.run(state, &team) == 0);
    return state;
}

static int verdict(struct nbody *b)
{
    char why[256] = "";
    int rc = nbody_workload.verify(b, why, sizeof why);
    CU_ASSERT((rc == 0) == (why[0] == '\0'));
    return rc;
}

/* The largest difference of an acceleration from the reference kernel's, as a share of that acceleration. */
static double worst_error(const struct nbody_system *s)
{
    struct nbody_bodies bodies = nbody_system_bodies(s);
    double worst = 0;
    for (size_t i = 0; i < s->n; i++) {
        double x, y, z;
        nbody_reference(&bodies, i, i + 1, s->n, &(struct nbody_pull){ &x, &y, &z });
        double error = hypot(hypot(s->ax[i] - x, s->ay[i] - y), s->az[i] - z), size = hypot(hypot(x, y), z);
        worst = fmax(worst, size > 0 ? error / size : error);
    }
    return worst;
}

static void accelerations_are_the_reference_kernels_within_1e_12(void)
{
    static const size_t sizes[] = { 1, 2, 3, 5, 8, 15, 16, 17, 31, 127, 128, 129, 257, 601, 1024, 4099 };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int isa = 0; isa < ISA_COUNT; isa++) {
            if (!isa_available((enum isa)isa))
                continue;
            struct nbody *b = cluster(sizes[k], (enum isa)isa, 2, 1, NBODY_TUNED);
            CU_ASSERT(worst_error(&b->now) <= 1e-12);
            CU_ASSERT_EQUAL(verdict(b), 0);
            nbody_workload.teardown(b);
        }
}

/* One pair at distances over many orders of magnitude: the series behind the estimate must hold everywhere. */
static void one_pull_is_right_to_the_last_digits_at_any_distance(void)
{
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        struct nbody_system s;
        double worst = 0;
        if (!isa_available((enum isa)isa))
            continue;
        team_destroy(&team);
        CU_ASSERT_FATAL(team_create(&team, MODEL_SERIAL, 1, NULL, BIND_NONE, 0) == 0);
        CU_ASSERT_FATAL(nbody_system_create(2, (enum isa)isa, &s) == 0);
        s.m[0] = s.m[1] = 1;
        s.softening = 1e-9;
        for (double distance = 1e-8; distance < 1e8; distance *= 1.001) {
            s.x[0] = distance;
            nbody_system_run(&s, 0, &team);
            double q = distance * distance + s.softening * s.softening, want = distance / (q * sqrt(q));
            worst = fmax(worst, fmax(fabs(s.ax[1] - want), fabs(s.ax[0] + want)) / want);
        }
        CU_ASSERT(worst <= 2e-15);
        nbody_system_destroy(&s);
    }
}

static void has_the_same_bits_at_every_thread_count(void)
{
    for (int kernel = NBODY_TUNED; kernel <= NBODY_REFERENCE; kernel++) {
        uint64_t first = 0;
        for (unsigned threads = 1; threads <= 7; threads++) {
            struct nbody *b = cluster(1201, isa_best(), threads, 3, kernel);
            uint64_t digest = nbody_workload.digest(b);
            first = threads == 1 ? digest : first;
            CU_ASSERT_EQUAL(digest, first);
            CU_ASSERT(nbody_workload.run(b, &team) == 0);
            CU_ASSERT_EQUAL(nbody_workload.digest(b), first); /* each run starts from the same state */
            nbody_workload.teardown(b);
        }
    }
}

/* The leapfrog is reversible: with velocities turned round it goes back to where it came from. */
static void goes_back_where_it_came_from(void)
{
    struct nbody *b = cluster(300, isa_best(), 2, 50, NBODY_TUNED);
    struct nbody_system *s = &b->now;
    double worst = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->vx[i] = -s->vx[i];
        s->vy[i] = -s->vy[i];
        s->vz[i] = -s->vz[i];
    }
    nbody_system_run(s, 50, &team);
    for (size_t i = 0; i < 3 * s->padded; i++)
        worst = fmax(worst, fabs(s->memory[i] - b->start[i]) / (1 + fabs(b->start[i])));
    CU_ASSERT(worst <= 1e-12);
    nbody_workload.teardown(b);
}

/* Half the step: a quarter of the energy's change, after the same time. */
static void errs_by_the_square_of_the_step(void)
{
    double change[2];
    for (int k = 0; k < 2; k++) {
        struct nbody *b = cluster(100, isa_best(), 1, 1, NBODY_TUNED);
        memcpy(b->now.memory, b->start, start_bytes(b));
        b->now.step = k == 0 ? 0.02 : 0.01;
        nbody_system_run(&b->now, k == 0 ? 40 : 80, &team);
        struct nbody_energy now = nbody_system_energy(&b->now, 1);
        change[k] = nbody_check_energy_change(&b->kept.energy, &now);
        nbody_workload.teardown(b);
    }
    CU_ASSERT_DOUBLE_EQUAL(change[0] / change[1], 4, 0.4);
}

static void two_bodies_go_round_in_a_circle(void)
{
    char why[256];
    for (int isa = 0; isa < ISA_COUNT; isa++)
        if (isa_available((enum isa)isa)) {
            CU_ASSERT_EQUAL(nbody_check_orbit((enum isa)isa, false, why, sizeof why), 0);
            CU_ASSERT_EQUAL(nbody_check_orbit((enum isa)isa, true, why, sizeof why), 0);
        }
}

static void finds_what_was_spoilt(void)
{
    struct nbody *b = cluster(1000, isa_best(), 2, 2, NBODY_TUNED);
    double *const spoilt[] = { &b->now.x[500], &b->now.vy[999], &b->now.m[7] };
    CU_ASSERT_EQUAL(verdict(b), 0);
    for (size_t k = 0; k < sizeof spoilt / sizeof *spoilt; k++) {
        double right = *spoilt[k];
        *spoilt[k] = right + 1e-6;
        CU_ASSERT_EQUAL(verdict(b), -EDOM);
        *spoilt[k] = NAN;
        CU_ASSERT_EQUAL(verdict(b), -EDOM);
        *spoilt[k] = right;
    }
    for (size_t i = 0; i < b->now.n; i++) /* momentum stays as it was; energy does not */
        b->now.vx[i] *= 1.01, b->now.vy[i] *= 1.01, b->now.vz[i] *= 1.01;
    CU_ASSERT_EQUAL(verdict(b), -EDOM);
    nbody_workload.teardown(b);
}

static void finds_a_wrong_acceleration(void)
{
    struct nbody *b = cluster(1, isa_best(), 1, 1, NBODY_TUNED);
    CU_ASSERT_EQUAL(verdict(b), 0);
    b->now.az[0] = 1e-9;
    CU_ASSERT_EQUAL(verdict(b), -EDOM);
    nbody_workload.teardown(b);
}

int main(void)
{
    static const struct unit_test tests[] = { UNIT(accelerations_are_the_reference_kernels_within_1e_12),
                                              UNIT(one_pull_is_right_to_the_last_digits_at_any_distance),
                                              UNIT(has_the_same_bits_at_every_thread_count),
                                              UNIT(goes_back_where_it_came_from),
                                              UNIT(errs_by_the_square_of_the_step),
                                              UNIT(two_bodies_go_round_in_a_circle),
                                              UNIT(finds_what_was_spoilt),
                                              UNIT(finds_a_wrong_acceleration),
                                              UNIT_END };
    int code = unit_main("nbody", tests);
    team_destroy(&team);
    return code;
}
