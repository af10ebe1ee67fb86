#include "cpu_bound/bfs_kernel.h"

#include <string.h>

void bfs_append(struct bfs_queue *q, const uint32_t *vertex, size_t n)
{
    size_t at = atomic_fetch_add_explicit(&q->count, n, memory_order_relaxed);
    memcpy(q->vertex + at, vertex, n * sizeof *vertex);
}

void bfs_batch_flush(struct bfs_batch *batch)
{
    if (batch->n > 0)
        bfs_append(batch->queue, batch->vertex, batch->n);
    batch->n = 0;
}

void bfs_batch_add(struct bfs_batch *batch, const uint32_t *vertex, size_t n)
{
    if (batch->n > BFS_PIECE)
        bfs_batch_flush(batch);
    memcpy(batch->vertex + batch->n, vertex, n * sizeof *vertex);
    batch->n += n;
}

/* Of @n vertices of a list, those that are not in the tree, to @fresh. Without a branch: at first most are new, in
 * the end hardly any, and in between a guess would be wrong half of the time. */
static size_t keep_new(const uint64_t *visited, const uint32_t *list, size_t n, uint32_t *fresh)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++) {
        fresh[kept] = list[k];
        kept += !(__atomic_load_n(&visited[list[k] / 64], __ATOMIC_RELAXED) >> list[k] % 64 & 1);
    }
    return kept;
}

/* The vertices from list[*k] on that share a word of the bitmap with it, as its bits; *k moves past them. */
static inline uint64_t same_word(const uint32_t *list, size_t n, size_t *k)
{
    uint32_t word = list[*k] / 64;
    uint64_t bits = 0;
    do
        bits |= UINT64_C(1) << list[*k] % 64;
    while (++*k < n && list[*k] / 64 == word);
    return bits;
}

/* The next of @n fresh vertices that are still not in the tree, one word of them: claimed now. Lists are sorted, so new
 * neighbours in one word of the bitmap stand together: claiming them by one atomic instruction saves most of its cost, some
 * 20 cycles and far more where another thread has just written the word. */
static inline uint64_t claim(uint64_t *visited, const uint32_t *fresh, size_t n, size_t *k, uint32_t *first)
{
    *first = fresh[*k] / 64 * 64;
    uint64_t mine = same_word(fresh, n, k);
    return mine & ~__atomic_fetch_or(&visited[*first / 64], mine, __ATOMIC_RELAXED);
}

struct step {
    const struct bfs_graph *g;
    struct bfs_tree *tree;
    struct bfs_found found;
    struct bfs_batch next;
};

/* Up to BFS_PIECE neighbours of one vertex. */
static void visit(struct step *s, uint32_t parent, const uint32_t *list, size_t n)
{
    uint32_t fresh[BFS_PIECE], first;
    size_t kept = keep_new(s->tree->visited, list, n, fresh), claimed = 0;
    for (size_t k = 0; k < kept;)
        for (uint64_t mine = claim(s->tree->visited, fresh, kept, &k, &first); mine != 0; mine &= mine - 1) {
            uint32_t v = first + (uint32_t)__builtin_ctzll(mine);
            s->tree->parent[v] = parent;
            s->found.arcs += s->g->degree[v];
            fresh[claimed++] = v; /* never past k */
        }
    s->found.vertices += claimed;
    bfs_batch_add(&s->next, fresh, claimed);
}

enum { AHEAD = 4 }; /* vertices: the beginnings of their lists are on the way from memory */

static size_t piece_of(const struct bfs_graph *g, uint32_t u, size_t k)
{
    return g->degree[u] - k < BFS_PIECE ? g->degree[u] - k : BFS_PIECE;
}

struct bfs_found bfs_top_down(const struct bfs_graph *g, struct bfs_tree *tree, const uint32_t *frontier, size_t begin,
                              size_t end, struct bfs_queue *next)
{
    struct step s; /* its batch is not worth clearing */
    s.g = g;
    s.tree = tree;
    s.found = (struct bfs_found){ 0, 0 };
    s.next.queue = next;
    s.next.n = 0;
    for (size_t i = begin; i < end; i++) {
        uint32_t u = frontier[i], soon = frontier[i + AHEAD < end ? i + AHEAD : i];
        __builtin_prefetch(g->neighbour + g->begin[soon]);
        const uint32_t *list = g->neighbour + g->begin[u];
        for (size_t k = 0; k < g->degree[u]; k += BFS_PIECE)
            visit(&s, g->outer[u], list + k, piece_of(g, u, k));
    }
    bfs_batch_flush(&s.next);
    return s.found;
}

