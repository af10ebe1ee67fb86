#ifndef PARKIT_NBODY_SYSTEM_H
#define PARKIT_NBODY_SYSTEM_H
/*
 * A system of bodies and its steps in time: who computes which pairs, in which order pulls are added
 * up, and the leapfrog. G = 1 throughout.
 *
 * The bodies are cut into blocks (at most NBODY_BLOCKS), and each pair of blocks is a task. It writes the
 * pull of block J on the bodies of I into row J of the table, and that of I on J into row I; no two tasks
 * write the same place. Then every body adds up its rows from the first to the last. Blocks and order
 * depend on the number of bodies alone, so the bits are the same whoever did which task.
 */
#include "common/team.h"
#include "cpu_bound/nbody_kernel.h"

#include <stdint.h>

enum { NBODY_BLOCKS = 32, NBODY_BLOCK_MIN = 128 };

struct nbody_system {
    size_t n, padded;          /* bodies; with those of no mass at the end, a multiple of NBODY_STEP */
    size_t block, blocks;      /* bodies of a block (the last may have fewer); blocks                */
    enum isa isa;
    bool plain;                /* the reference kernel instead of the tuned one                      */
    double step, softening;    /* time of a step; length                                             */
    double *x, *y, *z, *m;     /* positions and masses, padded                                       */
    double *vx, *vy, *vz;      /* velocities                                                         */
    double *ax, *ay, *az;      /* accelerations at these positions, after nbody_system_run()         */
    double *table;             /* a row per block: x, y, z of a pull on each body, padded            */
    double *memory;            /* all of the above                                                   */
};

/** nbody_system_shape() - how @n bodies (at least 1) are cut into blocks; no arrays. */
struct nbody_system nbody_system_shape(size_t n);

/** nbody_system_bytes() - memory of a system of @n bodies. */
double nbody_system_bytes(double n);

/** nbody_system_create() - @n bodies (at least 1) of mass 0, at rest at the origin. 0 or -ENOMEM. */
int nbody_system_create(size_t n, enum isa isa, struct nbody_system *out) __attribute__((warn_unused_result));
/** nbody_system_create_still() - the same without a table: it can be looked at, not run. */
int nbody_system_create_still(size_t n, enum isa isa, struct nbody_system *out) __attribute__((warn_unused_result));
/** nbody_system_destroy() - frees; accepts a zeroed system. */
void nbody_system_destroy(struct nbody_system *s);

/** nbody_plummer() - a star cluster in equilibrium from @seed: masses, positions, velocities (nbody_plummer.c). */
void nbody_plummer(struct nbody_system *s, uint64_t seed);

/*
 * The same in parts, for a system that holds only some bodies: those from @first on of a cluster of @total. Moments
 * are added up over all parts in the order of the bodies, @sum being 0 before the first; then each part is
 * moved, so that the cluster as a whole stays where it is.
 */
enum { NBODY_COORDINATES = 6 };
struct nbody_moments {
    double first[NBODY_COORDINATES], mass;
};
void nbody_plummer_draw(struct nbody_system *s, uint64_t seed, size_t total, size_t first);
void nbody_plummer_weigh(const struct nbody_system *s, struct nbody_moments *sum);
void nbody_plummer_centre(struct nbody_system *s, const struct nbody_moments *sum);

/** nbody_system_bodies() - the bodies as the kernels take them. */
struct nbody_bodies nbody_system_bodies(const struct nbody_system *s);

/**
 * nbody_system_run() - @steps steps of the leapfrog (kick, drift, kick) by @team: steps + 1 times all pairs.
 *
 * Second order in the step, time-reversible and symplectic: the energy oscillates and does not drift.
 * Source: Verlet, Physical Review 159 (1967), 98-103; Hockney and Eastwood, Computer Simulation Using Particles, 1981.
 */
void nbody_system_run(struct nbody_system *s, size_t steps, struct team *team);

/**
 * nbody_system_move() - what follows from all pulls: bodies add up their rows of the table, then the second kick of the
 * step before, then the first kick and the drift of the next.
 *
 * @first, @last: before the first step there is no kick to end, after the last one none to begin. All of an
 * OpenMP team call it together; it ends with their barrier.
 */
void nbody_system_move(struct nbody_system *s, bool first, bool last);

/** nbody_system_edge() - where block @block begins, which is where the one before ends. */
size_t nbody_system_edge(const struct nbody_system *s, size_t block);

struct nbody_energy {
    double kinetic, binding;   /* the total is kinetic - binding */
};

/** nbody_system_energy() - by @threads threads; the same bits at every count. */
struct nbody_energy nbody_system_energy(const struct nbody_system *s, unsigned threads);

/** nbody_system_bind() - the part of it that takes long, block by block: into @partial those of [begin, end). */
void nbody_system_bind(const struct nbody_system *s, unsigned threads, size_t begin, size_t end, double *partial);

/** nbody_system_energy_of() - the energy from the partial sums of all blocks. */
struct nbody_energy nbody_system_energy_of(const struct nbody_system *s, const double *partial);

#endif
