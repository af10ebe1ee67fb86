/*
 * Pairs of bodies, compiled once per instruction set (isa.h). A vector of bodies i stays in registers
 * while vectors of bodies j pass by, lane l of one meeting lane l of the other; then i is rotated by a
 * lane and j passes again, until each lane has met each. So a pair is evaluated once, both pulls are
 * kept in vectors, and nothing is ever added up across lanes.
 *
 * Cost of LANES pairs, two interactions each: 21 vector operations and an estimate of the root (as much
 * as 3 more with AVX-512: 12 cycles for two units), 4 loads of j, and 3 loads and 3 stores of the pulls on
 * j, which a tile keeps in the first-level cache. Every body pulling every other by itself would take 17
 * and the estimate for half as many interactions.
 */
#include "cpu_bound/nbody_kernel.h"
#include "cpu_bound/vector.h"

#include <math.h>

enum { TILE = 256 }; /* bodies j: 7 arrays of 2 KiB, less than half a first-level cache of 32 KiB */

struct vectors {
    vector x, y, z;
};

/* Lane l of the result is lane l + 1 of @v; the last lane is the first of @v. */
static inline vector rotate(vector v)
{
#if defined(ISA_avx512)
    __m512i bits = _mm512_castpd_si512(v);
    return _mm512_castsi512_pd(_mm512_alignr_epi64(bits, bits, 1));
#elif defined(ISA_avx2)
    return _mm256_permute4x64_pd(v, 0x39); /* lanes 1, 2, 3, 0 */
#else
    return (vector){ v[1], v[0] };
#endif
}

static inline struct vectors rotate3(struct vectors v)
{
    return (struct vectors){ rotate(v.x), rotate(v.y), rotate(v.z) };
}

#if defined(ISA_avx512) || defined(ISA_avx2)
/*
 * Powers q^(-1/2) and q^(-3/2) from an estimate g of q^(-1/2): with e = q g^2 - 1 they are
 * g (1 + e)^(-1/2) and g^3 (1 + e)^(-3/2), whose Taylor series need few terms. A root and a division
 * would keep the divider busy for three times as long.
 * AVX-512: |e| < 2^-13, three terms leave 315/128 e^4 < 6e-16.
 * AVX2: a single-precision estimate, |e| < 2^-10.4, four terms leave 693/256 e^5 < 6e-16.
 */
#if defined(ISA_avx512)
enum { TERMS = 3 };

static inline vector estimate(vector q)
{
    return _mm512_rsqrt14_pd(q);
}
#else
enum { TERMS = 4 };

static inline vector estimate(vector q)
{
    return _mm256_cvtps_pd(_mm_rsqrt_ps(_mm256_cvtpd_ps(q)));
}
#endif

static const double root_series[] = { -1. / 2, 3. / 8, -5. / 16, 35. / 128 };
static const double cube_series[] = { -3. / 2, 15. / 8, -35. / 16, 315. / 128 };

/* factor * (1 + e)^power, by the series of that power. */
static inline __attribute__((always_inline)) vector refine(vector factor, vector e, const double *series)
{
    vector sum = vector_set(series[TERMS - 1]);
#pragma GCC unroll 4
    for (int k = TERMS - 2; k >= 0; k--)
        sum = vector_fma(sum, e, vector_set(series[k]));
    return vector_fma(factor * e, sum, factor);
}

static inline vector inverse_root(vector q)
{
    vector g = estimate(q);
    return refine(g, vector_fma(q, g * g, vector_set(-1)), root_series);
}

static inline vector inverse_cube(vector q)
{
    vector g = estimate(q), g2 = g * g;
    return refine(g * g2, vector_fma(q, g2, vector_set(-1)), cube_series);
}
#else
static inline vector root(vector q)
{
#if defined(__SSE2__)
    return _mm_sqrt_pd(q);
#else
    return (vector){ sqrt(q[0]), sqrt(q[1]) };
#endif
}

static inline vector inverse_root(vector q)
{
    return 1.0 / root(q);
}

static inline vector inverse_cube(vector q)
{
    return 1.0 / (q * root(q));
}
#endif

static inline struct vectors load(const double *x, const double *y, const double *z, size_t i)
{
    return (struct vectors){ vector_load(x + i), vector_load(y + i), vector_load(z + i) };
}

