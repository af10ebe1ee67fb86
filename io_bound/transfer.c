#include "io_bound/transfer.h"

#include "common/clock.h"
#include "common/message.h"
#include "io_bound/address.h"
#include "io_bound/existing.h"
#include "io_bound/part.h"
#include "io_bound/piece_check.h"
#include "io_bound/request.h"
#include "io_bound/response.h"
#include "io_bound/retry.h"
#include "io_bound/stop.h"
#include "io_bound/tls_end.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DISCARD_MAX = 64 * 1024,  /* an error page longer than this is not worth its bytes: the connection is dropped instead */
    CLAIM_BYTES = 4 << 20,    /* how much of a file kill -9 may cost                                                      */
};
static const double SLEEP_MAX_S = 0.2; /* so that a signal is noticed */

struct transfer {
    struct session *session;
    enum transfer_wait wait;
    CURL *easy;
    struct part *part;
    struct hasher *hasher;
    struct job *job;
    struct rate *host_rate; /* NULL: none */
    struct response response;
    struct tls_end *tls_end; /* of the connection in use; NULL: in the clear */
    bool answered; /* the answer was judged; outcome.kind says how if it was refused */
    uint64_t discarded;
    uint64_t key;            /* of the entry in the ledger                                     */
    bool whole;              /* the file comes in order from its first byte to its last        */
    bool keepable;           /* what has come can be gone on with                              */
    bool noted;              /* the ledger knows the version of what is being written          */
    bool by_pieces;          /* the pieces are checked as they come                            */
    uint64_t end;            /* !whole: where the range ends                                   */
    uint64_t claimed;        /* the ledger knows of the bytes up to here                       */
    struct piece_check *pieces;
    struct curl_slist condition; /* a header line before those of the session                  */
    char condition_text[ETAG_MAX + 32];
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

/* This machine's fault. Some of them every further file would meet, others pass. */
static void refuse_local(struct transfer *t, int rc)
{
    if (rc == -EEXIST)
        refuse(t, OUTCOME_LOCAL, "another run is fetching this file, or one that was killed left its .part behind");
    else if (rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM)
        refuse(t, OUTCOME_TRANSIENT, "cannot be written: %s", strerror(-rc));
    else
        refuse(t, OUTCOME_LOCAL, "cannot be written: %s", strerror(-rc));
    t->outcome.halt = rc == -ENOSPC || rc == -EDQUOT || rc == -EIO || rc == -EROFS;
}

/* What is there of the file cannot be gone on with. */
static void refuse_range(struct transfer *t, enum range_verdict verdict, const char *why)
{
    t->outcome.range = verdict;
    refuse(t, OUTCOME_TRANSIENT, "%s", why);
}

static void commit(struct transfer *t)
{
    struct outcome *o = &t->outcome;
    int rc = part_commit(t->part, t->key, &o->version);
    if (rc != 0) {
        refuse_local(t, rc);
        return;
    }
    o->kind = OUTCOME_DONE;
    o->verified = expected(t)->has_size || expected(t)->hashes;
}

static void refuse_writing(struct transfer *t, int rc)
{
    if (rc == -ENOENT && t->noted)
        refuse_range(t, RANGE_RESTART, "what there was of the file has gone");
    else
        refuse_local(t, rc);
}

/* --- the answer, judged once: before the first byte of content, or at the end of an empty one --- */

static uint64_t known_total(const struct transfer *t)
{
    const struct version *v = &t->outcome.version;
    return v->has_total ? v->total : expected(t)->has_size ? expected(t)->size : 0;
}

/* Bytes will come from @begin on. */
static void expect_content(struct transfer *t, uint64_t begin)
{
    const struct pieces *pieces = &expected(t)->pieces;
    const struct version *v = &t->outcome.version;
    uint64_t total = known_total(t);
    t->by_pieces = pieces->n > 0 && total > 0 && piece_check_start(t->pieces, pieces, begin, total) == 0;
    bool known = v->has_total && (version_validator(v) || t->by_pieces) && !t->response.encoding[0];
    t->keepable = known || t->noted; /* noted: its first bytes were of a known version, and this is the same */
    t->claimed = begin;
    if (begin == 0 && !t->noted)
        part_announce(t->part, total);
}

/* The whole file, from its first byte, whatever was asked for. */
static enum outcome_kind admit_whole(struct transfer *t, char *why, size_t why_size)
{
    enum outcome_kind kind = response_admit(&t->response, expected(t), t->session->settings->max_size, why, why_size);
    const struct ask *ask = &t->job->ask;
    if (kind != OUTCOME_DONE)
        return kind;
    t->whole = true;
    if (ask->kind == ASK_RANGE && !ask->first) { /* what is there is of another version: this is a new file */
        int rc = ledger_drop(t->session->ledger, t->key);
        if (rc != 0)
            refuse_local(t, rc);
        part_restart(t->part);
        t->outcome.fresh = true;
        t->noted = false;
    }
    expect_content(t, 0);
    return t->outcome.kind == OUTCOME_PENDING ? OUTCOME_DONE : t->outcome.kind;
}

static enum outcome_kind admit_part(struct transfer *t, char *why, size_t why_size)
{
    const struct ask *ask = &t->job->ask;
    struct response full = t->response; /* as if all of it came: the size is judged in the same way */
    full.status = 200;
    full.has_length = true;
    full.length = t->response.range_total;
    enum outcome_kind kind = response_admit(&full, expected(t), t->session->settings->max_size, why, why_size);
    t->end = t->response.last + 1;
    t->whole = ask->first && t->end == full.length;
    if (kind == OUTCOME_DONE)
        expect_content(t, ask->begin);
    return kind;
}

static enum outcome_kind admit_range(struct transfer *t, char *why, size_t why_size)
{
    const struct ask *ask = &t->job->ask;
    enum range_verdict verdict = response_range(&t->response, ask, why, why_size);
    if (verdict == RANGE_GOOD)
        return admit_part(t, why, why_size);
    if (verdict == RANGE_REFUSED || (verdict == RANGE_WHOLE && !ask->shared))
        return admit_whole(t, why, why_size);
    refuse_range(t, verdict == RANGE_WHOLE ? RANGE_NEVER : verdict, why);
    return OUTCOME_TRANSIENT;
}

static bool admitted(struct transfer *t)
{
    char why[256] = "";
    if (t->answered)
        return t->outcome.kind == OUTCOME_PENDING;
    t->answered = true;
    t->outcome.version = response_version(&t->response);
    if (t->response.status == 304 && t->condition.data) {
        t->outcome.kind = OUTCOME_KEPT;
        return false;
    }
    enum outcome_kind kind = t->job->ask.kind == ASK_RANGE ? admit_range(t, why, sizeof why) : admit_whole(t, why, sizeof why);
    if (kind != OUTCOME_DONE)
        refuse(t, kind, "%s", why);
    return kind == OUTCOME_DONE;
}

/* --- the content --- */

/* Tell the ledger of what is in the file by now. @all: however little. */
static int claim(struct transfer *t, bool all)
{
    uint64_t upto = part_written(t->part), right = t->by_pieces ? piece_check_right(t->pieces) : upto;
    struct ledger *l = t->session->ledger;
    upto = right < upto ? right : upto;
    if (!t->keepable || upto <= t->claimed || (!all && upto - t->claimed < CLAIM_BYTES))
        return 0;
    int rc = t->noted ? 0 : ledger_begin(l, t->key, t->job->entry->url[t->job->mirror], &t->outcome.version);
    t->noted |= rc == 0;
    if (rc == 0)
        rc = ledger_claim(l, t->key, t->claimed, upto, false);
    if (rc == 0)
        t->claimed = upto;
    return rc;
}

static void take(struct transfer *t, const char *data, size_t size)
{
    if (t->whole)
        hasher_add(t->hasher, data, size);
    if (t->by_pieces && piece_check_add(t->pieces, data, size) != 0)
        refuse(t, OUTCOME_TRANSIENT, "the piece at byte %" PRIu64 " is wrong", piece_check_right(t->pieces));
    int rc = part_add(t->part, data, size);
    if (rc == 0)
        rc = claim(t, false);
    if (rc != 0)
        refuse_writing(t, rc);
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
    const struct expect *e = expected(t);
    if (e->has_size && upto > e->size)
        refuse(t, OUTCOME_MISMATCH, "there are more than the %" PRIu64 " bytes of the list", e->size);
    if (max_size && upto > max_size)
        refuse(t, OUTCOME_PERMANENT, "there are more bytes than --max-size %" PRIu64, max_size);
    if (!t->whole && upto > t->end)
        refuse(t, OUTCOME_TRANSIENT, "there are more bytes than the range has");
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
    if (within_size(t, size))
        take(t, data, size);
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
        refuse(t, OUTCOME_PERMANENT, "the address is private, which --no-private forbids");
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

static void reset(struct transfer *t, struct job *job)
{
    free(t->outcome.effective_url);
    tls_end_release(t->tls_end);
    t->tls_end = NULL;
    t->outcome = (struct outcome){ .kind = OUTCOME_PENDING, .retry_after_s = -1 };
    t->job = job;
    t->key = ledger_key(job->entry);
    t->answered = t->whole = t->keepable = t->by_pieces = false;
    t->noted = job->ask.kind == ASK_RANGE && !job->ask.first;
    t->condition.data = NULL;
    t->discarded = 0;
    t->resume_s = 0;
    t->curl_error[0] = '\0';
    response_reset(&t->response);
}

/* A condition of the request, as a header line. */
static void set_condition(struct transfer *t, const char *name, const char *value)
{
    snprintf(t->condition_text, sizeof t->condition_text, "%s: %s", name, value);
    t->condition.data = t->condition_text;
    t->condition.next = t->session->headers;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, &t->condition);
}

/* Is the file there, so that nothing need be fetched? @version: of the file that is there, if an earlier run noted it. */
static bool keep_existing(struct transfer *t, struct version *version, bool *noted)
{
    const struct settings *settings = t->session->settings;
    const struct expect *e = expected(t);
    enum ledger_file known;
    uint64_t size = 0;
    int rc = settings->dry_run ? 0 : part_adopt(t->part, t->job->entry->out, t->key, version, &known, &size);
    if (settings->dry_run)
        known = LEDGER_UNKNOWN;
    *noted = rc == 0 && known != LEDGER_UNKNOWN;
    if (rc != 0)
        refuse_local(t, rc);
    else if (known == LEDGER_CURRENT && !settings->verify && (!settings->max_size || size <= settings->max_size))
        t->outcome.verified = e->has_size || e->hashes;
    else if ((!settings->verify && !settings->skip_existing) ||
             !existing_is_right(t->session->tree, t->job->entry, settings->verify ? t->hasher : NULL, &t->outcome.verified))
        return false;
    if (t->outcome.kind == OUTCOME_PENDING)
        t->outcome.kind = OUTCOME_KEPT;
    return true;
}

/* Make way for a new temporary file, and have the ledger forget the old one before a byte is written. */
static void begin_new(struct transfer *t, const struct ask *ask)
{
    struct partial left = { .url = 0 };
    bool stale = ask->anew || ledger_partial(t->session->ledger, t->key, &left);
    int rc = stale ? ledger_drop(t->session->ledger, t->key) : 0;
    spans_free(&left.spans);
    if (rc != 0)
        refuse_local(t, rc);
    if (ask->anew) { /* it is this run's own */
        part_continue(t->part, t->job->entry->out, 0, 0);
        part_restart(t->part);
    } else {
        part_begin(t->part, t->job->entry->out);
    }
}

/* All of it is there, out of order: check it, give it its name. */
static void finish(struct transfer *t)
{
    const struct ask *ask = &t->job->ask;
    char why[256] = "";
    part_continue(t->part, t->job->entry->out, ask->version.total, ask->version.total);
    t->outcome.version = ask->version;
    int fd = part_open(t->part), rc = fd < 0 ? fd : 0;
    if (rc == -ENOENT)
        refuse_range(t, RANGE_RESTART, "what there was of the file has gone");
    else if (rc == 0)
        rc = hash_file(fd, expected(t), t->hasher, why, sizeof why);
    if (rc == -EDOM)
        refuse(t, OUTCOME_MISMATCH, "%s", why);
    else if (rc != 0)
        refuse_local(t, rc);
    if (t->outcome.kind == OUTCOME_PENDING) {
        commit(t);
        return;
    }
    rc = t->outcome.kind == OUTCOME_TRANSIENT ? 0 : ledger_drop(t->session->ledger, t->key);
    if (t->outcome.kind == OUTCOME_TRANSIENT && t->outcome.range == RANGE_GOOD)
        rc = part_keep(t->part);
    else
        part_discard(t->part);
    if (rc != 0)
        refuse_local(t, rc);
}

static void aim(struct transfer *t, const struct ask *ask, const struct version *noted)
{
    char range[48];
    const char *validator = ask->kind == ASK_RANGE && !ask->first && !ask->plain && !ask->by_pieces ? version_validator(&ask->version) : NULL;
    snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, ask->begin, ask->end - 1);
    request_aim(t->easy, t->session, t->job);
    curl_easy_setopt(t->easy, CURLOPT_RANGE, ask->kind == ASK_RANGE ? range : NULL); /* a stale one is silent corruption */
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->session->headers);
    if (validator)
        set_condition(t, "If-Range", validator);
    else if (noted && noted->etag[0])
        set_condition(t, "If-None-Match", noted->etag);
    else if (noted && noted->modified[0])
        set_condition(t, "If-Modified-Since", noted->modified);
}

