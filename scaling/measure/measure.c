/*
 * The command is started with posix_spawn, which neither copies page tables nor runs anything of ours
 * in the child, so starting costs the same whatever the size of this process. The end is awaited with
 * WNOWAIT: only while the dead command has not been reaped can /proc/PID/io still be read.
 */
#include "scaling/measure/measure.h"

#include "common/clock.h"
#include "common/topology.h"
#include "scaling/measure/orphans.h"
#include "scaling/measure/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The command and what its waiter must know. */
struct watch {
    pid_t pid;
    sigset_t signals;       /* SIGCHLD and the signals that tell us to end; blocked    */
    sigset_t mask_before;
    struct rusage adopted;  /* used by orphans that ended before the command           */
};

static void add_usage(struct rusage *sum, const struct rusage *more)
{
    timeradd(&sum->ru_utime, &more->ru_utime, &sum->ru_utime);
    timeradd(&sum->ru_stime, &more->ru_stime, &sum->ru_stime);
    sum->ru_nvcsw += more->ru_nvcsw;
    sum->ru_nivcsw += more->ru_nivcsw;
    if (more->ru_maxrss > sum->ru_maxrss)
        sum->ru_maxrss = more->ru_maxrss;
}

/* --- Start --- */

/* Become restricted to the cpus of the request; @before receives the set to return to, NULL if unchanged. */
static int enter_cpus(const struct measure_request *request, cpu_set_t **before, size_t *before_size)
{
    *before = NULL;
    if (request->n_cpu == 0)
        return 0;
    int highest = CPU_SETSIZE - 1;
    for (size_t i = 0; i < request->n_cpu; i++)
        if (request->cpu[i] > highest)
            highest = request->cpu[i];
    size_t size = CPU_ALLOC_SIZE(highest + 1);
    cpu_set_t *wanted = CPU_ALLOC(highest + 1), *old = CPU_ALLOC(highest + 1);
    int rc = -ENOMEM;
    if (!wanted || !old)
        goto out;
    CPU_ZERO_S(size, wanted);
    for (size_t i = 0; i < request->n_cpu; i++)
        CPU_SET_S((size_t)request->cpu[i], size, wanted);
    rc = sched_getaffinity(0, size, old) == 0 && sched_setaffinity(0, size, wanted) == 0 ? 0 : -errno;
    if (rc == 0) {
        *before = old;
        *before_size = size;
        old = NULL;
    }
out:
    CPU_FREE(wanted);
    CPU_FREE(old);
    return rc;
}

static void leave_cpus(cpu_set_t *before, size_t size)
{
    if (before)
        sched_setaffinity(0, size, before);
    CPU_FREE(before);
}

