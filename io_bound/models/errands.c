#include "io_bound/models/errands.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct errand {
    struct errand *next;
    struct transfer *transfer;
    struct job *job; /* to begin; NULL: to end */
    CURLcode code;
    bool perform;
};

struct queue {
    struct errand *first, **end;
};

struct errands {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, ending;
    int wake_fd;
    struct queue todo, back;
};

static void put(struct queue *q, struct errand *x)
{
    x->next = NULL;
    *q->end = x;
    q->end = &x->next;
}

static struct errand *get(struct queue *q)
{
    struct errand *x = q->first;
    if (x && !(q->first = x->next))
        q->end = &q->first;
    return x;
}

int errands_create(int wake_fd, struct errands **out)
{
    struct errands *e = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->changed, NULL);
    e->wake_fd = wake_fd;
    e->todo.end = &e->todo.first;
    e->back.end = &e->back.first;
    *out = e;
    return 0;
}

static void *run(void *context)
{
    struct errands *e = context;
    const uint64_t one = 1;
    pthread_mutex_lock(&e->lock);
    while (!e->ending) {
        struct errand *x = get(&e->todo);
        if (!x) {
            pthread_cond_wait(&e->changed, &e->lock);
            continue;
        }
        pthread_mutex_unlock(&e->lock);
        if (x->job)
            x->perform = transfer_begin(x->transfer, x->job);
        else
            transfer_end(x->transfer, x->code, NULL);
        pthread_mutex_lock(&e->lock);
        put(&e->back, x);
        if (write(e->wake_fd, &one, sizeof one) < 0)
            continue; /* the counter is full: the loop is awake */
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* Signals stay with the threads that act on them. */
static int start(struct errands *e)
{
    sigset_t all, before;
    if (e->started)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = -pthread_create(&e->thread, NULL, run, e);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    e->started = rc == 0;
    return rc;
}

static int go(struct errands *e, struct transfer *t, struct job *job, CURLcode code)
{
    struct errand *x = malloc(sizeof *x);
    int rc = x ? start(e) : -ENOMEM;
    if (rc != 0) {
        free(x);
        return rc;
    }
    *x = (struct errand){ .transfer = t, .job = job, .code = code };
    pthread_mutex_lock(&e->lock);
    put(&e->todo, x);
    pthread_cond_signal(&e->changed);
    pthread_mutex_unlock(&e->lock);
    return 0;
}

int errands_begin(struct errands *e, struct transfer *t, struct job *job)
{
    return go(e, t, job, CURLE_OK);
}

int errands_end(struct errands *e, struct transfer *t, CURLcode code)
{
    return go(e, t, NULL, code);
}

struct transfer *errands_back(struct errands *e, bool *perform)
{
    if (!e->started)
        return NULL;
    pthread_mutex_lock(&e->lock);
    struct errand *x = get(&e->back);
    pthread_mutex_unlock(&e->lock);
    struct transfer *t = x ? x->transfer : NULL;
    *perform = x && x->perform;
    free(x);
    return t;
}

void errands_destroy(struct errands *e)
{
    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    e->ending = true;
    pthread_cond_signal(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (e->started)
        pthread_join(e->thread, NULL);
    for (struct errand *x; (x = get(&e->todo)); free(x)) {
        if (x->job)
            transfer_hold(x->transfer, x->job);
        else
            transfer_end(x->transfer, x->code, NULL);
    }
    for (struct errand *x; (x = get(&e->back));)
        free(x);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
