#ifndef PARKIT_FT_FIELD_H
#define PARKIT_FT_FIELD_H
/*
 * Where the point (x, y, z) of a complex field lies: x fastest, in blocks of `lanes` real parts and as many
 * imaginary parts, so that a vector holds neighbours along x. Between rows and between planes there is a
 * gap, or the points of a line along y or z would stand a power of two apart and share few sets of a cache.
 */
#include <stddef.h>

enum { FT_X, FT_Y, FT_Z, FT_AXES };

struct ft_shape {
    size_t n[FT_AXES];     /* points along x, y, z: powers of two                  */
    size_t lanes;          /* of the instruction set (ft_lanes())                  */
    size_t row, plane;     /* doubles from a row to the next, a plane to the next  */
};

/* Smallest that every instruction set's kernels can do, and can be shared out in whole blocks. */
enum { FT_NX_MIN = 64, FT_NY_MIN = 32, FT_NZ_MIN = 4 };

enum { FT_GAP = 16 }; /* doubles: two cache lines, the pair that is fetched together */

static inline struct ft_shape ft_shape(const size_t n[FT_AXES], size_t lanes)
{
    struct ft_shape s = { .n = { n[FT_X], n[FT_Y], n[FT_Z] }, .lanes = lanes };
    s.row = 2 * n[FT_X] + FT_GAP;
    s.plane = n[FT_Y] * s.row + FT_GAP;
    return s;
}

/** ft_points() - points of the field. ft_doubles() - doubles of an array that holds it, gaps included. */
static inline size_t ft_points(const struct ft_shape *s)
{
    return s->n[FT_X] * s->n[FT_Y] * s->n[FT_Z];
}

static inline size_t ft_doubles(const struct ft_shape *s)
{
    return s->n[FT_Z] * s->plane;
}

/** ft_at() - the real part of the point; its imaginary part is `lanes` doubles on. */
static inline size_t ft_at(const struct ft_shape *s, size_t x, size_t y, size_t z)
{
    return z * s->plane + y * s->row + x / s->lanes * 2 * s->lanes + x % s->lanes;
}

#endif
