#include "scaling/measure/trial.h"

#include "common/clock.h"
#include "common/jsonl.h"
#include "common/message.h"
#include "scaling/measure/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY 1e9 /* more processors than any machine has */

/* --- Before --- */

/* How many cpus to confine the command to; 0: no binding. */
static unsigned places_wanted(const struct trial *t)
{
    if (t->bind == BIND_NONE)
        return 0;
    if (t->cores)
        return (unsigned)t->cores;
    double product = (double)t->record.threads * (double)t->record.ranks;
    return (t->has_threads || t->has_ranks) && t->record.nodes == 1 ? (unsigned)(product < MANY ? product : MANY) : 0;
}

/* The cpus for @wanted workers, at most as many as there are. @cpu is allocated. */
static int plan_places(const struct trial *t, unsigned wanted, int **cpu, size_t *n)
{
    struct topology *own = NULL;
    int rc = t->topology || wanted == 0 ? 0 : topology_create(&own);
    if (rc != 0 || wanted == 0)
        return rc;
    const struct topology *topology = own ? own : t->topology;
    unsigned there_are = topology_pus(topology), count = wanted < there_are ? wanted : there_are;
    *cpu = calloc(count, sizeof **cpu);
    rc = *cpu ? 0 : -ENOMEM;
    if (*cpu) {
        topology_plan(topology, t->bind, 0, count, *cpu);
        *n = count;
        if (!t->quiet)
            topology_warn(topology, wanted);
    }
    topology_destroy(own);
    return rc;
}

int trial_right_exits(struct trial *t, const char *text)
{
    for (const char *at = text; at; at = *at == ',' ? at + 1 : NULL) {
        char *end;
        unsigned long code = strtoul(at, &end, 10);
        if (end == at || *at == '-' || code > 255 || (*end && *end != ',') || t->n_right_exits >= TRIAL_EXITS_MAX)
            return message_usage("--ok-exit '%s' is not a list of up to %d exit codes from 0 to 255, such as 0,1", text,
                TRIAL_EXITS_MAX);
        t->right_exit[t->n_right_exits++] = (unsigned char)code;
        at = end;
    }
    return 0;
}

/* What the command inherits; what the user has set is left alone. */
static int prepare_environment(const struct trial *t)
{
    char threads[24];
    snprintf(threads, sizeof threads, "%llu", (unsigned long long)t->record.threads);
    if (t->has_threads && setenv("OMP_NUM_THREADS", threads, 1) != 0)
        return -errno;
    /* Open MPI 4 by itself binds up to two ranks to a core each, and more to a NUMA domain: the first
       points of a study would be measured under another policy than the others. */
    if (t->has_ranks && t->record.nodes == 1 && t->bind != BIND_NONE &&
        setenv("OMPI_MCA_hwloc_base_binding_policy", "none", 0) != 0)
        return -errno;
    return 0;
}

/* Before anything runs, so that an hour of computing is not lost to a wrong path. */
int trial_check_writable(const char *path)
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

static double load_now(void)
{
    double load[1];
    return getloadavg(load, 1) == 1 ? load[0] : NAN;
}

/* --- After --- */

static int say_cannot_start(const char *command, int rc)
{
    message_error("cannot run '%s': %s%s", command, strerror(-rc),
        rc == -ENOENT ? "; is it installed, and in PATH?" : "");
    return -ENOENT; /* whatever the cause: something is missing, nothing was recorded */
}

static bool exit_is_right(const struct trial *t, const struct measure *m)
{
    if (m->signal != 0)
        return false;
    if (t->n_right_exits == 0)
        return m->exit_code == 0;
    return memchr(t->right_exit, m->exit_code, t->n_right_exits) != NULL;
}

static int publish(const struct trial *t, const struct measure *m)
{
    if (!t->append && !t->json) {
        record_print(&t->record, m);
        return 0;
    }
    json_t *line = record_json(&t->record, m);
    int rc = line ? 0 : -ENOMEM;
    if (line && t->append && (rc = jsonl_append(t->append, line, 1)) != 0)
        message_error("cannot append to %s: %s", t->append, strerror(-rc));
    if (rc == 0 && t->json && jsonl_print(stdout, line) != 0) {
        message_error("cannot write the result to standard output");
        rc = -ENOSPC;
    }
    json_decref(line);
    return rc;
}

static void warn_of_nothing_found(const struct trial *t)
{
    if (t->match->fom.kind && isnan(t->record.fom))
        message_warn("--fom found no number in the output of '%s'", t->record.command[0]);
    if (t->match->time.kind && isnan(t->record.program_s))
        message_warn("--time found no number in the output of '%s'", t->record.command[0]);
}

/* Search the output, settle the state, record. */
static int conclude(struct trial *t, int kept_fd, const struct measure *m)
{
    struct match_result found = { .fom = NAN, .time_s = NAN, .ok = true };
    int rc = kept_fd >= 0 ? match_file(t->match, kept_fd, &found) : 0;
    if (rc != 0) {
        message_error("cannot read the kept output: %s", strerror(-rc));
        return -ENOENT;
    }
    t->record.fom = found.fom;
    t->record.program_s = found.time_s;
    t->record.state = record_state(m, exit_is_right(t, m), found.ok);
    if (t->record.state == RUN_OK)
        warn_of_nothing_found(t);
    if (publish(t, m) != 0)
        return -ENOENT;
    return t->record.state == RUN_OK ? 0 : -EIO;
}

/* --- The run --- */

static int measure_and_conclude(struct trial *t, const int *cpu, size_t n_cpu)
{
    struct capture capture;
    struct measure m;
    char started[CLOCK_RFC3339_LEN];
    const struct capture_request output = { .log = t->record.log, .quiet = t->quiet, .to_stderr = t->json,
                                            .searched = match_wanted(t->match) };
    if (capture_open(&output, &capture) != 0)
        return -ENOENT;
    t->record.load = load_now();
    t->record.started = started;
    clock_rfc3339(started);
    const struct measure_request request = { .command = t->record.command, .timeout_s = t->timeout_s, .cpu = cpu,
        .n_cpu = n_cpu, .stdout_fd = capture.stdout_fd, .stderr_fd = capture.stderr_fd };
    int rc = measure_run(&request, &m);
    if (rc < 0)
        rc = say_cannot_start(t->record.command[0], rc);
    else if (rc == 0)
        rc = conclude(t, capture.kept_fd, &m);
    t->record.started = NULL;
    capture_close(&output, &capture);
    return rc;
}

int trial_run(struct trial *t)
{
    int *cpu = NULL;
    size_t n_cpu = 0;
    int rc = plan_places(t, places_wanted(t), &cpu, &n_cpu);
    if (rc == 0)
        rc = prepare_environment(t);
    if (rc == 0)
        rc = trial_check_writable(t->append);
    rc = rc == 0 ? measure_and_conclude(t, cpu, n_cpu) : -ENOENT;
    free(cpu);
    return rc;
}
