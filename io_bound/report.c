#include "io_bound/report.h"

#include "common/clock.h"
#include "common/exit_codes.h"
#include "common/jsonl.h"
#include "common/message.h"
#include "common/size.h"
#include "io_bound/causes.h"
#include "io_bound/models/driver.h"
#include "io_bound/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    BATCH_FILES = 4096,
    BATCH_BYTES = 8 << 20, /* of entries whose objects are held */
    BATCHES_HELD = 4,      /* so far the run may be ahead of the disk */
    EXIT_MISMATCH = 4,
    TOLD_PER_CAUSE = 20,
};

/* What is told when it is on disk. */
struct batch {
    size_t files;  /* fetched                         */
    size_t bytes;  /* of the entries of these objects */
    json_t *held;  /* NULL: none                      */
};

struct report {
    pthread_mutex_t lock;
    struct tree *tree;
    struct ledger *ledger;
    const char *log;
    bool json, batch, durable;
    double started_s;
    struct report_counts counts;
    size_t local, mismatched;
    struct causes causes;
    _Atomic int rc;         /* the first failure of writing a result           */

    /* Syncing waits for the disk, so a thread of its own does it, which is started with the first full batch. */
    struct batch filling, going;
    bool syncing, ending, started; /* syncing: `going` is on its way */
    pthread_t thread;
    pthread_cond_t handed, synced;
};

int report_open(const struct settings *settings, struct tree *tree, struct ledger *ledger, struct report **out)
{
    int log_fd = settings->log ? open(settings->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (settings->log && log_fd < 0) {
        int rc = -errno;
        message_error("cannot write to --log %s: %s", settings->log, strerror(errno));
        return rc;
    }
    if (log_fd >= 0)
        close(log_fd);
    struct report *r = calloc(1, sizeof *r);
    if (!r)
        return -ENOMEM;
    r->tree = tree;
    r->ledger = ledger;
    r->log = settings->log;
    r->json = settings->json;
    r->batch = settings->fsync == FSYNC_BATCH;
    r->durable = settings->fsync != FSYNC_NONE;
    r->started_s = clock_now_s();
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->handed, NULL);
    pthread_cond_init(&r->synced, NULL);
    *out = r;
    return 0;
}

/* --- JSON --- */

static const char *state_of(enum outcome_kind kind)
{
    return kind == OUTCOME_DONE ? "done" : kind == OUTCOME_KEPT ? "kept" : kind == OUTCOME_PLANNED ? "planned" : "failed";
}

static json_t *sha256_of(const struct entry *e, const struct outcome *o)
{
    char text[HASH_TEXT_LEN];
    bool known = o->verified && (e->expect.hashes & 1U << HASH_SHA256);
    return known ? json_string(hash_text(HASH_SHA256, e->expect.hash[HASH_SHA256], text)) : json_null();
}

/* What a server says may be anything; the text must be UTF-8 and safe to print. */
static json_t *foreign_text(const char *text)
{
    char shown[4096];
    return text && *text ? json_string(message_printable(text, shown, sizeof shown)) : json_null();
}

static json_t *object_of(const struct job *job, const struct outcome *o)
{
    const struct entry *e = job->entry;
    const char *asked = e->url[job->mirror];
    bool nothing_asked = o->kind == OUTCOME_KEPT || o->kind == OUTCOME_PLANNED;
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:I, s:f, s:i, s:I, s:o, s:b, s:b, s:o, s:o}",
                     "schema", "parkit.get/1", "url", e->url[0],
                     "effective_url", foreign_text(o->effective_url ? o->effective_url : asked),
                     "out", e->out, "state", state_of(o->kind),
                     "http", o->http ? json_integer(o->http) : json_null(),
                     "bytes", (json_int_t)o->bytes, "seconds", clock_now_s() - job->started_s,
                     "attempts", nothing_asked ? 0 : (int)job->attempts, "resumed_from", (json_int_t)o->resumed_from,
                     "sha256", sha256_of(e, o), "verified", (int)o->verified, "length_known", (int)o->length_known,
                     "content_encoding", foreign_text(o->encoding), "error", foreign_text(o->error));
}

