#include "io_bound/files/map64.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SIZE = 64 };

void map64_free(struct map64 *m)
{
    free(m->slot);
    *m = (struct map64){ .size = 0 };
}

/* The slot of @key, or the free one where it belongs. A free slot has the key 0, which stands for 1 too. */
static struct map64_slot *find(const struct map64 *m, uint64_t key)
{
    size_t i = (size_t)key & (m->size - 1);
    while (m->slot[i].key != 0 && m->slot[i].key != key)
        i = (i + 1) & (m->size - 1);
    return &m->slot[i];
}

uint64_t map64_get(const struct map64 *m, uint64_t key)
{
    return m->size ? find(m, key ? key : 1)->value : 0;
}

static int grow(struct map64 *m)
{
    struct map64 larger = { .size = m->size ? 2 * m->size : FIRST_SIZE };
    larger.slot = calloc(larger.size, sizeof *larger.slot);
    if (!larger.slot)
        return -ENOMEM;
    for (size_t i = 0; i < m->size; i++)
        if (m->slot[i].value != 0) {
            *find(&larger, m->slot[i].key) = m->slot[i];
            larger.used++;
        }
    free(m->slot);
    *m = larger;
    return 0;
}

int map64_put(struct map64 *m, uint64_t key, uint64_t value)
{
    int rc = 2 * m->used >= m->size ? grow(m) : 0;
    if (rc != 0)
        return rc;
    struct map64_slot *slot = find(m, key ? key : 1);
    m->used += slot->key == 0;
    *slot = (struct map64_slot){ key ? key : 1, value };
    return 0;
}
