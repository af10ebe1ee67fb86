/* Where the runs were placed, and what the machine did meanwhile. */
#include "scaling/judge/alarm.h"
#include "scaling/plan/plan.h"
#include "scaling/show/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_LIMIT 0.5   /* of the processors in use, on average                                        */
#define BLIND_LIMIT 0.02 /* used less than this, the work ran where its time could not be counted       */
#define CLOCK_LIMIT 0.05 /* the baseline's clock above that of a point                                  */
enum { CPUS_MAX = 8192 };

/* --- Lists of cpus --- */

/* What lists like "0-3,8 9-11" say: the union of all, and the size of the largest. Blanks part the lists. */
struct cpus {
    size_t together, largest;
};

static struct cpus cpus_in(const char *lists)
{
    static unsigned char seen[CPUS_MAX]; /* too much for a stack that may be small; nothing here runs in parallel */
    struct cpus found = { 0, 0 };
    size_t in_list = 0;
    memset(seen, 0, sizeof seen);
    while (lists && *lists) {
        char *end;
        unsigned long first = strtoul(lists, &end, 10), last = first;
        if (end == lists)
            return (struct cpus){ 0, 0 };
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (unsigned long cpu = first; cpu <= last && cpu < CPUS_MAX; cpu++) {
            found.together += !seen[cpu];
            seen[cpu] = 1;
            in_list++;
        }
        found.largest = in_list > found.largest ? in_list : found.largest;
        in_list = *end == ',' ? in_list : 0;
        lists = *end ? end + 1 : end;
    }
    return found;
}

/* What the threads were really allowed, if somebody looked; else what the command was started on. */
static size_t cpus_given(const struct point *p)
{
    size_t seen = cpus_in(p->affinity).together;
    return seen ? seen : cpus_in(p->binding).together;
}

/* --- More workers than cpus --- */

/* Workers for each cpu that they were given, or that the machine has. */
static double crowding(const struct analysis *a, const struct point *p)
{
    if (p->nodes > 1)
        return 0;
    double given = (double)cpus_given(p), there = (double)plan_machine_count(a->study->plan, "cpus");
    if (given == 0 || (there > 0 && there < given))
        given = there;
    return given > 0 ? (double)p->count / given : 0;
}

static void oversubscription(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, crowding, 1, &points);
    if (p)
        alarm_raise(a, "oversubscription", p, "%s share %.0f cpus: they take turns, so this is no measurement of scaling.",
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
    const struct point *p = alarm_worst(a, sharing, 1, &points);
    if (p)
        alarm_raise(a, "smt", p, "%s are more than the %lld cores: SMT siblings share one core, so less speed-up is to be expected.",
            words_point(a, p, where), plan_machine_count(a->study->plan, "cores"));
}

/* Processors for each cpu's worth of time that the container or control group grants. */
static double over_quota(const struct analysis *a, const struct point *p)
{
    double quota = plan_machine_number(a->study->plan, "quota");
    return p->nodes == 1 && quota > 0 ? (double)p->count / quota : 0;
}

static void quota(struct analysis *a)
{
    char where[WORDS_POINT_LEN], granted[WORDS_NUMBER_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, over_quota, 1, &points);
    if (p)
        alarm_raise(a, "quota", p, "%s, but the control group grants the time of %s cpus: the rest is spent stopped, and the times say "
            "nothing about more. Raise the quota (cpu.max) or stay below it.", words_point(a, p, where),
            words_number(plan_machine_number(a->study->plan, "quota"), 3, granted));
}

/* --- Not the same conditions --- */

static double bindings_differ(const struct analysis *a, const struct point *p)
{
    (void)a;
    return p->bindings_differ;
}

/* A point that could move over more cpus than it needs, where another was confined to just its share. */
static const struct point *loosely_bound(const struct analysis *a)
{
    const struct point *loose = NULL;
    size_t most = 0;
    bool confined = false;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        size_t given = cpus_given(&a->curves.point[i]);
        most = given > most ? given : most;
    }
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        size_t given = cpus_given(p);
        confined |= given == p->count && given < most; /* the one that fills the machine is bound either way */
        if (!loose && p->nodes == 1 && given > p->count)
            loose = p;
    }
    return confined ? loose : NULL;
}

/* A point whose threads could move among its cpus, where those of another were each on their own. Some MPI
   launchers bind one or two ranks to a core and more to nothing. */
static const struct point *partly_bound(const struct analysis *a)
{
    const struct point *moving = NULL;
    bool own = false;
    size_t smt = (size_t)plan_machine_count(a->study->plan, "smt");
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        size_t largest = cpus_in(p->affinity).largest;
        if (p->count == 1 || largest == 0)
            continue;
        if (largest <= (smt ? smt : 1))
            own = true;
        else
            moving = p;
    }
    return own ? moving : NULL;
}

static void binding(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, bindings_differ, 0, &points);
    if (p)
        alarm_raise(a, "binding", p, "%s: its runs were not all on the same cpus (the first on %s), so they cannot be compared.",
            words_point(a, p, where), p->binding);
    else if ((p = loosely_bound(a)))
        alarm_raise(a, "binding", p, "%s could move over cpus %s, more than they need, where others were confined to their share: "
            "the points were not measured under the same conditions.", words_point(a, p, where), p->affinity ? p->affinity : p->binding);
    else if ((p = partly_bound(a)))
        alarm_raise(a, "binding", p, "%s could move among their cpus (%s), where the threads of other points were each on its own: bind all "
            "points by one policy.", words_point(a, p, where), p->affinity);
}

/* --- Use --- */

/* 1 / (share of its processors that a point kept busy); 0 where that cannot be told: processor time is known of whole
 * runs, of which the time that the program reports may be a small part. */
static double idleness(const struct analysis *a, const struct point *p)
{
    (void)a;
    bool most_of_it = !(p->time.median < IDLE_LIMIT * p->wall_s);
    return p->nodes == 1 && most_of_it && p->busy > BLIND_LIMIT ? (double)p->count / p->busy : 0;
}

static void idle(struct analysis *a)
{
    char where[WORDS_POINT_LEN], used[WORDS_NUMBER_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, idleness, 1 / IDLE_LIMIT, &points);
    if (p)
        alarm_raise(a, "idle", p, "%s: only %s of them were busy on average. The command may not know its count, wait for input or "
            "output, or have too little parallel work.", words_point(a, p, where), words_number(p->busy, 2, used));
}

/* Clock of the baseline over that of a point. */
static double slowed(const struct analysis *a, const struct point *p)
{
    const struct curve *curve = &a->curves.curve[p->curve];
    return curve->n_front && p->mhz > 0 && curve->front[0]->mhz > 0 ? curve->front[0]->mhz / p->mhz : 0;
}

static void clocks(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, slowed, 1 + CLOCK_LIMIT, &points);
    if (p && isfinite(p->efficiency))
        alarm_raise(a, "clock", p, "%s ran at %.0f MHz and the baseline at %.0f (turbo): at equal clocks the efficiency of %.0f %% would be "
            "about %.0f %%, as far as the work is not bound by memory.", words_point(a, p, where), p->mhz, p->mhz * slowed(a, p),
            100 * p->efficiency, 100 * p->efficiency * slowed(a, p));
}

int alarms_of_place(struct analysis *a)
{
    oversubscription(a);
    shared_cores(a);
    quota(a);
    binding(a);
    idle(a);
    clocks(a);
    return 0;
}
