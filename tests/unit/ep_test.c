/* EP: its logarithm against libm, its vectors against the definition, known counts; wrong sums must be found. */
#include "cpu_bound/nas/ep.c" /* for its statics: the check is tested on a spoilt result */

#include "common/exit_codes.h"
#include "common/message.h"
#include "cpu_bound/nas/nas_random.h"
#include "tests/unit/by_harness.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <unistd.h>

/* --- the logarithm --- */

enum { STEP = 16 };

static double worst_error(enum isa isa, const double *t, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i += STEP) {
        double u[STEP];
        ISA_SELECT(ep_logarithms, isa)(u, t + i, STEP);
        for (size_t l = 0; l < STEP; l++)
            worst = fmax(worst, nas_relative(u[l], -2 * log(t[i + l])));
    }
    return worst;
}

/* All of (0, 1), every magnitude from 2^-90 on, and close to 1, where ln t is close to 0. */
static void logarithms_are_those_of_libm(void)
{
    enum { N = 1 << 16 };
    static double even[N], small[N], near_1[N], edges[N];
    for (size_t i = 0; i < N; i++) {
        even[i] = ((double)i + 0.5) / N;
        small[i] = ldexp(1 + even[i], -1 - (int)(i % 90));
        near_1[i] = 1 - ldexp(1 + even[(i * 7) % N], -(int)(i % 47)) / 64;
        edges[i] = nextafter(0.5 + (double)(i % 16) / 32, i % 2 ? 0 : 1);
    }
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isa_available((enum isa)isa))
            continue;
        CU_ASSERT_TRUE(worst_error((enum isa)isa, even, N) <= 1e-14);
        CU_ASSERT_TRUE(worst_error((enum isa)isa, small, N) <= 1e-14);
        CU_ASSERT_TRUE(worst_error((enum isa)isa, near_1, N) <= 1e-14);
        CU_ASSERT_TRUE(worst_error((enum isa)isa, edges, N) <= 1e-14);
    }
}

static void the_logarithm_of_1_is_next_to_0_and_not_below(void)
{
    double t[STEP], u[STEP];
    for (size_t l = 0; l < STEP; l++)
        t[l] = 1;
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isa_available((enum isa)isa))
            continue;
        ISA_SELECT(ep_logarithms, (enum isa)isa)(u, t, STEP);
        CU_ASSERT_TRUE(u[0] > 0 && u[0] < 1e-15);
    }
}

/* --- pairs --- */

__extension__ typedef __int128 int128;

/* No pair lies beyond the rings: Gauss's reduction finds the shortest vector of the lattice of all pairs. */
static void no_pair_lies_beyond_the_last_ring(void)
{
    int128 a[2] = { 1, (int128)NAS_RANDOM_MULTIPLIER }, b[2] = { 0, (int128)1 << 46 };
    for (;;) {
        int128 ab = a[0] * b[0] + a[1] * b[1], aa = a[0] * a[0] + a[1] * a[1];
        int128 q = (2 * ab + (ab < 0 ? -aa : aa)) / (2 * aa); /* the nearest integer to ab / aa */
        int128 rest[2] = { b[0] - q * a[0], b[1] - q * a[1] };
        if (rest[0] * rest[0] + rest[1] * rest[1] >= aa)
            break;
        memcpy(b, a, sizeof b);
        memcpy(a, rest, sizeof a);
    }
    double t = ldexp((double)(a[0] * a[0] + a[1] * a[1]), -90);
    CU_ASSERT_DOUBLE_EQUAL(t, 3.8628e-14, 1e-18);
    CU_ASSERT_TRUE(sqrt(-2 * log(t)) < EP_RINGS);
}

