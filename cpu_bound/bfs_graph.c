#include "cpu_bound/bfs_graph.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_ROOTS = 3 }; /* of kronecker_random() */

/* Degrees fall into classes of one value below 64, of at most 1/64 of it above: class 0 holds degree 0. */
enum { CLASSES = 27 * 64, BLOCKS = 64 };

static unsigned class_of(uint32_t degree)
{
    unsigned octave = degree < 64 ? 0 : 26u - (unsigned)__builtin_clz(degree);
    return octave == 0 ? degree : octave * 64 + ((degree >> (octave - 1)) & 63);
}

void bfs_graph_destroy(struct bfs_graph *g)
{
    if (!g)
        return;
    free(g->edge);
    free(g->ends);
    free(g->inner);
    free(g->outer);
    free(g->begin);
    free(g->degree);
    free(g->neighbour);
    free(g->neighbour_outer);
    for (int k = 0; k < BFS_HEADS; k++) {
        free(g->head[k]);
        free(g->head_outer[k]);
    }
    free(g);
}

double bfs_graph_bytes(unsigned scale)
{
    double vertex = sizeof(size_t) + (4 + 2 * BFS_HEADS) * sizeof(uint32_t);
    double edge = sizeof(struct kronecker_edge) + 2 * sizeof(uint32_t);
    return (vertex + KRONECKER_EDGE_FACTOR * edge) * (double)((size_t)1 << scale);
}

static bool allocate(struct bfs_graph *g)
{
    size_t padded = bfs_words(g->vertices) * 64; /* kernels read heads a word of vertices at a time */
    g->edge = array_alloc(g->edges, sizeof *g->edge);
    g->ends = array_alloc(g->vertices, sizeof *g->ends);
    g->inner = array_alloc(g->vertices, sizeof *g->inner);
    g->outer = array_alloc(g->vertices, sizeof *g->outer);
    g->begin = array_alloc(g->vertices, sizeof *g->begin);
    g->degree = array_alloc(g->vertices, sizeof *g->degree);
    g->neighbour = array_alloc(2 * g->edges, sizeof *g->neighbour);
    bool heads = true;
    for (int k = 0; k < BFS_HEADS; k++) {
        g->head[k] = array_alloc(padded, sizeof *g->head[k]);
        g->head_outer[k] = array_alloc(padded, sizeof *g->head_outer[k]);
        heads = heads && g->head[k] && g->head_outer[k];
    }
    return heads && g->edge && g->ends && g->inner && g->outer && g->begin && g->degree && g->neighbour;
}

static void make_edges(struct bfs_graph *g, unsigned scale, uint64_t seed, struct team *team)
{
    enum { PIECE = 1 << 10 };
#pragma omp parallel default(none) shared(g, scale, seed, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        /* static: all edges cost the same, and their pages are spread over the team */
#pragma omp for schedule(static)
        for (size_t i = 0; i < g->edges; i += PIECE)
            kronecker_fill(g->edge + i, scale, seed, i, i + PIECE < g->edges ? i + PIECE : g->edges);
    }
}

/* Ends of edges that are no loops, by outer label. */
static void count_ends(struct bfs_graph *g, const struct team *team)
{
    uint32_t *ends = g->ends;
#pragma omp parallel default(none) shared(g, ends) num_threads(team->threads)
    {
#pragma omp for schedule(static) /* static, here and below: equal work for each index */
        for (size_t v = 0; v < g->vertices; v++)
            ends[v] = 0;
#pragma omp for schedule(static)
        for (size_t i = 0; i < g->edges; i++) {
            struct kronecker_edge e = g->edge[i];
            if (e.u == e.v)
                continue;
#pragma omp atomic update
            ends[e.u]++;
#pragma omp atomic update
            ends[e.v]++;
        }
    }
}

static void add_loops(struct bfs_graph *g, const struct team *team)
{
    uint32_t *ends = g->ends;
#pragma omp parallel for default(none) shared(g, ends) num_threads(team->threads) schedule(static)
    for (size_t i = 0; i < g->edges; i++) {
        struct kronecker_edge e = g->edge[i];
        if (e.u != e.v)
            continue;
#pragma omp atomic update
        ends[e.u] += 2;
    }
}

/* Counts to places: classes from the highest degree down, in each the blocks in their order. Returns
 * where class 0 begins. */
static size_t places(uint32_t (*count)[CLASSES])
{
    size_t place = 0, connected = 0;
    for (int c = CLASSES - 1; c >= 0; c--) {
        connected = c == 0 ? place : 0;
        for (int b = 0; b < BLOCKS; b++) {
            uint32_t n = count[b][c];
            count[b][c] = (uint32_t)place;
            place += n;
        }
    }
    return connected;
}

/* A stable counting sort of the vertices by class of degree. The blocks depend on the graph alone. */
int bfs_relabel(const uint32_t *ends, size_t n, const struct team *team, uint32_t *inner, uint32_t *outer, size_t *connected)
{
    uint32_t (*count)[CLASSES] = calloc(BLOCKS, sizeof *count);
    if (!count)
        return -ENOMEM;
#define BLOCK_EDGE(b) (n * (size_t)(b) / BLOCKS)
#pragma omp parallel default(none) shared(ends, n, inner, outer, connected, count) num_threads(team->threads)
    {
#pragma omp for schedule(static)
        for (int b = 0; b < BLOCKS; b++)
            for (size_t v = BLOCK_EDGE(b); v < BLOCK_EDGE(b + 1); v++)
                count[b][class_of(ends[v])]++;
#pragma omp single
        *connected = places(count);
#pragma omp for schedule(static)
        for (int b = 0; b < BLOCKS; b++)
            for (size_t v = BLOCK_EDGE(b); v < BLOCK_EDGE(b + 1); v++) {
                uint32_t label = count[b][class_of(ends[v])]++;
                inner[v] = label;
                outer[label] = (uint32_t)v;
            }
    }
#undef BLOCK_EDGE
    free(count);
    return 0;
}

