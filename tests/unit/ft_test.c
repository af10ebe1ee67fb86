/*
 * cpu_bound/ft*: every kernel against the definition of the transform, both ways and damped; the initial field and
 * spectrum against values computed by others; the same bits for every team; wrong values are found out.
 */
#include "by_harness.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/ft_solver.h"
#include "cpu_bound/nas/nas_random.h"
#include "unit.h"

#include <math.h>
#include <string.h>

extern const struct workload ft_workload;

/* --- plans --- */

static void every_frequency_ends_at_one_position(void)
{
    for (size_t n = 4; n <= 4096; n *= 2) {
        struct ft_plan plan;
        static unsigned char seen[4096];
        size_t product = 1;
        memset(seen, 0, sizeof seen);
        CU_ASSERT_EQUAL_FATAL(ft_plan_create(n, &plan), 0);
        for (int s = 0; s < plan.steps; s++)
            product *= (size_t)plan.step[s].radix;
        CU_ASSERT_EQUAL(product, n);
        for (size_t i = 0; i < n; i++)
            seen[ft_plan_frequency(&plan, i)]++;
        CU_ASSERT_PTR_NULL(memchr(seen, 0, n));
        ft_plan_destroy(&plan);
    }
}

/* --- kernels against the reference --- */

/* A field in natural order and the same in the kernels' order, for one instruction set. */
struct pair {
    enum isa isa;
    struct ft_transform transform;
    double (*natural)[2];
    double *field, *spectrum, *scratch;
    struct ft_damping damping; /* all factors 1, until a test sets them */
};

static struct pair pair_create(enum isa isa, const size_t n[FT_AXES])
{
    struct pair p = { .isa = isa };
    struct ft_shape shape = ft_shape(n, ISA_SELECT(ft_lanes, isa)());
    CU_ASSERT_EQUAL_FATAL(ft_transform_create(&shape, &p.transform), 0);
    ft_transform_fill(&p.transform);
    p.natural = array_alloc(ft_points(&shape), sizeof *p.natural);
    p.field = array_alloc(n[FT_Z] * shape.plane, sizeof(double));
    p.spectrum = array_alloc(2 * ft_points(&shape), sizeof(double));
    p.scratch = array_alloc(ISA_SELECT(ft_scratch, isa)(&shape), sizeof(double));
    CU_ASSERT_FATAL(p.natural && p.field && p.spectrum && p.scratch);
    for (int axis = 0; axis < FT_AXES; axis++) {
        p.damping.along[axis] = array_alloc(n[axis], sizeof(double));
        CU_ASSERT_PTR_NOT_NULL_FATAL(p.damping.along[axis]);
        for (size_t i = 0; i < n[axis]; i++)
            p.damping.along[axis][i] = 1;
    }
    return p;
}

static void pair_destroy(struct pair *p)
{
    ft_transform_destroy(&p->transform);
    for (int axis = 0; axis < FT_AXES; axis++)
        free(p->damping.along[axis]);
    free(p->natural);
    free(p->field);
    free(p->spectrum);
    free(p->scratch);
}

static size_t natural_at(const struct ft_shape *s, size_t x, size_t y, size_t z)
{
    return x + s->n[FT_X] * (y + s->n[FT_Y] * z);
}

#define EACH_POINT(s, x, y, z)                                  \
    for (size_t z = 0; z < (s)->n[FT_Z]; z++)                   \
        for (size_t y = 0; y < (s)->n[FT_Y]; y++)               \
            for (size_t x = 0; x < (s)->n[FT_X]; x++)

/* Random values into both. */
static void pair_fill(struct pair *p)
{
    const struct ft_shape *s = &p->transform.shape;
    uint64_t random = NAS_SEED;
    EACH_POINT(s, x, y, z) {
        double *natural = p->natural[natural_at(s, x, y, z)];
        for (size_t part = 0; part < 2; part++) {
            random = nas_random_next(random);
            natural[part] = (double)random * NAS_RANDOM_SCALE - 0.5;
            p->field[ft_field_at(s, x, y, z) + part * s->lanes] = natural[part];
        }
    }
}

