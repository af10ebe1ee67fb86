#ifndef STUDIES_H
#define STUDIES_H
/* Made-up studies, and what the analysis says of them. */
#include "scaling/judge/analysis.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A study of @n points with one run each. */
static inline struct study *study_of(const uint64_t *count, const double *seconds, size_t n)
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

static inline struct analysis *analyse(const struct study *s, bool weak, const char *rule_text)
{
    struct question ask = { .weak = weak };
    struct analysis *a = NULL;
    CU_ASSERT_EQUAL_FATAL(rule_parse(rule_text, &ask.rule), 0);
    CU_ASSERT_EQUAL_FATAL(analysis_create(s, &ask, &a), 0);
    return a;
}

static inline void add_run(struct study *s, uint64_t ranks, uint64_t threads, uint64_t nodes, uint64_t size, double seconds)
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

static inline bool has_alarm(const struct analysis *a, const char *kind)
{
    for (size_t i = 0; i < a->n_alarms; i++)
        if (strcmp(a->alarm[i].kind, kind) == 0)
            return true;
    return false;
}

/* Six runs each of 1, 2 and 4 processors that nothing is to be said against. */
static inline struct study *quiet_study(void)
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

/* Published times; where from is said in scaling_test.c and fit_test.c. */
static const uint64_t doubling[] = { 1, 2, 4, 8, 16 };
static const double pi_s[] = { 3.99667, 2.064242, 1.075068, 0.687097, 0.349366 };
static const double casino_s[] = { 289.90, 154.93, 81.06, 41.44, 23.16 };
static const uint64_t ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const double opengate_s[] = { 115.08, 59.14, 40.85, 31.88, 26.44, 22.40, 19.75, 19.42, 21.81, 21.15 };

#endif
