#include "io_bound/work.h"

#include "common/clock.h"
#include "io_bound/assembly.h"
#include "io_bound/stop.h"
#include "io_bound/url.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HOST_SLOTS = 1024, WINDOW_MIN = 256 };

/* How often a sleeper looks for a signal, which cannot wake a condition variable. */
static const double SIGNAL_CHECK_S = 0.2;

struct host {
    struct host *next; /* in its slot of the table */
    size_t in_flight;
    double not_before_s;
    char name[];
};

struct list {
    struct job *first, **end;
    size_t n;
};

struct work {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a sleeping connection should try again */
    pthread_cond_t room;    /* the reader of the list may go on       */
    struct list fresh, waiting;
    size_t connections, per_host, window;
    size_t in_flight, fed;
    bool all_fed, halted;
    bool starving; /* somebody was told to wait since the last wake */
    int *wake_fd;
    size_t n_wake_fds;
    struct host *host[HOST_SLOTS];
};

static void list_append(struct list *l, struct job *job)
{
    job->next = NULL;
    *l->end = job;
    l->end = &job->next;
    l->n++;
}

/* @link: the pointer that points to the job. */
static struct job *list_remove(struct list *l, struct job **link)
{
    struct job *job = *link;
    *link = job->next;
    if (l->end == &job->next)
        l->end = link;
    l->n--;
    return job;
}

static void job_free(struct job *job)
{
    assembly_leave(job->assembly);
    if (atomic_fetch_sub(&job->entry->sharers, 1) == 0)
        free(job->entry);
    free(job);
}

int work_create(size_t connections, size_t per_host, struct work **out)
{
    struct work *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;
    if (!w)
        return -ENOMEM;
    w->connections = connections;
    w->per_host = per_host ? per_host : connections;
    w->window = 4 * connections > WINDOW_MIN ? 4 * connections : WINDOW_MIN;
    w->fresh.end = &w->fresh.first;
    w->waiting.end = &w->waiting.first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &monotonic);
    pthread_cond_init(&w->room, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = w;
    return 0;
}

static void list_free(struct list *l)
{
    while (l->first)
        job_free(list_remove(l, &l->first));
}

void work_destroy(struct work *w)
{
    if (!w)
        return;
    list_free(&w->fresh);
    list_free(&w->waiting);
    for (size_t i = 0; i < HOST_SLOTS; i++)
        for (struct host *h = w->host[i], *next; h; h = next) {
            next = h->next;
            free(h);
        }
    pthread_cond_destroy(&w->room);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w->wake_fd);
    free(w);
}

/* Under the lock: let everybody who was told to wait try again. */
static void wake(struct work *w)
{
    const uint64_t one = 1;
    if (!w->starving)
        return;
    w->starving = false;
    pthread_cond_broadcast(&w->changed);
    for (size_t i = 0; i < w->n_wake_fds; i++)
        if (write(w->wake_fd[i], &one, sizeof one) < 0)
            continue; /* the counter is full: that loop is awake */
}

static struct host *host_of(struct work *w, const char *url)
{
    char name[URL_HOST_MAX], why[256];
    size_t slot = 5381;
    if (url_host(url, name, why, sizeof why) != 0) /* entry_parse() let none such pass */
        name[0] = '\0';
    for (const char *c = name; *c; c++)
        slot = slot * 33 + (unsigned char)*c;
    struct host **link = &w->host[slot % HOST_SLOTS];
    for (struct host *h = *link; h; h = h->next)
        if (strcmp(h->name, name) == 0)
            return h;
    struct host *h = calloc(1, sizeof *h + strlen(name) + 1);
    if (h) {
        memcpy(h->name, name, strlen(name) + 1);
        h->next = *link;
        *link = h;
    }
    return h;
}

int work_feed(struct work *w, struct entry *entry)
{
    struct job *job = calloc(1, sizeof *job);
    int rc = job ? 0 : -ENOMEM;
    pthread_mutex_lock(&w->lock);
    while (rc == 0 && w->fresh.n >= WORK_FRESH && !w->halted)
        pthread_cond_wait(&w->room, &w->lock);
    if (rc == 0 && w->halted)
        rc = -ECANCELED;
    if (rc == 0 && !(job->host = host_of(w, entry->url[0])))
        rc = -ENOMEM;
    if (rc == 0) {
        job->entry = entry;
        list_append(&w->fresh, job);
        w->fed++;
        wake(w);
    }
    pthread_mutex_unlock(&w->lock);
    if (rc != 0) {
        free(job);
        free(entry);
    }
    return rc;
}

void work_feed_end(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->all_fed = true;
    wake(w);
    pthread_mutex_unlock(&w->lock);
}

