/* What a study is warned of, and what it is not. */
#include "studies.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

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
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++) { /* most of a run is not what is judged */
        s->run[i].processor_s = s->run[i].wall_s;
        s->run[i].program_s = 0.4 * s->run[i].seconds;
    }
    CU_ASSERT_EQUAL(study_use_program_time(s), 0);
    CU_ASSERT(!alarmed(s, "idle"));
    s = quiet_study();
    for (size_t i = 0; i < s->n_runs; i++) {
        s->run[i].processor_s = s->run[i].wall_s;
        s->run[i].program_s = 0.6 * s->run[i].seconds;
    }
    CU_ASSERT_EQUAL(study_use_program_time(s), 0);
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

/* Before its threads were bound, or when some had ended. */
static void one_look_that_came_too_early_or_too_late_raises_no_alarm(void)
{
    static const char *const odd[] = { "0-3", "0 3" };
    for (int which = 0; which < 2; which++)
        for (size_t when = 0; when < 3; when++) {
            struct study *s = quiet_study();
            size_t of_four = 0;
            for (size_t i = 0; i < s->n_runs; i++) {
                struct run *r = &s->run[i];
                const char *usual = r->threads == 1 ? "0" : r->threads == 2 ? "0 1" : "0 1 2 3";
                r->affinity = strdup(r->threads == 4 && of_four++ == when ? odd[which] : usual);
            }
            CU_ASSERT_FATAL(of_four > when + 1);
            CU_ASSERT(!alarmed(s, NULL));
        }
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

static void single_runs_raise_an_alarm(void)
{
    CU_ASSERT(alarmed(study_of(doubling, casino_s, 5), "few-runs"));
}

int main(void)
{
    static const struct unit_test tests[] = {
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
        UNIT(one_look_that_came_too_early_or_too_late_raises_no_alarm),
        UNIT(a_program_that_scales_like_memory_raises_an_alarm),
        UNIT(single_runs_raise_an_alarm),
        UNIT_END,
    };
    return unit_main("alarm", tests);
}
