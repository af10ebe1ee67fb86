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
enum { LINE = 8, CHUNK = FT_CHUNK, TILE = CHUNK / BLOCK }; /* doubles of a cache line, of a row in a tile; its blocks */

/* --- what memory does meanwhile --- */

/*
 * A core can wait for some 16 cache lines at a time. So that it need not wait with nothing else to do, each
 * butterfly asks for a chunk or more that the next family or tile will read, and stores one of a finished tile.
 */
struct ahead {
    const double *at;
    size_t chunks, apart;       /* how many, and doubles from one to the next                      */
};

struct background {
    size_t quantum;             /* chunks at a time                                                */
    struct ahead ahead, later;  /* to be asked for                                                 */
    const double *done;         /* a finished row of a tile: blocks for each z                     */
    size_t done_left, length;   /* chunks; doubles between blocks side by side                     */
    double *to;                 /* where it goes                                                   */
    size_t to_left, plane;      /* chunks of the part that @to is in, and doubles between them     */
    const struct ft_part *part;
    size_t tile, row, z;        /* of the finished row; the first z beyond that part               */
    size_t tiles;               /* of a bundle                                                     */
};

INLINE void ask_ahead(struct background *b)
{
    if (b->ahead.chunks == 0) {
        if (b->later.chunks == 0)
            return;
        b->ahead = b->later;
        b->later.chunks = 0;
    }
    for (size_t i = 0; i < CHUNK; i += LINE)
        __builtin_prefetch(b->ahead.at + i, 0, 2);
    b->ahead.chunks--;
    b->ahead.at += b->ahead.apart;
}

/* On to the part that has the next chunk of the finished row. */
static void enter_part(struct background *b)
{
    size_t family = b->z * FT_FAMILIES + b->row;
    while (b->part->end <= family)
        b->part++;
    size_t end = (b->part->end + FT_FAMILIES - 1 - b->row) / FT_FAMILIES;
    b->to = ft_part_chunk(b->part, b->tiles, family, b->tile);
    b->plane = b->part->plane;
    b->to_left = end - b->z;
    b->z = end;
}

INLINE void store_done(struct background *b)
{
    if (b->done_left == 0)
        return;
    if (b->to_left == 0)
        enter_part(b);
#pragma GCC unroll 8
    for (size_t w = 0; w < TILE; w++)
#pragma GCC unroll 2
        for (size_t i = 0; i < BLOCK; i += LANES)
            vector_stream(b->to + w * BLOCK + i, vector_load(b->done + w * b->length + i));
    b->done_left--;
    b->to_left--;
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

INLINE void stream(const struct points *p, double *to, size_t apart, int radix, enum direction d)
{
#pragma GCC unroll 8
    for (int k = 0; k < radix; k++) {
        vector_stream(to + (size_t)k * apart + real_part(d), p->re[k]);
        vector_stream(to + (size_t)k * apart + LANES - real_part(d), p->im[k]);
    }
}

/*
 * Values of a line, or every `every`-th of it from the `first` on: `count` values, each `wide` blocks, `apart` doubles. After
 * the last step they stay in place, or where `to` is not NULL go there, past the caches.
 */
struct line {
    double *at;
    size_t count, apart, wide, first, every;
    double *to;
};

INLINE void step_turned(const struct line *l, const struct ft_step *s, int radix, enum direction d, bool turned, bool leaves,
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
                if (leaves)
                    stream(&p, l->to + (value - l->at), apart, radix, d);
                else
                    store(&p, value, apart, radix, d);
                if (b)
                    meanwhile(b);
            }
        }
}

INLINE void step(const struct line *l, const struct ft_step *s, enum direction d, bool leaves, struct background *b)
{
    bool turned = s->span > (size_t)s->radix; /* the last step has nothing to turn */
    if (s->radix == 8 && turned)
        step_turned(l, s, 8, d, true, leaves, b);
    else if (s->radix == 8)
        step_turned(l, s, 8, d, false, leaves, b);
    else if (turned)
        step_turned(l, s, 4, d, true, leaves, b);
    else
        step_turned(l, s, 4, d, false, leaves, b);
}

