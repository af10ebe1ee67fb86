#include "cpu_bound/nas/mg_part.h"

#include "cpu_bound/nas/mg_grid.h"

enum { BLOCK_MIN = 8, SEGMENTS_MAX = 8, SEGMENT_MIN = 16 };

size_t mg_segment(size_t n)
{
    return n / SEGMENTS_MAX < SEGMENT_MIN ? SEGMENT_MIN : n / SEGMENTS_MAX;
}

/* Blocks begin at a multiple of this on the finest level: pairs, whose coarse point is their second. */
static size_t unit(size_t n, enum mg_axis axis)
{
    return axis == MG_I ? mg_segment(n) : 2;
}

/* Where piece @piece of @pieces begins on @level. */
static ptrdiff_t edge(unsigned finest, enum mg_axis axis, unsigned pieces, unsigned piece, unsigned level)
{
    size_t n = (size_t)1 << finest, units = n / unit(n, axis);
    return (ptrdiff_t)(units * piece / pieces * unit(n, axis)) >> (finest - level);
}

unsigned mg_part_most(unsigned finest, enum mg_axis axis)
{
    size_t n = (size_t)1 << finest;
    return (unsigned)(n / (axis == MG_I ? mg_segment(n) : BLOCK_MIN));
}

/* Points in memory of the largest block along an axis. */
static double stored(unsigned finest, enum mg_axis axis, unsigned pieces)
{
    size_t n = (size_t)1 << finest, units = n / unit(n, axis);
    size_t largest = (units + pieces - 1) / pieces * unit(n, axis);
    if (pieces == 1)
        return (double)n;
    return (double)(axis == MG_I ? mg_stored_points(largest) : largest + 2 * MG_GHOST);
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void mg_part_choose(unsigned finest, unsigned processes, unsigned pieces[MG_AXES])
{
    double least = 0;
    for (unsigned i = 1; i <= smaller(processes, mg_part_most(finest, MG_I)); i++)
        for (unsigned j = 1; j <= smaller(processes / i, mg_part_most(finest, MG_J)); j++) {
            unsigned l = smaller(processes / i / j, mg_part_most(finest, MG_L));
            double points = stored(finest, MG_I, i) * stored(finest, MG_J, j) * stored(finest, MG_L, l);
            if (least > 0 && points >= least)
                continue;
            least = points;
            pieces[MG_I] = i;
            pieces[MG_J] = j;
            pieces[MG_L] = l;
        }
}

static ptrdiff_t smallest_block(const struct mg_part *p, enum mg_axis axis, unsigned level)
{
    ptrdiff_t least = (ptrdiff_t)1 << level;
    for (unsigned k = 0; k < p->pieces[axis]; k++) {
        ptrdiff_t points = edge(p->finest, axis, p->pieces[axis], k + 1, level) - edge(p->finest, axis, p->pieces[axis], k, level);
        least = points < least ? points : least;
    }
    return least;
}

/* Whether blocks of @level are large enough to be worked on apart. */
static bool stands_apart(const struct mg_part *p, unsigned level)
{
    bool apart = level > MG_ALONE;
    for (int axis = 0; axis < MG_AXES; axis++)
        apart &= p->pieces[axis] == 1 || smallest_block(p, (enum mg_axis)axis, level) >= MG_GHOST;
    return apart;
}

bool mg_part_divided(const struct mg_part *p)
{
    return p->pieces[MG_I] * p->pieces[MG_J] * p->pieces[MG_L] > 1;
}

struct mg_part mg_part_of(unsigned finest, const unsigned pieces[MG_AXES], unsigned index)
{
    struct mg_part p = { .finest = finest, .gathered = finest };
    for (int axis = 0; axis < MG_AXES; axis++) {
        p.pieces[axis] = pieces[axis];
        p.at[axis] = index % pieces[axis];
        index /= pieces[axis];
    }
    if (mg_part_divided(&p)) {
        p.gathered = finest - 1;
        while (stands_apart(&p, p.gathered))
            p.gathered--;
    }
    return p;
}

struct mg_part mg_part_whole(unsigned finest)
{
    return mg_part_of(finest, (const unsigned[MG_AXES]){ 1, 1, 1 }, 0);
}

struct mg_extent mg_extent_whole(size_t n)
{
    ptrdiff_t end = (ptrdiff_t)n;
    return (struct mg_extent){ .n = n, .end = { end, end, end } };
}

struct mg_extent mg_part_extent(const struct mg_part *p, unsigned level)
{
    struct mg_extent e = mg_extent_whole((size_t)1 << level);
    for (int k = 0; level >= p->gathered && k < MG_AXES; k++) {
        enum mg_axis axis = (enum mg_axis)k;
        e.begin[k] = edge(p->finest, axis, p->pieces[k], p->at[k], level);
        e.end[k] = edge(p->finest, axis, p->pieces[k], p->at[k] + 1, level);
        e.cut[k] = p->pieces[k] > 1 && level > p->gathered;
    }
    return e;
}

/* The first stage of the finest sweep reads so far: mg_sweep.h. */
struct mg_reach mg_part_solution_reach(void)
{
    return (struct mg_reach){ 3, 4 };
}

/* The finest sweep reads u of the next level 2 beyond the block, the sweeps below that 3, and each of them r one further. */
struct mg_reach mg_part_residual_reach(const struct mg_part *p, unsigned level)
{
    return level + 1 == p->finest ? (struct mg_reach){ 3, 3 } : (struct mg_reach){ 4, 4 };
}
