#ifndef PARKIT_PRIMES_KERNEL_H
#define PARKIT_PRIMES_KERNEL_H
/*
 * The sieve of primes.c, on a wheel of 30: byte k stands for the numbers 30k + {1, 7, 11, 13, 17, 19,
 * 23, 29}, the only ones that 2, 3 and 5 leave over, one bit each, so 30 numbers take 8 bits.
 */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

enum { WHEEL = 30, SEGMENT_BYTES = 32768 }; /* a segment fits the first-level cache of every processor since 2004 */

/* What all workers share; read only. */
struct sieve {
    uint64_t n;             /* numbers up to and including n          */
    const uint32_t *prime;  /* the sieving primes: 17 .. sqrt(n)      */
    size_t primes;
    const uint8_t *pattern; /* multiples of 7, 11 and 13 crossed out: */
                            /* PATTERN_BYTES + SEGMENT_BYTES bytes    */
};
enum { PATTERN_BYTES = 7 * 11 * 13 }; /* the pattern's period, in bytes */

/* A worker's own memory. next[i][j]: the next byte to be crossed out by prime i in its j-th residue
 * class, counted from the start of the segment. */
struct sieve_scratch {
    uint8_t segment[SEGMENT_BYTES];
    uint32_t next[][8];     /* sieve->primes rows                     */
};

/**
 * primes_sieve() - count the primes from 7 on among the numbers of bytes [begin, end).
 *
 * @count: out, added to: @count[i] for the i-th piece of @piece bytes from @begin on.
 * @scratch: the caller's; contents do not matter.
 *
 * Numbers above sieve->n are not counted. @begin and @piece are multiples of SEGMENT_BYTES; @end is one
 * too or the end of the sieve. Cannot fail. Threads may call it together with a scratch each.
 * Source: Eratosthenes; the segmented form: Bays and Hudson, BIT 17 (1977), 121-127.
 */
ISA_DECLARE(void, primes_sieve, (const struct sieve *sieve, uint64_t begin, uint64_t end, uint64_t piece, uint64_t *count,
                                 struct sieve_scratch *scratch));

#endif
