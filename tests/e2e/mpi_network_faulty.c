/*
 * parkit-mpi over a network that spoils one bit: the MPI calls below stand before the library's own (MPI's
 * profiling interface, PMPI) and flip it in what has come, on rank RANK, in the call that FAULT names, when the
 * message has BYTES bytes. For halo, whose receives are persistent, FAULT=halo spoils one cell of the outer layer.
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool strikes(const char *call, long bytes)
{
    const char *fault = getenv("FAULT"), *where = getenv("RANK"), *size = getenv("BYTES");
    int rank;
    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return fault && strcmp(fault, call) == 0 && rank == atoi(where) && bytes == atol(size);
}

static void spoil(void *data, long at)
{
    ((unsigned char *)data)[at] ^= 4;
}

int MPI_Recv(void *buf, int count, MPI_Datatype type, int source, int tag, MPI_Comm comm, MPI_Status *status)
{
    int code = PMPI_Recv(buf, count, type, source, tag, comm, status);
    if (type == MPI_BYTE && strikes("pingpong", count))
        spoil(buf, count - 1);
    return code;
}

int MPI_Bcast(void *buf, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
    int code = PMPI_Bcast(buf, count, type, root, comm);
    if (type == MPI_BYTE && strikes("bcast", count))
        spoil(buf, count - 1);
    return code;
}

int MPI_Allreduce(const void *out, void *in, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    int code = PMPI_Allreduce(out, in, count, type, op, comm);
    if (type == MPI_DOUBLE && strikes("allreduce", 8L * count))
        ((double *)in)[count - 1] += 1;
    return code;
}

int MPI_Allgather(const void *out, int n, MPI_Datatype type, void *in, int m, MPI_Datatype in_type, MPI_Comm comm)
{
    int code = PMPI_Allgather(out, n, type, in, m, in_type, comm);
    if (type == MPI_BYTE && strikes("allgather", n))
        spoil(in, m);
    return code;
}

int MPI_Alltoall(const void *out, int n, MPI_Datatype type, void *in, int m, MPI_Datatype in_type, MPI_Comm comm)
{
    int code = PMPI_Alltoall(out, n, type, in, m, in_type, comm);
    if (strikes("alltoall", n))
        spoil(in, 2L * m - 1);
    return code;
}

int MPI_Reduce_scatter(const void *out, void *in, const int *counts, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    int code = PMPI_Reduce_scatter(out, in, counts, type, op, comm), ranks, all = 0;
    PMPI_Comm_size(comm, &ranks);
    for (int r = 0; r < ranks; r++)
        all += counts[r];
    if (strikes("reduce_scatter", 8L * all))
        *(double *)in += 1;
    return code;
}

static double *field; /* that the persistent receives of halo write to */
static long face;

int MPI_Recv_init(void *buf, int count, MPI_Datatype type, int source, int tag, MPI_Comm comm, MPI_Request *request)
{
    int size;
    PMPI_Type_size(type, &size);
    field = buf;
    face = size;
    return PMPI_Recv_init(buf, count, type, source, tag, comm, request);
}

int MPI_Waitall(int n, MPI_Request *requests, MPI_Status *statuses)
{
    int code = PMPI_Waitall(n, requests, statuses);
    if (field && strikes("halo", face))
        field[1] += 1; /* row 0, column 1 in 2-D */
    return code;
}
