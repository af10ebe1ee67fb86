/* parkit-report compare: did anything become slower? */
#include "common/exit_codes.h"
#include "common/message.h"
#include "scaling/judge/compare.h"
#include "scaling/show/view.h"
#include "scaling/report.h"
#include "scaling/show/words.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

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

/* What is compared. */
struct sides {
    const struct analysis *before, *after;
    struct compared *pair;
    size_t n;
    double tolerance; /* a share */
};

static size_t how_many(const struct sides *s, enum change change)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->pair[i].change == change;
    return n;
}

/* --- Text --- */

static void print_pair(const struct analysis *a, const struct compared *c)
{
    char where[WORDS_POINT_LEN], old[WORDS_NUMBER_LEN], new[WORDS_NUMBER_LEN], interval[64] = "-";
    if (!isnan(c->ratio_95.low))
        snprintf(interval, sizeof interval, "%.3f to %.3f", c->ratio_95.low, c->ratio_95.high);
    printf("  %-34s  %9s  %9s  %7.3f  %-16s  %7.2g  %s\n", words_point(a, c->before, where),
        words_number(c->before->ended[RUN_OK] ? c->before->time.median : NAN, 4, old),
        words_number(c->after->ended[RUN_OK] ? c->after->time.median : NAN, 4, new), c->ratio, interval, c->p,
        change_names[c->change]);
}

static void print_text(const struct sides *s)
{
    printf("%s against %s, %zu points of both\n\n", s->after->study->name, s->before->study->name, s->n);
    printf("  %-34s  %9s  %9s  %7s  %-16s  %7s\n", "", "before, s", "after, s", "ratio", "95 %", "p");
    for (size_t i = 0; i < s->n; i++)
        print_pair(s->before, &s->pair[i]);
    printf("\n%zu slower, %zu faster, %zu the same, %zu unclear, %zu lost. ", how_many(s, CHANGE_SLOWER), how_many(s, CHANGE_FASTER),
        how_many(s, CHANGE_SAME), how_many(s, CHANGE_UNCLEAR), how_many(s, CHANGE_LOST));
    printf("The ratio is time after over time before; intervals by bootstrap, p by the rank sum test with Holm's correction. "
           "Slower or faster: p below %g and more than %g %% of change.\n", COMPARE_LEVEL, 100 * s->tolerance);
    if (how_many(s, CHANGE_UNCLEAR))
        puts("Unclear points need more runs: neither a change nor its absence can be told from the noise.");
}

/* --- For programs --- */

static void print_csv(const struct sides *s)
{
    puts("threads,ranks,nodes,size,before_s,after_s,ratio,ratio_low,ratio_high,p,change");
    for (size_t i = 0; i < s->n; i++) {
        const struct compared *c = &s->pair[i];
        double values[] = { c->before->ended[RUN_OK] ? c->before->time.median : NAN,
                            c->after->ended[RUN_OK] ? c->after->time.median : NAN, c->ratio, c->ratio_95.low, c->ratio_95.high, c->p };
        printf("%llu,%llu,%llu,", (unsigned long long)c->before->threads, (unsigned long long)c->before->ranks,
            (unsigned long long)c->before->nodes);
        if (c->before->has_size)
            printf("%llu", (unsigned long long)c->before->size);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            isfinite(values[k]) ? printf(",%.9g", values[k]) : printf(",");
        printf(",%s\n", change_names[c->change]);
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *pair_json(const struct compared *c)
{
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:s}", "threads", (json_int_t)c->before->threads,
        "ranks", (json_int_t)c->before->ranks, "nodes", (json_int_t)c->before->nodes,
        "size", c->before->has_size ? json_integer((json_int_t)c->before->size) : json_null(), "count", (json_int_t)c->before->count,
        "before_s", number(c->before->ended[RUN_OK] ? c->before->time.median : NAN),
        "after_s", number(c->after->ended[RUN_OK] ? c->after->time.median : NAN), "ratio", number(c->ratio),
        "ratio_95", isnan(c->ratio_95.low) ? json_null() : json_pack("[f, f]", c->ratio_95.low, c->ratio_95.high),
        "p", number(c->p), "change", change_names[c->change]);
}

static void print_json(const struct sides *s)
{
    json_t *points = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(points, pair_json(&s->pair[i]));
    json_t *all = json_pack("{s:s, s:s, s:s, s:f, s:f, s:I, s:I, s:o}", "schema", "parkit.compare/1", "before", s->before->study->name,
        "after", s->after->study->name, "tolerance", s->tolerance, "level", COMPARE_LEVEL, "slower", (json_int_t)how_many(s, CHANGE_SLOWER),
        "faster", (json_int_t)how_many(s, CHANGE_FASTER), "points", points);
    if (all && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) == 0)
        putchar('\n');
    json_decref(all);
}

/* --- The program --- */

static int compare(const struct args *args, const struct view_args *view, char **path)
{
    struct study *study[2] = { NULL, NULL };
    struct analysis *analysis[2] = { NULL, NULL };
    struct sides s = { .tolerance = args->tolerance / 100 };
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = view_analyse(view, path[i], &study[i], &analysis[i]);
    if (rc == 0) {
        s.before = analysis[0];
        s.after = analysis[1];
        rc = compare_studies(s.before, s.after, s.tolerance, &s.pair, &s.n);
    }
    if (rc == 0 && s.n == 0) {
        message_error("%s and %s have no point in common: threads, ranks, nodes and size must be equal", path[0], path[1]);
        rc = -EINVAL;
    }
    if (rc == 0) {
        (args->format == FORMAT_JSON ? print_json : args->format == FORMAT_CSV ? print_csv : print_text)(&s);
        rc = view_finish_output();
    }
    if (rc == 0 && how_many(&s, CHANGE_SLOWER) + how_many(&s, CHANGE_LOST) > 0)
        rc = -EDOM;
    free(s.pair);
    for (int i = 0; i < 2; i++) {
        analysis_destroy(analysis[i]);
        study_destroy(study[i]);
    }
    return rc;
}

int report_compare(int argc, char **argv)
{
    struct args args = { 0 };
    struct view_args view = { 0 };
    const struct option_spec *const tables[] = { options, view_options, NULL };
    void *const targets[] = { &args, &view };
    const struct option_program program = {
        .usage = "parkit-report compare [options] BEFORE AFTER",
        .summary = "What changed from one study to another, point by point, and whether it is more than noise. "
                   "Exits with 1 if any point became slower or has no good run any more, so that a test can watch over speed.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-report compare before after\n"
                    "  parkit-report compare --tolerance 5 --format json main.csv branch.csv\n",
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (argc - first != 2)
        rc = message_usage("compare needs two studies, %d %s given", argc - first, argc - first == 1 ? "is" : "are");
    else if ((rc = view_check(&view)) == 0)
        rc = compare(&args, &view, argv + first);
    option_free(&program);
    return exit_code_of(rc == -EIO ? -ENOSPC : rc);
}
