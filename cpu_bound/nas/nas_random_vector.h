#ifndef PARKIT_NAS_RANDOM_VECTOR_H
#define PARKIT_NAS_RANDOM_VECTOR_H
/*
 * The random sequence of the NAS kernels (nas_random.h) by vectors, for NAME_isa.c files: each lane takes
 * every LANES-th number, and a step multiplies all lanes by a^LANES (leap-frog). To hide the latency of a
 * step, some 12 cycles, let several vectors take turns, each a stride of their number times LANES.
 *
 * A lane holds y = 2r - 1 = (x - 2^45) / 2^45, in (-1, 1), and not x: since the multiplier A is odd,
 * A 2^45 = 2^45 mod 2^46, so y obeys the recurrence of x, with the residue around 0:
 *
 *     y' = A y - 2 round(A y / 2)
 *
 * With FMA that is three instructions on doubles, all exact: adding 1.5 * 2^53, where doubles are 2 apart,
 * rounds the product itself, and what the last FMA leaves has 46 bits. y is an odd number over 2^45, hence
 * no ties. No 64-bit multiply (three operations on its own with AVX-512, eight with AVX2) and no conversion.
 */
#include "cpu_bound/nas/nas_random.h"
#include "cpu_bound/vector.h"

typedef uint64_t nas_bits __attribute__((vector_size(8 * LANES))); /* products that may wrap */

/** nas_signed() - 2r - 1 for the number r made from @x (0 < x < 2^46), exactly. */
static inline double nas_signed(uint64_t x)
{
    return (double)((int64_t)x - (INT64_C(1) << 45)) * 0x1p-45;
}

/** nas_stride() - the multiplier that takes each lane @n numbers on: for nas_lanes_next(). @n >= 0. */
static inline vector nas_stride(uint64_t n)
{
    int64_t power = (int64_t)nas_random_power(n); /* as the residue nearest to 0: then A y stays below 2^45 */
    return vector_set((double)(power >> 45 ? power - (INT64_C(1) << 46) : power));
}

/** nas_lanes() - the LANES numbers that follow state @x: lane l holds 2r - 1 of the l-th of them. */
static inline vector nas_lanes(uint64_t x)
{
    vector y = { 0 };
    for (int l = 0; l < LANES; l++)
        y[l] = nas_signed(x = nas_random_next(x));
    return y;
}

/** nas_lanes_next() - @lanes, each moved on by the stride. */
static inline vector nas_lanes_next(vector lanes, vector stride)
{
#if defined(ISA_avx2) || defined(ISA_avx512)
    const vector two_apart = vector_set(0x1.8p53);
    vector whole = vector_fma(lanes, stride, two_apart) - two_apart;
    return vector_fma(lanes, stride, -whole);
#else
    /* Without FMA in 64-bit integers: adding 1.5 * 2^k makes doubles of which the low bits are the integer. */
    const vector_mask low = (vector_mask){ 0 } + (int64_t)NAS_RANDOM_MASK, half = (vector_mask){ 0 } + (INT64_C(1) << 45);
    vector_mask x = (vector_mask)(lanes + 0x1.8p7), a = (vector_mask)(stride + 0x1.8p52);
    vector_mask product = (vector_mask)((nas_bits)x * (nas_bits)a) & low;
    return (vector)((product ^ half) | (vector_mask)vector_set(0x1p7)) - (0x1p7 + 1);
#endif
}

/** nas_lanes_uniform() - r, in (0, 1), from lanes that hold 2r - 1, exactly. */
static inline vector nas_lanes_uniform(vector lanes)
{
    return lanes * 0.5 + 0.5;
}

#endif
