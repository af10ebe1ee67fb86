#ifndef PARKIT_BLOCKS_H
#define PARKIT_BLOCKS_H
/*
 * Reproducible reductions: the range [0, n) is cut into blocks whose borders depend on n and the
 * block length alone; each block is reduced on its own, and the partial results are joined in a
 * fixed order. The bits are then the same whoever computed which block.
 */
#include "common/wide.h"

#include <stddef.h>
#include <stdint.h>

/** blocks_count() - blocks of @length (> 0) that cover @n items; the last may be shorter. */
static inline size_t blocks_count(uint64_t n, uint64_t length)
{
    return (size_t)(n / length + (n % length != 0));
}

/** blocks_edge() - where block @b begins, which is where block @b - 1 ends; @n from the count on. */
static inline uint64_t blocks_edge(uint64_t n, uint64_t length, size_t b)
{
    return b > n / length ? n : (uint64_t)b * length;
}

/** blocks_sum_u128() - exact sum of @n partial sums (of less than 2^128 in all). */
uint128 blocks_sum_u128(const uint128 *partial, size_t n);

/**
 * blocks_sum_double() - sum of @n partial sums by a fixed binary tree (pairwise): the rounding error
 * grows with log2 n instead of n. The same bits on every call for the same values. 0 for n = 0.
 * Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2.
 */
double blocks_sum_double(const double *partial, size_t n);

#endif
