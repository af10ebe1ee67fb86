#ifndef PARKIT_MPI_DELIVER_H
#define PARKIT_MPI_DELIVER_H
/*
 * The results of blocks from the ranks that have computed them to the ranks that keep them: all to rank 0, or to each its share.
 * Who has computed what, only the sender knows. So each sends to those it has something for, with no table of all ranks
 * anywhere, and all stop when nothing is on its way any more (the algorithm NBX of Hoefler, Siebert and Lumsdaine, Scalable
 * Communication Protocols for Dynamic Sparse Data Exchange, PPoPP 2010: a synchronous send has ended when it has been
 * received, and a non-blocking barrier follows).
 */
#include "common/workload.h"

#include <mpi.h>

/* Blocks [begin, end). */
struct block_range {
    uint64_t begin, end;
};

struct delivery {
    MPI_Comm comm;
    int rank, ranks;
    const char *name;       /* of the workload, for messages */
    struct blocks blocks;   /* slots: the whole array; of it only what is computed or kept here need be there */
    bool spread;            /* each rank keeps its share; false: rank 0 keeps all */
};

/**
 * deliver_share() - the blocks that @rank keeps. In the order of the ranks, together all. Shares begin at whole 64-bit words.
 */
struct block_range deliver_share(const struct delivery *d, int rank);

/**
 * deliver() - collective: the slots of the @n ranges @done, which were computed here, ascending, to those who keep them, into
 * their place there.
 *
 * 0; -ECOMM after a message, also where memory is missing: then some may be sending already.
 */
int deliver(const struct delivery *d, const struct block_range *done, size_t n) __attribute__((warn_unused_result));

#endif
