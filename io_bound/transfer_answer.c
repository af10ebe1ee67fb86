/* A transfer's verdicts, the answer before its first byte of content, and where the content goes. */
#include "io_bound/transfer_internal.h"

#include "common/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CLAIM_BYTES = 4 << 20 }; /* how much of a file kill -9 may cost */

/* --- verdicts: the first one stands --- */

void transfer_refuse(struct transfer *t, enum outcome_kind kind, const char *format, ...)
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
void transfer_refuse_local(struct transfer *t, int rc)
{
    if (rc == -EEXIST)
        transfer_refuse(t, OUTCOME_LOCAL, "another run is fetching this file, or one that was killed left its .part behind");
    else if (rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM)
        transfer_refuse(t, OUTCOME_TRANSIENT, "cannot be written: %s", strerror(-rc));
    else
        transfer_refuse(t, OUTCOME_LOCAL, "cannot be written: %s", strerror(-rc));
    t->outcome.halt = rc == -ENOSPC || rc == -EDQUOT || rc == -EIO || rc == -EROFS;
}

/* What is there of the file cannot be gone on with. */
void transfer_refuse_range(struct transfer *t, enum range_verdict verdict, const char *why)
{
    t->outcome.range = verdict;
    transfer_refuse(t, OUTCOME_TRANSIENT, "%s", why);
}

/* The file has its name, or could not get it. */
static void named(struct transfer *t, int rc)
{
    struct outcome *o = &t->outcome;
    if (rc != 0) {
        transfer_refuse_local(t, rc);
        return;
    }
    o->kind = OUTCOME_DONE;
    o->verified = transfer_expected(t)->has_size || transfer_expected(t)->hashes;
}

bool transfer_commit(struct transfer *t, struct ledger_batch *batch)
{
    int rc = part_commit(t->part, t->key, &t->outcome.version, batch);
    if (rc != PART_UNNAMED)
        named(t, rc);
    return rc != PART_UNNAMED;
}

void transfer_name(struct transfer *t, int recorded)
{
    named(t, part_name(t->part, recorded));
}

void transfer_refuse_writing(struct transfer *t, int rc)
{
    if (rc == -ENOENT && t->noted)
        transfer_refuse_range(t, RANGE_RESTART, "what there was of the file has gone");
    else
        transfer_refuse_local(t, rc);
}

/* --- the answer, judged once: before the first byte of content, or at the end of an empty one --- */

static uint64_t known_total(const struct transfer *t)
{
    const struct version *v = &t->outcome.version;
    return v->has_total ? v->total : transfer_expected(t)->has_size ? transfer_expected(t)->size : 0;
}

/* Bytes will come from @begin on. */
static void expect_content(struct transfer *t, uint64_t begin)
{
    const struct pieces *pieces = &transfer_expected(t)->pieces;
    const struct version *v = &t->outcome.version;
    uint64_t total = known_total(t);
    t->by_pieces = pieces->n > 0 && total > 0 && piece_check_start(t->pieces, pieces, begin, total) == 0;
    bool known = v->has_total && (version_validator(v) || t->by_pieces) && !t->response.encoding[0];
    t->keepable = known || t->noted; /* noted: its first bytes were of a known version, and this is the same */
    t->claimed = begin;
    active_expect(t->active, total, begin == 0 ? 0 : t->job->ask.there);
    if (begin == 0 && !t->noted)
        part_announce(t->part, total);
}

