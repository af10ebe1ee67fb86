#ifndef PARKIT_GRID_H
#define PARKIT_GRID_H
/*
 * The points of a study: every combination of its lists, sizes by the law of a weak study, less what
 * the conditions leave out; and the order in which a block of runs takes them.
 */
#include "scaling/plan/list.h"

#include <jansson.h>
#include <stdbool.h>

/* How the total size of a weak study grows with the processors p (ranks times threads). */
enum size_law { LAW_LINEAR, LAW_SQRT, LAW_CBRT };
extern const char *const size_law_names[]; /* "linear" (n p), "sqrt" (n sqrt p), "cbrt" (n cbrt p), NULL */

/* What {size} in the command means. */
enum size_is { SIZE_TOTAL, SIZE_PROCESS };
extern const char *const size_is_names[]; /* "total", "process" (of each rank), NULL */

struct grid_request {
    struct list threads, ranks, nodes, sizes; /* sizes may be empty                                */
    struct list ranks_per_node;               /* if not empty, ranks are these times the nodes     */
    bool weak;
    enum size_law law;
    enum size_is size_is;
    const char *const *where;                 /* conditions that every point must meet             */
    size_t n_where;
    struct shape shape;
};

struct grid_point {
    uint64_t threads, ranks, nodes;
    bool has_size;
    uint64_t base_size;  /* from the list                                         */
    uint64_t size;       /* in all                                                */
    uint64_t size_word;  /* what {size} becomes: @size, or the share of a process */
};

struct grid {
    struct grid_point *point;
    size_t n;
    size_t left_out; /* by a condition, or for having fewer ranks than nodes */
};

#define SIZE_MOST 9007199254740992u /* 2^53: up to here every reader of JSON keeps whole numbers exact */

/** grid_make() - 0; -EINVAL after a message (also where no point is left); -ENOMEM. grid_free() frees. */
int grid_make(const struct grid_request *request, struct grid *out) __attribute__((warn_unused_result));
void grid_free(struct grid *grid);

/** grid_point_json() - {threads, ranks, nodes, ranks_per_node, size, base_size}; NULL without memory. */
json_t *grid_point_json(const struct grid_point *p);

/**
 * grid_shuffle() - the numbers 0 .. n - 1 in the order of block @block: the same for the same seed on
 * every machine, and independent from block to block, so that a study can go on at any of them.
 */
void grid_shuffle(uint64_t seed, uint64_t block, size_t *order, size_t n);

#endif
