#ifndef PARKIT_MG_PART_H
#define PARKIT_MG_PART_H
/*
 * Which part of the grids of mg a process has: a block of the finest level, and on coarser levels the points that lie
 * in it. (Coarse point I lies at fine point 2I + 1, so the edges of a block are halved, rounded down, from level to level.)
 *
 * Along an axis that is cut into pieces, lines, planes or points beyond a block are ghosts in memory, MG_GHOST of them,
 * which others own; along one that is not, indices wrap. From a level on where blocks would be smaller than the ghosts
 * around them, or of MG_ALONE at the latest, levels stand whole in every process: their residual is gathered
 * once a cycle, and what follows below it every process does for itself.
 *
 * How far ghosts are needed follows from mg_sweep.h: four stages on the finest level make one exchange of u as deep as
 * four exchanges of one layer, and instead of exchanging the corrections on the way up, a process computes those
 * around its block itself, from residuals that it has got on the way down.
 */
#include <stdbool.h>
#include <stddef.h>

enum mg_axis { MG_I, MG_J, MG_L, MG_AXES };
enum { MG_GHOST = 4, MG_ALONE = 4 };

/* The points of one process on a level: [begin, end) along each axis. */
struct mg_extent {
    size_t n;                                /* points of the level a side                        */
    ptrdiff_t begin[MG_AXES], end[MG_AXES];
    bool cut[MG_AXES];                       /* whether the axis has ghosts; else it stands whole  */
};

/* A piece of the finest level of 2^finest points a side. */
struct mg_part {
    unsigned finest, gathered;               /* levels up to `gathered` stand whole in each process */
    unsigned pieces[MG_AXES], at[MG_AXES];
};

/* How many ghosts of a grid are exchanged, before and behind a block. */
struct mg_reach {
    ptrdiff_t below, above;
};

/**
 * mg_part_choose() - how many pieces along each axis for at most @processes: those whose largest block is smallest, with
 * its ghosts. So planes are cut first, points of a line last, whose vectors need wider ghosts; and a number
 * of processes that has no good factors leaves some of them idle rather than making slices.
 */
void mg_part_choose(unsigned finest, unsigned processes, unsigned pieces[MG_AXES]);

/** mg_part_most() - the most pieces along @axis: with blocks of at least 8 points. */
unsigned mg_part_most(unsigned finest, enum mg_axis axis);

/** mg_part_of() - piece number @index, counted along i first, then j, then l. */
struct mg_part mg_part_of(unsigned finest, const unsigned pieces[MG_AXES], unsigned index);

/** mg_part_whole() - all of it. */
struct mg_part mg_part_whole(unsigned finest);

/** mg_part_divided() - whether there is more than one piece. */
bool mg_part_divided(const struct mg_part *p);

/** mg_part_extent() - the part's points on @level: all of them below the gathered level, where nobody owns a part. */
struct mg_extent mg_part_extent(const struct mg_part *p, unsigned level);

/** mg_part_solution_reach(), mg_part_residual_reach() - of u on the finest level; of r on coarser @level, if not gathered. */
struct mg_reach mg_part_solution_reach(void);
struct mg_reach mg_part_residual_reach(const struct mg_part *p, unsigned level);

/** mg_extent_whole() - a level of @n points a side, in one process. */
struct mg_extent mg_extent_whole(size_t n);

/** mg_segment() - points of a segment of a line of the finest level, @n points a side: lines are cut between these, and
 * what is summed or hashed is so segment by segment. */
size_t mg_segment(size_t n);

#endif
