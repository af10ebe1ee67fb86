/* parkit-run: run one command once, measure it, record it as one JSON line. */
#include "common/clock.h"
#include "common/exit_codes.h"
#include "common/jsonl.h"
#include "common/message.h"
#include "common/option.h"
#include "common/topology.h"
#include "scaling/capture.h"
#include "scaling/match.h"
#include "scaling/measure.h"
#include "scaling/record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct args {
    uint64_t threads, ranks, nodes, size, rep, order, cores;
    double timeout_s;
    const char *append, *log, *fom, *ok;
    int bind;
    bool json, quiet;
};

#define MANY 1e9 /* more threads, ranks or nodes than any machine has */

static const struct option_spec options[] = {
    { 'a', "append", "FILE", OPTION_STRING, offsetof(struct args, append), NULL, 0, 0, NULL,
      "append the result to FILE as one JSON line" },
    { 0, "json", NULL, OPTION_FLAG, offsetof(struct args, json), NULL, 0, 0, NULL,
      "print the result as one JSON line; the command's own output goes to stderr" },
    { 't', "threads", "N", OPTION_UINT, offsetof(struct args, threads), "1", 1, MANY, NULL,
      "threads of a rank; if given, also OMP_NUM_THREADS" },
    { 'p', "ranks", "N", OPTION_UINT, offsetof(struct args, ranks), "1", 1, MANY, NULL, "ranks (processes) in all" },
    { 'N', "nodes", "N", OPTION_UINT, offsetof(struct args, nodes), "1", 1, MANY, NULL, "nodes" },
    { 'n', "size", "N", OPTION_UINT, offsetof(struct args, size), NULL, 0, 0, NULL, "problem size, recorded only" },
    { 0, "rep", "N", OPTION_UINT, offsetof(struct args, rep), NULL, 0, 0, NULL, "repetition, recorded only" },
    { 0, "order", "N", OPTION_UINT, offsetof(struct args, order), NULL, 0, 0, NULL,
      "place of the run in its study, recorded only" },
    { 0, "timeout", "SECONDS", OPTION_DOUBLE, offsetof(struct args, timeout_s), NULL, 0.001, 1e9, NULL,
      "end it after so long: SIGTERM, two seconds later SIGKILL" },
    { 0, "fom", "REGEX", OPTION_STRING, offsetof(struct args, fom), NULL, 0, 0, NULL,
      "figure of merit in a line of the output: the first group as a number, the last match wins" },
    { 0, "ok", "REGEX", OPTION_STRING, offsetof(struct args, ok), NULL, 0, 0, NULL,
      "a line of the output must match, or the run counts as wrong" },
    { 'l', "log", "FILE", OPTION_STRING, offsetof(struct args, log), NULL, 0, 0, NULL,
      "keep the command's output in FILE instead of showing it" },
    { 0, "bind", "POLICY", OPTION_CHOICE, offsetof(struct args, bind), "spread", 0, 0, bind_policy_names,
      "which cpus the command gets" },
    { 0, "cores", "N", OPTION_UINT, offsetof(struct args, cores), NULL, 1, MANY, NULL,
      "how many cpus it gets; without it threads x ranks if either is given on one node, else all" },
    { 'q', "quiet", NULL, OPTION_FLAG, offsetof(struct args, quiet), NULL, 0, 0, NULL,
      "show neither the command's output nor warnings about its placement" },
    { 0 },
};

/* How many cpus to confine the command to; 0: no binding. */
static unsigned places_wanted(const struct args *a)
{
    if (a->bind == BIND_NONE)
        return 0;
    if (a->cores)
        return (unsigned)a->cores;
    bool given = option_given("threads") || option_given("ranks");
    double product = (double)a->threads * (double)a->ranks;
    return given && a->nodes == 1 ? (unsigned)(product < MANY ? product : MANY) : 0;
}

/* The cpus for @wanted workers, at most as many as there are. @cpu is allocated. */
static int plan_places(const struct args *a, unsigned wanted, int **cpu, size_t *n)
{
    struct topology *t = NULL;
    int rc = topology_create(&t);
    if (rc != 0)
        return rc;
    unsigned there_are = topology_pus(t), count = wanted < there_are ? wanted : there_are;
    *cpu = calloc(count, sizeof **cpu);
    rc = *cpu ? 0 : -ENOMEM;
    if (*cpu) {
        topology_plan(t, (enum bind_policy)a->bind, 0, count, *cpu);
        *n = count;
        if (!a->quiet)
            topology_warn(t, wanted);
    }
    topology_destroy(t);
    return rc;
}

/* What the command inherits; what the user has set is left alone. */
static int prepare_environment(const struct args *a)
{
    char threads[24];
    snprintf(threads, sizeof threads, "%llu", (unsigned long long)a->threads);
    if (option_given("threads") && setenv("OMP_NUM_THREADS", threads, 1) != 0)
        return -errno;
    /* Open MPI 4 by itself binds up to two ranks to a core each, and more to a NUMA domain: the first
       points of a study would be measured under another policy than the others. */
    if (option_given("ranks") && a->nodes == 1 && a->bind != BIND_NONE &&
        setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0) != 0)
        return -errno;
    return 0;
}

