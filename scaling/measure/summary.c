#include "scaling/measure/summary.h"

#include "common/jsonl.h"
#include "common/message.h"
#include "common/stats.h"
#include "scaling/judge/bootstrap.h"
#include "scaling/measure/record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MAX = 1000 };

/* What a label's runs are summarised by. */
enum { SECONDS, CPU, PROCESSORS, VOLUNTARY, INVOLUNTARY, PROGRAM, FIGURES };
static const char *const figure_names[FIGURES] = { "seconds", "cpu_s", "processors", "voluntary_switches", "involuntary_switches",
                                                   "program_s" };

struct group {
    char *label;
    size_t runs, ok, room;
    double *value[FIGURES]; /* of the runs that ended well */
    double median[FIGURES];
    struct stats time;
};

struct groups {
    struct group group[LABELS_MAX];
    size_t n;
};

/* --- Reading --- */

static struct group *group_of(struct groups *g, const char *label)
{
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->group[i].label, label) == 0)
            return &g->group[i];
    char *copy = g->n < LABELS_MAX ? strdup(label) : NULL;
    if (!copy)
        return NULL;
    g->group[g->n].label = copy;
    return &g->group[g->n++];
}

static int make_room(struct group *g)
{
    if (g->ok < g->room)
        return 0;
    size_t room = g->room ? 2 * g->room : 16;
    for (int f = 0; f < FIGURES; f++) {
        double *more = reallocarray(g->value[f], room, sizeof *more);
        if (!more)
            return -ENOMEM;
        g->value[f] = more;
    }
    g->room = room;
    return 0;
}

static double number(const json_t *run, const char *key)
{
    const json_t *value = json_object_get(run, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int take(void *context, json_t *run, size_t line)
{
    const char *schema = json_string_value(json_object_get(run, "schema"));
    const char *label = json_string_value(json_object_get(run, "label"));
    const char *state = json_string_value(json_object_get(run, "state"));
    (void)line;
    if (!schema || strcmp(schema, RECORD_SCHEMA) != 0)
        return 0;
    struct group *g = group_of(context, label ? label : "");
    if (!g)
        return -ENOMEM;
    g->runs++;
    if (!state || strcmp(state, run_state_names[RUN_OK]) != 0 || !(number(run, "seconds") > 0))
        return 0;
    int rc = make_room(g);
    if (rc != 0)
        return rc;
    double seconds = number(run, "seconds"), cpu_s = number(run, "user_s") + number(run, "system_s");
    const double values[FIGURES] = { seconds, cpu_s, cpu_s / seconds, number(run, "voluntary_switches"),
                                     number(run, "involuntary_switches"), number(run, "program_s") };
    for (int f = 0; f < FIGURES; f++)
        g->value[f][g->ok] = values[f];
    g->ok++;
    return 0;
}

/* --- Figures --- */

/* The median of a figure that every run has; else NaN. Leaves the values sorted. */
static double median_of(double *value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(value[i]))
            return NAN;
    return n ? stats_median(value, n) : NAN;
}

static int summarise(struct group *g)
{
    int rc = g->ok ? stats_of(g->value[SECONDS], g->ok, &g->time) : 0;
    for (int f = 0; f < FIGURES; f++)
        g->median[f] = median_of(g->value[f], g->ok);
    return rc;
}

/* How many times as fast as @base, from the medians of runs drawn anew. */
static struct interval speedup_interval(const struct group *g, const struct group *base)
{
    double own[BOOTSTRAP_REPLICATES], first[BOOTSTRAP_REPLICATES];
    if (g == base || g->ok == 0 || base->ok == 0)
        return INTERVAL_UNKNOWN;
    bootstrap_medians(g->value[SECONDS], g->ok, 1, own);
    bootstrap_medians(base->value[SECONDS], base->ok, 2, first);
    for (size_t i = 0; i < BOOTSTRAP_REPLICATES; i++)
        first[i] /= own[i];
    return bootstrap_interval(first);
}

static const char *interval_name(const struct group *g)
{
    return g->time.is_interval ? "95 %" : "range";
}

/* --- Printing --- */

static void set(json_t *o, const char *key, double value)
{
    json_object_set_new(o, key, isfinite(value) ? json_real(value) : json_null());
}

static int print_json(const struct group *g, const struct group *base)
{
    struct interval speedup = speedup_interval(g, base);
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:s}", "schema", "parkit.summary/1", "label", g->label, "runs",
        (json_int_t)g->runs, "ok", (json_int_t)g->ok, "interval", interval_name(g));
    if (!o)
        return -ENOMEM;
    for (int f = 0; f < FIGURES; f++)
        set(o, figure_names[f], g->median[f]);
    set(o, "low_s", g->ok ? g->time.low : NAN);
    set(o, "high_s", g->ok ? g->time.high : NAN);
    set(o, "speedup", base->median[SECONDS] / g->median[SECONDS]);
    set(o, "speedup_low", speedup.low);
    set(o, "speedup_high", speedup.high);
    int rc = jsonl_print(stdout, o);
    json_decref(o);
    return rc;
}

static void print_text(const struct group *g, const struct group *base)
{
    struct interval speedup = speedup_interval(g, base);
    printf("%-20s %zu of %zu runs", *g->label ? g->label : "(no label)", g->ok, g->runs);
    if (g->ok)
        printf("  %.4g s (%s: %.4g to %.4g)", g->time.median, interval_name(g), g->time.low, g->time.high);
    if (g->ok && g != base && base->ok)
        printf("  %.3g times as fast", base->time.median / g->time.median);
    if (isfinite(speedup.low))
        printf(" (95 %%: %.3g to %.3g)", speedup.low, speedup.high);
    putchar('\n');
}

static int print_all(const struct groups *all, bool json)
{
    int rc = 0;
    for (size_t i = 0; i < all->n && rc == 0; i++)
        if (json)
            rc = print_json(&all->group[i], &all->group[0]);
        else
            print_text(&all->group[i], &all->group[0]);
    if (rc == 0 && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    message_error("cannot write to standard output: %s", strerror(errno));
    return -ENOSPC;
}

static int read_all(const char *path, struct groups *all)
{
    int rc = jsonl_read(path, take, all, NULL);
    for (size_t i = 0; rc == 0 && i < all->n; i++)
        rc = summarise(&all->group[i]);
    if (rc != 0) {
        message_error("cannot summarise %s: %s", path, strerror(-rc));
        return rc;
    }
    if (all->n > 0)
        return 0;
    message_error("%s holds no run of parkit-run", path);
    return -EINVAL;
}

static void destroy(struct groups *all)
{
    for (size_t i = 0; i < all->n; i++) {
        for (int f = 0; f < FIGURES; f++)
            free(all->group[i].value[f]);
        free(all->group[i].label);
    }
    free(all);
}

int summary_print(const char *path, bool json)
{
    struct groups *all = calloc(1, sizeof *all);
    if (!all)
        return -ENOMEM;
    int rc = read_all(path, all);
    if (rc == 0)
        rc = print_all(all, json);
    destroy(all);
    return rc;
}
