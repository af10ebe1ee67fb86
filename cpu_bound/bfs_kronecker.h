#ifndef PARKIT_BFS_KRONECKER_H
#define PARKIT_BFS_KRONECKER_H
/*
 * The Kronecker graph of Graph500 (graph500.org, specification, section "Generating the Edge List"): each
 * edge picks one quadrant of the adjacency matrix a level, with A = 0.57, B = 0.19, C = 0.19, D = 0.05.
 * Edges are a function of their number (a counter-based generator): any thread or rank can make any
 * of them, and the graph is the same whoever does.
 */
#include <stddef.h>
#include <stdint.h>

enum { KRONECKER_EDGE_FACTOR = 16, KRONECKER_SCALE_MAX = 30 };

/* One edge of the input: undirected; may be a loop, may occur more than once. */
struct kronecker_edge {
    uint32_t u, v;
};

/** kronecker_edges() - how many edges the graph of that scale has: 16 for each of its 2^scale vertices. */
static inline size_t kronecker_edges(unsigned scale)
{
    return (size_t)KRONECKER_EDGE_FACTOR << scale;
}

/**
 * kronecker_fill() - make the edges [begin, end).
 *
 * @edge:  out, end - begin edges.
 * @scale: 1 to KRONECKER_SCALE_MAX.
 *
 * Labels are permuted by a bijection drawn from @seed. Edges are independent draws, so their order says
 * nothing and needs no shuffle. Thread-safe on disjoint ranges.
 */
void kronecker_fill(struct kronecker_edge *edge, unsigned scale, uint64_t seed, size_t begin, size_t end);

/** kronecker_mix() - the finaliser of SplitMix64, a bijection: Steele, Lea and Flood, OOPSLA 2014. */
static inline uint64_t kronecker_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/** kronecker_random() - draw number @i of stream @stream of @seed: 64 uniform bits. Thread-safe. */
uint64_t kronecker_random(uint64_t seed, uint64_t stream, uint64_t i);

#endif