bool transfer_begin(struct transfer *t, struct job *job)
{
    const struct ask *ask = &job->ask;
    struct version version;
    bool noted = false, begun = ask->kind == ASK_RANGE && !ask->first;
    reset(t, job);
    if (ask->kind == ASK_NOTHING)
        t->outcome.kind = OUTCOME_PART;
    else if (ask->kind == ASK_FINISH)
        finish(t);
    else if (!ask->shared && keep_existing(t, &version, &noted))
        return false;
    else if (t->session->settings->dry_run)
        t->outcome.kind = OUTCOME_PLANNED;
    if (t->outcome.kind != OUTCOME_PENDING)
        return false;
    if (begun)
        part_continue(t->part, job->entry->out, ask->begin, ask->version.total);
    else
        begin_new(t, ask);
    if (hasher_start(t->hasher, expected(t)->hashes) != 0)
        refuse(t, OUTCOME_LOCAL, "libcrypto refuses to compute a hash of the list");
    if (t->outcome.kind != OUTCOME_PENDING)
        return false;
    t->host_rate = request_host_rate(t->session, job);
    aim(t, ask, noted && !begun && t->session->settings->conditional ? &version : NULL);
    return true;
}

/* Only where libcurl failed and no callback knew the reason. */
static void judge_code(struct transfer *t, CURLcode code)
{
    const char *text = t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
    if (code == CURLE_OK)
        return;
    bool transient = retry_of_curl(code) && !(code == CURLE_SSL_CONNECT_ERROR && retry_is_refused_handshake(text));
    char why[128];
    if (request_proxy_refusal(t->easy, &transient, why, sizeof why) != 0)
        text = why;
    long connects = 0;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    t->outcome.connection_failed = transient && connects == 0; /* a server that refused a new connection may serve an old one */
    if (code == CURLE_ABORTED_BY_CALLBACK && stop_signal())
        refuse(t, OUTCOME_STOPPED, "stopped");
    else if (t->response.status > 200 && t->response.status != 206 && transient)
        admitted(t); /* what the status says matters more than how the error page ended */
    refuse(t, transient ? OUTCOME_TRANSIENT : OUTCOME_PERMANENT, "%s", text);
}

