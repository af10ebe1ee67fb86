#ifndef PARKIT_CG_H
#define PARKIT_CG_H
/* The state of the workload cg, which parkit-mpi spreads over ranks (mpi/cg_mpi.c). */
#include "cpu_bound/nas/cg_solve.h"

struct cg {
    struct cg_system system;
    struct team *team;       /* NULL on ranks: what their memory can do together is not known */
    double values, segments; /* stored entries of all ranks' tiles, and their segments        */
};

#endif
