/* Curves that processors alone do not explain. */
#include "scaling/judge/alarm.h"
#include "scaling/plan/plan.h"
#include "scaling/show/words.h"

#include <math.h>
#include <stdio.h>

#define SUPERLINEAR_SLACK 0.02 /* allowed above 1 where the runs are too few for an interval             */
#define UNEVEN_LIMIT 0.02      /* more work on the busiest processor than on average                     */
#define FALLING_LIMIT 0.7      /* of the first Karp-Flatt fraction, where the runs are too few           */
#define FLAT_LIMIT 0.8         /* efficiency below which memory bandwidth does not keep up               */
#define ALIKE_LIMIT 1.1        /* a program that scales no better than bandwidth by more than this       */

/* --- Superlinear --- */

static double superlinearity(const struct analysis *a, const struct point *p)
{
    (void)a;
    if (isnan(p->efficiency) || !p->reference)
        return 0;
    return isnan(p->efficiency_95.low) ? p->efficiency - SUPERLINEAR_SLACK : p->efficiency_95.low;
}

/* "; its data are 12 MiB a processor, at the base 96 MiB, where ..." as far as it is known. The peak memory is that
   of the largest process, so a processor's share is that over its threads. */
static const char *cache_words(const struct analysis *a, const struct point *p, char *out, size_t size)
{
    const struct point *base = a->curves.curve[p->curve].front[0];
    double l2 = (double)plan_machine_count(a->study->plan, "l2_bytes"), l3 = (double)plan_machine_count(a->study->plan, "l3_bytes");
    *out = '\0';
    if (isfinite(p->max_rss) && isfinite(base->max_rss) && l2 > 0)
        snprintf(out, size, " Its memory is %.3g MiB a processor and %.3g at the base; the caches hold %.3g (L2, each) and %.3g MiB (L3, all).",
            p->max_rss / (double)p->threads / 0x1p20, base->max_rss / (double)base->threads / 0x1p20, l2 / 0x1p20, l3 / 0x1p20);
    return out;
}

static void superlinear(struct analysis *a)
{
    char where[WORDS_POINT_LEN], caches[160];
    size_t points;
    const struct laws *laws = &a->verdict[a->curves.n - 1].laws;
    const struct point *p = alarm_worst(a, superlinearity, 1, &points);
    if (p)
        alarm_raise(a, "superlinear", p, "%s: an efficiency of %.0f %%, more than processors alone can give. The baseline is slow: "
            "its data may not fit in cache or memory, or it may run under another clock or binding.%s",
            words_point(a, p, where), 100 * p->efficiency, cache_words(a, p, caches, sizeof caches));
    else if (laws->free_sigma_95.high < 0)
        alarm_raise(a, "superlinear", NULL, "Without bounds Amdahl's law would take a serial fraction below 0 (%.2g %%, 95 %%: %.2g to "
            "%.2g): the curve is steeper than the baseline allows.", 100 * laws->free_sigma, 100 * laws->free_sigma_95.low,
            100 * laws->free_sigma_95.high);
}

/* --- The serial fraction seen at each count falls --- */

static bool falls(const struct curve *curve, const struct point **first, const struct point **last)
{
    *first = *last = NULL;
    for (size_t i = 0; i < curve->n_front; i++) {
        const struct point *p = curve->front[i];
        if (isnan(p->karp_flatt))
            continue;
        if (*last && p->karp_flatt >= (*last)->karp_flatt)
            return false;
        *first = *first ? *first : p;
        *last = p;
    }
    if (!*first || *first == *last || (*first)->karp_flatt <= 0)
        return false;
    if (isnan((*first)->karp_flatt_95.low) || isnan((*last)->karp_flatt_95.low))
        return (*last)->karp_flatt < FALLING_LIMIT * (*first)->karp_flatt;
    return (*last)->karp_flatt_95.high < (*first)->karp_flatt_95.low;
}

static void serial_fraction(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    const struct point *first, *last;
    if (!a->curves.weak && falls(analysis_main_curve(a), &first, &last))
        alarm_raise(a, "serial-fraction", last, "The serial fraction by Karp and Flatt falls with every count, from %.4f to %.4f on %s: do not "
            "read it as serial work. The baseline is slow for another reason: cache, memory, clock or binding.", first->karp_flatt,
            last->karp_flatt, words_point(a, last, where));
}

/* --- Sizes that do not divide --- */

/* The busiest processor's work over the average, less 1, if the size is dealt out in whole units. */
static double unevenness(const struct analysis *a, const struct point *p)
{
    (void)a;
    if (!p->has_size || p->size < p->count)
        return 0;
    uint64_t busiest = p->size / p->count + (p->size % p->count != 0);
    return (double)busiest * (double)p->count / (double)p->size - 1;
}

static void indivisible(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    size_t points;
    const struct point *p = alarm_worst(a, unevenness, UNEVEN_LIMIT, &points);
    if (p)
        alarm_raise(a, "indivisible", p, "The size %llu does not divide by %s: if it is dealt out in whole units, the busiest processor has "
            "%.0f %% more than the average, and all wait for it (%zu of %zu points are over %.0f %%). Compare counts that divide it.",
            (unsigned long long)p->size, words_point(a, p, where), 100 * unevenness(a, p), points, a->curves.n_points,
            100 * UNEVEN_LIMIT);
}

/* --- Memory bandwidth --- */

static const struct point *front_at(const struct curve *curve, uint64_t count)
{
    for (size_t i = 0; i < curve->n_front; i++)
        if (curve->front[i]->count == count)
            return curve->front[i];
    return NULL;
}

/* A program whose speed-up at every common count is no better than that of the stream benchmark, which does
   nothing but move memory, where that falls behind: it waits for memory as well. */
static int bandwidth(struct analysis *a)
{
    char where[WORDS_POINT_LEN];
    struct curves stream;
    if (!a->stream)
        return 0;
    int rc = curves_create(a->stream, a->curves.weak, &stream);
    if (rc != 0)
        return rc;
    const struct curve *own = analysis_main_curve(a), *theirs = &stream.curve[stream.n - 1];
    const struct point *last = NULL, *memory = NULL;
    bool alike = own->n_front > 1 && theirs->n_front > 1 && own->front[0]->count == theirs->front[0]->count;
    for (size_t i = 1; alike && i < own->n_front; i++) {
        const struct point *there = front_at(theirs, own->front[i]->count);
        if (!there)
            continue;
        alike = own->front[i]->speedup <= ALIKE_LIMIT * there->speedup;
        last = own->front[i];
        memory = there;
    }
    if (alike && memory && memory->efficiency < FLAT_LIMIT)
        alarm_raise(a, "bandwidth", last, "%s: the speed-up of %.2f is that of memory bandwidth, which grows by %.2f only. More processors of "
            "this node will not help; less memory traffic, or another node, will.", words_point(a, last, where), last->speedup,
            memory->speedup);
    curves_destroy(&stream);
    return 0;
}

int alarms_of_scaling(struct analysis *a)
{
    superlinear(a);
    serial_fraction(a);
    indivisible(a);
    return bandwidth(a);
}
