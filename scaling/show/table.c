#include "scaling/show/table.h"

#include "scaling/show/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- Which columns say something --- */

static bool always(const struct analysis *a)
{
    (void)a;
    return true;
}

static bool differs(const struct analysis *a, uint64_t (*field)(const struct point *))
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (field(&a->curves.point[i]) != field(a->curves.point))
            return true;
    return field(a->curves.point) > 1;
}

static uint64_t threads_of(const struct point *p) { return p->threads; }
static uint64_t ranks_of(const struct point *p) { return p->ranks; }
static uint64_t nodes_of(const struct point *p) { return p->nodes; }

static bool has_threads(const struct analysis *a) { return differs(a, threads_of); }
static bool has_ranks(const struct analysis *a) { return differs(a, ranks_of); }
static bool has_nodes(const struct analysis *a) { return differs(a, nodes_of); }

/* Not where it would repeat the only column beside it. */
static bool has_processors(const struct analysis *a)
{
    return has_threads(a) + has_ranks(a) + has_nodes(a) != 1;
}

static bool has_size(const struct analysis *a)
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (a->curves.point[i].has_size)
            return true;
    return false;
}

static bool has_bad_runs(const struct analysis *a)
{
    for (size_t i = 0; i < a->study->n_runs; i++)
        if (a->study->run[i].state != RUN_OK)
            return true;
    return false;
}

static bool has_repeats(const struct analysis *a)
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (a->curves.point[i].ended[RUN_OK] > 1)
            return true;
    return false;
}

static bool is_strong(const struct analysis *a)
{
    return !a->curves.weak;
}

static bool has_intervals(const struct analysis *a)
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (!isnan(a->curves.point[i].speedup_95.low))
            return true;
    return false;
}

static bool is_strong_with_intervals(const struct analysis *a)
{
    return is_strong(a) && has_intervals(a);
}

static bool has_fom(const struct analysis *a)
{
    for (size_t i = 0; i < a->curves.n_points; i++)
        if (a->curves.point[i].ended[RUN_OK] && isnan(a->curves.point[i].fom))
            return false;
    return analysis_main_curve(a)->n_front > 0;
}

/* --- Cells --- */

static const char *whole(uint64_t value, char out[TABLE_CELL_LEN])
{
    snprintf(out, TABLE_CELL_LEN, "%llu", (unsigned long long)value);
    return out;
}

static const char *decimals(double value, int n, char out[TABLE_CELL_LEN])
{
    if (isnan(value))
        return strcpy(out, "-");
    snprintf(out, TABLE_CELL_LEN, "%.*f", n, value);
    return out;
}

#define CELL(name) static const char *name(const struct analysis *a, const struct point *p, char out[TABLE_CELL_LEN])

CELL(threads) { (void)a; return whole(p->threads, out); }
CELL(ranks) { (void)a; return whole(p->ranks, out); }
CELL(nodes) { (void)a; return whole(p->nodes, out); }
CELL(processors) { (void)a; return whole(p->count, out); }
CELL(runs) { (void)a; return whole(p->ended[RUN_OK], out); }
CELL(speedup) { (void)a; return decimals(p->speedup, 2, out); }
CELL(efficiency) { (void)a; return decimals(100 * p->efficiency, 1, out); }
CELL(doubling) { (void)a; return decimals(p->doubling, 2, out); }
CELL(karp_flatt) { (void)a; return decimals(p->karp_flatt, 4, out); }
CELL(fom) { (void)a; return words_number(p->fom, 4, out); }

CELL(size_cell)
{
    (void)a;
    return p->has_size ? whole(p->size, out) : strcpy(out, "-");
}

CELL(bad_runs)
{
    (void)a;
    size_t used = 0;
    out[0] = '\0';
    for (int s = RUN_FAILED; s < RUN_STATE_COUNT; s++)
        if (p->ended[s] && used < TABLE_CELL_LEN)
            used += (size_t)snprintf(out + used, TABLE_CELL_LEN - used, "%s%zu %s", used ? ", " : "", p->ended[s],
                run_state_names[s]);
    return used ? out : strcpy(out, "-");
}

CELL(median)
{
    (void)a;
    return words_number(p->ended[RUN_OK] ? p->time.median : NAN, 4, out);
}

CELL(range)
{
    (void)a;
    char low[WORDS_NUMBER_LEN], high[WORDS_NUMBER_LEN];
    if (p->ended[RUN_OK] < 2)
        return strcpy(out, "-");
    words_number(p->time.low, 4, low);
    snprintf(out, TABLE_CELL_LEN, "%.24s to %.24s", low, words_number(p->time.high, 4, high));
    return out;
}

static const char *interval(struct interval i, double unit, int decimals_shown, char out[TABLE_CELL_LEN])
{
    if (isnan(i.low))
        return strcpy(out, "-");
    snprintf(out, TABLE_CELL_LEN, "%.*f to %.*f", decimals_shown, i.low * unit, decimals_shown, i.high * unit);
    return out;
}

CELL(speedup_95) { (void)a; return interval(p->speedup_95, 1, 2, out); }
CELL(efficiency_95) { (void)a; return interval(p->efficiency_95, 100, 1, out); }
CELL(doubling_95) { (void)a; return interval(p->doubling_95, 1, 2, out); }
CELL(karp_flatt_95) { (void)a; return interval(p->karp_flatt_95, 1, 4, out); }

static const struct table_column columns[] = {
    { "threads", NULL, has_threads, threads, false },
    { "ranks", NULL, has_ranks, ranks, false },
    { "nodes", NULL, has_nodes, nodes, false },
    { "processors", NULL, has_processors, processors, false },
    { "size", NULL, has_size, size_cell, false },
    { "runs", NULL, always, runs, false },
    { "not well", NULL, has_bad_runs, bad_runs, false },
    { "median", "s", always, median, false },
    { "spread", "s", has_repeats, range, false },
    { "speed-up", NULL, always, speedup, false },
    { "speed-up", "95 %", has_intervals, speedup_95, false },
    { "efficiency", "%", always, efficiency, false },
    { "efficiency", "95 %", has_intervals, efficiency_95, true },
    { "per doubling", NULL, always, doubling, false },
    { "per doubling", "95 %", has_intervals, doubling_95, true },
    { "Karp-Flatt", NULL, is_strong, karp_flatt, false },
    { "Karp-Flatt", "95 %", is_strong_with_intervals, karp_flatt_95, true },
    { "figure of merit", NULL, has_fom, fom, false },
    { 0 },
};

_Static_assert(sizeof columns / sizeof *columns <= TABLE_COLUMNS_MAX, "raise TABLE_COLUMNS_MAX");

const struct table_column *table_columns(void)
{
    return columns;
}

void table_choose(const struct analysis *a, bool shown[TABLE_COLUMNS_MAX])
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        shown[i] = columns[i].title && columns[i].shown(a);
}

const char *table_unit(const struct analysis *a, const struct table_column *column)
{
    if (column->cell != range)
        return column->unit;
    size_t intervals = 0, points = 0;
    for (size_t i = 0; i < a->curves.n_points; i++) {
        points += a->curves.point[i].ended[RUN_OK] > 1;
        intervals += a->curves.point[i].ended[RUN_OK] > 1 && a->curves.point[i].time.is_interval;
    }
    if (intervals == 0)
        return "range, s";
    return intervals == points ? "95 %, s" : "95 % or range, s";
}

bool table_is_recommended(const struct analysis *a, const struct point *p)
{
    return a->verdict[p->curve].recommended.point == p && a->curves.curve[p->curve].n_front > 1;
}
