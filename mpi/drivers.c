#include "mpi/drivers.h"

#include "common/message.h"
#include "mpi/runtime.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *workload;
    mpi_driver *run;
} special[] = {
    { "race", race_mpi_run },
};

int drivers_run(struct runtime *base, const struct workload *w, void *state, struct team *team)
{
    struct mpi_runtime *rt = mpi_runtime_of(base);
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (strcmp(special[i].workload, w->name) == 0)
            return special[i].run(rt, w, state, team);
    if (w->blocks)
        return blocks_mpi_run(rt, w, state, team);
    message_error("%s has no driver for MPI; run it with parkit-cpu", w->name);
    return base->agree(base, -ENOSYS);
}