/* The end of a TLS connection that its server did not announce is no end of a file, unless something else vouches for it. */
static bool was_cut_off(const struct transfer *t)
{
    const struct expect *e = expected(t);
    return t->tls_end && !tls_end_was_told(t->tls_end) && !t->response.has_length && !t->response.chunked && t->response.version < 2 &&
           !e->has_size && !e->hashes;
}

static void judge_content(struct transfer *t)
{
    char why[256] = "";
    const struct expect *e = expected(t);
    uint64_t got = t->outcome.bytes;
    if (!admitted(t))
        return;
    if (!t->whole && part_position(t->part) != t->end)
        refuse(t, OUTCOME_TRANSIENT, "%" PRIu64 " of %" PRIu64 " bytes of a range came", got, t->end - t->job->ask.begin);
    else if (!t->whole)
        return;
    else if (t->response.has_length && got != t->response.length)
        refuse(t, OUTCOME_TRANSIENT, "%" PRIu64 " of %" PRIu64 " bytes came", got, t->response.length);
    else if (e->has_size && got != e->size)
        refuse(t, OUTCOME_MISMATCH, "the size is %" PRIu64 " bytes, not %" PRIu64, got, e->size);
    else if (was_cut_off(t))
        refuse(t, OUTCOME_TRANSIENT, "the TLS connection was cut off after %" PRIu64 " bytes, and nothing tells how many there are", got);
    else if (hasher_check(t->hasher, e, why, sizeof why) != 0)
        refuse(t, OUTCOME_MISMATCH, "%s", why);
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

/* Write what has come and tell the ledger and the outcome of it. */
static int keep(struct transfer *t, uint64_t begin)
{
    int rc = part_write(t->part);
    if (rc == 0)
        rc = claim(t, true);
    if (t->claimed > begin) {
        t->outcome.kept_begin = begin;
        t->outcome.kept_end = t->claimed;
    }
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
    int rc = !gives_up(o) && t->keepable && part_position(t->part) > begin ? keep(t, begin) : 0, more;
    if (rc != 0 && o->kind == OUTCOME_PART) {
        o->kind = OUTCOME_PENDING;
        refuse_writing(t, rc);
    }
    if (ask->shared || o->kept_end > o->kept_begin || (begun && !gives_up(o))) {
        more = part_keep(t->part);
    } else {
        more = t->noted ? ledger_drop(t->session->ledger, t->key) : 0;
        part_discard(t->part);
    }
    if (more != 0 && o->kind == OUTCOME_PART) {
        o->kind = OUTCOME_PENDING;
        refuse_writing(t, more);
    }
}

void transfer_end(struct transfer *t, CURLcode code)
{
    struct outcome *o = &t->outcome;
    if (o->kind == OUTCOME_PENDING)
        judge_code(t, code);
    if (o->kind == OUTCOME_PENDING)
        judge_content(t);
    describe(t, code);
    if (o->kind == OUTCOME_KEPT)
        return;
    if (o->kind == OUTCOME_PENDING && t->whole) {
        commit(t);
        return;
    }
    if (o->kind == OUTCOME_PENDING)
        o->kind = OUTCOME_PART;
    salvage(t);
}

void transfer_stop(struct transfer *t)
{
    if (t->outcome.kind != OUTCOME_PENDING)
        return;
    refuse(t, OUTCOME_STOPPED, "stopped");
    salvage(t);
}

void transfer_perform(struct transfer *t, struct job *job)
{
    if (transfer_begin(t, job))
        transfer_end(t, curl_easy_perform(t->easy));
}

/* --- event loops --- */

void transfer_hold(struct transfer *t, struct job *job)
{
    reset(t, job);
}

bool transfer_begins_long(const struct transfer *t, const struct job *job)
{
    const struct settings *settings = t->session->settings;
    bool reads = job->entry->expect.hashes && (job->ask.kind == ASK_FINISH || settings->verify);
    return reads || (job->ask.kind == ASK_FINISH && settings->fsync == FSYNC_FILE);
}

bool transfer_ends_long(const struct transfer *t)
{
    return t->session->settings->fsync == FSYNC_FILE && t->whole;
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
