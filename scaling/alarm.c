/*
 * What makes the figures of a study doubtful, each in a sentence that says what to do. One alarm a
 * kind at most, about the worst point, so that they stay readable.
 */
#include "scaling/analysis.h"
#include "scaling/plan.h"
#include "scaling/words.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALARM_MAX = 16 };

#define SHORT_RUN_S 1.0        /* below, starting the program weighs in the time                        */
#define NOISE_LIMIT 0.10       /* spread of a point's runs over their median                            */
#define SUPERLINEAR_SLACK 0.02 /* allowed above 1 where the runs are too few for an interval            */
#define IDLE_LIMIT 0.5         /* of the processors in use, on average                                  */
#define BLIND_LIMIT 0.02       /* used less than this, the work ran where its time could not be counted */
#define DRIFT_LIMIT 0.02       /* change of the times from the first third of the runs to the last      */

static void raise_alarm(struct analysis *a, const char *kind, const struct point *point, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void raise_alarm(struct analysis *a, const char *kind, const struct point *point, const char *format, ...)
{
    if (a->n_alarms >= ALARM_MAX)
        return;
    struct alarm *alarm = &a->alarm[a->n_alarms++];
    va_list arguments;
    alarm->kind = kind;
    alarm->point = point;
    va_start(arguments, format);
    vsnprintf(alarm->text, sizeof alarm->text, format, arguments);
    va_end(arguments);
}

/* The point with the highest score above @limit, and how many are above; NULL if none. */
static const struct point *worst(const struct analysis *a, double (*score)(const struct analysis *, const struct point *),
                                 double limit, size_t *above)
{
    const struct point *found = NULL;
    double highest = limit;
    *above = 0;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        double s = score(a, &a->curves.point[i]);
        *above += s > limit;
        if (s > highest) {
            highest = s;
            found = &a->curves.point[i];
        }
    }
    return found;
}

/* --- How runs ended --- */

static double not_well(const struct analysis *a, const struct point *p)
{
    (void)a;
    return (double)(p->ended[RUN_FAILED] + p->ended[RUN_TIMEOUT] + p->ended[RUN_WRONG]);
}

static void failed_runs(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points, ended[RUN_STATE_COUNT] = { 0 };
    const struct point *p = worst(a, not_well, 0, &points);
    if (!p)
        return;
    for (size_t i = 0; i < a->study->n_runs; i++)
        ended[a->study->run[i].state]++;
    raise_alarm(a, "failed", p, "%zu of %zu runs did not end well (%zu failed, %zu reached the time limit, %zu gave a wrong "
        "answer), most of them on %s; they are counted but not in the figures. Look into their logs.",
        a->study->n_runs - ended[RUN_OK], a->study->n_runs, ended[RUN_FAILED], ended[RUN_TIMEOUT], ended[RUN_WRONG],
        words_point(a, p, where));
}

static double fewness(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] ? 1 / (double)p->ended[RUN_OK] : 0;
}

static void few_runs(struct analysis *a)
{
    size_t points;
    const struct point *p = worst(a, fewness, 1.0 / 2.5, &points);
    if (p)
        raise_alarm(a, "few-runs", p, "%zu of %zu points have fewer than 3 runs that ended well, so neither noise nor outliers "
            "can be seen there. Repeat at least 5 times.", points, a->curves.n_points);
}

/* --- Times --- */

static double superlinearity(const struct analysis *a, const struct point *p)
{
    (void)a;
    if (isnan(p->efficiency) || !p->reference)
        return 0;
    return isnan(p->efficiency_low) ? p->efficiency - SUPERLINEAR_SLACK : p->efficiency_low;
}

static void superlinear(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = worst(a, superlinearity, 1, &points);
    if (p)
        raise_alarm(a, "superlinear", p, "%s: an efficiency of %.0f %%, more than processors alone can give. The baseline is slow: "
            "its data may not fit in cache or memory, or it may run under another clock or binding.",
            words_point(a, p, where), 100 * p->efficiency);
}

static double shortness(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] ? 1 / p->time.median : 0;
}