static int spawn(const struct measure_request *request, struct watch *w)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return -rc;
    if ((rc = posix_spawnattr_init(&how)) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return -rc;
    }
    /* From another process group, reading the terminal would stop the command. */
    if (isatty(STDIN_FILENO))
        rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    /* stderr first where stdout's descriptor is 2, so that neither overwrites the other's source. */
    if (rc == 0 && request->stderr_fd != STDERR_FILENO)
        rc = posix_spawn_file_actions_adddup2(&files, request->stderr_fd, STDERR_FILENO);
    if (rc == 0 && request->stdout_fd != STDOUT_FILENO)
        rc = posix_spawn_file_actions_adddup2(&files, request->stdout_fd, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(&how, 0);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(&how, &w->mask_before);
    if (rc == 0)
        rc = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    if (rc == 0)
        rc = posix_spawnp(&w->pid, request->command[0], &files, &how, request->command, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return -rc;
}

static int start(const struct measure_request *request, struct watch *w, struct measure *out, double *start_s)
{
    cpu_set_t *before;
    size_t before_size = 0;
    int rc = enter_cpus(request, &before, &before_size);
    if (rc != 0)
        return rc;
    topology_bound_to(out->binding, sizeof out->binding); /* the command inherits exactly this */
    *start_s = clock_now_s();
    rc = spawn(request, w);
    leave_cpus(before, before_size);
    return rc;
}

/* --- Wait --- */

/* Whether the command has ended; it stays unreaped. Orphans that have ended are reaped and counted. */
static bool has_ended(struct watch *w)
{
    for (;;) {
        siginfo_t info = { 0 };
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return false;
        if (info.si_pid == w->pid)
            return true;
        struct rusage usage;
        if (wait4(info.si_pid, NULL, 0, &usage) == info.si_pid)
            add_usage(&w->adopted, &usage);
    }
}

/* Until the command ends: 0; until @deadline_s (0: none): -ETIMEDOUT; until we are told to end: that signal. */
static int wait_for_end(struct watch *w, double deadline_s)
{
    while (!has_ended(w)) {
        double left_s = deadline_s > 0 ? deadline_s - clock_now_s() : 3600;
        if (left_s < 0)
            left_s = 0;
        time_t whole = (time_t)left_s;
        struct timespec limit = { whole, (long)((left_s - (double)whole) * 1e9) };
        int got = sigtimedwait(&w->signals, NULL, &limit);
        if (got > 0 && got != SIGCHLD)
            return got;
        if (got < 0 && errno == EAGAIN && deadline_s > 0)
            return -ETIMEDOUT;
    }
    return 0;
}

/* The same for the whole run, with a look at it on the way: soon, and again when launchers have launched. */
static int wait_and_look(struct watch *w, double start_s, double timeout_s, struct look *look)
{
    static const double looks_s[] = { 0.1, 1 };
    for (size_t i = 0; i < sizeof looks_s / sizeof *looks_s; i++) {
        if (timeout_s > 0 && timeout_s <= looks_s[i])
            break;
        int told = wait_for_end(w, start_s + looks_s[i]);
        if (told != -ETIMEDOUT)
            return told;
        look_at(w->pid, look);
    }
    return wait_for_end(w, timeout_s > 0 ? start_s + timeout_s : 0);
}

/* End the command's group: @polite first. A second signal from outside cuts the grace short. */
static void end_group(struct watch *w, int polite)
{
    kill(-w->pid, polite);
    kill(-w->pid, SIGCONT); /* a stopped process would not see it */
    if (wait_for_end(w, clock_now_s() + GRACE_S) == 0)
        return;
    kill(-w->pid, SIGKILL);
    while (wait_for_end(w, 0) != 0)
        ;
}

/* --- What it used --- */

static void read_io(pid_t pid, struct measure *out)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    int found = 0;
    while (fgets(line, sizeof line, f))
        found += sscanf(line, "rchar: %lld", &out->bytes_read) == 1 ||
                 sscanf(line, "wchar: %lld", &out->bytes_written) == 1 ||
                 sscanf(line, "read_bytes: %lld", &out->storage_read) == 1 ||
                 sscanf(line, "write_bytes: %lld", &out->storage_written) == 1;
    fclose(f);
    out->has_io = found == 4;
}

static void reap(struct watch *w, struct measure *out)
{
    int status;
    read_io(w->pid, out);
    while (wait4(w->pid, &status, 0, &out->usage) < 0 && errno == EINTR)
        ;
    add_usage(&out->usage, &w->adopted);
    out->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int measure_run(const struct measure_request *request, struct measure *out)
{
    struct watch w = { 0 };
    double start_s = 0;
    memset(out, 0, sizeof *out);
    out->look.mhz = NAN;
    orphans_adopt();
    signals_block(&w.signals, &w.mask_before);
    int rc = start(request, &w, out, &start_s);
    if (rc == 0) {
        int told = wait_and_look(&w, start_s, request->timeout_s, &out->look);
        out->seconds = clock_now_s() - start_s;
        out->timed_out = told == -ETIMEDOUT;
        if (told != 0)
            end_group(&w, told > 0 ? told : SIGTERM);
        reap(&w, out);
        orphans_end(GRACE_S);
        rc = told > 0 ? told : 0;
    }
    sigprocmask(SIG_SETMASK, &w.mask_before, NULL);
    return rc;
}
