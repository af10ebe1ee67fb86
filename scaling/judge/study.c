#include "scaling/judge/study.h"

#include "common/message.h"
#include "scaling/plan/plan.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int study_add(struct study *s, const struct run *run)
{
    if (s->n_runs == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        struct run *more = reallocarray(s->run, room, sizeof *more);
        if (!more)
            return -ENOMEM;
        s->run = more;
        s->room = room;
    }
    s->run[s->n_runs++] = *run;
    return 0;
}

void study_destroy(struct study *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_runs; i++) {
        free(s->run[i].binding);
        free(s->run[i].affinity);
    }
    free(s->run);
    free(s->name);
    json_decref(s->plan);
    json_decref(s->first);
    free(s);
}

int study_use_program_time(struct study *s)
{
    for (size_t i = 0; i < s->n_runs; i++) {
        struct run *r = &s->run[i];
        if (r->state == RUN_OK && !(r->program_s > 0)) {
            message_error("%s: the time of the program is asked for, but run %zu of %zu has no program_s; use --time wall", s->name,
                i + 1, s->n_runs);
            return -EINVAL;
        }
        r->seconds = r->program_s;
    }
    s->by_program = true;
    return 0;
}

static int say_cannot_read(const char *path)
{
    int rc = -errno;
    message_error("cannot read %s: %s", path, strerror(errno));
    return rc;
}

/* The first character that is no blank; EOF if there is none; a negative errno value below EOF. */
static int first_character(const char *path)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return say_cannot_read(path);
    int c;
    do
        c = getc(f);
    while (c != EOF && isspace(c));
    fclose(f);
    return c;
}

static int read_file(struct study *s, const char *path, const char *name)
{
    int first = first_character(path);
    if (first < EOF)
        return first;
    if (first == EOF) {
        message_error("%s: empty; a study needs at least one finished run", name);
        return -EINVAL;
    }
    return first == '{' ? study_read_jsonl(s, path, name) : study_read_csv(s, path, name);
}

/* stdin, kept in a nameless file: both readers want to open what they read. */
static int read_stdin(struct study *s)
{
    char block[65536], path[32];
    size_t got;
    FILE *copy = tmpfile();
    if (!copy)
        return say_cannot_read("standard input");
    while ((got = fread(block, 1, sizeof block, stdin)) > 0 && fwrite(block, 1, got, copy) == got)
        ;
    int rc = fflush(copy) == 0 && !ferror(copy) && !ferror(stdin) ? 0 : say_cannot_read("standard input");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(copy));
    if (rc == 0)
        rc = read_file(s, path, "standard input");
    fclose(copy);
    return rc;
}

static int read_folder(struct study *s, const char *folder)
{
    char *path = NULL;
    if (asprintf(&path, "%s/plan.json", folder) < 0)
        return -ENOMEM;
    int rc = plan_read(path, &s->plan);
    free(path);
    if (rc != 0)
        return rc;
    if (asprintf(&path, "%s/runs.jsonl", folder) < 0)
        return -ENOMEM;
    rc = study_read_jsonl(s, path, path);
    free(path);
    return rc;
}

int study_read(const char *path, struct study **out)
{
    struct stat about;
    int rc = -ENOMEM;
    struct study *s = calloc(1, sizeof *s);
    if (!s || !(s->name = strdup(path)))
        goto out;
    if (strcmp(path, "-") == 0)
        rc = read_stdin(s);
    else if (stat(path, &about) != 0)
        rc = say_cannot_read(path);
    else if (S_ISDIR(about.st_mode))
        rc = read_folder(s, path);
    else
        rc = read_file(s, path, path);
    if (rc == 0 && s->n_runs == 0) {
        message_error("%s: no finished run", path);
        rc = -EINVAL;
    }
    if (rc == 0) {
        *out = s;
        s = NULL;
    }
out:
    study_destroy(s);
    return rc;
}
