#include "cpu_bound/bfs_kernel.h"

#include <string.h>

void bfs_append(struct bfs_queue *q, const uint32_t *vertex, size_t n)
{
    size_t at = atomic_fetch_add_explicit(&q->count, n, memory_order_relaxed);
    memcpy(q->vertex + at, vertex, n * sizeof *vertex);
}

/* Whether the caller is the first to bring @v into the tree. Most have been brought in before, so a plain
 * look comes first: an atomic instruction costs some 20 cycles. */
static inline bool claim(uint64_t *visited, uint32_t v)
{
    uint64_t *word = &visited[v / 64], bit = UINT64_C(1) << v % 64;
    if (__atomic_load_n(word, __ATOMIC_RELAXED) & bit)
        return false;
    return !(__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit);
}

struct bfs_found bfs_top_down(const struct bfs_graph *g, struct bfs_tree *tree, const uint32_t *frontier, size_t begin,
                              size_t end, struct bfs_queue *next)
{
    enum { BATCH = 1024 }; /* collected before one atomic addition to the shared count */
    uint32_t batch[BATCH];
    size_t n = 0;
    struct bfs_found found = { 0, 0 };
    for (size_t i = begin; i < end; i++) {
        uint32_t u = frontier[i];
        const uint32_t *list = g->neighbour + g->begin[u];
        for (uint32_t k = 0; k < g->degree[u]; k++) {
            uint32_t v = list[k];
            if (!claim(tree->visited, v))
                continue;
            tree->parent[v] = u;
            found.vertices++;
            found.arcs += g->degree[v];
            batch[n++] = v;
            if (n == BATCH) {
                bfs_append(next, batch, n);
                n = 0;
            }
        }
    }
    if (n > 0)
        bfs_append(next, batch, n);
    return found;
}
