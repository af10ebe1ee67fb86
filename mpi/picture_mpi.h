#ifndef PARKIT_MPI_PICTURE_MPI_H
#define PARKIT_MPI_PICTURE_MPI_H
/* Pictures whose rows lie on many ranks (cpu_bound/picture.h has those of one process, and the same bytes). */
#include <stddef.h>
#include <stdint.h>

struct mpi_runtime;

/* A picture, of which this rank has rows [begin, end): together all, in the order of the ranks. */
struct picture_part {
    size_t width, height, begin, end;
    void (*row)(const void *context, size_t y, uint8_t *rgb); /* 3 * width bytes of row @y, one of this rank's */
    const void *context;
};

/**
 * picture_mpi_write() - collective: a PPM, by all ranks together, or a PNG, whose bytes follow from those before, by rank 0,
 * to which the others send their rows in strips. No rank needs more memory than its rows and a MiB.
 *
 * The file has its name only when it is whole. 0, or a negative errno value, the same on all ranks, after a message.
 */
int picture_mpi_write(struct mpi_runtime *rt, const char *path, const struct picture_part *part)
    __attribute__((warn_unused_result));

#endif
