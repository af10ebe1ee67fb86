/*
 * The steps of FT's transforms in vectors, compiled once per instruction set (isa.h). Along y and z, and between the
 * blocks of a row, the lanes of a vector are LANES lines side by side that nothing is moved between. Only the
 * last step along x joins lanes: LANES vectors are transposed on their way into it.
 *
 * Backwards the same steps are done in the opposite order, on real and imaginary parts that have changed names: with
 * s(a + ib) = b + ia, the transform with exp(+i ...) is s, then the one with exp(-i ...), then s.
 *
 * Arithmetic of a radix-8 step with its turns: 80 operations for 8 vectors of points, that is 40 cycles on two
 * units, beside 16 loads, 16 stores and 14 loads of turns.
 */
#include "cpu_bound/ft_kernel.h"
#include "cpu_bound/vector.h"

enum direction { FORWARD, INVERSE };
enum { BLOCK = 2 * LANES, RADIX_MAX = 8 };
enum { TILE = 32 / BLOCK > 1 ? 32 / BLOCK : 1 }; /* blocks of a tile: 256 bytes, four cache lines */

#define INLINE static inline __attribute__((always_inline))

/* Real and imaginary parts of up to 8 vectors of points. */
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

/* --- steps --- */

/* Point @k times @re + i @im. */
INLINE void turn(struct points *p, int k, vector re, vector im)
{
    vector product = vector_fma(p->re[k], re, -(p->im[k] * im));
    p->im[k] = vector_fma(p->re[k], im, p->im[k] * re);
    p->re[k] = product;
}

INLINE void turn_all(struct points *p, const double *twiddle, int radix)
{
#pragma GCC unroll 8
    for (int k = 1; k < radix; k++)
        turn(p, k, vector_set(twiddle[2 * k - 2]), vector_set(twiddle[2 * k - 1]));
}

/* Real parts come first in a block; backwards the two have changed names. */
INLINE size_t real_part(enum direction d)
{
    return d == FORWARD ? 0 : LANES;
}

INLINE void load(struct points *p, const double *from, size_t apart, int radix, enum direction d)
{
#pragma GCC unroll 8
    for (int k = 0; k < radix; k++) {
        p->re[k] = vector_load(from + (size_t)k * apart + real_part(d));
        p->im[k] = vector_load(from + (size_t)k * apart + LANES - real_part(d));
    }
}

INLINE void store(const struct points *p, double *to, size_t apart, int radix, enum direction d)
{
#pragma GCC unroll 8
    for (int k = 0; k < radix; k++) {
        vector_store(to + (size_t)k * apart + real_part(d), p->re[k]);
        vector_store(to + (size_t)k * apart + LANES - real_part(d), p->im[k]);
    }
}

/* Values of a line, or every `every`-th of it from the `first` on: `count` values, each `wide` blocks, `apart` doubles. */
struct line {
    double *at;
    size_t count, apart, wide, first, every;
};

INLINE void step_turned(const struct line *l, const struct ft_step *s, int radix, enum direction d, bool turned)
{
    const size_t sub_line = s->span / l->every, m = sub_line / (size_t)radix, apart = m * l->apart;
    for (double *at = l->at, *end = at + l->count * l->apart; at < end; at += sub_line * l->apart)
        for (size_t j = 0; j < m; j++) {
            const double *twiddle = s->twiddle + (l->first + j * l->every) * 2 * (size_t)(radix - 1);
            for (size_t w = 0; w < l->wide; w++) {
                double *value = at + j * l->apart + w * BLOCK;
                struct points p;
                load(&p, value, apart, radix, d);
                if (turned && d == INVERSE)
                    turn_all(&p, twiddle, radix);
                butterfly(&p, radix);
                if (turned && d == FORWARD)
                    turn_all(&p, twiddle, radix);
                store(&p, value, apart, radix, d);
            }
        }
}

INLINE void step(const struct line *l, const struct ft_step *s, enum direction d)
{
    bool turned = s->span > (size_t)s->radix; /* the last step has nothing to turn */
    if (s->radix == 8 && turned)
        step_turned(l, s, 8, d, true);
    else if (s->radix == 8)
        step_turned(l, s, 8, d, false);
    else if (turned)
        step_turned(l, s, 4, d, true);
    else
        step_turned(l, s, 4, d, false);
}

static void steps_forward(const struct line *l, const struct ft_step *s, int steps)
{
    for (int i = 0; i < steps; i++)
        step(l, &s[i], FORWARD);
}

