/* Pictures over the count: time, speed-up, efficiency. */
#include "scaling/show/picture_internal.h"
#include "scaling/show/words.h"

#include <math.h>

void plot_series_data(FILE *out, const struct plot *plot)
{
    const struct analysis *a = plot->a;
    for (size_t k = 0; k < plot->n; k++) {
        const struct series *s = &plot->series[k];
        fprintf(out, "# processors, median s, low s, high s, speed-up, efficiency %%, low %%, high %%\n$s%zu << EOD\n", k);
        for (size_t i = 0; i < a->curves.n_points; i++) {
            const struct point *p = &a->curves.point[i];
            if (p->curve != s->curve || (s->threads && p->threads != s->threads) || !p->ended[RUN_OK])
                continue;
            double low = isnan(p->efficiency_95.low) ? p->efficiency : p->efficiency_95.low;
            double high = isnan(p->efficiency_95.high) ? p->efficiency : p->efficiency_95.high;
            fprintf(out, "%llu %.9g %.9g %.9g %.9g %.9g %.9g %.9g\n", (unsigned long long)p->count, p->time.median,
                p->time.low, p->time.high, p->speedup, 100 * p->efficiency, 100 * low, 100 * high);
        }
        fputs("EOD\n", out);
    }
    const struct point *p = a->verdict[a->curves.n - 1].recommended.point;
    if (p)
        fprintf(out, "# the recommended count: processors, median s, speed-up, efficiency %%\n$recommended << EOD\n%llu %.9g %.9g %.9g\nEOD\n",
            (unsigned long long)p->count, p->time.median, p->speedup, 100 * p->efficiency);
}

static bool always(const struct plot *plot)
{
    (void)plot;
    return true;
}

/* --- Axes --- */

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

void plot_count_tics(FILE *out, const struct plot *plot)
{
    enum { ROOM = 10 };
    size_t n = 0;
    for (uint64_t count = 0; n <= ROOM && (count = next_count(plot->a, count));)
        n++;
    if (n > ROOM)
        return;
    fputs("set xtics (", out);
    for (uint64_t count = next_count(plot->a, 0), first = count; count; count = next_count(plot->a, count))
        fprintf(out, "%s%llu", count == first ? "" : ", ", (unsigned long long)count);
    fputs(")\n", out);
}

/* --- Series --- */

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

static void print_points(FILE *out, const struct plot *plot, const char *columns, const char *with)
{
    for (size_t k = 0; k < plot->n; k++) {
        fprintf(out, "%s$s%zu using %s with %s dt %d lw 2 pt %d ps 1 lc rgb \"%s\"", k ? ", \\\n    " : "", k, columns, with,
            plot_dashes[k % PLOT_STYLES], plot_shapes[k % PLOT_STYLES], plot_colours[k % PLOT_STYLES]);
        print_title(out, plot, &plot->series[k]);
    }
}

/* A ring around the recommended point, last, so that it lies on top. Ends the plot command. */
static void print_recommended(FILE *out, const struct plot *plot, int column)
{
    if (plot->a->verdict[plot->a->curves.n - 1].recommended.point)
        fprintf(out, ", \\\n    $recommended using 1:%d with points pt 6 ps 2.5 lw 2 lc rgb \"#000000\" title \"recommended\"", column);
    fputc('\n', out);
}

/* --- The pictures --- */

/* One line a curve, from its base: the same work shared out, in a weak study the same time. */
static void print_ideal_times(FILE *out, const struct analysis *a)
{
    const char *title = "title \"ideal\"";
    for (size_t i = 0; i < a->curves.n; i++) {
        const struct curve *c = &a->curves.curve[i];
        if (c->n_front == 0)
            continue;
        fprintf(out, "%.9g%s with lines dt 2 lw 1.5 lc rgb \"" PLOT_GREY "\" %s, \\\n    ",
            c->front[0]->time.median * (a->curves.weak ? 1 : (double)c->front[0]->count), a->curves.weak ? "" : " / x", title);
        title = "notitle";
    }
}

