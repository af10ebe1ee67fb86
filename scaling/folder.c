#include "scaling/folder.h"

#include "common/clock.h"
#include "common/message.h"
#include "scaling/plan/design.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_WAIT_S 5.0

int folder_name(const char *path, struct folder *out)
{
    *out = (struct folder){ .lock = -1 };
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length == 0)
        return message_usage("--study: the name of the folder is empty");
    out->path = strndup(path, length);
    if (!out->path || asprintf(&out->plan, "%s/plan.json", out->path) < 0 ||
        asprintf(&out->runs, "%s/runs.jsonl", out->path) < 0) {
        folder_close(out);
        return -ENOMEM;
    }
    return 0;
}

void folder_close(struct folder *f)
{
    if (f->lock >= 0)
        close(f->lock);
    free(f->path);
    free(f->plan);
    free(f->runs);
    *f = (struct folder){ .lock = -1 };
}

char *folder_log(const struct folder *f, const char *format, ...)
{
    char *name = NULL, *path = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&name, format, arguments) < 0)
        name = NULL;
    va_end(arguments);
    if (name && asprintf(&path, "%s/logs/%s", f->path, name) < 0)
        path = NULL;
    free(name);
    return path;
}

/* --- What is there --- */

/* What folder_open() leaves if it is killed before the plan is written counts as nothing. */
static bool is_empty(const char *path)
{
    static const char *const nothing[] = { ".", "..", "logs", "plan.json.part" };
    DIR *d = opendir(path);
    const struct dirent *entry;
    bool empty = d != NULL;
    while (empty && (entry = readdir(d))) {
        empty = false;
        for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
            empty |= strcmp(entry->d_name, nothing[i]) == 0;
    }
    if (d)
        closedir(d);
    return empty;
}

/* Whether runs.jsonl has a whole line, so that something would be lost with the plan. */
static bool has_runs(const struct folder *f)
{
    FILE *runs = fopen(f->runs, "re");
    int c = 0;
    while (runs && (c = getc(runs)) != EOF && c != '\n')
        ;
    if (runs)
        fclose(runs);
    return c == '\n';
}

static int read_plan(const struct folder *f, json_t **out)
{
    json_t *plan = json_load_file(f->plan, 0, NULL);
    const char *schema = json_string_value(json_object_get(plan, "schema"));
    if (schema && strcmp(schema, "parkit.plan/1") == 0) {
        *out = plan;
        return 0;
    }
    json_decref(plan);
    message_error("%s is not the plan of a study; choose another folder with --study, or remove %s", f->plan, f->path);
    return -EINVAL;
}

int folder_check(const struct folder *f, const json_t *plan, json_t **there)
{
    struct stat about;
    *there = NULL;
    if (stat(f->path, &about) != 0)
        return 0;
    if (!S_ISDIR(about.st_mode))
        return message_usage("--study: '%s' is a file; give the name of a folder", f->path);
    if (access(f->plan, F_OK) != 0)
        return is_empty(f->path) ? 0 : message_usage("--study: the folder '%s' is not empty and holds no study; choose another name",
            f->path);
    int rc = read_plan(f, there);
    char *difference = rc == 0 ? design_difference(*there, plan) : NULL;
    if (difference && has_runs(f)) {
        message_error("%s holds another study: %s; choose another folder with --study, or remove %s to start anew", f->path,
            difference, f->path);
        rc = -EINVAL;
    }
    free(difference);
    if (rc != 0) {
        json_decref(*there);
        *there = NULL;
    }
    return rc;
}

/* --- Opening --- */

static int make_folders(const char *path)
{
    char *copy = strdup(path);
    int rc = copy ? 0 : -ENOMEM;
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(copy, 0777); /* what is wrong shows at the last */
        *slash = '/';
    }
    if (rc == 0 && mkdir(copy, 0777) != 0 && errno != EEXIST)
        rc = -errno;
    free(copy);
    return rc;
}

/* Not closed on exec: every run holds it too. */
static int take_lock(struct folder *f)
{
    f->lock = open(f->path, O_RDONLY | O_DIRECTORY);
    double until_s = clock_now_s() + LOCK_WAIT_S;
    while (f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) != 0) {
        if (clock_now_s() > until_s) {
            message_error("%s: another parkit-scale is at work in it, or a run that one left behind; wait for it to end, or choose "
                "another folder with --study", f->path);
            return -EBUSY;
        }
        clock_sleep_s(0.05);
    }
    return f->lock >= 0 ? 0 : -errno;
}

int folder_open(struct folder *f)
{
    char *logs = folder_log(f, "%s", "");
    int rc = -ENOMEM;
    if (logs) {
        logs[strlen(logs) - 1] = '\0'; /* its slash */
        rc = make_folders(logs);
        if (rc == 0 && (access(f->path, W_OK) != 0 || access(logs, W_OK) != 0))
            rc = -errno;
    }
    free(logs);
    if (rc != 0) {
        message_error("the folder '%s' cannot be made or written: %s; choose another with --study", f->path, strerror(-rc));
        return rc;
    }
    return take_lock(f);
}

static int write_and_sync(const char *path, const json_t *plan)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    int rc = json_dumpf(plan, file, JSON_INDENT(2)) == 0 && putc('\n', file) != EOF && fflush(file) == 0 &&
             fsync(fileno(file)) == 0 ? 0 : errno ? -errno : -EIO;
    return fclose(file) == 0 || rc != 0 ? rc : -errno;
}

int folder_write_plan(const struct folder *f, const json_t *plan)
{
    char *part = NULL;
    if (asprintf(&part, "%s.part", f->plan) < 0)
        return -ENOMEM;
    int rc = write_and_sync(part, plan);
    if (rc == 0 && (rename(part, f->plan) != 0 || fsync(f->lock) != 0)) /* the lock is the folder: its names too */
        rc = -errno;
    if (rc != 0) {
        unlink(part);
        message_error("cannot write %s: %s", f->plan, strerror(-rc));
    }
    free(part);
    return rc;
}
