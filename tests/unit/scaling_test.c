/*
 * From runs to points, recommendations and alarms. Published figures:
 *   pi, casino   as in fit_test.c: printed speed-ups
 *   opengate     its authors: "Suggested optimum: 8 threads (last point where efficiency >= 70 %)"
 */
#include "scaling/analysis.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(x) (sizeof(x) / sizeof *(x))

/* A study of @n points with one run each. */
static struct study *study_of(const uint64_t *count, const double *seconds, size_t n)
{
    struct study *s = calloc(1, sizeof *s);
    s->name = strdup("test");
    for (size_t i = 0; i < n; i++) {
        struct run run = RUN_BLANK;
        run.threads = count[i];
        run.seconds = run.wall_s = seconds[i];
        CU_ASSERT_EQUAL_FATAL(study_add(s, &run), 0);
    }
    return s;
}

static struct analysis *analyse(const struct study *s, bool weak, const char *rule_text)
{
    struct question ask = { .weak = weak };
    struct analysis *a = NULL;
    CU_ASSERT_EQUAL_FATAL(rule_parse(rule_text, &ask.rule), 0);
    CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
    return a;
}

static void add_run(struct study *s, uint64_t ranks, uint64_t threads, uint64_t nodes, uint64_t size, double seconds)
{
    struct run run = RUN_BLANK;
    run.threads = threads;
    run.ranks = ranks;
    run.nodes = nodes;
    run.has_size = size > 0;
    run.size = size;
    run.seconds = run.wall_s = seconds;
    CU_ASSERT_EQUAL_FATAL(study_add(s, &run), 0);
}

static bool has_alarm(const struct analysis *a, const char *kind)
{
    for (size_t i = 0; i < a->n_alarms; i++)
        if (strcmp(a->alarm[i].kind, kind) == 0)
            return true;
    return false;
}

static uint64_t recommended(const uint64_t *count, const double *seconds, size_t n, bool weak, const char *rule)
{
    struct study *s = study_of(count, seconds, n);
    struct analysis *a = analyse(s, weak, rule);
    uint64_t found = a->verdict[0].recommended.point ? a->verdict[0].recommended.point->count : 0;
    analysis_destroy(a);
    study_destroy(s);
    return found;
}

static const uint64_t doubling[] = { 1, 2, 4, 8, 16 };
static const double pi_s[] = { 3.99667, 2.064242, 1.075068, 0.687097, 0.349366 };
static const double casino_s[] = { 289.90, 154.93, 81.06, 41.44, 23.16 };
static const uint64_t ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const double opengate_s[] = { 115.08, 59.14, 40.85, 31.88, 26.44, 22.40, 19.75, 19.42, 21.81, 21.15 };

/* --- Points --- */

static void speedups_and_fractions_of_pi_are_the_published_ones(void)
{
    static const double speedup[] = { 1, 1.94, 3.72, 5.82, 11.44 };
    static const double fraction[] = { 0, 0.0329809, 0.0253212, 0.0536198, 0.0265752 };
    struct study *s = study_of(doubling, pi_s, 5);
    struct analysis *a = analyse(s, false, "eff=0.7");
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT(fabs(a->curves.point[i].speedup - speedup[i]) <= 0.00501);
        CU_ASSERT(i == 0 || fabs(a->curves.point[i].karp_flatt - fraction[i]) < 2e-6);
    }
    CU_ASSERT(isnan(a->curves.point[0].karp_flatt));
    analysis_destroy(a);
    study_destroy(s);
}

static void speedups_of_casino_are_the_published_ones(void)
{
    static const double speedup[] = { 1.0, 1.9, 3.6, 7.0, 12.5 };
    static const double efficiency[] = { 1, 0.9356, 0.8941, 0.8745, 0.7823 };
    static const double fraction[] = { 0, 0.068851, 0.039485, 0.020510, 0.018549 };
    struct study *s = study_of(doubling, casino_s, 5);
    struct analysis *a = analyse(s, false, "eff=0.7");
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT(fabs(a->curves.point[i].speedup - speedup[i]) <= 0.0501);
        CU_ASSERT(fabs(a->curves.point[i].efficiency - efficiency[i]) <= 0.000051);
        CU_ASSERT(i == 0 || fabs(a->curves.point[i].karp_flatt - fraction[i]) <= 6e-7);
    }
    analysis_destroy(a);
    study_destroy(s);
}

