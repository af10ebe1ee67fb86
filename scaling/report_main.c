/*
 * parkit-report: what a scaling study says, as text, Markdown, CSV, JSON or HTML; `compare` and `history` look at
 * several (report_compare.c, report_history.c).
 */
#include "common/exit_codes.h"
#include "common/message.h"
#include "common/option.h"
#include "scaling/show/view.h"
#include "scaling/show/publish.h"
#include "scaling/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct args {
    int format;
    const char *write, *stream;
    uint64_t predict;
};

enum { FORMAT_TEXT, FORMAT_MD, FORMAT_CSV, FORMAT_JSON, FORMAT_HTML };
static const char *const format_names[] = { "text", "md", "csv", "json", "html", NULL };
static show_function *const shows[] = { show_text, show_markdown, show_csv, show_json, show_html };

static const struct option_spec options[] = {
    { 'f', "format", "FORMAT", OPTION_CHOICE, offsetof(struct args, format), "text", 0, 0, format_names,
      "what to print" },
    { 'p', "predict", "N", OPTION_UINT, offsetof(struct args, predict), NULL, 0, 0, NULL,
      "predict the time on N processors, at most twice the largest count measured (default: just that)" },
    { 0, "stream", "STUDY", OPTION_STRING, offsetof(struct args, stream), NULL, 0, 0, NULL,
      "a study of a memory benchmark at the same counts, to tell whether memory bandwidth is the limit" },
    { 'w', "write", "DIR", OPTION_STRING, offsetof(struct args, write), NULL, 0, 0, NULL,
      "write summary.csv, summary.json, report.md, report.html, pictures and their script into DIR instead" },
    { 0 },
};

static int print(const struct args *a, const struct analysis *analysis)
{
    struct pictures pictures = { 0 };
    int rc = a->format == FORMAT_HTML ? picture_make(analysis, NULL, &pictures) : 0;
    if (rc == 0) {
        shows[a->format](stdout, analysis, &pictures);
        rc = view_finish_output();
    }
    pictures_destroy(&pictures);
    return rc;
}

/* A law holds where it was measured and a little beyond. */
static int check_predict(const struct args *a, const struct analysis *analysis)
{
    const struct curve *c = analysis_main_curve(analysis);
    uint64_t most = c->n_front ? c->front[c->n_front - 1]->count : 0;
    if (!option_given("predict") || (a->predict > 0 && a->predict <= LAWS_REACH * most))
        return 0;
    return message_usage("--predict %llu is out of reach: the largest count measured is %llu, so give 1 to %llu, or measure more",
        (unsigned long long)a->predict, (unsigned long long)most, (unsigned long long)(LAWS_REACH * most));
}

static int report(const struct args *a, const struct view_args *view, const char *path)
{
    struct study *study = NULL, *stream = NULL;
    struct analysis *analysis = NULL;
    struct question ask, unused;
    int rc = view_read(view, path, &study, &ask);
    if (rc == 0 && a->stream)
        rc = view_read(&(struct view_args){ .time = view->time }, a->stream, &stream, &unused);
    if (rc == 0) {
        ask.predict = a->predict;
        ask.stream = stream;
        rc = analysis_create(study, &ask, &analysis);
        if (rc == -ENOMEM)
            message_error("not enough memory for %zu runs", study->n_runs);
    }
    if (rc == 0)
        rc = check_predict(a, analysis);
    if (rc == 0)
        rc = a->write ? publish_all(analysis, a->write) : print(a, analysis);
    analysis_destroy(analysis);
    study_destroy(study);
    study_destroy(stream);
    return rc;
}

static int report_main(int argc, char **argv)
{
    struct args args = { 0 };
    struct view_args view = { 0 };
    const struct option_spec *const tables[] = { options, view_options, NULL };
    void *const targets[] = { &args, &view };
    const struct option_program program = {
        .usage = "parkit-report [options] STUDY\n       parkit-report compare [options] BEFORE AFTER\n"
                 "       parkit-report history [options] STUDY ...",
        .summary = "Speed-up, efficiency, fitted laws and a recommended count from a scaling study: a folder of parkit-scale, "
                   "a runs.jsonl, a CSV with the columns threads, ranks or nodes, and seconds, or - for stdin.\n"
                   "compare: what changed between two studies, and whether that is more than noise. history: one program on one "
                   "machine over time.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-report study\n"
                    "  parkit-report --rule csc --format md timings.csv\n"
                    "  parkit-report compare before after\n"
                    "  printf 'threads,seconds\\n1,8.1\\n2,4.2\\n' | parkit-report -\n",
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (first + 1 != argc)
        rc = first == argc ? message_usage("no study; give a folder, a file or -")
                           : message_usage("one study at a time: '%s' is one too many", argv[first + 1]);
    else if ((rc = view_check(&view)) == 0)
        rc = report(&args, &view, argv[first]);
    option_free(&program);
    /* A disk that fails is missing, not a wrong answer. */
    return exit_code_of(rc == -EIO ? -ENOSPC : rc);
}

int main(int argc, char **argv)
{
    message_init("parkit-report");
    if (argc > 1 && strcmp(argv[1], "compare") == 0)
        return report_compare(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "history") == 0)
        return report_history(argc - 1, argv + 1);
    return report_main(argc, argv);
}
