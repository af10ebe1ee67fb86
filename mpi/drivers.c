#include "mpi/drivers.h"

#include "common/clock.h"
#include "mpi/runtime.h"

#include <string.h>

/* Exactly one of the two is given. */
struct driver {
    const char *workload;
    mpi_driver *run;
    mpi_distribute *distribute;
    /* Where the workload keeps checkpoints (checkpoint.h): the unit of its progress, and own options of it that do not
     * change the state at a given progress, each between spaces. */
    const char *unit, *may_change;
};

static const struct driver special[] = {
    { .workload = "heat", .distribute = heat_mpi_distribute, .unit = "steps", .may_change = " steps tile movie frames " },
    { .workload = "nbody", .distribute = nbody_mpi_distribute, .unit = "steps", .may_change = " steps " },
    { .workload = "mandelbrot", .distribute = mandelbrot_mpi_distribute, .unit = "blocks" },
    { .workload = "bfs", .distribute = bfs_mpi_distribute },
    { .workload = "race", .run = race_mpi_run },
    { .workload = "is", .distribute = is_mpi_distribute, .unit = "iterations" },
    { .workload = "ft", .distribute = ft_mpi_distribute, .unit = "iterations" },
    { .workload = "cg", .distribute = cg_mpi_distribute, .unit = "iterations" },
    { .workload = "mg", .distribute = mg_mpi_distribute, .unit = "cycles", .may_change = " blocks " },
    { .workload = "sort", .distribute = sort_mpi_distribute },
    { .workload = "stream", .distribute = stream_mpi_distribute },
    { .workload = "matmul", .distribute = matmul_mpi_distribute },
};

static const struct driver *find(const struct workload *w)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (strcmp(special[i].workload, w->name) == 0)
            return &special[i];
    return NULL;
}

bool drivers_offer(const struct workload *w, struct workload *out)
{
    const struct driver *driver = find(w);
    *out = *w;
    if (driver && driver->distribute) {
        out->distributed = true;
        driver->distribute(out);
    }
    return driver || w->blocks;
}

int drivers_accept(struct runtime *base, const struct workload *w, const struct params *p, uint64_t runs)
{
    static const struct driver blocks = { .unit = "blocks" };
    const struct driver *driver = find(w);
    driver = driver ? driver : &blocks;
    return checkpoint_accept(mpi_runtime_of(base), w, p, driver->unit, driver->may_change, runs);
}

int drivers_run(struct runtime *base, const struct workload *w, void *state, struct team *team)
{
    struct mpi_runtime *rt = mpi_runtime_of(base);
    const struct driver *driver = find(w);
    rt->phases = (struct phases){ 0 };
    rt->traffic = (struct traffic){ 0 };
    double start = clock_now_s();
    int rc = w->run && w->distributed ? base->agree(base, w->run(state, team))
                                      : (driver && driver->run ? driver->run : blocks_mpi_run)(rt, w, state, team);
    rt->phases.elapsed_s = clock_now_s() - start;
    return rc;
}