static void efficiencies_of_opengate_are_the_published_ones(void)
{
    static const double percent[] = { 100.0, 97.3, 93.9, 90.3, 87.0, 85.6, 83.3, 74.1, 58.6, 54.4 };
    struct study *s = study_of(ten, opengate_s, 10);
    struct analysis *a = analyse(s, false, "eff=0.7");
    for (size_t i = 0; i < 10; i++)
        CU_ASSERT(fabs(100 * a->curves.point[i].efficiency - percent[i]) <= 0.1);
    analysis_destroy(a);
    study_destroy(s);
}

static void weak_efficiency_is_base_time_over_time(void)
{
    static const double seconds[] = { 4.149807, 4.362416, 5.205988, 4.356564, 4.643724 };
    static const double efficiency[] = { 1, 0.951263, 0.797122, 0.952541, 0.893638 };
    struct study *s = study_of(doubling, seconds, 5);
    struct analysis *a = analyse(s, true, "eff=0.7");
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT(fabs(a->curves.point[i].efficiency - efficiency[i]) < 1e-6);
        CU_ASSERT(fabs(a->curves.point[i].speedup - efficiency[i] * (double)doubling[i]) < 2e-5);
        CU_ASSERT(isnan(a->curves.point[i].karp_flatt));
    }
    CU_ASSERT(!a->verdict[0].laws.amdahl.fitted && a->verdict[0].laws.gustafson.fitted);
    analysis_destroy(a);
    study_destroy(s);
}

static void a_baseline_above_one_is_the_unit(void)
{
    static const uint64_t count[] = { 4, 8, 16 };
    static const double seconds[] = { 100, 50, 30 };
    struct study *s = study_of(count, seconds, 3);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[1].efficiency, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[2].speedup, 100.0 / 30, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[2].karp_flatt, (0.3 - 0.25) / 0.75, 1e-12);
    analysis_destroy(a);
    study_destroy(s);
}

static void the_doubling_factor_comes_from_half_the_count_or_is_scaled(void)
{
    static const uint64_t count[] = { 1, 2, 3, 4 };
    static const double seconds[] = { 100, 50, 50, 30 };
    struct study *s = study_of(count, seconds, 4);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT(isnan(a->curves.point[0].doubling));
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[1].doubling, 2, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[2].doubling, 1, 1e-12);        /* from 2 to 3: nothing gained */
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[3].doubling, 50.0 / 30, 1e-12); /* from 2, not from 3         */
    analysis_destroy(a);
    study_destroy(s);
}

static void repeated_runs_become_one_point_with_their_median(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    static const double seconds[] = { 3, 1, 2, 9, 2.5 };
    for (size_t i = 0; i < 5; i++)
        add_run(s, 1, 2, 1, 0, seconds[i]);
    s->run[3].state = RUN_FAILED; /* counted, but not in the figures */
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT_EQUAL(a->curves.n_points, 1);
    CU_ASSERT_EQUAL(a->curves.point[0].ended[RUN_OK], 4);
    CU_ASSERT_EQUAL(a->curves.point[0].ended[RUN_FAILED], 1);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[0].time.median, 2.25, 1e-12);
    CU_ASSERT(has_alarm(a, "failed"));
    analysis_destroy(a);
    study_destroy(s);
}

static void each_size_of_a_strong_study_is_a_curve(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    for (uint64_t p = 4; p > 0; p /= 2) { /* in any order */
        add_run(s, p, 1, 1, 2000, 20.0 / (double)p);
        add_run(s, p, 1, 1, 1000, 10.0 / (double)p + 1);
    }
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT_EQUAL_FATAL(a->curves.n, 2);
    CU_ASSERT_EQUAL(a->curves.curve[0].size, 1000);
    CU_ASSERT_EQUAL(a->curves.curve[1].size, 2000);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.curve[1].point[2].efficiency, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.curve[0].point[2].speedup, 11 / 3.5, 1e-12);
    CU_ASSERT_PTR_EQUAL(analysis_main_curve(a), &a->curves.curve[1]);
    analysis_destroy(a);
    study_destroy(s);
}

