#ifndef PARKIT_PRIMES_COUNT_H
#define PARKIT_PRIMES_COUNT_H
/* Counting primes without sieving for them: what the sieve of primes.c is checked against. */
#include <stdint.h>

/** primes_root() - the largest r with r * r <= @n, for @n below 2^52. */
uint64_t primes_root(uint64_t n);

/**
 * primes_count() - the number of primes up to @n (below 2^52) into *@out.
 *
 * Time n^(3/4) / log n and memory n^(1/2): 10^12 in a fraction of a second. 0 or -ENOMEM.
 */
int primes_count(uint64_t n, uint64_t *out) __attribute__((warn_unused_result));

#endif
