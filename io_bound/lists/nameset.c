#include "io_bound/lists/nameset.h"

#include <errno.h>
#include <openssl/evp.h>
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
    EVP_MD_CTX *hash; /* kept: to look for SHA-256 anew would take three times as long as a name's hash */
};

struct nameset *nameset_create(void)
{
    struct nameset *set = calloc(1, sizeof *set);
    if (set && (!(set->hash = EVP_MD_CTX_new()) || EVP_DigestInit_ex(set->hash, EVP_sha256(), NULL) != 1)) {
        nameset_destroy(set);
        return NULL;
    }
    return set;
}

void nameset_destroy(struct nameset *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < TABLES; i++)
        free(set->table[i].slot);
    EVP_MD_CTX_free(set->hash);
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
    unsigned char sum[EVP_MAX_MD_SIZE];
    struct key key;
    if (EVP_DigestInit_ex(set->hash, NULL, NULL) != 1 || EVP_DigestUpdate(set->hash, name, strlen(name)) != 1 || EVP_DigestFinal_ex(set->hash, sum, NULL) != 1)
        return -ENOMEM;
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
