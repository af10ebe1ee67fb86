#include "scaling/plan/list.h"

#include "common/message.h"
#include "common/size.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The list being read, and the part of it at hand. */
struct reader {
    const char *option, *part;
    const struct shape *shape;
    struct list *list;
};

static int bad_part(const struct reader *r)
{
    char shown[128];
    return message_usage("%s: '%s' is not a number above 0, a range (1-8, 1-64:*2, 2-16:+2, 1,2,4..64), 'all', 'sockets' or 'numa'",
        r->option, message_printable(r->part, shown, sizeof shown));
}

static int add(const struct reader *r, uint64_t value)
{
    struct list *list = r->list;
    for (size_t i = 0; i < list->n; i++)
        if (list->value[i] == value)
            return 0;
    if (list->n >= LIST_MAX)
        return message_usage("%s: '%s' makes more than %d values", r->option, r->part, LIST_MAX);
    if ((list->n & (list->n - 1)) == 0) { /* the room is the next power of two */
        uint64_t *more = reallocarray(list->value, list->n ? 2 * list->n : 1, sizeof *more);
        if (!more)
            return -ENOMEM;
        list->value = more;
    }
    list->value[list->n++] = value;
    return 0;
}

static bool number(const char *text, uint64_t *out)
{
    return size_parse(text, out) == 0 && *out > 0;
}

/* @from, then each number times @factor plus @step, up to @to. */
static int add_range(const struct reader *r, uint64_t from, uint64_t to, uint64_t factor, uint64_t step)
{
    int rc = 0;
    while (rc == 0 && from <= to) {
        rc = add(r, from);
        if (__builtin_mul_overflow(from, factor, &from) || __builtin_add_overflow(from, step, &from))
            break;
    }
    return rc;
}

static int add_powers(const struct reader *r)
{
    int rc = add_range(r, 1, r->shape->cores, 2, 0);
    return rc == 0 ? add(r, r->shape->cores) : rc;
}

static int add_domains(const struct reader *r, unsigned domains)
{
    int rc = 0;
    for (unsigned i = 1; i <= domains && rc == 0; i++)
        rc = add(r, (uint64_t)r->shape->cores * i / domains);
    return rc;
}

/* FROM-TO, FROM-TO:*FACTOR, FROM-TO:+STEP; @dash and @colon (NULL: none) cut @text. */
static int read_range(const struct reader *r, char *text, char *dash, char *colon)
{
    uint64_t from, to, by = 1;
    *dash = '\0';
    if (colon)
        *colon = '\0';
    if (!number(text, &from) || !number(dash + 1, &to) ||
        (colon && ((colon[1] != '*' && colon[1] != '+') || !number(colon + 2, &by))))
        return bad_part(r);
    bool multiplies = colon && colon[1] == '*';
    if (multiplies && by < 2)
        return message_usage("%s: '%s' never grows; the factor must be 2 or more", r->option, r->part);
    if (from > to)
        return message_usage("%s: the range '%s' runs backwards", r->option, r->part);
    return multiplies ? add_range(r, from, to, by, 0) : add_range(r, from, to, 1, by);
}

/* A..B after two more numbers: on to B by the factor, else by the step, that all three have in common. */
static int read_progression(const struct reader *r, char *text, char *dots)
{
    uint64_t to, from;
    *dots = '\0';
    if (!number(text, &from) || !number(dots + 2, &to))
        return bad_part(r);
    int rc = add(r, from);
    if (rc != 0)
        return rc;
    const uint64_t *last = r->list->value + r->list->n - 1;
    if (r->list->n < 3 || last[0] <= last[-1] || last[-1] <= last[-2])
        return message_usage("%s: '%s' needs three growing numbers before the dots, as in 1,2,4..64", r->option, r->part);
    if (from > to)
        return message_usage("%s: the range '%s' runs backwards", r->option, r->part);
    if (last[-1] % last[-2] == 0 && last[0] == last[-1] * (last[-1] / last[-2]))
        return add_range(r, from, to, last[-1] / last[-2], 0);
    if (last[0] - last[-1] == last[-1] - last[-2])
        return add_range(r, from, to, 1, last[0] - last[-1]);
    return message_usage("%s: '%s' goes on from numbers that have neither a factor nor a step in common", r->option, r->part);
}

/* @text is a copy of the part that may be cut up. */
static int read_part(const struct reader *r, char *text)
{
    uint64_t value;
    char *dots = strstr(text, ".."), *dash = strchr(text, '-');
    if (strcmp(text, "all") == 0)
        return add_powers(r);
    if (strcmp(text, "sockets") == 0)
        return add_domains(r, r->shape->sockets);
    if (strcmp(text, "numa") == 0)
        return add_domains(r, r->shape->numa);
    if (dots)
        return read_progression(r, text, dots);
    if (dash)
        return read_range(r, text, dash, strchr(dash, ':'));
    return number(text, &value) ? add(r, value) : bad_part(r);
}

int list_parse(const char *option, const char *text, const struct shape *shape, struct list *out)
{
    struct reader r = { .option = option, .shape = shape, .list = out };
    char *parts = strdup(text), *rest = parts, *part;
    int rc = parts ? 0 : -ENOMEM;
    *out = (struct list){ 0 };
    while (rc == 0 && (part = strsep(&rest, ","))) {
        char *copy = strdup(part);
        r.part = part;
        rc = copy ? read_part(&r, copy) : -ENOMEM;
        free(copy);
    }
    free(parts);
    if (rc != 0)
        list_free(out);
    return rc;
}

void list_free(struct list *list)
{
    free(list->value);
    *list = (struct list){ 0 };
}
