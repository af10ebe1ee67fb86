#ifndef PARKIT_MPI_CHECKPOINT_DATA_H
#define PARKIT_MPI_CHECKPOINT_DATA_H
/* Arrays, of a checkpoint or of a result, between the ranks that hold them and a file, by collective MPI-IO. */
#include "mpi/checkpoint_file.h"

/**
 * checkpoint_data_write() - collective: the arrays into the file @path, which is there, and to the disk.
 * checkpoint_data_read() - collective: the other way round.
 *
 * @at: where in the file the first word of the arrays stands, in bytes.
 * @sum: out, as many as the layout has blocks: of the words of this rank only, to be added to those of the others; NULL: none.
 * 0; -ENOMEM, -EIO, -ECOMM, or what the file system says; the same on all ranks, after a message.
 */
int checkpoint_data_write(struct mpi_runtime *rt, const char *path, uint64_t at, const struct checkpoint_array *array, size_t n,
                          uint64_t *sum)
    __attribute__((warn_unused_result));
int checkpoint_data_read(struct mpi_runtime *rt, const char *path, uint64_t at, const struct checkpoint_array *array, size_t n,
                          uint64_t *sum)
    __attribute__((warn_unused_result));

#endif
