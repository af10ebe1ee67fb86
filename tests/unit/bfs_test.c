/*
 * cpu_bound/bfs*: the generator against closed forms, the graph and the searches against plain second
 * algorithms, and the five rules against trees that break each of them.
 */
#include "common/digest.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_search.h"
#include "cpu_bound/bfs_sort.h"
#include "cpu_bound/bfs_validate.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED = 7 };
static const unsigned thread_counts[] = { 1, 2, 3, 4, 7 };
enum { COUNTS = sizeof thread_counts / sizeof *thread_counts };

static struct team team_of(unsigned threads)
{
    struct team team;
    CU_ASSERT_EQUAL_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0), 0);
    return team;
}

static struct bfs_graph *graph_of(unsigned scale, uint64_t seed, unsigned threads)
{
    struct bfs_graph *g = NULL;
    struct team team = team_of(threads);
    CU_ASSERT_EQUAL_FATAL(bfs_graph_create(scale, seed, &team, &g), 0);
    team_destroy(&team);
    return g;
}

/* --- the generator --- */

static void edges_are_a_function_of_their_number(void)
{
    struct kronecker_edge whole[1000], pieces[1000];
    kronecker_fill(whole, 12, SEED, 0, 1000);
    kronecker_fill(pieces + 421, 12, SEED, 421, 1000);
    kronecker_fill(pieces, 12, SEED, 0, 421);
    CU_ASSERT_EQUAL(memcmp(whole, pieces, sizeof whole), 0);
    kronecker_fill(pieces, 12, SEED + 1, 0, 1000);
    CU_ASSERT_NOT_EQUAL(memcmp(whole, pieces, sizeof whole), 0);
}

/* Both invariant under relabelling: an edge is a loop where it takes A or D on every level, (0.57 + 0.05)^scale;
 * it starts at the vertex that starts most edges where it takes A or B on every level, 0.76^scale. */
static void loops_and_the_largest_hub_are_as_frequent_as_computed(void)
{
    enum { SCALE = 12, EDGES = 16 << SCALE };
    static struct kronecker_edge edge[EDGES];
    static int from[1 << SCALE], to[1 << SCALE];
    double p_loop = 1, p_hub = 1;
    int loops = 0, hub = 0;
    kronecker_fill(edge, SCALE, SEED, 0, EDGES);
    for (int i = 0; i < SCALE; i++) {
        p_loop *= 0.62;
        p_hub *= 0.76;
    }
    for (int i = 0; i < EDGES; i++) {
        CU_ASSERT_FATAL(edge[i].u < 1 << SCALE && edge[i].v < 1 << SCALE);
        loops += edge[i].u == edge[i].v;
        from[edge[i].u]++;
        to[edge[i].v]++;
    }
    for (int v = 0; v < 1 << SCALE; v++)
        hub = from[v] > hub ? from[v] : hub;
    CU_ASSERT_DOUBLE_EQUAL(loops, p_loop * EDGES, 0.25 * p_loop * EDGES); /* 211 expected, sigma 15  */
    CU_ASSERT_DOUBLE_EQUAL(hub, p_hub * EDGES, 0.1 * p_hub * EDGES);      /* 2434 expected, sigma 48 */
    hub = 0;
    for (int v = 0; v < 1 << SCALE; v++)
        hub = to[v] > hub ? to[v] : hub;
    CU_ASSERT_DOUBLE_EQUAL(hub, p_hub * EDGES, 0.1 * p_hub * EDGES);
}

static void every_label_occurs_once(void)
{
    for (unsigned scale = 1; scale <= 8; scale++) {
        struct bfs_graph *g = graph_of(scale, SEED, 1);
        for (size_t v = 0; v < g->vertices; v++) {
            CU_ASSERT(g->inner[v] < g->vertices);
            CU_ASSERT_EQUAL(g->outer[g->inner[v]], v);
        }
        bfs_graph_destroy(g);
    }
}

