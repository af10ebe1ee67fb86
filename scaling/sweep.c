#include "scaling/sweep.h"

#include "common/message.h"
#include "common/stats.h"
#include "scaling/forecast.h"
#include "scaling/quote.h"
#include "scaling/plan/template.h"
#include "scaling/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* --- Which runs are left --- */

/* Whether the median of a point is known well enough by its runs before @rep; without any that ended well no more helps. */
static bool is_precise(const struct sweep *s, size_t point, uint64_t rep, double *room)
{
    struct stats stats;
    size_t n = journal_times(s->journal, point, rep, s->design->texts.time != NULL, room);
    if (n == 0)
        return true;
    if (stats_of(room, n, &stats) != 0 || !stats.is_interval)
        return false;
    return (stats.high - stats.low) / 2 <= s->design->precision / 100 * stats.median;
}

static bool is_left(const struct sweep *s, size_t point, uint64_t rep, double *room)
{
    if (journal_done(s->journal, point, rep))
        return false;
    return rep <= s->design->repeats || !is_precise(s, point, rep, room);
}

/* A warm-up is made where a run is. */
static bool needs_warmup(const struct sweep *s, size_t point)
{
    for (uint64_t rep = 1; rep <= s->design->repeats; rep++)
        if (!journal_done(s->journal, point, rep))
            return true;
    return false;
}

/* What to do with each run that is left, in its order; a result other than 0 ends it. */
typedef int each_run(const struct sweep *s, const struct worker_run *run, void *context);

static int block(const struct sweep *s, uint64_t number, uint64_t rep, size_t *order, double *room, each_run *each, void *context)
{
    size_t n = s->design->grid.n;
    int rc = 0;
    grid_shuffle(s->design->seed, number, order, n);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct worker_run run = { .point = &s->design->grid.point[order[i]], .rep = rep, .order = rep ? (rep - 1) * n + i + 1 : 0 };
        if (rep ? is_left(s, order[i], rep, room) : needs_warmup(s, order[i]))
            rc = each(s, &run, context);
    }
    return rc;
}

static int each_block(const struct sweep *s, uint64_t last, each_run *each, void *context)
{
    size_t *order = calloc(s->design->grid.n, sizeof *order);
    double *room = calloc(s->journal->repeats, sizeof *room);
    int rc = order && room ? 0 : -ENOMEM;
    for (uint64_t b = 0; b < s->design->warmups + last && rc == 0; b++)
        rc = block(s, b, b < s->design->warmups ? 0 : b - s->design->warmups + 1, order, room, each, context);
    free(room);
    free(order);
    return rc;
}

/* --- Making them --- */

static void clear_progress(const struct sweep *s)
{
    if (s->progress)
        fputs("\r\033[K", stderr);
}

static void show_progress(const struct sweep *s, const struct worker_run *run)
{
    char left[FORECAST_DURATION_LEN];
    struct forecast f;
    const struct grid_point *p = run->point;
    if (!s->progress || forecast_make(s->design, s->journal, 0, run->rep ? 0 : s->design->warmups, &f) != 0)
        return;
    fprintf(stderr, "\r\033[K[%zu/%zu%s] threads %llu, ranks %llu, nodes %llu, ", s->journal->finished, design_total(s->design),
        s->design->precision > 0 ? " or more" : "", (unsigned long long)p->threads, (unsigned long long)p->ranks,
        (unsigned long long)p->nodes);
    if (run->rep)
        fprintf(stderr, "repeat %llu", (unsigned long long)run->rep);
    else
        fputs("warm-up", stderr);
    if (f.known && f.runs > 0)
        fprintf(stderr, ", about %s left", forecast_duration(f.ideal_s, left));
    fflush(stderr);
}

static int make_run(const struct sweep *s, const struct worker_run *run, void *context)
{
    char *log = folder_log(s->folder, "t%llu-p%llu-N%llu-n%llu-r%llu.log", (unsigned long long)run->point->threads,
        (unsigned long long)run->point->ranks, (unsigned long long)run->point->nodes,
        (unsigned long long)(run->point->has_size ? run->point->size : 0), (unsigned long long)run->rep);
    struct worker_run with_log = *run;
    with_log.log = log;
    show_progress(s, run);
    int rc = log ? worker_do(s->design, s->folder, context, &with_log) : -ENOMEM;
    clear_progress(s);
    if (rc == -EIO) {
        if (run->rep)
            message_note("run %llu did not end well; its output is in %s", (unsigned long long)run->order, log);
        rc = 0;
    }
    free(log);
    return rc == 0 && run->rep ? journal_update(s->journal) : rc;
}

int sweep_run(const struct sweep *s)
{
    struct worker *worker = NULL;
    int rc = worker_create(&worker);
    if (rc == 0)
        rc = each_block(s, s->design->max_repeats, make_run, worker);
    worker_destroy(worker);
    if (rc < 0) /* a full disk may have cut a line off */
        (void)!journal_repair(s->folder->runs);
    return rc;
}

/* --- Printing them --- */

static void print_text(const char *what, const char *text, const struct worker_run *run)
{
    char *filled = text ? template_fill(text, run->point, run->rep) : NULL;
    if (filled)
        printf("# %s: %s\n", what, filled);
    free(filled);
}

static int print_run(const struct sweep *s, const struct worker_run *run, void *context)
{
    (void)context;
    char **words = template_fill_words(s->design->command, run->point, run->rep);
    if (!words)
        return -ENOMEM;
    print_text("setup", s->design->setup, run);
    for (size_t i = 0; i < s->design->n_env; i++) {
        char *setting = template_fill(s->design->env[i], run->point, run->rep);
        if (setting) {
            quote_word(stdout, setting, "");
            putchar(' ');
        }
        free(setting);
    }
    quote_words(stdout, words);
    putchar('\n');
    print_text("cleanup", s->design->cleanup, run);
    template_free(words);
    return 0;
}

int sweep_print(const struct sweep *s)
{
    return each_block(s, s->design->repeats, print_run, NULL);
}
