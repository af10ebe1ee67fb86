#include "io_bound/models/crew.h"

#include "common/message.h"
#include "io_bound/stop.h"
#include "io_bound/transfer.h"
#include "io_bound/lists/url.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* Room for one descriptor beside a packet. */
union rights {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

/* One packet of two pieces, and a descriptor unless it is -1. */
static int send_packet(int fd, const void *head, size_t head_size, const char *tail, int passed_fd)
{
    struct iovec piece[2] = { { (void *)(uintptr_t)head, head_size }, { (void *)(uintptr_t)tail, strlen(tail) } };
    struct msghdr message = { .msg_iov = piece, .msg_iovlen = 2 };
    union rights rights = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) } };
    ssize_t sent;
    if (passed_fd >= 0) {
        message.msg_control = &rights;
        message.msg_controllen = sizeof rights;
        memcpy(CMSG_DATA(&rights.header), &passed_fd, sizeof passed_fd);
    }
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/*
 * Returns the length of the tail, which is terminated, or a negative errno value; -EPIPE: the other side is gone.
 * @passed_fd: the descriptor that came with it, or -1.
 */
static ssize_t receive_packet(int fd, void *head, size_t head_size, char *tail, size_t tail_size, int *passed_fd)
{
    struct iovec piece[2] = { { head, head_size }, { tail, tail_size - 1 } };
    union rights rights;
    struct msghdr message = { .msg_iov = piece, .msg_iovlen = 2, .msg_control = &rights, .msg_controllen = sizeof rights };
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    *passed_fd = -1;
    if (got < 0)
        return -errno;
    const struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    if (control && control->cmsg_type == SCM_RIGHTS)
        memcpy(passed_fd, CMSG_DATA(control), sizeof *passed_fd);
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
    int rc = entry_parse_any(line, stop ? (size_t)(stop - line) : length, &job.entry, why, sizeof why);
    if (rc != 0)
        return rc;
    transfer_perform(t, &job);
    const struct outcome *o = transfer_outcome(t);
    rc = send_packet(fd, o, sizeof *o, o->effective_url ? o->effective_url : "", -1);
    free(job.entry);
    return rc;
}

/* The line stands in a file, which is closed. */
static int work_off_long(struct transfer *t, const struct order *order, int long_fd, int fd)
{
    struct stat st = { .st_size = 0 };
    char *line = fstat(long_fd, &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;
    ssize_t got = line ? pread(long_fd, line, (size_t)st.st_size, 0) : -1;
    int rc = got == st.st_size ? 0 : -EIO;
    close(long_fd);
    if (rc == 0) {
        line[got] = '\0';
        rc = work_off(t, order, line, (size_t)got, fd);
    }
    free(line);
    return rc;
}

void crew_connected(int parent_fd)
{
    const struct outcome pending = { .kind = OUTCOME_PENDING, .retry_after_s = -1 };
    if (send_packet(parent_fd, &pending, sizeof pending, "", -1) != 0)
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
        int long_fd;
        length = receive_packet(fd, &order, sizeof order, line, ENTRY_LINE_MAX + ADDED_MAX, &long_fd);
        if (length < 0)
            break;
        rc = long_fd >= 0 ? work_off_long(t, &order, long_fd, fd) : work_off(t, &order, line, (size_t)length, fd);
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

/* A line with thousands of piece hashes is more than a packet may hold: it goes as a file in memory. */
static int send_order(int fd, const struct order *order, const char *line)
{
    size_t length = strlen(line);
    if (length < ENTRY_LINE_MAX)
        return send_packet(fd, order, sizeof *order, line, -1);
    int long_fd = memfd_create("entry", MFD_CLOEXEC);
    if (long_fd < 0)
        return -errno;
    int rc = pwrite(long_fd, line, length, 0) == (ssize_t)length ? send_packet(fd, order, sizeof *order, "", long_fd) : -ENOSPC;
    close(long_fd);
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
    int rc = line ? send_order(w->fd, &order, line) : -ENOMEM;
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
    int none;
    do
        length = receive_packet(w->fd, o, sizeof *o, url, sizeof url, &none);
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