/* --- the graph --- */

static int rising(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void lists_of_every_length_are_sorted(void)
{
    static const size_t lengths[] = { 0, 1, 2, 63, 64, 65, 257, 5000 };
    static const uint32_t largest[] = { 1, 255, 256, 65535, 65536, 16777216, UINT32_MAX };
    static uint32_t list[5000], want[5000], scratch[5000];
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (size_t m = 0; m < sizeof largest / sizeof *largest; m++) {
            for (size_t i = 0; i < lengths[l]; i++)
                list[i] = want[i] = (uint32_t)(kronecker_random(SEED, 9, i) % ((uint64_t)largest[m] + 1));
            bfs_sort(list, lengths[l], scratch, largest[m]);
            qsort(want, lengths[l], sizeof *want, rising);
            CU_ASSERT_EQUAL(memcmp(list, want, lengths[l] * sizeof *list), 0);
        }
}

/* Pairs: by the label above, whatever is below. */
static void pairs_are_sorted_by_label(void)
{
    static uint64_t list[5000], scratch[5000];
    static const size_t lengths[] = { 0, 1, 63, 64, 5000 };
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        uint64_t sum = 0, sorted_sum = 0;
        for (size_t i = 0; i < lengths[l]; i++) {
            uint32_t label = (uint32_t)kronecker_random(SEED, 10, i);
            list[i] = (uint64_t)label << 32 | (uint32_t)kronecker_random(label, 11, 0);
            sum += kronecker_mix(list[i]);
        }
        bfs_sort_pairs(list, lengths[l], scratch, UINT32_MAX);
        for (size_t i = 0; i < lengths[l]; i++) {
            CU_ASSERT(i == 0 || list[i - 1] >> 32 <= list[i] >> 32);
            sorted_sum += kronecker_mix(list[i]);
        }
        CU_ASSERT_EQUAL(sorted_sum, sum);
    }
}

/* Every list against all edges: slow and plain. */
static void lists_hold_the_neighbours_and_nothing_else(void)
{
    enum { SCALE = 7, N = 1 << SCALE };
    static bool joined[N][N];
    struct bfs_graph *g = graph_of(SCALE, SEED, 2);
    size_t arcs = 0;
    memset(joined, 0, sizeof joined);
    for (size_t i = 0; i < g->edges; i++)
        if (g->edge[i].u != g->edge[i].v)
            joined[g->edge[i].u][g->edge[i].v] = joined[g->edge[i].v][g->edge[i].u] = true;
    for (size_t v = 0; v < N; v++) {
        size_t a = g->inner[v], degree = 0;
        for (size_t u = 0; u < N; u++)
            degree += joined[v][u];
        CU_ASSERT_EQUAL(a < g->connected, degree > 0);
        if (degree == 0)
            continue;
        CU_ASSERT_EQUAL_FATAL(g->degree[a], degree);
        arcs += degree;
        for (size_t k = 0; k < degree; k++) {
            uint32_t b = g->neighbour[g->begin[a] + k];
            CU_ASSERT(joined[v][g->outer[b]]);
            CU_ASSERT(k == 0 || b > g->neighbour[g->begin[a] + k - 1]);
            if (k < BFS_HEADS) {
                CU_ASSERT_EQUAL(g->head[k][a], b);
                CU_ASSERT_EQUAL(g->head_outer[k][a], g->outer[b]);
            }
        }
    }
    CU_ASSERT_EQUAL(g->arcs, arcs);
    bfs_graph_destroy(g);
}

