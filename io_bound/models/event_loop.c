#include "io_bound/models/event_loop.h"

#include "common/clock.h"
#include "common/message.h"
#include "io_bound/models/errands.h"
#include "io_bound/models/socket_table.h"
#include "io_bound/stop.h"
#include "io_bound/transfer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 128 };

struct loop {
    struct session *session;
    size_t number;
    CURLM *multi;
    struct socket_table sockets;
    int wake_fd;          /* written when a job may have become ready, or an errand is done */
    struct errands *errands;
    double timer_s;       /* when libcurl wants to be called; INFINITY: not       */
    struct transfer **transfer;
    size_t n_transfers, connections; /* made so far, and at most                  */
    struct transfer **idle;
    size_t n_idle;
    struct transfer **unnamed; /* their files are complete, and recorded in batch */
    size_t n_unnamed;
    struct ledger_batch batch;
    bool work_ended;
};

/* --- libcurl's callbacks --- */

static int on_interest(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    struct loop *l = context;
    (void)easy, (void)unused;
    if (what == CURL_POLL_REMOVE)
        socket_table_release(&l->sockets, fd);
    else
        return socket_table_watch(&l->sockets, fd, what) == 0 ? 0 : -1;
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct loop *l = context;
    (void)multi;
    l->timer_s = timeout_ms < 0 ? INFINITY : clock_now_s() + 1e-3 * (double)timeout_ms;
    return 0;
}

static void on_opened(void *context, int fd)
{
    struct loop *l = context;
    socket_table_opened(&l->sockets, fd);
}

static int on_close(void *context, curl_socket_t fd)
{
    struct loop *l = context;
    socket_table_closed(&l->sockets, fd);
    return close(fd);
}

/* --- making and ending --- */

static int watch(struct loop *l, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    return epoll_ctl(l->sockets.epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_descriptors(struct loop *l)
{
    l->sockets.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->sockets.epoll_fd < 0)
        return -errno;
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake_fd < 0)
        return -errno;
    int rc = watch(l, l->wake_fd);
    if (rc == 0)
        rc = watch(l, stop_fd());
    return rc == 0 ? work_wake_fd(l->session->work, l->wake_fd) : rc;
}

static int open_multi(struct loop *l)
{
    l->multi = curl_multi_init();
    l->transfer = calloc(l->connections, sizeof *l->transfer);
    l->idle = calloc(l->connections, sizeof *l->idle);
    l->unnamed = calloc(l->connections, sizeof *l->unnamed);
    if (!l->multi || !l->transfer || !l->idle || !l->unnamed || errands_create(l->wake_fd, &l->errands) != 0)
        return -ENOMEM;
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_interest);
    curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
    /* Its default follows the number of handles at hand, and a dip closes warm connections. */
    curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)l->connections);
    return 0;
}

static int make_transfer(struct loop *l)
{
    struct transfer *t;
    int rc = transfer_create(l->session, TRANSFER_PAUSES, &t);
    if (rc != 0)
        return rc;
    transfer_watch_sockets(t, on_opened, l);
    curl_easy_setopt(transfer_easy(t), CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(transfer_easy(t), CURLOPT_CLOSESOCKETDATA, l);
    l->transfer[l->n_transfers++] = t;
    l->idle[l->n_idle++] = t;
    return 0;
}

static void settle(struct loop *l, struct transfer *t)
{
    session_settle(l->session, transfer_job(t), transfer_outcome(t));
    l->idle[l->n_idle++] = t;
}

static bool is_idle(const struct loop *l, const struct transfer *t)
{
    for (size_t i = 0; i < l->n_idle; i++)
        if (l->idle[i] == t)
            return true;
    return false;
}

/* After a signal or a failure some transfers are still in flight. */
static void give_up(struct loop *l)
{
    errands_destroy(l->errands); /* what is on an errand comes back, or was not begun */
    for (size_t i = 0; i < l->n_transfers; i++)
        if (!is_idle(l, l->transfer[i])) {
            curl_multi_remove_handle(l->multi, transfer_easy(l->transfer[i]));
            transfer_stop(l->transfer[i]);
            settle(l, l->transfer[i]);
        }
}

static void close_loop(struct loop *l)
{
    give_up(l);
    for (size_t i = 0; i < l->n_transfers; i++)
        transfer_destroy(l->transfer[i]);
    curl_multi_cleanup(l->multi); /* last: it closes the kept connections through on_close() */
    if (l->sockets.epoll_fd >= 0)
        close(l->sockets.epoll_fd);
    free(l->sockets.state);
    free(l->transfer);
    free(l->idle);
    free(l->unnamed);
}

/* --- the loop --- */

static int add(struct loop *l, struct transfer *t)
{
    if (curl_multi_add_handle(l->multi, transfer_easy(t)) == CURLM_OK)
        return 0;
    transfer_end(t, CURLE_OUT_OF_MEMORY, NULL);
    settle(l, t);
    return 0;
}

static int begun(struct loop *l, struct transfer *t, bool perform)
{
    if (perform)
        return add(l, t);
    settle(l, t);
    return 0;
}

static int welcome(struct loop *l)
{
    struct transfer *t;
    bool perform;
    int rc = 0;
    while (rc == 0 && (t = errands_back(l->errands, &perform)))
        rc = begun(l, t, perform);
    return rc;
}

/* Begin as many jobs as may run now. @wait_s: until another may. */
static int refill(struct loop *l, double *wait_s)
{
    *wait_s = INFINITY;
    while (l->n_idle > 0 || l->n_transfers < l->connections) {
        struct job *job;
        int rc = l->n_idle > 0 ? 0 : make_transfer(l);
        if (rc != 0)
            return rc;
        enum work_state state = session_try(l->session, l->number, &job, wait_s);
        if (state != WORK_READY) {
            l->work_ended = state == WORK_END;
            return 0;
        }
        struct transfer *t = l->idle[--l->n_idle];
        if (transfer_begins_long(t, job) && errands_begin(l->errands, t, job) == 0)
            continue;
        rc = begun(l, t, transfer_begin(t, job));
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* One write to the ledger for all that this turn of the loop has brought. */
static void name(struct loop *l)
{
    int recorded = ledger_write(l->session->ledger, &l->batch);
    for (size_t i = 0; i < l->n_unnamed; i++) {
        transfer_name(l->unnamed[i], recorded);
        settle(l, l->unnamed[i]);
    }
    l->n_unnamed = 0;
}

static void collect(struct loop *l)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(l->multi, &left))) {
        struct transfer *t = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        curl_multi_remove_handle(l->multi, message->easy_handle); /* frees the message */
        if (transfer_ends_long(t, code) && errands_end(l->errands, t, code) == 0)
            continue;
        if (transfer_end(t, code, &l->batch))
            settle(l, t);
        else
            l->unnamed[l->n_unnamed++] = t;
    }
    name(l);
}

