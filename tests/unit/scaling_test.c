/*
 * From runs to points, laws and recommendations; alarms are in alarm_test.c. Published figures:
 *   pi, casino   as in fit_test.c: printed speed-ups
 *   opengate     its authors: "Suggested optimum: 8 threads (last point where efficiency >= 70 %)"
 */
#include "studies.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define COUNT(x) (sizeof(x) / sizeof *(x))

static uint64_t recommended(const uint64_t *count, const double *seconds, size_t n, bool weak, const char *rule)
{
    struct study *s = study_of(count, seconds, n);
    struct analysis *a = analyse(s, weak, rule);
    uint64_t found = a->verdict[0].recommended.point ? a->verdict[0].recommended.point->count : 0;
    analysis_destroy(a);
    study_destroy(s);
    return found;
}

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
        UNIT(forecasts_stay_within_reach),
        UNIT(weak_scaling_holds_up_to_where_the_time_grows),
        UNIT(every_rule_gives_a_count_and_a_reason),
        UNIT(the_time_of_the_program_can_be_judged_by),
        UNIT(weak_sizes_are_grouped_by_what_they_grew_from),
        UNIT(a_study_without_a_good_run_is_still_a_study),
        UNIT_END,
    };
    return unit_main("scaling", tests);
}
