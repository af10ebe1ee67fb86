#ifndef PARKIT_MG_KERNEL_H
#define PARKIT_MG_KERNEL_H
/*
 * The operators of mg on runs of lines, compiled once per instruction set (isa.h). With face, edge and
 * corner the sums over the 6, 12 and 8 neighbours of a point that differ from it in 1, 2 and 3 coordinates:
 *
 *     A u = -8/3 u + 1/6 edge + 1/12 corner                (the equation is A u = v)
 *     S r = c0 r + c1 face + c2 edge                       (the smoother)
 *     P r = 1/2 r + 1/4 face + 1/8 edge + 1/16 corner      (at points with odd coordinates: the restriction)
 *     Q   trilinear interpolation: coarse point I lies at fine point 2I + 1
 *
 * Each point is computed by the same operations in the same order however lines are grouped into calls,
 * so results have the same bits whoever computes them; AVX2 and AVX-512 agree too, the baseline has no FMA.
 * Lines are laid out as mg_grid.h says, `line` doubles apart. Lines that are read with their neighbours
 * along i must be closed (mg_close_line()); all lines written are closed, except streamed copies.
 * Threads may call all of them together on disjoint outputs. They know nothing of levels, teams or ranks.
 */
#include "common/isa.h"

#include <stdbool.h>
#include <stddef.h>

/* Line j of three planes in a row, around which neighbours are taken; lines j - 1 and beyond the last, too. */
struct mg_planes {
    const double *below, *here, *above;
};

struct mg_smoother {
    double c0, c1, c2;
};

/**
 * mg_interpolate() - one fine line of @n (even) points: @u + Q of a coarse function.
 *
 * @out: out, closed.
 * @u: in, may be @out. NULL: 0 everywhere.
 * @coarse: in, closed: the 4 coarse lines whose mean is Q at odd i, with repetitions for fine lines of odd j or l.
 */
ISA_DECLARE(void, mg_interpolate, (double *out, const double *u, const double *const coarse[4], size_t n));

/**
 * mg_residual() - @lines lines of v - A u, into @out (closed).
 *
 * @v: in, the first line, v_line doubles apart.
 * @ahead: as many lines, as far apart, which memory is asked for meanwhile because they will be read soon. @v: none.
 */
ISA_DECLARE(void, mg_residual, (double *restrict out, const double *v, ptrdiff_t v_line, const double *ahead,
                                struct mg_planes u, ptrdiff_t line, size_t lines, size_t n));

/**
 * mg_smooth() - @lines lines of u + S r into @out (closed) and into @copy.
 *
 * @copy: a grid's lines, copy_line doubles apart; NULL: none. @stream: past the caches and not closed, else closed.
 */
ISA_DECLARE(void, mg_smooth, (double *restrict out, double *restrict copy, ptrdiff_t copy_line, bool stream,
                              const double *u, struct mg_planes r, ptrdiff_t line, size_t lines, size_t n,
                              struct mg_smoother smoother));

/**
 * mg_restrict() - one coarse line of @coarse_n points: P r at the odd points of the fine line r[1][1].
 *
 * @r: in, closed: fine lines, r[1 + dl][1 + dj], of 2 * coarse_n points (at most MG_SIDE_MAX).
 */
ISA_DECLARE(void, mg_restrict, (double *restrict out, const double *const r[3][3], size_t coarse_n));

/** mg_square_sum() - of the @n (a multiple of 8) values of a line, in an order that depends on n alone. */
ISA_DECLARE(double, mg_square_sum, (const double *r, size_t n));

#endif
