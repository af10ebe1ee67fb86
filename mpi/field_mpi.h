#ifndef PARKIT_MPI_FIELD_MPI_H
#define PARKIT_MPI_FIELD_MPI_H
/* Fields (cpu_bound/field.h) of which each rank has a box: written by all together, no rank has the whole. */
#include "mpi/checkpoint.h"

/**
 * field_mpi_write() - collective: a field in two dimensions, @box->size[1] x @box->size[2] doubles, becomes the file @path by
 * MPI-IO, byte for byte as field_write() makes it.
 *
 * Written as @path.part, to the disk, then renamed: @path is never half a field, and on a failure stays as it was.
 * 0 or a negative errno value after a message, the same on all ranks.
 */
int field_mpi_write(struct mpi_runtime *rt, const char *path, const struct checkpoint_array *box)
    __attribute__((warn_unused_result));

#endif
