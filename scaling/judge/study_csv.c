/*
 * Runs as CSV (RFC 4180): a header, then one row a run. The columns come in any order; "seconds" and at
 * least one of threads, ranks and nodes are needed. Blank lines and lines that begin with # are skipped.
 */
#include "common/message.h"
#include "common/size.h"
#include "scaling/judge/study.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { THREADS, RANKS, NODES, SIZE, ORDER, SECONDS, PROGRAM, FOM, STATE, COLUMN_COUNT };
static const char *const column_names[] = { "threads", "ranks", "nodes", "size", "order", "seconds", "program_s", "fom", "state" };
#define KNOWN_COLUMNS "threads, ranks, nodes, size, seconds, program_s, fom, state, order"

enum { FIELD_MAX = 64 };

struct csv {
    const char *name;
    size_t line;
    size_t n_fields;
    int column_of[FIELD_MAX]; /* which column each field is; -1: not ours */
};

/* Cut blanks from both ends. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return text;
}

/* Split @line in place. Returns the number of fields, or -1 for too many or a quote left open. */
static int split(char *line, char *field[FIELD_MAX])
{
    int n = 0;
    for (char *in = trim(line); in; n++) {
        if (n == FIELD_MAX)
            return -1;
        in += strspn(in, " \t");
        if (*in != '"') {
            field[n] = strsep(&in, ",");
        } else {
            char *out = field[n] = ++in;
            for (; *in && (*in != '"' || in[1] == '"'); *out++ = *in++)
                in += *in == '"';
            if (*in != '"')
                return -1;
            strsep(&in, ",");
            *out = '\0';
        }
        field[n] = trim(field[n]);
    }
    return n;
}

static int malformed(const struct csv *c, const char *what, const char *text, const char *wanted)
{
    enum { SHOWN = 40 };
    char start[SHOWN + 1], clean[4 * SHOWN + 6]; /* the file may be anything, and a terminal obeys some bytes */
    snprintf(start, sizeof start, "%s", text);
    message_error("%s:%zu: %s '%s' %s", c->name, c->line, what, message_printable(start, clean, sizeof clean), wanted);
    return -EINVAL;
}

static int column_named(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (strcasecmp(name, column_names[i]) == 0)
            return i;
    return -1;
}

static int read_header(struct csv *c, char *line)
{
    bool have[COLUMN_COUNT] = { false };
    char *field[FIELD_MAX];
    int n = split(line, field);
    if (n < 0)
        return malformed(c, "header", field[0], "cannot be split: a quote is not closed, or there are more than 64 columns");
    for (int i = 0; i < n; i++) {
        int column = c->column_of[i] = column_named(field[i]);
        if (column < 0)
            continue;
        if (have[column])
            return malformed(c, "column", field[i], "appears twice");
        have[column] = true;
    }
    c->n_fields = (size_t)n;
    if (!have[SECONDS] || !(have[THREADS] || have[RANKS] || have[NODES]))
        return malformed(c, "header begins with", field[0],
            "but needs the columns 'seconds' and at least one of 'threads', 'ranks', 'nodes' (known: " KNOWN_COLUMNS ")");
    return 0;
}

static int get_count(const struct csv *c, enum column column, const char *text, uint64_t least, uint64_t *out)
{
    if (size_parse(text, out) != 0 || *out < least || *out > INT64_MAX) /* JSON has no larger integers */
        return malformed(c, column_names[column], text, least ? "is not a whole number of at least 1" : "is not a whole number");
    return 0;
}

static int get_number(const struct csv *c, enum column column, const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end || !isfinite(*out))
        return malformed(c, column_names[column], text, "is not a number");
    return 0;
}

static int get_state(const struct csv *c, const char *text, enum run_state *out)
{
    for (int i = 0; run_state_names[i]; i++)
        if (strcmp(text, run_state_names[i]) == 0) {
            *out = (enum run_state)i;
            return 0;
        }
    return malformed(c, "state", text, "is not one of ok, failed, timeout, wrong");
}

static int get_field(const struct csv *c, enum column column, const char *text, struct run *run)
{
    uint64_t order;
    int rc = 0;
    if (*text == '\0' && column != SECONDS)
        return 0; /* an empty field is an unknown one */
    switch (column) {
    case THREADS:
        return get_count(c, column, text, 1, &run->threads);
    case RANKS:
        return get_count(c, column, text, 1, &run->ranks);
    case NODES:
        return get_count(c, column, text, 1, &run->nodes);
    case SIZE:
        rc = get_count(c, column, text, 0, &run->size);
        run->has_size = rc == 0;
        return rc;
    case ORDER:
        rc = get_count(c, column, text, 0, &order);
        run->order = rc == 0 && order <= INT64_MAX ? (int64_t)order : -1;
        return rc;
    case SECONDS:
        return *text ? get_number(c, column, text, &run->seconds) : 0;
    case PROGRAM:
        return get_number(c, column, text, &run->program_s);
    case FOM:
        return get_number(c, column, text, &run->fom);
    case STATE:
        return get_state(c, text, &run->state);
    default:
        return 0;
    }
}

static int read_row(struct study *s, struct csv *c, char *line)
{
    struct run run = RUN_BLANK;
    char *field[FIELD_MAX];
    int n = split(line, field), rc = 0;
    if (n < 0)
        return malformed(c, "line", field[0], "cannot be split: a quote is not closed, or there are more than 64 fields");
    if ((size_t)n != c->n_fields) {
        message_error("%s:%zu: %d fields where the header has %zu", c->name, c->line, n, c->n_fields);
        return -EINVAL;
    }
    for (int i = 0; i < n && rc == 0; i++)
        if (c->column_of[i] >= 0)
            rc = get_field(c, (enum column)c->column_of[i], field[i], &run);
    if (rc == 0 && run.state == RUN_OK && !(run.seconds > 0)) {
        message_error("%s:%zu: a run that is ok needs seconds above 0", c->name, c->line);
        rc = -EINVAL;
    }
    run.wall_s = run.seconds;
    return rc == 0 ? study_add(s, &run) : rc;
}

int study_read_csv(struct study *s, const char *path, const char *name)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        int rc = -errno;
        message_error("cannot read %s: %s", name, strerror(errno));
        return rc;
    }
    struct csv c = { .name = name };
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, f) >= 0) {
        c.line++;
        char *text = trim(line);
        if (c.line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* the mark some spreadsheets write */
            text += 3;
        if (*text == '\0' || *text == '#')
            continue;
        rc = c.n_fields ? read_row(s, &c, text) : read_header(&c, text);
    }
    if (rc == 0 && ferror(f)) {
        message_error("cannot read %s: input error", name);
        rc = -EIO;
    }
    free(line);
    fclose(f);
    return rc;
}
