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
#include "cpu_bound/nas/ft_butterfly.h"
#include "cpu_bound/nas/ft_kernel.h"

enum direction { FORWARD, INVERSE };
enum { BLOCK = 2 * LANES };
enum { LINE = 8, CHUNK = 2 * FT_TILE, TILE = CHUNK / BLOCK }; /* doubles of a cache line, of a row in a tile; its blocks */

/* --- what memory does meanwhile --- */

/*
 * A core can wait for some 16 cache lines at a time. So that it need not wait with nothing else to do, each
 * butterfly asks for a chunk or more that the next family or tile will read, and stores one of a finished tile.
 */
struct background {
    size_t quantum;        /* chunks at a time                                                */
    const double *ahead;   /* next to be asked for                                            */
    size_t ahead_left;     /* chunks                                                          */
    const double *done;    /* a finished row of a tile: blocks for each z                     */
    double *to;            /* where it goes                                                   */
    size_t done_left;      /* chunks                                                          */
    size_t length, plane;  /* doubles between blocks side by side, and between chunks of @to  */
};

INLINE void ask_ahead(struct background *b)
{
    if (b->ahead_left == 0)
        return;
    for (size_t i = 0; i < CHUNK; i += LINE)
        __builtin_prefetch(b->ahead + i, 0, 2);
    b->ahead_left--;
    b->ahead += CHUNK;
}

INLINE void store_done(struct background *b)
{
    if (b->done_left == 0)
        return;
#pragma GCC unroll 8
    for (size_t w = 0; w < TILE; w++)
#pragma GCC unroll 2
        for (size_t i = 0; i < BLOCK; i += LANES)
            vector_stream(b->to + w * BLOCK + i, vector_load(b->done + w * b->length + i));
    b->done_left--;
    b->done += BLOCK;
    b->to += b->plane;
}

INLINE void meanwhile(struct background *b)
{
    for (size_t i = 0; i < b->quantum; i++) {
        ask_ahead(b);
        store_done(b);
    }
}

/* --- steps --- */

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

INLINE void step_turned(const struct line *l, const struct ft_step *s, int radix, enum direction d, bool turned,
                        struct background *b)
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
                if (b)
                    meanwhile(b);
            }
        }
}

INLINE void step(const struct line *l, const struct ft_step *s, enum direction d, struct background *b)
{
    bool turned = s->span > (size_t)s->radix; /* the last step has nothing to turn */
    if (s->radix == 8 && turned)
        step_turned(l, s, 8, d, true, b);
    else if (s->radix == 8)
        step_turned(l, s, 8, d, false, b);
    else if (turned)
        step_turned(l, s, 4, d, true, b);
    else
        step_turned(l, s, 4, d, false, b);
}

static void steps_forward(const struct line *l, const struct ft_step *s, int steps)
{
    for (int i = 0; i < steps; i++)
        step(l, &s[i], FORWARD, NULL);
}

static void steps_inverse(const struct line *l, const struct ft_step *s, int steps, struct background *b)
{
    for (int i = steps; i-- > 0;)
        step(l, &s[i], INVERSE, b);
}

/* --- the last step along x, which joins lanes --- */

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

/* Butterflies along a line of one block a value. */
static size_t butterflies(const struct ft_plan *p, int steps)
{
    size_t count = 0;
    for (int i = 0; i < steps; i++)
        count += p->n / (size_t)p->step[i].radix;
    return count;
}

/* --- families of rows --- */

static struct line row_line(const struct ft_transform *f, double *row)
{
    return (struct line){ row, f->plan[FT_X].n, BLOCK, 1, 0, 1 };
}

/* The lines along y of @family, the @number-th of its plane, at tile @t of its rows. */
static struct line family_line(const struct ft_transform *f, double *family, size_t number, size_t t)
{
    const struct ft_shape *s = &f->shape;
    return (struct line){ family + t * CHUNK, s->n[FT_Y] / FT_FAMILIES, s->row, TILE, number, FT_FAMILIES };
}

