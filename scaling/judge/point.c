#include "scaling/judge/point.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int by_place(const void *left, const void *right)
{
    const struct run *a = *(const struct run *const *)left, *b = *(const struct run *const *)right;
    int order = ORDER(a->threads, b->threads);
    order = order ? order : ORDER(a->ranks, b->ranks);
    order = order ? order : ORDER(a->nodes, b->nodes);
    order = order ? order : ORDER(a->has_size, b->has_size);
    order = order ? order : ORDER(a->size, b->size);
    order = order ? order : ORDER(a->has_base_size, b->has_base_size);
    return order ? order : ORDER(a->base_size, b->base_size);
}

static int by_place_and_order(const void *left, const void *right)
{
    int order = by_place(left, right);
    const struct run *a = *(const struct run *const *)left, *b = *(const struct run *const *)right;
    return order ? order : ORDER(a, b); /* the order of the study within a point */
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

static struct point place_point(const struct run *run)
{
    struct point p = { .threads = run->threads, .ranks = run->ranks, .nodes = run->nodes, .has_size = run->has_size,
        .size = run->size, .has_base_size = run->has_base_size, .base_size = run->base_size, .fom = NAN, .program_s = NAN, .max_rss = NAN,
        .mhz = NAN, .energy_j = NAN, .wall_s = NAN, .busy = NAN, .speedup = NAN, .efficiency = NAN,
        .doubling = NAN, .karp_flatt = NAN, .speedup_95 = INTERVAL_UNKNOWN, .efficiency_95 = INTERVAL_UNKNOWN,
        .doubling_95 = INTERVAL_UNKNOWN, .karp_flatt_95 = INTERVAL_UNKNOWN };
    p.count = processors_of(&p);
    return p;
}

/* The median of the field at @offset, if every run that ended well has it. @room holds as many values. */
static double median_of(const struct point *p, size_t offset, double *room)
{
    size_t have = 0;
    for (size_t i = 0; i < p->n_runs; i++) {
        double value;
        memcpy(&value, (const char *)p->run[i] + offset, sizeof value);
        if (p->run[i]->state == RUN_OK && !isfinite(value))
            return NAN;
        if (p->run[i]->state == RUN_OK)
            room[have++] = value;
    }
    return have ? stats_median(room, have) : NAN;
}

static double busy_processors(const struct point *p)
{
    double processor_s = 0, wall_s = 0;
    for (size_t i = 0; i < p->n_runs; i++)
        if (p->run[i]->state == RUN_OK && isfinite(p->run[i]->processor_s)) {
            processor_s += p->run[i]->processor_s;
            wall_s += p->run[i]->wall_s;
        }
    return wall_s > 0 ? processor_s / wall_s : NAN;
}

/* What most runs were seen on, if most agree (Boyer and Moore's majority vote, 1981). One look may have come before the
 * threads of a short run were bound, or when most had ended. */
static const char *usual_affinity(const struct point *p)
{
    const char *usual = NULL;
    size_t lead = 0;
    for (size_t i = 0; i < p->n_runs; i++) {
        const char *seen = p->run[i]->affinity;
        if (!seen)
            continue;
        if (lead == 0)
            usual = seen;
        if (strcmp(seen, usual) == 0)
            lead++;
        else
            lead--;
    }
    return usual;
}

static void note_bindings(struct point *p)
{
    p->affinity = usual_affinity(p);
    for (size_t i = 0; i < p->n_runs; i++) {
        const struct run *r = p->run[i];
        if (!p->binding)
            p->binding = r->binding;
        else if (!r->binding || strcmp(r->binding, p->binding) != 0)
            p->bindings_differ = true;
    }
    p->bindings_differ |= p->binding && !p->run[0]->binding;
}

static int fill_point(struct point *p)
{
    p->seconds = calloc(p->n_runs, sizeof *p->seconds);
    if (!p->seconds)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_runs; i++)
        p->ended[p->run[i]->state]++;
    note_bindings(p);
    p->busy = busy_processors(p);
    p->fom = median_of(p, offsetof(struct run, fom), p->seconds);
    p->program_s = median_of(p, offsetof(struct run, program_s), p->seconds);
    p->max_rss = median_of(p, offsetof(struct run, max_rss), p->seconds);
    p->mhz = median_of(p, offsetof(struct run, mhz), p->seconds);
    p->energy_j = median_of(p, offsetof(struct run, energy_j), p->seconds);
    p->wall_s = median_of(p, offsetof(struct run, wall_s), p->seconds);
    median_of(p, offsetof(struct run, seconds), p->seconds); /* last: leaves the times there, ascending */
    return p->ended[RUN_OK] ? stats_of(p->seconds, p->ended[RUN_OK], &p->time) : 0;
}

int points_create(const struct study *study, const struct run **run, struct point *point, size_t *n)
{
    int rc = 0;
    *n = 0;
    for (size_t i = 0; i < study->n_runs; i++)
        run[i] = &study->run[i];
    qsort(run, study->n_runs, sizeof *run, by_place_and_order);
    for (size_t first = 0, end; rc == 0 && first < study->n_runs; first = end) {
        struct point *p = &point[(*n)++];
        *p = place_point(run[first]);
        for (end = first + 1; end < study->n_runs && by_place(&run[first], &run[end]) == 0;)
            end++;
        p->run = run + first;
        p->n_runs = end - first;
        rc = fill_point(p);
    }
    return rc;
}

void points_destroy(struct point *point, size_t n)
{
    for (size_t i = 0; point && i < n; i++)
        free(point[i].seconds);
}
