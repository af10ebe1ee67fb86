#ifndef PARKIT_MPI_DIGEST_MPI_H
#define PARKIT_MPI_DIGEST_MPI_H
#include <stddef.h>
#include <stdint.h>

struct mpi_runtime;

/**
 * digest_mpi_join() - collective: the digests of all parts of a result, which stand on the ranks in the order of the ranks,
 * joined on rank 0.
 *
 * @digest: the @have digests of this rank. @joined: out, on rank 0 only. 0, -ENOMEM (agreed on), -ECOMM.
 */
int digest_mpi_join(struct mpi_runtime *rt, const uint64_t *digest, size_t have, uint64_t *joined)
    __attribute__((warn_unused_result));

#endif
