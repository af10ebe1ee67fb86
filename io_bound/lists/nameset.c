#include "io_bound/lists/nameset.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Open addressing with linear probing in many small tables, chosen by a byte of the key, which is
 * a hash already. Each grows by itself when three quarters full, so that there is never a moment at which
 * all names are held twice.
 */
enum { TABLES = 256, SLOTS_MIN = 16 };

struct key {
    uint64_t low, high; /* both 0: free */
};

struct table {
    struct key *slot;
    size_t n_slots, used; /* n_slots is a power of two */
};

struct nameset {
    struct table table[TABLES];
};

struct nameset *nameset_create(void)
{
    return calloc(1, sizeof(struct nameset));
}

void nameset_destroy(struct nameset *set)
{
    for (size_t i = 0; set && i < TABLES; i++)
        free(set->table[i].slot);
    free(set);
}

/* The slot that holds @key, or the free one where it belongs. */
static struct key *find(const struct table *t, struct key key)
{
    size_t i = key.low & (t->n_slots - 1);
    while ((t->slot[i].low || t->slot[i].high) && (t->slot[i].low != key.low || t->slot[i].high != key.high))
        i = (i + 1) & (t->n_slots - 1);
    return &t->slot[i];
}

static bool grow(struct table *t)
{
    size_t n = t->n_slots ? 2 * t->n_slots : SLOTS_MIN;
    struct table wider = { calloc(n, sizeof *t->slot), n, t->used };
    if (!wider.slot)
        return false;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slot[i].low || t->slot[i].high)
            *find(&wider, t->slot[i]) = t->slot[i];
    free(t->slot);
    *t = wider;
    return true;
}

int nameset_add(struct nameset *set, const char *name)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    struct key key;
    SHA256((const unsigned char *)name, strlen(name), sum);
    memcpy(&key, sum, sizeof key);
    struct table *t = &set->table[sum[15]]; /* a byte that find() does not go by */
    if (4 * (t->used + 1) > 3 * t->n_slots && !grow(t))
        return -ENOMEM;
    struct key *slot = find(t, key);
    if (slot->low || slot->high)
        return -EEXIST;
    *slot = key;
    t->used++;
    return 0;
}
