#include "cpu_bound/nas/cg_plan.h"

#include "cpu_bound/nas/cg_kernel.h"

#include <string.h>

static size_t whole_groups(size_t n)
{
    return (n + CG_GROUP - 1) / CG_GROUP * CG_GROUP;
}

struct cg_layout cg_layout(size_t n, size_t parts)
{
    size_t strips = parts * CG_STRIPS, strip = whole_groups((n + strips - 1) / strips);
    return (struct cg_layout){ n, whole_groups(n), parts, strip, CG_STRIPS * strip };
}

size_t cg_layout_parts(size_t n, double entries)
{
    enum { LEAST = 8, DOZEN = 12 };
    size_t parts = LEAST;
    while (2 * parts <= CG_PARTS_MOST && (entries / (2.0 * (double)parts) >= DOZEN || cg_layout(n, parts).part > CG_TILE_SIDE))
        parts *= 2;
    return parts;
}

/* --- the order of tiles --- */

/* Rectangles of the same height and width, or half as high. The higher rows come first: their owners have the strips of the
 * lower half of the square's columns then, and so parts that they need anyway. */
static struct cg_place *rectangle(size_t row, size_t column, size_t height, size_t width, struct cg_place *out)
{
    if (height == 1 && width == 1) {
        *out = (struct cg_place){ (unsigned char)row, (unsigned char)column };
        return out + 1;
    }
    if (height == width) {
        out = rectangle(row + height / 2, column, height / 2, width, out);
        return rectangle(row, column, height / 2, width, out);
    }
    out = rectangle(row, column, height, width / 2, out);
    return rectangle(row, column + width / 2, height, width / 2, out);
}

static struct cg_place *triangle(size_t first, size_t side, struct cg_place *out)
{
    if (side == 1)
        return rectangle(first, first, 1, 1, out);
    out = triangle(first, side / 2, out);
    out = rectangle(first + side / 2, first, side / 2, side / 2, out);
    return triangle(first + side / 2, side / 2, out);
}

void cg_order(size_t parts, struct cg_place *out)
{
    triangle(0, parts, out);
}

/* In halves of a tile. */
static size_t weight(struct cg_place tile)
{
    return tile.rows == tile.columns ? 1 : 2;
}

size_t cg_cut(const struct cg_place *order, size_t begin, size_t end, size_t w, size_t workers)
{
    size_t all = 0, before = 0, at = begin;
    for (size_t k = begin; k < end; k++)
        all += weight(order[k]);
    /* A tile belongs to the worker in whose share its middle lies. */
    while (at < end && (2 * before + weight(order[at])) * workers < 2 * all * w)
        before += weight(order[at++]);
    return at;
}

uint64_t cg_met(const struct cg_place *order, size_t begin, size_t end)
{
    uint64_t met = 0;
    for (size_t k = begin; k < end; k++)
        met |= UINT64_C(1) << order[k].rows | UINT64_C(1) << order[k].columns;
    return met;
}

/* --- who has which strips --- */

/* Of the ranks without a run that meet @part, the one with the fewest other runs left that it meets; else any. */
static size_t rank_for(size_t part, size_t ranks, const uint64_t *met, const size_t *run, const size_t left[CG_PARTS_MOST])
{
    size_t best = ranks, least = SIZE_MAX;
    for (size_t r = 0; r < ranks; r++) {
        if (run[r] < ranks)
            continue;
        size_t others = SIZE_MAX - 1;
        if (met[r] >> part & 1) {
            others = 0;
            for (uint64_t parts = met[r]; parts; parts &= parts - 1)
                others += left[__builtin_ctzll(parts)];
        }
        if (others < least) {
            least = others;
            best = r;
        }
    }
    return best;
}

/* Run by run, which is not always the best, but is in a run for each rank of 2, 4, 8, ... */
void cg_deal_runs(const struct cg_layout *l, size_t ranks, const uint64_t *met, size_t *run)
{
    size_t left[CG_PARTS_MOST] = { 0 };
    for (size_t r = 0; r < ranks; r++) {
        left[cg_run_begin(l, r, ranks) / CG_STRIPS]++;
        run[r] = ranks;
    }
    for (size_t k = 0; k < ranks; k++) {
        size_t part = cg_run_begin(l, k, ranks) / CG_STRIPS;
        run[rank_for(part, ranks, met, run, left)] = k;
        left[part]--;
    }
}

/* --- the trees of sums --- */

void cg_leaves(const struct cg_place *order, size_t begin, size_t end, uint64_t leaves[CG_PARTS_MOST])
{
    memset(leaves, 0, CG_PARTS_MOST * sizeof *leaves);
    for (size_t k = begin; k < end; k++) {
        leaves[order[k].rows] |= UINT64_C(1) << order[k].columns;
        leaves[order[k].columns] |= UINT64_C(1) << order[k].rows;
    }
}

uint64_t cg_buddy(uint64_t node)
{
    unsigned size = (unsigned)__builtin_popcountll(node), first = (unsigned)__builtin_ctzll(node);
    if (size == CG_PARTS_MOST)
        return 0;
    return first / size % 2 == 0 ? node << size : node >> size;
}

size_t cg_nodes(uint64_t leaves, uint64_t out[CG_PARTS_MOST])
{
    size_t count = 0;
    while (leaves) {
        uint64_t node = leaves & -leaves;
        /* The lowest leaf is in the lower half, or there is none below to make a larger node with. */
        for (uint64_t buddy = cg_buddy(node); buddy > node && (leaves & buddy) == buddy; buddy = cg_buddy(node))
            node |= buddy;
        leaves &= ~node;
        out[count++] = node;
    }
    return count;
}