/* --limit-rate: let go on what has waited long enough. @next_s: when the next one has. */
static void resume(struct loop *l, double *next_s)
{
    double now = clock_now_s();
    *next_s = INFINITY;
    if (l->session->settings->limit_rate == 0 && l->session->settings->limit_rate_host == 0)
        return;
    for (size_t i = 0; i < l->n_transfers; i++) {
        if (transfer_resume_s(l->transfer[i]) > 0 && transfer_resume_s(l->transfer[i]) <= now)
            transfer_resume(l->transfer[i]);
        if (transfer_resume_s(l->transfer[i]) > 0) /* it may have paused again at once */
            *next_s = fmin(*next_s, transfer_resume_s(l->transfer[i]));
    }
}

static void act(struct loop *l, const struct epoll_event *event)
{
    int running, fd = event->data.fd;
    uint64_t wakes;
    if (fd == l->wake_fd) {
        if (read(fd, &wakes, sizeof wakes) < 0)
            return; /* another event emptied it */
    } else if (fd != stop_fd() && socket_table_event(&l->sockets, fd)) {
        int ready = (event->events & EPOLLIN ? CURL_CSELECT_IN : 0) | (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                    (event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(l->multi, fd, ready, &running);
    }
}

/* Wait until @until_s (or for ever) and act on what happened. */
static int wait_and_act(struct loop *l, double until_s)
{
    struct epoll_event events[EVENTS];
    double wait_ms = isinf(until_s) ? -1 : ceil(fmax(0, until_s - clock_now_s()) * 1e3);
    int n = epoll_wait(l->sockets.epoll_fd, events, EVENTS, (int)fmin(wait_ms, 1e6));
    if (n < 0 && errno != EINTR)
        return -errno;
    for (int i = 0; i < n; i++)
        act(l, &events[i]);
    return 0;
}

static int loop(struct loop *l)
{
    int rc = 0, running;
    while (rc == 0 && !stop_signal()) {
        double wait_s, resume_s;
        rc = refill(l, &wait_s);
        if (rc != 0 || (l->work_ended && l->n_idle == l->n_transfers))
            break;
        double ready_s = clock_now_s() + wait_s;
        resume(l, &resume_s);
        if (l->timer_s <= clock_now_s()) {
            l->timer_s = INFINITY; /* libcurl sets it again if it wants to */
            curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        } else {
            rc = wait_and_act(l, fmin(l->timer_s, fmin(ready_s, resume_s)));
        }
        collect(l);
        if (rc == 0)
            rc = welcome(l);
    }
    return rc;
}

int event_loop_run(struct session *s, size_t loop_number, size_t connections)
{
    struct loop l = { .session = s, .number = loop_number, .connections = connections, .timer_s = INFINITY, .wake_fd = -1, .sockets.epoll_fd = -1 };
    int rc = open_descriptors(&l);
    if (rc == 0)
        rc = open_multi(&l);
    if (rc != 0)
        message_error("cannot set up an event loop: %s", strerror(-rc));
    if (rc == 0)
        rc = loop(&l);
    if (rc != 0)
        work_halt(s->work);
    close_loop(&l);
    return rc;
}