/* Before anything runs, so that an hour of computing is not lost to a wrong path. */
static int check_writable(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (path && fd < 0) {
        int rc = -errno;
        message_error("cannot write %s: %s", path, strerror(errno));
        return rc;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static int say_cannot_start(const char *command, int rc)
{
    message_error("cannot run '%s': %s%s", command, strerror(-rc),
        rc == -ENOENT ? "; is it installed, and in PATH?" : "");
    return -ENOENT; /* whatever the cause: something is missing, nothing was recorded */
}

static int publish(const struct args *a, const struct record *record, const struct measure *m)
{
    if (!a->append && !a->json) {
        record_print(record, m);
        return 0;
    }
    json_t *line = record_json(record, m);
    int rc = line ? 0 : -ENOMEM;
    if (line && a->append && (rc = jsonl_append(a->append, line, 1)) != 0)
        message_error("cannot append to %s: %s", a->append, strerror(-rc));
    if (rc == 0 && a->json && jsonl_print(stdout, line) != 0) {
        message_error("cannot write the result to standard output");
        rc = -ENOSPC;
    }
    json_decref(line);
    return rc;
}

/* Search the output, settle the state, record. */
static int conclude(const struct args *a, const struct match *match, int kept_fd, struct record *record,
                    const struct measure *m)
{
    struct match_result found = { .fom = NAN, .ok = true };
    int rc = kept_fd >= 0 ? match_file(match, kept_fd, &found) : 0;
    if (rc != 0) {
        message_error("cannot read the kept output: %s", strerror(-rc));
        return -ENOENT;
    }
    record->fom = found.fom;
    record->state = record_state(m, found.ok);
    if (record->state == RUN_OK && match->has_fom && isnan(found.fom))
        message_warn("--fom '%s' matched no number in the output", a->fom);
    rc = publish(a, record, m);
    if (rc != 0)
        return -ENOENT;
    return record->state == RUN_OK ? 0 : -EIO;
}

static int run_and_record(const struct args *a, char **command, const struct match *match)
{
    int *cpu = NULL;
    size_t n_cpu = 0;
    unsigned wanted = places_wanted(a);
    struct capture capture;
    const struct capture_request output = { .log = a->log, .quiet = a->quiet, .to_stderr = a->json,
                                            .searched = match->has_fom || match->has_ok };
    int rc = wanted ? plan_places(a, wanted, &cpu, &n_cpu) : 0;
    if (rc == 0)
        rc = prepare_environment(a);
    if (rc == 0)
        rc = check_writable(a->append);
    if (rc == 0)
        rc = capture_open(&output, &capture);
    if (rc != 0) {
        free(cpu);
        return -ENOENT;
    }
    char started[CLOCK_RFC3339_LEN];
    clock_rfc3339(started);
    struct measure m;
    const struct measure_request request = { .command = command, .timeout_s = a->timeout_s, .cpu = cpu, .n_cpu = n_cpu,
                                             .stdout_fd = capture.stdout_fd, .stderr_fd = capture.stderr_fd };
    rc = measure_run(&request, &m);
    struct record record = { .threads = a->threads, .ranks = a->ranks, .nodes = a->nodes,
        .has_size = option_given("size"), .size = a->size, .has_rep = option_given("rep"), .rep = a->rep,
        .has_order = option_given("order"), .order = a->order, .log = a->log, .command = command, .started = started };
    if (rc < 0)
        rc = say_cannot_start(command[0], rc);
    else if (rc == 0)
        rc = conclude(a, match, capture.kept_fd, &record, &m);
    capture_close(&output, &capture);
    free(cpu);
    return rc;
}

int main(int argc, char **argv)
{
    message_init("parkit-run");
    struct args args = { 0 };
    const struct option_spec *const tables[] = { options, NULL };
    void *const targets[] = { &args };
    const struct option_program program = {
        .usage = "parkit-run [options] -- COMMAND [ARGUMENT ...]",
        .summary = "Run one command once and measure it: time, processor time, memory, switches, bytes, how it ended.",
        .tables = tables,
        .targets = targets,
        .examples = "  parkit-run -- make -j4\n"
                    "  parkit-run -t 4 --fom 'rate: ([0-9.]+)' --append runs.jsonl -- ./solver input.dat\n",
        .stop_at_first = 1,
    };
    int first, rc = option_parse(&program, argc, argv, &first);
    if (rc != 0)
        return rc > 0 ? EXIT_RIGHT : exit_code_of(rc);
    if (first >= argc)
        return exit_code_of(message_usage("no command; write it after --: parkit-run -- COMMAND"));
    struct match match;
    rc = match_create(args.fom, args.ok, &match);
    if (rc == 0)
        rc = run_and_record(&args, argv + first, &match);
    match_destroy(&match);
    option_free(&program);
    if (rc > 0) { /* told to end: everything has ended, now this process by the same signal */
        signal(rc, SIG_DFL);
        raise(rc);
    }
    return exit_code_of(rc);
}