static void sizes_that_grow_with_the_processors_are_one_weak_curve_each(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    for (uint64_t p = 1; p <= 4; p *= 2) {
        add_run(s, p, 1, 1, 1000 * p, 10);
        add_run(s, p, 1, 1, 3000 * p, 30 + (double)p);
    }
    struct analysis *a = analyse(s, true, "eff=0.7");
    CU_ASSERT_EQUAL_FATAL(a->curves.n, 2);
    CU_ASSERT_EQUAL(a->curves.curve[0].n, 3);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.curve[0].point[2].efficiency, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(a->curves.curve[1].point[2].efficiency, 31.0 / 34, 1e-12);
    analysis_destroy(a);
    study_destroy(s);
}

static void a_hybrid_study_takes_the_fastest_of_each_count(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    add_run(s, 1, 1, 1, 0, 100);
    add_run(s, 1, 4, 1, 0, 40);
    add_run(s, 4, 1, 1, 0, 28);
    add_run(s, 2, 2, 1, 0, 26);
    struct analysis *a = analyse(s, false, "fastest");
    CU_ASSERT_EQUAL_FATAL(a->curves.curve[0].n_front, 2);
    CU_ASSERT_EQUAL(a->verdict[0].recommended.point->ranks, 2);
    CU_ASSERT_EQUAL(a->verdict[0].recommended.point->threads, 2);
    analysis_destroy(a);
    study_destroy(s);
}

static void ranks_are_those_of_all_nodes(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    add_run(s, 8, 2, 4, 0, 10); /* 8 ranks on 4 nodes: 16 processors */
    add_run(s, 1, 2, 4, 0, 20); /* fewer ranks than nodes: 2 threads on each of 4 */
    struct analysis *a = analyse(s, false, "fastest");
    CU_ASSERT_EQUAL(a->curves.point[0].count, 8);
    CU_ASSERT_EQUAL(a->curves.point[1].count, 16);
    analysis_destroy(a);
    study_destroy(s);
}

/* --- Rules --- */

static void the_efficiency_rule_gives_opengates_published_optimum(void)
{
    CU_ASSERT_EQUAL(recommended(ten, opengate_s, 10, false, "eff=0.7"), 8);
    CU_ASSERT_EQUAL(recommended(ten, opengate_s, 10, false, "eff=0.9"), 4);
    CU_ASSERT_EQUAL(recommended(ten, opengate_s, 10, false, "eff=1"), 1);
}

static void the_fastest_and_the_cheapest_are_found(void)
{
    CU_ASSERT_EQUAL(recommended(ten, opengate_s, 10, false, "fastest"), 8);
    CU_ASSERT_EQUAL(recommended(ten, opengate_s, 10, false, "cheapest"), 1);
    static const double cached[] = { 100, 45, 30, 24, 20 };
    CU_ASSERT_EQUAL(recommended(doubling, cached, 5, false, "cheapest"), 2);
}

static void the_doubling_rules_stop_at_the_first_weak_doubling(void)
{
    static const double seconds[] = { 100, 60, 45, 25, 15 }; /* factors 1.67 1.33 1.80 1.67 */
    CU_ASSERT_EQUAL(recommended(doubling, seconds, 5, false, "csc"), 2);
    CU_ASSERT_EQUAL(recommended(doubling, casino_s, 5, false, "csc"), 16);
    CU_ASSERT_EQUAL(recommended(doubling, seconds, 1, false, "csc"), 1);
}

static void notur_asks_less_of_large_counts(void)
{
    static const uint64_t count[] = { 256, 512, 1024, 2048 };
    static const double seconds[] = { 100, 65, 45, 34 }; /* factors 1.54 1.44 1.32 */
    CU_ASSERT_EQUAL(recommended(count, seconds, 4, false, "notur"), 2048);
    CU_ASSERT_EQUAL(recommended(count, seconds, 4, false, "csc"), 512);
}

static void a_rule_that_is_none_is_refused(void)
{
    struct rule rule;
    static const char *const bad[] = { "", "best", "eff", "eff=", "eff=0", "eff=1.1", "eff=x", "eff=0.7x", "eff=nan", "csc " };
    for (size_t i = 0; i < COUNT(bad); i++)
        CU_ASSERT_EQUAL(rule_parse(bad[i], &rule), -EINVAL);
}

/* --- Fits and intervals --- */

