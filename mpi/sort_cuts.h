#ifndef PARKIT_SORT_CUTS_H
#define PARKIT_SORT_CUTS_H
/*
 * Where a distributed sort cuts. The sorted order of all ranks' records is to be shared out evenly: rank r gets the
 * positions from r n / R on. Records with equal keys follow each other by rank, and in it by place: so there is an order
 * without ties, and the cuts are exact, whatever the keys are: one key for all records is shared out as evenly as any.
 */
#include "mpi/runtime.h"

#include <stddef.h>
#include <stdint.h>

struct sort_cuts {
    int ranks;
    uint64_t n;              /* records of all ranks                                                    */
    size_t buckets;          /* by which the records are grouped                                        */
    unsigned width;          /* of the bits within a bucket                                             */
    uint64_t high;           /* the bits above the buckets' digit, the same in all keys                 */
    uint64_t *edge;          /* of each bucket among the records here; buckets + 1                      */
    uint64_t *all_edge;      /* of each bucket among all records; likewise                              */
    size_t *bucket;          /* that holds the first record of rank r; of the last rank + 1: the last   */
    uint64_t *at;            /* out: of the records here, [at[r], at[r + 1]) belong to rank r           */
    uint64_t *key;           /* the key of the first record of rank r                                   */
    uint64_t *tally, *sum;   /* what is counted here; by all ranks                                      */
    double sent_bytes;       /* what this rank has put into collectives                                 */
};

/** sort_cuts_create() - for @n records on @ranks ranks. 0 or -ENOMEM. sort_cuts_destroy() frees; it accepts zeros. */
int sort_cuts_create(struct sort_cuts *c, uint64_t n, int ranks) __attribute__((warn_unused_result));
void sort_cuts_destroy(struct sort_cuts *c);

/** sort_cuts_begin() - the first position of rank @r in the sorted order; of rank c->ranks: n. */
uint64_t sort_cuts_begin(const struct sort_cuts *c, int r);

/** sort_cuts_owner() - the rank whose positions hold @i (< n). */
int sort_cuts_owner(const struct sort_cuts *c, uint64_t i);

/**
 * sort_cuts_place() - collective: which buckets hold the first records of the ranks, into c->bucket.
 *
 * @counts: of the records here in each bucket. buckets, width and high are set. 0 or -ECOMM.
 */
int sort_cuts_place(struct sort_cuts *c, MPI_Comm comm, const uint64_t *counts) __attribute__((warn_unused_result));

/**
 * sort_cuts_find() - collective, after sort_cuts_place(): the cuts, into c->at.
 *
 * @record: of @words words, grouped into the buckets; those of c->bucket are sorted. 0 or -ECOMM.
 */
int sort_cuts_find(struct sort_cuts *c, MPI_Comm comm, const uint64_t *record, size_t words)
    __attribute__((warn_unused_result));

/** sort_cuts_formula() - the bytes that a rank puts into the collectives of the two. */
double sort_cuts_formula(const struct sort_cuts *c);

#endif
