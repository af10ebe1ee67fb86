/*
 * The gnuplot script. Colours are those of Okabe and Ito (Color Universal Design, 2008), which the colour-
 * blind can tell apart; every series has a point shape of its own besides, for print without colour.
 */
#include "scaling/picture.h"

#include "scaling/words.h"

#include <math.h>

static const char *const colours[] = { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000" };
static const int shapes[] = { 7, 5, 9, 13, 11, 6, 4 };
enum { STYLES = sizeof shapes / sizeof *shapes, SERIES_MAX = 24 };

/* What is joined by one line: a curve, or in a hybrid study the points of a curve with equal threads. */
struct series {
    size_t curve;
    uint64_t threads; /* 0: all */
};

struct plot {
    const struct analysis *a;
    struct series series[SERIES_MAX];
    size_t n;
    double least, most; /* counts */
};

static bool is_hybrid(const struct analysis *a)
{
    bool threads = false, ranks = false;
    for (size_t i = 1; i < a->curves.n_points; i++) {
        threads |= a->curves.point[i].threads != a->curves.point[0].threads;
        ranks |= a->curves.point[i].ranks != a->curves.point[0].ranks;
    }
    return threads && ranks;
}

static void find_series(const struct analysis *a, struct plot *plot)
{
    bool hybrid = is_hybrid(a);
    *plot = (struct plot){ .a = a, .least = INFINITY };
    for (size_t i = 0; i < a->curves.n_points; i++) {
        const struct point *p = &a->curves.point[i];
        struct series s = { p->curve, hybrid ? p->threads : 0 };
        size_t known = 0;
        plot->least = fmin(plot->least, (double)p->count);
        plot->most = fmax(plot->most, (double)p->count);
        while (known < plot->n && (plot->series[known].curve != s.curve || plot->series[known].threads != s.threads))
            known++;
        if (known == plot->n && plot->n < SERIES_MAX && a->curves.curve[p->curve].n_front > 0)
            plot->series[plot->n++] = s;
    }
}

static void print_data(FILE *out, const struct plot *plot)
{
    const struct analysis *a = plot->a;
    for (size_t k = 0; k < plot->n; k++) {
        const struct series *s = &plot->series[k];
        fprintf(out, "# processors, median s, low s, high s, ideal s, speed-up, efficiency %%, low %%, high %%\n$s%zu << EOD\n", k);
        for (size_t i = 0; i < a->curves.n_points; i++) {
            const struct point *p = &a->curves.point[i];
            if (p->curve != s->curve || (s->threads && p->threads != s->threads) || !p->ended[RUN_OK])
                continue;
            const struct point *base = a->curves.curve[p->curve].front[0];
            double ideal = a->curves.weak ? base->time.median
                                          : base->time.median * (double)base->count / (double)p->count;
            double low = isnan(p->efficiency_low) ? p->efficiency : p->efficiency_low;
            double high = isnan(p->efficiency_high) ? p->efficiency : p->efficiency_high;
            fprintf(out, "%llu %.9g %.9g %.9g %.9g %.9g %.9g %.9g %.9g\n", (unsigned long long)p->count, p->time.median,
                p->time.low, p->time.high, ideal, p->speedup, 100 * p->efficiency, 100 * low, 100 * high);
        }
        fputs("EOD\n", out);
    }
}

static void print_title(FILE *out, const struct plot *plot, const struct series *s)
{
    const struct curve *c = &plot->a->curves.curve[s->curve];
    const char *joint = "";
    fputs(" title \"", out);
    if (plot->a->curves.n > 1 && c->has_size) {
        fprintf(out, "size %llu", (unsigned long long)c->size);
        joint = ", ";
    }
    if (s->threads)
        fprintf(out, "%s%llu thread%s a rank", joint, (unsigned long long)s->threads, s->threads == 1 ? "" : "s");
    else if (!*joint)
        fputs("measured", out);
    fputc('"', out);
}

/* The smallest count above @last, 0 if there is none. */
static uint64_t next_count(const struct analysis *a, uint64_t last)
{
    uint64_t next = 0;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        uint64_t count = a->curves.point[i].count;
        if (count > last && (next == 0 || count < next))
            next = count;
    }
    return next;
}

/* Tics at the counts themselves, as long as they have room. */
static void print_count_tics(FILE *out, const struct plot *plot)
{
    size_t n = 0;
    for (uint64_t count = 0; (count = next_count(plot->a, count));)
        n++;
    if (n > 12)
        return;
    fputs("set xtics (", out);
    for (uint64_t count = next_count(plot->a, 0), first = count; count; count = next_count(plot->a, count))
        fprintf(out, "%s%llu", count == first ? "" : ", ", (unsigned long long)count);
    fputs(")\n", out);
}

static void print_points(FILE *out, const struct plot *plot, const char *columns, const char *with)
{
    for (size_t k = 0; k < plot->n; k++) {
        fprintf(out, "%s$s%zu using %s with %s lw 2 pt %d ps 1 lc rgb \"%s\"", k ? ", \\\n    " : "", k, columns, with,
            shapes[k % STYLES], colours[k % STYLES]);
        print_title(out, plot, &plot->series[k]);
    }
}

/* Within the picture while it is small, else below it. Begins the plot command. */
static void print_key(FILE *out, const struct plot *plot, const char *inside)
{
    fprintf(out, "    set key %s\n    plot ", plot->n > 2 ? "outside bottom center horizontal" : inside);
}

