/*
 * Worker processes, each with a connection of its own. Only the parent knows the queue, tells results
 * and decides on retries; a worker performs one job at a time. Nothing is shared but the rate limits, so
 * a crash takes one file with it, which another worker then fetches.
 */
#include "common/clock.h"
#include "common/message.h"
#include "io_bound/models/crew.h"
#include "io_bound/models/driver.h"
#include "io_bound/stop.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct crew {
    struct session *session;
    struct worker *worker;
    struct pollfd *poll; /* one for each worker, then the wake, then the signal */
    size_t n;
    int wake_fd;
    bool work_ended;
};

static int fork_all(struct crew *c)
{
    size_t forked = 0;
    int rc = 0;
    while (forked < c->n && (rc = crew_fork(c->session, &c->worker[forked])) == 0)
        forked++;
    if (forked < c->n)
        message_warn("only %zu of %zu worker processes could be started: %s", forked, c->n, strerror(-rc));
    c->n = forked;
    return forked > 0 ? 0 : rc;
}

static size_t n_busy(const struct crew *c)
{
    size_t busy = 0;
    for (size_t i = 0; i < c->n; i++)
        busy += c->worker[i].job != NULL;
    return busy;
}

static void receive(struct crew *c, struct worker *w)
{
    struct outcome outcome;
    struct job *job = w->job;
    if (crew_receive(w, &outcome) != 0 && !job)
        return; /* died idle */
    if (outcome.kind == OUTCOME_PENDING) {
        work_connected(c->session->work, job);
        return;
    }
    w->job = NULL;
    if (outcome.kind == OUTCOME_STOPPED && !stop_signal()) /* somebody ended this worker alone */
        outcome.kind = OUTCOME_TRANSIENT;
    session_settle(c->session, job, &outcome);
    free(outcome.effective_url);
}

/* Give every idle worker a job, as long as there are any. @wait_s: until there may be more. */
static int hand_out(struct crew *c, double *wait_s)
{
    size_t alive = 0;
    *wait_s = INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        struct worker *w = &c->worker[i];
        struct job *job;
        alive += w->fd >= 0;
        if (w->fd < 0 || w->job)
            continue;
        enum work_state state = session_try(c->session, 0, &job, wait_s);
        c->work_ended = state == WORK_END;
        if (state != WORK_READY)
            return 0;
        if (crew_send(w, job) == 0)
            continue;
        w->job = job;
        receive(c, w);
    }
    if (alive == 0)
        message_error("all worker processes have died");
    return alive == 0 ? -EIO : 0;
}

static int wait_for_news(struct crew *c, double wait_s)
{
    uint64_t wakes;
    for (size_t i = 0; i < c->n; i++)
        c->poll[i] = (struct pollfd){ .fd = c->worker[i].fd, .events = POLLIN };
    c->poll[c->n] = (struct pollfd){ .fd = c->wake_fd, .events = POLLIN };
    c->poll[c->n + 1] = (struct pollfd){ .fd = stop_fd(), .events = POLLIN };
    int wait_ms = isinf(wait_s) ? -1 : (int)fmin(ceil(fmax(0, wait_s) * 1e3), 1e6);
    if (poll(c->poll, c->n + 2, wait_ms) < 0)
        return errno == EINTR ? 0 : -errno;
    if (c->poll[c->n].revents && read(c->wake_fd, &wakes, sizeof wakes) < 0)
        return -errno;
    for (size_t i = 0; i < c->n; i++)
        if (c->poll[i].revents)
            receive(c, &c->worker[i]);
    return 0;
}

static int manage(struct crew *c)
{
    double wait_s;
    int rc = 0;
    while (rc == 0 && !stop_signal()) {
        rc = hand_out(c, &wait_s);
        if (rc == 0 && c->work_ended && n_busy(c) == 0)
            break;
        if (rc == 0)
            rc = wait_for_news(c, wait_s);
    }
    return rc;
}

/* After a signal the workers remove what they have begun and say so. */
static void dismiss_all(struct crew *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->worker[i].job)
            kill(c->worker[i].pid, SIGTERM);
    for (size_t i = 0; i < c->n; i++)
        while (c->worker[i].job)
            receive(c, &c->worker[i]);
    for (size_t i = 0; i < c->n; i++)
        crew_dismiss(&c->worker[i]);
}

int drive_processes(struct session *s)
{
    size_t n = s->settings->connections;
    struct crew c = { .session = s, .n = n, .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    c.worker = calloc(n, sizeof *c.worker);
    c.poll = calloc(n + 2, sizeof *c.poll);
    int rc = c.wake_fd < 0 ? -errno : c.worker && c.poll ? work_wake_fd(s->work, c.wake_fd) : -ENOMEM;
    if (rc == 0)
        rc = fork_all(&c);
    if (rc == 0) {
        rc = session_start(s);
        if (rc == 0)
            rc = manage(&c);
        dismiss_all(&c);
    }
    if (rc != 0)
        message_error("the worker processes cannot go on: %s", strerror(-rc));
    free(c.worker);
    free(c.poll);
    return rc;
}
