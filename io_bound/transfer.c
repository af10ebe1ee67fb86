#include "io_bound/transfer_internal.h"

#include "common/clock.h"
#include "common/message.h"
#include "io_bound/address.h"
#include "io_bound/progress.h"
#include "io_bound/request.h"
#include "io_bound/retry.h"
#include "io_bound/stop.h"
#include "io_bound/tls_end.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An error page longer than this is not worth its bytes: the connection is dropped instead. */
enum { DISCARD_MAX = 64 * 1024 };
static const double SLEEP_MAX_S = 0.2; /* so that a signal is noticed */

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

/* --- libcurl's callbacks --- */

static size_t on_header(char *line, size_t one, size_t size, void *context)
{
    struct transfer *t = context;
    (void)one;
    if (response_header(&t->response, line, size))
        return size;
    transfer_refuse(t, OUTCOME_PERMANENT, "the answer has more than 256 KiB of headers");
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
    while ((wait_s = rate_take(&t->session->shared->rate, t->host_rate, size)) > 0) {
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

static bool within_size(struct transfer *t, size_t size)
{
    uint64_t max_size = t->session->settings->max_size, upto = part_position(t->part) + size;
    const struct expect *e = transfer_expected(t);
    if (e->has_size && upto > e->size)
        transfer_refuse(t, OUTCOME_MISMATCH, "there are more than the %" PRIu64 " bytes of the list", e->size);
    if (max_size && upto > max_size)
        transfer_refuse(t, OUTCOME_PERMANENT, "there are more bytes than --max-size %" PRIu64, max_size);
    if (!t->whole && upto > t->end)
        transfer_refuse(t, OUTCOME_TRANSIENT, "there are more bytes than the range has");
    return t->outcome.kind == OUTCOME_PENDING;
}

static size_t on_content(char *data, size_t one, size_t size, void *context)
{
    struct transfer *t = context;
    (void)one;
    if (!transfer_admitted(t))
        return discard(t, size);
    if (!within_rate(t, size))
        return CURL_WRITEFUNC_PAUSE;
    t->outcome.bytes += size;
    atomic_fetch_add_explicit(&t->session->shared->received, size, memory_order_relaxed);
    active_add(t->active, size);
    if (within_size(t, size))
        transfer_take(t, data, size);
    return t->outcome.kind == OUTCOME_PENDING ? size : CURL_WRITEFUNC_ERROR;
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
        transfer_refuse(t, OUTCOME_PERMANENT, "the address is private, which --no-private forbids");
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0 && t->opened)
        t->opened(t->opened_context, fd);
    return fd;
}

static int on_request(void *context, char *to, char *from, int to_port, int from_port)
{
    struct transfer *t = context;
    (void)to, (void)from, (void)to_port, (void)from_port;
    tls_end_release(t->tls_end); /* of the hop before */
    t->tls_end = tls_end_of(t->easy);
    if (t->job->attempt.ramping)
        session_connected(t->session, t->job);
    return request_hop(t->easy, t->session, t->job, &t->condition) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
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
    curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
    if (t->wait == TRANSFER_SLEEPS) {
        curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    }
}

/* A place in the table of the progress bars, for as long as the transfer lives. */
static struct active *take_place(struct session_shared *shared)
{
    size_t i = atomic_fetch_add(&shared->n_active, 1);
    return i < ACTIVE_PLACES ? &shared->active[i] : NULL;
}

int transfer_create(struct session *s, enum transfer_wait wait, struct transfer **out)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (t) {
        t->session = s;
        t->wait = wait;
        t->easy = curl_easy_init();
    }
    if (!t || !t->easy || part_create(s->tree, s->ledger, (enum fsync_policy)s->settings->fsync, &t->part) != 0 ||
        hasher_create(&t->hasher) != 0 || piece_check_create(&t->pieces) != 0) {
        transfer_destroy(t);
        message_error("out of memory; use fewer --connections");
        return -ENOMEM;
    }
    if (progress_has_bars(s->settings))
        t->active = take_place(s->shared);
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
    tls_end_release(t->tls_end);
    piece_check_destroy(t->pieces);
    free(t->outcome.effective_url);
    free(t);
}

