/*
 * The operators of mg in vectors, compiled once per instruction set (isa.h).
 *
 * What neighbours share is summed once: for each point of a line the four lines beside it (cross) and the four
 * diagonal ones (diagonal); a stencil then combines three consecutive entries of these sums, shifted between
 * registers, so that every load is aligned. Two lines at a time share half of the loads and of the sums:
 * 12 additions and 3 multiply-adds a point for A, 13 and 3 for S, of which 5 are sums.
 */
#include "cpu_bound/nas/mg_grid.h"
#include "cpu_bound/nas/mg_kernel.h"
#include "cpu_bound/vector.h"

#define INLINE static inline __attribute__((always_inline))
enum { ROWS = 2 }; /* lines at a time */

/* --- lanes --- */

/* The values one point to the left: of vector @here, with the last of the vector @before it. */
INLINE vector left_of(vector before, vector here)
{
#if defined(ISA_avx512)
    return (vector)_mm512_alignr_epi64((__m512i)here, (__m512i)before, 7);
#elif defined(ISA_avx2)
    return __builtin_shufflevector(before, here, 3, 4, 5, 6);
#else
    return __builtin_shufflevector(before, here, 1, 2);
#endif
}

INLINE vector right_of(vector here, vector after)
{
#if defined(ISA_avx512)
    return (vector)_mm512_alignr_epi64((__m512i)after, (__m512i)here, 1);
#elif defined(ISA_avx2)
    return __builtin_shufflevector(here, after, 1, 2, 3, 4);
#else
    return __builtin_shufflevector(here, after, 1, 2);
#endif
}

/* Of two vectors in a row, the entries of even or of odd number; and the reverse, by halves. */
#if defined(ISA_avx512)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define FIRST_HALF(even, odd) __builtin_shufflevector(even, odd, 0, 8, 1, 9, 2, 10, 3, 11)
#define SECOND_HALF(even, odd) __builtin_shufflevector(even, odd, 4, 12, 5, 13, 6, 14, 7, 15)
#elif defined(ISA_avx2)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define FIRST_HALF(even, odd) __builtin_shufflevector(even, odd, 0, 4, 1, 5)
#define SECOND_HALF(even, odd) __builtin_shufflevector(even, odd, 2, 6, 3, 7)
#else
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3)
#define FIRST_HALF(even, odd) __builtin_shufflevector(even, odd, 0, 2)
#define SECOND_HALF(even, odd) __builtin_shufflevector(even, odd, 1, 3)
#endif

/* --- interpolation --- */

INLINE vector sum_of_four(const double *const line[4], ptrdiff_t i)
{
    return (vector_load(line[0] + i) + vector_load(line[1] + i)) + (vector_load(line[2] + i) + vector_load(line[3] + i));
}

INLINE void interpolate(double *out, const double *u, const double *const coarse[4], size_t n)
{
    const vector quarter = vector_set(0.25), eighth = vector_set(0.125), zero = { 0 };
    vector before = sum_of_four(coarse, -LANES);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += 2 * LANES) {
        vector here = sum_of_four(coarse, i / 2);
        vector even = (left_of(before, here) + here) * eighth, odd = here * quarter;
        vector_store(out + i, (u ? vector_load(u + i) : zero) + FIRST_HALF(even, odd));
        vector_store(out + i + LANES, (u ? vector_load(u + i + LANES) : zero) + SECOND_HALF(even, odd));
        before = here;
    }
    mg_close_line(out, n);
}

void ISA_NAME(mg_interpolate)(double *out, const double *u, const double *const coarse[4], size_t n)
{
    if (u)
        interpolate(out, u, coarse, n);
    else
        interpolate(out, NULL, coarse, n);
}

/* --- stencils --- */

/* A vector of each of ROWS lines: the points, the sums of the four lines beside and of the four diagonal ones. */
struct sums {
    vector point[ROWS], cross[ROWS], diagonal[ROWS];
};

