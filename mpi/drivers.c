#include "mpi/drivers.h"

#include "mpi/runtime.h"

#include <string.h>

static const struct {
    const char *workload;
    mpi_driver *run;
} special[] = {
    { "race", race_mpi_run },
};

mpi_driver *drivers_find(const struct workload *w)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (strcmp(special[i].workload, w->name) == 0)
            return special[i].run;
    return w->blocks ? blocks_mpi_run : NULL;
}

int drivers_run(struct runtime *base, const struct workload *w, void *state, struct team *team)
{
    return drivers_find(w)(mpi_runtime_of(base), w, state, team);
}