/* The lists, and the room between them, do not depend on who filled them. */
static uint64_t digest_of(const struct bfs_graph *g)
{
    uint64_t part[] = { digest_bytes(g->edge, g->edges * sizeof *g->edge),
                        digest_bytes(g->ends, g->vertices * sizeof *g->ends),
                        digest_bytes(g->inner, g->vertices * sizeof *g->inner),
                        digest_bytes(g->outer, g->vertices * sizeof *g->outer),
                        digest_bytes(g->begin, g->connected * sizeof *g->begin),
                        digest_bytes(g->degree, g->connected * sizeof *g->degree), 0 };
    for (size_t a = 0; a < g->connected; a++)
        part[6] = part[6] * 31 + digest_bytes(g->neighbour + g->begin[a], g->degree[a] * sizeof *g->neighbour);
    return digest_join(part, sizeof part / sizeof *part);
}

static void the_graph_is_the_same_at_every_thread_count(void)
{
    uint64_t want = 0;
    for (int t = 0; t < COUNTS; t++) {
        struct bfs_graph *g = graph_of(11, SEED, thread_counts[t]);
        if (t == 0)
            want = digest_of(g);
        CU_ASSERT_EQUAL(digest_of(g), want);
        bfs_graph_destroy(g);
    }
}

static void hubs_come_first(void)
{
    struct bfs_graph *g = graph_of(10, SEED, 2);
    for (size_t a = 1; a < g->vertices; a++) /* classes are as wide as 1/64 of the degree */
        CU_ASSERT((a < g->connected ? g->ends[g->outer[a]] : 0) <= 1.02 * g->ends[g->outer[a - 1]] + 2);
    bfs_graph_destroy(g);
}

static void roots_are_different_vertices_with_neighbours(void)
{
    for (unsigned scale = 1; scale <= 12; scale++) {
        uint32_t root[64];
        struct bfs_graph *g = graph_of(scale, SEED, 1);
        size_t n = bfs_graph_roots(g, SEED, 64, root);
        CU_ASSERT_EQUAL(n, g->connected < 64 ? g->connected : 64);
        for (size_t i = 0; i < n; i++) {
            CU_ASSERT(g->inner[root[i]] < g->connected);
            for (size_t j = 0; j < i; j++)
                CU_ASSERT_NOT_EQUAL(root[i], root[j]);
        }
        bfs_graph_destroy(g);
    }
}

/* --- the kernels and the search --- */

/* A frontier of every third vertex, some vertices visited. */
static void bottom_up_gives_the_same_bits_in_every_instruction_set(void)
{
    for (unsigned scale = 1; scale <= 11; scale += 2) {
        struct bfs_graph *g = graph_of(scale, SEED, 1);
        size_t words = bfs_words(g->connected), n = words * 64;
        uint64_t *bits = array_alloc(6 * words, sizeof *bits), *frontier = bits, *visited[2] = { bits + words, bits + 2 * words },
                 *next[2] = { bits + 3 * words, bits + 4 * words };
        uint32_t *parents = array_alloc(2 * n, sizeof *parents), *parent[2] = { parents, parents + n };
        for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
            if (!isa_available(isa))
                continue;
            int copy = isa != ISA_BASELINE;
            for (size_t w = 0; w < words; w++) {
                frontier[w] = 0x9249249249249249 & (n - w * 64 > 64 ? UINT64_MAX : 0xff);
                visited[copy][w] = frontier[w] | 0x00f0000000000000;
            }
            for (size_t v = 0; v < n; v++)
                parent[copy][v] = BFS_NONE;
            struct bfs_tree tree = { visited[copy], parent[copy] };
            ISA_SELECT(bfs_bottom_up, isa)(g, &tree, frontier, next[copy], 0, words);
            if (copy) {
                CU_ASSERT_EQUAL(memcmp(visited[0], visited[1], words * sizeof *bits), 0);
                CU_ASSERT_EQUAL(memcmp(next[0], next[1], words * sizeof *bits), 0);
                CU_ASSERT_EQUAL(memcmp(parent[0], parent[1], n * sizeof *parents), 0);
            }
        }
        free(bits);
        free(parents);
        bfs_graph_destroy(g);
    }
}