static void short_runs(struct analysis *a)
{
    char where[WORDS_POINT_LEN], seconds[WORDS_NUMBER_LEN];
    size_t points;
    const struct point *p = worst(a, shortness, 1 / SHORT_RUN_S, &points);
    if (p)
        raise_alarm(a, "short-run", p, "%zu of %zu points run for less than %g s (%s: %s s), so starting the program weighs in the "
            "time. Take a larger problem, or let the program time its main part.", points, a->curves.n_points, SHORT_RUN_S,
            words_point(a, p, where), words_number(p->time.median, 3, seconds));
}

static double spread(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] > 1 ? (p->time.high - p->time.low) / p->time.median : 0;
}

static void noise(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = worst(a, spread, NOISE_LIMIT, &points);
    if (p)
        raise_alarm(a, "noise", p, "%s: the times spread over %.0f %% of their median (%zu of %zu points over %.0f %%). Something "
            "else may be running; repeat more often, on a quiet machine.", words_point(a, p, where), 100 * spread(a, p), points,
            a->curves.n_points, 100 * NOISE_LIMIT);
}

static double outlying(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] >= 3 ? (double)p->time.outliers : 0;
}

static void outliers(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points, runs = 0;
    const struct point *p = worst(a, outlying, 0, &points);
    for (size_t i = 0; i < a->curves.n_points; i++)
        runs += (size_t)outlying(a, &a->curves.point[i]);
    if (p)
        raise_alarm(a, "outliers", p, "%zu of %zu runs lie far from the others of their point (more than 3.5 robust deviations), most "
            "on %s. They are kept; the median hardly feels them.", runs, a->study->n_runs, words_point(a, p, where));
}

/* --- Placement --- */

static size_t cpus_in_list(const char *list)
{
    size_t n = 0;
    while (list && *list) {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (end == list)
            return 0;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        n += last >= first ? last - first + 1 : 0;
        list = *end == ',' ? end + 1 : "";
    }
    return n;
}

static const char *binding_of(const struct analysis *a, const struct point *p)
{
    for (size_t i = 0; i < a->study->n_runs; i++)
        if (point_has(p, &a->study->run[i]) && a->study->run[i].binding)
            return a->study->run[i].binding;
    return NULL;
}

/* Workers for each cpu that they were given, or that the machine has. */
static double crowding(const struct analysis *a, const struct point *p)
{
    if (p->nodes > 1)
        return 0;
    double given = (double)cpus_in_list(binding_of(a, p)), there = (double)plan_machine_count(a->study->plan, "cpus");
    if (given == 0 || (there > 0 && there < given))
        given = there;
    return given > 0 ? (double)p->count / given : 0;
}

static void oversubscription(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = worst(a, crowding, 1, &points);
    if (p)
        raise_alarm(a, "oversubscription", p, "%s share %.0f cpus: they take turns, so this is no measurement of scaling.",
            words_point(a, p, where), (double)p->count / crowding(a, p));
}

static double sharing(const struct analysis *a, const struct point *p)
{
    double cores = (double)plan_machine_count(a->study->plan, "cores");
    bool crowded = crowding(a, p) > 1;
    return p->nodes == 1 && cores > 0 && !crowded ? (double)p->count / cores : 0;
}

static void shared_cores(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = worst(a, sharing, 1, &points);
    if (p)
        raise_alarm(a, "smt", p, "%s are more than the %lld cores: SMT siblings share one core, so less speed-up is to be expected.",
            words_point(a, p, where), plan_machine_count(a->study->plan, "cores"));
}

static double bindings_differ(const struct analysis *a, const struct point *p)
{
    const char *first = binding_of(a, p);
    for (size_t i = 0; first && i < a->study->n_runs; i++) {
        const struct run *r = &a->study->run[i];
        if (point_has(p, r) && (!r->binding || strcmp(r->binding, first) != 0))
            return 1;
    }
    return 0;
}

/* A point that could move over more cpus than it needs, where another was confined to just its share. */
static const struct point *loosely_bound(const struct analysis *a)
{
    const struct point *loose = NULL;
    size_t most = 0;
    bool confined = false;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        size_t given = cpus_in_list(binding_of(a, &a->curves.point[i]));
        most = given > most ? given : most;
    }
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        size_t given = cpus_in_list(binding_of(a, p));
        confined |= given == p->count && given < most; /* the one that fills the machine is bound either way */
        if (!loose && p->nodes == 1 && given > p->count)
            loose = p;
    }
    return confined ? loose : NULL;
}

