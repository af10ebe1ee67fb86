#ifndef PARKIT_MG_SWEEP_H
#define PARKIT_MG_SWEEP_H
/*
 * All that mg does on a level between two restrictions, in one pass through memory: a wavefront over planes.
 * When plane l of the corrected u is made, so are plane l - 1 of its residual, l - 2 of the smoothed u,
 * l - 3 of the residual of that, and what the residual gives to the coarser level or to the norm:
 *
 *     corrected = u + Q coarse                 (0 in place of u, of Q coarse, or of both, where there is none)
 *     residual  = v - A corrected
 *     smoothed  = corrected + S residual       -> out
 *     last      = v - A smoothed               -> restricted = P last, squares of last
 *
 * Each stage keeps three planes of a band of lines in the second-level cache, so memory is read once (u, v)
 * and written once (out). Bands overlap: each computes the lines around it that its stages need from others,
 * 3 on either side at the first stage and none at the last. So bands, and boxes of planes, depend on nothing
 * but u, v and coarse; whoever computes them, in whatever order, gets the same bits.
 *
 * With `restricted` it reads u 3 lines before its box and 4 behind, v 2 and 3, and coarse 2 on either side; without,
 * and with a box of coarse levels, v 1 on either side and coarse 2, or 3 where the box begins or ends at an odd line.
 */
#include "common/exact_sum.h"
#include "common/isa.h"
#include "cpu_bound/nas/mg_grid.h"
#include "cpu_bound/nas/mg_kernel.h"

struct mg_sweep {
    enum isa isa;
    struct mg_smoother smoother;
    const struct mg_grid *v;
    const struct mg_grid *u;       /* NULL: zero                                                          */
    const struct mg_grid *coarse;  /* closed lines; NULL: no correction                                   */
    const struct mg_grid *out;     /* not u. NULL: u is not smoothed, last = v - A u                      */
    bool stream;                   /* out is not read again soon: past the caches, and its lines not closed */
    const struct mg_grid *restricted; /* NULL: none                                                       */
    struct exact_sum *squares;     /* gets the sums of the squares of last, of each segment; NULL: none   */
    size_t segment;                /* its points (mg_segment())                                           */
};

/** mg_workspace_doubles() - what a thread needs for sweeps of lines of up to @n points in memory. */
size_t mg_workspace_doubles(size_t n);

/**
 * mg_sweep() - the part of a sweep whose output lies in @box (even bounds where something is restricted).
 *
 * @workspace: mg_workspace_doubles(n) doubles of the calling thread, aligned to 64 bytes and initialised.
 * Writes the lines of the box of out, and those of half the coordinates of restricted; of these the points that the
 * process owns, as of the squares. Threads may call it together on disjoint boxes, with sums of their own.
 */
void mg_sweep(const struct mg_sweep *sweep, struct mg_box box, double *workspace);

#endif