static void forward(struct pair *p)
{
    const struct ft_shape *s = &p->transform.shape;
    const struct ft_share all = ft_whole(s);
    const struct ft_part field = ft_field_part(s, p->field, 0, 0, all.families_end);
    ISA_SELECT(ft_families_forward, p->isa)(&p->transform, p->field, NULL, 0, all.families_end);
    ISA_SELECT(ft_tiles_forward, p->isa)(&p->transform, &field, p->spectrum, 0, all.tiles_end, p->scratch);
}

static void inverse(struct pair *p)
{
    const struct ft_shape *s = &p->transform.shape;
    const struct ft_share all = ft_whole(s);
    const struct ft_part field = ft_field_part(s, p->field, 0, 0, all.families_end);
    memset(p->field, 0, s->n[FT_Z] * s->plane * sizeof(double));
    ISA_SELECT(ft_tiles_inverse, p->isa)(&p->transform, p->spectrum, &p->damping, &field, 0, all.tiles_end, p->scratch);
    ISA_SELECT(ft_families_inverse, p->isa)(&p->transform, p->field, NULL, 0, all.families_end, p->scratch);
}

/* The larger of two; a NaN wins. */
static double larger(double a, double b)
{
    return a <= b ? b : a;
}

/* The largest difference of the field, divided by @scale, from the natural one. */
static double field_difference(const struct pair *p, double scale)
{
    const struct ft_shape *s = &p->transform.shape;
    double largest = 0;
    EACH_POINT(s, x, y, z) {
        const double *got = p->field + ft_field_at(s, x, y, z), *want = p->natural[natural_at(s, x, y, z)];
        largest = larger(hypot(got[0] / scale - want[0], got[s->lanes] / scale - want[1]), largest);
    }
    return largest;
}

/* The largest difference of the spectrum from the natural one, frequency by frequency. */
static double spectrum_difference(const struct pair *p)
{
    const struct ft_transform *f = &p->transform;
    const struct ft_shape *s = &f->shape;
    double largest = 0;
    EACH_POINT(s, x, y, z) {
        const double *got = p->spectrum + ft_spectrum_at(s, x, y, z);
        const double *want = p->natural[natural_at(s, ft_frequency(f, FT_X, x), ft_frequency(f, FT_Y, y), ft_frequency(f, FT_Z, z))];
        largest = larger(hypot(got[0] - want[0], got[s->lanes] - want[1]), largest);
    }
    return largest;
}

/* Every step there is in some line: radix 4 once, twice and not at all before those of radix 8. */
static const size_t shapes[][FT_AXES] = { { 64, 32, 4 }, { 128, 64, 8 }, { 256, 32, 16 }, { 64, 128, 32 }, { 512, 32, 4 }, { 64, 32, 128 } };

#define EACH_PAIR(p)                                                              \
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)                     \
        for (size_t i = 0; isa_available(isa) && i < sizeof shapes / sizeof *shapes; i++) \
            for (struct pair p = pair_create(isa, shapes[i]); p.natural; pair_destroy(&p), p.natural = NULL)

static void the_forward_transform_is_the_definition(void)
{
    EACH_PAIR(p) {
        pair_fill(&p);
        CU_ASSERT_EQUAL_FATAL(ft_reference(p.natural, shapes[i], -1), 0);
        forward(&p);
        /* Values of size sqrt(points / 6); rounding grows with the logarithm of the length. */
        CU_ASSERT_TRUE(spectrum_difference(&p) <= 1e-13 * sqrt((double)ft_points(&p.transform.shape)));
    }
}

static void the_inverse_takes_it_back(void)
{
    EACH_PAIR(p) {
        pair_fill(&p);
        forward(&p);
        inverse(&p);
        CU_ASSERT_TRUE(field_difference(&p, (double)ft_points(&p.transform.shape)) <= 2e-15);
    }
}

