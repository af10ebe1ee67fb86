/* One file after the other on one kept connection: one round trip per file, and the reference for the rest. */
#include "io_bound/models/driver.h"

int drive_sequential(struct session *s)
{
    struct transfer *t;
    int rc = session_start(s);
    if (rc == 0)
        rc = transfer_create(s, TRANSFER_SLEEPS, &t);
    if (rc != 0)
        return rc;
    driver_work(s, t);
    transfer_destroy(t);
    return 0;
}