static void print_time(FILE *out, const struct plot *plot)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < plot->a->curves.n_points; i++)
        if (plot->a->curves.point[i].ended[RUN_OK]) {
            low = fmin(low, plot->a->curves.point[i].time.low);
            high = fmax(high, plot->a->curves.point[i].time.high);
        }
    fprintf(out, "    set title \"Time\"\n    set ylabel \"time, s\"\n    set logscale x 2\n    set logscale y %d\n"
        "    set format y \"%%.3g\"\n    set yrange [%.6g:%.6g]\n", high / low > 1000 ? 10 : 2, low / 1.5, high * 1.5);
    fputs("    plot ", out);
    print_ideal_times(out, plot->a);
    print_points(out, plot, "1:2:3:4", "yerrorlines");
    print_recommended(out, plot, 2);
}

static void print_law(FILE *out, const struct fit *f, double base, const char *name, const char *style)
{
    fprintf(out, "(%.9g * x / (1 + %.9g * (x - 1) + %.9g * x * (x - 1))) with lines %s title \"%s\", \\\n    ",
        1 / fit_speedup(f, base), f->sigma, f->kappa, style, name);
}

/* Fitted laws are drawn where there is a single line, and up to the largest count only. */
static void print_speedup(FILE *out, const struct plot *plot)
{
    const struct analysis *a = plot->a;
    size_t first = plot->series[0].curve;
    const struct laws *laws = &a->verdict[first].laws;
    double base = (double)a->curves.curve[first].front[0]->count;
    fprintf(out, "    set title \"%s\"\n    set ylabel \"speed-up over %g %s%s\"\n    set format y \"%%g\"\n",
        a->curves.weak ? "Scaled speed-up" : "Speed-up", base, words_unit(a), base == 1 ? "" : "s");
    if (plot->most / plot->least > 16)
        fputs("    set logscale xy 2\n", out);
    fprintf(out, "    set yrange [%g:*]\n", plot->most / plot->least > 16 ? 0.5 : 0.0);
    fputs("    plot ", out);
    fprintf(out, "x / %g with lines dt 2 lw 1.5 lc rgb \"" PLOT_GREY "\" title \"ideal\", \\\n    ", base);
    if (plot->n == 1 && laws->amdahl.fitted)
        print_law(out, &laws->amdahl.fit, base, "Amdahl's law", "dt 4 lw 2 lc rgb \"#D55E00\"");
    if (plot->n == 1 && laws->usl.fitted)
        print_law(out, &laws->usl.fit, base, "universal law", "dt 3 lw 2.5 lc rgb \"#000000\"");
    print_points(out, plot, "1:5", "linespoints");
    print_recommended(out, plot, 3);
}

static void print_threshold(FILE *out, double percent, const char *of, const char *name)
{
    fprintf(out, "%g with lines dt 3 lw 2 lc rgb \"#D55E00\" title \"%s%s\", \\\n    ", percent, of, name);
}

static void print_efficiency(FILE *out, const struct plot *plot)
{
    fputs("    set title \"Efficiency\"\n    set ylabel \"efficiency, %\"\n    set format y \"%g\"\n    set logscale x 2\n"
          "    set yrange [0:*<200]\n", out);
    fputs("    plot ", out);
    fputs("100 with lines dt 2 lw 1.5 lc rgb \"" PLOT_GREY "\" title \"ideal\", \\\n    ", out);
    if (plot->a->rule.kind == RULE_EFFICIENCY)
        print_threshold(out, 100 * plot->a->rule.efficiency, "the rule ", plot->a->rule.text);
    else if (plot->a->curves.weak)
        print_threshold(out, 100 * WEAK_EFFICIENCY, "", "good weak scaling");
    print_points(out, plot, "1:6:7:8", "yerrorlines");
    print_recommended(out, plot, 4);
}

const struct picture_kind picture_time = { always, NULL, print_time };
const struct picture_kind picture_speedup = { always, NULL, print_speedup };
const struct picture_kind picture_efficiency = { always, NULL, print_efficiency };
