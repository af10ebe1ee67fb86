#include "io_bound/transfer.h"

#include "common/clock.h"
#include "common/message.h"
#include "io_bound/address.h"
#include "io_bound/existing.h"
#include "io_bound/part.h"
#include "io_bound/request.h"
#include "io_bound/response.h"
#include "io_bound/retry.h"
#include "io_bound/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An error page longer than this is not worth its bytes: the connection is dropped instead. */
enum { DISCARD_MAX = 64 * 1024 };
static const double SLEEP_MAX_S = 0.2; /* so that a signal is noticed */

struct transfer {
    struct session *session;
    enum transfer_wait wait;
    CURL *easy;
    struct part *part;
    struct hasher *hasher;
    struct job *job;
    struct response response;
    bool answered; /* the answer was judged; outcome.kind says how if it was refused */
    uint64_t discarded;
    double resume_s;
    struct outcome outcome;
    char curl_error[CURL_ERROR_SIZE];
    void (*opened)(void *context, int fd);
    void *opened_context;
};

CURL *transfer_easy(struct transfer *t)
{
    return t->easy;
}

struct job *transfer_job(struct transfer *t)
{
    return t->job;
}

const struct outcome *transfer_outcome(struct transfer *t)
{
    return &t->outcome;
}

static const struct expect *expected(const struct transfer *t)
{
    return &t->job->entry->expect;
}

/* --- verdicts: the first one stands --- */

__attribute__((format(printf, 3, 4))) static void refuse(struct transfer *t, enum outcome_kind kind, const char *format,
                                                         ...)
{
    va_list arguments;
    if (t->outcome.kind != OUTCOME_PENDING)
        return;
    t->outcome.kind = kind;
    va_start(arguments, format);
    vsnprintf(t->outcome.error, sizeof t->outcome.error, format, arguments);
    va_end(arguments);
}

/* This machine's fault. Some of them every further file would meet. */
static void refuse_local(struct transfer *t, int rc)
{
    if (rc == -EEXIST)
        refuse(t, OUTCOME_LOCAL, "another run is fetching this file, or one that was killed left its .part behind");
    else
        refuse(t, OUTCOME_LOCAL, "cannot be written: %s", strerror(-rc));
    t->outcome.halt = rc == -ENOSPC || rc == -EDQUOT || rc == -EIO || rc == -EROFS;
}

/* Once, before the first byte of content or at the end of an empty one. */
static bool admitted(struct transfer *t)
{
    char why[256] = "";
    if (t->answered)
        return t->outcome.kind == OUTCOME_PENDING;
    t->answered = true;
    enum outcome_kind kind = response_admit(&t->response, expected(t), t->session->settings->max_size, why, sizeof why);
    if (kind != OUTCOME_DONE)
        refuse(t, kind, "%s", why);
    return kind == OUTCOME_DONE;
}

/* --- libcurl's callbacks --- */

static size_t on_header(char *line, size_t one, size_t size, void *context)
{
    struct transfer *t = context;
    (void)one;
    if (response_header(&t->response, line, size))
        return size;
    refuse(t, OUTCOME_PERMANENT, "the answer has more than 256 KiB of headers");
    return 0;
}

/* Read a refused body to its end, so that the connection can be used again, unless it is long. */
static size_t discard(struct transfer *t, size_t size)
{
    t->discarded += size;
    return t->discarded > DISCARD_MAX ? CURL_WRITEFUNC_ERROR : size;
}

/* --limit-rate. Returns false when the bytes must be offered again later. */
static bool within_rate(struct transfer *t, size_t size)
{
    double wait_s;
    while ((wait_s = rate_take(&t->session->shared->rate, size)) > 0) {
        if (t->wait == TRANSFER_PAUSES) {
            t->resume_s = clock_now_s() + wait_s;
            return false;
        }
        if (stop_signal())
            break;
        clock_sleep_s(fmin(wait_s, SLEEP_MAX_S));
    }
    return true;
}

static bool within_size(struct transfer *t)
{
    uint64_t max_size = t->session->settings->max_size, got = t->outcome.bytes;
    const struct expect *e = expected(t);
    if (e->has_size && got > e->size)
        refuse(t, OUTCOME_MISMATCH, "there are more than the %" PRIu64 " bytes of the list", e->size);
    if (max_size && got > max_size)
        refuse(t, OUTCOME_PERMANENT, "there are more bytes than --max-size %" PRIu64, max_size);
    return t->outcome.kind == OUTCOME_PENDING;
}

static size_t on_content(char *data, size_t one, size_t size, void *context)
{
    struct transfer *t = context;
    (void)one;
    if (!admitted(t))
        return discard(t, size);
    if (!within_rate(t, size))
        return CURL_WRITEFUNC_PAUSE;
    t->outcome.bytes += size;
    atomic_fetch_add_explicit(&t->session->shared->received, size, memory_order_relaxed);
    if (!within_size(t))
        return CURL_WRITEFUNC_ERROR;
    hasher_add(t->hasher, data, size);
    int rc = part_add(t->part, data, size);
    if (rc != 0)
        refuse_local(t, rc);
    return rc == 0 ? size : CURL_WRITEFUNC_ERROR;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)context, (void)a, (void)b, (void)c, (void)d;
    return stop_signal() != 0; /* ends curl_easy_perform() */
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = context;
    (void)purpose;
    if (t->session->settings->no_private && address_is_private(&address->addr)) {
        refuse(t, OUTCOME_PERMANENT, "the address is private, which --no-private forbids");
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0 && t->opened)
        t->opened(t->opened_context, fd);
    return fd;
}

