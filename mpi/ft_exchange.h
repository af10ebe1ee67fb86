#ifndef PARKIT_MPI_FT_EXCHANGE_H
#define PARKIT_MPI_FT_EXCHANGE_H
/*
 * The global transpose of FT. The kernels know two units of work (ft_kernel.h): families, 8 nz of them, each of nx ny / 8
 * points in one plane; and tiles, nx ny / 128, each of 8 rows of 16 points in all planes. Both are shared out evenly, in
 * runs, to any number of ranks; between them every rank sends every other the chunks, 16 points of a row, that its families
 * have in common with the other's tiles. So one all-to-all is enough where pencils need two, and more ranks than planes
 * can have work: min(8 nz, nx ny / 128), which is 512 in class A and 8192 in class D.
 *
 * It goes in groups of tiles, each a non-blocking collective, so that one travels while another is computed.
 */
#include "cpu_bound/nas/ft_kernel.h"
#include "mpi/runtime.h"

enum { FT_GROUPS = 4, FT_CHUNK = 2 * FT_TILE /* doubles */ };

struct ft_group {
    size_t begin, end;        /* the tiles of this rank in it                             */
    int *count_by_tile, *at_by_tile, *count_by_rank, *at_by_rank; /* [ranks] chunks, for each half */
    double *by_rank;          /* its part of it                                           */
    MPI_Request request;
};

struct ft_exchange {
    MPI_Comm comm;
    MPI_Datatype chunk;
    size_t ranks, rank;
    size_t *family, *tile;    /* [ranks + 1] where the run of each rank begins             */
    double *by_tile;          /* [tile of any rank][family of this rank] chunks            */
    double *by_rank;          /* [group][rank][tile of this rank][family of any rank]      */
    struct ft_group group[FT_GROUPS];
    double sent_bytes;        /* so far                                                    */
};

/** ft_exchange_create() - for transforms of @shape. 0, -ENOMEM, -ECOMM. ft_exchange_destroy() frees; a zeroed one too. */
int ft_exchange_create(struct mpi_runtime *rt, const struct ft_shape *shape, struct ft_exchange *out)
    __attribute__((warn_unused_result));
void ft_exchange_destroy(struct ft_exchange *x);

/** ft_exchange_bytes() - memory of it on one of @ranks ranks. */
double ft_exchange_bytes(const struct ft_shape *shape, double ranks);

/** ft_exchange_chunk() - where the chunk of @tile in the own family @family stands, to be sent or as received. */
static inline double *ft_exchange_chunk(const struct ft_exchange *x, size_t tile, size_t family)
{
    size_t own = x->family[x->rank + 1] - x->family[x->rank];
    return x->by_tile + (tile * own + family - x->family[x->rank]) * FT_CHUNK;
}

/**
 * ft_exchange_get_tile(), ft_exchange_put_tile() - the own tile @tile of @group as received, to be sent.
 *
 * @to, @from: the chunks of all families in their order. Threads may call them together on different tiles.
 */
void ft_exchange_get_tile(const struct ft_exchange *x, const struct ft_group *group, size_t tile, double *to);
void ft_exchange_put_tile(const struct ft_exchange *x, const struct ft_group *group, size_t tile, const double *from);

/* Collective: the chunks of one group go to the owners of tiles, or back to the owners of families. 0 or -ECOMM. */
enum ft_way { FT_TO_TILES, FT_TO_FAMILIES };
int ft_exchange_start(struct ft_exchange *x, struct ft_group *group, enum ft_way way) __attribute__((warn_unused_result));
int ft_exchange_wait(struct ft_group *group) __attribute__((warn_unused_result));

#endif
