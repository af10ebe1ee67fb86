#include "mpi/field_mpi.h"

#include "cpu_bound/field.h"
#include "mpi/checkpoint_data.h"
#include "mpi/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Rank 0 makes the file, with room for all of it, and what stands before the numbers. */
static int begin(struct checkpoint_part *part, const char *path, size_t rows, size_t columns)
{
    char header[FIELD_HEADER];
    int rc = checkpoint_part_begin(path, FIELD_HEADER + (uint64_t)rows * columns * sizeof(double), part);
    field_header(header, rows, columns);
    return rc == 0 ? checkpoint_part_write(part, header, FIELD_HEADER, 0) : rc;
}

int field_mpi_write(struct mpi_runtime *rt, const char *path, const struct checkpoint_array *box)
{
    struct checkpoint_part part = { .fd = -1 };
    bool root = rt->base.rank == 0;
    char *name = NULL;
    int rc = asprintf(&name, "%s.part", path) < 0 ? -ENOMEM : 0;
    if (rc == 0 && root)
        rc = begin(&part, path, box->size[1], box->size[2]);
    rc = mpi_settle(rt, rc);
    if (rc == 0)
        rc = checkpoint_data_write(rt, name, FIELD_HEADER, box, 1, NULL);
    if (rc == 0)
        rc = mpi_settle(rt, root ? checkpoint_part_rename(&part) : 0);
    checkpoint_part_end(&part);
    free(name);
    return rc == -EIO ? -EACCES : rc; /* a disk that fails is something missing, not a wrong answer */
}
