#include "cpu_bound/bfs_kernel.h"

#include <string.h>

void bfs_append(struct bfs_queue *q, const uint32_t *vertex, size_t n)
{
    size_t at = atomic_fetch_add_explicit(&q->count, n, memory_order_relaxed);
    memcpy(q->vertex + at, vertex, n * sizeof *vertex);
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

struct step {
    const struct bfs_graph *g;
    struct bfs_tree *tree;
    struct bfs_queue *next;
    struct bfs_found found;
};

/* Up to PIECE neighbours of one vertex. Lists are sorted, so new neighbours in one word of the bitmap stand
 * together: claiming them by one atomic instruction saves most of its cost, some 20 cycles and far more where
 * another thread has just written the word. */
enum { PIECE = 512 };
static void visit(struct step *s, uint32_t parent, const uint32_t *list, size_t n)
{
    uint32_t fresh[PIECE];
    size_t kept = keep_new(s->tree->visited, list, n, fresh), claimed = 0;
    for (size_t k = 0; k < kept;) {
        uint32_t first = fresh[k] / 64 * 64;
        uint64_t mine = same_word(fresh, kept, &k);
        mine &= ~__atomic_fetch_or(&s->tree->visited[first / 64], mine, __ATOMIC_RELAXED);
        for (; mine != 0; mine &= mine - 1) {
            uint32_t v = first + (uint32_t)__builtin_ctzll(mine);
            s->tree->parent[v] = parent;
            s->found.arcs += s->g->degree[v];
            fresh[claimed++] = v; /* never past k */
        }
    }
    s->found.vertices += claimed;
    if (claimed > 0)
        bfs_append(s->next, fresh, claimed);
}

struct bfs_found bfs_top_down(const struct bfs_graph *g, struct bfs_tree *tree, const uint32_t *frontier, size_t begin,
                              size_t end, struct bfs_queue *next)
{
    enum { AHEAD = 4 }; /* vertices: the beginnings of their lists are on the way from memory */
    struct step s = { g, tree, next, { 0, 0 } };
    for (size_t i = begin; i < end; i++) {
        uint32_t u = frontier[i], soon = frontier[i + AHEAD < end ? i + AHEAD : i];
        __builtin_prefetch(g->neighbour + g->begin[soon]);
        const uint32_t *list = g->neighbour + g->begin[u];
        for (size_t k = 0; k < g->degree[u]; k += PIECE)
            visit(&s, g->outer[u], list + k, g->degree[u] - k < PIECE ? g->degree[u] - k : PIECE);
    }
    return s.found;
}
