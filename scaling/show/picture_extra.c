/* Pictures that only some studies have: where the time goes, the order of the runs, the grid of a hybrid study. */
#include "scaling/plan/order.h"
#include "scaling/show/picture_internal.h"

#include <math.h>
#include <stdlib.h>

/* --- Where the time goes, by the preferred law --- */

enum { BARS_MAX = 24 };

static bool has_cost(const struct plot *plot)
{
    const struct laws *laws = &plot->a->verdict[plot->a->curves.n - 1].laws;
    size_t n = analysis_main_curve(plot->a)->n_front;
    return !plot->a->curves.weak && laws->preferred && n >= 2 && n <= BARS_MAX;
}

/* Shares of processor time, so they add up to 100 % at every count. */
static void cost_data(FILE *out, const struct plot *plot)
{
    const struct curve *c = analysis_main_curve(plot->a);
    const struct fit *f = &plot->a->verdict[plot->a->curves.n - 1].laws.preferred->fit;
    fputs("# processors, useful %, contention %, coherency %\n$cost << EOD\n", out);
    for (size_t i = 0; i < c->n_front; i++) {
        double p = (double)c->front[i]->count, useful = fit_speedup(f, p) / p;
        fprintf(out, "%g %.6g %.6g %.6g\n", p, 100 * useful, 100 * useful * f->sigma * (p - 1), 100 * useful * f->kappa * p * (p - 1));
    }
    fputs("EOD\n", out);
}

static void print_cost(FILE *out, const struct plot *plot)
{
    bool usl = plot->a->verdict[plot->a->curves.n - 1].laws.preferred->fit.law == FIT_USL;
    fprintf(out, "    set title \"Where processor time goes, by %s\"\n    set ylabel \"processor time, %%\"\n    set format y \"%%g\"\n"
        "    set yrange [0:100]\n    set xrange [*:*]\n    set xtics autofreq\n"
        "    set style histogram rowstacked\n    set boxwidth 0.75\n    set style fill pattern border -1\n"
        "    plot $cost using 2:xtic(1) with histograms fs solid 0.35 border -1 lc rgb \"#56B4E9\" title \"useful work\", \\\n"
        "    $cost using 3 with histograms fs pattern 4 border -1 lc rgb \"#D55E00\" title \"waiting in line (sigma)\"",
        usl ? "the universal law" : "Amdahl's law");
    if (usl)
        fputs(", \\\n    $cost using 4 with histograms fs pattern 2 border -1 lc rgb \"#000000\" title \"keeping in step (kappa)\"", out);
    fputc('\n', out);
}

/* --- The order of the runs --- */

enum { ORDER_MIN = 6, DOTS_MAX = 2000, WINDOWS = 12 };

static bool has_order(const struct plot *plot)
{
    size_t n = 0;
    const struct study *study = plot->a->study;
    for (size_t i = 0; i < study->n_runs; i++)
        n += study->run[i].state == RUN_OK && study->run[i].order >= 0;
    return n >= ORDER_MIN;
}

/* Of very many runs every k-th stands for its neighbours, but outliers all are there, as far as they have room. */
static void order_data(FILE *out, const struct plot *plot)
{
    struct placed *run;
    size_t n, step, outliers = 0;
    if (order_of(&plot->a->curves, &run, &n) != 0)
        n = 0;
    step = n / DOTS_MAX + 1;
    fputs("# place, time over the median of its point in %\n$runs << EOD\n", out);
    for (size_t i = 0; i < n; i++)
        if (!run[i].outlier && i % step == 0)
            fprintf(out, "%lld %.6g\n", (long long)run[i].order, 100 * run[i].relative);
    fputs("EOD\n$outliers << EOD\n", out);
    for (size_t i = 0; i < n; i++)
        if (run[i].outlier && outliers++ < DOTS_MAX)
            fprintf(out, "%lld %.6g\n", (long long)run[i].order, 100 * run[i].relative);
    fputs(outliers ? "EOD\n$windows << EOD\n" : "NaN NaN\nEOD\n$windows << EOD\n", out);
    for (size_t w = 0; n >= WINDOWS && w < WINDOWS; w++) {
        size_t first = w * n / WINDOWS, end = (w + 1) * n / WINDOWS;
        fprintf(out, "%lld %.6g\n", (long long)run[(first + end) / 2].order, 100 * order_median(run + first, end - first));
    }
    fputs(n >= WINDOWS ? "EOD\n" : "NaN NaN\nEOD\n", out);
    free(run);
}

