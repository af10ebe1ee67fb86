#ifndef PARKIT_MG_CYCLE_H
#define PARKIT_MG_CYCLE_H
/*
 * The levels of mg and the V-cycle on them, by the workers of one parallel region, in one process or in many.
 *
 * Level k has 2^k points a side. A cycle restricts the residual downwards, level by level, and sweeps
 * (mg_sweep.h) upwards; the sweep of the finest level ends with the residual for the next cycle and its
 * restriction, so that residual itself is never stored. Its u goes back and forth between two grids, because
 * sweeps read old lines around their box. Levels up to MG_ALONE, 16 points a side, are done by worker 0
 * alone: barriers would cost more than they take.
 *
 * Where the grids are divided among processes (mg_part.h), worker 0 has their parts brought together by the functions of
 * struct mg_exchange. Ghosts of u are under way from the end of a cycle until the next one comes back to the finest
 * level; those of a residual while what does not need them is restricted.
 */
#include "common/exact_sum.h"
#include "common/isa.h"
#include "cpu_bound/nas/mg_grid.h"
#include "cpu_bound/nas/mg_kernel.h"

#include <stdbool.h>

enum { MG_LEVELS_MAX = 10 };

/* Collective among the processes. Each start is followed by its finish; up to two exchanges are under way. A failure is
 * kept in rc; then the others do nothing. */
struct mg_exchange {
    int rc;
    /* Of u in solution[which]: the ghosts that mg_part_solution_reach() says. */
    void (*start_solution)(struct mg_exchange *x, unsigned which);
    void (*finish_solution)(struct mg_exchange *x, unsigned which);
    /* Of r[level]: the ghosts that mg_part_residual_reach() says, or all points where the level is gathered. */
    void (*start_residual)(struct mg_exchange *x, unsigned level);
    void (*finish_residual)(struct mg_exchange *x, unsigned level);
    /* The sum of all processes in place of this one's. */
    void (*add)(struct mg_exchange *x, struct exact_sum *sum);
};

/* What belongs to a worker. */
struct mg_worker {
    double *workspace;
    struct exact_sum squares;  /* of its part of the last residual that was summed */
} __attribute__((aligned(64)));

struct mg_levels {
    enum isa isa;
    struct mg_smoother smoother;
    struct mg_part part;
    unsigned finest;                    /* its level, at least 2                                   */
    struct mg_extent extent[MG_LEVELS_MAX + 1];        /* of level k                               */
    struct mg_grid v, solution[2];      /* of the finest; after cycle c u is in solution[c % 2]    */
    struct mg_grid u[MG_LEVELS_MAX], r[MG_LEVELS_MAX]; /* of level k, below the finest             */
    unsigned workers;
    struct mg_worker *worker;
    struct mg_exchange *exchange;       /* NULL: the part is the whole                             */
};

/** mg_levels_bytes() - what mg_levels_create() allocates. */
double mg_levels_bytes(const struct mg_part *part, unsigned workers);

/**
 * mg_levels_create() - fills *out; its memory is not yet touched. Returns 0 or -ENOMEM.
 * mg_levels_destroy() frees; a zeroed one too.
 */
int mg_levels_create(const struct mg_part *part, unsigned workers, enum isa isa, struct mg_smoother smoother,
                     struct mg_levels *out) __attribute__((warn_unused_result));
void mg_levels_destroy(struct mg_levels *m);

/** mg_levels_share() - what one of @workers gets of the lines of @all: as many as the others, empty where they are too few.
 * Where @all has even bounds, so has each share. */
struct mg_box mg_levels_share(struct mg_box all, unsigned worker, unsigned workers);

/* All below: every worker of a parallel region calls it. They do not wait at the end: mg_levels_zero() and
 * mg_levels_start() need a barrier behind them; a cycle begins with one, and after the last one the region ends. */

/** mg_levels_zero() - @worker touches what it will use: everything is 0. */
void mg_levels_zero(struct mg_levels *m, unsigned worker);

/** mg_levels_start() - u = 0 and v = 0, with their ghosts. */
void mg_levels_start(struct mg_levels *m, unsigned worker);

/** mg_exchange_solution() - the ghosts of u before cycle @c, from others: where it did not come from a cycle here. */
void mg_exchange_solution(struct mg_levels *m, unsigned worker, unsigned c);

/** mg_first_residual() - v - A u before cycle @c: its restriction and its squares. Ghosts of u are right. */
void mg_first_residual(struct mg_levels *m, unsigned worker, unsigned c);

/**
 * mg_cycle() - cycle number @c, after cycle c - 1 or after mg_first_residual() before cycle c.
 *
 * @ghosts: those of u are right already: it was not exchanged yet, but is known everywhere.
 * @last: its residual gives squares, and no restriction.
 */
void mg_cycle(struct mg_levels *m, unsigned worker, unsigned c, bool ghosts, bool last);

/** mg_failed() - whether an exchange has failed: the same for all workers, who all call it. */
bool mg_failed(const struct mg_levels *m);

/** mg_norm() - by one worker, when all are done: of the last residual that gave squares, sqrt(sum of squares / points).
 * The same bits at every team and every number of processes, each of which gets it. */
double mg_norm(const struct mg_levels *m);

#endif
