#ifndef PARKIT_PRIMES_KERNEL_H
#define PARKIT_PRIMES_KERNEL_H
/*
 * The sieve of primes.c, on a wheel of 30: byte k stands for the numbers 30k + {1, 7, 11, 13, 17, 19,
 * 23, 29}, the only ones that 2, 3 and 5 leave over, one bit each, so 30 numbers take 8 bits.
 *
 * A turn. The multiples of prime p that lie on the wheel are p * m with m = 30t + r, r one of the eight
 * residues. Turn t, its eight multiples, begins at byte p * t exactly, is p bytes long, and always has
 * the same eight distances floor(p * r / 30) and bits, which p mod 30 fixes. So the sieve strikes whole
 * turns: no state but where the next one begins, and no question between its strikes. The last turn may
 * hang over the segment's end; the buffer is that much longer, and what hangs over is carried on. In
 * seven turns p strikes 8 times where 7 has struck before: seven-fold turns leave those out.
 *
 * Which prime is struck how (primes_table.c sets the limits):
 *   up to 157             a repeating pattern, ANDed in by vectors
 *   then, while it fits   seven-fold turns within pieces, which fit the first-level cache
 *   up to a piece long    single turns within pieces
 *   beyond                single turns within segments, which fit the second-level cache
 *
 * No lists, segment by segment, of where the large primes strike next (a bucket sieve): up to 10^12 a
 * turn is at most 10^6 bytes, so a visit to a segment still makes several strikes. Measured at 10^12 with
 * 2 MiB of second-level cache: 1.4 ns a strike; an entry in such a list takes 3 ns.
 */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

enum { WHEEL = 30, RESIDUES = 8, LAST_PATTERN_PRIME = 157 };
static const uint8_t residue[RESIDUES] = { 1, 7, 11, 13, 17, 19, 23, 29 };

/* Patterns go on for a chunk behind their period: within a chunk nobody asks where they begin again. */
enum { CHUNK_BYTES = 1024, PATTERNS = 16 };


/* The wheel without the multiples of two or three primes: period + CHUNK_BYTES bytes. */
struct pattern {
    uint8_t *byte;
    uint32_t period;
};

enum { TIER_SEVEN, TIER_PIECE, TIER_SEGMENT, TIERS };

/* Bytes of a piece and of a segment. They may differ from machine to machine: the answer does not depend on them. */
struct sieve_sizes {
    size_t piece, segment;
};
enum { SEGMENT_MAX = 524288 };

/* What all workers share; read only. */
struct sieve {
    uint64_t first, last;    /* the numbers counted                                              */
    struct sieve_sizes size;
    size_t overhang;         /* bytes that the longest turn may hang over                        */
    uint32_t *prime;         /* the sieving primes, by tier, then by residue, then by size       */
    uint32_t group[TIERS * RESIDUES + 1]; /* where each tier and residue begins in prime         */
    struct pattern pattern[PATTERNS];
};

/** sieve_sizes() - those that fit the caches of this processor: powers of two, the segment at most SEGMENT_MAX. */
struct sieve_sizes sieve_sizes(void);

/** sieve_create() - what is needed to count the primes from @first (at least 1) to @last. 0 or -ENOMEM. */
int sieve_create(uint64_t first, uint64_t last, struct sieve_sizes sizes, struct sieve **out)
    __attribute__((warn_unused_result));
void sieve_destroy(struct sieve *sieve);

/** sieve_primes() - how many primes strike. */
static inline size_t sieve_primes(const struct sieve *sieve)
{
    return sieve->group[TIERS * RESIDUES];
}

/** sieve_small_primes() - how many of the primes up to LAST_PATTERN_PRIME lie in the range. */
uint64_t sieve_small_primes(const struct sieve *sieve);

/* A worker's own memory. */
struct sieve_scratch {
    uint8_t *buffer;         /* size.segment + overhang bytes of the sieve                      */
    uint32_t *next;          /* for each prime, from the segment's start: where its next turn begins */
};
int sieve_scratch_create(const struct sieve *sieve, struct sieve_scratch *out) __attribute__((warn_unused_result));
void sieve_scratch_destroy(struct sieve_scratch *scratch);

/**
 * primes_sieve() - count the primes above LAST_PATTERN_PRIME among the numbers of bytes [begin, end).
 *
 * @count: out, added to: @count[i] for the i-th block of @block bytes from @begin on.
 * @scratch: the caller's; contents do not matter.
 *
 * Numbers outside sieve->first .. last are not counted. @block is a multiple of a segment, which is one of
 * a piece, which is one of CHUNK_BYTES. Cannot fail. Threads may call it together with a
 * scratch each. Source: Eratosthenes; the segmented form: Bays and Hudson, BIT 17 (1977), 121-127.
 */
ISA_DECLARE(void, primes_sieve, (const struct sieve *sieve, uint64_t begin, uint64_t end, uint64_t block, uint64_t *count,
                                 struct sieve_scratch *scratch));

#endif
