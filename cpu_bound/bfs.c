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
#include "common/digest.h"
#include "common/openmp.h"
#include "common/stats.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_search.h"
#include "cpu_bound/bfs_validate.h"
#include "cpu_bound/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOTS_MAX = 64 };  /* as many as Graph500 asks for                                                   */
enum { SMALL = 1 << 20 }; /* bytes: a search that moves less stays in the caches, and memory is no limit    */

struct bfs_options {
    uint64_t roots;
    int direction;
};

static const char *const direction_names[] = { [BFS_AUTO] = "auto", [BFS_TOP_DOWN] = "top-down", NULL };

static const struct option_spec bfs_option_table[] = {
    { 0, "direction", "KIND", OPTION_CHOICE, offsetof(struct bfs_options, direction), "auto", 0, 0, direction_names,
      "auto changes between top-down and bottom-up levels" },
    { 0, "roots", "N", OPTION_UINT, offsetof(struct bfs_options, roots), "64", 1, ROOTS_MAX, NULL, "searches in a run" },
    { 0 },
};

struct bfs {
    struct bfs_graph *g;
    struct bfs_search *search;
    enum bfs_direction direction;
    enum isa isa;
    const struct team *team;      /* who works                                */
    size_t roots, stride;         /* parents of root i at parent + i * stride */
    uint32_t root[ROOTS_MAX];     /* outer labels, as are the parents         */
    uint32_t *parent;
    double seconds[ROOTS_MAX];    /* of each search in the last run           */
    double edges[ROOTS_MAX];      /* by verify: input edges in its component  */
    size_t reached[ROOTS_MAX];    /* by verify: vertices in its tree          */
    uint64_t digest[ROOTS_MAX];   /* by verify: of its depths                 */
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

/* Room for the trees, touched in the shapes in which the searches write it. */
static int make_room(struct bfs *s, const struct team *team)
{
    enum { LINE = 16 }; /* parents in a cache line: each tree begins with one */
    s->stride = (s->g->vertices + LINE - 1) / LINE * LINE;
    s->parent = array_alloc(s->roots ? s->roots * s->stride : 1, sizeof *s->parent);
    if (!s->parent)
        return -ENOMEM;
#pragma omp parallel default(none) shared(s) num_threads(team->threads)
    for (size_t i = 0; i < s->roots; i++) {
#pragma omp for schedule(static) nowait /* equal work for each vertex */
        for (size_t v = 0; v < s->stride; v++)
            s->parent[i * s->stride + v] = BFS_NONE;
    }
    return 0;
}

static int bfs_setup(const struct params *p, void **state)
{
    const struct bfs_options *own = p->own;
    struct bfs *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->direction = (enum bfs_direction)own->direction;
    s->isa = p->isa;
    s->team = p->team;
    int rc = bfs_graph_create((unsigned)p->size, p->seed, p->team, &s->g);
    if (rc == 0)
        rc = bfs_search_create(s->g, s->direction, s->isa, p->team, &s->search);
    if (rc == 0) {
        s->roots = bfs_graph_roots(s->g, p->seed, own->roots, s->root);
        rc = make_room(s, p->team);
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
    s->team = team;
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t i = 0; i < s->roots; i++) {
            double start = 0;
#pragma omp barrier
#pragma omp master
            start = clock_now_s();
            bfs_search(s->search, s->root[i], s->parent + i * s->stride);
#pragma omp master
            s->seconds[i] = clock_now_s() - start;
        }
    }
    return 0;
}

static int bfs_verify(void *state, char *why, size_t why_len)
{
    struct bfs *s = state;
    const struct bfs_trees trees = { .count = s->roots, .stride = s->stride, .root = s->root, .parent = s->parent,
                                     .edges = s->edges, .digest = s->digest, .reached = s->reached };
    return bfs_validate(s->g, &trees, s->isa, s->team->threads, why, why_len);
}

static double bfs_work(const void *state)
{
    const struct bfs *s = state;
    double edges = 0;
    for (size_t i = 0; i < s->roots; i++)
        edges += s->edges[i];
    return edges;
}

static json_t *bfs_answer(const void *state)
{
    const struct bfs *s = state;
    size_t reached = 0;
    for (size_t i = 0; i < s->roots; i++)
        reached += s->reached[i];
    return json_integer((json_int_t)reached);
}

static uint64_t bfs_digest(const void *state)
{
    const struct bfs *s = state;
    return digest_join(s->digest, s->roots);
}

static double sum_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* Traversed edges per second of each search, and the inverse of the mean of their inverses: Graph500's figure. */
static double teps_of(const struct bfs *s, double teps[ROOTS_MAX])
{
    double inverse = 0;
    for (size_t i = 0; i < s->roots; i++) {
        teps[i] = s->edges[i] / s->seconds[i];
        inverse += s->seconds[i] / s->edges[i];
    }
    return (double)s->roots / inverse;
}

static double mean_seconds(const struct bfs *s)
{
    return sum_of(s->seconds, s->roots) / (double)s->roots;
}

static int bfs_details(const void *state, json_t *result)
{
    const struct bfs *s = state;
    double teps[ROOTS_MAX], moved = 8.0 * (double)s->g->vertices + 16.0 * (double)s->g->connected;
    struct stats stats;
    json_t *fields = json_pack("{s:s,s:I,s:I,s:I}", "direction", direction_names[s->direction], "vertices",
                               (json_int_t)s->g->vertices, "edges", (json_int_t)s->g->edges, "roots", (json_int_t)s->roots);
    int rc = fields ? json_object_update(result, fields) : -1;
    json_decref(fields);
    if (rc != 0)
        return -ENOMEM;
    double harmonic = teps_of(s, teps);
    if (stats_of(teps, s->roots, &stats) != 0) /* no roots, or a tree that was found wrong */
        return 0;
    fields = json_pack("{s:f,s:f,s:f,s:f,s:f}", "teps_harmonic_mean", harmonic, "teps_min", stats.min, "teps_median", stats.median,
                       "teps_max", stats.max, "seconds_per_root", mean_seconds(s));
    rc = fields ? json_object_update(result, fields) : -1;
    json_decref(fields);
    if (rc != 0)
        return -ENOMEM;
    if (moved < SMALL)
        return 0;
    return limit_report(result, "memory bandwidth", "B", limit_bandwidth(s->team, s->isa), moved / mean_seconds(s));
}

static void bfs_text(const void *state, char *out, size_t size)
{
    const struct bfs *s = state;
    double teps[ROOTS_MAX], harmonic = teps_of(s, teps);
    snprintf(out, size, "%zu searches, harmonic mean %.4g edges/s, %.4g s a search (last run)", s->roots, harmonic, mean_seconds(s));
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