/* The vertices of a word and a half, and slots that hold far less than what is found: several rounds. Every neighbour that is
 * not known arrives once, in the slot of its part, from one of the frontier that has it as a neighbour. */
static void what_goes_to_other_ranks_arrives_once(void)
{
    enum { PARTS = 3, FRONTIER = 96 };
    struct bfs_graph *g = graph_of(12, SEED, 1);
    size_t words = bfs_words(g->connected), first_word[PARTS + 1] = { 0, 1, words / 2, words }, rounds = 0;
    uint64_t *known = calloc(2 * words, sizeof *known), *came = known + words;
    uint32_t frontier[FRONTIER], *by = calloc(words * 64, sizeof *by);
    atomic_size_t count[PARTS];
    struct bfs_outbox out = { .parts = PARTS, .first_word = first_word, .room = 2 * BFS_PIECE, .full_at = 2 * BFS_PIECE - BFS_UNDER_WAY, .count = count };
    struct bfs_posts posts[PARTS] = { { .n = 0 } };
    out.slot = malloc(PARTS * out.room * sizeof *out.slot);
    for (uint32_t i = 0; i < FRONTIER; i++) {
        frontier[i] = i;
        known[i / 64] |= UINT64_C(1) << i % 64;
    }
    for (struct bfs_place at = { 0, FRONTIER, 0, posts }; at.i < at.end; rounds++) {
        for (int p = 0; p < PARTS; p++)
            atomic_store(&count[p], 0);
        atomic_store(&out.full, false);
        bfs_top_down_away(g, known, frontier, &at, &out);
        bfs_post(&at, &out);
        for (size_t p = 0; p < PARTS; p++)
            for (size_t i = 0; i < count[p]; i++) {
                struct bfs_arrival a = out.slot[p * out.room + i];
                CU_ASSERT_FATAL(count[p] <= out.room && a.vertex / 64 >= first_word[p] && a.vertex / 64 < first_word[p + 1]);
                CU_ASSERT_EQUAL(came[a.vertex / 64] >> a.vertex % 64 & 1, 0);
                came[a.vertex / 64] |= UINT64_C(1) << a.vertex % 64;
                by[a.vertex] = a.parent;
            }
    }
    CU_ASSERT(rounds > 1);
    size_t expected = 0, arrived = 0;
    for (size_t v = FRONTIER; v < g->connected; v++) {
        bool neighbour = false, right = false;
        for (size_t k = 0; k < g->degree[v]; k++) {
            uint32_t u = g->neighbour[g->begin[v] + k];
            neighbour = neighbour || u < FRONTIER;
            right = right || (u < FRONTIER && g->outer[u] == by[v]);
        }
        bool there = came[v / 64] >> v % 64 & 1;
        expected += neighbour;
        arrived += there;
        CU_ASSERT(there == neighbour && (right || !there));
    }
    CU_ASSERT(expected > 1000 && arrived == expected);
    free(out.slot);
    free(known);
    free(by);
    bfs_graph_destroy(g);
}

/* What is in the tree stays as it is; what is new comes into it once, with the first parent. */
static void arrivals_come_into_the_tree_once(void)
{
    struct bfs_graph *g = graph_of(9, SEED, 1);
    size_t words = bfs_words(g->connected);
    uint64_t *visited = calloc(words, sizeof *visited);
    uint32_t *parent = calloc(words * 64, sizeof *parent), *vertex = calloc(words * 64, sizeof *vertex);
    struct bfs_tree tree = { visited, parent };
    struct bfs_queue next = { .vertex = vertex };
    const uint32_t base = 640;
    const struct bfs_arrival in[] = { { base + 5, 50 }, { base + 7, 70 }, { base + 5, 51 }, { base + 3, 30 } };
    visited[0] = 1 << 3;
    struct bfs_found found = bfs_arrive(g, &tree, in, 4, base, false, &next);
    CU_ASSERT_EQUAL(found.vertices, 2);
    CU_ASSERT_EQUAL(found.arcs, g->degree[5] + g->degree[7]);
    CU_ASSERT(visited[0] == (1 << 3 | 1 << 5 | 1 << 7) && parent[5] == 50 && parent[7] == 70 && parent[3] == 0);
    CU_ASSERT(next.count == 2 && vertex[0] == 5 && vertex[1] == 7);
    found = bfs_arrive(g, &tree, in + 3, 1, base, true, &next); /* claimed before: its bit says nothing */
    CU_ASSERT(found.vertices == 1 && parent[3] == 30 && next.count == 3 && vertex[2] == 3);
    free(visited);
    free(parent);
    free(vertex);
    bfs_graph_destroy(g);
}

