#include "mpi/program.h"

#include "common/digest.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/drivers.h"
#include "mpi/network/network.h"
#include "mpi/runtime.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Threads other than the first call MPI, one at a time (race_mpi.c). The network benchmarks have one thread: the
 * level of the workloads would cost them some 0.1 us a message in Open MPI.
 */
static int level_needed(int argc, char **argv)
{
    return argc >= 2 && network_find(argv[1]) ? MPI_THREAD_SINGLE : MPI_THREAD_SERIALIZED;
}

static const char USAGE[] = "mpirun -n RANKS parkit-mpi WORKLOAD [options]\n"
                            "       mpirun -n RANKS parkit-mpi pingpong|collectives|halo [options]";

static uint64_t digest_of_words(int argc, char **argv)
{
    uint64_t digest = 0;
    for (int i = 1; i < argc; i++)
        digest = digest_join((uint64_t[]){ digest, digest_bytes(argv[i], strlen(argv[i])) }, 2);
    return digest;
}

/* Ranks with different options would wait for each other in different places, for ever. */
static int same_command_line(struct mpi_runtime *rt, int argc, char **argv)
{
    uint64_t mine = digest_of_words(argc, argv), first = mine;
    int rc = mpi_check("MPI_Bcast", MPI_Bcast(&first, 1, MPI_UINT64_T, 0, rt->comm));
    if (rc == 0 && mine != first)
        rc = message_usage("rank %d has other options than rank 0; give every rank the same", rt->base.rank);
    rc = rt->base.agree(&rt->base, rc);
    return rc == -ECANCELED ? -EINVAL : rc; /* usage, for all of them */
}

/* The harness, with those of @table that have a driver. */
static int run_harness(struct mpi_runtime *rt, const struct workload *const *table, int argc, char **argv)
{
    size_t n = 0, offered = 0;
    while (table[n])
        n++;
    struct workload *workload = calloc(n + 1, sizeof *workload);
    const struct workload **offer = calloc(n + 1, sizeof *offer);
    for (size_t i = 0; workload && offer && i < n; i++)
        if (drivers_offer(table[i], &workload[offered]))
            offered++;
    for (size_t i = 0; workload && offer && i < offered; i++)
        offer[i] = &workload[i];
    int code = EXIT_MISSING;
    if (workload && offer)
        code = harness_main(&rt->base, offer, USAGE, argc, argv);
    free(offer);
    free(workload);
    return code;
}

/* A network benchmark, or a workload; `list` shows both. */
static int run_command(struct mpi_runtime *rt, const struct workload *const *table, int argc, char **argv)
{
    const struct network_benchmark *network = argc >= 2 ? network_find(argv[1]) : NULL;
    if (network)
        return network_main(rt, network, argc - 1, argv + 1);
    int code = run_harness(rt, table, argc, argv);
    if (code == EXIT_RIGHT && argc == 2 && strcmp(argv[1], "list") == 0)
        code = exit_code_of(network_list());
    return code;
}

static int run(const struct workload *const *table, int argc, char **argv)
{
    struct mpi_runtime rt;
    int rc = mpi_runtime_create(&rt);
    if (rc == 0)
        rc = same_command_line(&rt, argc, argv);
    if (rc == 0 && rt.base.rank != 0 && !freopen("/dev/null", "w", stdout)) /* rank 0 alone prints results and help */
        rc = -errno;
    return mpi_runtime_end(&rt, rc != 0 ? exit_code_of(rc) : run_command(&rt, table, argc, argv));
}

static int refuse(int level)
{
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0)
        message_error("this MPI library gives thread level %d, but teams of threads need %d (MPI_THREAD_SERIALIZED); "
                      "use one built with thread support", level, (int)MPI_THREAD_SERIALIZED);
    return EXIT_MISSING;
}