size_t ISA_NAME(ft_lanes)(void)
{
    return LANES;
}

static double *family_at(const struct ft_transform *f, double *planes, size_t i)
{
    return planes + i / FT_FAMILIES * f->shape.plane + ft_row(&f->shape, i % FT_FAMILIES) * f->shape.row;
}

void ISA_NAME(ft_families_forward)(const struct ft_transform *f, double *planes, size_t begin, size_t end)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *x = &f->plan[FT_X], *y = &f->plan[FT_Y];
    for (size_t i = begin; i < end; i++) {
        double *family = family_at(f, planes, i);
        for (size_t r = 0; r < s->n[FT_Y] / FT_FAMILIES; r++) {
            struct line line = row_line(f, family + r * s->row);
            steps_forward(&line, x->step, x->steps);
            join_lanes(f, line.at, FORWARD);
        }
        for (size_t t = 0; t < ft_tiles(s); t++) {
            struct line line = family_line(f, family, i % FT_FAMILIES, t);
            steps_forward(&line, y->step, y->steps - 1);
        }
    }
}

/* Spread over the butterflies of one family: the rows of the @next one, gaps included. */
static struct background family_ahead(const struct ft_transform *f, const double *next)
{
    const struct ft_shape *s = &f->shape;
    const size_t rows = s->n[FT_Y] / FT_FAMILIES, chunks = rows * s->row / CHUNK;
    const size_t along_x = butterflies(&f->plan[FT_X], f->plan[FT_X].steps) * rows;
    const size_t along_y = butterflies(&f->plan[FT_Y], f->plan[FT_Y].steps - 1) / FT_FAMILIES * f->plan[FT_X].n;
    return (struct background){
        .quantum = chunks / (along_x + along_y) + 1, .ahead = next, .ahead_left = next ? chunks : 0,
    };
}

void ISA_NAME(ft_families_inverse)(const struct ft_transform *f, double *planes, size_t begin, size_t end)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *x = &f->plan[FT_X], *y = &f->plan[FT_Y];
    for (size_t i = begin; i < end; i++) {
        double *family = family_at(f, planes, i);
        struct background b = family_ahead(f, i + 1 < end ? family_at(f, planes, i + 1) : NULL);
        for (size_t r = 0; r < s->n[FT_Y] / FT_FAMILIES; r++) {
            struct line line = row_line(f, family + r * s->row);
            join_lanes(f, line.at, INVERSE);
            steps_inverse(&line, x->step, x->steps, &b);
        }
        for (size_t t = 0; t < ft_tiles(s); t++) {
            struct line line = family_line(f, family, i % FT_FAMILIES, t);
            steps_inverse(&line, y->step, y->steps - 1, &b);
        }
    }
}

/* --- tiles of bundles: in scratch, [family][block of the tile][z] blocks --- */

/* A gap after each line, or the rows of a bundle would lie a power of two apart. */
static size_t scratch_line(const struct ft_shape *s)
{
    return s->n[FT_Z] * BLOCK + FT_GAP;
}

size_t ISA_NAME(ft_scratch)(const struct ft_shape *s)
{
    return FT_FAMILIES * TILE * scratch_line(s);
}

static struct line z_line(const struct ft_transform *f, double *at)
{
    return (struct line){ at, f->shape.n[FT_Z], BLOCK, 1, 0, 1 };
}

/* Doubles from a row of a bundle to the one of the next family. */
static size_t family_apart(const struct ft_shape *s)
{
    return ft_row(s, 1) * s->row;
}