/* Depths by going over all edges until nothing changes. */
static void plain_depths(const struct bfs_graph *g, uint32_t root, uint32_t *depth)
{
    for (size_t v = 0; v < g->vertices; v++)
        depth[v] = BFS_NONE;
    depth[root] = 0;
    for (uint32_t d = 0, changed = 1; changed; d++) {
        changed = 0;
        for (size_t i = 0; i < 2 * g->edges; i++) {
            struct kronecker_edge e = g->edge[i / 2];
            uint32_t from = i % 2 ? e.v : e.u, to = i % 2 ? e.u : e.v;
            if (depth[from] == d && depth[to] == BFS_NONE) {
                depth[to] = d + 1;
                changed = 1;
            }
        }
    }
}

static void search_all(const struct bfs_graph *g, enum bfs_direction direction, enum isa isa, unsigned threads, const uint32_t *root,
                       size_t roots, size_t stride, uint32_t *parent)
{
    struct bfs_search *s = NULL;
    struct team team = team_of(threads);
    CU_ASSERT_EQUAL_FATAL(bfs_search_create(g, direction, isa, &team, &s), 0);
#pragma omp parallel default(none) shared(s, root, roots, stride, parent) num_threads(threads)
    for (size_t i = 0; i < roots; i++)
        bfs_search(s, root[i], parent + i * stride);
    bfs_search_destroy(s);
    team_destroy(&team);
}

/* A parent is one depth nearer to the root; what has no depth has no parent. */
static bool fits(const uint32_t *parent, const uint32_t *depth, size_t n, uint32_t root)
{
    for (size_t v = 0; v < n; v++)
        if (v == root ? parent[v] != root
                      : depth[v] == BFS_NONE ? parent[v] != BFS_NONE : parent[v] >= n || depth[parent[v]] + 1 != depth[v])
            return false;
    return true;
}

static size_t stride_of(const struct bfs_graph *g)
{
    return (g->vertices + 15) / 16 * 16;
}

static void depths_are_those_of_a_plain_search(void)
{
    for (unsigned scale = 1; scale <= 13; scale += 2) {
        uint32_t root[5];
        struct bfs_graph *g = graph_of(scale, SEED, 2);
        size_t roots = bfs_graph_roots(g, SEED, 5, root), stride = stride_of(g);
        uint32_t *parent = array_alloc(roots * stride, sizeof *parent), *depth = array_alloc(roots * stride, sizeof *depth);
        for (size_t i = 0; i < roots; i++)
            plain_depths(g, root[i], depth + i * stride);
        for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)
            for (int t = 0; isa_available(isa) && t < COUNTS; t++)
                for (enum bfs_direction d = BFS_AUTO; d <= BFS_TOP_DOWN; d++) {
                    search_all(g, d, isa, thread_counts[t], root, roots, stride, parent);
                    for (size_t i = 0; i < roots; i++)
                        CU_ASSERT(fits(parent + i * stride, depth + i * stride, g->vertices, root[i]));
                }
        free(parent);
        free(depth);
        bfs_graph_destroy(g);
    }
}

/* --- the five rules: a tree that breaks one is refused by its name --- */

