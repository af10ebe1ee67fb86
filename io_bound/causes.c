#include "io_bound/causes.h"

#include "common/message.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_key(char key[CAUSE_LEN], const struct outcome *o)
{
    size_t n = 0;
    if (o->http != 0 && o->http / 100 != 2) {
        snprintf(key, CAUSE_LEN, "%ld", o->http);
        return;
    }
    for (const char *c = o->error; *c && n + 1 < CAUSE_LEN; c++)
        if (!isdigit((unsigned char)*c))
            key[n++] = *c;
    key[n] = '\0';
}

size_t causes_add(struct causes *c, const char *out, const struct outcome *o)
{
    char key[CAUSE_LEN];
    size_t i = 0;
    write_key(key, o);
    while (i < c->n && strcmp(c->cause[i].key, key) != 0)
        i++;
    if (i == CAUSES_MAX)
        return ++c->others;
    if (i == c->n) {
        struct cause *new = &c->cause[c->n++];
        snprintf(new->key, sizeof new->key, "%s", key);
        snprintf(new->first, sizeof new->first, "%.*s", CAUSE_LEN - 1, o->error);
        snprintf(new->out, sizeof new->out, "%.*s", CAUSE_LEN - 1, out);
    }
    return ++c->cause[i].n;
}

static int by_number(const void *a, const void *b)
{
    const struct cause *const *x = a, *const *y = b;
    return (*x)->n < (*y)->n ? 1 : (*x)->n > (*y)->n ? -1 : *x < *y ? -1 : 1;
}

void causes_tell(const struct causes *c)
{
    const struct cause *order[CAUSES_MAX];
    char reason[2 * CAUSE_LEN], out[2 * CAUSE_LEN];
    for (size_t i = 0; i < c->n; i++)
        order[i] = &c->cause[i];
    qsort(order, c->n, sizeof *order, by_number);
    for (size_t i = 0; i < c->n; i++)
        message_note("%zu failed: %s (%s%s)", order[i]->n, message_printable(order[i]->first, reason, sizeof reason),
                     order[i]->n > 1 ? "first: " : "", message_printable(order[i]->out, out, sizeof out));
    if (c->others)
        message_note("%zu failed for other reasons; --log FILE keeps them all", c->others);
}
