/* The commands of the network benchmarks: which there are, their options, and one run of one of them. */
#include "mpi/network/network.h"

#include "common/build_info.h"
#include "common/clock.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "common/team.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct network_benchmark *const benchmarks[] = { &network_pingpong, &network_collectives, &network_halo };
enum { BENCHMARKS = sizeof benchmarks / sizeof *benchmarks };

const struct network_benchmark *network_find(const char *name)
{
    for (size_t i = 0; i < BENCHMARKS; i++)
        if (strcmp(benchmarks[i]->name, name) == 0)
            return benchmarks[i];
    return NULL;
}

static int flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    message_error("cannot write the result: %s", strerror(errno));
    return -ENOSPC;
}

int network_list(void)
{
    for (size_t i = 0; i < BENCHMARKS; i++)
        printf("%-12s %s\n%-12s network  --help shows its options\n", benchmarks[i]->name, benchmarks[i]->summary, "");
    return flush();
}

/* --- the command line --- */

#define FIELD(name) offsetof(struct network_args, name)
enum { MAX_AT = 1, LARGEST = 1 << 30 }; /* one message: MPI counts in int */
static const struct option_spec all_options[] = {
    { 0, "min", "BYTES", OPTION_UINT, FIELD(min), "0", 0, LARGEST, NULL, "smallest message" },
    [MAX_AT] = { 0, "max", "BYTES", OPTION_UINT, FIELD(max), NULL, 0, LARGEST, NULL, "largest message" },
    { 'r', "repeats", "N", OPTION_UINT, FIELD(repeats), "10", 1, 100000, NULL, "samples at each size" },
    { 'i', "iterations", "N", OPTION_UINT, FIELD(iterations), "0", 0, 1e9, NULL,
      "messages in each sample; 0: as many as fit --time" },
    { 'w', "warmups", "N", OPTION_UINT, FIELD(warmups), "10", 0, 1e6, NULL, "messages before the samples" },
    { 0, "time", "SECONDS", OPTION_DOUBLE, FIELD(seconds), "0.1", 0.0001, 3600, NULL, "for the samples of one size" },
    { 0, "bind", "POLICY", OPTION_CHOICE, FIELD(bind), "spread", 0, 0, bind_policy_names, "places of the ranks" },
    { 0, "csv", NULL, OPTION_FLAG, FIELD(csv), NULL, 0, 0, NULL, "print comma-separated values, a row a size" },
    { 'J', "json", NULL, OPTION_FLAG, FIELD(json), NULL, 0, 0, NULL, "print one JSON object" },
    { 0 },
};
enum { N_OPTIONS = sizeof all_options / sizeof *all_options };

static int check_args(const struct network_args *args)
{
    if (args->csv && args->json)
        return message_usage("--csv and --json are two formats; give one");
    if (args->min > args->max)
        return message_usage("--min %llu is more than --max %llu", (unsigned long long)args->min,
                             (unsigned long long)args->max);
    return 0;
}

/* 0 to go on, 1 after --help, or -EINVAL. */
static int parse(const struct network_benchmark *b, struct option_spec *options, struct network_args *args, void *own,
                 int argc, char **argv)
{
    char usage[128], examples[256];
    memcpy(options, all_options, sizeof all_options);
    options[MAX_AT].default_text = b->max_default;
    snprintf(usage, sizeof usage, "mpirun -n RANKS %s %s [options]", message_program(), b->name);
    snprintf(examples, sizeof examples, "  mpirun -n 2 %s %s                  a table and the fitted latency and bandwidth\n"
                                        "  mpirun -n 2 %s %s --csv >%s.csv\n",
             message_program(), b->name, message_program(), b->name, b->name);
    struct option_program program = { .usage = usage, .summary = b->summary,
                                      .tables = (const struct option_spec *const[]){ options, b->options, NULL },
                                      .targets = (void *const[]){ args, own }, .examples = examples };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc == 0 && first < argc)
        rc = message_usage("'%s' is one word too many", argv[first]);
    return rc ? rc : check_args(args);
}

