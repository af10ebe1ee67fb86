/* The pass over the edges, compiled once per instruction set (isa.h): loops over lanes become vectors. */
#include "cpu_bound/bfs_validate.h"

#include <stdbool.h>

/* Whether the depths of an edge's ends are near enough in all trees (rules 3 and 4). */
static inline bool near(const uint8_t *a, const uint8_t *b)
{
    uint8_t far = 0;
    for (int l = 0; l < BFS_LANES; l++)
        far |= (uint8_t)(a[l] - b[l] + 1) > 2;
    return far == 0;
}

static inline bool any_equal(const uint32_t *parent, uint32_t v)
{
    uint32_t any = 0;
    for (int l = 0; l < BFS_LANES; l++)
        any |= parent[l] == v;
    return any != 0;
}

/* Rule 5 for row @child, where @parent is its parent: few edges get here. */
static void join(const struct bfs_lanes *lanes, uint32_t child, uint32_t parent)
{
    uint16_t trees = 0;
    for (int l = 0; l < BFS_LANES; l++)
        trees |= (uint16_t)((lanes->parent[child][l] == parent) << l);
    atomic_fetch_or_explicit(&lanes->joined[child], trees, memory_order_relaxed);
}

static inline void prefetch(const struct bfs_lanes *lanes, uint32_t row)
{
    __builtin_prefetch(lanes->depth[row]);
    if (lanes->parent)
        __builtin_prefetch(lanes->parent[row]);
}

size_t ISA_NAME(bfs_check_edges)(const struct kronecker_edge *edge, const struct bfs_lanes *from, const struct bfs_lanes *to,
                                 size_t begin, size_t end)
{
    enum { AHEAD = 8 }; /* edges: their lines are on the way from memory while these are checked */
    for (size_t i = begin; i < end; i++) {
        struct kronecker_edge e = edge[i], soon = edge[i + AHEAD < end ? i + AHEAD : i];
        uint32_t u = e.u - from->first, v = e.v - to->first;
        prefetch(from, soon.u - from->first);
        prefetch(to, soon.v - to->first);
        if (!near(from->depth[u], to->depth[v]))
            return i;
        if (from->parent && any_equal(from->parent[u], e.v))
            join(from, u, e.v);
        if (to->parent && any_equal(to->parent[v], e.u))
            join(to, v, e.u);
    }
    return end;
}
