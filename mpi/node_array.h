#ifndef PARKIT_NODE_ARRAY_H
#define PARKIT_NODE_ARRAY_H
/*
 * An array of every rank that the other ranks of its computer can read, or write too, where it is: what they need of it is then
 * not sent, copied and read, but read.
 *
 * Memory files (memfd_create(2)) rather than MPI's shared-memory windows: those lie in /dev/shm, which is 64 MiB in many
 * containers and has no huge pages (5 % of the time of a sort), and Open MPI does not look whether they fit in it.
 */
#include "mpi/runtime.h"

#include <stddef.h>
#include <stdint.h>

enum node_access { NODE_READ, NODE_WRITE /* and read */ };

struct node_array {
    uint64_t *mine;      /* aligned to a cache line, not yet touched                                    */
    uint64_t **of;       /* one a rank of the job: its array; NULL: to be had by messages only          */
    int readable;        /* how many of them there are, this rank's own among them                      */
    size_t *bytes;       /* one a rank: of what is mapped there; 0: nothing                             */
    size_t ranks;
};

/**
 * node_array_create() - collective: @n words on this rank (it may differ between ranks), and what others may do there.
 *
 * Where ranks of one computer may not look at each other's files (containers of their own, another user), nobody of it
 * reads another's. Returns 0, -ENOMEM or -ECOMM on this rank, to be agreed upon. The caller ends with
 * node_array_destroy(), which accepts what create left, and zeros.
 *
 * What one rank has written there another may read once a message or a collective has passed between the two.
 */
int node_array_create(struct mpi_runtime *rt, size_t n, enum node_access access, struct node_array *out)
    __attribute__((warn_unused_result));

/**
 * node_array_touched() - collective, best effort: once every rank's threads have touched its array, it goes to huge pages.
 *
 * The kernel's default keeps them from shared memory (shmem_enabled: never), but not from who asks for them by
 * MADV_COLLAPSE, since Linux 6.1. 0 or -ECOMM.
 */
int node_array_touched(struct mpi_runtime *rt, struct node_array *a) __attribute__((warn_unused_result));
void node_array_destroy(struct node_array *a);

#endif
