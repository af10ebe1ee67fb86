/*
 * A parkit-mpi that takes every NODE_RANKS ranks in turn for a computer of their own: what crosses computers on a cluster
 * crosses from group to group here. Linked with mpi/mpi_main.c by tests/ranks.sh.
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>

int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *out)
{
    const char *ranks = getenv("NODE_RANKS");
    int rank;
    if (!ranks || type != MPI_COMM_TYPE_SHARED)
        return PMPI_Comm_split_type(comm, type, key, info, out);
    int rc = PMPI_Comm_rank(comm, &rank);
    return rc == MPI_SUCCESS ? PMPI_Comm_split(comm, rank / atoi(ranks), key, out) : rc;
}

/* For mpi_is.sh the linker puts it in the place of is_owners_pay(): otherwise keys move beyond 64 computers only. */
bool __wrap_is_owners_pay(const void *problem, double computers);
bool __wrap_is_owners_pay(const void *problem, double computers)
{
    (void)problem;
    return getenv("KEYS_MOVE") && computers >= 1;
}
