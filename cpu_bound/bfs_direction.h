#ifndef PARKIT_BFS_DIRECTION_H
#define PARKIT_BFS_DIRECTION_H
/*
 * In which direction the next level goes, whoever searches: a team, or ranks together.
 *
 * A top-down level costs 5 to 10 ns for each arc of the frontier. In a bottom-up one a vertex looks at some
 * arcs_left / frontier_arcs neighbours before it finds one in the frontier, at 1 ns each; the two break even where the
 * frontier has about 1/60 of the arcs left (measured on Sapphire Rapids, scales 20 and 22). Top-down pays again for the last few
 * vertices, where looking through the bitmap costs more than their lists: when a shrinking frontier holds less than 1/600
 * of the vertices.
 */
#include <stdbool.h>
#include <stddef.h>

enum bfs_direction { BFS_AUTO, BFS_TOP_DOWN };

/* A search between two levels. */
struct bfs_progress {
    enum bfs_direction direction; /* as asked for                                                  */
    size_t connected;             /* vertices with a neighbour                                     */
    bool bottom_up;               /* the direction of the level, and so the form of the frontier   */
    size_t frontier;              /* vertices in it                                                */
    size_t frontier_arcs;         /* entries of their lists, in top-down levels                    */
    size_t arcs_left;             /* entries of lists of vertices not in the tree, as top-down saw it */
};

/** bfs_progress_begin() - before the root is found: connected vertices with @arcs entries in their lists. */
static inline struct bfs_progress bfs_progress_begin(enum bfs_direction direction, size_t connected, size_t arcs)
{
    return (struct bfs_progress){ .direction = direction, .connected = connected, .arcs_left = arcs };
}

/** bfs_progress_advance() - what a level found becomes the frontier: @vertices, with @arcs entries in top-down levels. */
static inline void bfs_progress_advance(struct bfs_progress *p, size_t vertices, size_t arcs)
{
    enum { ALPHA = 60, BETA = 600 };
    bool shrinks = vertices < p->frontier;
    p->frontier = vertices;
    if (p->bottom_up) {
        p->bottom_up = !(shrinks && vertices < p->connected / BETA);
        return;
    }
    p->arcs_left -= arcs;
    p->frontier_arcs = arcs;
    p->bottom_up = p->direction == BFS_AUTO && arcs > p->arcs_left / ALPHA;
}

#endif