static void failed_to_write(struct report *r, const char *where, int rc)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&r->rc, &none, rc))
        message_error("cannot write results to %s: %s", where, strerror(-rc));
}

static void emit(struct report *r, const json_t *object, bool durable)
{
    int rc = r->json ? jsonl_print(stdout, object) : 0;
    if (rc != 0)
        failed_to_write(r, "standard output", -ENOSPC);
    rc = r->log ? jsonl_append(r->log, object, durable) : 0;
    if (rc != 0)
        failed_to_write(r, r->log, rc);
}

/* --- batches --- */

/* Without the lock; empties @b. */
static void end_batch(struct report *r, struct batch *b)
{
    size_t i;
    json_t *object;
    uint64_t recorded = ledger_position(r->ledger); /* what is recorded during the sync may have missed it */
    int rc = b->files ? tree_sync(r->tree) : 0;
    if (rc == 0 && b->files)
        rc = ledger_synced(r->ledger, recorded);
    if (rc != 0)
        failed_to_write(r, "disk", rc);
    json_array_foreach(b->held, i, object)
        emit(r, object, r->durable && i + 1 == json_array_size(b->held)); /* the last makes all of them durable */
    json_decref(b->held);
    *b = (struct batch){ .files = 0 };
}

static void *sync_batches(void *context)
{
    struct report *r = context;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!r->syncing && !r->ending)
            pthread_cond_wait(&r->handed, &r->lock);
        if (!r->syncing)
            break;
        pthread_mutex_unlock(&r->lock);
        end_batch(r, &r->going);
        pthread_mutex_lock(&r->lock);
        r->syncing = false;
        pthread_cond_broadcast(&r->synced);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static bool start_thread(struct report *r)
{
    sigset_t all, before;
    if (r->started)
        return true;
    sigfillset(&all); /* signals go to the threads that act on them */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    r->started = pthread_create(&r->thread, NULL, sync_batches, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->started;
}

static bool is_full(const struct batch *b, size_t times)
{
    return b->files >= times * BATCH_FILES || b->bytes >= times * BATCH_BYTES || json_array_size(b->held) >= times * BATCH_FILES;
}

/* Under the lock. A disk that is slower than the network holds up the run only when it is several batches behind. */
static void hand_over(struct report *r)
{
    while (r->syncing && is_full(&r->filling, BATCHES_HELD))
        pthread_cond_wait(&r->synced, &r->lock);
    if (r->syncing || !is_full(&r->filling, 1))
        return; /* another took it, or it waits for its turn */
    if (!start_thread(r)) {
        end_batch(r, &r->filling);
        return;
    }
    r->going = r->filling;
    r->filling = (struct batch){ .files = 0 };
    r->syncing = true;
    pthread_cond_signal(&r->handed);
}

static void end_all_batches(struct report *r)
{
    pthread_mutex_lock(&r->lock);
    r->ending = true;
    pthread_cond_signal(&r->handed);
    pthread_mutex_unlock(&r->lock);
    if (r->started)
        pthread_join(r->thread, NULL);
    end_batch(r, &r->filling);
}

static void report_json(struct report *r, const struct job *job, const struct outcome *o)
{
    json_t *object = object_of(job, o);
    if (!object) {
        failed_to_write(r, "JSON", -ENOMEM);
        return;
    }
    if (!r->batch) {
        emit(r, object, r->durable);
        json_decref(object);
        return;
    }
    if (!r->filling.held)
        r->filling.held = json_array();
    if (json_array_append_new(r->filling.held, object) != 0)
        failed_to_write(r, "JSON", -ENOMEM);
    r->filling.bytes += job->entry->bytes;
}

/* --- for people --- */

static void plan(struct report *r, const struct entry *e)
{
    char *line = r->json ? NULL : entry_format(e);
    if (line)
        puts(line);
    free(line);
}

/* A server that is down with all its files must not bury everything else. */
static void complain(struct report *r, const struct job *job, const struct outcome *o)
{
    char url[512], error[2 * OUTCOME_ERROR_LEN];
    const char *asked = job->entry->url[job->mirror];
    size_t n = causes_add(&r->causes, job->entry->out, o);
    if (n <= TOLD_PER_CAUSE)
        message_error("%s: %s (%s, %u attempt%s)", job->entry->out, message_printable(o->error, error, sizeof error),
                      message_printable(asked, url, sizeof url), job->attempts, job->attempts == 1 ? "" : "s");
    if (n == TOLD_PER_CAUSE)
        message_note("further failures of this kind are only counted here; --log FILE keeps them all");
}

static void count(struct report *r, const struct outcome *o)
{
    struct report_counts *c = &r->counts;
    c->done += o->kind == OUTCOME_DONE;
    c->kept += o->kind == OUTCOME_KEPT;
    c->planned += o->kind == OUTCOME_PLANNED;
    c->failed += o->kind > OUTCOME_PART;
    c->bytes += o->bytes;
    r->mismatched += o->kind == OUTCOME_MISMATCH;
    r->local += o->kind == OUTCOME_LOCAL;
}

void report_entry(struct report *r, const struct job *job, const struct outcome *o)
{
    if (o->kind == OUTCOME_STOPPED)
        return; /* it has not come to an end */
    pthread_mutex_lock(&r->lock);
    count(r, o);
    if (o->kind == OUTCOME_PLANNED)
        plan(r, job->entry);
    if (o->kind > OUTCOME_PART)
        complain(r, job, o);
    if (r->json || r->log)
        report_json(r, job, o);
    r->filling.files += o->kind == OUTCOME_DONE && r->batch;
    if (is_full(&r->filling, 1))
        hand_over(r);
    pthread_mutex_unlock(&r->lock);
}

struct report_counts report_counts(struct report *r)
{
    pthread_mutex_lock(&r->lock);
    struct report_counts counts = r->counts;
    pthread_mutex_unlock(&r->lock);
    return counts;
}

/* --- the end --- */

static double cpu_s(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void summarise(const struct report *r, const struct settings *settings, const struct work_counts *work)
{
    const struct report_counts *c = &r->counts;
    char bytes[32], left[96] = "";
    size_t ended = c->done + c->kept + c->planned + c->failed, n = 0;
    if (work->left_out)
        n = (size_t)snprintf(left, sizeof left, ", %zu left out by --max-files", work->left_out);
    if (work->fed > ended + work->left_out)
        snprintf(left + n, sizeof left - n, ", %zu not finished", work->fed - work->left_out - ended);
    if (c->planned)
        message_note("%zu to fetch, %zu in place, %zu failed%s", c->planned, c->kept, c->failed, left);
    else
        message_note("%zu fetched, %zu kept, %zu failed%s; %s in %.2f s, %.2f s CPU (%s, %zu connection%s)", c->done,
                     c->kept, c->failed, left, size_print_bytes((double)c->bytes, bytes, sizeof bytes),
                     clock_now_s() - r->started_s, cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN),
                     driver_names[settings->model], driver_connections(settings),
                     driver_connections(settings) == 1 ? "" : "s");
    if (c->failed > 1)
        causes_tell(&r->causes);
}

/*
 * The gravest cause wins: a bad list, then this machine, then wrong data, then what could not be had. What --max-files left out
 * was not asked for, like what --dry-run does not fetch; the summary counts it.
 */
static int exit_code(const struct report *r, int rc)
{
    if (rc != 0)
        return exit_code_of(rc);
    if (r->local || r->rc)
        return EXIT_MISSING;
    return r->mismatched ? EXIT_MISMATCH : r->counts.failed ? EXIT_WRONG : EXIT_RIGHT;
}

int report_close(struct report *r, const struct settings *settings, struct work *work, int rc)
{
    end_all_batches(r);
    if (fflush(stdout) != 0)
        failed_to_write(r, "standard output", -errno);
    struct work_counts counts = work_counts(work);
    summarise(r, settings, &counts);
    int code = exit_code(r, rc);
    pthread_cond_destroy(&r->synced);
    pthread_cond_destroy(&r->handed);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return code;
}