INLINE struct sums sums_at(struct mg_planes p, ptrdiff_t line, ptrdiff_t i, int rows)
{
    struct sums s;
    vector outer[ROWS + 2], inner[ROWS + 2];
#pragma GCC unroll 4
    for (int r = 0; r < rows + 2; r++) {
        ptrdiff_t at = (r - 1) * line + i;
        outer[r] = vector_load(p.below + at) + vector_load(p.above + at);
        inner[r] = vector_load(p.here + at);
    }
#pragma GCC unroll 2
    for (int r = 0; r < rows; r++) {
        s.point[r] = inner[r + 1];
        s.cross[r] = outer[r + 1] + (inner[r] + inner[r + 2]);
        s.diagonal[r] = outer[r] + outer[r + 2];
    }
    return s;
}

INLINE void residual(double *restrict out, const double *v, ptrdiff_t v_line, const double *ahead, struct mg_planes u,
                     ptrdiff_t line, size_t n, int rows)
{
    const vector c0 = vector_set(8.0 / 3), c2 = vector_set(-1.0 / 6), c3 = vector_set(-1.0 / 12);
    struct sums before = sums_at(u, line, -LANES, rows), here = sums_at(u, line, 0, rows);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += LANES) {
        struct sums after = sums_at(u, line, i + LANES, rows);
#pragma GCC unroll 2
        for (int r = 0; r < rows; r++) {
            vector edge = (left_of(before.cross[r], here.cross[r]) + right_of(here.cross[r], after.cross[r])) + here.diagonal[r];
            vector corner = left_of(before.diagonal[r], here.diagonal[r]) + right_of(here.diagonal[r], after.diagonal[r]);
            __builtin_prefetch(ahead + r * v_line + i, 0, 2);
            vector value = vector_fma(c0, here.point[r], vector_load(v + r * v_line + i));
            vector_store(out + r * line + i, vector_fma(c3, corner, vector_fma(c2, edge, value)));
        }
        before = here;
        here = after;
    }
    for (int r = 0; r < rows; r++)
        mg_close_line(out + r * line, n);
}

void ISA_NAME(mg_residual)(double *restrict out, const double *v, ptrdiff_t v_line, const double *ahead,
                           struct mg_planes u, ptrdiff_t line, size_t lines, size_t n)
{
    for (; lines >= ROWS; lines -= ROWS) {
        residual(out, v, v_line, ahead, u, line, n, ROWS);
        out += ROWS * line;
        v += ROWS * v_line;
        ahead += ROWS * v_line;
        u = (struct mg_planes){ u.below + ROWS * line, u.here + ROWS * line, u.above + ROWS * line };
    }
    if (lines > 0)
        residual(out, v, v_line, ahead, u, line, n, 1);
}

/* What smooth() does with the lines besides keeping them. */
enum copying { COPY_NONE, COPY_STORE, COPY_STREAM };

INLINE void smooth(double *restrict out, double *restrict copy, ptrdiff_t copy_line, enum copying copying, const double *u,
                   struct mg_planes p, ptrdiff_t line, size_t n, struct mg_smoother smoother, int rows)
{
    const vector c0 = vector_set(smoother.c0), c1 = vector_set(smoother.c1), c2 = vector_set(smoother.c2);
    struct sums before = sums_at(p, line, -LANES, rows), here = sums_at(p, line, 0, rows);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i += LANES) {
        struct sums after = sums_at(p, line, i + LANES, rows);
#pragma GCC unroll 2
        for (int r = 0; r < rows; r++) {
            vector face = (left_of(before.point[r], here.point[r]) + right_of(here.point[r], after.point[r])) + here.cross[r];
            vector edge = (left_of(before.cross[r], here.cross[r]) + right_of(here.cross[r], after.cross[r])) + here.diagonal[r];
            vector value = vector_fma(c0, here.point[r], vector_load(u + r * line + i));
            value = vector_fma(c2, edge, vector_fma(c1, face, value));
            vector_store(out + r * line + i, value);
            if (copying == COPY_STREAM)
                vector_stream(copy + r * copy_line + i, value);
            else if (copying == COPY_STORE)
                vector_store(copy + r * copy_line + i, value);
        }
        before = here;
        here = after;
    }
    for (int r = 0; r < rows; r++) {
        mg_close_line(out + r * line, n);
        if (copying == COPY_STORE)
            mg_close_line(copy + r * copy_line, n);
    }
}

