#ifndef PARKIT_MPI_FT_EXCHANGE_H
#define PARKIT_MPI_FT_EXCHANGE_H
/*
 * The global transpose of FT. The kernels know two units of work (ft_kernel.h): families, 8 nz of them, each of nx ny / 8
 * points in one plane; and tiles, nx ny / 128, each of 8 rows of 16 points in all planes. Both are shared out evenly, in
 * runs, to any number of ranks (slabs up to nz ranks, pencils beyond); between them every rank gives every other the chunks,
 * 16 points of a row, that its families have in common with the other's tiles. So one all-to-all is enough where pencils
 * need two, and more ranks than planes can have work: min(8 nz, nx ny / 128), which is 512 in class A and 8192 in class D.
 *
 * Each rank has a box (ft_field.h) for what its families have in common with the tiles of others. What they have in common
 * with its own tiles never moves: those read and write the field itself. With ranks of the same computer the box is shared
 * memory, which the owners of tiles read and write in place: the transpose costs no pass over memory of its own. With other
 * computers it goes by messages, in groups of tiles, each a non-blocking collective, so that one travels while another is
 * computed; where shared memory cannot be had, with all.
 */
#include "cpu_bound/nas/ft_solver.h"
#include "mpi/node_array.h"

enum { FT_GROUPS = 4 };

struct ft_group {
    size_t begin, end; /* the tiles of this rank in it                                                        */
    int *tiles, *at_tile, *chunks, *at_chunk; /* [ranks] for messages: in the box, in by_rank                  */
    MPI_Request request;
};

struct ft_exchange {
    MPI_Comm comm, node;
    size_t ranks, rank;
    size_t *family, *tile;   /* [ranks + 1] where the run of each rank begins                                   */
    struct ft_box box;       /* of the own families                                                             */
    struct ft_part *part;    /* [ranks] for the own tiles: where the families of each rank are read and written */
    struct node_array boxes; /* of the ranks of a computer                                                      */
    double *by_tile;         /* the box, where it is shared with nobody                                         */
    bool messages;           /* some ranks cannot write into the boxes of some others                           */
    double *by_rank;         /* [rank][own tile][family of the rank] chunks, of ranks without shared memory     */
    MPI_Datatype chunk, column; /* a chunk; what the box has of a tile                                          */
    size_t groups;
    struct ft_group group[FT_GROUPS];
    double sent_bytes;       /* so far, by messages or through shared memory                                    */
};

/** ft_exchange_share() - what of the fields lies on @rank of @ranks. */
struct ft_share ft_exchange_share(const struct ft_shape *shape, size_t rank, size_t ranks);

/**
 * ft_exchange_create() - collective, for the fields of @solver, which has this rank's share; pages are touched by @team.
 * 0, -ENOMEM, -ECOMM. ft_exchange_destroy() frees; a zeroed one too.
 */
int ft_exchange_create(struct mpi_runtime *rt, const struct ft_solver *solver, struct team *team, struct ft_exchange *out)
    __attribute__((warn_unused_result));
void ft_exchange_destroy(struct ft_exchange *x);

/** ft_exchange_bytes() - memory of it on one of @ranks ranks, at most. */
double ft_exchange_bytes(const struct ft_shape *shape, double ranks);

/* Collective: the chunks of one group go to the owners of tiles, or back to the owners of families. 0 or -ECOMM. */
enum ft_way { FT_TO_TILES, FT_TO_FAMILIES };
int ft_exchange_start(struct ft_exchange *x, struct ft_group *group, enum ft_way way) __attribute__((warn_unused_result));
int ft_exchange_wait(struct ft_group *group) __attribute__((warn_unused_result));

/** ft_exchange_poll() - let messages move on. By the thread that started them. 0 or -ECOMM. */
int ft_exchange_poll(struct ft_exchange *x) __attribute__((warn_unused_result));

/**
 * ft_exchange_meet() - collective: what the ranks of this computer have written into each other's boxes is there for all, and
 * they have read what they wanted. 0 or -ECOMM.
 */
int ft_exchange_meet(struct ft_exchange *x) __attribute__((warn_unused_result));

#endif
