#ifndef PARKIT_MPI_LAP_H
#define PARKIT_MPI_LAP_H
/* Where the time goes: a watch that is read between the phases of a run (struct phases, runtime.h). */
#include "common/clock.h"

/** lap() - add the seconds since @since to @phase, and begin anew. */
static inline void lap(double *since, double *phase)
{
    double now = clock_now_s();
    *phase += now - *since;
    *since = now;
}

#endif
