#include "scaling/worker.h"

#include "common/message.h"
#include "scaling/measure/orphans.h"
#include "scaling/measure/signals.h"
#include "scaling/plan/template.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_GOOD, STATUS_NOT_WELL, STATUS_USAGE, STATUS_MISSING }; /* exit codes of the process */

struct worker {
    struct topology *topology;
    sigset_t signals, before; /* SIGCHLD and those that tell us to end; what was blocked before */
};

int worker_create(struct worker **out)
{
    struct worker *w = calloc(1, sizeof *w);
    int rc = w ? topology_create(&w->topology) : -ENOMEM;
    if (rc != 0) {
        free(w);
        return rc;
    }
    orphans_adopt();
    signals_block(&w->signals, &w->before);
    *out = w;
    return 0;
}

void worker_destroy(struct worker *w)
{
    if (!w)
        return;
    sigprocmask(SIG_SETMASK, &w->before, NULL);
    topology_destroy(w->topology);
    free(w);
}

/* --- In the process --- */

/* NAME=VALUE, filled in; the values are the user's, so they come after what is set for every run. */
static int set_environment(const struct design *d, const struct worker_run *run)
{
    int rc = 0;
    for (size_t i = 0; i < d->n_env && rc == 0; i++) {
        char *setting = template_fill(d->env[i], run->point, run->rep);
        char *value = setting ? strchr(setting, '=') : NULL;
        if (!value)
            rc = -ENOMEM;
        else {
            *value = '\0';
            rc = setenv(setting, value + 1, 1) == 0 ? 0 : -errno;
        }
        free(setting);
    }
    return rc;
}

/* A command of --setup or --cleanup, by the shell; its output goes to logs/setup.log. */
static int run_shell(const struct folder *folder, const char *option, const char *text, const struct worker_run *run)
{
    char *filled = template_fill(text, run->point, run->rep), *log = folder_log(folder, "%s", "setup.log");
    int status = -1, out = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    pid_t pid = filled && out >= 0 ? fork() : -1;
    if (pid == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", filled, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0)
        message_error("%s '%s' failed; its output is at the end of %s", option, filled ? filled : text, log ? log : "logs");
    if (out >= 0)
        close(out);
    free(filled);
    free(log);
    return status == 0 ? 0 : -ENOENT;
}

static int measure(const struct worker *w, const struct design *d, const struct folder *folder, const struct worker_run *run)
{
    const struct grid_point *p = run->point;
    struct trial trial = {
        .record = { .threads = p->threads, .ranks = p->ranks, .nodes = p->nodes, .has_size = p->has_size, .size = p->size,
                    .has_base = p->has_size, .base_size = p->base_size, .has_rep = true, .rep = run->rep, .has_order = true,
                    .order = run->order, .log = run->log, .command = template_fill_words(d->command, p, run->rep) },
        .has_threads = true, .has_ranks = true, .bind = d->bind,
        .topology = w->topology, .match = &d->match, .timeout_s = d->timeout_s,
        .append = run->rep ? folder->runs : "/dev/null" /* a warm-up leaves no line */, .quiet = true };
    int rc = trial.record.command ? trial_right_exits(&trial, d->ok_exit) : -ENOMEM;
    return rc == 0 ? trial_run(&trial) : rc;
}

/* The whole life of the process; returns its result as trial_run() does. */
static int live(const struct worker *w, const struct design *d, const struct folder *folder, const struct worker_run *run)
{
    sigprocmask(SIG_SETMASK, &w->before, NULL);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    int rc = set_environment(d, run);
    if (rc == 0 && d->setup)
        rc = run_shell(folder, "--setup", d->setup, run);
    if (rc != 0)
        return rc;
    rc = measure(w, d, folder, run);
    if (d->cleanup && run_shell(folder, "--cleanup", d->cleanup, run) != 0 && rc == 0)
        rc = -ENOENT;
    return rc;
}

static void end(int rc)
{
    if (rc > 0) {
        signal(rc, SIG_DFL);
        raise(rc);
    }
    _exit(rc == 0 ? STATUS_GOOD : rc == -EIO ? STATUS_NOT_WELL : rc == -EINVAL ? STATUS_USAGE : STATUS_MISSING);
}

/* --- Around the process --- */

/* Wait for @pid to end, and hand on what we are told. Returns its status, and in @told the signal, 0: none. */
static int wait_for(const struct worker *w, pid_t pid, int *told)
{
    int status;
    *told = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        int got = sigwaitinfo(&w->signals, NULL);
        if (got > 0 && got != SIGCHLD) {
            *told = got;
            kill(pid, got);
        }
    }
    return status;
}

int worker_do(const struct design *d, const struct folder *folder, struct worker *w, const struct worker_run *run)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setpgid(0, 0); /* what a terminal sends comes through us, once */
        if (getppid() != parent)
            _exit(STATUS_MISSING);
        end(live(w, d, folder, run));
    }
    if (pid < 0) {
        int rc = -errno;
        message_error("cannot start a process for the run: %s", strerror(-rc));
        return rc;
    }
    int told, status = wait_for(w, pid, &told);
    if (told)
        return told;
    if (WIFSIGNALED(status)) {
        orphans_end(GRACE_S); /* its command has become ours */
        message_error("the process of a run was ended by signal %d; the same command goes on with it", WTERMSIG(status));
        return -ECHILD;
    }
    switch (WEXITSTATUS(status)) {
    case STATUS_GOOD:
        return 0;
    case STATUS_NOT_WELL:
        return -EIO;
    case STATUS_USAGE:
        return -EINVAL;
    default:
        return -ENOENT;
    }
}
