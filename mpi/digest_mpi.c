#include "mpi/digest_mpi.h"

#include "common/digest.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/runtime.h"

#include <limits.h>
#include <stdlib.h>

/* Where the digests of each rank go, on rank 0; returns how many they are, 0 if too many for one message. */
static size_t place(const int *count, int *first, int ranks)
{
    size_t all = 0;
    for (int r = 0; r < ranks; r++) {
        first[r] = (int)all;
        all += (size_t)count[r];
        if (all > INT_MAX)
            return 0;
    }
    return all;
}

int digest_mpi_join(struct mpi_runtime *rt, const uint64_t *digest, size_t have, uint64_t *joined)
{
    struct runtime *base = &rt->base;
    bool root = base->rank == 0;
    size_t ranks = (size_t)base->ranks, n = 0;
    int mine = (int)have, *count = root ? calloc(2 * ranks, sizeof *count) : NULL, *first = root && count ? count + ranks : NULL;
    uint64_t *all = NULL;
    int rc = base->agree(base, root && !count ? -ENOMEM : 0);
    if (rc == 0)
        rc = mpi_check("MPI_Gather", MPI_Gather(&mine, 1, MPI_INT, count, 1, MPI_INT, 0, rt->comm));
    if (rc == 0 && root) {
        n = place(count, first, base->ranks);
        all = n ? malloc(n * sizeof *all) : NULL;
    }
    rc = base->agree(base, rc == 0 && root && !all ? -ENOMEM : rc);
    if (rc == 0)
        rc = mpi_check("MPI_Gatherv",
                       MPI_Gatherv(digest, mine, MPI_UINT64_T, all, count, first, MPI_UINT64_T, 0, rt->comm));
    if (rc == 0 && root)
        *joined = digest_join(all, n);
    free(count);
    free(all);
    return rc;
}
