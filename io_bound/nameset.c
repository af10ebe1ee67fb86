#include "io_bound/nameset.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing, at most half full; the key is already a hash. */
struct key {
    uint64_t low, high; /* both 0: free */
};

struct nameset {
    struct key *slot;
    size_t n_slots, used; /* n_slots is a power of two */
};

struct nameset *nameset_create(void)
{
    struct nameset *set = calloc(1, sizeof *set);
    if (set) {
        set->n_slots = 256;
        set->slot = calloc(set->n_slots, sizeof *set->slot);
    }
    if (set && !set->slot) {
        free(set);
        return NULL;
    }
    return set;
}

void nameset_destroy(struct nameset *set)
{
    if (set)
        free(set->slot);
    free(set);
}

/* The slot that holds @key, or the free one where it belongs. */
static struct key *find(const struct nameset *set, struct key key)
{
    size_t i = key.low & (set->n_slots - 1);
    while ((set->slot[i].low || set->slot[i].high) && (set->slot[i].low != key.low || set->slot[i].high != key.high))
        i = (i + 1) & (set->n_slots - 1);
    return &set->slot[i];
}

static bool grow(struct nameset *set)
{
    struct nameset wider = { calloc(2 * set->n_slots, sizeof *set->slot), 2 * set->n_slots, set->used };
    if (!wider.slot)
        return false;
    for (size_t i = 0; i < set->n_slots; i++)
        if (set->slot[i].low || set->slot[i].high)
            *find(&wider, set->slot[i]) = set->slot[i];
    free(set->slot);
    *set = wider;
    return true;
}

int nameset_add(struct nameset *set, const char *name)
{
    unsigned char sum[SHA256_DIGEST_LENGTH];
    struct key key;
    SHA256((const unsigned char *)name, strlen(name), sum);
    memcpy(&key, sum, sizeof key);
    if (2 * (set->used + 1) > set->n_slots && !grow(set))
        return -ENOMEM;
    struct key *slot = find(set, key);
    if (slot->low || slot->high)
        return -EEXIST;
    *slot = key;
    set->used++;
    return 0;
}