static int64_t last_order(const struct study *study)
{
    int64_t last = 0;
    for (size_t i = 0; i < study->n_runs; i++)
        last = study->run[i].order > last ? study->run[i].order : last;
    return last;
}

static void print_order(FILE *out, const struct plot *plot)
{
    if (last_order(plot->a->study) > 10000) /* 20k: long numbers would run into each other */
        fputs("    set format x \"%.0s%c\"\n", out);
    fputs("    set title \"Runs in their order\"\n    set xlabel \"run\"\n    set ylabel \"time, % of its median\"\n"
          "    set format y \"%g\"\n    set xrange [*:*]\n    set xtics autofreq\n    set yrange [*:*]\n"
          "    plot 100 with lines dt 2 lw 1.5 lc rgb \"" PLOT_GREY "\" notitle, \\\n"
          "    $runs using 1:2 with points pt 6 ps 0.6 lc rgb \"#0072B2\" title \"run\", \\\n"
          "    $outliers using 1:2 with points pt 2 ps 1 lw 2 lc rgb \"#D55E00\" title \"outlier\", \\\n"
          "    $windows using 1:2 with lines lw 2 lc rgb \"#000000\" title \"median of a twelfth\"\n", out);
}

/* --- The grid of a hybrid study --- */

enum { GRID_MAX = 32 };

struct axis {
    uint64_t value[GRID_MAX];
    size_t n;
};

static size_t place_on(struct axis *axis, uint64_t value)
{
    size_t at = 0;
    while (at < axis->n && axis->value[at] < value)
        at++;
    if ((at < axis->n && axis->value[at] == value) || axis->n == GRID_MAX)
        return at;
    for (size_t i = axis->n++; i > at; i--)
        axis->value[i] = axis->value[i - 1];
    axis->value[at] = value;
    return at;
}

static bool has_grid(const struct plot *plot)
{
    return analysis_is_hybrid(plot->a);
}

static void find_axes(const struct plot *plot, struct axis *threads, struct axis *ranks)
{
    const struct curve *c = analysis_main_curve(plot->a);
    *threads = *ranks = (struct axis){ .n = 0 };
    for (size_t i = 0; i < c->n; i++) {
        place_on(threads, c->point[i].threads);
        place_on(ranks, c->point[i].ranks);
    }
}

static void grid_data(FILE *out, const struct plot *plot)
{
    struct axis threads, ranks;
    const struct curve *c = analysis_main_curve(plot->a);
    find_axes(plot, &threads, &ranks);
    fputs("# column, row, efficiency %, label\n$grid << EOD\n", out);
    for (size_t i = 0; i < c->n; i++)
        if (c->point[i].ended[RUN_OK])
            fprintf(out, "%zu %zu %.6g \"%.0f %%\\n%.3g s\"\n", place_on(&threads, c->point[i].threads), place_on(&ranks, c->point[i].ranks),
                100 * c->point[i].efficiency, 100 * c->point[i].efficiency, c->point[i].time.median);
    fputs("EOD\n", out);
}

static void print_axis(FILE *out, char name, const struct axis *axis)
{
    fprintf(out, "    set %crange [-0.5:%g]\n    set %ctics (", name, (double)axis->n - 0.5, name);
    for (size_t i = 0; i < axis->n; i++)
        fprintf(out, "%s\"%llu\" %zu", i ? ", " : "", (unsigned long long)axis->value[i], i);
    fputs(")\n", out);
}

/* Light colours in one hue, so that black figures stay readable and the order survives without colour. */
static void print_grid(FILE *out, const struct plot *plot)
{
    struct axis threads, ranks;
    find_axes(plot, &threads, &ranks);
    print_axis(out, 'x', &threads);
    print_axis(out, 'y', &ranks);
    fputs("    set title \"Efficiency and time of every split\"\n    set xlabel \"threads a rank\"\n    set ylabel \"ranks\"\n"
          "    set palette defined (0 \"#ffffff\", 1 \"#6baed6\")\n    set cbrange [0:100]\n    unset colorbox\n    unset key\n    unset grid\n"
          "    set style fill solid border -1\n"
          "    plot $grid using 1:2:(0.5):(0.5):3 with boxxyerror palette lw 1 notitle, \\\n"
          "    $grid using 1:2:4 with labels notitle\n", out);
}

const struct picture_kind picture_cost = { has_cost, cost_data, print_cost };
const struct picture_kind picture_order = { has_order, order_data, print_order };
const struct picture_kind picture_heatmap = { has_grid, grid_data, print_grid };
