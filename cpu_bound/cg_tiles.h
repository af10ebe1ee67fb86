#ifndef PARKIT_CG_TILES_H
#define PARKIT_CG_TILES_H
/*
 * The matrix below its diagonal in square tiles, and the order in which they are worked off. The n rows are cut into
 * an odd number of blocks; tile {I, J} changes the products of the blocks I and J. In round h the blocks are paired by
 * mirroring them at h: slot s pairs h + s with h - s (mod blocks). So
 *   - no two tiles of a round share a block: threads may do them together;
 *   - every pair of blocks has exactly one round and slot, and a block sees its tiles in the order of the rounds, so
 *     that every sum has one order, whoever computes it;
 *   - from round to round a block moves by one slot, so that a thread with a range of slots keeps most of its blocks.
 * Storing one triangle halves the memory traffic, which would otherwise be the limit.
 */
#include "common/team.h"
#include "cpu_bound/cg_kernel.h"
#include "cpu_bound/cg_matrix.h"

struct cg_tiles {
    size_t n, padded;      /* rows, and that in whole groups of CG_GROUP: the length of vectors              */
    size_t blocks, length; /* block b is [b length, (b + 1) length), cut off at padded: the last may be empty */
    size_t slots;          /* tiles of a round: (blocks + 1) / 2                                             */
    struct cg_tile *tile;  /* blocks x slots, round by round                                                 */
    double *value;         /* of all tiles in their order; so are column and row                             */
    uint16_t *column, *row;
    size_t n_values, n_segments;
};

/**
 * cg_tiles_create() - the entries of @m in tiles, pages first touched by the threads of @team by cg_tiles_walk().
 * 0 or -ENOMEM. cg_tiles_destroy() frees; it accepts one that is zeroed.
 *
 * @blocks: odd; blocks of at most CG_TILE_SIDE rows. cg_tiles_blocks() says how many are best.
 */
int cg_tiles_create(const struct cg_matrix *m, size_t blocks, struct team *team, struct cg_tiles *out)
    __attribute__((warn_unused_result));
void cg_tiles_destroy(struct cg_tiles *t);

/** cg_tiles_blocks() - as many that a row has some five entries in a block: from @entries in its full row and @n rows. */
size_t cg_tiles_blocks(size_t n, double entries);

/** cg_tiles_begin(), cg_tiles_size() - first element of vectors in block @b, and how many it has. */
static inline size_t cg_tiles_begin(const struct cg_tiles *t, size_t b)
{
    return b * t->length < t->padded ? b * t->length : t->padded;
}

static inline size_t cg_tiles_size(const struct cg_tiles *t, size_t b)
{
    return cg_tiles_begin(t, b + 1) - cg_tiles_begin(t, b);
}

/* The two blocks of a tile: rows are those of the later one, since columns lie below the diagonal. */
struct cg_place {
    size_t rows, columns;
};

static inline struct cg_place cg_tiles_place(const struct cg_tiles *t, size_t round, size_t slot)
{
    size_t a = (round + slot) % t->blocks, b = (round + t->blocks - slot) % t->blocks;
    return a > b ? (struct cg_place){ a, b } : (struct cg_place){ b, a };
}

/**
 * cg_tiles_walk() - call @visit for the tiles of worker @me of @workers, in the order in which it does them.
 *
 * A worker has a range of slots, the same work in each up to fractions of a tile. It goes through several rounds at
 * once, in waves: a tile, then that of the next round and the slot before, and so on. All of a wave share a block,
 * and the next wave but one shares the others, so that blocks come from the caches.
 * If every worker waits before a tile until its blocks had their tiles of all rounds before, nobody waits for ever.
 */
void cg_tiles_walk(const struct cg_tiles *t, unsigned me, unsigned workers,
                   void (*visit)(void *context, size_t round, size_t slot), void *context);

#endif
