#include "cpu_bound/bfs_search.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bfs_search {
    const struct bfs_graph *g;
    enum bfs_direction direction;
    enum isa isa;
    struct bfs_tree tree;
    /* The frontier and what is found from it: lists in top-down levels, bitmaps in bottom-up ones. */
    struct bfs_queue queue, next_queue;
    uint64_t *bitmap, *next_bitmap;
    struct bfs_progress now;
    struct bfs_found found;  /* in this level so far                                         */
};

/* What a thread takes of a frontier list or of the outer labels at a time: some microseconds of work, to outweigh
 * the taking. A list is cut into LIST_PIECES: while it is short, its vertices are hubs, and one is work enough. */
enum { LIST_PIECES = 256, OUTER_CHUNK = 16384 };

/*
 * Every loop over the words of bitmaps deals them out in turn, schedule(static, BFS_WORD_CHUNK): a word stays in the
 * cache of one thread from level to level, and as the work in a word falls with its number (hubs come first),
 * taking turns gives equal shares. Against schedule(dynamic) it saves a tenth of the bottom-up levels.
 */

double bfs_search_bytes(unsigned scale)
{
    return (3 * sizeof(uint32_t) + 3.0 / 8) * (double)((size_t)1 << scale);
}

void bfs_search_destroy(struct bfs_search *s)
{
    if (!s)
        return;
    free(s->tree.visited);
    free(s->tree.parent);
    free(s->queue.vertex);
    free(s->next_queue.vertex);
    free(s->bitmap);
    free(s->next_bitmap);
    free(s);
}

static bool allocate(struct bfs_search *s)
{
    size_t words = bfs_words(s->g->vertices);
    s->tree.visited = array_alloc(words, sizeof *s->tree.visited);
    s->tree.parent = array_alloc(words * 64, sizeof *s->tree.parent);
    s->queue.vertex = array_alloc(s->g->vertices, sizeof *s->queue.vertex);
    s->next_queue.vertex = array_alloc(s->g->vertices, sizeof *s->next_queue.vertex);
    s->bitmap = array_alloc(words, sizeof *s->bitmap);
    s->next_bitmap = array_alloc(words, sizeof *s->next_bitmap);
    return s->tree.visited && s->tree.parent && s->queue.vertex && s->next_queue.vertex && s->bitmap && s->next_bitmap;
}

/* Called by all threads of a team together, as are the other functions below that contain "omp for" or
 * "omp single"; both end with a barrier unless they say nowait. */
void bfs_clear(uint64_t *bitmap, size_t words)
{
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < words; w++)
        bitmap[w] = 0;
}

void bfs_to_list(const uint64_t *bitmap, size_t words, struct bfs_queue *q)
{
    struct bfs_batch batch = { .queue = q };
#pragma omp for schedule(static, BFS_WORD_CHUNK) nowait
    for (size_t w = 0; w < words; w++) {
        uint32_t vertex[64];
        size_t n = 0;
        for (uint64_t bits = bitmap[w]; bits != 0; bits &= bits - 1)
            vertex[n++] = (uint32_t)(w * 64 + (size_t)__builtin_ctzll(bits));
        bfs_batch_add(&batch, vertex, n);
    }
    bfs_batch_flush(&batch);
#pragma omp barrier
}

int bfs_search_create(const struct bfs_graph *g, enum bfs_direction direction, enum isa isa, struct team *team,
                      struct bfs_search **out)
{
    struct bfs_search *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->g = g;
    s->direction = direction;
    s->isa = isa;
    if (!allocate(s)) {
        bfs_search_destroy(s);
        return -ENOMEM;
    }
    /* static: equal work, and pages spread over the team */
#pragma omp parallel default(none) shared(s, g) num_threads(team->threads)
    {
        size_t words = bfs_words(g->vertices);
        bfs_clear(s->tree.visited, words);
        bfs_clear(s->bitmap, words);
        bfs_clear(s->next_bitmap, words);
#pragma omp for schedule(static)
        for (size_t v = 0; v < g->vertices; v++)
            s->tree.parent[v] = s->queue.vertex[v] = s->next_queue.vertex[v] = BFS_NONE;
    }
    *out = s;
    return 0;
}

static void begin_search(struct bfs_search *s, uint32_t root)
{
    const struct bfs_graph *g = s->g;
    bfs_clear(s->tree.visited, bfs_words(g->connected));
#pragma omp single
    {
        uint32_t r = g->inner[root];
        s->tree.parent[r] = root;
        s->tree.visited[r / 64] = UINT64_C(1) << r % 64;
        s->queue.vertex[0] = r;
        s->now = bfs_progress_begin(s->direction, g->connected, g->arcs);
        s->now.frontier = 1;
        s->now.frontier_arcs = g->degree[r];
        s->now.arcs_left -= g->degree[r];
        s->found = (struct bfs_found){ 0, 0 };
        atomic_store_explicit(&s->next_queue.count, 0, memory_order_relaxed);
    }
}