/* Our own look decides: libcurl asked in vain as well, so that two answers are agreed. Not where that took long: "no such name" is
 * an answer and comes soon, and others wait behind the second look. */
static bool has_no_such_name(const struct transfer *t)
{
    char *url = NULL;
    curl_off_t us = 0;
    if (curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us) == CURLE_OK && us > 2000000)
        return false;
    return !stop_signal() && curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url && address_no_such_name(url);
}

/* Only where libcurl failed and no callback knew the reason. */
static void judge_code(struct transfer *t, CURLcode code)
{
    const char *text = t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
    if (code == CURLE_OK)
        return;
    bool transient = retry_of_curl(code) && !(code == CURLE_SSL_CONNECT_ERROR && retry_is_refused_handshake(text));
    char why[CURL_ERROR_SIZE + 32];
    if (code == CURLE_COULDNT_RESOLVE_HOST && has_no_such_name(t)) {
        snprintf(why, sizeof why, "%s (there is no such name)", text);
        text = why;
        transient = false;
    }
    if (request_proxy_refusal(t->easy, &transient, why, sizeof why) != 0)
        text = why;
    long connects = 0;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    t->outcome.connection_failed = transient && connects == 0; /* a server that refused a new connection may serve an old one */
    if (code == CURLE_ABORTED_BY_CALLBACK && stop_signal())
        transfer_refuse(t, OUTCOME_STOPPED, "stopped");
    else if (t->response.status > 200 && t->response.status != 206 && transient)
        transfer_admitted(t); /* what the status says matters more than how the error page ended */
    transfer_refuse(t, transient ? OUTCOME_TRANSIENT : OUTCOME_PERMANENT, "%s", text);
}

/* The end of a TLS connection that its server did not announce is no end of a file, unless something else vouches for it. */
static bool was_cut_off(const struct transfer *t)
{
    const struct expect *e = transfer_expected(t);
    return t->tls_end && !tls_end_was_told(t->tls_end) && !t->response.has_length && !t->response.chunked && t->response.version < 2 &&
           !e->has_size && !e->hashes;
}

static void judge_content(struct transfer *t)
{
    char why[256] = "";
    const struct expect *e = transfer_expected(t);
    uint64_t got = t->outcome.bytes;
    if (!transfer_admitted(t))
        return;
    if (!t->whole && part_position(t->part) != t->end)
        transfer_refuse(t, OUTCOME_TRANSIENT, "%" PRIu64 " of %" PRIu64 " bytes of a range came", got, t->end - t->job->ask.begin);
    else if (t->by_pieces && piece_check_wrong(t->pieces)->n > 0)
        transfer_refuse_pieces(t);
    else if (!t->whole)
        return;
    else if (t->response.has_length && got != t->response.length)
        transfer_refuse(t, OUTCOME_TRANSIENT, "%" PRIu64 " of %" PRIu64 " bytes came", got, t->response.length);
    else if (e->has_size && got != e->size)
        transfer_refuse(t, OUTCOME_MISMATCH, "the size is %" PRIu64 " bytes, not %" PRIu64, got, e->size);
    else if (was_cut_off(t))
        transfer_refuse(t, OUTCOME_TRANSIENT, "the TLS connection was cut off after %" PRIu64 " bytes, and nothing tells how many there are", got);
    else if (hasher_check(t->hasher, e, why, sizeof why) != 0)
        transfer_refuse(t, OUTCOME_MISMATCH, "%s", why);
}

static void describe(struct transfer *t, CURLcode code)
{
    struct outcome *o = &t->outcome;
    char *url = NULL;
    long connects = 0;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    o->sign = retry_sign(code, t->response.status, connects == 0);
    o->http = t->response.status;
    o->length_known = t->response.has_length;
    o->retry_after_s = t->response.retry_after_s;
    memcpy(o->encoding, t->response.encoding, sizeof o->encoding);
    if (curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
        strcmp(url, t->job->entry->url[t->job->mirror]) != 0)
        o->effective_url = strdup(url);
}

