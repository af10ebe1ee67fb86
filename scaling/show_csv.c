/* One row a point, all columns, full precision; an unknown value is an empty field. */
#include "scaling/show.h"

#include <math.h>

static void print_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, ",%.9g", value);
    else
        fputc(',', out);
}

void show_csv(FILE *out, const struct analysis *a, const struct pictures *pictures)
{
    (void)pictures;
    fputs("threads,ranks,nodes,size,count,runs,failed,timeout,wrong,median_s,low_s,high_s,interval,speedup,efficiency,"
          "efficiency_low,efficiency_high,doubling,karp_flatt,fom\n", out);
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
        print_number(out, p->speedup);
        print_number(out, p->efficiency);
        print_number(out, p->efficiency_low);
        print_number(out, p->efficiency_high);
        print_number(out, p->doubling);
        print_number(out, p->karp_flatt);
        print_number(out, p->fom);
        fputc('\n', out);
    }
}
