/* parkit-report history: how one program on one machine became faster or slower. */
#include "common/exit_codes.h"
#include "common/message.h"
#include "scaling/judge/history.h"
#include "scaling/show/view.h"
#include "scaling/report.h"
#include "scaling/show/words.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct args {
    int format;
    double tolerance;
};

enum { FORMAT_TEXT, FORMAT_CSV, FORMAT_JSON };
static const char *const format_names[] = { "text", "csv", "json", NULL };

static const struct option_spec options[] = {
    { 'f', "format", "FORMAT", OPTION_CHOICE, offsetof(struct args, format), "text", 0, 0, format_names,
      "what to print" },
    { 't', "tolerance", "PERCENT", OPTION_DOUBLE, offsetof(struct args, tolerance), "3", 0, 1000, NULL,
      "smaller changes are no changes" },
    { 0 },
};

/* --- What is read --- */

static int add_study(const struct view_args *view, const char *path, struct history *h)
{
    struct study *study = NULL;
    struct analysis *analysis = NULL;
    int rc = view_analyse(view, path, &study, &analysis);
    if (rc == 0)
        return history_add(h, study, analysis);
    analysis_destroy(analysis);
    study_destroy(study);
    return rc;
}

static bool holds(const char *folder, const char *name)
{
    char *path = NULL;
    bool there = asprintf(&path, "%s/%s", folder, name) >= 0 && access(path, F_OK) == 0;
    free(path);
    return there;
}

/* A folder is a study, or holds studies. */
static int add_path(const struct view_args *view, const char *path, struct history *h)
{
    struct stat about;
    struct dirent **inside;
    if (strcmp(path, "-") == 0 || stat(path, &about) != 0 || !S_ISDIR(about.st_mode) || holds(path, "runs.jsonl"))
        return add_study(view, path, h);
    int rc = 0, found = 0, n = scandir(path, &inside, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char *below = NULL;
        if (rc == 0 && inside[i]->d_name[0] != '.') {
            rc = asprintf(&below, "%s/%s", path, inside[i]->d_name) < 0 ? -ENOMEM : 0;
            if (rc == 0 && holds(below, "runs.jsonl")) {
                rc = add_study(view, below, h);
                found++;
            }
            free(below);
        }
        free(inside[i]);
    }
    if (n >= 0)
        free(inside);
    if (rc == 0 && found == 0) {
        message_error("%s: neither a study nor a folder with studies in it (a study has a runs.jsonl)", path);
        rc = -ENOENT;
    }
    return rc;
}

/* --- What is printed --- */

static const struct verdict *verdict_of(const struct history_entry *e)
{
    return &e->analysis->verdict[e->analysis->curves.n - 1];
}

static uint64_t recommended(const struct history_entry *e)
{
    const struct point *p = verdict_of(e)->recommended.point;
    return p ? p->count : 0;
}

static double best_speedup(const struct history_entry *e)
{
    return verdict_of(e)->best ? verdict_of(e)->best->speedup : NAN;
}

static void print_text(const struct history *h)
{
    char seconds[WORDS_NUMBER_LEN], best[WORDS_NUMBER_LEN];
    words_title(stdout, h->entry[h->n - 1].analysis);
    printf(": %zu studies, times at %llu %ss\n\n", h->n, (unsigned long long)h->count, words_unit(h->entry[0].analysis));
    printf("  %-20s  %-12s  %9s  %8s  %-16s  %-8s  %8s  %11s  %s\n", "date", "revision", "time, s", "ratio", "95 %", "change",
        "speed-up", "recommended", "study");
    for (size_t i = 0; i < h->n; i++) {
        const struct history_entry *e = &h->entry[i];
        char ratio[16] = "-", interval[40] = "-";
        if (!isnan(e->step.ratio))
            snprintf(ratio, sizeof ratio, "%.3f", e->step.ratio);
        if (!isnan(e->step.ratio_95.low))
            snprintf(interval, sizeof interval, "%.3f to %.3f", e->step.ratio_95.low, e->step.ratio_95.high);
        printf("  %-20.20s  %-12.12s  %9s  %8s  %-16s  %-8s  %8s  %11llu  %s\n", *e->date ? e->date : "-", *e->revision ? e->revision : "-",
            words_number(e->point ? e->point->time.median : NAN, 4, seconds), ratio, interval, i ? change_names[e->step.change] : "-",
            words_number(best_speedup(e), 3, best), (unsigned long long)recommended(e), e->study->name);
    }
    puts("\nThe ratio is this time over the one before; p-values with Holm's correction over all steps.");
}

