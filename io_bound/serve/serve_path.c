#include "io_bound/serve/serve_path.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *prefix;
    enum path_kind kind;
    bool has_number, has_name;
    uint64_t min, max;
} forms[] = {
    { "/bytes/", PATH_FILE, true, true, 0, INT64_MAX },  { "/list/", PATH_LIST, true, false, 1, 1000000 },
    { "/status/", PATH_STATUS, true, false, 200, 599 },  { "/flaky/", PATH_FLAKY, true, true, 0, 1000000 },
    { "/cut/", PATH_CUT, false, true, 0, 0 },            { "/", PATH_FILE, false, true, 0, 0 },
};

/* Reads the number and leaves @text behind it. */
static bool read_number(const char **text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(*text, &end, 10);
    bool right = isdigit((unsigned char)**text) && errno == 0 && *out >= min && *out <= max;
    *text = end;
    return right;
}

static struct path parse_rest(size_t form, const char *rest, uint64_t size)
{
    const struct path unknown = { PATH_UNKNOWN, 0, "" };
    struct path p = { forms[form].kind, size, "" };
    if (forms[form].has_number && !read_number(&rest, forms[form].min, forms[form].max, &p.number))
        return unknown;
    if (forms[form].has_number && forms[form].has_name && *rest++ != '/')
        return unknown;
    if (forms[form].has_name)
        p.name = rest;
    bool right = forms[form].has_name ? *rest != '\0' : *rest == '\0';
    return right ? p : unknown;
}

struct path path_parse(const char *text, uint64_t size)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strncmp(text, forms[i].prefix, strlen(forms[i].prefix)) == 0)
            return parse_rest(i, text + strlen(forms[i].prefix), size);
    return (struct path){ PATH_UNKNOWN, 0, "" };
}
