#ifndef PARKIT_DRIVER_H
#define PARKIT_DRIVER_H
/*
 * A concurrency model: who performs the transfers of a session. All models draw jobs from the same
 * work, perform the same transfers and settle them in the same way; a driver only decides who waits.
 *
 * How to add one:
 *   1. write NAME.c with `int drive_NAME(struct session *s)`;
 *   2. add one line to DRIVERS below.
 */
#include "io_bound/session.h"
#include "io_bound/transfer.h"

#include <stddef.h>

/* Function and the word after --model. */
#define DRIVERS(X)                          \
    X(drive_sequential, "sequential")       \
    X(drive_threads, "threads")             \
    X(drive_multi, "multi")                 \
    X(drive_multi_threads, "multi-threads") \
    X(drive_processes, "processes")

/*
 * Each performs every job of the session; ends early when a signal comes or the work is halted. Calls
 * session_start() once, after forking if it forks. 0, or a negative errno value after a message.
 */
typedef int driver(struct session *s);

#define DRIVER_DECLARE(function, name) driver function;
DRIVERS(DRIVER_DECLARE)
#undef DRIVER_DECLARE

extern driver *const drivers[];
extern const char *const driver_names[]; /* NULL-terminated, same order */

/** driver_connections() - how many transfers the chosen model has in flight at most. */
size_t driver_connections(const struct settings *settings);

/** driver_work() - what a blocking worker does: take a job, perform it, settle it, until the end. */
void driver_work(struct session *s, struct transfer *t);

#endif