static void vectors_do_what_the_definition_says(void)
{
    static const uint64_t ranges[][2] = { { 0, 0 }, { 0, EP_BATCH }, { 7 * EP_BATCH, 10 * EP_BATCH },
                                          { (UINT64_C(1) << 36) - 64 * EP_BATCH, UINT64_C(1) << 36 } };
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++)
        for (int isa = 0; isa < ISA_COUNT; isa++) {
            struct ep_sums want, got;
            if (!isa_available((enum isa)isa))
                continue;
            ep_pairs_reference(ranges[r][0], ranges[r][1], &want);
            ISA_SELECT(ep_pairs, (enum isa)isa)(ranges[r][0], ranges[r][1], &got);
            CU_ASSERT_EQUAL(memcmp(got.ring, want.ring, sizeof want.ring), 0);
            CU_ASSERT_TRUE(fabs(got.x - want.x) <= 1e-11 && fabs(got.y - want.y) <= 1e-11);
        }
}

static struct ep *computed(char class, enum isa isa)
{
    struct params p = { .class = class, .isa = isa };
    void *state = NULL;
    CU_ASSERT_FATAL(ep_workload.setup(&p, &state) == 0);
    struct ep *s = state;
    CU_ASSERT(ep_workload.compute(s, 0, s->blocks) == 0);
    ep_workload.join(s);
    return s;
}

static void class_s_has_the_known_counts(void)
{
    static const uint64_t known[EP_RINGS] = { 6140517, 5865300, 1100361, 68546, 1648, 17, 0, 0 };
    char why[256];
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isa_available((enum isa)isa))
            continue;
        struct ep *s = computed('S', (enum isa)isa);
        CU_ASSERT_EQUAL(memcmp(s->total.ring, known, sizeof known), 0);
        CU_ASSERT_EQUAL(accepted(s), 13176389);
        CU_ASSERT_EQUAL(ep_workload.verify(s, why, sizeof why), 0);
        ep_workload.teardown(s);
    }
}

static void blocks_fit_the_largest_class(void)
{
    struct params p = { .class = 'D', .isa = isa_best() };
    void *state = NULL;
    CU_ASSERT_FATAL(ep_workload.setup(&p, &state) == 0);
    struct ep *s = state;
    CU_ASSERT_EQUAL(s->blocks, BLOCKS_MAX);
    CU_ASSERT_EQUAL(s->blocks * s->block, UINT64_C(1) << 36);
    ep_workload.teardown(s);
}

/* --- what is wrong is found --- */

static void finds_wrong_sums(void)
{
    char why[256] = "";
    struct ep *s = computed('S', isa_best());
    double right = s->slot[100].x;
    s->slot[100].x += 1e-4; /* 3e-8 of the sum */
    ep_workload.join(s);
    CU_ASSERT_EQUAL(ep_workload.verify(s, why, sizeof why), -EDOM);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "published: -3247.83465203474 and -6958.4070783823"));
    s->slot[100].x = right;
    s->slot[200].y = NAN;
    ep_workload.join(s);
    CU_ASSERT_EQUAL(ep_workload.verify(s, why, sizeof why), -EDOM);
    ep_workload.teardown(s);
}

static int run_spoilt(struct runtime *rt, const struct workload *w, void *state, struct team *t)
{
    struct ep *s = state;
    (void)rt;
    for (unsigned i = 0; i < t->threads; i++)
        snprintf(t->bound[i], TEAM_BOUND_LEN, "anywhere");
    int rc = w->compute(s, 0, s->blocks);
    s->slot[3].ring[0]++; /* is no part of the test */
    s->slot[3].y *= 1.01;
    w->join(s);
    return rc;
}

static void a_wrong_sum_ends_the_program_with_1(void)
{
    struct capture out, err;
    int code = by_harness(&ep_workload, run_spoilt, &out, &err);
    CU_ASSERT_EQUAL(code, EXIT_WRONG);
    CU_ASSERT_PTR_NOT_NULL(strstr(out.text, "\"verified\":false"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "the sums came out as "));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(logarithms_are_those_of_libm),
        UNIT(the_logarithm_of_1_is_next_to_0_and_not_below),
        UNIT(no_pair_lies_beyond_the_last_ring),
        UNIT(vectors_do_what_the_definition_says),
        UNIT(class_s_has_the_known_counts),
        UNIT(blocks_fit_the_largest_class),
        UNIT(finds_wrong_sums),
        UNIT(a_wrong_sum_ends_the_program_with_1),
        UNIT_END,
    };
    message_init("test");
    return unit_main("ep", tests);
}