/* The moment from which @job may run; INFINITY: when a connection of its host comes free. */
static double ready_s(const struct work *w, const struct job *job)
{
    if (job->host->in_flight >= w->per_host)
        return INFINITY;
    return fmax(job->due_s, job->host->not_before_s);
}

static struct job *take(struct work *w, struct job *job, double now)
{
    if (job->attempts++ == 0 && job->started_s == 0)
        job->started_s = now;
    job->host->in_flight++;
    w->in_flight++;
    return job;
}

/* Under the lock. Waiting jobs first: they came first. */
static struct job *find(struct work *w, double now, double *next_s)
{
    *next_s = INFINITY;
    if (w->halted || w->in_flight >= w->connections)
        return NULL;
    for (struct job **link = &w->waiting.first; *link; link = &(*link)->next) {
        double when = ready_s(w, *link);
        if (when <= now)
            return take(w, list_remove(&w->waiting, link), now);
        *next_s = fmin(*next_s, when);
    }
    while (w->fresh.first && w->waiting.n < w->window) {
        struct job *job = list_remove(&w->fresh, &w->fresh.first);
        if (w->fresh.n == WORK_FRESH / 2)
            pthread_cond_signal(&w->room);
        double when = ready_s(w, job);
        if (when <= now)
            return take(w, job, now);
        *next_s = fmin(*next_s, when);
        list_append(&w->waiting, job);
    }
    return NULL;
}

/* Under the lock. A job in flight may come back as a retry, so the end is when none is left. */
static enum work_state state(struct work *w, struct job **job, double *wait_s)
{
    double now = clock_now_s(), next_s;
    *job = find(w, now, &next_s);
    *wait_s = next_s - now;
    if (*job)
        return WORK_READY;
    if (w->halted || (w->all_fed && !w->fresh.first && !w->waiting.first && w->in_flight == 0))
        return WORK_END;
    w->starving = true;
    return WORK_WAIT;
}

enum work_state work_try(struct work *w, struct job **job, double *wait_s)
{
    pthread_mutex_lock(&w->lock);
    enum work_state found = state(w, job, wait_s);
    pthread_mutex_unlock(&w->lock);
    return found;
}

static void sleep_on(struct work *w, double seconds)
{
    struct timespec until;
    double wait_s = fmin(seconds, SIGNAL_CHECK_S);
    clock_gettime(CLOCK_MONOTONIC, &until);
    double whole = floor(wait_s), part_ns = (wait_s - whole) * 1e9 + (double)until.tv_nsec;
    until.tv_sec += (time_t)whole + (part_ns >= 1e9);
    until.tv_nsec = (long)(part_ns >= 1e9 ? part_ns - 1e9 : part_ns);
    pthread_cond_timedwait(&w->changed, &w->lock, &until);
}

enum work_state work_wait(struct work *w, struct job **job)
{
    enum work_state found;
    double wait_s;
    pthread_mutex_lock(&w->lock);
    while ((found = stop_signal() ? WORK_END : state(w, job, &wait_s)) == WORK_WAIT)
        sleep_on(w, wait_s);
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
    pthread_mutex_lock(&w->lock);
    *other = *job;
    atomic_fetch_add(&job->entry->sharers, 1);
    other->attempts = other->failures = 0;
    other->due_s = 0;
    list_append(&w->waiting, other);
    wake(w);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

/* Under the lock: the job leaves its connection. */
static void land(struct work *w, struct job *job)
{
    job->host->in_flight--;
    w->in_flight--;
}

void work_retry(struct work *w, struct job *job, double delay_s, double pause_s)
{
    double now = clock_now_s();
    pthread_mutex_lock(&w->lock);
    land(w, job);
    if (pause_s > 0)
        job->host->not_before_s = fmax(job->host->not_before_s, now + pause_s);
    struct host *host = host_of(w, job->entry->url[job->mirror]);
    if (host) /* without memory for another host, count it to the old one */
        job->host = host;
    job->due_s = now + delay_s;
    list_append(&w->waiting, job);
    wake(w);
    pthread_mutex_unlock(&w->lock);
}

void work_finish(struct work *w, struct job *job)
{
    pthread_mutex_lock(&w->lock);
    land(w, job);
    wake(w);
    pthread_mutex_unlock(&w->lock);
    job_free(job);
}

void work_halt(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->halted = true;
    w->starving = true;
    wake(w);
    pthread_cond_broadcast(&w->room);
    pthread_mutex_unlock(&w->lock);
}

struct work_counts work_counts(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    struct work_counts counts = { w->fed, w->in_flight, w->waiting.n, w->all_fed };
    pthread_mutex_unlock(&w->lock);
    return counts;
}