static void the_spectrum_is_multiplied_by_the_factors_of_its_frequencies(void)
{
    EACH_PAIR(p) {
        const struct ft_shape *s = &p.transform.shape;
        for (int axis = 0; axis < FT_AXES; axis++)
            for (size_t at = 0; at < s->n[axis]; at++)
                p.damping.along[axis][at] = 1 / (1 + (double)ft_frequency(&p.transform, axis, at));
        pair_fill(&p);
        forward(&p);
        inverse(&p);
        CU_ASSERT_EQUAL_FATAL(ft_reference(p.natural, shapes[i], -1), 0);
        EACH_POINT(s, x, y, z)
            for (int part = 0; part < 2; part++)
                p.natural[natural_at(s, x, y, z)][part] /= (1 + (double)x) * (1 + (double)y) * (1 + (double)z);
        CU_ASSERT_EQUAL_FATAL(ft_reference(p.natural, shapes[i], 1), 0);
        CU_ASSERT_TRUE(field_difference(&p, 1) <= 1e-13 * sqrt((double)ft_points(s)));
    }
}

static void the_reference_by_hand(void)
{
    /* One wave along each axis: everything at one frequency. */
    const size_t n[FT_AXES] = { 4, 2, 8 };
    double field[64][2];
    for (size_t i = 0; i < 64; i++) {
        double turn = 2 * M_PI * ((double)(i % 4) / 4 + (double)(i / 4 % 2) / 2 + 3.0 * (double)(i / 8) / 8);
        field[i][0] = cos(turn);
        field[i][1] = sin(turn);
    }
    CU_ASSERT_EQUAL(ft_reference(field, n, -1), 0);
    for (size_t i = 0; i < 64; i++)
        CU_ASSERT_TRUE(hypot(field[i][0] - (i == 1 + 4 * (1 + 2 * 3) ? 64 : 0), field[i][1]) <= 1e-13);
}

/* --- the initial field --- */

static void rows_of_the_initial_field_are_the_sequence(void)
{
    static double row[2 * 128 + FT_GAP];
    const size_t n[FT_AXES] = { 128, 128, 32 };
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        size_t wrong = 0;
        if (!isa_available(isa))
            continue;
        struct ft_shape s = ft_shape(n, ISA_SELECT(ft_lanes, isa)());
        for (size_t y = 5; y < 128; y += 61) {
            ISA_SELECT(ft_fill_row, isa)(&s, row, y, 31);
            uint64_t random = nas_random_at(NAS_SEED, 2 * natural_at(&s, 0, y, 31));
            for (size_t i = 0; i < 256; i++) {
                random = nas_random_next(random);
                wrong += row[ft_block_at(&s, i / 2) + i % 2 * s.lanes] != (double)random * NAS_RANDOM_SCALE;
            }
        }
        CU_ASSERT_EQUAL(wrong, 0);
        /* computed by others, for class W: the first points and the last one */
        ISA_SELECT(ft_fill_row, isa)(&s, row, 0, 0);
        CU_ASSERT_DOUBLE_EQUAL(row[0], 0.794521911188738, 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(row[s.lanes], 0.869065273874540, 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(row[1], 0.647631728464333, 1e-15);
        ISA_SELECT(ft_fill_row, isa)(&s, row, 127, 31);
        CU_ASSERT_DOUBLE_EQUAL(row[ft_block_at(&s, 127)], 0.352329121923916, 1e-15);
        CU_ASSERT_DOUBLE_EQUAL(row[ft_block_at(&s, 127) + s.lanes], 0.161029690587853, 1e-15);
    }
}

/* --- the whole problem --- */

static struct ft_solver solve(char class, enum isa isa, unsigned threads)
{
    struct ft_solver s;
    struct team team;
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0), 0);
    CU_ASSERT_EQUAL_FATAL(ft_solver_create(ft_class(class), isa, &team, NULL, &s), 0);
    ft_solver_start(&s, &team);
    ft_solver_advance(&s, &team, 1, s.class->iterations);
    team_destroy(&team);
    return s;
}

/* The value of frequency (1, 2, 3) of a spectrum. */
static const double *at_1_2_3(const struct ft_solver *s)
{
    const struct ft_shape *shape = &s->transform.shape;
    EACH_POINT(shape, x, y, z)
        if (ft_frequency(&s->transform, FT_X, x) == 1 && ft_frequency(&s->transform, FT_Y, y) == 2 &&
            ft_frequency(&s->transform, FT_Z, z) == 3)
            return s->spectrum + ft_spectrum_at(shape, x, y, z);
    return NULL;
}

