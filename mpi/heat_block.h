#ifndef PARKIT_MPI_HEAT_BLOCK_H
#define PARKIT_MPI_HEAT_BLOCK_H
/*
 * One rank's block of the field of heat, with a halo around it, and its steps in time.
 *
 * The ranks stand in a grid (a Cartesian communicator) as square as their number allows, and so the blocks are. Where
 * there are more ranks along a side than points, the last ones have empty blocks.
 */
#include "cpu_bound/heat_tiles.h"
#include "mpi/runtime.h"

#include <mpi.h>

/* Opposite sides differ in their last bit. */
enum heat_side {
    HEAT_ABOVE, HEAT_BELOW, HEAT_LEFT, HEAT_RIGHT,
    HEAT_ABOVE_LEFT, HEAT_BELOW_RIGHT, HEAT_ABOVE_RIGHT, HEAT_BELOW_LEFT, HEAT_SIDES
};

/* Rows [row0, row1) and columns [column0, column1) of the grid. */
struct heat_block {
    struct heat_grid grid;         /* the block and its halo: alpha, isa, modes and n are set by the caller    */
    size_t tile;                   /* by the caller: at most so many steps for one exchange                    */
    MPI_Comm cart;                 /* the ranks as a grid ...                                                  */
    int dims[2], coords[2];        /* ... of that many rows and columns, and where this one is                 */
    int neighbour[HEAT_SIDES];     /* MPI_PROC_NULL: the boundary is there                                     */
    size_t row0, row1, column0, column1;
    size_t depth;                  /* of the halo: steps that one exchange is enough for, the same on all ranks */
    double *outgoing[HEAT_SIDES];  /* points on their way, as the tiles change the field meanwhile; one array  */
    size_t planned;                /* depth for which the requests are made; 0: none are                       */
    MPI_Request request[2][2 * HEAT_SIDES]; /* the exchange of each array's halo, to be started again and again */
    double sent_bytes;             /* by one exchange of that depth                                            */
};

/** heat_block_bytes() - memory of the largest block of @n x @n points on @ranks ranks, with a halo of up to @tile points. */
double heat_block_bytes(size_t n, int ranks, size_t tile);

/**
 * heat_block_create() - collective: this rank's block, untouched, to be advanced by teams of @threads.
 *
 * Returns 0, -ENOMEM or -ECOMM, agreed on. heat_block_destroy() frees what there is, also after a failure.
 */
int heat_block_create(struct mpi_runtime *rt, struct heat_block *b, unsigned threads) __attribute__((warn_unused_result));
void heat_block_destroy(struct heat_block *b);

/** heat_block_fill() - the initial field, by @team: step 0, and what the boundary is in both arrays. */
void heat_block_fill(struct heat_block *b, struct team *team);

/**
 * heat_block_run() - collective: the steps from @begin to @end, by @team. Adds to the runtime's phases and traffic.
 *
 * @begin: 0 fills in the initial field on the way; else the own points of that step stand in their array. The boundary stands in
 *         both since heat_block_fill(), also that of the halo: no step writes it.
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
