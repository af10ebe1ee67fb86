#include "io_bound/files/assembly.h"

#include "io_bound/models/driver.h"
#include "io_bound/files/ledger.h"
#include "io_bound/files/spans.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 16 << 20,     /* one range of a shared file                                              */
    SPLIT_MIN = 32 << 20,       /* below this the further connections come too late to help                */
    PROGRESS_BYTES = 1 << 20,   /* an attempt that brought so much was no failure in vain                  */
    RESTARTS_WITH_RANGES = 2,   /* after so many beginnings the file is fetched in one piece               */
    RESTARTS_MAX = 4,           /* after so many it counts as a failure                                    */
};

enum state {
    OPEN,      /* ranges are handed out                                    */
    FINISHING, /* somebody checks it and gives it its name                 */
    STALE,     /* its bytes must be given up: the last to leave begins anew */
    ENDED,     /* it has come to its end; all leave                        */
};

struct assembly {
    pthread_mutex_t lock;
    enum state state;
    size_t users;           /* jobs that share it                               */
    size_t mirror;          /* the bytes are from here, and the version is      */
    bool mixed;             /* some are from another mirror: only the whole hash can tell whether they fit */
    struct version version; /* of the bytes; has_total                          */
    bool by_pieces;         /* piece hashes prove the bytes, wherever from      */
    bool plain;             /* ask without If-Range                             */
    bool never;             /* STALE: and ask for no range again                */
    bool unpinned;          /* the pinned URL does not answer any more          */
    struct spans done, taken; /* taken: done, or being fetched                  */
    uint64_t chunk;         /* longest range                                    */
    uint64_t received, resumed;
    unsigned failed;        /* attempts of all jobs */
    char *pinned;
};

/* Connections for one file. */
static uint64_t parts(const struct session *s)
{
    uint64_t n = driver_connections(s->settings);
    return s->settings->split < n ? s->settings->split : n;
}

/* --- beginning and end --- */