static void too_few_counts_refuse_a_fit_with_a_reason(void)
{
    static const double seconds[] = { 100, 52, 28 };
    struct study *s = study_of(doubling, seconds, 3);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT(!a->verdict[0].laws.amdahl.fitted && strstr(a->verdict[0].laws.amdahl.reason, "4 different counts"));
    CU_ASSERT(!a->verdict[0].laws.usl.fitted && strstr(a->verdict[0].laws.usl.reason, "6 different counts"));
    analysis_destroy(a);
    study_destroy(s);
}

static void intervals_enclose_the_law_that_made_the_times(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    for (uint64_t p = 1; p <= 64; p *= 2) /* s = 0.05, with 1 % of deterministic noise around it */
        for (int k = -3; k <= 3; k++)
            add_run(s, p, 1, 1, 0, 100 * (0.05 + 0.95 / (double)p) * (1 + 0.01 * k / 3.0));
    struct analysis *a = analyse(s, false, "eff=0.7");
    const struct law *amdahl = &a->verdict[0].laws.amdahl;
    CU_ASSERT_FATAL(amdahl->fitted);
    CU_ASSERT_DOUBLE_EQUAL(amdahl->fit.sigma, 0.05, 1e-9);
    CU_ASSERT(amdahl->sigma.low < 0.05 && amdahl->sigma.high > 0.05);
    CU_ASSERT(amdahl->sigma.high - amdahl->sigma.low < 0.005);
    CU_ASSERT(a->curves.point[3].efficiency_95.low < a->curves.point[3].efficiency &&
              a->curves.point[3].efficiency < a->curves.point[3].efficiency_95.high);
    analysis_destroy(a);
    study_destroy(s);
}

static void single_runs_have_no_intervals(void)
{
    struct study *s = study_of(ten, opengate_s, 10);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT(a->verdict[0].laws.amdahl.fitted && isnan(a->verdict[0].laws.amdahl.sigma.low));
    analysis_destroy(a);
    study_destroy(s);
}

/* --- Alarms --- */

static struct study *quiet_study(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    for (int64_t rep = 0; rep < 6; rep++)
        for (uint64_t p = 1; p <= 4; p *= 2) {
            char cpus[8];
            add_run(s, 1, p, 1, 0, (10 + 0.01 * (double)(rep % 3)) * (0.04 + 0.96 / (double)p));
            struct run *r = &s->run[s->n_runs - 1];
            snprintf(cpus, sizeof cpus, p == 1 ? "0" : "0-%d", (int)p - 1);
            r->binding = strdup(cpus);
            r->order = (int64_t)s->n_runs;
            r->processor_s = 10;
        }
    return s;
}

static bool alarmed(struct study *s, const char *kind)
{
    struct analysis *a = analyse(s, false, "eff=0.7");
    bool found = kind ? has_alarm(a, kind) : a->n_alarms > 0;
    analysis_destroy(a);
    study_destroy(s);
    return found;
}

static void a_quiet_study_raises_no_alarm(void)
{
    CU_ASSERT(!alarmed(quiet_study(), NULL));
}

static void superlinear_speedup_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].seconds *= s->run[i].threads == 4 ? 0.8 : 1;
    CU_ASSERT(alarmed(s, "superlinear"));
}

static void short_runs_raise_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].seconds = s->run[i].wall_s /= 5;
    CU_ASSERT(alarmed(s, "short-run"));
}

/* What the program times of itself is clear of its start, so that less will do. */
static void the_programs_own_time_may_be_shorter(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].program_s = s->run[i].seconds / 5;
    CU_ASSERT_EQUAL(study_use_program_time(s), 0);
    CU_ASSERT(!alarmed(s, NULL));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].program_s = s->run[i].seconds / 1000;
    CU_ASSERT_EQUAL(study_use_program_time(s), 0);
    CU_ASSERT(alarmed(s, "short-run"));
}

static void outliers_and_noise_raise_alarms(void)
{
    struct study *s = quiet_study();
    s->run[4].seconds *= 1.5;
    CU_ASSERT(alarmed(s, "outliers"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].seconds *= 1 + 0.1 * (double)(i % 4);
    CU_ASSERT(alarmed(s, "noise"));
}

static void sharing_cpus_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        if (s->run[i].threads == 4)
            strcpy(s->run[i].binding, "0-1");
    CU_ASSERT(alarmed(s, "oversubscription"));
}

