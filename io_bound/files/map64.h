#ifndef PARKIT_MAP64_H
#define PARKIT_MAP64_H
/* A hash table from 64-bit keys that are hashes already to 64-bit values; 16 bytes a slot. Not thread-safe. */
#include <stddef.h>
#include <stdint.h>

struct map64_slot {
    uint64_t key, value;
};

/* All zero: empty. A value of 0 means: not there. */
struct map64 {
    struct map64_slot *slot;
    size_t size, used; /* used: slots with a key, also those whose value is 0 by now */
};

void map64_free(struct map64 *m);

/** map64_get() - the value under @key; 0: none. */
uint64_t map64_get(const struct map64 *m, uint64_t key);

/** map64_put() - @value under @key; 0 removes it. 0 or -ENOMEM. */
int map64_put(struct map64 *m, uint64_t key, uint64_t value) __attribute__((warn_unused_result));

#endif
