#include "cpu_bound/sort_input.h"

#include "common/wide.h"

const char *const sort_distribution_names[] = { "uniform", "sorted", "reversed", "few", "zipf", NULL };

/* splitmix64: Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014. Its i-th
 * number is mix(state + i * GOLDEN). */
static const uint64_t GOLDEN = 0x9E3779B97F4A7C15u;

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline uint64_t draw(uint64_t state, uint64_t i)
{
    return mix(state + (i + 1) * GOLDEN);
}

/* @z, uniform in 64 bits, brought into [0, n). */
static inline uint64_t below(uint64_t n, uint64_t z)
{
    return (uint64_t)((uint128)z * n >> 64);
}

static uint64_t sorted_key(uint64_t state, uint64_t n, uint64_t i)
{
    uint64_t part = UINT64_MAX / n;
    return i * part + below(part, draw(state, i));
}

/*
 * Zipf's law exactly, by rejection: an octave [2^b, 2^(b+1)) is drawn, all alike, and a k in it. The law gives
 * each octave about the same weight, and k within it the weight 2^b / k of its first: k is kept with that probability
 * (0.69 on average), else all is drawn again from the record's own stream of numbers.
 */
static uint64_t zipf_key(uint64_t stream, uint64_t n)
{
    uint64_t octaves = 64 - (uint64_t)__builtin_clzll(n);
    for (uint64_t try = 0;; try += 3) {
        uint64_t first = (uint64_t)1 << below(octaves, draw(stream, try));
        uint64_t k = first + below(first, draw(stream, try + 1));
        if (below(k, draw(stream, try + 2)) < first)
            return k;
    }
}

uint64_t sort_input_key(const struct sort_input *in, uint64_t i)
{
    uint64_t state = mix(in->seed);
    switch (in->distribution) {
    case SORT_SORTED:
        return sorted_key(state, in->n, i);
    case SORT_REVERSED:
        return sorted_key(state, in->n, in->n - 1 - i);
    case SORT_FEW:
        return draw(~state, below(in->distinct, draw(state, i)));
    case SORT_ZIPF:
        return zipf_key(draw(state, i), in->n);
    default:
        return draw(state, i);
    }
}

void sort_input_fill(const struct sort_input *in, uint64_t begin, uint64_t end, uint64_t *record)
{
    for (uint64_t i = begin; i < end; i++, record += in->words) {
        record[0] = sort_input_key(in, i);
        if (in->words == 2)
            record[1] = i;
    }
}

/* The finaliser of MurmurHash3 (Appleby): other constants than those that made the keys. */
uint64_t sort_input_hash(uint64_t key)
{
    key = (key ^ (key >> 33)) * 0xFF51AFD7ED558CCDu;
    key = (key ^ (key >> 33)) * 0xC4CEB9FE1A85EC53u;
    return key ^ (key >> 33);
}
