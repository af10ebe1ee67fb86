#include "scaling/scale.h"

#include "common/exit_codes.h"
#include "common/message.h"
#include "scaling/forecast.h"
#include "scaling/measure/machine.h"
#include "scaling/scale_options.h"
#include "scaling/sweep.h"
#include "scaling/plan/template.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* --- Before --- */

static int check_command(const struct design *d)
{
    char **words = template_fill_words(d->command, &d->grid.point[0], 1), *path = words ? machine_find(words[0]) : NULL;
    int rc = path ? 0 : words ? -ENOENT : -ENOMEM;
    if (words && !path)
        message_error("the command '%s' is not found or may not be run%s%s", words[0],
            strchr(words[0], '/') ? "" : "; give its path, as in ./", strchr(words[0], '/') ? "" : words[0]);
    template_free(words);
    free(path);
    return rc;
}

static int dry_run(const struct scale_options *o, const struct sweep *s)
{
    struct forecast f;
    int rc = journal_update(s->journal);
    if (rc == 0)
        rc = sweep_print(s);
    if (rc == 0)
        rc = forecast_make(s->design, s->journal, o->expect_s, s->design->warmups, &f);
    if (rc == 0) {
        forecast_print(s->design, &f);
        if (s->journal->finished)
            printf("# %zu runs are finished in %s\n", s->journal->finished, s->folder->path);
    }
    return rc;
}

/* A plan under which nothing was measured may be replaced. */
static int settle_plan(const struct sweep *s, const json_t *plan, const json_t *there)
{
    if (!there || s->journal->finished == 0)
        return folder_write_plan(s->folder, plan);
    const char *old = json_string_value(json_object_get(json_object_get(there, "machine"), "cpu"));
    const char *new = json_string_value(json_object_get(json_object_get(plan, "machine"), "cpu"));
    if (old && new && strcmp(old, new) != 0)
        message_warn("%s was begun on another kind of processor (%s); its points will not be comparable", s->folder->path, old);
    return 0;
}

/* --- After --- */

/* Run parkit-report with @arguments behind its name; its exit code, -1 if it could not be run. */
static int report(char *const *arguments)
{
    pid_t pid;
    int status, rc = posix_spawnp(&pid, arguments[0], NULL, NULL, arguments, environ);
    if (rc != 0) {
        message_error("cannot run parkit-report: %s; the runs are kept, and the same command goes on with the report", strerror(rc));
        return EXIT_MISSING;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_WRONG;
}

static int write_report(const struct design *d, const struct folder *folder)
{
    char *path = folder->path, *rule = (char *)d->rule;
    char *write[] = { "parkit-report", path, "--rule", rule, "--write", path, NULL };
    char *show[] = { "parkit-report", path, "--rule", rule, NULL };
    int code = report(write);
    if (code == 0)
        code = report(show);
    if (code == 0)
        printf("\nReport: %s/report.html\n", path);
    return code;
}

static int finish(const struct sweep *s)
{
    int code = write_report(s->design, s->folder);
    if (code == 0 && s->journal->not_well > 0) {
        message_error("%zu of %zu runs failed, timed out or gave a wrong answer; see %s/report.html and %s/logs",
            s->journal->not_well, s->journal->finished, s->folder->path, s->folder->path);
        code = EXIT_WRONG;
    }
    return code;
}

/* --- The study --- */

/* Returns an exit code, or minus the signal that ended it. */
static int measure(const struct sweep *s, struct folder *folder, const json_t *plan)
{
    json_t *there = NULL;
    int rc = folder_open(folder);
    if (rc == 0) /* again: another may have begun a study while we waited for the lock */
        rc = folder_check(folder, plan, &there);
    if (rc == 0)
        rc = journal_repair(folder->runs);
    if (rc == 0)
        rc = journal_update(s->journal);
    if (rc == 0)
        rc = settle_plan(s, plan, there);
    json_decref(there);
    if (rc != 0)
        return exit_code_of(rc);
    if (s->journal->finished)
        message_note("%zu of %zu runs are finished already", s->journal->finished, design_total(s->design));
    rc = sweep_run(s);
    if (rc > 0) {
        message_note("interrupted; %zu of %zu runs are finished, and the same command goes on with the rest",
            s->journal->finished, design_total(s->design));
        return -rc;
    }
    return rc < 0 ? exit_code_of(rc) : finish(s);
}

static int study(const struct scale_options *o, struct design *d)
{
    struct folder folder;
    struct journal journal = { 0 };
    json_t *plan = NULL, *there = NULL;
    int code, rc = folder_name(o->study, &folder);
    if (rc != 0)
        return exit_code_of(rc);
    const struct sweep sweep = { .design = d, .folder = &folder, .journal = &journal, .progress = o->show_progress };
    rc = journal_open(folder.runs, &d->grid, d->max_repeats, &journal);
    if (rc == 0)
        rc = check_command(d);
    if (rc == 0 && !(plan = design_json(d)))
        rc = -ENOMEM;
    if (rc == 0)
        rc = folder_check(&folder, plan, &there);
    if (rc == 0 && o->dry_run)
        rc = dry_run(o, &sweep);
    code = rc != 0 || o->dry_run ? exit_code_of(rc) : measure(&sweep, &folder, plan);
    json_decref(there);
    json_decref(plan);
    journal_close(&journal);
    folder_close(&folder);
    return code;
}

int scale_main(int argc, char **argv)
{
    struct scale_options options;
    struct design design;
    message_init("parkit-scale");
    int rc = scale_options_read(argc, argv, &options, &design);
    int code = rc > 0 ? EXIT_RIGHT : rc < 0 ? exit_code_of(rc) : study(&options, &design);
    if (rc == 0)
        scale_options_free(&options, &design);
    if (code == 0 && (fflush(stdout) != 0 || ferror(stdout))) {
        message_error("cannot write to standard output: %s", strerror(errno));
        code = EXIT_MISSING;
    }
    if (code < 0) {
        signal(-code, SIG_DFL);
        raise(-code);
    }
    return code;
}
