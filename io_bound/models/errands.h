#ifndef PARKIT_ERRANDS_H
#define PARKIT_ERRANDS_H
/*
 * What would hold up an event loop - reading a large file back, waiting for a disk - done by one thread
 * beside it: the loop sends a transfer on an errand and finds it again, when it has come back, through
 * its eventfd. The thread is started with the first errand.
 */
#include "io_bound/transfer.h"

#include <curl/curl.h>

struct errands;

/** errands_create() - @wake_fd: eventfd to write to whenever a transfer has come back. 0 or -ENOMEM. */
int errands_create(int wake_fd, struct errands **out) __attribute__((warn_unused_result));

/** errands_destroy() - waits for the errand under way; what was to end is ended, what was to begin is not. Accepts NULL. */
void errands_destroy(struct errands *e);

/**
 * errands_begin(), errands_end() - have transfer_begin() or transfer_end() called.
 * 0, or a negative errno value: no thread; call it yourself.
 */
int errands_begin(struct errands *e, struct transfer *t, struct job *job) __attribute__((warn_unused_result));
int errands_end(struct errands *e, struct transfer *t, CURLcode code) __attribute__((warn_unused_result));

/** errands_back() - a transfer that has come back; NULL: none. @perform: its request is to be performed, else its outcome stands. */
struct transfer *errands_back(struct errands *e, bool *perform);

#endif