static void print_csv(const struct history *h)
{
    puts("date,revision,count,median_s,ratio,ratio_low,ratio_high,p,change,best_speedup,recommended,study");
    for (size_t i = 0; i < h->n; i++) {
        const struct history_entry *e = &h->entry[i];
        double values[] = { e->point ? e->point->time.median : NAN, e->step.ratio, e->step.ratio_95.low, e->step.ratio_95.high, e->step.p };
        printf("%s,\"%s\",%llu", e->date, e->revision, (unsigned long long)h->count);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            isfinite(values[k]) ? printf(",%.9g", values[k]) : printf(",");
        printf(",%s,%.9g,%llu,\"%s\"\n", i ? change_names[e->step.change] : "", best_speedup(e), (unsigned long long)recommended(e),
            e->study->name);
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const struct history *h)
{
    json_t *studies = json_array();
    for (size_t i = 0; i < h->n; i++) {
        const struct history_entry *e = &h->entry[i];
        const struct interval *r = &e->step.ratio_95;
        json_array_append_new(studies, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:I}", "study", e->study->name,
            "date", e->date, "revision", e->revision, "median_s", number(e->point ? e->point->time.median : NAN),
            "ratio", number(e->step.ratio), "ratio_95", isnan(r->low) ? json_null() : json_pack("[f, f]", r->low, r->high),
            "p", number(e->step.p), "change", i ? change_names[e->step.change] : NULL, "best_speedup", number(best_speedup(e)),
            "recommended", (json_int_t)recommended(e)));
    }
    json_t *all = json_pack("{s:s, s:I, s:o}", "schema", "parkit.history/1", "count", (json_int_t)h->count, "studies", studies);
    if (all && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) == 0)
        putchar('\n');
    json_decref(all);
}

/* --- The program --- */

static int history(const struct args *args, const struct view_args *view, char **path, int n)
{
    struct history h = { 0 };
    int rc = 0;
    for (int i = 0; i < n && rc == 0; i++)
        rc = add_path(view, path[i], &h);
    if (rc == 0)
        rc = history_finish(&h, args->tolerance / 100);
    if (rc == 0 && h.count == 0) {
        message_error("these studies have no count in common at which runs ended well");
        rc = -EINVAL;
    }
    if (rc == 0) {
        (args->format == FORMAT_JSON ? print_json : args->format == FORMAT_CSV ? print_csv : print_text)(&h);
        rc = view_finish_output();
    }
    history_destroy(&h);
    return rc;
}

int report_history(int argc, char **argv)
{
    struct args args = { 0 };
    struct view_args view = { 0 };
    const struct option_spec *const tables[] = { options, view_options, NULL };
    void *const targets[] = { &args, &view };
    const struct option_program program = {
        .usage = "parkit-report history [options] STUDY ...",
        .summary = "Studies of one program on one machine in the order of their dates, each compared with the one before. A folder "
                   "that holds studies stands for all of them.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-report history studies\n"
                    "  parkit-report history --format csv monday tuesday wednesday\n",
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (first == argc)
        rc = message_usage("no study; give folders or files");
    else if ((rc = view_check(&view)) == 0)
        rc = history(&args, &view, argv + first, argc - first);
    option_free(&program);
    return exit_code_of(rc == -EIO ? -ENOSPC : rc);
}