/* The whole file, from its first byte, whatever was asked for. */
static enum outcome_kind admit_whole(struct transfer *t, char *why, size_t why_size)
{
    enum outcome_kind kind = response_admit(&t->response, transfer_expected(t), t->session->settings->max_size, why, why_size);
    const struct ask *ask = &t->job->ask;
    if (kind != OUTCOME_DONE)
        return kind;
    t->whole = true;
    if (ask->kind == ASK_RANGE && !ask->first) { /* what is there is of another version: this is a new file */
        int rc = ledger_drop(t->session->ledger, t->key);
        if (rc != 0)
            transfer_refuse_local(t, rc);
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
    enum outcome_kind kind = response_admit(&full, transfer_expected(t), t->session->settings->max_size, why, why_size);
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
    transfer_refuse_range(t, verdict == RANGE_WHOLE ? RANGE_NEVER : verdict, why);
    return OUTCOME_TRANSIENT;
}

/* --reject-type. Only of answers that would make a file: the page of an error is told by its status. */
static bool refuses_type(struct transfer *t)
{
    const struct option_values *types = &t->session->settings->reject_types;
    char shown[sizeof t->response.type + 64];
    bool refused = false;
    for (size_t i = 0; i < types->count && t->response.status / 100 == 2; i++)
        refused |= response_is_of_type(&t->response, types->value[i]);
    if (refused)
        transfer_refuse(t, OUTCOME_PERMANENT, "the content is of type %s, which --reject-type refuses",
                        message_printable(t->response.type, shown, sizeof shown));
    return refused;
}

bool transfer_admitted(struct transfer *t)
{
    char why[256] = "";
    if (t->answered)
        return t->outcome.kind == OUTCOME_PENDING;
    t->answered = true;
    t->outcome.version = response_version(&t->response);
    if (refuses_type(t))
        return false;
    if (t->response.status == 304 && t->condition.data) {
        t->outcome.kind = OUTCOME_KEPT;
        return false;
    }
    enum outcome_kind kind = t->job->ask.kind == ASK_RANGE ? admit_range(t, why, sizeof why) : admit_whole(t, why, sizeof why);
    if (kind != OUTCOME_DONE)
        transfer_refuse(t, kind, "%s", why);
    return kind == OUTCOME_DONE;
}

/* --- the content --- */

/* The bytes up to @upto, but for those of wrong pieces. */
static int claim(struct transfer *t, uint64_t upto)
{
    static const struct spans none;
    const struct spans *wrong = t->by_pieces ? piece_check_wrong(t->pieces) : &none;
    struct span right;
    int rc = 0;
    for (uint64_t at = t->claimed; rc == 0 && spans_gap(wrong, at, upto, &right); at = right.end)
        rc = ledger_claim(t->session->ledger, t->key, right.begin, right.end, false);
    return rc;
}

/* Tell the ledger of what is in the file by now. @all: however little. */
/* How far what is written counts as kept. Of wrong stretches only so many are told of, so nothing behind the next one counts. */
static uint64_t kept_upto(const struct transfer *t)
{
    uint64_t upto = part_written(t->part);
    if (!t->by_pieces)
        return upto;
    const struct spans *wrong = piece_check_wrong(t->pieces);
    uint64_t checked = piece_check_upto(t->pieces);
    upto = checked < upto ? checked : upto;
    if (wrong->n > PIECES_WRONG_MAX && wrong->span[PIECES_WRONG_MAX].begin < upto)
        upto = wrong->span[PIECES_WRONG_MAX].begin;
    return upto;
}

int transfer_claim(struct transfer *t, bool all)
{
    uint64_t upto = kept_upto(t);
    struct ledger *l = t->session->ledger;
    if (!t->keepable || upto <= t->claimed || (!all && upto - t->claimed < CLAIM_BYTES))
        return 0;
    int rc = t->noted ? 0 : ledger_begin(l, t->key, t->job->entry->url[t->job->mirror], &t->outcome.version);
    t->noted |= rc == 0;
    if (rc == 0)
        rc = claim(t, upto);
    if (rc == 0)
        t->claimed = upto;
    return rc;
}

void transfer_refuse_pieces(struct transfer *t)
{
    const struct spans *wrong = piece_check_wrong(t->pieces);
    uint64_t bytes = spans_bytes(wrong), first = wrong->span[0].begin;
    t->outcome.wrong[0] = wrong->span[0];
    t->outcome.n_wrong = 1; /* at least; all of them where bytes are kept */
    if (bytes <= transfer_expected(t)->pieces.length)
        transfer_refuse(t, OUTCOME_TRANSIENT, "the piece at byte %" PRIu64 " is wrong", first);
    else
        transfer_refuse(t, OUTCOME_TRANSIENT, "pieces of %" PRIu64 " bytes are wrong, the first at byte %" PRIu64, bytes, first);
}

/* Bytes behind a wrong piece are as good as any; but who is wrong all over is not heard to the end. */
static int check_pieces(struct transfer *t, const char *data, size_t size)
{
    int rc = piece_check_add(t->pieces, data, size);
    if (rc == 0 && piece_check_is_hopeless(t->pieces))
        transfer_refuse_pieces(t);
    return rc;
}

void transfer_take(struct transfer *t, const char *data, size_t size)
{
    if (t->whole)
        hasher_add(t->hasher, data, size);
    int rc = t->by_pieces ? check_pieces(t, data, size) : 0;
    if (rc == 0)
        rc = part_add(t->part, data, size);
    if (rc == 0)
        rc = transfer_claim(t, false);
    if (rc != 0)
        transfer_refuse_writing(t, rc);
}