static void tile_forward(const struct ft_transform *f, const double *field, double *spectrum, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    const size_t length = scratch_line(s);
    for (size_t z = 0; z < s->n[FT_Z]; z++)
        for (size_t w = 0; w < TILE; w++) {
            struct points p;
            load(&p, field + z * s->plane + w * BLOCK, family_apart(s), FT_FAMILIES, FORWARD);
            butterfly(&p, FT_FAMILIES);
            store(&p, scratch + w * length + z * BLOCK, TILE * length, FT_FAMILIES, FORWARD);
        }
    for (size_t i = 0; i < FT_FAMILIES * TILE; i++) {
        struct line line = z_line(f, scratch + i * length);
        steps_forward(&line, plan->step, plan->steps);
    }
    for (size_t z = 0; z < s->n[FT_Z]; z++)
        for (size_t i = 0; i < FT_FAMILIES * TILE; i++, spectrum += BLOCK) {
            vector_stream(spectrum, vector_load(scratch + i * length + z * BLOCK));
            vector_stream(spectrum + LANES, vector_load(scratch + i * length + z * BLOCK + LANES));
        }
}

void ISA_NAME(ft_tiles_forward)(const struct ft_transform *f, const double *field, double *spectrum, size_t begin, size_t end,
                                double *scratch)
{
    for (size_t t = begin; t < end; t++)
        tile_forward(f, field + t * CHUNK, spectrum + t * ft_tile(&f->shape), scratch);
    vector_stream_end();
}

/*
 * One tile of the spectrum, times the factors, through the step along y that comes first backwards, into scratch. What
 * stood there before leaves just in time: its last row, chunk by chunk, before the chunk of the same z comes in.
 */
static void load_damped(const struct ft_transform *f, const double *tile, const struct ft_damping *damping, size_t x,
                        size_t row0, double *scratch, struct background *b)
{
    const struct ft_shape *s = &f->shape;
    const size_t length = scratch_line(s);
    for (size_t z = 0; z < s->n[FT_Z]; z++, tile += FT_FAMILIES * CHUNK) {
        store_done(b);
        for (size_t w = 0; w < TILE; w++) {
            struct points p;
            load(&p, tile + w * BLOCK, CHUNK, FT_FAMILIES, INVERSE);
            vector xz = vector_load(damping->along[FT_X] + x + w * LANES) * damping->along[FT_Z][z];
#pragma GCC unroll 8
            for (int r = 0; r < FT_FAMILIES; r++) {
                vector factor = xz * damping->along[FT_Y][row0 + (size_t)r];
                p.re[r] *= factor;
                p.im[r] *= factor;
            }
            butterfly(&p, FT_FAMILIES);
            store(&p, scratch + w * length + z * BLOCK, TILE * length, FT_FAMILIES, INVERSE);
        }
    }
}

static void finish(struct background *b)
{
    while (b->done_left > 0)
        store_done(b);
}

void ISA_NAME(ft_tiles_inverse)(const struct ft_transform *f, const double *spectrum, const struct ft_damping *damping,
                                size_t row0, double *field, size_t begin, size_t end, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    struct background b = { .length = scratch_line(s), .plane = s->plane };
    b.quantum = s->n[FT_Z] / (TILE * butterflies(plan, plan->steps) + 1) + 1;
    for (size_t t = begin; t < end; t++) {
        const double *tile = spectrum + t * ft_tile(s);
        load_damped(f, tile, damping, t * FT_TILE, row0, scratch, &b);
        b.ahead = tile + ft_tile(s);
        b.ahead_left = t + 1 < end ? ft_tile(s) / CHUNK : 0;
        for (size_t r = 0; r < FT_FAMILIES; r++) {
            for (size_t w = 0; w < TILE; w++) {
                struct line line = z_line(f, scratch + (r * TILE + w) * b.length);
                steps_inverse(&line, plan->step, plan->steps, &b);
            }
            finish(&b);
            b.done = scratch + r * TILE * b.length;
            b.to = field + t * CHUNK + r * family_apart(s);
            b.done_left = s->n[FT_Z];
        }
    }
    finish(&b);
    vector_stream_end();
}
