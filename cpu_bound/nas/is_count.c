/*
 * Counting keys. Nearly each finds its byte outside the first-level cache, which one line then enters and one
 * leaves: some 4 cycles a key, whatever stands around the addition. Counters of 32 bits, which do not fit the
 * second level, take twice as long, see cpu_bound/nas/is.c.
 */
#include "cpu_bound/nas/is_kernel.h"

#include <string.h>

static inline bool count_one(uint8_t *tally, _Atomic uint32_t *carry, uint32_t key)
{
    if (__builtin_expect(++tally[key] != 0, 1))
        return false;
    atomic_fetch_add_explicit(&carry[key], UINT8_MAX + 1, memory_order_relaxed);
    return true;
}

/* A line of keys, and how far ahead of its use a line is fetched: 5 to 15 % beyond what the hardware foresees. */
enum { LINE = 16, AHEAD = 256 };

bool is_count(uint8_t *restrict tally, _Atomic uint32_t *restrict carry, const uint32_t *restrict key, size_t n)
{
    bool carried = false;
    size_t lines = n - n % LINE;
    for (size_t i = 0; i < lines; i += LINE) {
        __builtin_prefetch(key + i + (n - i > AHEAD ? AHEAD : 0));
#pragma GCC unroll 16
        for (size_t k = 0; k < LINE; k++)
            if (count_one(tally, carry, key[i + k]))
                carried = true;
    }
    for (size_t i = lines; i < n; i++)
        if (count_one(tally, carry, key[i]))
            carried = true;
    return carried;
}

void is_ranks_reference(uint32_t *rank, size_t values, const uint32_t *key, size_t n)
{
    memset(rank, 0, values * sizeof *rank);
    for (size_t i = 0; i < n; i++)
        rank[key[i]]++;
    for (size_t v = 1; v < values; v++)
        rank[v] += rank[v - 1];
}
