#ifndef PARKIT_NBODY_KERNEL_H
#define PARKIT_NBODY_KERNEL_H
/*
 * Gravity between ranges of bodies, with Plummer softening and G = 1:
 *
 *     a_i = sum over j of  m_j (r_j - r_i) / (|r_j - r_i|^2 + softening^2)^(3/2)
 *
 * The tuned kernels evaluate each pair once, for both bodies (Newton's third law): who computes which
 * pairs of ranges, and in which order their pulls are added up, is the driver's (nbody_system.c).
 */
#include "common/isa.h"

#include <stddef.h>

/* Ranges given to the tuned kernels begin and end at multiples of this: two vectors of AVX-512. */
enum { NBODY_STEP = 16 };

/* Arrays aligned to 64 bytes. Filling up a range with bodies of no mass changes nobody else's acceleration. */
struct nbody_bodies {
    const double *x, *y, *z, *m;
    double softening;        /* above 1e-15: squared distances are held in single precision for a moment */
};

/* Accelerations, by the index of the body; aligned to 64 bytes. */
struct nbody_pull {
    double *x, *y, *z;
};

/**
 * nbody_pull_between() - what the bodies of [i0, i1) and those of [j0, j1) do to each other.
 *
 * @on_i: in and out; the pulls on [i0, i1) are added. @on_j: likewise for [j0, j1). The two ranges are
 * disjoint. Distances are below 1e18. The relative error of each term is a few units in the last place.
 * Cannot fail. Threads may call it together on disjoint outputs.
 */
ISA_DECLARE(void, nbody_pull_between, (const struct nbody_bodies *b, size_t i0, size_t i1, size_t j0, size_t j1,
                                       const struct nbody_pull *on_i, const struct nbody_pull *on_j));

/** nbody_pull_within() - what the bodies of [i0, i1) do to each other, added to @on. Else as above. */
ISA_DECLARE(void, nbody_pull_within, (const struct nbody_bodies *b, size_t i0, size_t i1, const struct nbody_pull *on));

/** nbody_binding() - sum of m_i m_j / sqrt(r^2 + softening^2) over i in [i0, i1) and all j in [0, n), i itself too. */
ISA_DECLARE(double, nbody_binding, (const struct nbody_bodies *b, size_t i0, size_t i1, size_t n));

/**
 * nbody_reference() - the plain double loop: sets the accelerations of [i0, i1) by all of [0, n), any ranges.
 *
 * @on: out; entry 0 belongs to body i0.
 */
void nbody_reference(const struct nbody_bodies *b, size_t i0, size_t i1, size_t n, const struct nbody_pull *on);

#endif
