#ifndef PARKIT_NBODY_H
#define PARKIT_NBODY_H
/* What nbody is asked for and what it reports: of nbody.c, and of a driver that spreads the bodies over ranks. */
#include "cpu_bound/nbody_check.h"

#include <math.h>

enum nbody_kernel { NBODY_TUNED, NBODY_REFERENCE };

/* The workload's own options. */
struct nbody_options {
    uint64_t steps;
    int kernel;
};

/* The state; a driver's own may begin with it, and answer(), digest(), work() and text() of nbody.c then serve it too. */
struct nbody {
    struct nbody_system now;
    size_t steps;
    uint64_t seed;
    double *start;              /* positions and velocities of every run, as in the system's memory */
    struct nbody_kept kept;     /* of the start                                                     */
    struct nbody_energy energy; /* at the end, by verify()                                          */
    const struct team *team;    /* of the last run                                                  */
};

#define NBODY_TIME_STEP 0.01

static inline double nbody_softening(size_t n)
{
    return 0.5 / cbrt((double)n);
}

/** nbody_check() - all checks of the system as it stands; b->energy is given. 0; -EDOM with the reason in @why; -ENOMEM. */
int nbody_check(struct nbody *b, char *why, size_t why_len);

#endif
