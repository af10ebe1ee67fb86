#ifndef PARKIT_MPI_HEAT_BLOCK_H
#define PARKIT_MPI_HEAT_BLOCK_H
/*
 * One rank's block of the field of heat, with a halo of one point around it, and its steps in time.
 *
 * The ranks stand in a grid (a Cartesian communicator) as square as their number allows, and so the blocks are. Where
 * there are more ranks along a side than points, the last ones have empty blocks.
 */
#include "cpu_bound/heat_tiles.h"
#include "mpi/runtime.h"

#include <mpi.h>

enum heat_side { HEAT_ABOVE, HEAT_BELOW, HEAT_LEFT, HEAT_RIGHT, HEAT_SIDES };

/* Point (row, column) of the grid, for rows [row0, row1) and columns [column0, column1), stands in the arrays at
 * (1 + row - row0) * stride + LEAD + column - column0. */
struct heat_block {
    MPI_Comm cart;                 /* the ranks as a grid ...                                 */
    int dims[2], coords[2];        /* ... of that many rows and columns, and where this one is */
    int neighbour[HEAT_SIDES];     /* MPI_PROC_NULL: the boundary is there                    */
    size_t row0, row1, column0, column1;
    size_t stride;
    double *field[2];              /* step k in field[k % 2]                                  */
    MPI_Datatype column;           /* one side's points, a double a row                       */
    MPI_Request request[2][2 * HEAT_SIDES]; /* the exchange of each array's halo, to be started again and again */
    double sent_bytes;             /* by one exchange                                         */
    double alpha;
    enum isa isa;
    const struct heat_modes *modes;
};

/** heat_block_bytes() - memory of the largest block of @n x @n points on @ranks ranks. */
double heat_block_bytes(size_t n, int ranks);

/**
 * heat_block_create() - collective: this rank's block, untouched; alpha, isa and modes are set by the caller before.
 *
 * Returns 0, -ENOMEM or -ECOMM, agreed on. heat_block_destroy() frees what there is, also after a failure.
 */
int heat_block_create(struct mpi_runtime *rt, struct heat_block *b) __attribute__((warn_unused_result));
void heat_block_destroy(struct heat_block *b);

/** heat_block_fill() - the initial field, by @team: step 0, and what the boundary is in both arrays. */
void heat_block_fill(struct heat_block *b, struct team *team);

/**
 * heat_block_run() - collective: the steps from @begin to @end, by @team. Adds to the runtime's phases and traffic.
 *
 * The own points of step @begin stand in their array; of the halo only the initial field's is looked at.
 * Returns 0 or -ECOMM.
 */
int heat_block_run(struct mpi_runtime *rt, struct heat_block *b, uint64_t begin, uint64_t end, struct team *team)
    __attribute__((warn_unused_result));

/** heat_block_edge() - where piece @i of @n points begins when cut into @pieces (at most n of them are not empty). */
size_t heat_block_edge(size_t n, int pieces, int i);

/** heat_block_point() - where point (@row, @column) of the grid stands in the arrays. */
size_t heat_block_point(const struct heat_block *b, size_t row, size_t column);

/** heat_block_formula() - bytes that the busiest rank sends in the steps from @begin to @end (heat_block.c). */
double heat_block_formula(const struct heat_block *b, uint64_t begin, uint64_t end);

#endif