static void binding(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = worst(a, bindings_differ, 0, &points);
    if (p) {
        raise_alarm(a, "binding", p, "%s: its runs were not all on the same cpus (the first on %s), so they cannot be compared.",
            words_point(a, p, where), binding_of(a, p));
    } else if ((p = loosely_bound(a))) {
        raise_alarm(a, "binding", p, "%s could move over cpus %s, more than they need, where others were confined to their share: "
            "the points were not measured under the same conditions.", words_point(a, p, where), binding_of(a, p));
    }
}

/* --- Use --- */

/* 1 / (share of its processors that a point kept busy); 0 where that cannot be told. */
static double idleness(const struct analysis *a, const struct point *p)
{
    double processor_s = 0, wall_s = 0;
    for (size_t i = 0; i < a->study->n_runs; i++) {
        const struct run *r = &a->study->run[i];
        if (r->state == RUN_OK && point_has(p, r) && isfinite(r->processor_s)) {
            processor_s += r->processor_s;
            wall_s += r->seconds;
        }
    }
    double used = wall_s > 0 ? processor_s / wall_s : 0; /* processors */
    return p->nodes == 1 && used > BLIND_LIMIT ? (double)p->count / used : 0;
}

static void idle(struct analysis *a)
{
    char where[WORDS_POINT_LEN], used[WORDS_NUMBER_LEN];
    size_t points;
    const struct point *p = worst(a, idleness, 1 / IDLE_LIMIT, &points);
    if (p)
        raise_alarm(a, "idle", p, "%s: only %s of them were busy on average. The command may not know its count, wait for input or "
            "output, or have too little parallel work.", words_point(a, p, where),
            words_number((double)p->count / idleness(a, p), 2, used));
}

/* --- Order --- */

struct placed {
    int64_t order;
    double relative; /* time over the median of its point */
};

static int by_order(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    return (a->order > b->order) - (a->order < b->order);
}

/* The runs that ended well and have a place, in their order; returns how many. */
static size_t in_order(const struct analysis *a, struct placed *run)
{
    size_t n = 0;
    for (size_t i = 0; i < a->study->n_runs; i++) {
        const struct run *r = &a->study->run[i];
        const struct point *p = a->curves.point;
        while (!point_has(p, r))
            p++;
        if (r->state == RUN_OK && r->order >= 0)
            run[n++] = (struct placed){ r->order, r->seconds / p->time.median };
    }
    qsort(run, n, sizeof *run, by_order);
    return n;
}

/* Later runs slower or faster than earlier ones of the same points: heat, or a neighbour who came or went. */
static int drift(struct analysis *a)
{
    struct placed *run = calloc(a->study->n_runs, sizeof *run);
    double *relative = calloc(a->study->n_runs, sizeof *relative);
    int rc = run && relative ? 0 : -ENOMEM;
    size_t n = rc == 0 ? in_order(a, run) : 0, third = n / 3;
    struct stats early, late;
    for (size_t i = 0; i < n; i++)
        relative[i] = run[i].relative;
    if (n >= 12 && (rc = stats_of(relative, third, &early)) == 0 && (rc = stats_of(relative + n - third, third, &late)) == 0) {
        /* Three standard errors of the difference of two medians: 1.4826 MAD is a deviation, 1.2533 a median's share of it. */
        double noise_level = 3 * 1.4826 * 1.2533 * fmax(early.mad, late.mad) * sqrt(2 / (double)third);
        if (fabs(late.median - early.median) > fmax(DRIFT_LIMIT, noise_level))
            raise_alarm(a, "drift", NULL, "The last third of the runs took %.1f %% %s than the first third did at the same points: the "
                "machine changed meanwhile (heat, clock, neighbours).", 100 * fabs(late.median / early.median - 1),
                late.median > early.median ? "longer" : "less");
    }
    free(relative);
    free(run);
    return rc;
}

int alarms_find(struct analysis *a)
{
    a->alarm = calloc(ALARM_MAX, sizeof *a->alarm);
    if (!a->alarm)
        return -ENOMEM;
    failed_runs(a);
    superlinear(a);
    oversubscription(a);
    shared_cores(a);
    binding(a);
    idle(a);
    short_runs(a);
    noise(a);
    outliers(a);
    few_runs(a);
    return drift(a);
}