static void steps_inverse(const struct line *l, const struct ft_step *s, int steps)
{
    for (int i = steps; i-- > 0;)
        step(l, &s[i], INVERSE);
}

/* --- the last step along x, which joins lanes --- */

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
    for (int i = 0; i < 4; i++)
        EXCHANGE(v, i, i + 4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15));
    for (int i = 0; i < 8; i += i % 4 == 1 ? 3 : 1)
        EXCHANGE(v, i, i + 2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15));
    for (int i = 0; i < 8; i += 2)
        EXCHANGE(v, i, i + 1, LIST(0, 8, 2, 10, 4, 12, 6, 14), LIST(1, 9, 3, 11, 5, 13, 7, 15));
#elif defined(ISA_avx2)
    for (int i = 0; i < 2; i++)
        EXCHANGE(v, i, i + 2, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
    for (int i = 0; i < 4; i += 2)
        EXCHANGE(v, i, i + 1, LIST(0, 4, 2, 6), LIST(1, 5, 3, 7));
#else
    EXCHANGE(v, 0, 1, LIST(0, 2), LIST(1, 3));
#endif
#undef LIST
}

INLINE void turn_lanes(struct points *p, const double *turns)
{
#pragma GCC unroll 8
    for (int k = 0; k < LANES; k++)
        turn(p, k, vector_load(turns + k * BLOCK), vector_load(turns + k * BLOCK + LANES));
}

static void join_lanes(const struct ft_transform *f, double *row, enum direction d)
{
    const double *turns = f->turns;
    for (size_t x = 0; x < f->shape.n[FT_X]; x += LANES * LANES, row += LANES * BLOCK, turns += LANES * BLOCK) {
        struct points p;
        load(&p, row, BLOCK, LANES, d);
        if (d == FORWARD)
            turn_lanes(&p, turns);
        else
            butterfly(&p, LANES);
        transpose(p.re);
        transpose(p.im);
        if (d == FORWARD)
            butterfly(&p, LANES);
        else
            turn_lanes(&p, turns);
        store(&p, row, BLOCK, LANES, d);
    }
}

/* --- families of rows --- */

static struct line row_line(const struct ft_transform *f, double *row)
{
    return (struct line){ row, f->plan[FT_X].n, BLOCK, 1, 0, 1 };
}

/* The lines along y of one family, at tile @t of its rows. */
static struct line family_line(const struct ft_transform *f, double *plane, size_t family, size_t t)
{
    const struct ft_shape *s = &f->shape;
    return (struct line){ plane + family * s->row + t * TILE * BLOCK, s->n[FT_Y] / FT_FAMILIES, FT_FAMILIES * s->row,
                          TILE, family, FT_FAMILIES };
}

size_t ISA_NAME(ft_lanes)(void)
{
    return LANES;
}

size_t ISA_NAME(ft_tiles)(const struct ft_shape *s)
{
    return s->n[FT_X] / (LANES * TILE);
}

void ISA_NAME(ft_family_forward)(const struct ft_transform *f, double *plane, size_t family)
{
    const struct ft_plan *x = &f->plan[FT_X], *y = &f->plan[FT_Y];
    for (size_t i = family; i < f->shape.n[FT_Y]; i += FT_FAMILIES) {
        struct line line = row_line(f, plane + i * f->shape.row);
        steps_forward(&line, x->step, x->steps);
        join_lanes(f, line.at, FORWARD);
    }
    for (size_t t = 0; t < ISA_NAME(ft_tiles)(&f->shape); t++) {
        struct line line = family_line(f, plane, family, t);
        steps_forward(&line, y->step, y->steps - 1);
    }
}

void ISA_NAME(ft_family_inverse)(const struct ft_transform *f, double *plane, size_t family)
{
    const struct ft_plan *x = &f->plan[FT_X], *y = &f->plan[FT_Y];
    for (size_t i = family; i < f->shape.n[FT_Y]; i += FT_FAMILIES) {
        struct line line = row_line(f, plane + i * f->shape.row);
        join_lanes(f, line.at, INVERSE);
        steps_inverse(&line, x->step, x->steps);
    }
    for (size_t t = 0; t < ISA_NAME(ft_tiles)(&f->shape); t++) {
        struct line line = family_line(f, plane, family, t);
        steps_inverse(&line, y->step, y->steps - 1);
    }
}

