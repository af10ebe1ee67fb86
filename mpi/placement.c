/* Where the ranks and their workers run, and where their time went: gathered on rank 0 for the result. */
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/pop.h"
#include "mpi/runtime.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { HOST_LEN = 64 };

/* On rank 0 an array per field with one entry a rank; elsewhere nothing. */
struct gathered {
    char (*host)[HOST_LEN];
    int *threads, *offset, *bytes; /* offset, bytes: of a rank's strings in bound */
    double (*phases)[PHASES];
    double traffic[2];             /* sent bytes and the formula's, the most of all ranks */
    char (*bound)[TEAM_BOUND_LEN];
    int workers;                   /* of all ranks                                */
};

static void gathered_free(struct gathered *g)
{
    free(g->host);
    free(g->threads);
    free(g->phases);
    free(g->bound);
}

static int gathered_alloc(struct gathered *g, int ranks)
{
    size_t n = (size_t)ranks;
    g->host = calloc(n, sizeof *g->host);
    g->threads = calloc(n, 3 * sizeof *g->threads);
    g->phases = calloc(n, sizeof *g->phases);
    if (!g->host || !g->threads || !g->phases)
        return -ENOMEM;
    g->offset = g->threads + n;
    g->bytes = g->offset + n;
    return 0;
}

static int gather_ranks(struct mpi_runtime *rt, struct gathered *g, const struct team *team)
{
    char host[HOST_LEN] = "";
    int threads = (int)team->threads;
    snprintf(host, sizeof host, "%s", topology_host());
    int rc = mpi_check("MPI_Gather", MPI_Gather(host, HOST_LEN, MPI_CHAR, g->host, HOST_LEN, MPI_CHAR, 0, rt->comm));
    if (rc == 0)
        rc = mpi_check("MPI_Gather", MPI_Gather(&threads, 1, MPI_INT, g->threads, 1, MPI_INT, 0, rt->comm));
    if (rc == 0)
        rc = mpi_check("MPI_Gather",
                       MPI_Gather(&rt->phases, PHASES, MPI_DOUBLE, g->phases, PHASES, MPI_DOUBLE, 0, rt->comm));
    double traffic[2] = { rt->traffic.sent_bytes, rt->traffic.formula_bytes };
    if (rc == 0)
        rc = mpi_check("MPI_Reduce", MPI_Reduce(traffic, g->traffic, 2, MPI_DOUBLE, MPI_MAX, 0, rt->comm));
    return rc;
}

/* Room for every worker's string; teams may differ in size from rank to rank. */
static int place_strings(struct gathered *g, int ranks)
{
    for (int r = 0; r < ranks; r++) {
        g->offset[r] = g->workers * TEAM_BOUND_LEN;
        g->bytes[r] = g->threads[r] * TEAM_BOUND_LEN;
        g->workers += g->threads[r];
    }
    g->bound = calloc((size_t)g->workers, sizeof *g->bound);
    return g->bound ? 0 : -ENOMEM;
}

static json_t *string_array(const char *text, size_t stride, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_string(text + (size_t)i * stride));
    return array;
}

static json_t *phase_array(const struct gathered *g, int ranks, int phase)
{
    json_t *array = json_array();
    for (int r = 0; r < ranks; r++)
        json_array_append_new(array, json_real(g->phases[r][phase]));
    return array;
}

static json_t *threads_array(const struct gathered *g, int ranks)
{
    json_t *array = json_array();
    for (int r = 0; r < ranks; r++)
        json_array_append_new(array, json_integer(g->threads[r]));
    return array;
}

/* In the order of struct phases. */
static const char *const phase_names[PHASES] = { "compute_s", "communicate_s", "deal_s", "wait_s", "collect_s",
                                                "checkpoint_s", "elapsed_s" };
enum { COMPUTE = offsetof(struct phases, compute_s) / sizeof(double), ELAPSED = offsetof(struct phases, elapsed_s) / sizeof(double) };

