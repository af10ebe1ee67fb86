#ifndef PARKIT_FT_BUTTERFLY_H
#define PARKIT_FT_BUTTERFLY_H
/*
 * What FT's steps do in registers, for NAME_isa.c files: transforms of 2, 4 or 8 vectors of points, their turns, and
 * the transposition of as many vectors as a vector has lanes.
 */
#include "cpu_bound/vector.h"

#define INLINE static inline __attribute__((always_inline))

enum { RADIX_MAX = 8 };

/* Real and imaginary parts of up to RADIX_MAX vectors of points. */
struct points {
    vector re[RADIX_MAX], im[RADIX_MAX];
};

/* --- butterflies: transforms of 2, 4 or 8 points, in their natural order --- */

/* The @i-th point becomes the sum of it and the @j-th, the @j-th the difference. */
INLINE void sum_difference(struct points *p, int i, int j)
{
    vector re = p->re[i], im = p->im[i];
    p->re[i] = re + p->re[j];
    p->im[i] = im + p->im[j];
    p->re[j] = re - p->re[j];
    p->im[j] = im - p->im[j];
}

/* The points at @i0, @i1, @i2, @i3, whose transform ends at @i0, @i2, @i1, @i3, which the caller knows. */
INLINE void butterfly_4(struct points *p, int i0, int i1, int i2, int i3)
{
    sum_difference(p, i0, i2);
    sum_difference(p, i1, i3);
    sum_difference(p, i0, i1);
    vector re = p->re[i2], im = p->im[i2];
    p->re[i2] = re + p->im[i3];
    p->im[i2] = im - p->re[i3];
    vector swapped = p->re[i3];
    p->re[i3] = re - p->im[i3];
    p->im[i3] = im + swapped;
}

/* even +- root * (re + i im), into the points @i and @j; root is exp(-2 pi i / 8)'s cosine. */
INLINE void join_eighth(struct points *p, int i, int j, vector even_re, vector even_im, vector re, vector im)
{
    const vector root = vector_set(0.70710678118654752440);
    p->re[i] = vector_fma(root, re, even_re);
    p->im[i] = vector_fma(root, im, even_im);
    p->re[j] = vector_fma(-root, re, even_re);
    p->im[j] = vector_fma(-root, im, even_im);
}

INLINE void butterfly_8(struct points *p)
{
    butterfly_4(p, 0, 2, 4, 6); /* even points: frequencies 0, 1, 2, 3 at 0, 4, 2, 6 */
    butterfly_4(p, 1, 3, 5, 7); /* odd points: at 1, 5, 3, 7                         */
    struct points q = *p;
    p->re[0] = q.re[0] + q.re[1], p->im[0] = q.im[0] + q.im[1];
    p->re[4] = q.re[0] - q.re[1], p->im[4] = q.im[0] - q.im[1];
    p->re[2] = q.re[2] + q.im[3], p->im[2] = q.im[2] - q.re[3];
    p->re[6] = q.re[2] - q.im[3], p->im[6] = q.im[2] + q.re[3];
    join_eighth(p, 1, 5, q.re[4], q.im[4], q.re[5] + q.im[5], q.im[5] - q.re[5]);
    join_eighth(p, 3, 7, q.re[6], q.im[6], q.im[7] - q.re[7], -q.im[7] - q.re[7]);
}

/* @radix (a constant wherever it is inlined) is 2, 4 or 8. */
INLINE void butterfly(struct points *p, int radix)
{
    if (radix == 8) {
        butterfly_8(p);
    } else if (radix == 4) {
        butterfly_4(p, 0, 1, 2, 3);
        vector re = p->re[1], im = p->im[1];
        p->re[1] = p->re[2], p->im[1] = p->im[2];
        p->re[2] = re, p->im[2] = im;
    } else {
        sum_difference(p, 0, 1);
    }
}

/* Point @k times @re + i @im. */
INLINE void turn(struct points *p, int k, vector re, vector im)
{
    vector product = vector_fma(p->re[k], re, -(p->im[k] * im));
    p->im[k] = vector_fma(p->re[k], im, p->im[k] * re);
    p->re[k] = product;
}

/* --- transposition --- */

#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vector_mask){ __VA_ARGS__ })
#endif

/* Of each pair of rows, lanes go crosswise: what is off the diagonal of every 2 x 2 squares of lanes changes places. */
#define EXCHANGE(v, i, j, low, high)           \
    do {                                       \
        vector first_ = v[i], second_ = v[j];  \
        v[i] = SHUFFLE(first_, second_, low);  \
        v[j] = SHUFFLE(first_, second_, high); \
    } while (0)

/* The lanes of vector i become those of vectors 0 to LANES - 1 at lane i. */
INLINE void transpose(vector v[])
{
#define LIST(...) __VA_ARGS__
#if defined(ISA_avx512)
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
        EXCHANGE(v, i, i + 4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15));
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) /* of each four the first two with the last two */
        EXCHANGE(v, i + i / 2 * 2, i + i / 2 * 2 + 2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15));
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2)
        EXCHANGE(v, i, i + 1, LIST(0, 8, 2, 10, 4, 12, 6, 14), LIST(1, 9, 3, 11, 5, 13, 7, 15));
#elif defined(ISA_avx2)
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++)
        EXCHANGE(v, i, i + 2, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
#pragma GCC unroll 2
    for (int i = 0; i < 4; i += 2)
        EXCHANGE(v, i, i + 1, LIST(0, 4, 2, 6), LIST(1, 5, 3, 7));
#else
    EXCHANGE(v, 0, 1, LIST(0, 2), LIST(1, 3));
#endif
#undef LIST
}

#endif
