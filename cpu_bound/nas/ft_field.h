#ifndef PARKIT_FT_FIELD_H
#define PARKIT_FT_FIELD_H
/*
 * Where the points of the two complex arrays lie: x fastest, in blocks of `lanes` real parts and as many imaginary
 * parts, so that a vector holds neighbours along x.
 *
 * The field has planes of rows. Rows that are transformed together, y = f, f + 8, f + 16, ... (a family), follow each other,
 * and between rows and between planes there is a gap, or the points of a line along y or z would stand a power of
 * two apart and share few sets of a cache.
 *
 * The spectrum has tiles: FT_TILE points along x of 8 rows (a bundle, the same number of each family) in all planes. It
 * is read from end to end at each time, so that only the field is gone through across the planes; that costs
 * the most, since every few lines lie in another page.
 */
#include <stdbool.h>
#include <stddef.h>

enum { FT_X, FT_Y, FT_Z, FT_AXES };

struct ft_shape {
    size_t n[FT_AXES];     /* points along x, y, z: powers of two                  */
    size_t lanes;          /* of the instruction set (ft_lanes())                  */
    size_t row, plane;     /* doubles from a row to the next, a plane to the next  */
};

enum {
    FT_FAMILIES = 8, /* of a plane, and rows of a bundle: the radix of the last step along y */
    FT_TILE = 16,    /* points along x: 256 bytes, four cache lines                          */
    FT_CHUNK = 2 * FT_TILE, /* doubles: a row of a tile                                      */
    FT_GAP = 16,     /* doubles: two cache lines, the pair that is fetched together          */
};

/** ft_shape() - @n: at least 64, 32 and 4, which every instruction set's kernels can share out in whole vectors. */
static inline struct ft_shape ft_shape(const size_t n[FT_AXES], size_t lanes)
{
    struct ft_shape s = { .n = { n[FT_X], n[FT_Y], n[FT_Z] }, .lanes = lanes };
    s.row = 2 * n[FT_X] + FT_GAP;
    s.plane = n[FT_Y] * s.row + FT_GAP;
    return s;
}

static inline size_t ft_points(const struct ft_shape *s)
{
    return s->n[FT_X] * s->n[FT_Y] * s->n[FT_Z];
}

/** ft_row() - where in its plane the row @y of the field lies: its place in the order of the rows. */
static inline size_t ft_row(const struct ft_shape *s, size_t y)
{
    return y % FT_FAMILIES * (s->n[FT_Y] / FT_FAMILIES) + y / FT_FAMILIES;
}

/** ft_block_at() - where the point @x of a row lies: its real part; its imaginary part is `lanes` doubles on. */
static inline size_t ft_block_at(const struct ft_shape *s, size_t x)
{
    return x / s->lanes * 2 * s->lanes + x % s->lanes;
}

/** ft_field_at() - the same of a point of the field. */
static inline size_t ft_field_at(const struct ft_shape *s, size_t x, size_t y, size_t z)
{
    return z * s->plane + ft_row(s, y) * s->row + ft_block_at(s, x);
}

/** ft_tiles() - tiles of a bundle. ft_tile() - doubles of a tile. */
static inline size_t ft_tiles(const struct ft_shape *s)
{
    return s->n[FT_X] / FT_TILE;
}

static inline size_t ft_tile(const struct ft_shape *s)
{
    return s->n[FT_Z] * FT_FAMILIES * 2 * FT_TILE;
}

/*
 * Where a run of families lies that tiles are made of, chunk by chunk: that of family 8 z + f in the t-th tile of
 * bundle b stands @origin + z @plane + f @family + b @bundle + t @tile doubles behind @base. In a field, or in what is exchanged
 * with another process. @origin counts modulo 2^64: below zero where a run does not begin with the first of all.
 */
struct ft_part {
    size_t begin, end; /* families; may be none */
    double *base;
    size_t origin, plane, family, bundle, tile;
};

/** ft_field_part() - of families [@begin, @end), in a @field whose first plane is @plane. */
static inline struct ft_part ft_field_part(const struct ft_shape *s, double *field, size_t plane, size_t begin, size_t end)
{
    return (struct ft_part){ begin, end, field, -(plane * s->plane), s->plane, ft_row(s, 1) * s->row, s->row, FT_CHUNK };
}

/** ft_part_chunk() - the chunk of @family in @tile, counted through all bundles of @tiles each. */
static inline double *ft_part_chunk(const struct ft_part *p, size_t tiles, size_t family, size_t tile)
{
    size_t plane = family / FT_FAMILIES, row = family % FT_FAMILIES;
    return p->base + (p->origin + plane * p->plane + row * p->family + tile / tiles * p->bundle + tile % tiles * p->tile);
}

/*
 * A box: the chunks of a run of families that are exchanged with other processes, as those families see it. That of the
 * i-th family in the t-th of these tiles stands at base + t apart + i FT_CHUNK. The own tiles, [begin, end), are not among them.
 */
struct ft_box {
    double *base;
    size_t apart, begin, end;
    size_t first; /* number of the first family that is here, as the passes over families count them */
};

static inline bool ft_box_lacks(const struct ft_box *b, size_t tile)
{
    return tile >= b->begin && tile < b->end;
}

/** ft_box_tile() - which of the tiles of the box @tile, counted through all, is. */
static inline size_t ft_box_tile(const struct ft_box *b, size_t tile)
{
    return tile < b->begin ? tile : tile - (b->end - b->begin);
}

/** ft_box_chunk() - of @family, counted as the passes do, in @tile. */
static inline double *ft_box_chunk(const struct ft_box *b, size_t tile, size_t family)
{
    return b->base + ft_box_tile(b, tile) * b->apart + (family - b->first) * FT_CHUNK;
}

/** ft_spectrum_at() - the same as ft_field_at() of the spectrum; x, y, z are positions, not frequencies. */
static inline size_t ft_spectrum_at(const struct ft_shape *s, size_t x, size_t y, size_t z)
{
    size_t tile = y / FT_FAMILIES * ft_tiles(s) + x / FT_TILE, row = z * FT_FAMILIES + y % FT_FAMILIES;
    return tile * ft_tile(s) + row * 2 * FT_TILE + ft_block_at(s, x % FT_TILE);
}

#endif
