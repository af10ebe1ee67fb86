#ifndef PARKIT_MPI_CHECK_H
#define PARKIT_MPI_CHECK_H
/*
 * Every MPI call of the kit is checked, in a chain:
 *     int rc = mpi_check("MPI_Send", MPI_Send(...));
 *     if (rc == 0)
 *         rc = mpi_check("MPI_Recv", MPI_Recv(...));
 * -ECOMM, and nothing else, means that communication itself has failed: then the ranks cannot agree on
 * anything any more, and the program ends by MPI_Abort (runtime.h).
 */
#include <errno.h>
#include <mpi.h>

/** mpi_check() - 0 for MPI_SUCCESS; else -ECOMM after a message that names the @call and MPI's reason. */
int mpi_check(const char *call, int code) __attribute__((warn_unused_result));

/**
 * mpi_file_check() - the same for calls of MPI-IO: "cannot @what @path: " and MPI's reason.
 *
 * Errors of a file are none of communication: the ranks can still agree on them. 0, or what the file system says (-ENOSPC,
 * -EACCES, ...), else -EIO.
 */
int mpi_file_check(const char *what, const char *path, int code) __attribute__((warn_unused_result));

#endif