/* Each begin[] is where the list ends; filling moves it down to where it begins. */
static void set_ends_of_lists(struct bfs_graph *g)
{
    size_t end = 0;
    for (size_t a = 0; a < g->connected; a++)
        g->begin[a] = end += g->ends[g->outer[a]];
}

static inline void append(struct bfs_graph *g, uint32_t to, uint32_t neighbour)
{
    size_t at, *begin = &g->begin[to];
#pragma omp atomic capture
    at = --*begin;
    g->neighbour[at] = neighbour;
}

/* In an order that depends on the threads; sorting takes that out again. */
static void fill_lists(struct bfs_graph *g, const struct team *team)
{
#pragma omp parallel for default(none) shared(g) num_threads(team->threads) schedule(static)
    for (size_t i = 0; i < g->edges; i++) {
        struct kronecker_edge e = g->edge[i];
        if (e.u == e.v)
            continue;
        uint32_t a = g->inner[e.u], b = g->inner[e.v];
        append(g, a, b);
        append(g, b, a);
    }
}

/* Sort the list of @a, drop repetitions (room is left behind it), copy its head. */
static void finish_list(struct bfs_graph *g, size_t a, uint32_t *scratch)
{
    uint32_t *list = g->neighbour + g->begin[a];
    size_t n = g->ends[g->outer[a]], kept = 0;
    bfs_sort(list, n, scratch, (uint32_t)g->vertices - 1);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[kept++] = list[i];
    g->degree[a] = (uint32_t)kept;
    for (size_t k = 0; k < BFS_HEADS; k++) {
        g->head[k][a] = list[k < kept ? k : kept - 1];
        g->head_outer[k][a] = g->outer[g->head[k][a]];
    }
}

static int finish_lists(struct bfs_graph *g, const struct team *team)
{
    size_t longest = 1, arcs = 0;
    int rc = 0;
    for (size_t v = 0; v < g->vertices; v++)
        longest = g->ends[v] > longest ? g->ends[v] : longest;
#pragma omp parallel default(none) shared(g, longest, arcs, rc) num_threads(team->threads)
    {
        uint32_t *scratch = malloc(longest * sizeof *scratch);
        if (!scratch) {
#pragma omp atomic write
            rc = -ENOMEM;
        }
#pragma omp barrier
        /* dynamic: lists have very different lengths; 64 short ones outweigh the taking of a chunk */
#pragma omp for schedule(dynamic, 64) reduction(+ : arcs)
        for (size_t a = 0; a < g->connected; a++)
            if (rc == 0) {
                finish_list(g, a, scratch);
                arcs += g->degree[a];
            }
        free(scratch);
    }
    g->arcs = arcs;
    return rc;
}

/* Heads of the vertices that fill up the last word: any vertex will do. */
static void pad_heads(struct bfs_graph *g)
{
    for (int k = 0; k < BFS_HEADS; k++)
        for (size_t a = g->connected; a < bfs_words(g->connected) * 64; a++)
            g->head[k][a] = g->head_outer[k][a] = 0;
}

int bfs_graph_create(unsigned scale, uint64_t seed, struct team *team, struct bfs_graph **out)
{
    struct bfs_graph *g = calloc(1, sizeof *g);
    int rc = -ENOMEM;
    if (!g)
        return rc;
    g->vertices = (size_t)1 << scale;
    g->edges = kronecker_edges(scale);
    if (!allocate(g))
        goto out;
    make_edges(g, scale, seed, team);
    count_ends(g, team);
    rc = bfs_relabel(g->ends, g->vertices, team, g->inner, g->outer, &g->connected);
    if (rc != 0)
        goto out;
    set_ends_of_lists(g);
    fill_lists(g, team);
    rc = finish_lists(g, team);
    if (rc != 0)
        goto out;
    pad_heads(g);
    add_loops(g, team);
    *out = g;
    g = NULL;
out:
    bfs_graph_destroy(g);
    return rc;
}

static bool holds(const uint32_t *root, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        if (root[i] == v)
            return true;
    return false;
}

uint32_t bfs_draw(uint64_t seed, uint64_t i, size_t vertices)
{
    return (uint32_t)(kronecker_random(seed, STREAM_ROOTS, i) & (vertices - 1));
}

size_t bfs_graph_roots(const struct bfs_graph *g, uint64_t seed, size_t most, uint32_t *root)
{
    size_t n = 0;
    if (g->connected <= most) {
        for (size_t v = 0; v < g->vertices; v++)
            if (g->inner[v] < g->connected)
                root[n++] = (uint32_t)v;
        return n;
    }
    for (uint64_t draw = 0; n < most; draw++) {
        uint32_t v = bfs_draw(seed, draw, g->vertices);
        if (g->inner[v] < g->connected && !holds(root, n, v))
            root[n++] = v;
    }
    return n;
}