static void print_time(FILE *out, const struct plot *plot)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < plot->a->curves.n_points; i++)
        if (plot->a->curves.point[i].ended[RUN_OK]) {
            low = fmin(low, plot->a->curves.point[i].time.low);
            high = fmax(high, plot->a->curves.point[i].time.high);
        }
    fprintf(out, "    set title \"Time\"\n    set ylabel \"wall time, s\"\n    set logscale x 2\n    set logscale y %d\n"
        "    set format y \"%%.3g\"\n    set yrange [%.6g:%.6g]\n", high / low > 1000 ? 10 : 2, low / 1.5, high * 1.5);
    print_key(out, plot, "top right");
    for (size_t k = 0; k < plot->n; k++)
        fprintf(out, "$s%zu using 1:5 with lines dt 2 lw 1.5 lc rgb \"#888888\" %s, \\\n    ", k, k ? "notitle" : "title \"ideal\"");
    print_points(out, plot, "1:2:3:4", "yerrorlines");
    fputc('\n', out);
}

static void print_law(FILE *out, const struct fit *f, double base, const char *name, const char *colour)
{
    fprintf(out, "(%.9g * x / (1 + %.9g * (x - 1) + %.9g * x * (x - 1))) with lines dt 4 lw 1.5 lc rgb \"%s\" title \"%s\", \\\n    ",
        1 / fit_speedup(f, base), f->sigma, f->kappa, colour, name);
}

/* Fitted laws are drawn where there is a single line, and up to the largest count only. */
static void print_speedup(FILE *out, const struct plot *plot)
{
    const struct analysis *a = plot->a;
    size_t first = plot->series[0].curve;
    const struct verdict *v = &a->verdict[first];
    double base = (double)a->curves.curve[first].front[0]->count;
    fprintf(out, "    set title \"%s\"\n    set ylabel \"speed-up over %g %s%s\"\n    unset logscale\n    set format y \"%%g\"\n",
        a->curves.weak ? "Scaled speed-up" : "Speed-up", base, words_unit(a), base == 1 ? "" : "s");
    if (plot->most / plot->least > 16)
        fputs("    set logscale xy 2\n", out);
    fprintf(out, "    set yrange [%g:*]\n", plot->most / plot->least > 16 ? 0.5 : 0.0);
    print_key(out, plot, "top left");
    fprintf(out, "x / %g with lines dt 2 lw 1.5 lc rgb \"#888888\" title \"ideal\", \\\n    ",
        base);
    if (plot->n == 1 && v->amdahl.fitted)
        print_law(out, &v->amdahl.fit, base, "Amdahl's law", colours[2]);
    if (plot->n == 1 && v->usl.fitted)
        print_law(out, &v->usl.fit, base, "USL", colours[3]);
    print_points(out, plot, "1:6", "linespoints");
    fputc('\n', out);
}

static void print_efficiency(FILE *out, const struct plot *plot)
{
    fputs("    set title \"Efficiency\"\n    set ylabel \"efficiency, %\"\n    unset logscale\n    set logscale x 2\n"
          "    set yrange [0:*<200]\n", out);
    print_key(out, plot, "bottom left");
    fputs("100 with lines dt 2 lw 1.5 lc rgb \"#888888\" title \"ideal\", \\\n    ", out);
    if (plot->a->rule.kind == RULE_EFFICIENCY)
        fprintf(out, "%g with lines dt 3 lw 1.5 lc rgb \"%s\" title \"the rule %s\", \\\n    ", 100 * plot->a->rule.efficiency,
            colours[1], plot->a->rule.text);
    print_points(out, plot, "1:7:8:9", "yerrorlines");
    fputc('\n', out);
}

static void (*const print_picture[PICTURE_COUNT])(FILE *, const struct plot *) = {
    [PICTURE_TIME] = print_time, [PICTURE_SPEEDUP] = print_speedup, [PICTURE_EFFICIENCY] = print_efficiency,
};

void picture_script(FILE *out, const struct analysis *a)
{
    struct plot plot;
    find_series(a, &plot);
    fputs("# The pictures of a scaling study, by parkit-report. Make them again: gnuplot " PICTURE_SCRIPT "\n", out);
    if (plot.n == 0) {
        fputs("# No run ended well: there is nothing to draw.\n", out);
        return;
    }
    print_data(out, &plot);
    fprintf(out, "set grid lc rgb \"#dddddd\" lt 1\nset border 3 lc rgb \"#444444\"\nset tics nomirror\n"
        "set xlabel \"%ss\"\nset xrange [%g:%g]\nset key samplen 3 spacing 1.2\nset samples 300\n",
        words_unit(a), plot.least / 1.15, plot.most * 1.15);
    print_count_tics(out, &plot);
    int key_rows = plot.n > 2 ? (int)plot.n + 2 : 0;
    fprintf(out, "do for [kind in \"svg png\"] {\n"
        "    if (kind eq \"svg\") {\n"
        "        set terminal svg size 560,%d dynamic noenhanced font \"sans-serif,15\" background \"#ffffff\"\n"
        "    } else { if (strstrt(GPVAL_TERMINALS, \"pngcairo\") > 0) {\n"
        "        set terminal pngcairo size 1080,%d noenhanced font \"sans,15\" background \"#ffffff\"\n"
        "    } else {\n"
        "        set terminal png size 1080,690\n"
        "    } }\n", 400 + 22 * key_rows, 690 + 20 * key_rows);
    for (int i = 0; i < PICTURE_COUNT; i++) {
        fprintf(out, "    set output \"%s.\" . kind\n", picture_names[i]);
        print_picture[i](out, &plot);
    }
    fputs("}\n", out);
}