enum { BROKEN_SCALE = 9, BROKEN_ROOTS = 19 }; /* more than one pass of 16 lanes */

struct case_of_rules {
    struct bfs_graph *g;
    uint32_t root[BROKEN_ROOTS], *parent, *depth; /* of the last root: parent, depth */
    size_t stride, reached[BROKEN_ROOTS];
    double edges[BROKEN_ROOTS];
    uint64_t digest[BROKEN_ROOTS];
    uint32_t *all;
    char why[256];
};

static void make_case(struct case_of_rules *c)
{
    c->g = graph_of(BROKEN_SCALE, SEED, 2);
    CU_ASSERT_EQUAL_FATAL(bfs_graph_roots(c->g, SEED, BROKEN_ROOTS, c->root), BROKEN_ROOTS);
    c->stride = stride_of(c->g);
    c->all = array_alloc(BROKEN_ROOTS * c->stride, sizeof *c->all);
    c->depth = array_alloc(c->stride, sizeof *c->depth);
    search_all(c->g, BFS_AUTO, ISA_BASELINE, 2, c->root, BROKEN_ROOTS, c->stride, c->all);
    c->parent = c->all + (BROKEN_ROOTS - 1) * c->stride;
    plain_depths(c->g, c->root[BROKEN_ROOTS - 1], c->depth);
}

static void free_case(struct case_of_rules *c)
{
    free(c->all);
    free(c->depth);
    bfs_graph_destroy(c->g);
}

static int validate_by(struct case_of_rules *c, enum isa isa)
{
    const struct bfs_trees trees = { .count = BROKEN_ROOTS, .stride = c->stride, .root = c->root, .parent = c->all,
                                     .edges = c->edges, .digest = c->digest, .reached = c->reached };
    c->why[0] = '\0';
    return bfs_validate(c->g, &trees, isa, 2, c->why, sizeof c->why);
}

/* Breaks the last tree at @v and expects that rule named, by every instruction set. */
static void breaks(struct case_of_rules *c, size_t v, uint32_t parent, const char *rule)
{
    uint32_t right = c->parent[v];
    char root[32];
    snprintf(root, sizeof root, "root %u ", c->root[BROKEN_ROOTS - 1]);
    c->parent[v] = parent;
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)
        if (isa_available(isa)) {
            CU_ASSERT_EQUAL(validate_by(c, isa), -EDOM);
            CU_ASSERT_PTR_NOT_NULL(strstr(c->why, rule));
            CU_ASSERT_PTR_NOT_NULL(strstr(c->why, root));
        }
    c->parent[v] = right;
}

static size_t vertex_of_depth(const struct case_of_rules *c, uint32_t depth)
{
    for (size_t v = 0; v < c->g->vertices; v++)
        if (c->depth[v] == depth)
            return v;
    CU_FAIL_FATAL("no vertex of that depth");
    return 0;
}

static bool adjacent(const struct bfs_graph *g, uint32_t u, uint32_t v)
{
    for (size_t i = 0; i < g->edges; i++)
        if ((g->edge[i].u == u && g->edge[i].v == v) || (g->edge[i].u == v && g->edge[i].v == u))
            return true;
    return false;
}

static bool is_parent(const struct case_of_rules *c, uint32_t v)
{
    for (size_t u = 0; u < c->g->vertices; u++)
        if (u != v && c->parent[u] == v)
            return true;
    return false;
}

static void right_trees_are_accepted(void)
{
    struct case_of_rules c;
    make_case(&c);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++)
        if (isa_available(isa))
            CU_ASSERT_EQUAL(validate_by(&c, isa), 0);
    for (size_t i = 0; i < BROKEN_ROOTS; i++) { /* edges of the component, counted one by one */
        double edges = 0;
        for (size_t e = 0; e < c.g->edges; e++)
            edges += c.all[i * c.stride + c.g->edge[e].u] != BFS_NONE;
        CU_ASSERT_EQUAL(c.edges[i], edges);
    }
    free_case(&c);
}

