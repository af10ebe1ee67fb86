/*
 * Are the intervals true? Studies are made from known laws and known noise, analysed like any other, and it is counted
 * how often a 95 % interval contains the truth, and how often the recommended count is the right one.
 *
 * A few hundred studies as a test; as many as PARKIT_COVERAGE_STUDIES says for tests/bench/coverage.sh, which prints
 * the table. The seeds are fixed: the same numbers everywhere.
 */
#include "scaling/judge/analysis.h"
#include "scaling/judge/speedup.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Synthetic studies --- */

struct law_of {
    double sigma, kappa;
};

enum noise { NOISE_LOGNORMAL, NOISE_SKEWED };

struct recipe {
    struct law_of law;
    enum noise noise;
    double level;             /* relative standard deviation, about */
    size_t runs;              /* of each count                      */
};

static uint64_t random_state;

/* Another generator than the bootstrap's: xorshift64* (Vigna, ACM TOMS 42(4), 2016). */
static double random_unit(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return ((double)((random_state * 0x2545F4914F6CDD1Du) >> 11) + 0.5) * 0x1p-53;
}

/* A factor with the median 1: symmetric in the logarithm, or only ever adding time, as most noise does. */
static double noise(const struct recipe *r)
{
    if (r->noise == NOISE_LOGNORMAL)
        return exp(r->level * sqrt(-2 * log(random_unit())) * cos(2 * M_PI * random_unit()));
    return (1 - r->level * log(random_unit())) / (1 + r->level * M_LN2);
}

static const uint64_t counts[] = { 1, 2, 4, 8, 16, 32, 64 };
enum { COUNTS = sizeof counts / sizeof *counts };

static double true_time(const struct law_of *law, double p)
{
    return 100 * (1 / p + law->sigma * (p - 1) / p + law->kappa * (p - 1));
}

static struct study *make_study(const struct recipe *r)
{
    struct study *s = calloc(1, sizeof *s);
    s->name = strdup("synthetic");
    for (size_t i = 0; i < COUNTS; i++)
        for (size_t k = 0; k < r->runs; k++) {
            struct run run = RUN_BLANK;
            run.threads = counts[i];
            run.seconds = run.wall_s = true_time(&r->law, (double)counts[i]) * noise(r);
            CU_ASSERT_EQUAL_FATAL(study_add(s, &run), 0);
        }
    return s;
}

static struct analysis *look(const struct study *s, const char *rule)
{
    struct question ask = { .weak = false };
    struct analysis *a = NULL;
    CU_ASSERT_EQUAL_FATAL(rule_parse(rule, &ask.rule), 0);
    CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
    return a;
}

static size_t studies(size_t usual)
{
    const char *asked = getenv("PARKIT_COVERAGE_STUDIES");
    return asked ? strtoul(asked, NULL, 10) : usual;
}

/* --- Coverage --- */

enum { MEDIAN, SPEEDUP, KARP_FLATT, SIGMA, KAPPA, FORECAST, FIGURES };
static const char *const figure_names[FIGURES] = { "median", "speed-up", "Karp-Flatt", "sigma", "kappa", "forecast" };

struct tally {
    size_t inside[FIGURES], all[FIGURES];
};

static void count_one(struct tally *t, int figure, struct interval i, double truth)
{
    if (isnan(i.low))
        return;
    t->all[figure]++;
    t->inside[figure] += i.low <= truth && truth <= i.high;
}

static void count_study(struct tally *t, const struct recipe *r)
{
    struct study *s = make_study(r);
    struct analysis *a = look(s, "eff=0.7");
    const struct laws *laws = &a->verdict[0].laws;
    for (size_t i = 0; i < COUNTS; i++) {
        const struct point *p = &a->curves.point[i];
        double truth = true_time(&r->law, (double)counts[i]), speedup = true_time(&r->law, 1) / truth;
        if (p->time.is_interval)
            count_one(t, MEDIAN, (struct interval){ p->time.low, p->time.high }, truth);
        count_one(t, SPEEDUP, p->speedup_95, speedup);
        count_one(t, KARP_FLATT, p->karp_flatt_95, speedup_karp_flatt(speedup, (double)counts[i]));
    }
    const struct law *fitted = r->law.kappa > 0 ? &laws->usl : &laws->amdahl;
    count_one(t, SIGMA, fitted->sigma, r->law.sigma);
    if (r->law.kappa > 0)
        count_one(t, KAPPA, fitted->kappa, r->law.kappa);
    if (laws->preferred == fitted)
        count_one(t, FORECAST, laws->forecast.time_95, true_time(&r->law, (double)laws->forecast.count));
    analysis_destroy(a);
    study_destroy(s);
}

static struct tally count_studies(const struct recipe *r, size_t n)
{
    struct tally t = { { 0 }, { 0 } };
    random_state = 11;
    for (size_t i = 0; i < n; i++)
        count_study(&t, r);
    printf("  %3zu runs, %-9s %2.0f %% noise, sigma %.3f kappa %.4f:", r->runs, r->noise == NOISE_SKEWED ? "skewed" : "lognormal",
        100 * r->level, r->law.sigma, r->law.kappa);
    for (int f = 0; f < FIGURES; f++)
        if (t.all[f])
            printf(" %s %.1f %%", figure_names[f], 100 * (double)t.inside[f] / (double)t.all[f]);
    printf("\n");
    return t;
}

