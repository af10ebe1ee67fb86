#ifndef PARKIT_MG_CYCLE_H
#define PARKIT_MG_CYCLE_H
/*
 * The levels of mg and the V-cycle on them, by the workers of one parallel region.
 *
 * Level k has 2^k points a side. A cycle restricts the residual downwards, level by level, and sweeps
 * (mg_sweep.h) upwards; the sweep of the finest level ends with the residual for the next cycle and its
 * restriction, so that residual itself is never stored. Its u goes back and forth between two grids, because
 * sweeps read old lines around their box. Levels up to MG_ALONE, 16 points a side, are done by worker 0
 * alone: barriers would cost more than they take.
 */
#include "common/isa.h"
#include "cpu_bound/mg_grid.h"
#include "cpu_bound/mg_kernel.h"

#include <stdbool.h>

enum { MG_LEVELS_MAX = 10, MG_ALONE = 4 };

struct mg_levels {
    enum isa isa;
    struct mg_smoother smoother;
    unsigned finest;                    /* its level, at least 2                                   */
    unsigned workers;
    struct mg_grid v, solution[2];      /* of the finest; after cycle c u is in solution[c % 2]    */
    struct mg_grid u[MG_LEVELS_MAX], r[MG_LEVELS_MAX]; /* of level k, below the finest             */
    double *squares;                    /* of each line of the finest: mg_sweep.h                  */
    double **workspace;                 /* each worker's                                           */
};

/** mg_levels_bytes() - what mg_levels_create() allocates. */
double mg_levels_bytes(unsigned finest, unsigned workers);

/**
 * mg_levels_create() - fills *out; its memory is not yet touched. Returns 0 or -ENOMEM.
 * mg_levels_destroy() frees; a zeroed one too.
 */
int mg_levels_create(unsigned finest, unsigned workers, enum isa isa, struct mg_smoother smoother, struct mg_levels *out)
    __attribute__((warn_unused_result));
void mg_levels_destroy(struct mg_levels *m);

/** mg_levels_box() - the lines of @worker on a level of @n points a side: even bounds, empty where lines are too few. */
struct mg_box mg_levels_box(const struct mg_levels *m, size_t n, unsigned worker);

/* All below: every worker of a parallel region calls it. They do not wait at the end: mg_levels_zero() and
 * mg_levels_start() need a barrier behind them; a cycle begins with one, and after the last one the region ends. */

/** mg_levels_zero() - @worker touches what it will use: everything is 0. */
void mg_levels_zero(struct mg_levels *m, unsigned worker);

/** mg_levels_start() - u = 0 and v = 0. */
void mg_levels_start(struct mg_levels *m, unsigned worker);

/** mg_first_residual() - v - A u before the first cycle: its restriction and its squares. */
void mg_first_residual(struct mg_levels *m, unsigned worker);

/** mg_cycle() - cycle number @c, from 0. @last: its residual gives squares, and no restriction. */
void mg_cycle(struct mg_levels *m, unsigned worker, unsigned c, bool last);

/** mg_norm() - of the last residual that gave squares: sqrt(sum of squares / points). The same bits at every team. */
double mg_norm(const struct mg_levels *m);

#endif
