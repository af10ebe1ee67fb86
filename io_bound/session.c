#include "io_bound/session.h"

#include "common/clock.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "io_bound/files/assembly.h"
#include "io_bound/models/crew.h"
#include "io_bound/models/driver.h"
#include "io_bound/progress.h"
#include "io_bound/retry.h"
#include "io_bound/stop.h"
#include "io_bound/token.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void no_memory(void)
{
    message_error("out of memory; use fewer --connections");
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

/* Bytes are wanted as they are: a compressed answer would have another size and other hashes. */
static int make_headers(struct session *s)
{
    static const char as_they_are[] = "Accept-Encoding: identity";
    const struct settings *settings = s->settings;
    bool made = append(&s->headers, as_they_are) && append(&s->headers_elsewhere, as_they_are);
    for (size_t i = 0; made && i < settings->headers.count; i++)
        made = append(&s->headers, settings->headers.value[i]);
    char *token = NULL;
    int rc = token_header(settings, &token);
    if (token)
        made = made && append(&s->headers, token);
    free(token);
    return made || rc != 0 ? rc : -ENOMEM;
}

static int make_shared(struct session *s)
{
    void *memory = mmap(NULL, sizeof *s->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -ENOMEM;
    s->shared = memory;
    s->shared->rate.bytes_per_s = s->settings->limit_rate;
    for (size_t i = 0; i < RATE_HOSTS; i++)
        s->shared->rate_of_host[i].bytes_per_s = s->settings->limit_rate_host;
    return 0;
}

static int make_work(struct session *s)
{
    const struct settings *settings = s->settings;
    const struct work_limits limits = {
        .connections = driver_connections(settings),
        .per_host = settings->per_host,
        .max_files = settings->max_files,
        .probes = (unsigned)settings->retries,
        .longest_s = settings->retry_max_s,
    };
    return work_create(&limits, &s->work);
}

/* A connection's descriptors: its socket, its file, a folder, and two inside libcurl. The rest: what the run has open itself. */
enum { FILES_PER_CONNECTION = 5, FILES_OF_A_RUN = 20 };

void session_fit(struct settings *settings)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    uint64_t files = (uint64_t)limit.rlim_cur, most = files > FILES_OF_A_RUN ? (files - FILES_OF_A_RUN) / FILES_PER_CONNECTION : 0;
    most = most > 0 ? most : 1;
    if (settings->connections <= most)
        return;
    message_warn("%" PRIu64 " connections instead of %" PRIu64 ", for a process may have no more than %" PRIu64 " files open (ulimit -n)", most,
                 settings->connections, files);
    settings->connections = most;
}

int session_open(const struct settings *settings, struct session *s)
{
    *s = (struct session){ .settings = settings, .parent_fd = -1 };
    const struct source_names names = { .urls = settings->urls, .n_urls = settings->n_urls,
                                        .lists = settings->lists.value, .n_lists = settings->lists.count,
                                        .metalinks = settings->metalinks.value, .n_metalinks = settings->metalinks.count };
    int rc = source_create(&names, &s->source);
    if (rc == 0)
        rc = stop_install();
    if (rc == 0)
        rc = tree_open(settings->folder, &s->tree);
    if (rc == 0)
        rc = make_headers(s);
    if (rc == 0 && (make_shared(s) != 0 || make_work(s) != 0))
        rc = -ENOMEM;
    if (rc == -ENOMEM)
        no_memory();
    if (rc == 0)
        rc = ledger_open(s->tree, settings->conditional, &s->ledger);
    if (rc == 0)
        rc = report_open(settings, s->tree, s->ledger, &s->report);
    return rc;
}

int session_start(struct session *s)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        message_error("libcurl cannot be initialised");
        return -ENOSYS;
    }
    int rc = source_start(s->source, s->work);
    if (rc == 0 && progress_wanted(s->settings))
        rc = progress_start(s, &s->progress);
    if (rc != 0)
        message_error("cannot start a thread: %s", strerror(-rc));
    return rc;
}

/* --- what follows from the end of an attempt --- */

static bool time_is_up(const struct settings *settings, const struct job *job, double delay_s)
{
    return settings->timeout_s > 0 && clock_now_s() + delay_s >= job->started_s + settings->timeout_s;
}

/* What the server is to be spared: it said so, or it has too much to do. */
static double pause_of(const struct session *s, const struct outcome *o, double delay_s)
{
    bool busy = o->http == 429 || o->http == 503;
    return fmin(o->retry_after_s > 0 ? o->retry_after_s : busy ? delay_s : 0, s->settings->retry_max_s);
}

static void retry(struct session *s, struct job *job, const struct outcome *o, double delay_s)
{
    if (!job->assembly) /* which counts for itself */
        job->received += o->bytes;
    work_retry(s->work, job, delay_s);
}