/* NULL where no time was told. */
static json_t *pop_object(const struct gathered *g, int ranks)
{
    struct pop pop;
    double slowest = 0;
    for (int r = 0; r < ranks; r++)
        slowest = g->phases[r][ELAPSED] > slowest ? g->phases[r][ELAPSED] : slowest;
    if (!pop_of(&g->phases[0][COMPUTE], (size_t)ranks, PHASES, slowest, &pop))
        return NULL;
    return json_pack("{s:s,s:f,s:f,s:f}", "of", "the last repeat, a rank with its threads as one process", "load_balance",
                     pop.load_balance, "communication_efficiency", pop.communication, "parallel_efficiency", pop.parallel);
}

static json_t *where_of(const struct gathered *g, int ranks)
{
    json_t *where = json_pack("{s:o,s:o}", "rank_hosts", string_array(g->host[0], sizeof *g->host, ranks), "rank_threads",
                              threads_array(g, ranks));
    json_t *phases = json_pack("{s:s}", "of", "the last repeat, one value a rank");
    for (int i = 0; i < PHASES; i++)
        json_object_set_new(phases, phase_names[i], phase_array(g, ranks, i));
    json_object_set_new(where, "phases", phases);
    json_t *pop = pop_object(g, ranks);
    if (pop)
        json_object_set_new(where, "pop", pop);
    return where;
}

/* Open MPI binds ranks to a core each unless told otherwise: the threads of a hybrid run then share that core. */
static void note_narrow_binding(const struct runtime *base, const struct team *team)
{
    char cpus[128];
    unsigned workers = team->threads * (unsigned)base->ranks_in_cpuset, given = topology_pus(team->topology);
    if (base->rank == 0 && workers > given && sysconf(_SC_NPROCESSORS_ONLN) > (long)given)
        message_note("the launcher has bound rank 0 to processor %s; with mpirun, --bind-to none or --map-by slot:PE=%u "
                     "gives its threads more", topology_cpuset(team->topology, cpus, sizeof cpus), team->threads);
}

json_t *mpi_bindings(struct runtime *base, const struct team *team)
{
    struct mpi_runtime *rt = mpi_runtime_of(base);
    struct gathered g = { 0 };
    json_t *bindings = NULL;
    bool root = base->rank == 0;
    note_narrow_binding(base, team);
    int rc = base->agree(base, root ? gathered_alloc(&g, base->ranks) : 0);
    if (rc == 0)
        rc = gather_ranks(rt, &g, team);
    rc = base->agree(base, rc == 0 && root ? place_strings(&g, base->ranks) : rc);
    if (rc == 0)
        rc = mpi_check("MPI_Gatherv",
                       MPI_Gatherv(team->bound, (int)team->threads * TEAM_BOUND_LEN, MPI_CHAR, g.bound, g.bytes, g.offset,
                                   MPI_CHAR, 0, rt->comm));
    rt->broken |= rc == -ECOMM; /* the harness asks for agreement after its report */
    if (rc == 0 && root) {
        bindings = string_array(g.bound[0], TEAM_BOUND_LEN, g.workers);
        rt->where = where_of(&g, base->ranks);
        if (rt->traffic.counted) { /* the most of all ranks, in the last repeat */
            json_object_set_new(rt->where, "comm_bytes", json_real(g.traffic[0]));
            json_object_set_new(rt->where, "comm_bytes_formula", json_real(g.traffic[1]));
        }
    }
    gathered_free(&g);
    return bindings;
}

int mpi_details(struct runtime *base, json_t *result)
{
    char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length, level;
    if (mpi_check("MPI_Get_library_version", MPI_Get_library_version(library, &length)) != 0 ||
        mpi_check("MPI_Query_thread", MPI_Query_thread(&level)) != 0)
        return -ECOMM;
    for (char *c = library; *c; c++) /* the first words name it: "Open MPI v4.1.4, package: ..." */
        if (*c == ',' || *c == '\n')
            *c = '\0';
    static const char *const names[] = { "single", "funneled", "serialized", "multiple" };
    const int levels[] = { MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE };
    const char *name = "unknown";
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i] == level)
            name = names[i];
    json_object_set_new(result, "mpi_library", json_string(library));
    json_object_set_new(result, "mpi_thread_level", json_string(name));
    int rc = json_object_update(result, mpi_runtime_of(base)->where);
    return rc == 0 ? checkpoint_details(mpi_runtime_of(base), result) : -ENOMEM;
}
