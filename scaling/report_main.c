/* parkit-report: what a scaling study says, as text, Markdown, CSV, JSON or HTML. */
#include "common/exit_codes.h"
#include "common/message.h"
#include "common/option.h"
#include "scaling/plan.h"
#include "scaling/publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct args {
    int format;
    const char *rule, *write;
    bool weak, strong;
};

enum { FORMAT_TEXT, FORMAT_MD, FORMAT_CSV, FORMAT_JSON, FORMAT_HTML };
static const char *const format_names[] = { "text", "md", "csv", "json", "html", NULL };
static show_function *const shows[] = { show_text, show_markdown, show_csv, show_json, show_html };

static const struct option_spec options[] = {
    { 'f', "format", "FORMAT", OPTION_CHOICE, offsetof(struct args, format), "text", 0, 0, format_names,
      "what to print" },
    { 'r', "rule", "RULE", OPTION_STRING, offsetof(struct args, rule), NULL, 0, 0, NULL,
      "which count to recommend: fastest, eff=X, csc, notur, cheapest (default: the plan's, else " RULE_DEFAULT ")" },
    { 0, "strong", NULL, OPTION_FLAG, offsetof(struct args, strong), NULL, 0, 0, NULL,
      "one problem on more and more processors (default, unless the plan says weak)" },
    { 0, "weak", NULL, OPTION_FLAG, offsetof(struct args, weak), NULL, 0, 0, NULL,
      "the problem grows with the processors" },
    { 'w', "write", "DIR", OPTION_STRING, offsetof(struct args, write), NULL, 0, 0, NULL,
      "write summary.csv, summary.json, report.md, report.html, pictures and their script into DIR instead" },
    { 0 },
};

static bool is_weak(const struct args *a, const struct study *study)
{
    const char *mode = plan_text(study->plan, "mode");
    if (a->weak || a->strong)
        return a->weak;
    return mode && strcmp(mode, "weak") == 0;
}

static int print(const struct args *a, const struct analysis *analysis)
{
    struct pictures pictures = { 0 };
    int rc = a->format == FORMAT_HTML ? picture_make(analysis, NULL, &pictures) : 0;
    if (rc == 0) {
        shows[a->format](stdout, analysis, &pictures);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            message_error("cannot write to standard output: %s", strerror(errno));
            rc = -ENOSPC;
        }
    }
    pictures_destroy(&pictures);
    return rc;
}

static int report(const struct args *a, const char *path)
{
    struct study *study = NULL;
    struct analysis *analysis = NULL;
    struct rule rule;
    int rc = rule_parse(a->rule ? a->rule : RULE_DEFAULT, &rule);
    if (rc == 0)
        rc = study_read(path, &study);
    if (rc == 0 && !a->rule && plan_text(study->plan, "rule"))
        rc = rule_parse(plan_text(study->plan, "rule"), &rule);
    if (rc == 0) {
        rc = analysis_create(study, is_weak(a, study), &rule, &analysis);
        if (rc == -ENOMEM)
            message_error("not enough memory for %zu runs", study->n_runs);
    }
    if (rc == 0 && study->torn)
        message_warn("%s: %zu line%s cut off and ignored", path, study->torn, study->torn == 1 ? " was" : "s were");
    if (rc == 0)
        rc = a->write ? publish_all(analysis, a->write) : print(a, analysis);
    analysis_destroy(analysis);
    study_destroy(study);
    return rc;
}

int main(int argc, char **argv)
{
    message_init("parkit-report");
    struct args args = { 0 };
    const struct option_spec *const tables[] = { options, NULL };
    void *const targets[] = { &args };
    const struct option_program program = {
        .usage = "parkit-report [options] STUDY",
        .summary = "Speed-up, efficiency, fitted laws and a recommended count from a scaling study: a folder of parkit-scale, "
                   "a runs.jsonl, a CSV with the columns threads, ranks or nodes, and seconds, or - for stdin.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-report study\n"
                    "  parkit-report --rule csc --format md timings.csv\n"
                    "  printf 'threads,seconds\\n1,8.1\\n2,4.2\\n' | parkit-report -\n",
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (first + 1 != argc)
        rc = first == argc ? message_usage("no study; give a folder, a file or -")
                           : message_usage("one study at a time: '%s' is one too many", argv[first + 1]);
    else if (args.weak && args.strong)
        rc = message_usage("--weak and --strong exclude each other");
    else
        rc = report(&args, argv[first]);
    option_free(&program);
    /* A disk that fails is missing, not a wrong answer. */
    return exit_code_of(rc == -EIO ? -ENOSPC : rc);
}
