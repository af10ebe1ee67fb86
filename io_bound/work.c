#include "io_bound/work.h"

#include "common/clock.h"
#include "io_bound/hosts.h"
#include "io_bound/stop.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* How often a sleeper looks for a signal, which cannot wake a condition variable. */
static const double SIGNAL_CHECK_S = 0.2;

/*
 * A thread that waits for a job. The last to sleep is the first to wake, and one wakes the next: so there are no more threads at
 * work, each with a connection that stays open while it sleeps, than the limits of the servers allow.
 */
struct sleeper {
    struct sleeper *below;
    pthread_cond_t changed;
    bool woken;
};

struct work {
    pthread_mutex_t lock;
    pthread_condattr_t monotonic;
    struct sleeper *top;    /* the last to have gone to sleep */
    pthread_cond_t room;    /* the reader of the list may go on       */
    struct hosts *hosts;
    size_t connections, max_files;
    size_t in_flight, fed, begun, left_out;
    size_t bytes; /* of the entries of all jobs that are queued or in flight; shared ones count for each */
    bool all_fed, halted;
    bool starving; /* somebody was told to wait since the last wake */
    int *wake_fd;
    size_t n_wake_fds;
};

int work_create(const struct work_limits *limits, struct work **out)
{
    const struct manners_limits manners = {
        .connections = limits->per_host && limits->per_host < limits->connections ? limits->per_host : limits->connections,
        .probes = limits->probes,
        .longest_s = limits->longest_s,
    };
    struct work *w = calloc(1, sizeof *w);
    if (!w || hosts_create(&manners, &w->hosts) != 0) {
        free(w);
        return -ENOMEM;
    }
    w->connections = limits->connections;
    w->max_files = limits->max_files;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&w->monotonic);
    pthread_condattr_setclock(&w->monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->room, NULL);
    *out = w;
    return 0;
}

void work_destroy(struct work *w)
{
    if (!w)
        return;
    hosts_destroy(w->hosts);
    pthread_cond_destroy(&w->room);
    pthread_condattr_destroy(&w->monotonic);
    pthread_mutex_destroy(&w->lock);
    free(w->wake_fd);
    free(w);
}

static bool wake_sleeper(struct work *w)
{
    struct sleeper *s = w->top;
    if (!s)
        return false;
    w->top = s->below;
    s->woken = true;
    pthread_cond_signal(&s->changed);
    return true;
}

/* Under the lock: let every loop that was told to wait try again. */
static void wake_loops(struct work *w)
{
    const uint64_t one = 1;
    if (!w->starving)
        return;
    w->starving = false;
    for (size_t i = 0; i < w->n_wake_fds; i++)
        if (write(w->wake_fd[i], &one, sizeof one) < 0)
            continue; /* the counter is full: that loop is awake */
}

/* Under the lock: something may be taken that could not before. */
static void wake(struct work *w)
{
    wake_sleeper(w);
    wake_loops(w);
}

static size_t n_waiting(const struct work *w)
{
    size_t again;
    return hosts_waiting(w->hosts, &again);
}

static bool has_begun_all(const struct work *w)
{
    return w->max_files > 0 && w->begun >= w->max_files;
}

/* --- the side of the list's reader --- */

/* Under the lock. Takes over @job if it returns 0. */
static int queue(struct work *w, struct job *job)
{
    while ((n_waiting(w) >= WORK_AHEAD || w->bytes >= WORK_AHEAD_BYTES) && !w->halted && !has_begun_all(w))
        pthread_cond_wait(&w->room, &w->lock);
    if (w->halted)
        return -ECANCELED;
    if (has_begun_all(w)) {
        job_free(job);
        w->left_out++;
    } else if (hosts_add(w->hosts, job) != 0) {
        return -ENOMEM;
    } else {
        w->bytes += job->entry->bytes;
        if (hosts_room(w->hosts, job->host))
            wake_sleeper(w);
        wake_loops(w);
    }
    w->fed++;
    return 0;
}

int work_feed(struct work *w, struct entry *entry)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        free(entry);
        return -ENOMEM;
    }
    job->entry = entry;
    pthread_mutex_lock(&w->lock);
    int rc = queue(w, job);
    pthread_mutex_unlock(&w->lock);
    if (rc != 0)
        job_free(job);
    return rc;
}

void work_feed_end(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->all_fed = true;
    wake(w);
    pthread_mutex_unlock(&w->lock);
}

/* --- the side of the connections --- */

void work_share(struct work *w, size_t loops)
{
    pthread_mutex_lock(&w->lock);
    hosts_share(w->hosts, loops);
    pthread_mutex_unlock(&w->lock);
}

/* Under the lock: the last entry that may be was begun. */
static void leave_out_the_rest(struct work *w)
{
    w->left_out += hosts_drop_new(w->hosts);
    pthread_cond_signal(&w->room);
}

static void begin(struct work *w, struct job *job, double now)
{
    if (job->started_s == 0) {
        job->started_s = now;
        w->begun++;
        if (has_begun_all(w))
            leave_out_the_rest(w);
    }
    job->attempts += !job->refused;
    w->in_flight++;
}

/* Under the lock. */
static struct job *find(struct work *w, size_t loop, double now, double *next_s)
{
    *next_s = INFINITY;
    if (w->halted || w->in_flight >= w->connections)
        return NULL;
    struct job *job = hosts_take(w->hosts, loop, now, has_begun_all(w), next_s);
    size_t waiting = n_waiting(w);
    if (job)
        begin(w, job, now);
    if (waiting == WORK_AHEAD / 2 || (!job && waiting < WORK_AHEAD))
        pthread_cond_signal(&w->room);
    return job;
}