/* What is right of the bytes from @begin to where they are claimed. */
static void note_kept(struct transfer *t, uint64_t begin)
{
    struct outcome *o = &t->outcome;
    const struct spans *wrong = piece_check_wrong(t->pieces);
    struct span right;
    uint64_t end = t->claimed;
    if (t->by_pieces) {
        o->n_wrong = wrong->n < PIECES_WRONG_MAX ? wrong->n : PIECES_WRONG_MAX;
        for (size_t i = 0; i < o->n_wrong; i++)
            o->wrong[i] = wrong->span[i];
        if (!spans_gap(wrong, begin, end, &right))
            end = begin;
    }
    if (end > begin) {
        o->kept_begin = begin;
        o->kept_end = end;
    }
}

int transfer_keep(struct transfer *t, uint64_t begin)
{
    int rc = part_write(t->part);
    if (rc == 0)
        rc = transfer_claim(t, true);
    note_kept(t, begin);
    return rc;
}

static bool gives_up(const struct outcome *o)
{
    return o->kind == OUTCOME_MISMATCH || o->range == RANGE_RESTART || o->range == RANGE_NEVER;
}

/* Leave what has come for another attempt, of this run or the next. */
static void salvage(struct transfer *t)
{
    struct outcome *o = &t->outcome;
    const struct ask *ask = &t->job->ask;
    bool begun = ask->kind == ASK_RANGE && !ask->first && !o->fresh;
    uint64_t begin = begun ? ask->begin : 0;
    int rc = !gives_up(o) && t->keepable && part_position(t->part) > begin ? transfer_keep(t, begin) : 0, more;
    if (rc != 0 && o->kind == OUTCOME_PART) {
        o->kind = OUTCOME_PENDING;
        transfer_refuse_writing(t, rc);
    }
    if (ask->shared || o->kept_end > o->kept_begin || (begun && !gives_up(o))) {
        more = part_keep(t->part);
    } else {
        more = t->noted ? ledger_drop(t->session->ledger, t->key) : 0;
        part_discard(t->part);
    }
    if (more != 0 && o->kind == OUTCOME_PART) {
        o->kind = OUTCOME_PENDING;
        transfer_refuse_writing(t, more);
    }
}

bool transfer_end(struct transfer *t, CURLcode code, struct ledger_batch *batch)
{
    struct outcome *o = &t->outcome;
    active_end(t->active);
    if (o->kind == OUTCOME_PENDING)
        judge_code(t, code);
    if (o->kind == OUTCOME_PENDING)
        judge_content(t);
    describe(t, code);
    if (o->kind == OUTCOME_KEPT)
        return true;
    if (o->kind == OUTCOME_PENDING && t->whole)
        return transfer_commit(t, batch);
    if (o->kind == OUTCOME_PENDING)
        o->kind = OUTCOME_PART;
    salvage(t);
    return true;
}

void transfer_stop(struct transfer *t)
{
    if (t->outcome.kind != OUTCOME_PENDING)
        return;
    transfer_refuse(t, OUTCOME_STOPPED, "stopped");
    active_end(t->active);
    salvage(t);
}

void transfer_perform(struct transfer *t, struct job *job)
{
    if (transfer_begin(t, job))
        transfer_end(t, curl_easy_perform(t->easy), NULL);
}

/* --- event loops --- */

bool transfer_begins_long(const struct transfer *t, const struct job *job)
{
    const struct settings *settings = t->session->settings;
    const struct expect *e = &job->entry->expect;
    bool reads = (e->hashes && job->ask.kind == ASK_FINISH) || ((e->hashes || e->pieces.n) && settings->verify);
    return reads || (job->ask.kind == ASK_FINISH && settings->fsync == FSYNC_FILE);
}

bool transfer_ends_long(const struct transfer *t, CURLcode code)
{
    return code == CURLE_COULDNT_RESOLVE_HOST || (t->session->settings->fsync == FSYNC_FILE && t->whole);
}

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
