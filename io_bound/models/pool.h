#ifndef PARKIT_POOL_H
#define PARKIT_POOL_H
/* Threads that run the same function on one session, and their end. */
#include "io_bound/session.h"

/**
 * pool_run() - start @n threads (n >= 1) that each call @member, and wait for all.
 *
 * The threads share DNS answers and TLS sessions (s->share). Signals stay with the calling thread.
 * If a thread cannot be started, those that run do the work; it is an error only if none could.
 * Returns 0, or the first result of @member that is not 0, or a negative errno value after a message.
 */
int pool_run(struct session *s, size_t n, int (*member)(struct session *s, size_t index))
    __attribute__((warn_unused_result));

#endif
