#include "scaling/curve.h"

#include "scaling/speedup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* --- Runs to points --- */

static int by_place(const void *left, const void *right)
{
    const struct run *a = *(const struct run *const *)left, *b = *(const struct run *const *)right;
    int order = ORDER(a->threads, b->threads);
    order = order ? order : ORDER(a->ranks, b->ranks);
    order = order ? order : ORDER(a->nodes, b->nodes);
    order = order ? order : ORDER(a->has_size, b->has_size);
    order = order ? order : ORDER(a->size, b->size);
    return order ? order : ORDER(a, b); /* the order of the study within a point */
}

/* The median figure of merit, if every run that ended well has one. @value has room for @n. */
static double median_fom(const struct run *const *run, size_t n, double *value)
{
    size_t have = 0;
    for (size_t i = 0; i < n; i++)
        if (run[i]->state == RUN_OK && isfinite(run[i]->fom))
            value[have++] = run[i]->fom;
        else if (run[i]->state == RUN_OK)
            return NAN;
    return have ? stats_median(value, have) : NAN;
}

/* No machine comes near the limit; nonsense in a file must not wrap round to a small count. */
static uint64_t processors_of(const struct point *p)
{
    uint64_t count;
    if (__builtin_mul_overflow(p->threads, p->ranks, &count) ||
        __builtin_mul_overflow(count, p->ranks < p->nodes ? p->nodes : 1, &count) || count > INT64_MAX)
        return INT64_MAX;
    return count;
}

static void place_point(const struct run *run, struct point *p)
{
    *p = (struct point){ .threads = run->threads, .ranks = run->ranks, .nodes = run->nodes, .has_size = run->has_size,
        .size = run->size, .speedup = NAN, .efficiency = NAN, .efficiency_low = NAN, .efficiency_high = NAN,
        .doubling = NAN, .karp_flatt = NAN };
    p->count = processors_of(p);
}

/* The figures of one point from its @n runs. */
static int fill_point(const struct run *const *run, size_t n, struct point *p)
{
    p->seconds = calloc(n, sizeof *p->seconds);
    if (!p->seconds)
        return -ENOMEM;
    p->fom = median_fom(run, n, p->seconds);
    size_t ok = 0;
    for (size_t i = 0; i < n; i++) {
        p->ended[run[i]->state]++;
        if (run[i]->state == RUN_OK)
            p->seconds[ok++] = run[i]->seconds;
    }
    return ok ? stats_of(p->seconds, ok, &p->time) : 0;
}

bool point_has(const struct point *p, const struct run *r)
{
    return p->threads == r->threads && p->ranks == r->ranks && p->nodes == r->nodes && p->has_size == r->has_size &&
           p->size == r->size;
}

static int make_points(const struct study *study, struct curves *c)
{
    const struct run **run = calloc(study->n_runs, sizeof *run);
    c->point = calloc(study->n_runs, sizeof *c->point);
    int rc = run && c->point ? 0 : -ENOMEM;
    for (size_t i = 0; run && i < study->n_runs; i++)
        run[i] = &study->run[i];
    if (rc == 0)
        qsort(run, study->n_runs, sizeof *run, by_place);
    for (size_t first = 0, end; rc == 0 && first < study->n_runs; first = end) {
        struct point *p = &c->point[c->n_points++];
        place_point(run[first], p);
        for (end = first + 1; end < study->n_runs && point_has(p, run[end]);)
            end++;
        rc = fill_point(run + first, end - first, p);
    }
    free(run);
    return rc;
}

/* --- Points to curves --- */

static bool same_processors(const struct point *a, const struct point *b)
{
    return a->threads == b->threads && a->ranks == b->ranks && a->nodes == b->nodes;
}

/* Weak: the curve is the rank of the size among those of the same processors. The points come sorted by
   processors, then size. */
static void assign_weak(struct curves *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        c->point[i].curve = i > 0 && same_processors(&c->point[i - 1], &c->point[i]) ? c->point[i - 1].curve + 1 : 0;
}