static void differing_bindings_raise_an_alarm(void)
{
    struct study *s = quiet_study();
    strcpy(s->run[0].binding, "1"); /* one run of a point elsewhere */
    CU_ASSERT(alarmed(s, "binding"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++) /* one thread free to move, two confined */
        if (s->run[i].threads == 1) {
            free(s->run[i].binding);
            s->run[i].binding = strdup("0-3");
        }
    CU_ASSERT(alarmed(s, "binding"));
}

static void idle_processors_raise_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].processor_s = s->run[i].seconds; /* one busy, whatever the count */
    CU_ASSERT(alarmed(s, "idle"));
}

static void a_machine_that_slows_down_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].seconds *= 1 + 0.1 * (double)i / (double)s->n_runs;
    CU_ASSERT(alarmed(s, "drift"));
}

/* A study read with a plan that says so of its machine. */
static bool alarmed_on(struct study *s, const char *machine, const char *kind)
{
    s->plan = json_pack("{s:o}", "machine", json_loads(machine, 0, NULL));
    return alarmed(s, kind);
}

static void a_baseline_that_failed_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        if (s->run[i].threads == 1)
            s->run[i].state = RUN_FAILED;
    CU_ASSERT(alarmed(s, "baseline"));
}

static void more_processors_than_the_quota_raise_an_alarm(void)
{
    CU_ASSERT(alarmed_on(quiet_study(), "{\"quota\": 2.5}", "quota"));
    CU_ASSERT(!alarmed_on(quiet_study(), "{\"quota\": 4}", "quota"));
    CU_ASSERT(!alarmed_on(quiet_study(), "{\"quota\": null}", "quota"));
}

static void more_processors_than_cores_raise_an_alarm(void)
{
    CU_ASSERT(alarmed_on(quiet_study(), "{\"cores\": 2, \"cpus\": 4}", "smt"));
    CU_ASSERT(!alarmed_on(quiet_study(), "{\"cores\": 4, \"cpus\": 8}", "smt"));
}

static void time_outside_the_main_part_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].program_s = s->run[i].seconds - 0.2; /* 8 % of the shortest */
    CU_ASSERT(!alarmed(s, "start-up"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].program_s = s->run[i].seconds - 0.5;
    CU_ASSERT(alarmed(s, "start-up"));
}

static void a_falling_serial_fraction_raises_an_alarm(void)
{
    CU_ASSERT(alarmed(study_of(doubling, casino_s, 5), "serial-fraction"));
    CU_ASSERT(!alarmed(study_of(doubling, pi_s, 5), "serial-fraction"));
}

static void sizes_that_do_not_divide_raise_an_alarm(void)
{
    /* 1280 rows on 8, 96 and 128: the 96 of the report that showed the trap */
    struct study *s = study_of(NULL, NULL, 0);
    for (uint64_t p = 32; p <= 128; p += 32)
        add_run(s, 1, p, 1, 1280, 100 / (double)p);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT(has_alarm(a, "indivisible"));
    for (size_t i = 0; i < a->n_alarms; i++)
        if (strcmp(a->alarm[i].kind, "indivisible") == 0)
            CU_ASSERT_EQUAL(a->alarm[i].point->count, 96);
    analysis_destroy(a);
    study_destroy(s);
    s = study_of(NULL, NULL, 0);
    for (uint64_t p = 1; p <= 3; p++)
        add_run(s, 1, p, 1, 1000000, 100 / (double)p); /* one more than a third of a million: nothing */
    CU_ASSERT(!alarmed(s, "indivisible"));
}

static void a_baseline_under_turbo_raises_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].mhz = s->run[i].threads == 1 ? 3500 : 3000;
    CU_ASSERT(alarmed(s, "clock"));
}

