#include "scaling/measure/match.h"

#include "common/message.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Patterns --- */

static int compile(struct pattern *out, const char *option, const char *text)
{
    static const char prefix[] = "json:";
    char why[200];
    if (!text)
        return 0;
    if (strncmp(text, prefix, sizeof prefix - 1) == 0) {
        out->kind = PATTERN_JSON;
        out->key = text + sizeof prefix - 1;
        return *out->key ? 0 : message_usage("--%s '%s' names no key; write for example --%s json:seconds", option, text, option);
    }
    int rc = regcomp(&out->regex, text, REG_EXTENDED);
    if (rc == 0) {
        out->kind = PATTERN_REGEX;
        return 0;
    }
    regerror(rc, &out->regex, why, sizeof why);
    return message_usage("--%s '%s' is not a POSIX extended regular expression: %s", option, text, why);
}

int match_create(const struct match_texts *texts, struct match *out)
{
    memset(out, 0, sizeof *out);
    int rc = compile(&out->fom, "fom", texts->fom);
    if (rc == 0)
        rc = compile(&out->time, "time", texts->time);
    if (rc == 0)
        rc = compile(&out->ok, "ok", texts->ok);
    if (rc != 0)
        match_destroy(out);
    return rc;
}

static void forget(struct pattern *p)
{
    if (p->kind == PATTERN_REGEX)
        regfree(&p->regex);
}

void match_destroy(struct match *m)
{
    if (!m)
        return;
    forget(&m->fom);
    forget(&m->time);
    forget(&m->ok);
    memset(m, 0, sizeof *m);
}

bool match_wanted(const struct match *m)
{
    return m->fom.kind || m->time.kind || m->ok.kind;
}

/* --- Regular expressions --- */

/* The number that a match stands for; NaN if it is none. */
static double number_in(const char *text, regmatch_t where)
{
    char copy[64], *end;
    size_t length = (size_t)(where.rm_eo - where.rm_so);
    if (where.rm_so < 0 || length == 0 || length >= sizeof copy)
        return NAN;
    memcpy(copy, text + where.rm_so, length);
    copy[length] = '\0';
    double value = strtod(copy, &end);
    end += strspn(end, " \t\r");
    return *end == '\0' && isfinite(value) ? value : NAN;
}

/* The last number of the line goes to @value; without one it stays. */
static void number_of_line(const struct pattern *p, const char *line, double *value)
{
    regmatch_t at[2];
    if (p->kind != PATTERN_REGEX)
        return;
    for (int flags = 0; regexec(&p->regex, line, 2, at, flags) == 0; flags = REG_NOTBOL) {
        double found = number_in(line, at[p->regex.re_nsub > 0 ? 1 : 0]);
        if (isfinite(found))
            *value = found;
        if (line[at[0].rm_eo] == '\0')
            break;
        line += at[0].rm_eo > 0 ? at[0].rm_eo : 1; /* an empty match must still move on */
    }
}

/* --- JSON --- */

/* What @key leads to: a.b is a within b, a.0 the first of an array. NULL: nothing. */
static const json_t *follow(const json_t *from, const char *key)
{
    while (from && *key) {
        char name[128];
        size_t length = strcspn(key, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, key);
        if (json_is_array(from))
            from = isdigit((unsigned char)*name) ? json_array_get(from, strtoul(name, NULL, 10)) : NULL;
        else
            from = json_object_get(from, name);
        key += length + (key[length] == '.');
    }
    return from;
}

static void number_of_object(const struct pattern *p, const json_t *object, double *value)
{
    const json_t *found = p->kind == PATTERN_JSON ? follow(object, p->key) : NULL;
    if (json_is_number(found))
        *value = json_number_value(found);
}

/* The last object that has the key decides. */
static void verdict_of_object(const struct pattern *p, const json_t *object, bool *ok)
{
    const json_t *found = p->kind == PATTERN_JSON ? follow(object, p->key) : NULL;
    if (found)
        *ok = json_is_true(found) || (json_is_number(found) && json_number_value(found) != 0);
}

static void search_object(const struct match *m, const json_t *object, struct match_result *out)
{
    number_of_object(&m->fom, object, &out->fom);
    number_of_object(&m->time, object, &out->time_s);
    verdict_of_object(&m->ok, object, &out->ok);
}

static bool wants_json(const struct match *m)
{
    return m->fom.kind == PATTERN_JSON || m->time.kind == PATTERN_JSON || m->ok.kind == PATTERN_JSON;
}

/* --- The output --- */

/* Returns whether the line was a JSON object. */
static bool search_line(const struct match *m, const char *line, struct match_result *out)
{
    number_of_line(&m->fom, line, &out->fom);
    number_of_line(&m->time, line, &out->time_s);
    if (m->ok.kind == PATTERN_REGEX && !out->ok)
        out->ok = regexec(&m->ok.regex, line, 0, NULL, 0) == 0;
    if (!wants_json(m) || line[strspn(line, " \t")] != '{')
        return false;
    json_t *object = json_loads(line, 0, NULL);
    search_object(m, object, out);
    json_decref(object);
    return object != NULL;
}

/* The first object of several lines: from the line at which one begins. */
static void search_long_object(const struct match *m, FILE *f, struct match_result *out)
{
    int c, before = '\n';
    json_t *object = NULL;
    rewind(f);
    while (!object && (c = getc(f)) != EOF) {
        if (c == '{' && before == '\n') {
            long start = ftell(f);
            fseek(f, start - 1, SEEK_SET);
            object = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL);
            if (!object)
                fseek(f, start, SEEK_SET);
        }
        before = c;
    }
    search_object(m, object, out);
    json_decref(object);
}

static int search(const struct match *m, FILE *f, struct match_result *out)
{
    char *line = NULL;
    size_t room = 0;
    bool objects = false;
    rewind(f);
    while (getline(&line, &room, f) >= 0) {
        char *rest = line, *part; /* a progress bar rewrites its line by a carriage return */
        while ((part = strsep(&rest, "\r\n")))
            objects |= search_line(m, part, out);
    }
    free(line);
    if (ferror(f))
        return -EIO;
    if (wants_json(m) && !objects)
        search_long_object(m, f, out);
    return 0;
}

int match_file(const struct match *m, int fd, struct match_result *out)
{
    *out = (struct match_result){ .fom = NAN, .time_s = NAN, .ok = m->ok.kind == PATTERN_NONE };
    if (!match_wanted(m))
        return 0;
    int copy = dup(fd), rc = 0;
    FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (f) {
        rc = search(m, f, out);
        fclose(f);
        return rc;
    }
    rc = -errno;
    if (copy >= 0)
        close(copy);
    return rc;
}
