/* How a transfer begins: what is there already, what is asked for; and the end of a file of which all is there. */
#include "io_bound/files/existing.h"
#include "io_bound/request.h"
#include "io_bound/tls_end.h"
#include "io_bound/transfer_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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

static int check_bytes(void *context, const void *data, size_t size)
{
    struct transfer *t = context;
    return piece_check_add(t->pieces, data, size);
}

static bool start_pieces(struct transfer *t)
{
    const struct expect *e = transfer_expected(t);
    return e->pieces.n > 0 && e->has_size && e->size > 0 && piece_check_start(t->pieces, &e->pieces, 0, e->size) == 0;
}

/* Of a file that no whole hash vouches for: are all of its pieces right? */
static bool pieces_are_right(struct transfer *t)
{
    const struct expect *e = transfer_expected(t);
    if (e->hashes || !start_pieces(t))
        return true;
    return existing_read(t->session->tree, t->job->entry, check_bytes, t) == 0 && piece_check_wrong(t->pieces)->n == 0 &&
           piece_check_upto(t->pieces) == e->size;
}

static bool existing_is_good(struct transfer *t)
{
    bool verify = t->session->settings->verify;
    bool right = existing_is_right(t->session->tree, t->job->entry, verify ? t->hasher : NULL, &t->outcome.verified) &&
                 (!verify || pieces_are_right(t));
    t->outcome.verified &= right;
    return right;
}

static int copy_bytes(void *context, const void *data, size_t size)
{
    struct transfer *t = context;
    int rc = piece_check_add(t->pieces, data, size);
    if (rc == 0)
        rc = part_add(t->part, data, size);
    return rc == 0 ? transfer_claim(t, false) : rc;
}

/*
 * A damaged file stands under the name (--verify): its right pieces make a beginning of the new one. True: they do, the wrong
 * ones are to be fetched. If there is no right piece, or none wrong (the file is too long, or
 * the list contradicts itself), all of it is fetched.
 */
static bool mend_existing(struct transfer *t)
{
    const struct expect *e = transfer_expected(t);
    struct outcome *o = &t->outcome;
    if (!start_pieces(t))
        return false;
    o->version = (struct version){ .has_total = true, .total = e->size };
    t->by_pieces = t->keepable = true;
    t->claimed = 0;
    part_announce(t->part, e->size);
    int rc = existing_read(t->session->tree, t->job->entry, copy_bytes, t);
    if (rc == 0)
        rc = transfer_keep(t, 0);
    bool all = o->n_wrong == 0 && o->kept_end == e->size;
    if (rc == 0 && !all && o->kept_end > o->kept_begin) {
        o->kind = OUTCOME_PART;
        o->mended = true;
        rc = part_keep(t->part);
    } else {
        if (rc == 0 && t->noted)
            rc = ledger_drop(t->session->ledger, t->key);
        part_restart(t->part);
        *o = (struct outcome){ .kind = OUTCOME_PENDING, .retry_after_s = -1 };
    }
    t->by_pieces = t->keepable = t->noted = false;
    if (rc != 0 && rc != -ENOENT) {
        o->kind = OUTCOME_PENDING;
        transfer_refuse_local(t, rc);
    }
    return o->kind != OUTCOME_PENDING;
}

/* Is the file there, so that nothing need be fetched? @version: of the file that is there, if an earlier run noted it. */
static bool keep_existing(struct transfer *t, struct version *version, bool *noted)
{
    const struct settings *settings = t->session->settings;
    const struct expect *e = transfer_expected(t);
    enum ledger_file known;
    uint64_t size = 0;
    int rc = settings->dry_run ? 0 : part_adopt(t->part, t->job->entry->out, t->key, version, &known, &size);
    if (settings->dry_run)
        known = LEDGER_UNKNOWN;
    *noted = rc == 0 && known != LEDGER_UNKNOWN;
    if (rc != 0)
        transfer_refuse_local(t, rc);
    else if (known == LEDGER_CURRENT && !settings->verify && (!settings->max_size || size <= settings->max_size))
        t->outcome.verified = e->has_size || e->hashes;
    else if ((!settings->verify && !settings->skip_existing) || !existing_is_good(t))
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
        transfer_refuse_local(t, rc);
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
        transfer_refuse_range(t, RANGE_RESTART, "what there was of the file has gone");
    else if (rc == 0)
        rc = hash_file(fd, transfer_expected(t), t->hasher, why, sizeof why);
    if (rc == -EDOM)
        transfer_refuse(t, OUTCOME_MISMATCH, "%s", why);
    else if (rc != 0)
        transfer_refuse_local(t, rc);
    if (t->outcome.kind == OUTCOME_PENDING) {
        transfer_commit(t, NULL);
        return;
    }
    rc = t->outcome.kind == OUTCOME_TRANSIENT ? 0 : ledger_drop(t->session->ledger, t->key);
    if (t->outcome.kind == OUTCOME_TRANSIENT && t->outcome.range == RANGE_GOOD)
        rc = part_keep(t->part);
    else
        part_discard(t->part);
    if (rc != 0)
        transfer_refuse_local(t, rc);
}

static void aim(struct transfer *t, const struct ask *ask, const struct version *noted)
{
    char range[48];
    bool part = ask->kind == ASK_RANGE;
    const char *validator = part && !ask->first && !ask->plain && !ask->by_hash ? version_validator(&ask->version) : NULL;
    if (part)
        snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, ask->begin, ask->end - 1);
    request_aim(t->easy, t->session, t->job);
    curl_easy_setopt(t->easy, CURLOPT_RANGE, part ? range : NULL); /* a stale one is silent corruption */
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
    if (!begun && !ask->anew && t->session->settings->verify && t->outcome.kind == OUTCOME_PENDING && mend_existing(t))
        return false;
    if (hasher_start(t->hasher, transfer_expected(t)->hashes) != 0)
        transfer_refuse(t, OUTCOME_LOCAL, "libcrypto refuses to compute a hash of the list");
    if (t->outcome.kind != OUTCOME_PENDING)
        return false;
    t->host_rate = request_host_rate(t->session, job);
    active_begin(t->active, t->key, job->entry->out);
    aim(t, ask, noted && !begun && t->session->settings->conditional ? &version : NULL);
    return true;
}

void transfer_hold(struct transfer *t, struct job *job)
{
    reset(t, job);
}