static void threads_that_may_move_where_others_may_not_raise_an_alarm(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].affinity = strdup(s->run[i].threads == 1 ? "0" : s->run[i].threads == 2 ? "0 1" : "0-3");
    CU_ASSERT(alarmed(s, "binding"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++) /* all on one cpu, whatever they were started on */
        s->run[i].affinity = strdup("0");
    CU_ASSERT(alarmed(s, "oversubscription"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].affinity = strdup(s->run[i].threads == 1 ? "0" : s->run[i].threads == 2 ? "0 1" : "0 1 2 3");
    CU_ASSERT(!alarmed(s, "binding"));
}

static void a_program_that_scales_like_memory_raises_an_alarm(void)
{
    static const uint64_t count[] = { 1, 2, 4, 8 };
    static const double memory[] = { 10, 5.5, 4, 3.9 }, bound[] = { 40, 22, 16, 15.5 }, free_of_it[] = { 40, 21, 11, 6 };
    struct study *stream = study_of(count, memory, 4), *s;
    struct question ask = { .stream = stream };
    struct analysis *a = NULL;
    CU_ASSERT_EQUAL_FATAL(rule_parse("eff=0.7", &ask.rule), 0);
    s = study_of(count, bound, 4);
    CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
    CU_ASSERT(has_alarm(a, "bandwidth"));
    analysis_destroy(a);
    study_destroy(s);
    s = study_of(count, free_of_it, 4);
    CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
    CU_ASSERT(!has_alarm(a, "bandwidth"));
    analysis_destroy(a);
    study_destroy(s);
    study_destroy(stream);
}

/* --- Forecast, weak scaling, splits --- */

static void forecasts_stay_within_reach(void)
{
    struct study *s = study_of(ten, opengate_s, 10);
    struct question ask = { .predict = 0 };
    struct analysis *a = NULL;
    CU_ASSERT_EQUAL_FATAL(rule_parse("eff=0.7", &ask.rule), 0);
    for (ask.predict = 19; ask.predict <= 21; ask.predict++) {
        CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
        const struct forecast *f = &a->verdict[0].laws.forecast;
        CU_ASSERT_EQUAL(f->made, ask.predict <= 20);
        if (f->made)
            CU_ASSERT_DOUBLE_EQUAL(f->speedup, opengate_s[0] / f->time_s, 1e-12);
        analysis_destroy(a);
    }
    study_destroy(s);
}

static void weak_scaling_holds_up_to_where_the_time_grows(void)
{
    static const double seconds[] = { 10, 10.5, 11, 13, 12 };
    struct study *s = study_of(doubling, seconds, 5);
    struct analysis *a = analyse(s, true, "eff=0.7");
    CU_ASSERT_EQUAL(a->verdict[0].weak_holds->count, 4);
    CU_ASSERT(a->verdict[0].laws.gustafson.fitted && a->verdict[0].laws.preferred == &a->verdict[0].laws.gustafson);
    analysis_destroy(a);
    study_destroy(s);
}

static void every_rule_gives_a_count_and_a_reason(void)
{
    static const uint64_t want[RULE_KINDS] = { [RULE_FASTEST] = 8, [RULE_EFFICIENCY] = 8, [RULE_CSC] = 8, [RULE_NOTUR] = 8, [RULE_CHEAPEST] = 1 };
    struct study *s = study_of(ten, opengate_s, 10);
    struct analysis *a = analyse(s, false, "eff=0.9");
    for (int kind = 0; kind < RULE_KINDS; kind++) {
        const struct recommendation *r = &a->verdict[0].by_rule[kind];
        CU_ASSERT_EQUAL(r->point->count, want[kind]);
        CU_ASSERT(strlen(r->reason) > 20 && r->rule.kind == (enum rule_kind)kind);
    }
    CU_ASSERT_EQUAL(a->verdict[0].recommended.point->count, 4);
    analysis_destroy(a);
    study_destroy(s);
}

static void the_time_of_the_program_can_be_judged_by(void)
{
    struct study *s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].program_s = 8 / (double)s->run[i].threads;
    CU_ASSERT_EQUAL(study_use_program_time(s), 0);
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT_DOUBLE_EQUAL(a->curves.point[2].speedup, 4, 1e-12);
    analysis_destroy(a);
    s->run[3].program_s = NAN;
    CU_ASSERT_EQUAL(study_use_program_time(s), -EINVAL);
    study_destroy(s);
}

