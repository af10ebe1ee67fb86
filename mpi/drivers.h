#ifndef PARKIT_MPI_DRIVERS_H
#define PARKIT_MPI_DRIVERS_H
/*
 * Who runs a workload on the ranks. What falls into independent blocks needs nothing: blocks_mpi.c
 * serves it. Else write mpi/NAME_mpi.c with a driver and add its line to the table in drivers.c.
 */
#include "common/harness.h"

struct mpi_runtime;

/* A driver: one run on all ranks. 0 or a negative errno value, agreed on by all ranks. */
typedef int mpi_driver(struct mpi_runtime *rt, const struct workload *w, void *state, struct team *team);

mpi_driver blocks_mpi_run; /* blocks_mpi.c: any workload with `blocks` */
mpi_driver race_mpi_run;   /* race_mpi.c                               */

/** drivers_find() - the driver of @w; NULL: it runs on one computer only, and parkit-mpi does not offer it. */
mpi_driver *drivers_find(const struct workload *w);

/** drivers_run() - run() of the MPI runtime, for workloads that have a driver. */
int drivers_run(struct runtime *rt, const struct workload *w, void *state, struct team *team);

#endif
