#include "tests/faults/request.h"

#include <string.h>
#include <strings.h>

/* Cuts the next line off @rest, without its line break. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *rest = end + 1;
    if (end > line && end[-1] == '\r')
        end--;
    *end = '\0';
    return line;
}

static bool add_header(struct request *r, char *line)
{
    char *value = strchr(line, ':');
    if (!value || r->n_headers >= REQUEST_HEADERS_MAX)
        return false;
    *value++ = '\0';
    r->header[r->n_headers].name = line;
    r->header[r->n_headers++].value = value + strspn(value, " \t");
    return true;
}

bool request_parse(char *head, size_t size, struct request *r)
{
    char *rest = head, *line, *version;
    head[size] = '\0';
    *r = (struct request){ .n_headers = 0 };
    if (strlen(head) != size || !(line = next_line(&rest)))
        return false;
    r->method = strsep(&line, " ");
    r->target = strsep(&line, " ");
    version = line;
    if (!r->target || !version || !*r->method || !*r->target || strncmp(version, "HTTP/1.", 7) != 0)
        return false;
    while ((line = next_line(&rest)) && *line)
        if (!add_header(r, line))
            return false;
    return line != NULL;
}

const char *request_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (strcasecmp(r->header[i].name, name) == 0)
            return r->header[i].value;
    return NULL;
}
