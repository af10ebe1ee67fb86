/*
 * IS: making keys and adding tallies, compiled once per instruction set (isa.h): these gain by vectors.
 * Counting keys does not (is_count.c).
 */
#include "cpu_bound/nas/is_kernel.h"
#include "cpu_bound/nas/nas_random.h"
#include "cpu_bound/nas/nas_random_fill.h"

#include <string.h>

/* Values or keys at a time: what lies between two loops stays in the first-level cache. */
enum { PIECE = 1024 };

static inline size_t piece_end(size_t begin, size_t end)
{
    return end - begin < PIECE ? end : begin + PIECE;
}

void ISA_NAME(is_keys)(uint32_t *key, uint64_t begin, uint64_t end, unsigned bits)
{
    const double scale = (double)(UINT64_C(1) << bits) / 4;
    double number[4 * PIECE];
    for (uint64_t k = begin; k < end; k += PIECE) {
        size_t n = piece_end(k, end) - k;
        ISA_NAME(nas_random_fill)(number, 4 * n, nas_random_at(NAS_SEED, 4 * k));
        for (size_t i = 0; i < n; i++) /* sum and product are exact */
            key[k - begin + i] = (uint32_t)(scale * (number[4 * i] + number[4 * i + 1] + number[4 * i + 2] + number[4 * i + 3]));
    }
}

/* @count: out, the keys of each of @n <= PIECE values from @begin on. */
static void add_tallies(uint32_t *restrict count, const struct is_tallies *all, size_t begin, size_t n)
{
    memset(count, 0, n * sizeof *count);
    for (unsigned t = 0; t < all->tallies; t++) {
        const uint8_t *restrict tally = all->tally[t] + begin;
        for (size_t i = 0; i < n; i++)
            count[i] += tally[i];
    }
    for (size_t i = 0; all->carry && i < n; i++)
        count[i] += atomic_load_explicit(&all->carry[begin + i], memory_order_relaxed);
}

uint64_t ISA_NAME(is_total)(const struct is_tallies *all, size_t begin, size_t end)
{
    uint64_t total = 0;
    for (size_t v = begin; v < end; v += PIECE) {
        uint32_t count[PIECE];
        size_t n = piece_end(v, end) - v;
        add_tallies(count, all, v, n);
        for (size_t i = 0; i < n; i++)
            total += count[i];
    }
    return total;
}

void ISA_NAME(is_ranks)(uint32_t *rank, const struct is_tallies *all, size_t begin, size_t end, uint64_t below)
{
    uint32_t up_to = (uint32_t)below;
    for (size_t v = begin; v < end; v += PIECE) {
        uint32_t count[PIECE];
        size_t n = piece_end(v, end) - v;
        add_tallies(count, all, v, n);
        for (size_t i = 0; i < n; i++)
            rank[v + i] = up_to += count[i];
    }
}
