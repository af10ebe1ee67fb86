#ifndef PARKIT_MPI_NETWORK_DATA_H
#define PARKIT_MPI_NETWORK_DATA_H
/*
 * What the messages of the network benchmarks carry, so that a byte that is lost, late, misplaced or
 * from somebody else is noticed. Arithmetic alone, without MPI.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** data_key() - the key of a message: its sender, its receiver (0 where all get the same), its round. */
static inline uint64_t data_key(int from, int to, unsigned round)
{
    return ((uint64_t)(unsigned)from << 36) ^ ((uint64_t)(unsigned)to << 8) ^ round;
}

/* Word @i of the message of that key: the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t data_word(uint64_t key, size_t i)
{
    uint64_t z = (key * 0xD1342543DE82EF95u + i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline void data_fill(void *message, size_t bytes, uint64_t key)
{
    for (size_t i = 0, at = 0; at < bytes; i++, at += 8) {
        uint64_t word = data_word(key, i);
        memcpy((char *)message + at, &word, bytes - at < 8 ? bytes - at : 8);
    }
}

static inline bool data_right(const void *message, size_t bytes, uint64_t key)
{
    for (size_t i = 0, at = 0; at < bytes; i++, at += 8) {
        uint64_t word = data_word(key, i);
        if (memcmp((const char *)message + at, &word, bytes - at < 8 ? bytes - at : 8) != 0)
            return false;
    }
    return true;
}

/*
 * Numbers to be added over the ranks: whole, so that a sum of doubles is exact in any order up to some
 * 10^12 ranks' worth, with a sum that is known without adding. Element @i of @rank, and the sum.
 */
static inline double data_term(int rank, size_t i, unsigned round)
{
    return (double)(i % 1021 + round) + rank;
}

static inline double data_sum(int ranks, size_t i, unsigned round)
{
    return ranks * (double)(i % 1021 + round) + 0.5 * ranks * (ranks - 1.0);
}

#endif
