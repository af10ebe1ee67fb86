#include "cpu_bound/bfs_validate.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct validation {
    const struct bfs_graph *g;
    const struct bfs_trees *trees;
    enum isa isa;
    unsigned threads;
    struct bfs_lanes lanes;
    uint8_t *depth;           /* of BFS_LANES trees, one after the other, by outer label */
    char *why;                /* first to be wrong has the word                          */
    size_t why_len;
    int rc;
};

double bfs_validate_bytes(unsigned scale)
{
    return (BFS_LANES * (2 * sizeof(uint8_t) + sizeof(uint32_t)) + sizeof(uint16_t)) * (double)((size_t)1 << scale);
}

static bool allocate(struct validation *c)
{
    size_t n = c->g->vertices;
    c->lanes.depth = array_alloc(n, sizeof *c->lanes.depth);
    c->lanes.parent = array_alloc(n, sizeof *c->lanes.parent);
    c->lanes.joined = array_alloc(n, sizeof *c->lanes.joined);
    c->depth = array_alloc(n, BFS_LANES);
    return c->lanes.depth && c->lanes.parent && c->lanes.joined && c->depth;
}

static void release(struct validation *c)
{
    free(c->lanes.depth);
    free(c->lanes.parent);
    free(c->lanes.joined);
    free(c->depth);
}

static void wrong(struct validation *c, size_t tree, const char *text)
{
#pragma omp critical(bfs_validate)
    if (c->rc == 0) {
#pragma omp atomic write
        c->rc = -EDOM;
        snprintf(c->why, c->why_len, "the tree of root %" PRIu32 " breaks %s", c->trees->root[tree], text);
    }
}

static bool right_so_far(const struct validation *c)
{
    int rc;
#pragma omp atomic read
    rc = c->rc;
    return rc == 0;
}

/* The depth of @v: climb to a vertex whose depth is known, then number the path on the way back. False: no end
 * in BFS_DEEPEST steps (a cycle, or too deep), or a parent that is no vertex of the tree. */
static bool find_depth(const uint32_t *parent, size_t n, uint8_t *depth, uint32_t v)
{
    uint32_t path[BFS_DEEPEST + 1];
    unsigned steps = 0;
    while (depth[v] == BFS_UNREACHED) {
        if (steps == BFS_DEEPEST || parent[v] >= n)
            return false;
        path[steps++] = v;
        v = parent[v];
    }
    if (depth[v] + steps > BFS_DEEPEST)
        return false;
    for (unsigned d = depth[v]; steps > 0; steps--)
        depth[path[steps - 1]] = (uint8_t)++d;
    return true;
}

/* Rules 1 and 2 for one tree, and what else there is to say about it. */
static void check_tree(struct validation *c, size_t tree, uint8_t *depth)
{
    const struct bfs_graph *g = c->g;
    const uint32_t *parent = c->trees->parent + tree * c->trees->stride;
    uint32_t root = c->trees->root[tree];
    size_t reached = 0;
    uint64_t ends = 0;
    memset(depth, BFS_UNREACHED, g->vertices);
    depth[root] = 0;
    if (parent[root] != root) {
        wrong(c, tree, "rule 1: the root is not its own parent");
        return;
    }
    uint64_t digest = 0;
    for (size_t v = 0; v < g->vertices; v++) {
        if (parent[v] == BFS_NONE)
            continue;
        if (!find_depth(parent, g->vertices, depth, (uint32_t)v)) {
            char text[96];
            snprintf(text, sizeof text, "rule 1: the parents of vertex %zu do not lead to the root", v);
            wrong(c, tree, text);
            return;
        }
        reached++;
        digest += bfs_depth_hash((uint32_t)v, depth[v]);
        ends += g->ends[v];
    }
    c->trees->reached[tree] = reached;
    c->trees->edges[tree] = (double)(ends / 2);
    c->trees->digest[tree] = digest;
}

