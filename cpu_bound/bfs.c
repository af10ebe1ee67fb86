/*
 * bfs: kernel 2 of Graph500: breadth-first search from 64 vertices of a Kronecker graph, each search timed
 * by itself; the graph is built before the clock starts.
 *
 * What makes it fast: the direction changes between top-down and bottom-up (bfs_search.h); vertices are
 * relabelled by degree, so that a bottom-up step streams through memory and finds a parent in its first
 * two reads (bfs_graph.h). Each timed search ends with the parents in the labels of the input.
 *
 * Depths are the same at every thread count, and the digest is that of the depths. Parents may differ: a
 * vertex of depth d may have any neighbour of depth d - 1 as its parent.
 *
 * Limit: memory bandwidth. What a search must move at least, for each of n vertices, of which c have a
 * neighbour: its first neighbour by both labels (8 c bytes), its parent written and read (8 c), and for the
 * change of labels the inner label and the result (8 n): 8 n + 16 c bytes. The share is below that of a
 * streaming workload because levels wait for each other and lists are read in pieces; where the graph
 * fits a cache that is faster than memory it may exceed 1.
 */
#include "common/clock.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_outcome.h"
#include "cpu_bound/bfs_search.h"

#include <errno.h>
#include <stdlib.h>

static const struct option_spec bfs_option_table[] = {
    { 0, "direction", "KIND", OPTION_CHOICE, offsetof(struct bfs_options, direction), "auto", 0, 0, bfs_direction_names,
      "auto changes between top-down and bottom-up levels" },
    { 0, "roots", "N", OPTION_UINT, offsetof(struct bfs_options, roots), "64", 1, BFS_ROOTS_MAX, NULL, "searches in a run" },
    { 0 },
};

struct bfs {
    struct bfs_outcome outcome;   /* first: what is reported looks at no more            */
    struct bfs_graph *g;
    struct bfs_search *search;
    size_t stride;                /* parents of root i at parent + i * stride            */
    uint32_t *parent;             /* outer labels                                        */
};

static double bfs_bytes(const struct params *p)
{
    const struct bfs_options *own = p->own;
    unsigned scale = (unsigned)p->size;
    return bfs_graph_bytes(scale) + bfs_search_bytes(scale) + bfs_validate_bytes(scale) +
           (double)own->roots * sizeof(uint32_t) * (double)((size_t)1 << scale);
}

static void bfs_teardown(void *state)
{
    struct bfs *s = state;
    if (!s)
        return;
    bfs_search_destroy(s->search);
    bfs_graph_destroy(s->g);
    free(s->parent);
    free(s);
}

static int bfs_setup(const struct params *p, void **state)
{
    const struct bfs_options *own = p->own;
    struct bfs *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->outcome.direction = (enum bfs_direction)own->direction;
    s->outcome.isa = p->isa;
    s->outcome.team = p->team;
    int rc = bfs_graph_create((unsigned)p->size, p->seed, p->team, &s->g);
    if (rc == 0)
        rc = bfs_search_create(s->g, s->outcome.direction, s->outcome.isa, p->team, &s->search);
    if (rc == 0) {
        s->outcome.vertices = s->g->vertices;
        s->outcome.edges = s->g->edges;
        s->outcome.connected = s->g->connected;
        s->outcome.roots = bfs_graph_roots(s->g, p->seed, own->roots, s->outcome.root);
        s->parent = bfs_trees_alloc(s->outcome.roots, s->g->vertices, p->team, &s->stride);
        rc = s->parent ? 0 : -ENOMEM;
    }
    if (rc != 0) {
        bfs_teardown(s);
        return rc;
    }
    *state = s;
    return 0;
}

static int bfs_run(void *state, struct team *team)
{
    struct bfs *s = state;
    s->outcome.team = team;
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t i = 0; i < s->outcome.roots; i++) {
            double start = 0;
#pragma omp barrier
#pragma omp master
            start = clock_now_s();
            bfs_search(s->search, s->outcome.root[i], s->parent + i * s->stride);
#pragma omp master
            s->outcome.seconds[i] = clock_now_s() - start;
        }
    }
    return 0;
}

static int bfs_verify(void *state, char *why, size_t why_len)
{
    struct bfs *s = state;
    const struct bfs_trees trees = { .count = s->outcome.roots, .stride = s->stride, .root = s->outcome.root, .parent = s->parent,
                                     .edges = s->outcome.edges_of, .digest = s->outcome.digest,
                                     .reached = s->outcome.reached };
    return bfs_validate(s->g, &trees, s->outcome.isa, s->outcome.team->threads, why, why_len);
}

const struct workload bfs_workload = {
    .name = "bfs",
    .summary = "Graph500: breadth-first search in a Kronecker graph, direction-optimising",
    .pattern = "graph traversal",
    .size_is = "scale: log2 of the vertices",
    .size_default = 18,
    .size_min = 1,
    .size_max = KRONECKER_SCALE_MAX,
    .check = "Graph500's five rules for the tree of every root",
    .work_unit = "edges",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .options = bfs_option_table,
    .own_size = sizeof(struct bfs_options),
    .bytes = bfs_bytes,
    .setup = bfs_setup,
    .run = bfs_run,
    .verify = bfs_verify,
    .work = bfs_work,
    .answer = bfs_answer,
    .digest = bfs_digest,
    .details = bfs_details,
    .text = bfs_text,
    .teardown = bfs_teardown,
};