static void cycles_and_loose_ends_break_rule_1(void)
{
    struct case_of_rules c;
    make_case(&c);
    uint32_t root = c.root[BROKEN_ROOTS - 1], a = (uint32_t)vertex_of_depth(&c, 1), b = (uint32_t)vertex_of_depth(&c, 2);
    breaks(&c, root, a, "rule 1");
    breaks(&c, a, a, "rule 1");
    breaks(&c, a, (uint32_t)c.g->vertices, "rule 1");
    uint32_t right = c.parent[a];
    c.parent[a] = b;
    breaks(&c, b, a, "rule 1"); /* a cycle of two */
    c.parent[a] = right;
    free_case(&c);
}

/* An edge between two depths of 1, taken as a tree edge: a valid tree, but not of a breadth-first search. */
static void a_detour_breaks_rule_3(void)
{
    struct case_of_rules c;
    make_case(&c);
    for (size_t i = 0; i < c.g->edges; i++) {
        struct kronecker_edge e = c.g->edge[i];
        if (e.u == e.v || c.depth[e.u] != 1 || c.depth[e.v] != 1)
            continue;
        uint32_t right = c.parent[e.u];
        c.parent[e.u] = e.v; /* depth 2 now; beside it, its edge to the root (depth 0) remains */
        breaks(&c, e.u, e.v, "rule 3");
        c.parent[e.u] = right;
        break;
    }
    free_case(&c);
}

static void a_vertex_left_out_breaks_rule_4(void)
{
    struct case_of_rules c;
    make_case(&c);
    size_t leaf = c.g->vertices;
    for (size_t v = 0; v < c.g->vertices; v++)
        if (c.depth[v] != BFS_NONE && c.depth[v] > 0 && !is_parent(&c, (uint32_t)v))
            leaf = v;
    CU_ASSERT_FATAL(leaf < c.g->vertices);
    breaks(&c, leaf, BFS_NONE, "rule 4");
    free_case(&c);
}

/* The right depth, by an edge that is not there. */
static void a_made_up_edge_breaks_rule_5(void)
{
    struct case_of_rules c;
    make_case(&c);
    size_t n = c.g->vertices, child = n, parent = n;
    for (size_t v = 0; v < n && child == n; v++)
        for (size_t u = 0; u < n && child == n; u++)
            if (c.depth[v] == 2 && c.depth[u] == 1 && !adjacent(c.g, (uint32_t)u, (uint32_t)v)) {
                child = v;
                parent = u;
            }
    CU_ASSERT_FATAL(child < n);
    breaks(&c, child, (uint32_t)parent, "rule 5");
    free_case(&c);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(edges_are_a_function_of_their_number),
        UNIT(loops_and_the_largest_hub_are_as_frequent_as_computed),
        UNIT(every_label_occurs_once),
        UNIT(lists_of_every_length_are_sorted),
        UNIT(pairs_are_sorted_by_label),
        UNIT(lists_hold_the_neighbours_and_nothing_else),
        UNIT(the_graph_is_the_same_at_every_thread_count),
        UNIT(hubs_come_first),
        UNIT(roots_are_different_vertices_with_neighbours),
        UNIT(bottom_up_gives_the_same_bits_in_every_instruction_set),
        UNIT(what_goes_to_other_ranks_arrives_once),
        UNIT(arrivals_come_into_the_tree_once),
        UNIT(depths_are_those_of_a_plain_search),
        UNIT(right_trees_are_accepted),
        UNIT(cycles_and_loose_ends_break_rule_1),
        UNIT(a_detour_breaks_rule_3),
        UNIT(a_vertex_left_out_breaks_rule_4),
        UNIT(a_made_up_edge_breaks_rule_5),
        UNIT_END,
    };
    return unit_main("bfs", tests);
}
