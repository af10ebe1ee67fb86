#include "io_bound/progress.h"

#include "common/clock.h"
#include "common/size.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { REDRAW_MS = 200 };
static const double RATE_MEMORY_S = 3;

struct progress {
    struct session *session;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end, shown;
    double started_s;
    double drawn_s, drawn_bytes, rate; /* at the last redraw */
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

/* Received bytes a second over the last few seconds: an exponential average of what each redraw saw. */
static double rate_now(struct progress *p, double received, double now)
{
    double passed = now - p->drawn_s, rate = passed > 0 ? (received - p->drawn_bytes) / passed : 0;
    double weight = 1 - exp(-passed / RATE_MEMORY_S);
    p->rate = p->drawn_s > p->started_s ? p->rate + weight * (rate - p->rate) : rate;
    p->drawn_s = now;
    p->drawn_bytes = received;
    return p->rate;
}

/* Known when the whole list is: files end at the pace they have ended so far. Sizes are known of few lists. */
static void time_left(char *out, size_t size, const struct work_counts *w, size_t ended, double passed_s)
{
    size_t all = w->fed - w->left_out;
    out[0] = '\0';
    if (!w->all_fed || ended == 0 || ended >= all)
        return;
    double left_s = passed_s * (double)(all - ended) / (double)ended;
    if (left_s < 360000)
        snprintf(out, size, ", %d:%02d:%02d left", (int)(left_s / 3600), (int)(left_s / 60) % 60, (int)left_s % 60);
}

/* A line that wraps cannot be drawn over. */
static size_t columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 200;
}

static void draw(struct progress *p)
{
    struct session *s = p->session;
    struct work_counts w = work_counts(s->work);
    struct report_counts c = report_counts(s->report);
    double received = (double)atomic_load_explicit(&s->shared->received, memory_order_relaxed), now = clock_now_s();
    char line[256], shown[272], bytes[32], speed[32], total[32] = "", left[32];
    if (w.all_fed)
        snprintf(total, sizeof total, " of %zu", w.fed - w.left_out);
    size_print_bytes(received, bytes, sizeof bytes);
    size_print_bytes(rate_now(p, received, now), speed, sizeof speed);
    time_left(left, sizeof left, &w, c.done + c.kept + c.failed, now - p->started_s);
    snprintf(line, sizeof line, "%zu%s files, %s, %s/s%s, %zu failed, %zu active, %zu to try again", c.done + c.kept, total, bytes,
             speed, left, c.failed, w.in_flight, w.waiting);
    snprintf(shown, sizeof shown, "\r%.*s\033[K", (int)columns() - 1, line);
    put(shown);
    p->shown = true;
}

static void *redraw(void *context)
{
    struct progress *p = context;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&p->lock);
    draw(p); /* also where the run is over before this thread has begun */
    while (!p->end) {
        next.tv_nsec += REDRAW_MS * 1000000L;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&p->ended, &p->lock, &next);
        draw(p);
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
    p->started_s = p->drawn_s = clock_now_s();
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