INLINE void smooth_lines(double *restrict out, double *restrict copy, ptrdiff_t copy_line, enum copying copying,
                         const double *u, struct mg_planes r, ptrdiff_t line, size_t lines, size_t n,
                         struct mg_smoother smoother)
{
    for (; lines >= ROWS; lines -= ROWS) {
        smooth(out, copy, copy_line, copying, u, r, line, n, smoother, ROWS);
        out += ROWS * line;
        copy = copy ? copy + ROWS * copy_line : NULL;
        u += ROWS * line;
        r = (struct mg_planes){ r.below + ROWS * line, r.here + ROWS * line, r.above + ROWS * line };
    }
    if (lines > 0)
        smooth(out, copy, copy_line, copying, u, r, line, n, smoother, 1);
}

void ISA_NAME(mg_smooth)(double *restrict out, double *restrict copy, ptrdiff_t copy_line, bool stream, const double *u,
                         struct mg_planes r, ptrdiff_t line, size_t lines, size_t n, struct mg_smoother smoother)
{
    if (!copy) {
        smooth_lines(out, NULL, 0, COPY_NONE, u, r, line, lines, n, smoother);
    } else if (!stream) {
        smooth_lines(out, copy, copy_line, COPY_STORE, u, r, line, lines, n, smoother);
    } else {
        smooth_lines(out, copy, copy_line, COPY_STREAM, u, r, line, lines, n, smoother);
        vector_stream_end();
    }
}

/* --- restriction --- */

/* P is a product of (1/2, 1, 1/2) in each direction, times 1/2: first across the lines, then along them. */
void ISA_NAME(mg_restrict)(double *restrict out, const double *const r[3][3], size_t coarse_n)
{
    const vector half = vector_set(0.5), quarter = vector_set(0.25);
    double across[MG_SIDE_MAX + 4 * LANES] __attribute__((aligned(64)));
    for (size_t i = 0; i <= 2 * coarse_n; i += LANES) { /* to point n, the copy of point 0 */
        vector cross = (vector_load(r[0][1] + i) + vector_load(r[2][1] + i)) +
                       (vector_load(r[1][0] + i) + vector_load(r[1][2] + i));
        vector diagonal = (vector_load(r[0][0] + i) + vector_load(r[2][0] + i)) +
                          (vector_load(r[0][2] + i) + vector_load(r[2][2] + i));
        vector_store(across + i, vector_fma(quarter, diagonal, vector_fma(half, cross, vector_load(r[1][1] + i))));
    }
    for (size_t i = 0; i < coarse_n; i += LANES) {
        const double *at = across + 2 * i;
        vector first = vector_load(at), second = vector_load(at + LANES);
        vector ends = EVEN(first, second) + EVEN(vector_load(at + 2), vector_load(at + LANES + 2));
        vector_store(out + i, vector_fma(quarter, ends, half * ODD(first, second)));
    }
    mg_close_line(out, coarse_n);
}

/* --- norm --- */

double ISA_NAME(mg_square_sum)(const double *r, size_t n)
{
    enum { SUMS = 8 }; /* interleaved, whatever LANES is */
    double sum[SUMS];
    vector part[SUMS / LANES] = { 0 };
    for (size_t i = 0; i < n; i += SUMS)
        for (int k = 0; k < SUMS / LANES; k++) {
            vector value = vector_load(r + i + (size_t)k * LANES);
            part[k] = vector_fma(value, value, part[k]);
        }
    for (int k = 0; k < SUMS; k++)
        sum[k] = part[k / LANES][k % LANES];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}