static void steps_forward(const struct line *l, const struct ft_step *s, int steps)
{
    for (int i = 0; i < steps; i++)
        step(l, &s[i], FORWARD, false, NULL);
}

static void steps_inverse(const struct line *l, const struct ft_step *s, int steps, struct background *b)
{
    for (int i = steps; i-- > 1;)
        step(l, &s[i], INVERSE, false, b);
    if (l->to)
        step(l, &s[0], INVERSE, true, b);
    else
        step(l, &s[0], INVERSE, false, b);
}

/* --- the last step along x, which joins lanes --- */

INLINE void turn_lanes(struct points *p, const double *turns)
{
#pragma GCC unroll 8
    for (int k = 0; k < LANES; k++)
        turn(p, k, vector_load(turns + k * BLOCK), vector_load(turns + k * BLOCK + LANES));
}

INLINE void join_points(struct points *p, const double *turns, enum direction d)
{
    if (d == FORWARD)
        turn_lanes(p, turns);
    else
        butterfly(p, LANES);
    transpose(p->re);
    transpose(p->im);
    if (d == FORWARD)
        butterfly(p, LANES);
    else
        turn_lanes(p, turns);
}

static void join_lanes(const struct ft_transform *f, double *row, enum direction d)
{
    const double *turns = f->turns;
    for (size_t x = 0; x < f->shape.n[FT_X]; x += LANES * LANES, row += LANES * BLOCK, turns += LANES * BLOCK) {
        struct points p;
        load(&p, row, BLOCK, LANES, d);
        join_points(&p, turns, d);
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
    return (struct line){ row, f->plan[FT_X].n, BLOCK, 1, 0, 1, NULL };
}

/* The lines along y of @family, the @number-th of its plane, at tile @t of its rows. */
static struct line family_line(const struct ft_transform *f, double *family, size_t number, size_t t)
{
    const struct ft_shape *s = &f->shape;
    return (struct line){ family + t * CHUNK, s->n[FT_Y] / FT_FAMILIES, s->row, TILE, number, FT_FAMILIES, NULL };
}

size_t ISA_NAME(ft_lanes)(void)
{
    return LANES;
}

static double *family_at(const struct ft_transform *f, double *planes, size_t i)
{
    return planes + i / FT_FAMILIES * f->shape.plane + ft_row(&f->shape, i % FT_FAMILIES) * f->shape.row;
}

INLINE void copy_chunk(double *to, const double *from)
{
#pragma GCC unroll 16
    for (size_t i = 0; i < CHUNK; i += LANES)
        vector_store(to + i, vector_load(from + i));
}

/* What of row @r of family @i belongs to tiles of others goes into the box. */
static void leave_row(const struct ft_transform *f, const struct ft_box *box, size_t i, size_t r, const double *row)
{
    const size_t tiles = ft_tiles(&f->shape);
    for (size_t t = 0, tile = r * tiles; t < tiles; t++, tile++)
        if (!ft_box_lacks(box, tile))
            copy_chunk(ft_box_chunk(box, tile, i), row + t * CHUNK);
}

void ISA_NAME(ft_families_forward)(const struct ft_transform *f, double *planes, const struct ft_box *box, size_t begin,
                                   size_t end)
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
        for (size_t r = 0; box && r < s->n[FT_Y] / FT_FAMILIES; r++)
            leave_row(f, box, i, r, family + r * s->row);
    }
}