/* --- beginning and end --- */

static void set_callbacks(struct transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_error);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_content);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
    if (t->wait == TRANSFER_SLEEPS) {
        curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    }
}

int transfer_create(struct session *s, enum transfer_wait wait, struct transfer **out)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t) {
        t->session = s;
        t->wait = wait;
        t->easy = curl_easy_init();
    }
    if (!t || !t->easy || part_create(s->tree, (enum fsync_policy)s->settings->fsync, &t->part) != 0 ||
        hasher_create(&t->hasher) != 0) {
        transfer_destroy(t);
        message_error("out of memory; use fewer --connections");
        return -ENOMEM;
    }
    request_prepare(t->easy, s);
    set_callbacks(t);
    *out = t;
    return 0;
}

void transfer_destroy(struct transfer *t)
{
    if (!t)
        return;
    curl_easy_cleanup(t->easy);
    part_destroy(t->part);
    hasher_destroy(t->hasher);
    free(t->outcome.effective_url);
    free(t);
}

static void reset(struct transfer *t, struct job *job)
{
    free(t->outcome.effective_url);
    t->outcome = (struct outcome){ .kind = OUTCOME_PENDING, .retry_after_s = -1 };
    t->job = job;
    t->answered = false;
    t->discarded = 0;
    t->resume_s = 0;
    t->curl_error[0] = '\0';
    response_reset(&t->response);
}

/* Is the file there, so that nothing need be fetched? */
static bool keep_existing(struct transfer *t)
{
    const struct settings *settings = t->session->settings;
    if (!settings->verify && !settings->skip_existing)
        return false;
    struct hasher *hasher = settings->verify ? t->hasher : NULL;
    if (!existing_is_right(t->session->tree, t->job->entry, hasher, &t->outcome.verified))
        return false;
    t->outcome.kind = OUTCOME_KEPT;
    return true;
}

bool transfer_begin(struct transfer *t, struct job *job)
{
    reset(t, job);
    if (keep_existing(t))
        return false;
    if (t->session->settings->dry_run) {
        t->outcome.kind = OUTCOME_PLANNED;
        return false;
    }
    int rc = hasher_start(t->hasher, expected(t)->hashes);
    if (rc != 0) {
        refuse(t, OUTCOME_LOCAL, "libcrypto refuses to compute a hash of the list");
        return false;
    }
    part_begin(t->part, job->entry->out);
    request_aim(t->easy, t->session, job);
    return true;
}

/* Only where libcurl failed and no callback knew the reason. */
static void judge_code(struct transfer *t, CURLcode code)
{
    const char *text = t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
    if (code == CURLE_OK)
        return;
    bool transient = retry_of_curl(code);
    t->outcome.connection_failed = transient;
    if (code == CURLE_ABORTED_BY_CALLBACK && stop_signal())
        refuse(t, OUTCOME_STOPPED, "stopped");
    else if (t->response.status > 200 && transient)
        admitted(t); /* what the status says matters more than how the error page ended */
    refuse(t, transient ? OUTCOME_TRANSIENT : OUTCOME_PERMANENT, "%s", text);
}

static void judge_content(struct transfer *t)
{
    char why[256] = "";
    const struct expect *e = expected(t);
    uint64_t got = t->outcome.bytes;
    if (!admitted(t))
        return;
    if (t->response.has_length && got != t->response.length)
        refuse(t, OUTCOME_TRANSIENT, "%" PRIu64 " of %" PRIu64 " bytes came", got, t->response.length);
    else if (e->has_size && got != e->size)
        refuse(t, OUTCOME_MISMATCH, "the size is %" PRIu64 " bytes, not %" PRIu64, got, e->size);
    else if (hasher_check(t->hasher, e, why, sizeof why) != 0)
        refuse(t, OUTCOME_MISMATCH, "%s", why);
}

static void describe(struct transfer *t)
{
    struct outcome *o = &t->outcome;
    char *url = NULL;
    o->http = t->response.status;
    o->length_known = t->response.has_length;
    o->retry_after_s = t->response.retry_after_s;
    memcpy(o->encoding, t->response.encoding, sizeof o->encoding);
    if (curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
        strcmp(url, t->job->entry->url[t->job->mirror]) != 0)
        o->effective_url = strdup(url);
}

void transfer_end(struct transfer *t, CURLcode code)
{
    struct outcome *o = &t->outcome;
    if (o->kind == OUTCOME_PENDING)
        judge_code(t, code);
    if (o->kind == OUTCOME_PENDING)
        judge_content(t);
    describe(t);
    if (o->kind != OUTCOME_PENDING) {
        part_discard(t->part);
        return;
    }
    int rc = part_commit(t->part);
    if (rc != 0) {
        refuse_local(t, rc);
        return;
    }
    o->kind = OUTCOME_DONE;
    o->verified = expected(t)->has_size || expected(t)->hashes;
}

void transfer_stop(struct transfer *t)
{
    refuse(t, OUTCOME_STOPPED, "stopped");
    part_discard(t->part);
}

void transfer_perform(struct transfer *t, struct job *job)
{
    if (transfer_begin(t, job))
        transfer_end(t, curl_easy_perform(t->easy));
}

/* --- event loops --- */

double transfer_resume_s(const struct transfer *t)
{
    return t->resume_s;
}

void transfer_resume(struct transfer *t)
{
    t->resume_s = 0;
    curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

void transfer_watch_sockets(struct transfer *t, void (*opened)(void *context, int fd), void *context)
{
    t->opened = opened;
    t->opened_context = context;
}
