/*
 * A second measurement of messages and collective operations, written without anything of parkit, for
 * tests/bench/network.sh: if both are right, they agree.
 * Usage: mpirun -n 2 network_peer PATTERN BYTES...   prints "PATTERN BYTES SECONDS" for each size
 *
 * 30 trials of about 2 ms each; a trial's time is that of its slowest rank, and the best trial counts. A
 * ping-pong counts half its round trip; a collective call is timed after a barrier, as parkit does.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, ranks;
static char *from, *to;

static void once(char what, int n)
{
    static const int tag = 7;
    int counts[2] = { n / 16, n / 8 - n / 16 };
    switch (what) {
    case 'p': /* pingpong */
        if (rank == 0)
            MPI_Send(from, n, MPI_CHAR, 1, tag, MPI_COMM_WORLD);
        MPI_Recv(to, n, MPI_CHAR, !rank, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (rank == 1)
            MPI_Send(from, n, MPI_CHAR, 0, tag, MPI_COMM_WORLD);
        break;
    case 'b': /* bcast; barrier is "-" */
        MPI_Bcast(to, n, MPI_CHAR, 0, MPI_COMM_WORLD);
        break;
    case 'r': /* allreduce */
        MPI_Allreduce(from, to, n / 8, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        break;
    case 'g': /* allgather */
        MPI_Allgather(from, n, MPI_CHAR, to, n, MPI_CHAR, MPI_COMM_WORLD);
        break;
    case 't': /* alltoall */
        MPI_Alltoall(from, n, MPI_CHAR, to, n, MPI_CHAR, MPI_COMM_WORLD);
        break;
    case 's': /* reduce_scatter */
        MPI_Reduce_scatter(from, to, counts, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        break;
    default:
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

static double trial(char what, int n, int calls)
{
    double spent = 0, slowest;
    MPI_Barrier(MPI_COMM_WORLD);
    if (what == 'p') {
        double begin = MPI_Wtime();
        for (int i = 0; i < calls; i++)
            once(what, n);
        spent = (MPI_Wtime() - begin) / 2;
    } else {
        for (int i = 0; i < calls; i++) {
            MPI_Barrier(MPI_COMM_WORLD);
            double begin = MPI_Wtime();
            once(what, n);
            spent += MPI_Wtime() - begin;
        }
    }
    MPI_Allreduce(&spent, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return slowest / calls;
}

static double best_of_many(char what, int n)
{
    double best = 1e300;
    int calls = 1;
    for (int i = 0; i < 30; i++) {
        double seconds = trial(what, n, calls);
        best = seconds < best ? seconds : best;
        calls = best > 2e-3 ? 1 : best < 2e-7 ? 10000 : (int)(2e-3 / best); /* the same on both ranks */
    }
    return best;
}

static char letter(const char *pattern)
{
    static const char *const names[] = { "pingpong", "bcast", "allreduce", "allgather", "alltoall", "reduce_scatter" };
    for (int i = 0; i < 6; i++)
        if (strcmp(pattern, names[i]) == 0)
            return "pbrgts"[i];
    return '-';
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    size_t largest = 0;
    for (int i = 2; i < argc; i++)
        largest = strtoul(argv[i], NULL, 10) > largest ? strtoul(argv[i], NULL, 10) : largest;
    if (argc < 3 || ranks != 2 || posix_memalign((void **)&from, 4096, 2 * largest + 8) ||
        posix_memalign((void **)&to, 4096, 2 * largest + 8)) {
        fprintf(stderr, "usage: mpirun -n 2 %s PATTERN BYTES...\n", argv[0]);
        MPI_Abort(MPI_COMM_WORLD, 2);
        return 2;
    }
    memset(from, 0, 2 * largest + 8); /* doubles too: zeros */
    memset(to, 0, 2 * largest + 8);
    for (int i = 2; i < argc; i++) {
        double seconds = best_of_many(letter(argv[1]), atoi(argv[i]));
        if (rank == 0)
            printf("%s %s %.9g\n", argv[1], argv[i], seconds);
    }
    free(from);
    free(to);
    MPI_Finalize();
    return 0;
}
