/* One row a point, all columns, full precision; an unknown value is an empty field. */
#include "scaling/show/show.h"

#include <math.h>

static void print_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, ",%.9g", value);
    else
        fputc(',', out);
}

static void print_estimate(FILE *out, double value, struct interval i)
{
    print_number(out, value);
    print_number(out, i.low);
    print_number(out, i.high);
}

void show_csv(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    (void)pictures;
    fputs("threads,ranks,nodes,size,count,runs,failed,timeout,wrong,median_s,low_s,high_s,interval,speedup,speedup_low,speedup_high,"
          "efficiency,efficiency_low,efficiency_high,doubling,doubling_low,doubling_high,karp_flatt,karp_flatt_low,karp_flatt_high,"
          "fom,energy_j\n", out);
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        bool ok = p->ended[RUN_OK] > 0;
        fprintf(out, "%llu,%llu,%llu,", (unsigned long long)p->threads, (unsigned long long)p->ranks,
            (unsigned long long)p->nodes);
        if (p->has_size)
            fprintf(out, "%llu", (unsigned long long)p->size);
        fprintf(out, ",%llu,%zu,%zu,%zu,%zu", (unsigned long long)p->count, p->ended[RUN_OK], p->ended[RUN_FAILED],
            p->ended[RUN_TIMEOUT], p->ended[RUN_WRONG]);
        print_number(out, ok ? p->time.median : NAN);
        print_number(out, ok ? p->time.low : NAN);
        print_number(out, ok ? p->time.high : NAN);
        fprintf(out, ",%s", !ok ? "" : p->time.is_interval ? "95 %" : "range");
        print_estimate(out, p->speedup, p->speedup_95);
        print_estimate(out, p->efficiency, p->efficiency_95);
        print_estimate(out, p->doubling, p->doubling_95);
        print_estimate(out, p->karp_flatt, p->karp_flatt_95);
        print_number(out, p->fom);
        print_number(out, p->energy_j);
        fputc('\n', out);
    }
}
