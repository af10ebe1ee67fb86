#include "scaling/journal.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int journal_open(const char *path, const struct grid *grid, uint64_t repeats, struct journal *out)
{
    *out = (struct journal){ .path = strdup(path), .grid = grid, .repeats = repeats,
                             .entry = calloc(grid->n * repeats, sizeof *out->entry) };
    if (out->path && out->entry)
        return 0;
    journal_close(out);
    return -ENOMEM;
}

void journal_close(struct journal *j)
{
    free(j->path);
    free(j->entry);
    *j = (struct journal){ 0 };
}

/* --- Reading --- */

static uint64_t count(const json_t *line, const char *key, uint64_t missing)
{
    const json_t *value = json_object_get(line, key);
    return json_is_integer(value) ? (uint64_t)json_integer_value(value) : missing;
}

static bool is_run_of(const json_t *line, const struct grid_point *p)
{
    return count(line, "threads", 1) == p->threads && count(line, "ranks", 1) == p->ranks &&
           count(line, "nodes", 1) == p->nodes && count(line, "size", 0) == (p->has_size ? p->size : 0);
}

/* 1 + the state; a line that is none of ours has 0. */
static unsigned char state_of(const json_t *line)
{
    const char *schema = json_string_value(json_object_get(line, "schema"));
    const char *state = json_string_value(json_object_get(line, "state"));
    if (schema && state && strcmp(schema, RECORD_SCHEMA) == 0)
        for (unsigned char i = 0; run_state_names[i]; i++)
            if (strcmp(state, run_state_names[i]) == 0)
                return i + 1;
    return 0;
}

static void take(struct journal *j, const json_t *line)
{
    unsigned char state = state_of(line);
    uint64_t rep = count(line, "rep", 0);
    if (state == 0 || rep < 1 || rep > j->repeats)
        return;
    for (size_t p = 0; p < j->grid->n; p++) {
        struct journal_entry *e = &j->entry[p * j->repeats + rep - 1];
        if (!is_run_of(line, &j->grid->point[p]))
            continue;
        if (e->state == 0) {
            const json_t *told = json_object_get(line, "program_s");
            *e = (struct journal_entry){ state, json_number_value(json_object_get(line, "seconds")),
                                         json_is_number(told) ? json_number_value(told) : NAN };
            j->finished++;
            j->not_well += state != 1 + RUN_OK;
        }
        return;
    }
}

int journal_update(struct journal *j)
{
    FILE *f = fopen(j->path, "re");
    char *text = NULL;
    size_t room = 0;
    ssize_t length;
    if (!f && errno == ENOENT)
        return 0;
    if (!f || fseek(f, j->offset, SEEK_SET) != 0) {
        int rc = -errno;
        message_error("cannot read %s: %s", j->path, strerror(-rc));
        if (f)
            fclose(f);
        return rc;
    }
    while ((length = getline(&text, &room, f)) > 0 && text[length - 1] == '\n') {
        json_t *line = json_loadb(text, (size_t)length, 0, NULL);
        take(j, line);
        json_decref(line);
        j->offset += length;
    }
    free(text);
    fclose(f);
    return 0;
}

/* --- Repair --- */

/* The bytes behind the last newline, allocated; NULL if there are none, or without memory. */
static char *torn_end(FILE *f, off_t size, off_t *begin)
{
    off_t at = size;
    while (at > 0 && fseeko(f, at - 1, SEEK_SET) == 0 && getc(f) != '\n')
        at--;
    *begin = at;
    char *text = at < size ? calloc((size_t)(size - at) + 1, 1) : NULL;
    if (text && (fseeko(f, at, SEEK_SET) != 0 || fread(text, 1, (size_t)(size - at), f) != (size_t)(size - at)))
        *text = '\0';
    return text;
}

static int mend(FILE *f, off_t size)
{
    off_t begin;
    char *text = torn_end(f, size, &begin);
    json_t *line = text ? json_loads(text, 0, NULL) : NULL;
    int rc = 0;
    if (line) /* whole but for its newline */
        rc = fseeko(f, size, SEEK_SET) == 0 && putc('\n', f) != EOF && fflush(f) == 0 ? 0 : -errno;
    else if (text)
        rc = ftruncate(fileno(f), begin) == 0 ? 0 : -errno;
    json_decref(line);
    free(text);
    return rc;
}

int journal_repair(const char *path)
{
    struct stat about;
    FILE *f = fopen(path, "r+e");
    int rc = f ? 0 : errno == ENOENT ? 0 : -errno;
    if (f && fstat(fileno(f), &about) == 0 && S_ISREG(about.st_mode))
        rc = mend(f, about.st_size);
    if (f)
        fclose(f);
    if (rc != 0)
        message_error("cannot mend %s: %s", path, strerror(-rc));
    return rc;
}

/* --- Asking --- */

bool journal_done(const struct journal *j, size_t point, uint64_t rep)
{
    return j->entry[point * j->repeats + rep - 1].state != 0;
}

size_t journal_times(const struct journal *j, size_t point, uint64_t before, bool by_program, double *seconds)
{
    size_t n = 0;
    for (uint64_t rep = 1; rep < before && rep <= j->repeats; rep++) {
        const struct journal_entry *e = &j->entry[point * j->repeats + rep - 1];
        double time_s = by_program ? e->program_s : e->seconds;
        if (e->state == 1 + RUN_OK && isfinite(time_s))
            seconds[n++] = time_s;
    }
    return n;
}
