#include "cpu_bound/bfs_outcome.h"

#include "common/digest.h"
#include "common/stats.h"
#include "cpu_bound/array.h"
#include "cpu_bound/limits.h"

#include <errno.h>
#include <stdio.h>

enum { SMALL = 1 << 20 }; /* bytes: a search that moves less stays in the caches, and memory is no limit */

const char *const bfs_direction_names[] = { [BFS_AUTO] = "auto", [BFS_TOP_DOWN] = "top-down", NULL };

uint32_t *bfs_trees_alloc(size_t roots, size_t vertices, const struct team *team, size_t *stride)
{
    enum { LINE = 16 }; /* parents in a cache line */
    const size_t apart = *stride = (vertices + LINE - 1) / LINE * LINE;
    uint32_t *parent = array_alloc(roots * apart + 1, sizeof *parent); /* never nothing */
    if (!parent)
        return NULL;
#pragma omp parallel default(none) shared(parent, roots, apart) num_threads(team->threads) /* the team that searches */
    for (size_t i = 0; i < roots; i++) {
#pragma omp for schedule(static) nowait /* equal work for each vertex */
        for (size_t v = 0; v < apart; v++)
            parent[i * apart + v] = BFS_NONE;
    }
    return parent;
}

double bfs_work(const void *state)
{
    const struct bfs_outcome *s = state;
    double edges = 0;
    for (size_t i = 0; i < s->roots; i++)
        edges += s->edges_of[i];
    return edges;
}

json_t *bfs_answer(const void *state)
{
    const struct bfs_outcome *s = state;
    size_t reached = 0;
    for (size_t i = 0; i < s->roots; i++)
        reached += s->reached[i];
    return json_integer((json_int_t)reached);
}

uint64_t bfs_digest(const void *state)
{
    const struct bfs_outcome *s = state;
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
static double teps_of(const struct bfs_outcome *s, double teps[BFS_ROOTS_MAX])
{
    double inverse = 0;
    for (size_t i = 0; i < s->roots; i++) {
        teps[i] = s->edges_of[i] / s->seconds[i];
        inverse += s->seconds[i] / s->edges_of[i];
    }
    return (double)s->roots / inverse;
}

static double mean_seconds(const struct bfs_outcome *s)
{
    return sum_of(s->seconds, s->roots) / (double)s->roots;
}

int bfs_details(const void *state, json_t *result)
{
    const struct bfs_outcome *s = state;
    double teps[BFS_ROOTS_MAX], moved = 8.0 * (double)s->vertices + 16.0 * (double)s->connected;
    struct stats stats;
    json_t *fields = json_pack("{s:s,s:I,s:I,s:I}", "direction", bfs_direction_names[s->direction], "vertices",
                               (json_int_t)s->vertices, "edges", (json_int_t)s->edges, "roots", (json_int_t)s->roots);
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
    if (moved < SMALL || !s->team)
        return 0;
    return limit_report(result, "memory bandwidth", "B", limit_bandwidth(s->team, s->isa), moved / mean_seconds(s));
}

void bfs_text(const void *state, char *out, size_t size)
{
    const struct bfs_outcome *s = state;
    double teps[BFS_ROOTS_MAX], harmonic = teps_of(s, teps);
    snprintf(out, size, "%zu searches, harmonic mean %.4g edges/s, %.4g s a search (last run)", s->roots, harmonic, mean_seconds(s));
}
