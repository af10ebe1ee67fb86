/* The segmented sieve, compiled once per instruction set (isa.h): the counting and the pattern gain. */
#include "cpu_bound/primes_kernel.h"

#include <string.h>

static const uint8_t residue[8] = { 1, 7, 11, 13, 17, 19, 23, 29 };

/* Bit of the number 30k + r; 8 (no bit) where 2, 3 or 5 divides r. */
static const uint8_t bit_of[WHEEL] = { 8, 0, 8, 8, 8, 8, 8, 1, 8, 8, 8, 2, 8, 3, 8, 8, 8, 4, 8, 5, 8, 8, 8, 6, 8, 8, 8, 8, 8, 7 };

/*
 * Where prime p first strikes at or behind byte @from, in each class of cofactors m = r_j mod 30 with
 * m >= p: smaller multiples have a smaller prime factor. Within a class the strikes are p bytes apart.
 */
static void first_strikes(uint64_t p, uint64_t from, uint32_t next[8])
{
    uint64_t least = (from * WHEEL + p - 1) / p;
    least = least < p ? p : least;
    uint64_t turn = least / WHEEL, rest = least % WHEEL;
    for (int j = 0; j < 8; j++) {
        uint64_t m = (turn + (residue[j] < rest)) * WHEEL + residue[j];
        next[j] = (uint32_t)(p * m / WHEEL - from);
    }
}

static void strike_segment(uint8_t *segment, uint32_t size, uint32_t p, uint32_t next[8])
{
    for (int j = 0; j < 8; j++) {
        uint8_t keep = (uint8_t)~(1u << bit_of[p % WHEEL * residue[j] % WHEEL]);
        uint32_t k = next[j];
        for (; k < size; k += p)
            segment[k] &= keep;
        next[j] = k - size;
    }
}

static uint64_t count_bits(const uint8_t *segment, size_t size)
{
    uint64_t count = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, segment + i, 8);
        count += (uint64_t)__builtin_popcountll(word);
    }
    for (; i < size; i++)
        count += (uint64_t)__builtin_popcount(segment[i]);
    return count;
}

/* The pattern leaves out 7, 11 and 13 themselves, and takes 1 for a prime. */
static void mend_first_byte(uint8_t *segment)
{
    segment[0] = 0xFE;
}

static void cut_above(uint8_t *last, uint64_t byte, uint64_t n)
{
    for (int j = 0; j < 8; j++)
        if (byte * WHEEL + residue[j] > n)
            *last &= (uint8_t)~(1u << j);
}

void ISA_NAME(primes_sieve)(const struct sieve *sieve, uint64_t begin, uint64_t end, uint64_t piece, uint64_t *count,
                            struct sieve_scratch *scratch)
{
    uint8_t *segment = scratch->segment;
    size_t active = 0; /* primes whose square lies before the segment's end */
    for (uint64_t from = begin; from < end; from += SEGMENT_BYTES) {
        uint32_t size = end - from < SEGMENT_BYTES ? (uint32_t)(end - from) : SEGMENT_BYTES;
        memcpy(segment, sieve->pattern + from % PATTERN_BYTES, size);
        if (from == 0)
            mend_first_byte(segment);
        for (; active < sieve->primes; active++) {
            uint64_t p = sieve->prime[active];
            if (p * p >= (from + size) * WHEEL)
                break;
            first_strikes(p, from, scratch->next[active]);
        }
        for (size_t i = 0; i < active; i++)
            strike_segment(segment, size, sieve->prime[i], scratch->next[i]);
        if ((from + size) * WHEEL > sieve->n)
            cut_above(&segment[size - 1], from + size - 1, sieve->n);
        count[(from - begin) / piece] += count_bits(segment, size);
    }
}
