#ifndef PARKIT_MPI_PROGRAM_H
#define PARKIT_MPI_PROGRAM_H
#include "common/workload.h"

/**
 * mpi_program() - a whole program on the ranks of an MPI job, from MPI_Init_thread to MPI_Finalize. Only
 * rank 0 prints results; of several ranks that fail only one speaks (runtime.h).
 *
 * @table: the workloads, NULL-terminated. message_init() has been called.
 * Returns an exit code, the same on every rank.
 */
int mpi_program(const struct workload *const *table, int argc, char **argv);

#endif
