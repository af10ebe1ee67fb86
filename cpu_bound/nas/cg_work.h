#ifndef PARKIT_CG_WORK_H
#define PARKIT_CG_WORK_H
/*
 * What each thread of a process does in a product, laid down once: which tiles in which order, where it collects what they
 * add to either part, and what it then joins to larger nodes (cg_plan.h). Threads share nothing in this but the part that a
 * thread finishes as the last: it joins what all threads of the process have of that part.
 */
#include "cpu_bound/nas/cg_kernel.h"
#include "cpu_bound/nas/cg_plan.h"

/* The sum of a node of a part, or of a range of it: data[0] is that of element @first of the vector. */
struct cg_sum {
    uint64_t node;
    double *data;
    size_t first;
};

/* The sums of a part that are there; no two are halves of the same node. */
struct cg_sums {
    size_t count;
    struct cg_sum sum[CG_PARTS_MOST];
};

/* To be done in this order: into += from. */
struct cg_merges {
    size_t count;
    struct cg_merge {
        struct cg_sum into, from;
    } *merge;
};

/**
 * cg_sums_add() - @sum to @sums; where both halves of a node are there now, it is noted in @merges that one is to be
 * added to the other, and the whole stands in their place, and so on. 0 or -ENOMEM. The caller frees merges->merge.
 */
int cg_sums_add(struct cg_sums *sums, struct cg_sum sum, struct cg_merges *merges) __attribute__((warn_unused_result));

/* One of the two parts of a tile. */
struct cg_side {
    size_t part;
    struct cg_pair *pairs;      /* of the thread, for the whole part                                       */
    bool first, last;           /* of the thread's tiles of this part                                      */
    bool add;                   /* what the tile has added to the pairs is added to sum, else stored there */
    double *sum;
    size_t merges;
    double *into[CG_LEVELS];    /* then sum is added to into[0], that to into[1], ...                      */
};

struct cg_task {
    size_t tile;                /* of cg_tiles */
    bool remote;                /* a part of it is not all of this process */
    bool diagonal;              /* rows and columns are the same part: rows only */
    struct cg_side rows, columns;
};

struct cg_thread {
    struct cg_task *task;
    size_t tasks;
    struct cg_pair *pairs[CG_PARTS_MOST]; /* NULL: no tile of that part */
    double **slot;                        /* room for sums, each of a whole part */
    size_t slots;
};

struct cg_work {
    unsigned threads;
    struct cg_thread *thread;
    struct {
        unsigned threads;       /* that have a tile of this part */
        struct cg_merges merges; /* of the last of them          */
        struct cg_sums sums;    /* that are there then           */
    } part[CG_PARTS_MOST];
};

/**
 * cg_work_create() - @place[0, count), the tiles of this process, dealt out to @threads by cg_cut().
 *
 * @own: of each part whether all of its strips are this process'. Tiles of such parts come first and last, so that
 *       what is not here can come meanwhile, and what is not for here can go.
 * 0 or -ENOMEM. cg_work_destroy() frees; it accepts one that is zeroed.
 */
int cg_work_create(const struct cg_layout *l, const struct cg_place *place, size_t count, const bool *own, unsigned threads,
                   struct cg_work *out) __attribute__((warn_unused_result));
void cg_work_destroy(struct cg_work *w);

/** cg_work_bytes() - memory of it for @threads threads and a share of 1 / @ranks in the tiles. */
double cg_work_bytes(const struct cg_layout *l, double threads, double ranks);

#endif