/* --- tiles of bundles: in scratch, [row of the bundle][block of the tile][z] blocks --- */

/* A gap after each line, or the rows of a bundle would lie a power of two apart. */
static size_t scratch_line(const struct ft_shape *s)
{
    return s->n[FT_Z] * BLOCK + FT_GAP;
}

size_t ISA_NAME(ft_scratch)(const struct ft_shape *s)
{
    return FT_BUNDLE * TILE * scratch_line(s);
}

static struct line z_line(const struct ft_transform *f, double *at)
{
    return (struct line){ at, f->shape.n[FT_Z], BLOCK, 1, 0, 1 };
}

static void tile_forward(const struct ft_transform *f, double *tile, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    const size_t length = scratch_line(s);
    for (size_t z = 0; z < s->n[FT_Z]; z++)
        for (size_t w = 0; w < TILE; w++) {
            struct points p;
            load(&p, tile + z * s->plane + w * BLOCK, s->row, FT_BUNDLE, FORWARD);
            butterfly(&p, FT_BUNDLE);
            store(&p, scratch + w * length + z * BLOCK, TILE * length, FT_BUNDLE, FORWARD);
        }
    for (size_t r = 0; r < FT_BUNDLE; r++)
        for (size_t w = 0; w < TILE; w++) {
            struct line line = z_line(f, scratch + (r * TILE + w) * length);
            steps_forward(&line, plan->step, plan->steps);
            for (size_t z = 0; z < s->n[FT_Z]; z++)
                for (size_t i = 0; i < BLOCK; i += LANES)
                    vector_store(tile + z * s->plane + r * s->row + w * BLOCK + i, vector_load(line.at + z * BLOCK + i));
        }
}

void ISA_NAME(ft_tiles_forward)(const struct ft_transform *f, double *bundle, size_t begin, size_t end, double *scratch)
{
    for (size_t t = begin; t < end; t++)
        tile_forward(f, bundle + t * TILE * BLOCK, scratch);
}

INLINE void prefetch(const double *at, size_t doubles)
{
    for (size_t i = 0; i < doubles; i += 8)
        __builtin_prefetch(at + i, 0, 2);
}

/* One line along z of the spectrum, times the factors, into @line. @xy: the product of those along x and y. */
INLINE void load_damped(double *line, const double *from, const struct ft_shape *s, const double *along_z, vector xy,
                        bool ahead)
{
    for (size_t z = 0; z < s->n[FT_Z]; z++, from += s->plane, line += BLOCK) {
        vector factor = xy * along_z[z];
        vector_store(line, vector_load(from) * factor);
        vector_store(line + LANES, vector_load(from + LANES) * factor);
        if (ahead)
            prefetch(from + TILE * BLOCK, TILE * BLOCK); /* of the next tile, needed when this one is done */
    }
}

static void store_tile(const struct ft_shape *s, const double *scratch, double *to)
{
    const size_t length = scratch_line(s);
    for (size_t z = 0; z < s->n[FT_Z]; z++)
        for (size_t w = 0; w < TILE; w++) {
            struct points p;
            load(&p, scratch + w * length + z * BLOCK, TILE * length, FT_BUNDLE, INVERSE);
            butterfly(&p, FT_BUNDLE);
            double *at = to + z * s->plane + w * BLOCK;
#pragma GCC unroll 8
            for (size_t r = 0; r < FT_BUNDLE; r++, at += s->row) {
                vector_stream(at, p.im[r]);
                vector_stream(at + LANES, p.re[r]);
            }
        }
}

void ISA_NAME(ft_tiles_inverse)(const struct ft_transform *f, const double *from, const struct ft_damping *damping,
                                size_t row0, double *to, size_t begin, size_t end, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    for (size_t t = begin; t < end; t++) {
        const size_t at = t * TILE * BLOCK;
        for (size_t r = 0; r < FT_BUNDLE; r++)
            for (size_t w = 0; w < TILE; w++) {
                struct line line = z_line(f, scratch + (r * TILE + w) * scratch_line(s));
                vector xy = vector_load(damping->along[FT_X] + (t * TILE + w) * LANES) * damping->along[FT_Y][row0 + r];
                load_damped(line.at, from + at + w * BLOCK + r * s->row, s, damping->along[FT_Z], xy,
                            w == 0 && t + 1 < end);
                steps_inverse(&line, plan->step, plan->steps);
            }
        store_tile(s, scratch, to + at);
    }
    vector_stream_end();
}
