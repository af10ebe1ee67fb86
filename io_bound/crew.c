#include "io_bound/crew.h"

#include "common/message.h"
#include "io_bound/stop.h"
#include "io_bound/transfer.h"
#include "io_bound/url.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the parent knows of a job beyond its list line. */
struct order {
    size_t mirror;
    double started_s; /* the clock is the same in all processes */
    bool fresh_connection, ramping;
    struct ask ask;
};

enum { ADDED_MAX = 512 + URL_MAX }; /* entry_format() spells out the default name; a line break and a pinned URL follow */

/* One packet of two pieces. */
static int send_packet(int fd, const void *head, size_t head_size, const char *tail)
{
    struct iovec piece[2] = { { (void *)(uintptr_t)head, head_size }, { (void *)(uintptr_t)tail, strlen(tail) } };
    struct msghdr message = { .msg_iov = piece, .msg_iovlen = 2 };
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* Returns the length of the tail, which is terminated, or a negative errno value; -EPIPE: the other side is gone. */
static ssize_t receive_packet(int fd, void *head, size_t head_size, char *tail, size_t tail_size)
{
    struct iovec piece[2] = { { head, head_size }, { tail, tail_size - 1 } };
    struct msghdr message = { .msg_iov = piece, .msg_iovlen = 2 };
    ssize_t got = recvmsg(fd, &message, 0);
    if (got < 0)
        return -errno;
    if ((size_t)got < head_size)
        return -EPIPE;
    tail[(size_t)got - head_size] = '\0';
    return got - (ssize_t)head_size;
}

/* --- the worker --- */

static int work_off(struct transfer *t, const struct order *order, const char *line, size_t length, int fd)
{
    char why[256];
    struct job job = { .mirror = order->mirror, .started_s = order->started_s, .fresh_connection = order->fresh_connection, .ask = order->ask };
    job.attempt.ramping = order->ramping;
    const char *stop = memchr(line, '\n', length);
    job.pinned = stop ? stop + 1 : NULL;
    int rc = entry_parse(line, stop ? (size_t)(stop - line) : length, &job.entry, why, sizeof why);
    if (rc != 0)
        return rc;
    transfer_perform(t, &job);
    const struct outcome *o = transfer_outcome(t);
    rc = send_packet(fd, o, sizeof *o, o->effective_url ? o->effective_url : "");
    free(job.entry);
    return rc;
}

void crew_connected(int parent_fd)
{
    const struct outcome pending = { .kind = OUTCOME_PENDING, .retry_after_s = -1 };
    if (send_packet(parent_fd, &pending, sizeof pending, "") != 0)
        return; /* the parent is gone; the outcome will not find it either */
}

static int work_until_dismissed(struct session *s, int fd, char *line)
{
    struct transfer *t;
    struct order order;
    ssize_t length = 0;
    s->parent_fd = fd;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOSYS;
    int rc = transfer_create(s, TRANSFER_SLEEPS, &t);
    while (rc == 0 && !stop_signal()) {
        length = receive_packet(fd, &order, sizeof order, line, ENTRY_LINE_MAX + ADDED_MAX);
        if (length < 0)
            break;
        rc = work_off(t, &order, line, (size_t)length, fd);
    }
    transfer_destroy(rc == 0 ? t : NULL);
    return rc;
}

/* Never returns. _exit: what the parent has opened and buffered is the parent's to close and flush. */
static void be_worker(struct session *s, int fd, pid_t parent)
{
    char *line = malloc(ENTRY_LINE_MAX + ADDED_MAX);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int rc = getppid() == parent && line ? stop_install() : -ENOMEM;
    if (rc == 0)
        rc = work_until_dismissed(s, fd, line);
    free(line);
    _exit(rc == 0 ? 0 : 1);
}

/* --- the parent --- */

int crew_fork(struct session *s, struct worker *w)
{
    int pair[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        be_worker(s, pair[1], parent);
    }
    int rc = pid < 0 ? -errno : 0;
    close(pair[1]);
    if (rc != 0)
        close(pair[0]);
    *w = (struct worker){ .pid = pid, .fd = rc == 0 ? pair[0] : -1 };
    return rc;
}

int crew_send(struct worker *w, struct job *job)
{
    const struct order order = { job->mirror, job->started_s, job->fresh_connection, job->attempt.ramping, job->ask };
    char *line = entry_format(job->entry), *longer = NULL;
    if (line && job->pinned && asprintf(&longer, "%s\n%s", line, job->pinned) >= 0) {
        free(line);
        line = longer;
    }
    int rc = line ? send_packet(w->fd, &order, sizeof order, line) : -ENOMEM;
    free(line);
    if (rc == 0)
        w->job = job;
    return rc;
}

static void describe_death(struct worker *w, struct outcome *o)
{
    int status = 0;
    *o = (struct outcome){ .kind = OUTCOME_TRANSIENT, .retry_after_s = -1 };
    close(w->fd);
    w->fd = -1;
    if (waitpid(w->pid, &status, 0) == w->pid && WIFSIGNALED(status))
        snprintf(o->error, sizeof o->error, "its worker process was ended by signal %d", WTERMSIG(status));
    else
        snprintf(o->error, sizeof o->error, "its worker process ended");
}

int crew_receive(struct worker *w, struct outcome *o)
{
    char url[ENTRY_LINE_MAX];
    ssize_t length;
    do
        length = receive_packet(w->fd, o, sizeof *o, url, sizeof url);
    while (length == -EINTR);
    if (length < 0) {
        describe_death(w, o);
        return -EPIPE;
    }
    o->effective_url = url[0] ? strdup(url) : NULL;
    return 0;
}

void crew_dismiss(struct worker *w)
{
    if (w->fd < 0)
        return;
    shutdown(w->fd, SHUT_RDWR); /* close() is not enough: workers forked later hold copies of it */
    close(w->fd);
    w->fd = -1;
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