/* Under the lock. A job in flight may come back as a retry, so the end is when none is left. */
static enum work_state state(struct work *w, size_t loop, struct job **job, double *wait_s)
{
    double now = clock_now_s(), next_s;
    *job = find(w, loop, now, &next_s);
    *wait_s = next_s - now;
    if (*job)
        return WORK_READY;
    if (w->halted || (w->all_fed && n_waiting(w) == 0 && w->in_flight == 0))
        return WORK_END;
    w->starving = true;
    return WORK_WAIT;
}

enum work_state work_try(struct work *w, size_t loop, struct job **job, double *wait_s)
{
    pthread_mutex_lock(&w->lock);
    enum work_state found = state(w, loop, job, wait_s);
    pthread_mutex_unlock(&w->lock);
    return found;
}

static struct timespec time_in(double wait_s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double whole = floor(wait_s), part_ns = (wait_s - whole) * 1e9 + (double)until.tv_nsec;
    until.tv_sec += (time_t)whole + (part_ns >= 1e9);
    until.tv_nsec = (long)(part_ns >= 1e9 ? part_ns - 1e9 : part_ns);
    return until;
}

/* Until it is woken, or its time has come and nobody else is to look first. */
static void sleep_on(struct work *w, bool on_top, double seconds)
{
    struct sleeper self = { .woken = false }, **link = &w->top;
    pthread_cond_init(&self.changed, &w->monotonic);
    while (!on_top && *link)
        link = &(*link)->below;
    self.below = *link;
    *link = &self;
    do {
        const struct timespec until = time_in(fmin(seconds, SIGNAL_CHECK_S));
        pthread_cond_timedwait(&self.changed, &w->lock, &until);
    } while (!self.woken && w->top != &self && !stop_signal());
    for (link = &w->top; !self.woken && *link != &self;)
        link = &(*link)->below;
    if (!self.woken)
        *link = self.below;
    pthread_cond_destroy(&self.changed);
}

enum work_state work_wait(struct work *w, bool connected, struct job **job)
{
    enum work_state found;
    double wait_s;
    pthread_mutex_lock(&w->lock);
    bool slept = false;
    while ((found = stop_signal() ? WORK_END : state(w, 0, job, &wait_s)) == WORK_WAIT) {
        sleep_on(w, connected, wait_s);
        slept = true;
    }
    if (found == WORK_END || (slept && hosts_more(w->hosts, (*job)->host)))
        wake_sleeper(w);
    pthread_mutex_unlock(&w->lock);
    return found;
}

int work_wake_fd(struct work *w, int fd)
{
    pthread_mutex_lock(&w->lock);
    int *grown = realloc(w->wake_fd, (w->n_wake_fds + 1) * sizeof *grown);
    if (grown) {
        w->wake_fd = grown;
        w->wake_fd[w->n_wake_fds++] = fd;
    }
    pthread_mutex_unlock(&w->lock);
    return grown ? 0 : -ENOMEM;
}

int work_join(struct work *w, const struct job *job)
{
    struct job *other = malloc(sizeof *other);
    if (!other)
        return -ENOMEM;
    *other = *job;
    atomic_fetch_add(&job->entry->sharers, 1);
    other->attempts = other->failures = 0;
    other->due_s = 0;
    other->sign = MANNERS_NOTHING;
    pthread_mutex_lock(&w->lock);
    w->bytes += other->entry->bytes;
    hosts_add_beside(w->hosts, other);
    wake(w);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

void work_connected(struct work *w, struct job *job)
{
    pthread_mutex_lock(&w->lock);
    hosts_connected(w->hosts, job);
    wake(w);
    pthread_mutex_unlock(&w->lock);
}

void work_retry(struct work *w, struct job *job, double delay_s)
{
    double now = clock_now_s();
    pthread_mutex_lock(&w->lock);
    w->in_flight--;
    job->due_s = now + delay_s;
    if (hosts_again(w->hosts, job, now))
        wake_sleeper(w);
    wake_loops(w);
    pthread_mutex_unlock(&w->lock);
}

void work_finish(struct work *w, struct job *job)
{
    pthread_mutex_lock(&w->lock);
    w->in_flight--;
    if (w->bytes >= WORK_AHEAD_BYTES)
        pthread_cond_signal(&w->room);
    w->bytes -= job->entry->bytes;
    if (hosts_finish(w->hosts, job, clock_now_s())) /* one is for this thread itself, if it is one */
        wake_sleeper(w);
    wake_loops(w);
    pthread_mutex_unlock(&w->lock);
}

void work_halt(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->halted = true;
    w->starving = true;
    while (wake_sleeper(w))
        ;
    wake_loops(w);
    pthread_cond_broadcast(&w->room);
    pthread_mutex_unlock(&w->lock);
}

struct work_counts work_counts(struct work *w)
{
    struct work_counts counts;
    pthread_mutex_lock(&w->lock);
    counts = (struct work_counts){ .fed = w->fed, .in_flight = w->in_flight, .left_out = w->left_out, .all_fed = w->all_fed };
    hosts_waiting(w->hosts, &counts.waiting);
    pthread_mutex_unlock(&w->lock);
    return counts;
}
