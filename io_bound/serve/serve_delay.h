#ifndef PARKIT_SERVE_DELAY_H
#define PARKIT_SERVE_DELAY_H
/*
 * Connections that wait for a time. They are suspended, so they cost neither a thread nor a poll; one
 * timer thread resumes each when it is due.
 */
#include <microhttpd.h>

struct delays;

/** delays_create() - with its timer thread. 0 or a negative errno value. */
int delays_create(struct delays **out) __attribute__((warn_unused_result));

/**
 * delays_add() - suspend @connection for @seconds. To be called from the daemon's callbacks only.
 * Returns MHD_NO where there is no memory, or the server is ending: the connection is not suspended.
 */
enum MHD_Result delays_add(struct delays *d, struct MHD_Connection *connection, double seconds);

/** delays_end() - resume all at once and suspend no more: the daemon is about to stop. */
void delays_end(struct delays *d);
void delays_destroy(struct delays *d); /* accepts NULL; after delays_end() and the daemon's stop */

#endif