static inline void add_to(const struct nbody_pull *on, size_t i, struct vectors v)
{
    vector_store(on->x + i, vector_load(on->x + i) + v.x);
    vector_store(on->y + i, vector_load(on->y + i) + v.y);
    vector_store(on->z + i, vector_load(on->z + i) + v.z);
}

static inline struct vectors minus(struct vectors a, struct vectors b)
{
    return (struct vectors){ a.x - b.x, a.y - b.y, a.z - b.z };
}

static inline vector square(struct vectors d, vector softening2)
{
    return vector_fma(d.x, d.x, vector_fma(d.y, d.y, vector_fma(d.z, d.z, softening2)));
}

static inline struct vectors fma3(struct vectors d, vector factor, struct vectors sum)
{
    return (struct vectors){ vector_fma(d.x, factor, sum.x), vector_fma(d.y, factor, sum.y), vector_fma(d.z, factor, sum.z) };
}

/* The vector of bodies at @i and all bodies of [j0, j1). */
static inline void meet(const struct nbody_bodies *b, size_t i, size_t j0, size_t j1, const struct nbody_pull *on_i,
                        const struct nbody_pull *on_j)
{
    vector softening2 = vector_set(b->softening * b->softening), minus_mi = -vector_load(b->m + i);
    struct vectors ri = load(b->x, b->y, b->z, i), ai = { 0 };
    for (int turn = 0; turn < LANES; turn++) {
        for (size_t j = j0; j < j1; j += LANES) {
            struct vectors d = minus(load(b->x, b->y, b->z, j), ri), aj = load(on_j->x, on_j->y, on_j->z, j);
            vector s = inverse_cube(square(d, softening2));
            ai = fma3(d, s * vector_load(b->m + j), ai);
            aj = fma3(d, s * minus_mi, aj);
            vector_store(on_j->x + j, aj.x);
            vector_store(on_j->y + j, aj.y);
            vector_store(on_j->z + j, aj.z);
        }
        ri = rotate3(ri);
        ai = rotate3(ai);
        minus_mi = rotate(minus_mi);
    }
    add_to(on_i, i, ai);
}

/* The vector of bodies at @i among themselves: each lane meets each other one, from both sides. */
static inline void meet_itself(const struct nbody_bodies *b, size_t i, const struct nbody_pull *on)
{
    vector softening2 = vector_set(b->softening * b->softening), m = vector_load(b->m + i);
    struct vectors ri = load(b->x, b->y, b->z, i), rj = ri, a = { 0 };
    for (int turn = 1; turn < LANES; turn++) {
        rj = rotate3(rj);
        m = rotate(m);
        struct vectors d = minus(rj, ri);
        a = fma3(d, inverse_cube(square(d, softening2)) * m, a);
    }
    add_to(on, i, a);
}

void ISA_NAME(nbody_pull_between)(const struct nbody_bodies *b, size_t i0, size_t i1, size_t j0, size_t j1,
                                  const struct nbody_pull *on_i, const struct nbody_pull *on_j)
{
    for (size_t j = j0; j < j1; j += TILE)
        for (size_t i = i0; i < i1; i += LANES)
            meet(b, i, j, j + TILE < j1 ? j + TILE : j1, on_i, on_j);
}

void ISA_NAME(nbody_pull_within)(const struct nbody_bodies *b, size_t i0, size_t i1, const struct nbody_pull *on)
{
    for (size_t begin = i0; begin < i1; begin += TILE) {
        size_t end = begin + TILE < i1 ? begin + TILE : i1;
        for (size_t i = begin; i < end; i += LANES) {
            meet_itself(b, i, on);
            meet(b, i, i + LANES, end, on, on);
        }
        ISA_NAME(nbody_pull_between)(b, begin, end, end, i1, on, on);
    }
}

double ISA_NAME(nbody_binding)(const struct nbody_bodies *b, size_t i0, size_t i1, size_t n)
{
    vector softening2 = vector_set(b->softening * b->softening);
    double total = 0;
    for (size_t i = i0; i < i1; i += LANES) {
        struct vectors ri = load(b->x, b->y, b->z, i);
        vector sum = { 0 };
        for (size_t j = 0; j < n; j++) {
            struct vectors rj = { vector_set(b->x[j]), vector_set(b->y[j]), vector_set(b->z[j]) };
            sum = vector_fma(inverse_root(square(minus(rj, ri), softening2)), vector_set(b->m[j]), sum);
        }
        sum *= vector_load(b->m + i);
        for (int l = 0; l < LANES; l++)
            total += sum[l];
    }
    return total;
}
