#include "io_bound/progress.h"

#include "common/clock.h"
#include "common/message.h"
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

enum { REDRAW_MS = 200, BARS_MAX = 8, BAR_WIDTH = 20 };
static const double RATE_MEMORY_S = 3;

struct progress {
    struct session *session;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end, shown;
    size_t bars; /* lines shown above the last one */
    struct activity *file; /* room for what is at work; NULL: no bars */
    double started_s;
    double drawn_s, drawn_bytes, rate; /* at the last redraw */
};

static bool is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

bool progress_wanted(const struct settings *settings)
{
    if (settings->progress || settings->progress_bars || settings->no_progress)
        return !settings->no_progress;
    return is_terminal();
}

bool progress_has_bars(const struct settings *settings)
{
    return settings->progress_bars && is_terminal();
}

static void put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody is looking */
}

/* Under the lock. */
static void clear(struct progress *p)
{
    char text[32];
    snprintf(text, sizeof text, "\r\033[%zuA\033[J", p->bars);
    if (p->shown)
        put(p->bars ? text : "\r\033[K");
    p->shown = false;
    p->bars = 0;
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

/* Nor can one that has left the screen. */
static size_t rows(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

/* "name  [#####-----]  50 %, 5.0 MB of 10.0 MB", of a file whose size is not known "name  5.0 MB". */
static void write_bar(char *out, size_t size, const struct activity *f)
{
    char name[2 * ACTIVE_NAME], bar[BAR_WIDTH + 1], got[32], total[32];
    uint64_t bytes = f->there + f->received;
    bytes = f->total && bytes > f->total ? f->total : bytes;
    size_t filled = f->total ? (size_t)((double)BAR_WIDTH * (double)bytes / (double)f->total) : 0;
    message_printable(f->name, name, sizeof name);
    size_print_bytes((double)bytes, got, sizeof got);
    size_print_bytes((double)f->total, total, sizeof total);
    memset(bar, '#', filled);
    memset(bar + filled, '-', BAR_WIDTH - filled);
    bar[BAR_WIDTH] = '\0';
    if (f->total)
        snprintf(out, size, "[%s] %3d %%, %s of %s  %s", bar, (int)(100.0 * (double)bytes / (double)f->total), got, total, name);
    else
        snprintf(out, size, "[%*s] %s  %s", BAR_WIDTH, "", got, name);
}

/* The bars, each with its line break, over what stood there; returns how much of @out is filled. */
static size_t write_bars(struct progress *p, char *out, size_t size)
{
    char line[512];
    size_t n = p->file ? active_files(p->session->shared->active, p->file) : 0, most = rows() > 2 ? rows() - 2 : 0, used = 0;
    n = n < BARS_MAX ? n : BARS_MAX;
    n = n < most ? n : most;
    if (p->bars)
        used = (size_t)snprintf(out, size, "\033[%zuA\r", p->bars);
    for (size_t i = 0; i < n; i++) {
        write_bar(line, sizeof line, &p->file[i]);
        used += (size_t)snprintf(out + used, size - used, "\r%.*s\033[K\n", (int)columns() - 1, line);
    }
    p->bars = n;
    return used;
}

static void draw(struct progress *p)
{
    struct session *s = p->session;
    struct work_counts w = work_counts(s->work);
    struct report_counts c = report_counts(s->report);
    double received = (double)atomic_load_explicit(&s->shared->received, memory_order_relaxed), now = clock_now_s();
    char line[256], shown[BARS_MAX * 512 + 512], bytes[32], speed[32], total[32] = "", left[32];
    if (w.all_fed)
        snprintf(total, sizeof total, " of %zu", w.fed - w.left_out);
    size_print_bytes(received, bytes, sizeof bytes);
    size_print_bytes(rate_now(p, received, now), speed, sizeof speed);
    time_left(left, sizeof left, &w, c.done + c.kept + c.failed, now - p->started_s);
    snprintf(line, sizeof line, "%zu%s files, %s, %s/s%s, %zu failed, %zu active, %zu to try again", c.done + c.kept, total, bytes,
             speed, left, c.failed, w.in_flight, w.waiting);
    size_t used = write_bars(p, shown, sizeof shown - sizeof line - 16);
    snprintf(shown + used, sizeof shown - used, "\r%.*s\033[J", (int)columns() - 1, line);
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
    p->file = progress_has_bars(s->settings) ? calloc(ACTIVE_PLACES, sizeof *p->file) : NULL;
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
    if (rc != 0) {
        free(p->file);
        free(p);
    } else {
        *out = p;
    }
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
    free(p->file);
    free(p);
}
