#include "scaling/judge/curve.h"

#include "scaling/judge/speedup.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static bool same_processors(const struct point *a, const struct point *b)
{
    return a->threads == b->threads && a->ranks == b->ranks && a->nodes == b->nodes;
}

static bool all_have_base_size(const struct curves *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        if (!c->point[i].has_base_size)
            return false;
    return true;
}

static int by_base_size(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    return ORDER(a->base_size, b->base_size);
}

/* Weak: the curve is the rank of the base size among all; else the rank of the size among those of the same
   processors. The points come sorted by processors, then size. */
static void assign_weak(struct curves *c)
{
    if (all_have_base_size(c)) {
        qsort(c->point, c->n_points, sizeof *c->point, by_base_size);
        for (size_t i = 1; i < c->n_points; i++)
            c->point[i].curve = c->point[i - 1].curve + (by_base_size(&c->point[i - 1], &c->point[i]) != 0);
        return;
    }
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
    order = order ? order : ORDER(a->threads, b->threads);
    order = order ? order : ORDER(a->ranks, b->ranks);
    return order ? order : ORDER(a->nodes, b->nodes);
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

/* How many counts of the front are below @count. */
static size_t counts_below(const struct curve *curve, uint64_t count)
{
    size_t low = 0, high = curve->n_front;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (curve->front[middle]->count < count)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where @p came from: the fastest point of half its count, else of the next smaller count. */
static const struct point *reference_of(const struct curve *curve, const struct point *p)
{
    size_t below = counts_below(curve, p->count), half = counts_below(curve, (p->count + 1) / 2);
    if (below == 0)
        return NULL;
    return half < below && 2 * curve->front[half]->count == p->count ? curve->front[half] : curve->front[below - 1];
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
    *out = (struct curves){ .weak = weak, .run = calloc(study->n_runs, sizeof *out->run),
                            .point = calloc(study->n_runs, sizeof *out->point) };
    int rc = out->run && out->point ? points_create(study, out->run, out->point, &out->n_points) : -ENOMEM;
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
    points_destroy(c->point, c->n_points);
    free(c->curve);
    free(c->run);
    free(c->point);
    *c = (struct curves){ 0 };
}
