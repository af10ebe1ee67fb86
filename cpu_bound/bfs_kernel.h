#ifndef PARKIT_BFS_KERNEL_H
#define PARKIT_BFS_KERNEL_H
/*
 * The three kernels of a breadth-first search, over ranges. All vertices are inner labels (bfs_graph.h),
 * all bitmaps are words of 64 vertices. Threads call a kernel together on disjoint ranges.
 */
#include "common/isa.h"
#include "cpu_bound/bfs_graph.h"

#include <stdatomic.h>
#include <stdbool.h>

/* The tree of one search while it grows. */
struct bfs_tree {
    uint64_t *visited;   /* bitmap of the vertices in the tree                            */
    uint32_t *parent;    /* by inner label, the outer label of the parent                 */
};

/* A list of vertices that threads append to in batches. */
struct bfs_queue {
    uint32_t *vertex;
    atomic_size_t count;
};

/* What a kernel found. */
struct bfs_found {
    size_t vertices;     /* that came into the tree                                       */
    size_t arcs;         /* entries of their lists; top-down counts them, bottom-up not   */
};

/**
 * bfs_top_down() - go from the vertices frontier[begin .. end) to their neighbours.
 *
 * Neighbours that are not in the tree come into it and onto @next. Where several vertices of the frontier
 * share a neighbour, the first thread to set its bit becomes the parent.
 */
struct bfs_found bfs_top_down(const struct bfs_graph *g, struct bfs_tree *tree, const uint32_t *frontier, size_t begin,
                              size_t end, struct bfs_queue *next);

/* A vertex that came into the tree of another rank's part, and its parent. Labels as in struct bfs_outbox. */
struct bfs_arrival {
    uint32_t vertex, parent;
};

/*
 * What goes to the parts of a graph that is spread over ranks. Vertices have labels in which each part has words of
 * the bitmap of its own: part p those from first_word[p] to first_word[p + 1]. Parents are outer labels.
 */
struct bfs_outbox {
    size_t parts;
    const size_t *first_word;     /* parts + 1                                                          */
    struct bfs_arrival *slot;     /* of part p: from p * room on                                        */
    size_t room, full_at;         /* full_at + BFS_UNDER_WAY * threads <= room: what is under way fits  */
    atomic_size_t *count;         /* in each slot                                                       */
    atomic_bool full;             /* a slot is: nobody goes on                                          */
};
enum {
    BFS_PIECE = 512,              /* neighbours that a thread looks at between two looks at `full`      */
    BFS_POSTS = 64,               /* what it keeps for a part before it takes room in the slot          */
    BFS_UNDER_WAY = BFS_PIECE + BFS_POSTS,
};

/* What a thread has for one part and has not put into its slot yet; for the reason see struct bfs_batch. */
struct bfs_posts {
    size_t n;
    struct bfs_arrival arrival[BFS_POSTS];
};

/* Where a thread stands: at entry k of the list of frontier[i]; it goes on to frontier[end]. */
struct bfs_place {
    size_t i, end;
    uint32_t k;
    struct bfs_posts *posts;      /* by part                                                            */
};

/**
 * bfs_top_down_away() - bfs_top_down() where the neighbours may belong to other ranks: those that are not in @known go into
 * @known and into @out, with their parent.
 *
 * @g:     this rank's vertices, with neighbours in the labels of @out.
 * @known: bitmap of all vertices that are in the tree as far as is known here, or have been sent before.
 * @at:    where to begin; out: where it stopped, at->i == at->end unless @out is full.
 * What stays in @at's posts, bfs_post() puts into the slots, at the end of the level or where @out is full.
 */
void bfs_top_down_away(const struct bfs_graph *g, uint64_t *known, const uint32_t *frontier, struct bfs_place *at,
                       struct bfs_outbox *out);
void bfs_post(struct bfs_place *at, struct bfs_outbox *out);

/**
 * bfs_arrive() - the @n vertices of @in come into the tree, unless they are there, and onto @next.
 *
 * @base:    label of this part's first vertex. @claimed: their bits are set already, and only once.
 */
struct bfs_found bfs_arrive(const struct bfs_graph *g, struct bfs_tree *tree, const struct bfs_arrival *in, size_t n, uint32_t base,
                            bool claimed, struct bfs_queue *next);

/**
 * bfs_bottom_up() - every vertex of the words [begin, end) that is not in the tree looks for a neighbour in
 * the bitmap @frontier; the first one found, which is the one of the lowest label, becomes its parent.
 *
 * @next: out, these words of the bitmap of vertices that came into the tree.
 * The baseline copy is the plain reference for the others; all give the same bits.
 * Source: Beamer, Asanovic and Patterson, Direction-Optimizing Breadth-First Search, SC12.
 */
ISA_DECLARE(struct bfs_found, bfs_bottom_up,
            (const struct bfs_graph *g, struct bfs_tree *tree, const uint64_t *frontier, uint64_t *next, size_t begin, size_t end));

/**
 * bfs_to_outer() - the parents of the outer labels [begin, end) from those by inner label. @end - @begin is a multiple of 16, or @end the last vertex.
 */
ISA_DECLARE(void, bfs_to_outer, (const struct bfs_graph *g, const uint32_t *parent, uint32_t *out, size_t begin, size_t end));

/** bfs_append() - put @n vertices at the end of @q. Thread-safe. */
void bfs_append(struct bfs_queue *q, const uint32_t *vertex, size_t n);

/*
 * Vertices that a thread has found and not put into the queue yet. The queue's count is one word for all threads: with 16
 * of them an atomic addition for each vertex or two takes longer than all else.
 */
struct bfs_batch {
    struct bfs_queue *queue;
    size_t n;
    uint32_t vertex[2 * BFS_PIECE];
};

/** bfs_batch_add() - @n vertices more, at most BFS_PIECE. bfs_batch_flush() - put all into the queue; the last call. */
void bfs_batch_add(struct bfs_batch *batch, const uint32_t *vertex, size_t n);
void bfs_batch_flush(struct bfs_batch *batch);

#endif