static int by_size(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    int order = ORDER(a->has_size, b->has_size);
    return order ? order : ORDER(a->size, b->size);
}

/* Strong: the curve is the rank of the size among all sizes. */
static void assign_strong(struct curves *c)
{
    qsort(c->point, c->n_points, sizeof *c->point, by_size);
    for (size_t i = 1; i < c->n_points; i++)
        c->point[i].curve = c->point[i - 1].curve + (by_size(&c->point[i - 1], &c->point[i]) != 0);
}

static double median_or_infinity(const struct point *p)
{
    return p->ended[RUN_OK] ? p->time.median : INFINITY;
}

static int by_curve_and_count(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    int order = ORDER(a->curve, b->curve);
    order = order ? order : ORDER(a->count, b->count);
    order = order ? order : ORDER(median_or_infinity(a), median_or_infinity(b));
    return order ? order : ORDER(a->threads, b->threads);
}

static int make_curve(struct point *point, size_t n, struct curve *out)
{
    *out = (struct curve){ .has_size = point->has_size, .size = point->size, .point = point, .n = n };
    out->front = calloc(n, sizeof *out->front);
    if (!out->front)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (point[i].ended[RUN_OK] && (out->n_front == 0 || out->front[out->n_front - 1]->count != point[i].count))
            out->front[out->n_front++] = &point[i];
    return 0;
}

/* --- The figures of a point --- */

double curve_speedup(bool weak, double base_count, double base_s, double count, double time_s)
{
    return base_s / time_s * (weak ? count / base_count : 1);
}

/* Where @p came from: the fastest point of half its count, else of the next smaller count. */
static const struct point *reference_of(const struct curve *curve, const struct point *p)
{
    const struct point *nearest = NULL;
    for (size_t i = 0; i < curve->n_front && curve->front[i]->count < p->count; i++) {
        nearest = curve->front[i];
        if (2 * nearest->count == p->count)
            break;
    }
    return nearest;
}

static void measure_curve(const struct curve *curve, bool weak)
{
    const struct point *base = curve->n_front ? curve->front[0] : NULL;
    for (size_t i = 0; i < curve->n; i++) {
        struct point *p = &curve->point[i];
        if (!base || !p->ended[RUN_OK])
            continue;
        double n = (double)p->count / (double)base->count;
        p->speedup = curve_speedup(weak, (double)base->count, base->time.median, (double)p->count, p->time.median);
        p->efficiency = p->speedup / n;
        p->karp_flatt = weak ? NAN : speedup_karp_flatt(p->speedup, n);
        p->reference = reference_of(curve, p);
        if (p->reference) {
            const struct point *r = p->reference;
            double gain = curve_speedup(weak, (double)r->count, r->time.median, (double)p->count, p->time.median);
            p->doubling = speedup_per_doubling(gain, (double)p->count / (double)r->count);
        }
    }
}

int curves_create(const struct study *study, bool weak, struct curves *out)
{
    *out = (struct curves){ .weak = weak };
    int rc = make_points(study, out);
    if (rc != 0)
        goto failed;
    (weak ? assign_weak : assign_strong)(out);
    qsort(out->point, out->n_points, sizeof *out->point, by_curve_and_count);
    out->curve = calloc(out->n_points, sizeof *out->curve);
    rc = out->curve ? 0 : -ENOMEM;
    for (size_t first = 0, end; rc == 0 && first < out->n_points; first = end) {
        for (end = first + 1; end < out->n_points && out->point[end].curve == out->point[first].curve;)
            end++;
        rc = make_curve(out->point + first, end - first, &out->curve[out->n++]);
        if (rc == 0)
            measure_curve(&out->curve[out->n - 1], weak);
    }
    if (rc == 0)
        return 0;
failed:
    curves_destroy(out);
    return rc;
}

void curves_destroy(struct curves *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->curve[i].front);
    for (size_t i = 0; i < c->n_points; i++)
        free(c->point[i].seconds);
    free(c->curve);
    free(c->point);
    *c = (struct curves){ 0 };
}
