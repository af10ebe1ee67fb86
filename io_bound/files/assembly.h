#ifndef PARKIT_ASSEMBLY_H
#define PARKIT_ASSEMBLY_H
/*
 * A file that is put together from ranges: because an earlier attempt or run left some of it, because
 * its pieces have hashes, or because several connections share it (--split). It knows which bytes are
 * there and which are being fetched, and hands out ranges from one list, so that the slowest
 * connection decides about one range at the end and no more.
 *
 * Each connection is a job of the queue like any other (limits, retries and pauses of the host hold for
 * it) and gives its range back after every attempt, whatever came of it. Whoever brings the last byte
 * checks the file and gives it its name; a connection that fails for good leaves the rest to the others.
 */
#include "io_bound/session.h"

struct assembly;

/** assembly_assign() - say in job->ask what the next attempt at @job asks for. Call before each one. Thread-safe. */
void assembly_assign(struct session *s, struct job *job);

/**
 * assembly_settle() - take in what an attempt at @job came to.
 * Returns true: that was all, the job is gone or back in the queue; false: judge @outcome as of any file. Thread-safe.
 */
bool assembly_settle(struct session *s, struct job *job, const struct outcome *outcome);

/**
 * assembly_last_word() - @outcome ends @job; true: it is also the end of its file, to be reported. false: others
 * go on with the file, or one of them has ended it. Thread-safe.
 */
bool assembly_last_word(struct job *job, const struct outcome *outcome);

/** assembly_total() - complete @outcome, which ends @job's file, with what the other attempts did. Thread-safe. */
void assembly_total(struct job *job, struct outcome *outcome);

/** assembly_leave() - one job fewer; true if it was the last, also where @a is NULL. Thread-safe. */
bool assembly_leave(struct assembly *a);

#endif
