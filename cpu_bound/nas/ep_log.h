#ifndef PARKIT_EP_LOG_H
#define PARKIT_EP_LOG_H
/*
 * -2 ln t by vectors, for t in (0, 1]; for ep_isa.c. With t = 2^k m, 1 <= m < 2, and c near m out of 16:
 *
 *     -2 ln t = -2k ln 2 - 2 ln c - 2 ln(1 + r),   r = m / c - 1,   |r| <= 1/32
 *
 * c is the middle of each sixteenth of [1, 2), and 2 in the last: there the first two terms cancel exactly
 * for k = -1, and t near 1 keeps its relative accuracy. Sixteen doubles fill two AVX-512 registers, so that
 * a look-up is one permutation. The last term is r q(r), q of degree 7 with a relative error of 8e-16 at most
 * (Chebyshev interpolation, computed with 60 digits). Relative error of it all against libm, at worst: 3e-15,
 * without FMA 6e-15, both where t lies just below 31/32 and terms cancel.
 *
 * t = 1 must not give less than 0, for a root follows: so the first entry of minus_two_log_c is 2^-53 more
 * than -2 ln c. What other t find there is 1.3 and more.
 */
#include "cpu_bound/vector.h"

enum { LOG_TABLE = 16 };
static const double one_over_c[LOG_TABLE] __attribute__((aligned(64))) = {
    0x1.f07c1f07c1f08p-1, 0x1.d41d41d41d41dp-1, 0x1.bacf914c1bad0p-1, 0x1.a41a41a41a41ap-1,
    0x1.8f9c18f9c18fap-1, 0x1.7d05f417d05f4p-1, 0x1.6c16c16c16c17p-1, 0x1.5c9882b931057p-1,
    0x1.4e5e0a72f0539p-1, 0x1.4141414141414p-1, 0x1.3521cfb2b78c1p-1, 0x1.29e4129e4129ep-1,
    0x1.1f7047dc11f70p-1, 0x1.15b1e5f75270dp-1, 0x1.0c9714fbcda3bp-1, 0x1.0000000000000p-1,
};
static const double minus_two_log_c[LOG_TABLE] __attribute__((aligned(64))) = {
    -0x1.f829b0e7832e8p-5, -0x1.6f0d28ae56b4ep-3, -0x1.29552f81ff521p-2, -0x1.9525a9cf456b6p-2,
    -0x1.fb9186d5e3e29p-2, -0x1.2e8e2bae11d31p-1, -0x1.5d1bdbf5809cap-1, -0x1.89a3386c1425bp-1,
    -0x1.b44f77bcc8f64p-1, -0x1.dd46a04c1c4a1p-1, -0x1.02552a5a5d0ffp+0, -0x1.154c3d2f4d5eap+0,
    -0x1.2795e1289b11bp+0, -0x1.393e0d3562a1ap+0, -0x1.4a4f85db03ebbp+0, -0x1.62e42fefa39efp+0,
};

/* q(r), the highest power first. */
static const double log_q[] = {
    0x1.006683c32b3a0p-2, -0x1.2504304905f60p-2, 0x1.5555454f53a61p-2, -0x1.999987cbefb47p-2,
    0x1.0000000066907p-1, -0x1.55555555c74a5p-1, 0x1.ffffffffffff3p-1, -0x1.ffffffffffff9p+0,
};
enum { LOG_Q_TERMS = sizeof log_q / sizeof *log_q };

#define MINUS_TWO_LOG_2 -0x1.62e42fefa39efp+0

#if defined(ISA_avx512)
static inline vector log_exponent(vector t)
{
    return _mm512_getexp_pd(t);
}

static inline vector log_mantissa(vector t)
{
    return _mm512_getmant_pd(t, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
}

static inline vector log_look_up(const double table[LOG_TABLE], vector_mask sixteenth)
{
    return _mm512_permutex2var_pd(_mm512_load_pd(table), (__m512i)sixteenth, _mm512_load_pd(table + 8));
}
#else
#define MANTISSA_BITS 52

/* Put below the bits of 2^52, where doubles are 1 apart, an integer becomes a double. */
static inline vector log_exponent(vector t)
{
    vector_mask biased = (vector_mask)t >> MANTISSA_BITS;
    return (vector)(biased | (vector_mask)vector_set(0x1p52)) - (0x1p52 + 1023);
}

static inline vector log_mantissa(vector t)
{
    const vector_mask mantissa = (vector_mask){ 0 } + ((INT64_C(1) << MANTISSA_BITS) - 1);
    return (vector)(((vector_mask)t & mantissa) | (vector_mask)vector_set(1));
}

static inline vector log_look_up(const double table[LOG_TABLE], vector_mask sixteenth)
{
    vector_mask index = sixteenth & (LOG_TABLE - 1);
#if defined(ISA_avx2)
    return _mm256_i64gather_pd(table, (__m256i)index, sizeof *table);
#else
    vector found = { 0 };
    for (int l = 0; l < LANES; l++)
        found[l] = table[index[l]];
    return found;
#endif
}
#endif

/*
 * Vectors taken through each step together, so that instructions that stand next to each other do not wait
 * for each other: a processor looks ahead over fewer instructions than a whole chain is long. Measured: 10 %
 * with AVX-512, 30 % with AVX2; four bring no more.
 */
enum { GROUP = 2 };
#define EACH for (int i = 0; i < GROUP; i++)

/* @u: out, -2 ln @t */
static inline void minus_two_log(const vector t[GROUP], vector u[GROUP])
{
    vector m[GROUP], r[GROUP], q[GROUP], rest[GROUP];
    vector_mask sixteenth[GROUP];
    EACH m[i] = log_mantissa(t[i]);
    EACH sixteenth[i] = (vector_mask)m[i] >> 48; /* four bits of the mantissa, below those of the exponent */
    EACH r[i] = vector_fma(m[i], log_look_up(one_over_c, sixteenth[i]), vector_set(-1));
    EACH q[i] = vector_set(log_q[0]);
#pragma GCC unroll 8
    for (int k = 1; k < LOG_Q_TERMS; k++)
        EACH q[i] = vector_fma(q[i], r[i], vector_set(log_q[k]));
    EACH rest[i] = vector_fma(log_exponent(t[i]), vector_set(MINUS_TWO_LOG_2), log_look_up(minus_two_log_c, sixteenth[i]));
    EACH u[i] = vector_fma(q[i], r[i], rest[i]);
}

#endif