/* Promised: 93 to 97 % in a thousand studies. Of fewer studies the count itself is uncertain: three standard errors. */
static void check_coverage(const struct tally *t, int figure)
{
    double share = (double)t->inside[figure] / (double)t->all[figure];
    double slack = t->all[SIGMA] < 1000 ? 3 * sqrt(0.05 * 0.95 / (double)t->all[SIGMA]) : 0;
    CU_ASSERT(t->all[figure] > 0);
    CU_ASSERT(share >= 0.93 - slack);
    CU_ASSERT(share <= 0.97 + slack);
}

static void intervals_contain_the_truth_as_often_as_they_promise(void)
{
    static const struct recipe recipes[] = {
        { { 0.05, 0 }, NOISE_LOGNORMAL, 0.02, 9 }, { { 0.05, 0 }, NOISE_SKEWED, 0.02, 9 },
        { { 0.05, 0 }, NOISE_LOGNORMAL, 0.05, 12 }, { { 0.01, 0 }, NOISE_LOGNORMAL, 0.01, 15 },
        { { 0.05, 0 }, NOISE_SKEWED, 0.05, 20 }, { { 0.05, 0.001 }, NOISE_LOGNORMAL, 0.02, 9 },
        { { 0.05, 0.001 }, NOISE_SKEWED, 0.02, 15 },
    };
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        struct tally t = count_studies(&recipes[i], studies(30));
        check_coverage(&t, MEDIAN);
        check_coverage(&t, SPEEDUP);
        check_coverage(&t, SIGMA);
    }
}

/* --- Recommended counts --- */

/* Laws whose right answer is known and not a tie: the figure that decides is 2 % or more away from its bound. */
static const struct {
    struct law_of law;
    const char *rule;
    uint64_t right;
} known[] = {
    { { 0.05, 0 }, "eff=0.7", 8 },       /* efficiencies 1 .95 .87 .74 .57                      */
    { { 0.01, 0 }, "eff=0.7", 32 },      /* .76 on 32, .61 on 64                                */
    { { 0.01, 0 }, "eff=0.9", 8 },       /* .93 on 8, .87 on 16                                 */
    { { 0.03, 0.0037890625 }, "fastest", 16 }, /* peak sqrt(0.97/kappa) = 16; 8 and 32 are 17 % slower */
    { { 0.04, 0 }, "csc", 16 },          /* per doubling 1.92 1.86 1.75 1.60 1.43               */
    { { 0.10, 0 }, "csc", 8 },           /* 1.82 1.69 1.53 1.36                                 */
    { { 0.05, 0 }, "cheapest", 1 },
};

static size_t recommended_right(size_t which, size_t n)
{
    size_t right = 0;
    const struct recipe recipe = { known[which].law, NOISE_SKEWED, 0.02, 9 };
    random_state = 20240302 + which;
    for (size_t i = 0; i < n; i++) {
        struct study *s = make_study(&recipe);
        struct analysis *a = look(s, known[which].rule);
        right += a->verdict[0].recommended.point->count == known[which].right;
        analysis_destroy(a);
        study_destroy(s);
    }
    printf("  rule %-8s sigma %.2f kappa %.4f: %llu recommended in %.1f %%\n", known[which].rule, known[which].law.sigma,
        known[which].law.kappa, (unsigned long long)known[which].right, 100 * (double)right / (double)n);
    return right;
}

static void the_recommended_count_is_the_right_one(void)
{
    size_t n = studies(30) < 200 ? studies(30) : 200, right = 0, kinds = sizeof known / sizeof *known;
    for (size_t i = 0; i < kinds; i++)
        right += recommended_right(i, n);
    CU_ASSERT((double)right >= 0.95 * (double)(n * kinds)); /* 210 studies, or 200 of each kind */
}

/* --- The law that is preferred --- */

static void the_law_that_made_the_times_is_preferred(void)
{
    static const struct recipe recipes[] = { { { 0.05, 0 }, NOISE_SKEWED, 0.02, 9 }, { { 0.05, 0.002 }, NOISE_SKEWED, 0.02, 9 } };
    for (size_t r = 0; r < 2; r++) {
        size_t n = 20, right = 0;
        random_state = 20240303;
        for (size_t i = 0; i < n; i++) {
            struct study *s = make_study(&recipes[r]);
            struct analysis *a = look(s, "eff=0.7");
            right += (a->verdict[0].laws.preferred == &a->verdict[0].laws.usl) == (recipes[r].law.kappa > 0);
            analysis_destroy(a);
            study_destroy(s);
        }
        printf("  kappa %.4f: the right law in %zu of %zu\n", recipes[r].law.kappa, right, n);
        CU_ASSERT(right >= n * 9 / 10);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(intervals_contain_the_truth_as_often_as_they_promise),
        UNIT(the_recommended_count_is_the_right_one),
        UNIT(the_law_that_made_the_times_is_preferred),
        UNIT_END,
    };
    return unit_main("coverage", tests);
}
