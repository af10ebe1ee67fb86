#include "scaling/match.h"

#include "common/message.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compile(regex_t *out, const char *option, const char *pattern)
{
    char why[200];
    int rc = regcomp(out, pattern, REG_EXTENDED);
    if (rc == 0)
        return 0;
    regerror(rc, out, why, sizeof why);
    return message_usage("--%s '%s' is not a POSIX extended regular expression: %s", option, pattern, why);
}

int match_create(const char *fom, const char *ok, struct match *out)
{
    memset(out, 0, sizeof *out);
    int rc = 0;
    if (fom) {
        rc = compile(&out->fom, "fom", fom);
        out->has_fom = rc == 0;
    }
    if (rc == 0 && ok) {
        rc = compile(&out->ok, "ok", ok);
        out->has_ok = rc == 0;
    }
    if (rc != 0)
        match_destroy(out);
    return rc;
}

void match_destroy(struct match *m)
{
    if (!m)
        return;
    if (m->has_fom)
        regfree(&m->fom);
    if (m->has_ok)
        regfree(&m->ok);
    memset(m, 0, sizeof *m);
}

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

void match_line(const struct match *m, const char *line, struct match_result *result)
{
    regmatch_t at[2];
    if (m->has_ok && !result->ok)
        result->ok = regexec(&m->ok, line, 0, NULL, 0) == 0;
    if (!m->has_fom)
        return;
    for (int flags = 0; regexec(&m->fom, line, 2, at, flags) == 0; flags = REG_NOTBOL) {
        double value = number_in(line, at[m->fom.re_nsub > 0 ? 1 : 0]);
        if (isfinite(value))
            result->fom = value;
        if (line[at[0].rm_eo] == '\0')
            break;
        line += at[0].rm_eo > 0 ? at[0].rm_eo : 1; /* an empty match must still move on */
    }
}

int match_file(const struct match *m, int fd, struct match_result *out)
{
    *out = (struct match_result){ .fom = NAN, .ok = !m->has_ok };
    if (!m->has_fom && !m->has_ok)
        return 0;
    int copy = dup(fd);
    FILE *f = copy >= 0 ? fdopen(copy, "r") : NULL;
    if (!f) {
        int rc = -errno;
        if (copy >= 0)
            close(copy);
        return rc;
    }
    rewind(f);
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, f)) >= 0) {
        char *rest = line, *part; /* a progress bar rewrites its line by a carriage return */
        while ((part = strsep(&rest, "\r\n")))
            match_line(m, part, out);
    }
    int rc = ferror(f) ? -EIO : 0;
    free(line);
    fclose(f);
    return rc;
}
