/* The gnuplot script: which pictures there are, what they have in common. */
#include "scaling/show/picture_internal.h"
#include "scaling/show/words.h"

#include <math.h>

const char *const plot_colours[PLOT_STYLES] = { "#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7" };
const int plot_shapes[PLOT_STYLES] = { 7, 5, 9, 13, 11, 6, 4 };
const int plot_dashes[PLOT_STYLES] = { 1, 4, 5, 1, 4, 5, 1 };

static const struct picture_kind *const kinds[PICTURE_COUNT] = {
    [PICTURE_TIME] = &picture_time, [PICTURE_SPEEDUP] = &picture_speedup, [PICTURE_EFFICIENCY] = &picture_efficiency,
    [PICTURE_COST] = &picture_cost, [PICTURE_ORDER] = &picture_order,     [PICTURE_HEATMAP] = &picture_heatmap,
};

static void find_series(const struct analysis *a, struct plot *plot)
{
    bool hybrid = analysis_is_hybrid(a);
    *plot = (struct plot){ .a = a, .least = INFINITY };
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        struct series s = { p->curve, hybrid ? p->threads : 0 };
        size_t known = 0;
        plot->least = fmin(plot->least, (double)p->count);
        plot->most = fmax(plot->most, (double)p->count);
        while (known < plot->n && (plot->series[known].curve != s.curve || plot->series[known].threads != s.threads))
            known++;
        if (known == plot->n && plot->n < PLOT_SERIES_MAX && a->curves.curve[p->curve].n_front > 0)
            plot->series[plot->n++] = s;
    }
}

static void print_terminals(FILE *out, const struct plot *plot)
{
    int key_rows = 3 + (int)plot->n; /* at most: the series, and what every picture has */
    fprintf(out, "do for [kind in \"svg png\"] {\n"
        "    if (kind eq \"svg\") {\n"
        "        set terminal svg size 500,%d dynamic noenhanced font \"sans-serif,16\" background \"#ffffff\"\n"
        "    } else { if (strstrt(GPVAL_TERMINALS, \"pngcairo\") > 0) {\n"
        "        set terminal pngcairo size 1080,%d noenhanced font \"sans,15\" background \"#ffffff\"\n"
        "    } else {\n"
        "        set terminal png size 1080,690\n"
        "    } }\n", 350 + 22 * key_rows, 660 + 20 * key_rows);
}

/* What one picture sets must not reach the next. */
static void print_common(FILE *out, const struct plot *plot)
{
    fprintf(out, "reset\nset grid lc rgb \"#dddddd\" lt 1\nset border 3 lc rgb \"#444444\"\nset tics nomirror\n"
        "set xlabel \"%ss\"\nset xrange [%g:%g]\nset key outside bottom center horizontal samplen 3 spacing 1.2\nset samples 300\n",
        words_unit(plot->a), plot->least / 1.15, plot->most * 1.15);
    plot_count_tics(out, plot);
}

void picture_script(FILE *out, const struct analysis *a)
{
    struct plot plot;
    find_series(a, &plot);
    fputs("# The pictures of a scaling study, by parkit-report. Make them again: gnuplot " PICTURE_SCRIPT "\n", out);
    if (plot.n == 0) {
        fputs("# No run ended well, so there is nothing to draw.\n", out);
        return;
    }
    plot_series_data(out, &plot);
    for (int i = 0; i < PICTURE_COUNT; i++)
        if (kinds[i]->data && kinds[i]->applies(&plot))
            kinds[i]->data(out, &plot);
    print_terminals(out, &plot);
    for (int i = 0; i < PICTURE_COUNT; i++)
        if (kinds[i]->applies(&plot)) {
            print_common(out, &plot);
            fprintf(out, "    set output \"%s.\" . kind\n", picture_names[i]);
            kinds[i]->print(out, &plot);
        }
    fputs("}\n", out);
}
