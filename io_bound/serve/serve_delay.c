#include "io_bound/serve/serve_delay.h"

#include "common/clock.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct delay {
    double due_s;
    struct MHD_Connection *connection;
};

/* A binary heap, the earliest on top. */
struct delays {
    struct delay *heap;
    size_t n, room;
    pthread_mutex_t lock;
    pthread_cond_t earlier; /* the top has changed, or the end has come */
    pthread_t timer;
    bool end;
};

static void swap(struct delay *a, struct delay *b)
{
    struct delay kept = *a;
    *a = *b;
    *b = kept;
}

static void push(struct delays *d, struct delay delay)
{
    size_t i = d->n++;
    d->heap[i] = delay;
    for (; i > 0 && d->heap[(i - 1) / 2].due_s > d->heap[i].due_s; i = (i - 1) / 2)
        swap(&d->heap[i], &d->heap[(i - 1) / 2]);
}

static struct delay pop(struct delays *d)
{
    struct delay top = d->heap[0];
    d->heap[0] = d->heap[--d->n];
    for (size_t i = 0;;) {
        size_t first = i, left = 2 * i + 1, right = left + 1;
        if (left < d->n && d->heap[left].due_s < d->heap[first].due_s)
            first = left;
        if (right < d->n && d->heap[right].due_s < d->heap[first].due_s)
            first = right;
        if (first == i)
            return top;
        swap(&d->heap[i], &d->heap[first]);
        i = first;
    }
}

/* Under the lock. */
static void sleep_until(struct delays *d, double due_s)
{
    double whole = floor(due_s);
    struct timespec until = { (time_t)whole, (long)((due_s - whole) * 1e9) };
    pthread_cond_timedwait(&d->earlier, &d->lock, &until);
}

static void *run_timer(void *context)
{
    struct delays *d = context;
    pthread_mutex_lock(&d->lock);
    while (!d->end || d->n > 0) {
        if (d->n == 0)
            pthread_cond_wait(&d->earlier, &d->lock);
        else if (d->end || d->heap[0].due_s <= clock_now_s())
            MHD_resume_connection(pop(d).connection);
        else
            sleep_until(d, d->heap[0].due_s);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

int delays_create(struct delays **out)
{
    struct delays *d = calloc(1, sizeof *d);
    pthread_condattr_t monotonic; /* the clock of clock_now_s() */
    if (!d)
        return -ENOMEM;
    pthread_mutex_init(&d->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&d->earlier, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = pthread_create(&d->timer, NULL, run_timer, d);
    if (rc != 0)
        free(d);
    else
        *out = d;
    return -rc;
}

/* Suspended under the lock: the timer cannot resume the connection before. */
enum MHD_Result delays_add(struct delays *d, struct MHD_Connection *connection, double seconds)
{
    const struct delay delay = { clock_now_s() + seconds, connection };
    pthread_mutex_lock(&d->lock);
    if (d->n == d->room) {
        size_t room = d->room ? 2 * d->room : 256;
        struct delay *grown = realloc(d->heap, room * sizeof *grown);
        if (grown) {
            d->heap = grown;
            d->room = room;
        }
    }
    bool added = d->n < d->room && !d->end;
    if (added) {
        MHD_suspend_connection(connection);
        push(d, delay);
        if (d->heap[0].connection == connection)
            pthread_cond_signal(&d->earlier);
    }
    pthread_mutex_unlock(&d->lock);
    return added ? MHD_YES : MHD_NO;
}

void delays_end(struct delays *d)
{
    pthread_mutex_lock(&d->lock);
    d->end = true;
    pthread_cond_signal(&d->earlier);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->timer, NULL);
}

void delays_destroy(struct delays *d)
{
    if (!d)
        return;
    pthread_cond_destroy(&d->earlier);
    pthread_mutex_destroy(&d->lock);
    free(d->heap);
    free(d);
}