/* --- one run --- */

/* What every result says about where it comes from; the ranks' places are in it from rank 0's runtime. */
static json_t *describe(struct network *net, const struct team *team, const char *started)
{
    struct runtime *base = &net->rt->base;
    json_t *binding = base->bindings(base, team); /* collective */
    if (!binding)
        return NULL;
    json_t *result = json_pack("{s:s,s:s,s:i,s:i,s:o,s:s,s:s,s:s,s:s,s:s,s:s}", "schema", "parkit.network/1", "benchmark",
                               net->benchmark->name, "ranks", base->ranks, "nodes", base->nodes, "binding", binding, "host",
                               topology_host(), "cpu", topology_cpu_model(team->topology), "compiler", build_compiler,
                               "flags", build_flags, "version", build_version, "started", started);
    if (result && base->details(base, result) != 0) {
        json_decref(result);
        return NULL;
    }
    json_object_del(result, "phases"); /* those of a workload's run */
    return result;
}

static bool all_right(const struct network *net)
{
    for (size_t s = 0; s < net->n; s++)
        for (size_t i = 0; i < net->series[s].n; i++)
            if (!net->series[s].point[i].right) {
                message_error("%s: WRONG DATA came with messages of %zu bytes (%s, %s)", net->benchmark->name,
                              net->series[s].point[i].bytes, net->series[s].pattern, net->series[s].path);
                return false;
            }
    return true;
}

static int measure_and_report(struct network *net, const struct team *team)
{
    struct runtime *base = &net->rt->base;
    char started[CLOCK_RFC3339_LEN];
    clock_rfc3339(started);
    int rc = net->benchmark->run(net);
    if (rc == 0 && net->n == 0)
        rc = message_usage("%s has no message size from --min %llu to --max %llu; sizes are powers of two",
                           net->benchmark->name, (unsigned long long)net->args->min, (unsigned long long)net->args->max);
    if (rc != 0)
        return rc;
    json_t *result = describe(net, team, started);
    bool right = all_right(net);
    if (base->rank == 0) {
        rc = result ? 0 : -ENOMEM;
        if (rc == 0)
            rc = json_object_set_new(result, "verified", json_boolean(right)) ? -ENOMEM : network_report(net, result);
        if (rc == 0)
            rc = flush();
    }
    json_decref(result);
    rc = base->agree(base, rc);
    return rc == 0 && !right ? -EDOM : rc;
}

/* Every rank takes a place of its own, as the workers of the workloads do. */
static int run_bound(struct network *net)
{
    struct runtime *base = &net->rt->base;
    struct topology *topology = NULL;
    struct team team = { 0 };
    int rc = base->agree(base, topology_create(&topology));
    if (rc == 0)
        rc = base->agree(base, team_create(&team, MODEL_SERIAL, 1, topology, (enum bind_policy)net->args->bind,
                                           (unsigned)base->rank_in_cpuset));
    if (rc == 0) {
        if (base->rank_on_node == 0)
            topology_warn(topology, (unsigned)base->ranks_in_cpuset);
        team_bind(&team, 0);
        rc = measure_and_report(net, &team);
    }
    team_destroy(&team);
    topology_destroy(topology);
    return rc;
}

static void free_series(struct network *net)
{
    for (size_t s = 0; s < net->n; s++)
        free(net->series[s].point);
    free(net->series);
}

int network_main(struct mpi_runtime *rt, const struct network_benchmark *b, int argc, char **argv)
{
    struct option_spec options[N_OPTIONS]; /* option_given() looks into it until the end */
    struct network_args args = { 0 };
    void *own = calloc(1, b->own_size + 1);
    struct network net = { .rt = rt, .benchmark = b, .args = &args, .own = own };
    int rc = own ? parse(b, options, &args, own, argc, argv) : -ENOMEM;
    if (rc == 0)
        rc = run_bound(&net);
    free_series(&net);
    free(own);
    return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
}
