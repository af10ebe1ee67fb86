#ifndef PARKIT_MPI_CHECKPOINT_SUM_H
#define PARKIT_MPI_CHECKPOINT_SUM_H
/*
 * The checksum of a block of a checkpoint's words. Each word is mixed with its place, and the results are added up
 * modulo 2^64: so ranks may hold any words of the block, in any order, and the sum of their sums is that of the block,
 * whoever held what. A changed word, or two that have changed places, pass with a probability of 2^-64.
 *
 * Source of the mixing: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014 (SplitMix64).
 */
#include <stddef.h>
#include <stdint.h>

static inline uint64_t checkpoint_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/**
 * checkpoint_sum() - add the @n words at @word, which stand at @first and after it in the file, to the sums of the blocks
 * of @block_words words that they lie in.
 */
static inline void checkpoint_sum(uint64_t *sum, uint64_t block_words, uint64_t first, const uint64_t *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[(first + i) / block_words] += checkpoint_mix(word[i] ^ checkpoint_mix(first + i));
}

#endif
