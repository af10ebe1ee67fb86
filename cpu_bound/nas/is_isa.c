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

static void prefetch(const uint8_t *byte, size_t n)
{
    enum { LINE = 64 };
    for (size_t i = 0; i < n; i += LINE)
        __builtin_prefetch(byte + i);
}

/*
 * @count: out, the keys of each of @n <= PIECE values from @begin on. Other threads have written the tallies, and their
 * pieces are too short for the hardware to foresee: each is fetched while the one before it is added.
 */
static void add_tallies(uint32_t *restrict count, const struct is_tallies *all, size_t begin, size_t n)
{
    memset(count, 0, n * sizeof *count);
    for (unsigned t = 0; t < all->tallies; t++) {
        const uint8_t *restrict tally = all->tally[t] + begin;
        if (t + 1 < all->tallies)
            prefetch(all->tally[t + 1] + begin, n);
        for (size_t i = 0; i < n; i++)
            count[i] += tally[i];
    }
    for (size_t i = 0; all->carry && i < n; i++)
        count[i] += atomic_load_explicit(&all->carry[begin + i], memory_order_relaxed);
}

static uint64_t total_of(const uint8_t *tally, size_t begin, size_t end)
{
    uint64_t total = 0;
    for (size_t v = begin; v < end; v += PIECE) {
        uint32_t sum = 0; /* of so few bytes: it vectorises better than one of 64 bits */
        size_t n = piece_end(v, end) - v;
        for (size_t i = 0; i < n; i++)
            sum += tally[v + i];
        total += sum;
    }
    return total;
}

uint64_t ISA_NAME(is_total)(const struct is_tallies *all, size_t begin, size_t end)
{
    uint64_t total = 0;
    for (unsigned t = 0; t < all->tallies; t++)
        total += total_of(all->tally[t], begin, end);
    for (size_t v = begin; all->carry && v < end; v++)
        total += atomic_load_explicit(&all->carry[v], memory_order_relaxed);
    return total;
}

bool ISA_NAME(is_join)(uint8_t *joint, _Atomic uint32_t *carry, const struct is_tallies *all, size_t begin, size_t end)
{
    uint32_t beyond = 0;
    for (size_t v = begin; v < end; v += PIECE) {
        uint32_t count[PIECE], any = 0;
        size_t n = piece_end(v, end) - v;
        add_tallies(count, all, v, n);
        for (size_t i = 0; i < n; i++) {
            joint[v - begin + i] = (uint8_t)count[i];
            any |= count[i] & ~(uint32_t)UINT8_MAX;
        }
        for (size_t i = 0; any && i < n; i++)
            atomic_fetch_add_explicit(&carry[v + i], count[i] & ~(uint32_t)UINT8_MAX, memory_order_relaxed);
        beyond |= any;
    }
    return beyond != 0;
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
