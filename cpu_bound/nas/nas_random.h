#ifndef PARKIT_NAS_RANDOM_H
#define PARKIT_NAS_RANDOM_H
/*
 * The random sequence of the NAS kernels: x_k = a x_(k-1) mod 2^46 with a = 5^13, and r_k = 2^-46 x_k.
 * All of it is exact, so that blocks made anywhere join to the one sequence, bit for bit. x_0, the seed,
 * is never used as a number. Source: the NAS Parallel Benchmarks, their section on random numbers.
 * The same for vectors of numbers: nas_random_vector.h.
 */
#include <stdint.h>

#define NAS_RANDOM_MULTIPLIER UINT64_C(1220703125)
#define NAS_RANDOM_MASK ((UINT64_C(1) << 46) - 1)
#define NAS_RANDOM_SCALE 0x1p-46 /* x * NAS_RANDOM_SCALE is in (0, 1), exactly */
#define NAS_SEED_EP UINT64_C(271828183)
#define NAS_SEED UINT64_C(314159265) /* of CG, MG, FT and IS */

/* Products wrap at 2^64; the low 46 bits stay right, since 2^46 divides 2^64. */
static inline uint64_t nas_random_multiply(uint64_t x, uint64_t y)
{
    return x * y & NAS_RANDOM_MASK;
}

/** nas_random_next() - x_(k+1) from x_k. */
static inline uint64_t nas_random_next(uint64_t x)
{
    return nas_random_multiply(x, NAS_RANDOM_MULTIPLIER);
}

/** nas_random_power() - a^n mod 2^46: multiplying by it jumps n numbers ahead. Any @n. */
static inline uint64_t nas_random_power(uint64_t n)
{
    uint64_t result = 1;
    for (uint64_t square = NAS_RANDOM_MULTIPLIER; n > 0; n >>= 1, square = nas_random_multiply(square, square))
        if (n & 1)
            result = nas_random_multiply(result, square);
    return result;
}

/** nas_random_at() - x_n of the sequence of @seed. */
static inline uint64_t nas_random_at(uint64_t seed, uint64_t n)
{
    return nas_random_multiply(nas_random_power(n), seed);
}

#endif
