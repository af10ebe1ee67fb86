#ifndef PARKIT_MPI_MG_EXCHANGE_H
#define PARKIT_MPI_MG_EXCHANGE_H
/*
 * How the pieces of mg's grids come together (mg_part.h says what is needed, mg_cycle.h when).
 *
 * The ranks stand in a Cartesian grid of up to three dimensions, periodic. A halo is one exchange with all neighbours at
 * once, up to 26, so that corners need no second step: persistent requests, each with a subarray type for the
 * part of the grid that it sends or receives. The level that stands whole everywhere is brought together by one all-gather.
 *
 * With X x Y x Z blocks of x, y, z points on the finest level (and half of that on each coarser one), n_g points a side
 * of the gathered level g, a rank sends in a cycle, 8 bytes a point,
 *
 *     halo(x, y, z; 7)                               u, but before the first cycle, when it is 0 everywhere
 *     halo(x, y, z on level f - 1; 6)                r
 *     halo(x, y, z on level k; 8)  for f - 1 > k > g  r
 *     n_g^3 (R - 1) / R                              r, all-gather
 *
 * where halo(x, y, z; d) = (x + d)(y + d)(z + d) - xyz, with d only along axes that are cut, and x + 8 in place of x where
 * lines are whole: the gaps between them are sent, too, so that planes are one piece of memory, which one computer's
 * ranks then copy once instead of twice (for two of them that made waiting a third as long). For R ranks that falls as
 * R^-2/3 as soon as all three axes are cut; messages are 26 a level and log R for the gathered one, which has less than
 * 4^3 R points: in class D (2^30 points) up to 4,000 ranks it is smaller than a block.
 */
#include "cpu_bound/nas/mg_cycle.h"
#include "mpi/runtime.h"

enum { MG_NEIGHBOURS = 26 };

/* The exchange of one grid's ghosts, to be started again and again. */
struct mg_halo {
    MPI_Request request[2 * MG_NEIGHBOURS];
    int requests;
    double sent_bytes;             /* by one exchange                                     */
};

struct mg_pieces {
    struct mg_exchange base;       /* first: the cycle hands it back                      */
    struct mpi_runtime *rt;
    const struct mg_levels *levels;
    MPI_Comm cart;                 /* the ranks that have a piece; none on the others     */
    struct mg_halo solution[2], residual[MG_LEVELS_MAX]; /* of levels that are not gathered */
    double *own, *all;             /* points of the gathered level: this piece's; piece by piece */
    int *count, *at;               /* [pieces] how many of them, and where                */
    MPI_Request gather;
    double sent_bytes;             /* since it was set to 0                               */
};

/** mg_pieces_stand() - collective: the Cartesian grid of @pieces; x->cart is MPI_COMM_NULL on ranks beyond. 0 or -ECOMM. */
int mg_pieces_stand(struct mpi_runtime *rt, const unsigned pieces[MG_AXES], struct mg_pieces *x)
    __attribute__((warn_unused_result));

/** mg_pieces_plan() - by all ranks that stand in it: requests and types for @levels, which it keeps. 0, -ENOMEM, -ECOMM. */
int mg_pieces_plan(const struct mg_levels *levels, struct mg_pieces *x) __attribute__((warn_unused_result));

/** mg_pieces_destroy() - frees what there is, also after a failure; one that was never made to stand must be zeroed. */
void mg_pieces_destroy(struct mg_pieces *x);

/** mg_pieces_formula() - bytes that a rank sends in cycles [@from, @to), as above. */
double mg_pieces_formula(const struct mg_part *part, unsigned from, unsigned to);

/** mg_pieces_type() - a committed type: the points [begin, end) along each axis of the grid @g, from its origin on. */
int mg_pieces_type(const struct mg_grid *g, const ptrdiff_t begin[MG_AXES], const ptrdiff_t end[MG_AXES], MPI_Datatype *type)
    __attribute__((warn_unused_result));

#endif
