#ifndef PARKIT_NBODY_CHECK_H
#define PARKIT_NBODY_CHECK_H
/*
 * Checks of a system that nbody_system_run() has moved. Each returns 0, or -EDOM with the reason in
 * @why; nbody_check_orbit() may return -ENOMEM.
 */
#include "cpu_bound/nbody_system.h"

/* What a system must keep, taken before it is moved. */
struct nbody_kept {
    struct nbody_energy energy;
    double momentum[3];
};

/** nbody_check_keep() - of the system as it stands, whose energy is @energy. */
struct nbody_kept nbody_check_keep(const struct nbody_system *s, struct nbody_energy energy);

/** nbody_check_momentum() - the same up to rounding: what i does to j, j does to i. */
int nbody_check_momentum(const struct nbody_system *s, const struct nbody_kept *before, size_t steps, char *why, size_t why_len);

/** nbody_check_energy_change() - of the total, as a share of kinetic and binding energy at first. 0 for a single body. */
double nbody_check_energy_change(const struct nbody_energy *before, const struct nbody_energy *now);

/** nbody_check_energy() - that the change is one that the leapfrog may make. @now: the energy of @s. */
int nbody_check_energy(const struct nbody_system *s, const struct nbody_energy *before, const struct nbody_energy *now,
                       char *why, size_t why_len);

/** nbody_check_sample() - accelerations of up to 64 bodies, drawn by @seed, against the reference kernel: within 1e-12. */
int nbody_check_sample(const struct nbody_system *s, uint64_t seed, char *why, size_t why_len);

/** nbody_check_orbit() - two bodies in a circle, by the kernel of @isa, against the closed form. */
int nbody_check_orbit(enum isa isa, bool plain, char *why, size_t why_len);

#endif
