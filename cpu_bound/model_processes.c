/*
 * processes: forked workers. Each has its own copy of everything but the slots and the dealer, which
 * lie in shared memory; a crash takes one worker, and its absence is noticed when it is waited for.
 */
#include "cpu_bound/models.h"

#include "common/message.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The life of a worker. _exit: the parent's buffers and exit handlers are not this process's. */
static void be_worker(struct team *team, unsigned worker, pid_t parent, int (*work)(void *, unsigned), void *context)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before prctl took effect */
        _exit(1);
    team_bind(team, worker);
    int rc = work(context, worker);
    _exit(rc == 0 ? 0 : rc > -126 ? -rc : 126);
}

/* What became of a worker, as a negative errno value. */
static int reap(pid_t pid, unsigned worker)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (WIFEXITED(status))
        return -WEXITSTATUS(status);
    message_error("worker process %u was ended by signal %d (%s)", worker, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return -EIO;
}

int models_each_process(struct team *team, int (*work)(void *context, unsigned worker), void *context)
{
    pid_t *pid = calloc(team->threads, sizeof *pid), parent = getpid();
    unsigned started = 0;
    int rc = pid ? 0 : -ENOMEM;
    fflush(NULL);
    for (; rc == 0 && started < team->threads; started++) {
        pid[started] = fork();
        if (pid[started] == 0)
            be_worker(team, started, parent, work, context);
        if (pid[started] < 0) {
            rc = -errno;
            message_error("cannot start process %u of %u: %s; take fewer", started + 1, team->threads, strerror(errno));
            break;
        }
    }
    for (unsigned i = 0; i < started; i++) {
        int result = reap(pid[i], i);
        rc = rc ? rc : result;
    }
    free(pid);
    return rc;
}

int models_run_processes(const struct workload *w, void *state, struct team *team, const struct blocks *b)
{
    struct piecework *p = team_shared_alloc(sizeof *p);
    if (!p)
        return -ENOMEM;
    p->w = w;
    p->state = state;
    dealer_init(&p->dealer, models_schedule(team, b), 0, b->count, team->threads);
    int rc = models_each_process(team, models_piecework, p);
    team_shared_free(p, sizeof *p);
    return rc;
}
