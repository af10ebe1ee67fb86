/*
 * bfs with its graph spread over the ranks: bfs_part.c builds it, bfs_levels.c searches, bfs_check.c validates. The digest is a
 * sum over vertices and their depths (bfs_validate.h), so each rank adds up its own.
 */
#include "common/clock.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_outcome.h"
#include "mpi/bfs_check.h"
#include "mpi/bfs_levels.h"
#include "mpi/check.h"
#include "mpi/drivers.h"

#include <errno.h>
#include <stdlib.h>

struct bfs_mpi {
    struct bfs_outcome outcome; /* first: answer(), text() and the others of the workload look at it */
    struct mpi_runtime *rt;
    struct bfs_part *part;
    struct bfs_levels *search;
    unsigned team_threads;      /* of the last run */
    size_t stride;              /* parents of root i, of own vertices: from parent + i * stride on   */
    uint32_t *parent;
};

static double bytes(const struct params *p)
{
    const struct bfs_options *own = p->own;
    unsigned scale = (unsigned)p->size;
    int ranks = p->runtime ? p->runtime->ranks : 1;
    return bfs_part_bytes(scale, ranks) + bfs_levels_bytes(scale, ranks) + bfs_check_bytes(scale, ranks) +
           (double)own->roots * sizeof(uint32_t) * (double)((size_t)1 << scale) / ranks;
}

static void teardown(void *state)
{
    struct bfs_mpi *s = state;
    if (!s)
        return;
    bfs_levels_destroy(s->search);
    bfs_part_destroy(s->part);
    free(s->parent);
    free(s);
}

static int find_roots(struct bfs_mpi *s, uint64_t seed, size_t most)
{
    struct bfs_outcome *o = &s->outcome;
    o->vertices = s->part->vertices;
    o->edges = s->part->edges;
    o->connected = s->part->connected;
    return bfs_part_roots(s->part, seed, most, o->root, &o->roots);
}

static int setup(const struct params *p, void **state)
{
    struct runtime *base = p->runtime;
    const struct bfs_options *own = p->own;
    struct bfs_mpi *s = calloc(1, sizeof *s);
    int rc = base->agree(base, s ? 0 : -ENOMEM);
    if (rc != 0) {
        free(s);
        return rc;
    }
    s->rt = mpi_runtime_of(base);
    s->outcome.direction = (enum bfs_direction)own->direction;
    s->outcome.isa = p->isa;
    rc = bfs_part_create(s->rt, (unsigned)p->size, p->seed, p->team, &s->part);
    if (rc == 0)
        rc = find_roots(s, p->seed, own->roots);
    if (rc == 0)
        rc = bfs_levels_create(s->part, s->outcome.direction, p->isa, p->team, &s->search);
    if (rc == 0) {
        s->parent = bfs_trees_alloc(s->outcome.roots, s->part->g->vertices, p->team, &s->stride);
        rc = s->parent ? 0 : -ENOMEM;
    }
    rc = base->agree(base, rc);
    if (rc != 0) {
        teardown(s);
        return rc;
    }
    *state = s;
    return 0;
}

static int run(void *state, struct team *team)
{
    struct bfs_mpi *s = state;
    struct bfs_outcome *o = &s->outcome;
    int rc = 0;
    s->rt->traffic.counted = true;
    s->team_threads = team->threads;
#pragma omp parallel default(none) shared(s, o, team, rc) num_threads(team->threads)
    {
        int mine = 0;
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t i = 0; i < o->roots && mine == 0; i++) {
            double start = clock_now_s();
            mine = bfs_levels_search(s->search, o->root[i], s->parent + i * s->stride);
#pragma omp master
            {
                o->seconds[i] = clock_now_s() - start;
                rc = mine;
            }
        }
    }
    if (rc == 0) /* a search has taken as long as on the slowest rank */
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, o->seconds, (int)o->roots, MPI_DOUBLE, MPI_MAX, s->rt->comm));
    return rc;
}

static int verify(void *state, char *why, size_t why_len)
{
    struct bfs_mpi *s = state;
    return bfs_check(s->part, &s->outcome, s->parent, s->stride, s->team_threads, why, why_len);
}

void bfs_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->run = run;
    w->verify = verify;
    w->teardown = teardown;
}
