#include "io_bound/files/version.h"

#include "io_bound/http_date.h"

#include <string.h>

static const time_t SURE_S = 60;

static bool is_weak(const char *etag)
{
    return etag[0] == 'W';
}

/* entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE (RFC 9110, section 8.8.3) */
static bool is_etag(const char *value)
{
    const char *c = strncmp(value, "W/", 2) == 0 ? value + 2 : value;
    size_t length = strlen(c);
    if (length < 2 || c[0] != '"' || c[length - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < length; i++)
        if ((unsigned char)c[i] < 0x21 || c[i] == '"' || c[i] == 0x7f)
            return false;
    return true;
}

/* @value, which fits, or nothing. */
static void set(char *field, const char *value, bool usable)
{
    if (usable)
        memcpy(field, value, strlen(value) + 1);
    else
        field[0] = '\0';
}

void version_set_etag(struct version *v, const char *value)
{
    set(v->etag, value, strlen(value) < sizeof v->etag && is_etag(value));
}

void version_set_modified(struct version *v, const char *value, time_t date)
{
    bool plain = strlen(value) < sizeof v->modified && !strpbrk(value, "\t\r\n"); /* the ledger's separators */
    time_t modified = plain ? http_date(value) : -1;
    set(v->modified, value, modified >= 0);
    v->modified_strong = modified >= 0 && date >= 0 && modified + SURE_S <= date;
}

const char *version_validator(const struct version *v)
{
    if (v->etag[0] && !is_weak(v->etag))
        return v->etag;
    return v->modified[0] && v->modified_strong ? v->modified : NULL;
}

bool version_differs(const struct version *before, const struct version *now)
{
    return (before->has_total && now->has_total && before->total != now->total) ||
           (before->etag[0] && now->etag[0] && strcmp(before->etag, now->etag) != 0) ||
           (before->modified[0] && now->modified[0] && strcmp(before->modified, now->modified) != 0);
}

bool version_same(const struct version *before, const struct version *now)
{
    if (!before->has_total || !now->has_total || version_differs(before, now))
        return false;
    bool tag = before->etag[0] && now->etag[0] && !is_weak(before->etag);
    bool date = before->modified[0] && now->modified[0] && before->modified_strong;
    return tag || date;
}
