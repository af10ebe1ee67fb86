/*
 * The bottom-up step and the change of labels, compiled once per instruction set (isa.h). With AVX-512,
 * 16 vertices at a time ask by one gather whether their first neighbour is in the frontier; elsewhere, and
 * for the few that need a third neighbour, one vertex at a time.
 */
#include "cpu_bound/bfs_kernel.h"

#ifdef ISA_avx512
#include <immintrin.h>
#endif

static inline bool in(const uint64_t *bitmap, uint32_t v)
{
    return bitmap[v / 64] >> v % 64 & 1;
}

/* The first neighbours of the 64 vertices of a word: of each vertex one. */
struct heads {
    const uint32_t *inner, *outer;
};

/* Of the vertices @todo of one word, those whose neighbour is in the frontier; it becomes their parent. */
#ifdef ISA_avx512
static inline uint64_t probe(struct heads head, const uint64_t *frontier, uint32_t *parent, uint64_t todo)
{
    const __m512i one = _mm512_set1_epi32(1), low = _mm512_set1_epi32(31);
    uint64_t hit = 0;
    for (int q = 0; q < 64; q += 16) {
        __mmask16 lanes = (__mmask16)(todo >> q);
        if (lanes == 0)
            continue;
        __m512i v = _mm512_load_si512(head.inner + q);
        __m512i word = _mm512_mask_i32gather_epi32(one, lanes, _mm512_srli_epi32(v, 5), frontier, 4);
        __m512i bit = _mm512_sllv_epi32(one, _mm512_and_si512(v, low));
        __mmask16 found = _mm512_mask_test_epi32_mask(lanes, word, bit);
        _mm512_mask_storeu_epi32(parent + q, found, _mm512_load_si512(head.outer + q));
        hit |= (uint64_t)found << q;
    }
    return hit;
}
#else
static inline uint64_t probe(struct heads head, const uint64_t *frontier, uint32_t *parent, uint64_t todo)
{
    uint64_t hit = 0;
    for (; todo != 0; todo &= todo - 1) {
        int lane = __builtin_ctzll(todo);
        if (in(frontier, head.inner[lane])) {
            parent[lane] = head.outer[lane];
            hit |= UINT64_C(1) << lane;
        }
    }
    return hit;
}
#endif

/* Where in a list, behind the heads, the first stands that is in the frontier. */
static inline uint32_t first_in_frontier(const uint32_t *list, uint32_t degree, const uint64_t *frontier)
{
    for (uint32_t k = BFS_HEADS; k < degree; k++)
        if (in(frontier, list[k]))
            return k;
    return BFS_NONE;
}

static inline uint64_t search_lists(const struct bfs_graph *g, const uint64_t *frontier, uint32_t *parent, size_t first, uint64_t todo)
{
    uint64_t hit = 0;
    for (; todo != 0; todo &= todo - 1) {
        int lane = __builtin_ctzll(todo);
        size_t v = first + (size_t)lane;
        uint32_t k = first_in_frontier(g->neighbour + g->begin[v], g->degree[v], frontier);
        if (k != BFS_NONE) {
            parent[v] = bfs_neighbour_outer(g, g->begin[v] + k);
            hit |= UINT64_C(1) << lane;
        }
    }
    return hit;
}

struct bfs_found ISA_NAME(bfs_bottom_up)(const struct bfs_graph *g, struct bfs_tree *tree, const uint64_t *frontier, uint64_t *next,
                                         size_t begin, size_t end)
{
    struct bfs_found found = { 0, 0 };
    for (size_t w = begin; w < end; w++) {
        size_t first = w * 64, left = g->connected - first;
        uint64_t todo = ~tree->visited[w] & (left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX), hit = 0;
        if (todo == 0) { /* most words, in the last levels */
            next[w] = 0;
            continue;
        }
        for (int k = 0; k < BFS_HEADS && todo != 0; k++) {
            struct heads head = { g->head[k] + first, g->head_outer[k] + first };
            uint64_t now = probe(head, frontier, tree->parent + first, todo);
            hit |= now;
            todo &= ~now;
        }
        if (todo != 0)
            hit |= search_lists(g, frontier, tree->parent, first, todo);
        next[w] = hit;
        tree->visited[w] |= hit;
        found.vertices += (size_t)__builtin_popcountll(hit);
    }
    return found;
}

void ISA_NAME(bfs_to_outer)(const struct bfs_graph *g, const uint32_t *parent, uint32_t *out, size_t begin, size_t end)
{
    size_t v = begin;
#ifdef ISA_avx512
    const __m512i none = _mm512_set1_epi32(-1), connected = _mm512_set1_epi32((int)g->connected);
    for (; v + 16 <= end; v += 16) {
        __m512i a = _mm512_load_si512(g->inner + v);
        __m512i p = _mm512_mask_i32gather_epi32(none, _mm512_cmplt_epu32_mask(a, connected), a, parent, 4);
        _mm512_stream_si512((void *)(out + v), p); /* not read again before the next search */
    }
    _mm_sfence();
#endif
    for (; v < end; v++)
        out[v] = g->inner[v] < g->connected ? parent[g->inner[v]] : BFS_NONE;
}
