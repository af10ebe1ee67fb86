#ifndef PARKIT_TRANSFER_H
#define PARKIT_TRANSFER_H
/*
 * One file at a time from one connection, the same for every model: what stands in the folder
 * already, the request, the checks of the answer before its first byte is written, the writing under
 * a temporary name, size and hashes, the final name, and a verdict.
 *
 * A transfer keeps its libcurl handle, so its connection, for the next job. Not thread-safe: one
 * thread at a time.
 */
#include "io_bound/session.h"

struct transfer;

/* How a transfer waits where it must: by sleeping in its thread, or by pausing in an event loop. */
enum transfer_wait { TRANSFER_SLEEPS, TRANSFER_PAUSES };

/** transfer_create() - @s is borrowed. 0, or a negative errno value after a message. */
int transfer_create(struct session *s, enum transfer_wait wait, struct transfer **out)
    __attribute__((warn_unused_result));
void transfer_destroy(struct transfer *t); /* accepts NULL; what it has begun is discarded */

/** transfer_perform() - from begin to end, in this thread. */
void transfer_perform(struct transfer *t, struct job *job);

/**
 * transfer_begin() - ready transfer_easy() for @job (borrowed until the end).
 * Returns true: have libcurl perform it, then call transfer_end(); false: the outcome stands already.
 */
bool transfer_begin(struct transfer *t, struct job *job);

/** transfer_hold() - take @job without beginning it, only to be stopped. */
void transfer_hold(struct transfer *t, struct job *job);

/** transfer_begins_long(), transfer_ends_long() - whether that reads, or waits for the disk or a resolver for long, which no event loop can afford. */
bool transfer_begins_long(const struct transfer *t, const struct job *job);
bool transfer_ends_long(const struct transfer *t, CURLcode code);

/**
 * transfer_end() - libcurl came to an end with @code: check, commit or discard.
 *
 * @batch: NULL, or where records of the ledger may be gathered, so that many files take one write.
 * Returns true: the outcome stands; false (only with @batch): call ledger_write() for it, then transfer_name().
 */
bool transfer_end(struct transfer *t, CURLcode code, struct ledger_batch *batch);

/** transfer_name() - the end of a file that only lacks its name. @recorded: what ledger_write() returned. */
void transfer_name(struct transfer *t, int recorded);

/** transfer_stop() - give up what was begun and has not ended, because the run ends. */
void transfer_stop(struct transfer *t);

CURL *transfer_easy(struct transfer *t);
struct job *transfer_job(struct transfer *t);
const struct outcome *transfer_outcome(struct transfer *t); /* valid until the next begin */

/** transfer_resume_s() - TRANSFER_PAUSES: the time to call transfer_resume() at; 0: it is not paused. */
double transfer_resume_s(const struct transfer *t);
void transfer_resume(struct transfer *t);

/** transfer_watch_sockets() - call @opened for every socket made, for a loop that keeps a table of them. */
void transfer_watch_sockets(struct transfer *t, void (*opened)(void *context, int fd), void *context);

#endif