/* Bring the trees [first, first + count) side by side; lanes without a tree have no vertex in it. */
static void fill_lanes(struct validation *c, size_t first, size_t count)
{
    const struct bfs_trees *trees = c->trees;
#pragma omp parallel for default(none) shared(c, trees, first, count) num_threads(c->threads) schedule(static)
    for (size_t v = 0; v < c->g->vertices; v++) { /* static: equal work for each vertex */
        for (size_t l = 0; l < BFS_LANES; l++) {
            c->lanes.depth[v][l] = l < count ? c->depth[l * c->g->vertices + v] : BFS_UNREACHED;
            c->lanes.parent[v][l] = l < count ? trees->parent[(first + l) * trees->stride + v] : BFS_NONE;
        }
        atomic_store_explicit(&c->lanes.joined[v], 0, memory_order_relaxed);
    }
}

size_t bfs_blame_edge(struct kronecker_edge e, const struct bfs_lanes *from, const struct bfs_lanes *to, char *text, size_t size)
{
    for (size_t l = 0; l < BFS_LANES; l++) {
        int a = from->depth[e.u - from->first][l], b = to->depth[e.v - to->first][l];
        if (abs(a - b) <= 1)
            continue;
        if (a == BFS_UNREACHED || b == BFS_UNREACHED)
            snprintf(text, size, "rule 4: of the edge %" PRIu32 " - %" PRIu32 " only one end is in it", e.u, e.v);
        else
            snprintf(text, size, "rule 3: the edge %" PRIu32 " - %" PRIu32 " joins depths %d and %d", e.u, e.v, a, b);
        return l;
    }
    return BFS_LANES;
}

size_t bfs_blame_join(const struct bfs_lanes *lanes, size_t v, size_t count, char *text, size_t size)
{
    unsigned joined = atomic_load_explicit(&lanes->joined[v], memory_order_relaxed);
    for (size_t l = 0; l < count; l++) {
        if (lanes->parent[v][l] == BFS_NONE || lanes->depth[v][l] == 0 || (joined >> l & 1))
            continue;
        snprintf(text, size, "rule 5: no edge joins vertex %zu and its parent %" PRIu32, lanes->first + v, lanes->parent[v][l]);
        return l;
    }
    return count;
}

static void check_edges(struct validation *c, size_t first)
{
    enum { PIECE = 1 << 14 };
    size_t n = c->g->edges;
    /* dynamic: how many edges belong to a tree differs from piece to piece */
#pragma omp parallel for default(none) shared(c, first, n) num_threads(c->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < n; i += PIECE) {
        size_t end = n - i < PIECE ? n : i + PIECE, stop = end;
        if (right_so_far(c))
            stop = ISA_SELECT(bfs_check_edges, c->isa)(c->g->edge, &c->lanes, &c->lanes, i, end);
        if (stop < end) {
            char text[128] = "";
            size_t lane = bfs_blame_edge(c->g->edge[stop], &c->lanes, &c->lanes, text, sizeof text);
            wrong(c, first + lane, text);
        }
    }
}

/* Rule 5: every vertex of every tree has been met by an edge to its parent; a root has none. */
static void check_joined(struct validation *c, size_t first, size_t count)
{
#pragma omp parallel for default(none) shared(c, first, count) num_threads(c->threads) schedule(static)
    for (size_t v = 0; v < c->g->vertices; v++) { /* static: equal work for each vertex */
        char text[96];
        size_t lane = bfs_blame_join(&c->lanes, v, count, text, sizeof text);
        if (lane < count)
            wrong(c, first + lane, text);
    }
}

static void check_lanes(struct validation *c, size_t first)
{
    size_t left = c->trees->count - first, count = left < BFS_LANES ? left : BFS_LANES;
    /* dynamic: trees reach from one vertex to all of them */
#pragma omp parallel for default(none) shared(c, first, count) num_threads(c->threads) schedule(dynamic, 1)
    for (size_t l = 0; l < count; l++)
        check_tree(c, first + l, c->depth + l * c->g->vertices);
    if (c->rc != 0)
        return;
    fill_lanes(c, first, count);
    check_edges(c, first);
    if (c->rc == 0)
        check_joined(c, first, count);
}

int bfs_validate(const struct bfs_graph *g, const struct bfs_trees *trees, enum isa isa, unsigned threads, char *why, size_t why_len)
{
    struct validation c = { .g = g, .trees = trees, .isa = isa, .threads = threads, .why = why, .why_len = why_len };
    c.rc = allocate(&c) ? 0 : -ENOMEM;
    for (size_t first = 0; c.rc == 0 && first < trees->count; first += BFS_LANES)
        check_lanes(&c, first);
    release(&c);
    return c.rc;
}
