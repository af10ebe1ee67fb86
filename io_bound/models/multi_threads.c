/*
 * An event loop per core, each with its share of the connections, all drawing from one queue. It pays
 * where one core is too little: TLS at high rates, very many small files.
 */
#include "common/topology.h"
#include "io_bound/models/driver.h"
#include "io_bound/models/event_loop.h"
#include "io_bound/models/pool.h"

/* Below this a second loop only adds switches. */
enum { CONNECTIONS_PER_LOOP_MIN = 4 };

static int n_loops(size_t connections, size_t *n)
{
    struct topology *t;
    int rc = topology_create(&t);
    if (rc != 0)
        return rc;
    size_t cores = topology_cores(t), most = (connections + CONNECTIONS_PER_LOOP_MIN - 1) / CONNECTIONS_PER_LOOP_MIN;
    *n = cores < most ? cores : most;
    topology_destroy(t);
    return 0;
}

static int run_loop(struct session *s, size_t index)
{
    size_t loops = s->n_loops, all = s->settings->connections;
    return event_loop_run(s, index, all / loops + (index < all % loops));
}

int drive_multi_threads(struct session *s)
{
    int rc = n_loops(s->settings->connections, &s->n_loops);
    if (rc == 0 && s->settings->per_host)
        work_share(s->work, s->n_loops);
    if (rc == 0)
        rc = session_start(s);
    return rc != 0 ? rc : pool_run(s, s->n_loops, run_loop);
}