/* Spread over the butterflies of one family, what the next one, @i, has in its rows, gaps included, and in the box. */
static struct background family_ahead(const struct ft_transform *f, const double *family, const struct ft_box *box, size_t i)
{
    const struct ft_shape *s = &f->shape;
    const size_t rows = s->n[FT_Y] / FT_FAMILIES, width = ft_tiles(s), tiles = rows * width;
    const size_t along_x = butterflies(&f->plan[FT_X], f->plan[FT_X].steps) * rows;
    const size_t along_y = butterflies(&f->plan[FT_Y], f->plan[FT_Y].steps - 1) / FT_FAMILIES * f->plan[FT_X].n;
    struct ahead field = { family, rows * s->row / CHUNK, CHUNK }, boxed = { 0 };
    if (box) {
        size_t from = box->begin / width * s->row + box->begin % width * CHUNK, to = box->end / width * s->row + box->end % width * CHUNK;
        field = (struct ahead){ family + from, (to - from) / CHUNK, CHUNK };
        boxed = (struct ahead){ ft_box_chunk(box, box->begin > 0 ? 0 : box->end, i), tiles - (box->end - box->begin), box->apart };
    }
    return (struct background){
        .quantum = (field.chunks + boxed.chunks) / (along_x + along_y) + 1, .ahead = boxed, .later = field,
    };
}

/* Row @r of family @i, of which some tiles are in the box and some in @row, through the step that joins lanes into @to. */
static void join_row(const struct ft_transform *f, const struct ft_box *box, size_t i, size_t r, const double *row, double *to)
{
    enum { CHUNKS = LANES * BLOCK <= CHUNK ? 1 : LANES * BLOCK / CHUNK }; /* that are joined with each other */
    const size_t tiles = ft_tiles(&f->shape);
    const double *turns = f->turns;
    for (size_t t = 0; t < tiles; t += CHUNKS) {
        const double *chunk[CHUNKS];
        for (size_t c = 0, tile = r * tiles + t; c < CHUNKS; c++, tile++)
            chunk[c] = ft_box_lacks(box, tile) ? row + (t + c) * CHUNK : ft_box_chunk(box, tile, i);
        for (size_t at = 0; at < CHUNKS * CHUNK; at += LANES * BLOCK, to += LANES * BLOCK, turns += LANES * BLOCK) {
            struct points p;
#pragma GCC unroll 8
            for (size_t k = 0; k < LANES; k++) {
                const double *block = chunk[(at + k * BLOCK) / CHUNK] + (at + k * BLOCK) % CHUNK;
                p.re[k] = vector_load(block + real_part(INVERSE));
                p.im[k] = vector_load(block + LANES - real_part(INVERSE));
            }
            join_points(&p, turns, INVERSE);
            store(&p, to, BLOCK, LANES, INVERSE);
        }
    }
}

void ISA_NAME(ft_families_inverse)(const struct ft_transform *f, double *planes, const struct ft_box *box, size_t begin,
                                   size_t end, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *x = &f->plan[FT_X], *y = &f->plan[FT_Y];
    for (size_t i = begin; i < end; i++) {
        double *family = family_at(f, planes, i), *rows = box ? scratch : family;
        struct background b = { .quantum = 0 };
        if (i + 1 < end)
            b = family_ahead(f, family_at(f, planes, i + 1), box, i + 1);
        for (size_t r = 0; r < s->n[FT_Y] / FT_FAMILIES; r++) {
            struct line line = row_line(f, rows + r * s->row);
            if (box)
                join_row(f, box, i, r, family + r * s->row, line.at);
            else
                join_lanes(f, line.at, INVERSE);
            steps_inverse(&line, x->step, x->steps, &b);
        }
        for (size_t t = 0; t < ft_tiles(s); t++) {
            struct line line = family_line(f, rows, i % FT_FAMILIES, t);
            if (box)
                line.to = family + t * CHUNK;
            steps_inverse(&line, y->step, y->steps - 1, &b);
        }
    }
    vector_stream_end();
}

/* --- tiles of bundles: in scratch, [family][block of the tile][z] blocks --- */