/* Gives the job back and returns true if it will be tried again. */
static bool try_again(struct session *s, struct job *job, const struct outcome *o, double delay_s)
{
    bool better_elsewhere = o->n_wrong > 0 && job->entry->n_urls > 1;
    if (o->kind != OUTCOME_TRANSIENT || job->refused || better_elsewhere || job->failures >= s->settings->retries)
        return false;
    delay_s = fmax(delay_s, job->pause_s);
    if (time_is_up(s->settings, job, delay_s))
        return false;
    job->failures++;
    job->fresh_connection = o->connection_failed;
    retry(s, job, o, delay_s);
    return true;
}

/* A mirror that gave some wrong pieces may have them right the next time; one that failed otherwise has had its attempts. */
static bool worth_another_round(const struct session *s, const struct job *job)
{
    return job->misled && job->entry->n_urls > 1 && job->rounds < s->settings->retries;
}

static bool try_next_mirror(struct session *s, struct job *job, const struct outcome *o)
{
    bool servers_fault = o->kind == OUTCOME_TRANSIENT || o->kind == OUTCOME_PERMANENT || o->kind == OUTCOME_MISMATCH;
    bool last = job->mirror + 1 >= job->entry->n_urls;
    if (!servers_fault || (last && !worth_another_round(s, job)))
        return false;
    double delay_s = last ? retry_delay_s(job->rounds + 1, s->settings->retry_max_s, retry_random()) : 0;
    if (time_is_up(s->settings, job, delay_s))
        return false;
    job->mirror = last ? 0 : job->mirror + 1;
    job->rounds += last;
    job->misled &= !last;
    job->failures = 0;
    job->fresh_connection = false;
    retry(s, job, o, delay_s);
    return true;
}

void session_settle(struct session *s, struct job *job, const struct outcome *o)
{
    double delay_s = 0;
    if (o->kind >= OUTCOME_TRANSIENT)
        delay_s = retry_delay_s(job->failures + 1, s->settings->retry_max_s, retry_random());
    job->sign = o->sign;
    job->pause_s = pause_of(s, o, delay_s);
    job->misled |= o->n_wrong > 0;
    if (assembly_settle(s, job, o) || try_again(s, job, o, delay_s) || try_next_mirror(s, job, o))
        return;
    if (assembly_last_word(job, o)) {
        struct outcome whole = *o;
        assembly_total(job, &whole);
        progress_hide(s->progress);
        report_entry(s->report, job, &whole);
    }
    if (o->halt)
        work_halt(s->work);
    work_finish(s->work, job);
}

void session_connected(struct session *s, struct job *job)
{
    job->attempt.ramping = false; /* once is enough */
    if (s->parent_fd >= 0)
        crew_connected(s->parent_fd);
    else
        work_connected(s->work, job);
}

/* Not worth asking; but an attempt that asks nothing of a server is made all the same. */
static bool settle_refused(struct session *s, struct job *job)
{
    static const struct outcome refused = {
        .kind = OUTCOME_TRANSIENT,
        .retry_after_s = -1,
        .error = "its server does not answer; given up with all that it was to be asked for",
    };
    if (job->ask.kind == ASK_FINISH || job->ask.kind == ASK_NOTHING)
        return false;
    session_settle(s, job, &refused);
    return true;
}

/* Ready an attempt at @job; false: it has ended already. */
static bool assign(struct session *s, struct job *job)
{
    assembly_assign(s, job);
    return !job->refused || !settle_refused(s, job);
}

enum work_state session_try(struct session *s, size_t loop, struct job **job, double *wait_s)
{
    enum work_state state;
    do
        state = work_try(s->work, loop, job, wait_s);
    while (state == WORK_READY && !assign(s, *job));
    return state;
}

enum work_state session_wait(struct session *s, bool connected, struct job **job)
{
    enum work_state state;
    do
        state = work_wait(s->work, connected, job);
    while (state == WORK_READY && !assign(s, *job));
    return state;
}

/* --- the end --- */

static void close_ledger(struct session *s, bool in_order)
{
    if (s->ledger && !s->settings->dry_run && ledger_finish(s->ledger, in_order, tree_own_leavings(s->tree)) != 0)
        message_warn("%s in the output folder could not be brought up to date", LEDGER_NAME);
    ledger_close(s->ledger);
}

int session_close(struct session *s, int rc)
{
    int source_rc = 0, code = exit_code_of(rc);
    if (s->work)
        work_halt(s->work); /* the reader of the list may wait for room */
    if (s->source)
        source_rc = source_end(s->source);
    progress_end(s->progress);
    if (s->report)
        code = report_close(s->report, s->settings, s->work, rc != 0 ? rc : source_rc);
    if (stop_signal())
        code = 128 + stop_signal();
    bool all = code == EXIT_RIGHT && !(s->work && work_counts(s->work).left_out > 0);
    source_destroy(s->source);
    work_destroy(s->work);
    curl_slist_free_all(s->headers);
    curl_slist_free_all(s->headers_elsewhere);
    if (s->shared)
        munmap(s->shared, sizeof *s->shared);
    close_ledger(s, all); /* as late as can be: what ends now has come to its end */
    tree_close(s->tree);
    return code;
}
