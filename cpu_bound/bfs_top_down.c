#include "cpu_bound/bfs_kernel.h"

#include <string.h>

void bfs_append(struct bfs_queue *q, const uint32_t *vertex, size_t n)
{
    size_t at = atomic_fetch_add_explicit(&q->count, n, memory_order_relaxed);
    memcpy(q->vertex + at, vertex, n * sizeof *vertex);
}

/* The bits of @bits that the caller is the first to set. Most have been set before, so a plain look comes first:
 * an atomic instruction costs some 20 cycles, and much more where another thread has just written the word. */
static inline uint64_t claim(uint64_t *word, uint64_t bits)
{
    bits &= ~__atomic_load_n(word, __ATOMIC_RELAXED);
    return bits ? bits & ~__atomic_fetch_or(word, bits, __ATOMIC_RELAXED) : 0;
}

/* The vertices of a list, from @k on, that share a word of the bitmap with list[k], as its bits. Lists are
 * sorted, so they stand together; to claim them together saves atomic instructions. */
static inline uint64_t same_word(const uint32_t *list, size_t n, size_t *k)
{
    uint32_t word = list[*k] / 64;
    uint64_t bits = 0;
    do
        bits |= UINT64_C(1) << list[*k] % 64;
    while (++*k < n && list[*k] / 64 == word);
    return bits;
}

struct bfs_found bfs_top_down(const struct bfs_graph *g, struct bfs_tree *tree, const uint32_t *frontier, size_t begin,
                              size_t end, struct bfs_queue *next)
{
    enum { BATCH = 1024 }; /* collected before one atomic addition to the shared count */
    uint32_t batch[BATCH + 64];
    struct bfs_found found = { 0, 0 };
    size_t n = 0;
    for (size_t i = begin; i < end; i++) {
        uint32_t u = frontier[i], parent = g->outer[u];
        const uint32_t *list = g->neighbour + g->begin[u];
        for (size_t k = 0; k < g->degree[u];) {
            uint32_t first = list[k] / 64 * 64;
            uint64_t mine = same_word(list, g->degree[u], &k);
            for (mine = claim(&tree->visited[first / 64], mine); mine != 0; mine &= mine - 1) {
                uint32_t v = first + (uint32_t)__builtin_ctzll(mine);
                tree->parent[v] = parent;
                found.vertices++;
                found.arcs += g->degree[v];
                batch[n++] = v;
            }
            if (n >= BATCH) {
                bfs_append(next, batch, n);
                n = 0;
            }
        }
    }
    if (n > 0)
        bfs_append(next, batch, n);
    return found;
}
