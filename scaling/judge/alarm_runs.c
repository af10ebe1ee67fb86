/* What went wrong with runs, or with their times. */
#include "scaling/judge/alarm.h"
#include "scaling/plan/order.h"
#include "scaling/show/words.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SHORT_RUN_S 1.0    /* below, starting the program weighs in the time                   */
#define SHORT_MAIN_S 0.1   /* below, chance weighs in what the program times without its start */
#define START_UP_LIMIT 0.1 /* share of the wall time outside the program's own timing          */
#define NOISE_LIMIT 0.10   /* spread of a point's runs over their median                       */
#define DRIFT_LIMIT 0.02   /* change of the times from the first third of the runs to the last */

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
    const struct point *p = alarm_worst(a, not_well, 0, &points);
    if (!p)
        return;
    for (size_t i = 0; i < a->study->n_runs; i++)
        ended[a->study->run[i].state]++;
    alarm_raise(a, "failed", p, "%zu of %zu runs did not end well (%zu failed, %zu reached the time limit, %zu gave a wrong "
        "answer), most of them on %s; they are counted but not in the figures. Look into their logs.",
        a->study->n_runs - ended[RUN_OK], a->study->n_runs, ended[RUN_FAILED], ended[RUN_TIMEOUT], ended[RUN_WRONG],
        words_point(a, p, where));
}

/* The count that speed-ups are over is not the smallest that was asked for. */
static void baseline(struct analysis *a)
{
    char missing[WORDS_POINT_LEN], where[WORDS_POINT_LEN];
    const struct curve *c = analysis_main_curve(a);
    if (c->n_front > 0 && c->point[0].count < c->front[0]->count)
        alarm_raise(a, "baseline", c->front[0], "No run on %s ended well, so speed-up and efficiency are over %s instead.",
            words_point(a, &c->point[0], missing), words_point(a, c->front[0], where));
}

static double fewness(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] ? 1 / (double)p->ended[RUN_OK] : 0;
}

static void few_runs(struct analysis *a)
{
    size_t points;
    const struct point *p = alarm_worst(a, fewness, 1.0 / 2.5, &points);
    if (p)
        alarm_raise(a, "few-runs", p, "%zu of %zu points have fewer than 3 runs that ended well, so neither noise nor outliers "
            "can be seen there. Repeat at least 5 times.", points, a->curves.n_points);
}

/* --- Times --- */

static double shortness(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->ended[RUN_OK] ? 1 / p->time.median : 0;
}

static void short_runs(struct analysis *a)
{
    char where[WORDS_POINT_LEN], seconds[WORDS_NUMBER_LEN];
    size_t points;
    double least = a->study->by_program ? SHORT_MAIN_S : SHORT_RUN_S;
    const struct point *p = alarm_worst(a, shortness, 1 / least, &points);
    if (p)
        alarm_raise(a, "short-run", p, "%zu of %zu points run for less than %g s (%s: %s s), so %s.", points, a->curves.n_points,
            least, words_point(a, p, where), words_number(p->time.median, 3, seconds),
            a->study->by_program ? "whatever else happens in that moment weighs in the time. Take a larger problem"
                                 : "starting the program weighs in the time. Take a larger problem, or let the program time its "
                                   "main part");
}

/* Share of the wall time that the program does not count as its main part. */
static double start_up_share(const struct analysis *a, const struct point *p)
{
    return !a->study->by_program && p->ended[RUN_OK] && isfinite(p->program_s) ? 1 - p->program_s / p->wall_s : 0;
}

static void start_up(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, start_up_share, START_UP_LIMIT, &points);
    if (p)
        alarm_raise(a, "start-up", p, "%s: %.0f %% of the wall time lies outside what the program times itself (%zu of %zu points over "
            "%.0f %%). Starting and reading input do not scale: judge by --time program, or take a larger problem.",
            words_point(a, p, where), 100 * start_up_share(a, p), points, a->curves.n_points, 100 * START_UP_LIMIT);
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
    const struct point *p = alarm_worst(a, spread, NOISE_LIMIT, &points);
    if (p)
        alarm_raise(a, "noise", p, "%s: the times spread over %.0f %% of their median (%zu of %zu points over %.0f %%). Something "
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
    const struct point *p = alarm_worst(a, outlying, 0, &points);
    for (size_t i = 0; i < a->curves.n_points; i++)
        runs += (size_t)outlying(a, &a->curves.point[i]);
    if (p)
        alarm_raise(a, "outliers", p, "%zu of %zu runs lie far from the others of their point (more than 3.5 robust deviations), most "
            "on %s. They are kept; the median hardly feels them.", runs, a->study->n_runs, words_point(a, p, where));
}

/* --- Order --- */

/* Later runs slower or faster than earlier ones of the same points: heat, or a neighbour who came or went. */
static double deviation_of(const struct placed *run, size_t n, double median)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fmin(fabs(run[i].relative - median), 0.5); /* an outlier must not hide a drift */
    return n ? 1.2533 * sum / (double)n : 0;
}

static int drift(struct analysis *a)
{
    struct placed *run;
    size_t n, third;
    int rc = order_of(&a->curves, &run, &n);
    third = n / 3;
    if (rc == 0 && n >= 12) {
        double early = order_median(run, third), late = order_median(run + n - third, third);
        /* Three standard errors of the difference of two medians; 1.2533 is a median's share of the deviation. */
        double noise_level = 3 * 1.2533 * fmax(deviation_of(run, third, early), deviation_of(run + n - third, third, late)) *
                             sqrt(2 / (double)third);
        if (fabs(late - early) > fmax(DRIFT_LIMIT, noise_level))
            alarm_raise(a, "drift", NULL, "The last third of the runs took %.1f %% %s than the first third did at the same points: the "
                "machine changed meanwhile (heat, clock, neighbours).", 100 * fabs(late / early - 1), late > early ? "longer" : "less");
    }
    free(run);
    return rc;
}

int alarms_of_runs(struct analysis *a)
{
    failed_runs(a);
    baseline(a);
    few_runs(a);
    short_runs(a);
    start_up(a);
    noise(a);
    outliers(a);
    return drift(a);
}
