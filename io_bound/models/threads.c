/*
 * A pool of threads, each with a connection of its own for life. The operating system switches between
 * them; a slow disk holds up only one. Every thread costs a stack and a private copy of what libcurl
 * keeps per handle, so it suits tens of connections, not thousands.
 */
#include "io_bound/models/driver.h"
#include "io_bound/models/pool.h"

static int work(struct session *s, size_t index)
{
    struct transfer *t;
    (void)index;
    int rc = transfer_create(s, TRANSFER_SLEEPS, &t);
    if (rc != 0)
        return rc;
    driver_work(s, t);
    transfer_destroy(t);
    return 0;
}

int drive_threads(struct session *s)
{
    int rc = session_start(s);
    return rc != 0 ? rc : pool_run(s, s->settings->connections, work);
}