static void weak_sizes_are_grouped_by_what_they_grew_from(void)
{
    struct study *s = study_of(NULL, NULL, 0);
    for (uint64_t p = 1; p <= 4; p *= 2)
        for (uint64_t base = 1000; base <= 2000; base += 1000) {
            add_run(s, p, 1, 1, base * p, 10);
            s->run[s->n_runs - 1].has_base_size = true;
            s->run[s->n_runs - 1].base_size = base;
        }
    s->run[1].state = RUN_FAILED; /* the base of the larger one */
    struct analysis *a = analyse(s, true, "eff=0.7");
    CU_ASSERT_EQUAL_FATAL(a->curves.n, 2);
    CU_ASSERT_EQUAL(a->curves.curve[1].n_front, 2);
    CU_ASSERT_EQUAL(a->curves.curve[1].front[0]->count, 2);
    analysis_destroy(a);
    study_destroy(s);
}

static void single_runs_raise_an_alarm(void)
{
    CU_ASSERT(alarmed(study_of(doubling, casino_s, 5), "few-runs"));
}

static void a_study_without_a_good_run_is_still_a_study(void)
{
    struct study *s = study_of(doubling, casino_s, 5);
    for (size_t i = 0; i < s->n_runs; i++)
        s->run[i].state = RUN_TIMEOUT;
    struct analysis *a = analyse(s, false, "eff=0.7");
    CU_ASSERT_PTR_NULL(a->verdict[0].recommended.point);
    CU_ASSERT(has_alarm(a, "failed"));
    CU_ASSERT(isnan(a->curves.point[0].speedup));
    analysis_destroy(a);
    study_destroy(s);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(speedups_and_fractions_of_pi_are_the_published_ones),
        UNIT(speedups_of_casino_are_the_published_ones),
        UNIT(efficiencies_of_opengate_are_the_published_ones),
        UNIT(weak_efficiency_is_base_time_over_time),
        UNIT(a_baseline_above_one_is_the_unit),
        UNIT(the_doubling_factor_comes_from_half_the_count_or_is_scaled),
        UNIT(repeated_runs_become_one_point_with_their_median),
        UNIT(each_size_of_a_strong_study_is_a_curve),
        UNIT(sizes_that_grow_with_the_processors_are_one_weak_curve_each),
        UNIT(a_hybrid_study_takes_the_fastest_of_each_count),
        UNIT(ranks_are_those_of_all_nodes),
        UNIT(the_efficiency_rule_gives_opengates_published_optimum),
        UNIT(the_fastest_and_the_cheapest_are_found),
        UNIT(the_doubling_rules_stop_at_the_first_weak_doubling),
        UNIT(notur_asks_less_of_large_counts),
        UNIT(a_rule_that_is_none_is_refused),
        UNIT(too_few_counts_refuse_a_fit_with_a_reason),
        UNIT(intervals_enclose_the_law_that_made_the_times),
        UNIT(single_runs_have_no_intervals),
        UNIT(a_quiet_study_raises_no_alarm),
        UNIT(superlinear_speedup_raises_an_alarm),
        UNIT(short_runs_raise_an_alarm),
        UNIT(the_programs_own_time_may_be_shorter),
        UNIT(outliers_and_noise_raise_alarms),
        UNIT(sharing_cpus_raises_an_alarm),
        UNIT(differing_bindings_raise_an_alarm),
        UNIT(idle_processors_raise_an_alarm),
        UNIT(a_machine_that_slows_down_raises_an_alarm),
        UNIT(a_baseline_that_failed_raises_an_alarm),
        UNIT(more_processors_than_the_quota_raise_an_alarm),
        UNIT(more_processors_than_cores_raise_an_alarm),
        UNIT(time_outside_the_main_part_raises_an_alarm),
        UNIT(a_falling_serial_fraction_raises_an_alarm),
        UNIT(sizes_that_do_not_divide_raise_an_alarm),
        UNIT(a_baseline_under_turbo_raises_an_alarm),
        UNIT(threads_that_may_move_where_others_may_not_raise_an_alarm),
        UNIT(a_program_that_scales_like_memory_raises_an_alarm),
        UNIT(forecasts_stay_within_reach),
        UNIT(weak_scaling_holds_up_to_where_the_time_grows),
        UNIT(every_rule_gives_a_count_and_a_reason),
        UNIT(the_time_of_the_program_can_be_judged_by),
        UNIT(weak_sizes_are_grouped_by_what_they_grew_from),
        UNIT(single_runs_raise_an_alarm),
        UNIT(a_study_without_a_good_run_is_still_a_study),
        UNIT_END,
    };
    return unit_main("scaling", tests);
}