/*
 * Open MPI 4 prefers osc/rdma for one-sided updates between computers, which over plain TCP then fails to make a
 * window; osc/pt2pt, next in its order, works everywhere. Within a computer osc/sm, and osc/ucx on fast networks,
 * stay first. Open MPI 5 has no pt2pt, and its rdma works over TCP. Who has set the variable knows better.
 */
static void choose_one_sided(void)
{
    char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length;
    if (mpi_check("MPI_Get_library_version", MPI_Get_library_version(library, &length)) == 0 &&
        strncmp(library, "Open MPI v4.", strlen("Open MPI v4.")) == 0)
        setenv("OMPI_MCA_osc", "^rdma", 0);
}

/*
 * A rank that ends by a signal is told of by its launcher, in one message that names rank, node and signal. Stack traces of
 * Open MPI and UCX would hide it, and a core file has more. Who has set the variables wants them.
 */
static void leave_signals_to_launcher(void)
{
    setenv("OMPI_MCA_opal_signal", "", 0);
    setenv("UCX_ERROR_SIGNALS", "", 0);
}

/*
 * If the launcher is killed while a rank is in MPI_Init, PMIx may wait there for ever (Open MPI 4.1.4 does); later it
 * notices. Until then a rank dies with its parent, where that is a launcher's daemon.
 */
static void die_with_launcher(bool wanted)
{
    if (getenv("PMIX_RANK"))
        (void)prctl(PR_SET_PDEATHSIG, wanted ? SIGKILL : 0);
}

/*
 * All have agreed on the exit code, and only MPI_Finalize is left. srun --kill-on-bad-exit sends SIGTERM when the first rank has
 * exited; who is not out by then shall exit with that code, too, unless MPI_Finalize does not end.
 */
static void end_soon(int signal)
{
    (void)signal;
    alarm(4);
}

/* Who sends to a rank that has just been killed shall not seem to have ended first, by SIGPIPE. One rank alone writes to the
 * user's pipes only, and ends as others do. */
static void survive_broken_pipes(void)
{
    int ranks = 1;
    if (MPI_Comm_size(MPI_COMM_WORLD, &ranks) == MPI_SUCCESS && ranks > 1)
        signal(SIGPIPE, SIG_IGN);
}

/*
 * Where srun has joined its tasks by nothing that this MPI library knows, each is a job of one rank (Open MPI 5, MPICH; Open
 * MPI 4 fails in MPI_Init), and all would do the same work and write the same files. Under mpirun it is as it should be.
 */
static bool srun_joined_nothing(bool by_mpirun)
{
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS"), *task = getenv("SLURM_PROCID");
    int ranks = 0;
    if (by_mpirun || !tasks || atoi(tasks) < 2 || MPI_Comm_size(MPI_COMM_WORLD, &ranks) != MPI_SUCCESS || ranks > 1)
        return false;
    if (!task || strcmp(task, "0") == 0)
        message_error("srun has started %s tasks that do not know of each other; use srun --mpi=pmix (srun --mpi=list: what there is) "
                      "or mpirun, or unset SLURM_STEP_NUM_TASKS to run one alone", tasks);
    return true;
}

int mpi_program(const struct workload *const *table, int argc, char **argv)
{
    int needed = level_needed(argc, argv), level = MPI_THREAD_SINGLE;
    bool by_mpirun = getenv("OMPI_COMM_WORLD_SIZE") != NULL; /* before MPI_Init, which may set it */
    choose_one_sided();
    leave_signals_to_launcher();
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is told by EFBIG */
    die_with_launcher(true);
    if (mpi_check("MPI_Init_thread", MPI_Init_thread(&argc, &argv, needed, &level)) != 0)
        return EXIT_MISSING;
    die_with_launcher(false);
    survive_broken_pipes();
    int code = srun_joined_nothing(by_mpirun) ? EXIT_USAGE : level < needed ? refuse(level) : run(table, argc, argv);
    signal(SIGTERM, end_soon);
    MPI_Finalize();
    return code;
}