/* A thread's findings to those of the team. */
static void add_found(struct bfs_search *s, struct bfs_found mine)
{
#pragma omp atomic update
    s->found.vertices += mine.vertices;
#pragma omp atomic update
    s->found.arcs += mine.arcs;
#pragma omp barrier
}

static struct bfs_found sum(struct bfs_found a, struct bfs_found b)
{
    return (struct bfs_found){ a.vertices + b.vertices, a.arcs + b.arcs };
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* From a list to a bitmap: what is visited now and was not before the level, noted in s->bitmap. */
static void list_to_bitmap(struct bfs_search *s)
{
    size_t words = bfs_words(s->g->connected);
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < words; w++)
        s->bitmap[w] ^= s->tree.visited[w];
}

static void note_visited(struct bfs_search *s)
{
    size_t words = bfs_words(s->g->connected);
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < words; w++)
        s->bitmap[w] = s->tree.visited[w];
}

static void top_down_level(struct bfs_search *s)
{
    struct bfs_found mine = { 0, 0 };
    size_t n = s->now.frontier, chunk = n / LIST_PIECES + 1;
    if (s->direction == BFS_AUTO)
        note_visited(s);
    /* dynamic: lists have very different lengths */
#pragma omp for schedule(dynamic, 1) nowait
    for (size_t i = 0; i < n; i += chunk)
        mine = sum(mine, bfs_top_down(s->g, &s->tree, s->queue.vertex, i, least(n, i + chunk), &s->next_queue));
    add_found(s, mine);
}

static void bottom_up_level(struct bfs_search *s)
{
    struct bfs_found mine = { 0, 0 };
    size_t words = bfs_words(s->g->connected);
#pragma omp for schedule(static, 1) nowait /* pieces of BFS_WORD_CHUNK */
    for (size_t w = 0; w < words; w += BFS_WORD_CHUNK)
        mine = sum(mine, ISA_SELECT(bfs_bottom_up, s->isa)(s->g, &s->tree, s->bitmap, s->next_bitmap, w,
                                                           least(words, w + BFS_WORD_CHUNK)));
    add_found(s, mine);
}

/* What was found becomes the frontier. */
static void advance(struct bfs_search *s)
{
    if (s->now.bottom_up) {
        uint64_t *bitmap = s->bitmap;
        s->bitmap = s->next_bitmap;
        s->next_bitmap = bitmap;
    } else {
        uint32_t *vertex = s->queue.vertex;
        s->queue.vertex = s->next_queue.vertex;
        s->next_queue.vertex = vertex;
    }
    bfs_progress_advance(&s->now, s->found.vertices, s->found.arcs);
    s->found = (struct bfs_found){ 0, 0 };
    atomic_store_explicit(&s->queue.count, 0, memory_order_relaxed);
    atomic_store_explicit(&s->next_queue.count, 0, memory_order_relaxed);
}

/* @was_bottom_up: the direction of the level that is done. */
static void next_level(struct bfs_search *s, bool was_bottom_up)
{
#pragma omp single
    advance(s);
    if (s->now.bottom_up && !was_bottom_up)
        list_to_bitmap(s);
    else if (was_bottom_up && !s->now.bottom_up)
        bfs_to_list(s->bitmap, bfs_words(s->g->connected), &s->queue);
}

/* What this search has not reached may still have a parent from the one before. */
static void forget_unreached(struct bfs_search *s)
{
    size_t words = bfs_words(s->g->connected);
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < words; w++)
        for (uint64_t bits = ~s->tree.visited[w]; bits != 0; bits &= bits - 1)
            s->tree.parent[w * 64 + (size_t)__builtin_ctzll(bits)] = BFS_NONE;
}

static void to_outer(struct bfs_search *s, uint32_t *parent)
{
    size_t n = s->g->vertices;
    /* static: equal work for each vertex, and pages near the thread that touched them first */
#pragma omp for schedule(static)
    for (size_t v = 0; v < n; v += OUTER_CHUNK)
        ISA_SELECT(bfs_to_outer, s->isa)(s->g, s->tree.parent, parent, v, least(n, v + OUTER_CHUNK));
}

void bfs_search(struct bfs_search *s, uint32_t root, uint32_t *parent)
{
    begin_search(s, root);
    while (s->now.frontier > 0) {
        bool bottom_up = s->now.bottom_up;
        if (bottom_up)
            bottom_up_level(s);
        else
            top_down_level(s);
        next_level(s, bottom_up);
    }
    forget_unreached(s);
    to_outer(s, parent);
}
