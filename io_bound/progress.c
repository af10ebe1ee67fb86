#include "io_bound/progress.h"

#include "common/clock.h"
#include "common/size.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REDRAW_MS = 200 };

struct progress {
    struct session *session;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end, shown;
    double started_s;
};

bool progress_wanted(const struct settings *settings)
{
    if (settings->progress || settings->no_progress)
        return settings->progress;
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody is looking */
}

/* Under the lock. */
static void clear(struct progress *p)
{
    if (p->shown)
        put("\r\033[K");
    p->shown = false;
}

static void draw(struct progress *p)
{
    struct session *s = p->session;
    struct work_counts w = work_counts(s->work);
    struct report_counts c = report_counts(s->report);
    double received = (double)atomic_load_explicit(&s->shared->received, memory_order_relaxed);
    char line[200], bytes[32], speed[32], total[32] = "";
    if (w.all_fed)
        snprintf(total, sizeof total, " of %zu", w.fed);
    size_print_bytes(received, bytes, sizeof bytes);
    size_print_bytes(received / (clock_now_s() - p->started_s + 1e-9), speed, sizeof speed);
    snprintf(line, sizeof line, "\r%zu%s files, %zu failed, %zu in flight, %zu waiting, %s, %s/s\033[K", c.done + c.kept,
             total, c.failed, w.in_flight, w.waiting, bytes, speed);
    put(line);
    p->shown = true;
}

static void *redraw(void *context)
{
    struct progress *p = context;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&p->lock);
    while (!p->end) {
        draw(p);
        next.tv_nsec += REDRAW_MS * 1000000L;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&p->ended, &p->lock, &next);
    }
    clear(p);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

int progress_start(struct session *s, struct progress **out)
{
    struct progress *p = calloc(1, sizeof *p);
    pthread_condattr_t monotonic;
    sigset_t all, before;
    if (!p)
        return -ENOMEM;
    p->session = s;
    p->started_s = clock_now_s();
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&p->thread, NULL, redraw, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        free(p);
    else
        *out = p;
    return -rc;
}

void progress_hide(struct progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    clear(p);
    pthread_mutex_unlock(&p->lock);
}

void progress_end(struct progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->end = true;
    pthread_cond_signal(&p->ended);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->ended);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
