#ifndef PARKIT_FT_KERNEL_H
#define PARKIT_FT_KERNEL_H
/*
 * The kernels of FT, compiled once per instruction set (isa.h), and the plain one beside them.
 *
 * A transform in three dimensions passes through memory twice. The steps along y are divided between the passes:
 *
 *   families   the rows y = f, f + 8, f + 16, ... of a plane: x, and all steps of y but the one of span 8;
 *   bundles    the i-th rows of the eight families in all planes, by tiles: that last step of y, and z.
 *
 * A family is ny / 8 rows, a tile 8 nz times 256 bytes: both stay in an L2 cache, which a whole plane would not.
 * Forward does families, then bundles, from the field to the spectrum; inverse does bundles, then families. Forward
 * leaves the spectrum in the order of ft_frequency(), inverse expects it so. Neither is normalised.
 *
 * Sign: forward has exp(-i ...), inverse exp(+i ...).
 */
#include "common/isa.h"
#include "cpu_bound/nas/ft_field.h"
#include "cpu_bound/nas/ft_plan.h"

#include <stdint.h>

struct ft_transform {
    struct ft_shape shape;
    struct ft_plan plan[FT_AXES]; /* along x: of the nx / lanes blocks; the lanes of a block come last, by the turns */
    double *turns;                /* [nx / lanes] blocks of exp(-2 pi i lane frequency / nx)                         */
};

/* What the spectrum is multiplied by, in its own order: factors along x, y and z. */
struct ft_damping {
    double *along[FT_AXES];
};

/** ft_lanes() - width of the blocks of a field. */
ISA_DECLARE(size_t, ft_lanes, (void));

/** ft_fill_row() - the initial values of the row (@y, @z) into @row. Threads may call it together. */
ISA_DECLARE(void, ft_fill_row, (const struct ft_shape *s, double *row, size_t y, size_t z));

/**
 * ft_families_forward(), ft_families_inverse() - the steps of families [@begin, @end), in place.
 *
 * @planes: the first row of a plane, from which families are counted: the i-th is family i % FT_FAMILIES of the
 *          (i / FT_FAMILIES)-th plane from there.
 * @box:    where forward also puts, and inverse finds, what belongs to tiles of other processes; NULL: there are none.
 *          Without it inverse works in place; with it in @scratch, and writes the rows past the caches: nothing that only makes
 *          room for what comes from elsewhere is read.
 * @scratch: ft_scratch() doubles of the thread's own, aligned to 64 bytes.
 * Threads may call them together on different families.
 */
ISA_DECLARE(void, ft_families_forward, (const struct ft_transform *f, double *planes, const struct ft_box *box, size_t begin,
                                        size_t end));
ISA_DECLARE(void, ft_families_inverse, (const struct ft_transform *f, double *planes, const struct ft_box *box, size_t begin,
                                        size_t end, double *scratch));

/** ft_scratch() - doubles of scratch that a thread needs. */
ISA_DECLARE(size_t, ft_scratch, (const struct ft_shape *s));

/**
 * ft_tiles_forward() - the steps of tiles [@begin, @end), counted through all bundles.
 *
 * @parts:    where all families lie, in their order. Only read.
 * @spectrum: out. The tile @begin and those behind it, aligned to 64 bytes; written past the caches.
 * @scratch:  ft_scratch() doubles of the thread's own, aligned to 64 bytes.
 * Threads may call it together on different tiles.
 */
ISA_DECLARE(void, ft_tiles_forward, (const struct ft_transform *f, const struct ft_part *parts, double *spectrum, size_t begin,
                                     size_t end, double *scratch));

/**
 * ft_tiles_inverse() - the same backwards, of the spectrum times the factors @damping.
 *
 * @spectrum: only read.
 * @parts:    out, every chunk aligned to 64 bytes; written past the caches.
 */
ISA_DECLARE(void, ft_tiles_inverse, (const struct ft_transform *f, const double *spectrum, const struct ft_damping *damping,
                                     const struct ft_part *parts, size_t begin, size_t end, double *scratch));

/**
 * ft_transform_create() - room for the tables of fields of @shape. 0 or -ENOMEM. ft_transform_fill() computes them.
 * ft_transform_destroy() frees; a zeroed one too.
 */
int ft_transform_create(const struct ft_shape *shape, struct ft_transform *out) __attribute__((warn_unused_result));
void ft_transform_fill(struct ft_transform *f);
void ft_transform_destroy(struct ft_transform *f);

/** ft_frequency() - the frequency, below n, that ends at @position along @axis. */
size_t ft_frequency(const struct ft_transform *f, int axis, size_t position);

/**
 * ft_reference() - the transform of a field in natural order, straight from its definition along each axis.
 *
 * @field: in and out. (real, imaginary) of n[0] x n[1] x n[2] points, x fastest, no gaps.
 * @sign:  of the exponent, -1 or 1. 0 or -ENOMEM.
 */
int ft_reference(double (*field)[2], const size_t n[FT_AXES], int sign) __attribute__((warn_unused_result));

#endif
