#ifndef PARKIT_EVENT_LOOP_H
#define PARKIT_EVENT_LOOP_H
/*
 * Many transfers in one thread: libcurl's multi interface driven by epoll. libcurl says which sockets
 * it waits for, the loop says which are ready, and nothing is polled that is not.
 */
#include "io_bound/session.h"

/**
 * event_loop_run() - as the loop @loop perform jobs of the session, @connections at a time, until the work ends, a
 * signal comes or the work is halted. Several threads may run one each.
 * Returns 0, or a negative errno value after a message.
 */
int event_loop_run(struct session *s, size_t loop, size_t connections) __attribute__((warn_unused_result));

#endif
