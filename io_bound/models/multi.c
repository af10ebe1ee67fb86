/*
 * One event loop for all connections: one thread that sleeps only when no connection has anything to
 * do. The least CPU time per file, and one core at most: a write to a slow disk holds up everything.
 */
#include "io_bound/models/driver.h"
#include "io_bound/models/event_loop.h"

int drive_multi(struct session *s)
{
    int rc = session_start(s);
    return rc != 0 ? rc : event_loop_run(s, 0, s->settings->connections);
}