static struct assembly *create(const struct session *s, const struct job *job, const struct version *version)
{
    struct assembly *a = calloc(1, sizeof *a);
    const struct pieces *pieces = &job->entry->expect.pieces;
    if (!a)
        return NULL;
    *a = (struct assembly){ .users = 1, .failed = job->attempts - 1, .mirror = job->mirror, .version = *version, .by_pieces = pieces->n > 0, .chunk = UINT64_MAX };
    if (parts(s) > 1 && version->total >= SPLIT_MIN)
        a->chunk = CHUNK_BYTES;
    if (a->by_pieces && a->chunk != UINT64_MAX) /* whole pieces, so that each can be checked as it comes */
        a->chunk = pieces->length > a->chunk ? pieces->length : a->chunk - a->chunk % pieces->length;
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

static void destroy(struct assembly *a)
{
    spans_free(&a->done);
    spans_free(&a->taken);
    pthread_mutex_destroy(&a->lock);
    free(a->pinned);
    free(a);
}

bool assembly_leave(struct assembly *a)
{
    if (!a)
        return true;
    pthread_mutex_lock(&a->lock);
    bool last = --a->users == 0;
    pthread_mutex_unlock(&a->lock);
    if (last)
        destroy(a);
    return last;
}

/* One job fewer, unless @job is the last. */
static bool leave_others(struct job *job)
{
    struct assembly *a = job->assembly;
    pthread_mutex_lock(&a->lock);
    bool others = a->users > 1;
    a->users -= others;
    pthread_mutex_unlock(&a->lock);
    if (others)
        job->assembly = NULL;
    return others;
}

/* @job does without the bytes that are there, and so must the others. @failed: its last attempt did. */
static void detach(struct job *job, bool failed)
{
    pthread_mutex_lock(&job->assembly->lock);
    job->assembly->state = ENDED;
    job->attempts = job->assembly->failed + failed;
    job->received += job->assembly->received;
    pthread_mutex_unlock(&job->assembly->lock);
    assembly_leave(job->assembly);
    job->assembly = NULL;
}

/* --- what to ask for --- */

static bool joinable(const struct job *job, const struct version *v)
{
    const struct expect *e = &job->entry->expect;
    return v->has_total && v->total > 0 && (version_validator(v) || e->pieces.n > 0) && (!e->has_size || e->size == v->total);
}

/* Whether the list has what tells in the end if bytes of several servers make up the right file. */
static bool proves_mixture(const struct expect *e)
{
    return e->pieces.n > 0 || e->hashes;
}

/* Which of the URLs of the entry the bytes came from; n_urls: none of them. */
static size_t mirror_of(const struct entry *e, uint64_t url)
{
    size_t i = 0;
    while (i < e->n_urls && ledger_url(e->url[i]) != url)
        i++;
    return i;
}

/* The first attempt of this run: what did an earlier run leave? */
static void take_up(struct session *s, struct job *job)
{
    struct partial left;
    job->looked_back = true;
    if (s->settings->dry_run || !ledger_has_past(s->ledger) || !ledger_partial(s->ledger, ledger_key(job->entry), &left))
        return;
    size_t mirror = mirror_of(job->entry, left.url);
    bool fits = mirror == job->mirror || (mirror < job->entry->n_urls && proves_mixture(&job->entry->expect));
    bool usable = fits && joinable(job, &left.version) && tree_own_leavings(s->tree);
    struct assembly *a = usable ? create(s, job, &left.version) : NULL;
    if (a && spans_copy(&a->done, &left.spans) == 0 && spans_copy(&a->taken, &left.spans) == 0) {
        a->resumed = spans_bytes(&a->done);
        a->mirror = mirror;
        job->assembly = a;
    } else if (a) {
        destroy(a);
    }
    spans_free(&left.spans);
}

/*
 * Bytes of another server than the first: its file is another version, whatever it says of it, unless hashes prove what fits
 * together. Without hashes of pieces they do so in the end only, and by then a server that cannot serve ranges may have cost
 * others their bytes: so only the last connection may.
 */
static bool may_join(const struct job *job, const struct assembly *a)
{
    return a->mirror == job->mirror || a->by_pieces || (job->entry->expect.hashes && a->users == 1);
}

static void assign_range(struct job *job, struct assembly *a)
{
    struct span gap;
    bool elsewhere = a->mirror != job->mirror;
    uint64_t total = a->version.total;
    job->ask = (struct ask){ .kind = ASK_NOTHING, .plain = a->plain, .by_hash = a->by_pieces || elsewhere, .version = a->version, .shared = a->users > 1, .there = spans_bytes(&a->done) };
    if (!may_join(job, a)) {
        a->state = a->users > 1 || a->state == ENDED ? a->state : STALE;
        return;
    }
    if (a->state != OPEN)
        return;
    if (spans_gap(&a->taken, 0, total, &gap)) {
        job->ask.begin = gap.begin;
        job->ask.end = gap.end - gap.begin > a->chunk ? gap.begin + a->chunk : gap.end;
        if (spans_add(&a->taken, job->ask.begin, job->ask.end) == 0)
            job->ask.kind = ASK_RANGE;
        a->mixed |= elsewhere && !a->by_pieces;
    } else if (!spans_gap(&a->done, 0, total, &gap)) {
        job->ask.kind = ASK_FINISH;
        a->state = FINISHING;
    }
}

static void assign_anew(const struct session *s, struct job *job)
{
    const struct expect *e = &job->entry->expect;
    bool split = parts(s) > 1 && !job->whole_only && (!e->has_size || e->size >= SPLIT_MIN);
    job->ask = (struct ask){ .kind = split ? ASK_RANGE : ASK_WHOLE, .end = CHUNK_BYTES, .first = true, .anew = job->restarts > 0, .by_hash = e->pieces.n > 0 };
    if (split && e->pieces.n > 0)
        job->ask.end = e->pieces.length > CHUNK_BYTES ? e->pieces.length : CHUNK_BYTES - CHUNK_BYTES % e->pieces.length;
}

void assembly_assign(struct session *s, struct job *job)
{
    if (!job->looked_back)
        take_up(s, job);
    struct assembly *a = job->assembly;
    job->pinned = NULL;
    if (!a) {
        assign_anew(s, job);
        return;
    }
    pthread_mutex_lock(&a->lock);
    assign_range(job, a);
    if (a->mirror == job->mirror && !a->unpinned)
        job->pinned = a->pinned; /* lives as long as the assembly */
    pthread_mutex_unlock(&a->lock);
}

/* --- what came of it --- */

/* The first bytes of a file are there. @job gets an assembly of its own if they can be joined to others. */
static void found(struct session *s, struct job *job, const struct outcome *o)
{
    if (!joinable(job, &o->version) || o->kept_end <= o->kept_begin)
        return;
    job->assembly = create(s, job, &o->version);
    if (job->assembly && o->effective_url) /* further ranges are asked of the server that the first answer came from */
        job->assembly->pinned = strdup(o->effective_url);
}

/* Under the lock: what was assigned comes back, but for what was kept. */
static void give_back(struct assembly *a, const struct job *job, const struct outcome *o)
{
    if (o->fresh) { /* all that was there is gone */
        spans_free(&a->done);
        spans_free(&a->taken);
        a->version = o->version;
        a->unpinned |= a->mirror != job->mirror; /* the bytes are of this mirror now */
        a->mirror = job->mirror;
        a->resumed = 0;
        a->mixed = false;
    } else if (job->ask.kind == ASK_RANGE && !job->ask.first && spans_remove(&a->taken, job->ask.begin, job->ask.end) != 0) {
        a->state = STALE; /* out of memory */
    }
    if (spans_add(&a->done, o->kept_begin, o->kept_end) != 0 || spans_add(&a->taken, o->kept_begin, o->kept_end) != 0)
        a->state = STALE;
    for (size_t i = 0; i < o->n_wrong; i++)
        if (spans_remove(&a->done, o->wrong[i].begin, o->wrong[i].end) != 0 || spans_remove(&a->taken, o->wrong[i].begin, o->wrong[i].end) != 0)
            a->state = STALE;
    if (o->mended)
        a->resumed = spans_bytes(&a->done);
    a->received += o->bytes;
    a->plain |= o->range == RANGE_PLAIN;
    a->failed += o->kind != OUTCOME_PART && o->range == RANGE_GOOD; /* whatever else came is no failure to be told */
}

/* More connections for a file that has just turned out to be large enough; @job is its only one so far. */
static void invite(struct session *s, struct job *job)
{
    struct assembly *a = job->assembly;
    uint64_t left = a->version.total - spans_bytes(&a->done), chunks = (left + CHUNK_BYTES - 1) / CHUNK_BYTES;
    uint64_t n = parts(s) < chunks ? parts(s) : chunks;
    if (a->chunk == UINT64_MAX || n < 2)
        return;
    a->users = n; /* before any of them runs */
    for (uint64_t i = 1; i < n; i++)
        if (work_join(s->work, job) != 0)
            assembly_leave(a); /* no memory for it */
}

static void again(struct session *s, struct job *job)
{
    job->fresh_connection = false;
    work_retry(s->work, job, 0);
}

/* The bytes that are there belong to no file any more; @job is the only one to use them. */
static bool begin_anew(struct session *s, struct job *job, bool never)
{
    job->whole_only |= never || ++job->restarts >= RESTARTS_WITH_RANGES;
    bool enough = job->restarts > RESTARTS_MAX;
    if (job->assembly)
        detach(job, enough);
    if (enough)
        return false;
    again(s, job);
    return true;
}

static bool must_begin_anew(struct session *s, struct job *job, bool never)
{
    struct assembly *a = job->assembly;
    if (!a)
        return begin_anew(s, job, never);
    pthread_mutex_lock(&a->lock);
    a->state = a->state == ENDED ? ENDED : STALE;
    never = a->never |= never;
    pthread_mutex_unlock(&a->lock);
    if (!leave_others(job))
        return begin_anew(s, job, never);
    work_finish(s->work, job);
    return true;
}

/* Nothing was left to do for @job. The last that finds so while nobody has brought the file to its end begins anew. */
static bool leave(struct session *s, struct job *job)
{
    struct assembly *a = job->assembly;
    pthread_mutex_lock(&a->lock);
    bool ended = a->state == ENDED, never = a->never;
    pthread_mutex_unlock(&a->lock);
    if (!ended && !leave_others(job))
        return begin_anew(s, job, never);
    work_finish(s->work, job);
    return true;
}

/* What an attempt at a range brought; false: it failed as any attempt may. */
static bool take_in(struct session *s, struct job *job, const struct outcome *o, bool first)
{
    struct assembly *a = job->assembly;
    pthread_mutex_lock(&a->lock);
    bool unpin = o->kind == OUTCOME_PERMANENT && a->pinned && !a->unpinned;
    a->unpinned |= unpin;
    give_back(a, job, o);
    pthread_mutex_unlock(&a->lock);
    bool progress = o->kept_end - o->kept_begin >= PROGRESS_BYTES || (a->by_pieces && o->kept_end > o->kept_begin);
    if (progress && !o->fresh) /* who sends all of it anew each time may do so for ever */
        job->failures = job->rounds = 0; /* a large file that is cut now and then comes to its end */
    if (first)
        invite(s, job);
    if (o->kind != OUTCOME_PART && o->range != RANGE_PLAIN && !unpin)
        return false;
    again(s, job);
    return true;
}

/* All was there, but it could not be finished. Bytes of several servers or runs may not fit together: fetch all of it from one, now. */
static bool take_back(struct session *s, struct job *job, const struct outcome *o)
{
    bool unproved = job->assembly->mixed || (job->assembly->resumed > 0 && !job->assembly->by_pieces);
    if (o->kind != OUTCOME_TRANSIENT) {
        detach(job, true); /* its bytes are wrong, or the disk is */
        return o->kind == OUTCOME_MISMATCH && unproved && begin_anew(s, job, false);
    }
    pthread_mutex_lock(&job->assembly->lock);
    job->assembly->state = OPEN;
    pthread_mutex_unlock(&job->assembly->lock);
    return false;
}

bool assembly_settle(struct session *s, struct job *job, const struct outcome *o)
{
    bool first = !job->assembly;
    if (o->kind == OUTCOME_DONE || o->kind == OUTCOME_KEPT || o->kind == OUTCOME_PLANNED || o->kind == OUTCOME_STOPPED)
        return false;
    if (job->ask.kind == ASK_NOTHING)
        return leave(s, job);
    if (o->range == RANGE_RESTART || o->range == RANGE_NEVER)
        return must_begin_anew(s, job, o->range == RANGE_NEVER);
    if (job->ask.kind == ASK_FINISH)
        return take_back(s, job, o);
    if (o->fresh && job->assembly && !joinable(job, &o->version))
        detach(job, true);
    if (first)
        found(s, job, o);
    if (job->assembly)
        return take_in(s, job, o, first);
    return o->kind == OUTCOME_PART && begin_anew(s, job, true); /* a range that nothing can be joined to */
}

bool assembly_last_word(struct job *job, const struct outcome *o)
{
    struct assembly *a = job->assembly;
    bool failed = o->kind > OUTCOME_PART && o->kind != OUTCOME_LOCAL && o->kind != OUTCOME_STOPPED;
    if (!a)
        return true;
    pthread_mutex_lock(&a->lock);
    bool others = failed && a->users > 1 && a->state != ENDED, last = !others && a->state != ENDED;
    a->users -= others; /* in one step with the look at them, or two could leave it to each other */
    a->state = last ? ENDED : a->state;
    pthread_mutex_unlock(&a->lock);
    if (others)
        job->assembly = NULL;
    return last;
}

void assembly_total(struct job *job, struct outcome *o)
{
    struct assembly *a = job->assembly;
    if (o->n_wrong > 0 && o->kind == OUTCOME_TRANSIENT)
        o->kind = OUTCOME_MISMATCH; /* and nobody else had it */
    o->bytes += job->received;
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    if (o->kind > OUTCOME_PART && o->kind != OUTCOME_STOPPED)
        o->bytes = job->received; /* those of the last attempt have been given back */
    o->bytes += a->received;
    o->resumed_from = a->resumed;
    job->attempts = a->failed + (o->kind <= OUTCOME_KEPT);
    pthread_mutex_unlock(&a->lock);
}
