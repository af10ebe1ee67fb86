#include "scaling/forecast.h"

#include "common/stats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double processors(const struct grid_point *p)
{
    return (double)p->ranks * (double)p->threads;
}

/* How much longer @to takes than @from by the size alone. */
static double work_ratio(const struct grid_point *from, const struct grid_point *to)
{
    return from->has_size && to->has_size && from->size > 0 ? (double)to->size / (double)from->size : 1;
}

static const struct grid_point *smallest(const struct grid *grid)
{
    const struct grid_point *found = &grid->point[0];
    for (size_t i = 1; i < grid->n; i++)
        if (processors(&grid->point[i]) < processors(found))
            found = &grid->point[i];
    return found;
}

/* The point to scale from and its time: the first with finished runs, else the smallest with what the user expects. */
static const struct grid_point *reference(const struct design *d, const struct journal *j, double expect_s, double *room,
                                          double *seconds)
{
    for (size_t i = 0; i < d->grid.n; i++) {
        size_t n = journal_times(j, i, j->repeats + 1, false, room);
        if (n > 0) {
            *seconds = stats_median(room, n);
            return &d->grid.point[i];
        }
    }
    *seconds = expect_s;
    return expect_s > 0 ? smallest(&d->grid) : NULL;
}

static void add_point(const struct grid_point *p, double runs, double ideal_s, double none_s, struct forecast *f)
{
    f->ideal_s += runs * ideal_s;
    f->none_s += runs * none_s;
    f->ideal_core_s += runs * ideal_s * processors(p);
    f->none_core_s += runs * none_s * processors(p);
}

int forecast_make(const struct design *d, const struct journal *j, double expect_s, uint64_t warmups, struct forecast *out)
{
    double *room = calloc(j->repeats, sizeof *room), base_s;
    if (!room)
        return -ENOMEM;
    *out = (struct forecast){ 0 };
    const struct grid_point *base = reference(d, j, expect_s, room, &base_s);
    out->known = base != NULL;
    for (size_t i = 0; i < d->grid.n; i++) {
        const struct grid_point *p = &d->grid.point[i];
        size_t left = 0, n = journal_times(j, i, j->repeats + 1, false, room);
        for (uint64_t rep = 1; rep <= d->repeats; rep++)
            left += !journal_done(j, i, rep);
        out->runs += left;
        out->warmups += left ? warmups : 0;
        double runs = (double)(left + (left ? warmups : 0));
        if (n > 0) {
            double median = stats_median(room, n);
            add_point(p, runs, median, median, out);
        } else if (base) {
            double none_s = base_s * work_ratio(base, p);
            add_point(p, runs, none_s * processors(base) / processors(p), none_s, out);
        }
    }
    free(room);
    return 0;
}

/* --- In words --- */

const char *forecast_duration(double seconds, char out[FORECAST_DURATION_LEN])
{
    if (seconds < 120)
        snprintf(out, FORECAST_DURATION_LEN, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    else if (seconds < 7200)
        snprintf(out, FORECAST_DURATION_LEN, "%.0f min", seconds / 60);
    else
        snprintf(out, FORECAST_DURATION_LEN, "%.1f h", seconds / 3600);
    return out;
}

static void print_range(const char *what, double low, double high, const char *unit)
{
    if (fabs(high - low) <= 0.005 * high)
        printf("%s%.3g%s", what, low, unit);
    else
        printf("%s%.3g to %.3g%s", what, fmin(low, high), fmax(low, high), unit);
}

static void print_time(const struct forecast *f)
{
    char ideal[FORECAST_DURATION_LEN], none[FORECAST_DURATION_LEN];
    forecast_duration(f->ideal_s, ideal);
    forecast_duration(f->none_s, none);
    if (fabs(f->none_s - f->ideal_s) <= 0.005 * f->none_s)
        printf("# expected: %s", ideal);
    else
        printf("# expected: %s with ideal speed-up, %s without any", ideal, none);
    print_range(", ", f->ideal_core_s / 3600, f->none_core_s / 3600, " core-hours\n");
}

void forecast_print(const struct design *d, const struct forecast *f)
{
    char most[FORECAST_DURATION_LEN];
    double runs = (double)(f->runs + f->warmups);
    printf("# %zu runs (points x repeats: %zu x %llu) and %zu warm-ups", f->runs, d->grid.n, (unsigned long long)d->repeats,
        f->warmups);
    if (d->precision > 0)
        printf(", up to %llu repeats until the interval of the median is within %g %%", (unsigned long long)d->max_repeats,
            d->precision);
    putchar('\n');
    if (f->known)
        print_time(f);
    else
        puts("# expected time: not known before a run; give --expect SECONDS, what one run takes on the fewest processors");
    if (d->timeout_s > 0)
        printf("# at most %s, by the time limit of %g s a run\n", forecast_duration(runs * d->timeout_s, most), d->timeout_s);
}
