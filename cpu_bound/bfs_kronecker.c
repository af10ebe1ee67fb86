#include "cpu_bound/bfs_kronecker.h"

enum { STREAM_EDGES = 1, STREAM_LABELS = 2 };
static const uint64_t golden = 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd */

static inline uint64_t key_of(uint64_t seed, uint64_t stream)
{
    return kronecker_mix(kronecker_mix(seed + golden) + stream * golden);
}

uint64_t kronecker_random(uint64_t seed, uint64_t stream, uint64_t i)
{
    return kronecker_mix(key_of(seed, stream) + (i + 1) * golden);
}

/* A bijection of [0, 2^scale): adding, multiplying by an odd number and folding the upper half onto the
 * lower one can each be undone modulo 2^scale. */
struct permutation {
    uint32_t mask, add[3], multiply[3];
    unsigned fold;
};

static struct permutation permutation_of(unsigned scale, uint64_t seed)
{
    struct permutation p = { .mask = (uint32_t)((UINT64_C(1) << scale) - 1), .fold = scale > 2 ? scale / 2 : 1 };
    for (unsigned i = 0; i < 3; i++) {
        uint64_t r = kronecker_random(seed, STREAM_LABELS, i);
        p.add[i] = (uint32_t)r;
        p.multiply[i] = (uint32_t)(r >> 32) | 1;
    }
    return p;
}

static inline uint32_t permute(const struct permutation *p, uint32_t label)
{
    for (int i = 0; i < 3; i++) {
        label = (label + p->add[i]) * p->multiply[i] & p->mask;
        label ^= label >> p->fold;
    }
    return label;
}

/* One level: the quadrant by 32 random bits. The row bit is set in C and D, the column bit in B and D. */
static inline void descend(struct kronecker_edge *e, uint32_t random)
{
    static const uint32_t a = (uint32_t)(0.57 * 4294967296.0), ab = (uint32_t)(0.76 * 4294967296.0),
                          abc = (uint32_t)(0.95 * 4294967296.0);
    uint32_t past_a = random >= a, past_ab = random >= ab, past_abc = random >= abc;
    e->u = e->u << 1 | past_ab;
    e->v = e->v << 1 | (past_a ^ past_ab ^ past_abc);
}

void kronecker_fill(struct kronecker_edge *edge, unsigned scale, uint64_t seed, size_t begin, size_t end)
{
    const struct permutation labels = permutation_of(scale, seed);
    const uint64_t key = key_of(seed, STREAM_EDGES);
    enum { DRAWS = (KRONECKER_SCALE_MAX + 1) / 2 }; /* numbers set aside for an edge: two levels each */
    for (size_t i = begin; i < end; i++) {
        struct kronecker_edge e = { 0, 0 };
        uint64_t at = key + (uint64_t)i * DRAWS * golden;
        for (unsigned level = 0; level < scale; level += 2) {
            uint64_t random = kronecker_mix(at += golden);
            descend(&e, (uint32_t)random);
            if (level + 1 < scale)
                descend(&e, (uint32_t)(random >> 32));
        }
        edge[i - begin] = (struct kronecker_edge){ permute(&labels, e.u), permute(&labels, e.v) };
    }
}