/* --- on ranks --- */

/* Parts have about the same number of words: a guess, mended by a step or two. */
static size_t part_of(const struct bfs_outbox *out, size_t word)
{
    size_t part = word * out->parts / out->first_word[out->parts];
    while (word < out->first_word[part])
        part--;
    while (word >= out->first_word[part + 1])
        part++;
    return part;
}

/* What a thread has for @part into its slot. */
static void post(struct bfs_posts *posts, size_t part, struct bfs_outbox *out)
{
    size_t at = atomic_fetch_add_explicit(&out->count[part], posts->n, memory_order_relaxed);
    memcpy(out->slot + part * out->room + at, posts->arrival, posts->n * sizeof *posts->arrival);
    if (at + posts->n > out->full_at)
        atomic_store_explicit(&out->full, true, memory_order_relaxed);
    posts->n = 0;
}

void bfs_post(struct bfs_place *at, struct bfs_outbox *out)
{
    for (size_t part = 0; part < out->parts; part++)
        if (at->posts[part].n > 0)
            post(&at->posts[part], part, out);
}

static void keep(struct bfs_posts *all, uint32_t first, uint64_t bits, uint32_t parent, struct bfs_outbox *out)
{
    size_t part = part_of(out, first / 64);
    struct bfs_posts *posts = &all[part];
    for (; bits != 0; bits &= bits - 1) {
        posts->arrival[posts->n++] = (struct bfs_arrival){ first + (uint32_t)__builtin_ctzll(bits), parent };
        if (posts->n == BFS_POSTS)
            post(posts, part, out);
    }
}

static void visit_away(uint64_t *known, uint32_t parent, const uint32_t *list, size_t n, struct bfs_posts *posts,
                       struct bfs_outbox *out)
{
    uint32_t fresh[BFS_PIECE], first;
    size_t kept = keep_new(known, list, n, fresh);
    for (size_t k = 0; k < kept;) {
        uint64_t mine = claim(known, fresh, kept, &k, &first);
        if (mine != 0)
            keep(posts, first, mine, parent, out);
    }
}

void bfs_top_down_away(const struct bfs_graph *g, uint64_t *known, const uint32_t *frontier, struct bfs_place *at,
                       struct bfs_outbox *out)
{
    for (; at->i < at->end; at->i++, at->k = 0) {
        uint32_t u = frontier[at->i], soon = frontier[at->i + AHEAD < at->end ? at->i + AHEAD : at->i];
        __builtin_prefetch(g->neighbour + g->begin[soon]);
        for (; at->k < g->degree[u]; at->k += BFS_PIECE) {
            if (atomic_load_explicit(&out->full, memory_order_relaxed))
                return;
            visit_away(known, g->outer[u], g->neighbour + g->begin[u] + at->k, piece_of(g, u, at->k), at->posts, out);
        }
    }
}

struct bfs_found bfs_arrive(const struct bfs_graph *g, struct bfs_tree *tree, const struct bfs_arrival *in, size_t n, uint32_t base,
                            bool claimed, struct bfs_queue *next)
{
    uint32_t fresh[BFS_PIECE];
    struct bfs_found found = { 0, 0 };
    for (size_t i = 0; i < n;) {
        size_t kept = 0;
        for (size_t end = n - i < BFS_PIECE ? n : i + BFS_PIECE; i < end; i++) {
            uint32_t v = in[i].vertex - base;
            uint64_t bit = UINT64_C(1) << v % 64;
            if (!claimed && __atomic_fetch_or(&tree->visited[v / 64], bit, __ATOMIC_RELAXED) & bit)
                continue;
            tree->parent[v] = in[i].parent;
            found.arcs += g->degree[v];
            fresh[kept++] = v;
        }
        found.vertices += kept;
        if (kept > 0)
            bfs_append(next, fresh, kept);
    }
    return found;
}
