#include "io_bound/session.h"

#include "common/clock.h"
#include "common/exit_codes.h"
#include "common/message.h"
#include "io_bound/assembly.h"
#include "io_bound/driver.h"
#include "io_bound/progress.h"
#include "io_bound/retry.h"
#include "io_bound/stop.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

static int no_memory(void)
{
    message_error("out of memory; use fewer --connections");
    return -ENOMEM;
}

/* Bytes are wanted as they are: a compressed answer would have another size and other hashes. */
static int make_headers(struct session *s)
{
    const struct option_values *given = &s->settings->headers;
    struct curl_slist *list = curl_slist_append(NULL, "Accept-Encoding: identity");
    for (size_t i = 0; list && i < given->count; i++) {
        struct curl_slist *longer = curl_slist_append(list, given->value[i]);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    s->headers = list;
    return list ? 0 : -ENOMEM;
}

static int make_shared(struct session *s)
{
    void *memory = mmap(NULL, sizeof *s->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -ENOMEM;
    s->shared = memory;
    s->shared->rate.bytes_per_s = s->settings->limit_rate;
    return 0;
}

/* Every connection needs descriptors: its socket, its file, a folder, and two inside libcurl. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int session_open(const struct settings *settings, struct session *s)
{
    *s = (struct session){ .settings = settings };
    raise_file_limit();
    int rc = source_create(settings->urls, settings->n_urls, settings->lists.value, settings->lists.count, &s->source);
    if (rc == 0)
        rc = stop_install();
    if (rc == 0)
        rc = tree_open(settings->folder, &s->tree);
    if (rc == 0 && (make_headers(s) != 0 || make_shared(s) != 0 ||
                    work_create(driver_connections(settings), settings->per_host, &s->work) != 0))
        rc = no_memory();
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

static uint64_t random_bits(void)
{
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits)
        bits = (uint64_t)(clock_now_s() * 1e9) * 0x9E3779B97F4A7C15; /* enough to spread retries */
    return bits;
}

static bool time_is_up(const struct settings *settings, const struct job *job, double delay_s)
{
    return settings->timeout_s > 0 && clock_now_s() + delay_s >= job->started_s + settings->timeout_s;
}

/* Gives the job back and returns true if it will be tried again. */
static bool try_again(struct session *s, struct job *job, const struct outcome *o)
{
    const struct settings *settings = s->settings;
    if (o->kind != OUTCOME_TRANSIENT || job->failures >= settings->retries)
        return false;
    double pause_s = fmin(fmax(o->retry_after_s, 0), settings->retry_max_s);
    double delay_s = fmax(retry_delay_s(job->failures + 1, settings->retry_max_s, random_bits()), pause_s);
    if (time_is_up(settings, job, delay_s))
        return false;
    job->failures++;
    job->fresh_connection = o->connection_failed;
    work_retry(s->work, job, delay_s, pause_s);
    return true;
}

static bool try_next_mirror(struct session *s, struct job *job, const struct outcome *o)
{
    bool servers_fault = o->kind == OUTCOME_TRANSIENT || o->kind == OUTCOME_PERMANENT || o->kind == OUTCOME_MISMATCH;
    if (!servers_fault || job->mirror + 1 >= job->entry->n_urls || time_is_up(s->settings, job, 0))
        return false;
    job->mirror++;
    job->failures = 0;
    job->fresh_connection = false;
    work_retry(s->work, job, 0, 0);
    return true;
}

void session_settle(struct session *s, struct job *job, const struct outcome *o)
{
    if (assembly_settle(s, job, o) || try_again(s, job, o) || try_next_mirror(s, job, o))
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

/* --- the end --- */

int session_close(struct session *s, int rc)
{
    int source_rc = 0, code = exit_code_of(rc);
    if (s->source)
        source_rc = source_end(s->source);
    progress_end(s->progress);
    if (s->report)
        code = report_close(s->report, s->settings, s->work, rc != 0 ? rc : source_rc);
    if (s->ledger && code == EXIT_RIGHT && !stop_signal() && !s->settings->dry_run &&
        ledger_finish(s->ledger, tree_own_leavings(s->tree)) != 0)
        message_warn("%s in the output folder could not be brought up to date", LEDGER_NAME);
    if (stop_signal())
        code = 128 + stop_signal();
    source_destroy(s->source);
    work_destroy(s->work);
    ledger_close(s->ledger);
    tree_close(s->tree);
    curl_slist_free_all(s->headers);
    if (s->shared)
        munmap(s->shared, sizeof *s->shared);
    return code;
}