/* A gap after each line, or the rows of a bundle would lie a power of two apart. */
static size_t scratch_line(const struct ft_shape *s)
{
    return s->n[FT_Z] * BLOCK + FT_GAP;
}

size_t ISA_NAME(ft_scratch)(const struct ft_shape *s)
{
    size_t tile = FT_FAMILIES * TILE * scratch_line(s), family = s->n[FT_Y] / FT_FAMILIES * s->row;
    return tile > family ? tile : family;
}

static struct line z_line(const struct ft_transform *f, double *at)
{
    return (struct line){ at, f->shape.n[FT_Z], BLOCK, 1, 0, 1, NULL };
}

/* The chunks of the eight families of plane @z in @tile: side by side in @mixed, if they are not all in one part. */
static const double *plane_of(const struct ft_transform *f, const struct ft_part **part, size_t z, size_t tile, double *mixed,
                              size_t *apart)
{
    const size_t tiles = ft_tiles(&f->shape), family = z * FT_FAMILIES;
    while ((*part)->end <= family)
        ++*part;
    const struct ft_part *p = *part;
    if (p->end >= family + FT_FAMILIES) {
        *apart = p->family;
        return ft_part_chunk(p, tiles, family, tile);
    }
    for (size_t r = 0; r < FT_FAMILIES; r++) {
        while (p->end <= family + r)
            p++;
        copy_chunk(mixed + r * CHUNK, ft_part_chunk(p, tiles, family + r, tile));
    }
    *apart = CHUNK;
    return mixed;
}

static void tile_forward(const struct ft_transform *f, const struct ft_part *part, double *spectrum, size_t tile, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    const size_t length = scratch_line(s);
    double mixed[FT_FAMILIES * CHUNK];
    for (size_t z = 0; z < s->n[FT_Z]; z++) {
        size_t apart;
        const double *plane = plane_of(f, &part, z, tile, mixed, &apart);
        for (size_t w = 0; w < TILE; w++) {
            struct points p;
            load(&p, plane + w * BLOCK, apart, FT_FAMILIES, FORWARD);
            butterfly(&p, FT_FAMILIES);
            store(&p, scratch + w * length + z * BLOCK, TILE * length, FT_FAMILIES, FORWARD);
        }
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

void ISA_NAME(ft_tiles_forward)(const struct ft_transform *f, const struct ft_part *parts, double *spectrum, size_t begin,
                                size_t end, double *scratch)
{
    for (size_t tile = begin; tile < end; tile++, spectrum += ft_tile(&f->shape))
        tile_forward(f, parts, spectrum, tile, scratch);
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
                                const struct ft_part *parts, size_t begin, size_t end, double *scratch)
{
    const struct ft_shape *s = &f->shape;
    const struct ft_plan *plan = &f->plan[FT_Z];
    const size_t tiles = ft_tiles(s);
    struct background b = { .length = scratch_line(s), .tiles = tiles };
    b.quantum = s->n[FT_Z] / (TILE * butterflies(plan, plan->steps) + 1) + 1;
    for (size_t tile = begin; tile < end; tile++, spectrum += ft_tile(s)) {
        load_damped(f, spectrum, damping, tile % tiles * FT_TILE, tile / tiles * FT_FAMILIES, scratch, &b);
        b.ahead = (struct ahead){ spectrum + ft_tile(s), tile + 1 < end ? ft_tile(s) / CHUNK : 0, CHUNK };
        for (size_t r = 0; r < FT_FAMILIES; r++) {
            for (size_t w = 0; w < TILE; w++) {
                struct line line = z_line(f, scratch + (r * TILE + w) * b.length);
                steps_inverse(&line, plan->step, plan->steps, &b);
            }
            finish(&b);
            b.done = scratch + r * TILE * b.length;
            b.done_left = s->n[FT_Z];
            b.part = parts;
            b.tile = tile;
            b.row = r;
            b.z = 0;
        }
    }
    finish(&b);
    vector_stream_end();
}
