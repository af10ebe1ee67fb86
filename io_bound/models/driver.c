#include "io_bound/models/driver.h"

#define DRIVER_FUNCTION(function, name) function,
#define DRIVER_NAME(function, name) name,
driver *const drivers[] = { DRIVERS(DRIVER_FUNCTION) };
const char *const driver_names[] = { DRIVERS(DRIVER_NAME) NULL };

size_t driver_connections(const struct settings *settings)
{
    return drivers[settings->model] == drive_sequential ? 1 : settings->connections;
}

void driver_work(struct session *s, struct transfer *t)
{
    struct job *job;
    bool connected = false;
    while (session_wait(s, connected, &job) == WORK_READY) {
        transfer_perform(t, job);
        session_settle(s, job, transfer_outcome(t));
        if (transfer_outcome(t)->sign != MANNERS_NOTHING)
            connected = transfer_outcome(t)->sign != MANNERS_UNREACHED;
    }
}