static void the_spectrum_of_class_S_has_the_known_values(void)
{
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        struct ft_solver s = solve('S', isa, 2);
        size_t lanes = s.transform.shape.lanes;
        const double *value = at_1_2_3(&s);
        CU_ASSERT_DOUBLE_EQUAL(s.spectrum[0], 1.309103458041e+05, 1e-7);
        CU_ASSERT_DOUBLE_EQUAL(s.spectrum[lanes], 1.308526590115e+05, 1e-7);
        CU_ASSERT_DOUBLE_EQUAL(value[0], 1.380021103743e+02, 1e-10);
        CU_ASSERT_DOUBLE_EQUAL(value[lanes], -2.649428929200e+01, 1e-11);
        ft_solver_destroy(&s);
    }
}

static void every_team_computes_the_same_bits(void)
{
    static const char classes[] = "SW"; /* a cube, and a box of three different sides */
    for (const char *c = classes; *c; c++) {
        struct ft_solver one = solve(*c, isa_best(), 1);
        for (int t = 1; t <= one.class->iterations; t++)
            CU_ASSERT_TRUE(ft_solver_error(&one, t) <= 1e-12);
        for (unsigned threads = 2; threads <= 7; threads++) {
            struct ft_solver many = solve(*c, isa_best(), threads);
            CU_ASSERT_EQUAL(memcmp(many.checksum, one.checksum, sizeof one.checksum), 0);
            ft_solver_destroy(&many);
        }
        ft_solver_destroy(&one);
    }
}

/* --- wrong values are found out --- */

/* The time from which on the run below computes with a wrong value, and which one. */
enum { WRONG_FROM = 4 };
static enum { WRONG_NOTHING, WRONG_SPECTRUM, WRONG_TWIDDLE, WRONG_TURN, WRONG_DAMPING, WRONG_NAN } wrong;

static int wrong_run(struct runtime *rt, const struct workload *w, void *state, struct team *team)
{
    (void)rt;
    struct ft_solver *s = state; /* the first member of the workload's state */
    int rc = w->run(state, team);
    struct ft_plan *z = &s->transform.plan[FT_Z];
    if (wrong == WRONG_SPECTRUM)
        s->spectrum[0] *= 1 + 1e-11;
    if (wrong == WRONG_TWIDDLE)
        z->twiddles[2] += 1e-6;
    if (wrong == WRONG_TURN)
        s->transform.turns[s->transform.shape.lanes * 2 + 1] += 1e-6;
    if (wrong == WRONG_NAN)
        s->spectrum[12345] = NAN;
    ft_solver_advance(s, team, WRONG_FROM, s->class->iterations);
    if (wrong == WRONG_DAMPING) /* of the last time: what the field would be at the time before */
        memcpy(s->checksum[s->class->iterations - 1], s->checksum[s->class->iterations - 2], sizeof *s->checksum);
    return rc;
}

static void a_wrong_value_fails_verification(void)
{
    struct capture out, err;
    wrong = WRONG_NOTHING;
    CU_ASSERT_EQUAL(by_harness(&ft_workload, wrong_run, &out, &err), EXIT_RIGHT);
    for (wrong = WRONG_SPECTRUM; wrong <= WRONG_NAN; wrong++) {
        CU_ASSERT_EQUAL(by_harness(&ft_workload, wrong_run, &out, &err), EXIT_WRONG);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, wrong == WRONG_DAMPING ? "WRONG ANSWER: checksum 6 is " : "WRONG ANSWER: checksum 4 is "));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ", published is 5.54"));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(every_frequency_ends_at_one_position),
        UNIT(the_reference_by_hand),
        UNIT(the_forward_transform_is_the_definition),
        UNIT(the_inverse_takes_it_back),
        UNIT(the_spectrum_is_multiplied_by_the_factors_of_its_frequencies),
        UNIT(rows_of_the_initial_field_are_the_sequence),
        UNIT(the_spectrum_of_class_S_has_the_known_values),
        UNIT(every_team_computes_the_same_bits),
        UNIT(a_wrong_value_fails_verification),
        UNIT_END,
    };
    message_init("test");
    return unit_main("ft", tests);
}
