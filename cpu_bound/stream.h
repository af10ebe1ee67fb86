#ifndef PARKIT_STREAM_H
#define PARKIT_STREAM_H
/* The state of stream in a process, which holds all elements of the three arrays or, among ranks, a share of them. */
#include "common/isa.h"
#include "common/team.h"

#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_OPERATIONS = 4, /* copy, scale, add, triad               */
    STREAM_ARRAYS = 3,     /* a, b, c                               */
    STREAM_BLOCK = 4096,   /* elements: the pieces of the digest    */
};

/* All that answer(), text() and details() of the workload need. */
struct stream_outcome {
    double elements;                /* of each array, of all processes                    */
    double best[STREAM_OPERATIONS]; /* seconds, over all runs                             */
    double last[STREAM_ARRAYS];     /* the last element of each array                     */
    uint64_t digest;                /* of the three arrays, each that of its blocks, joined */
};

struct stream {
    struct stream_outcome outcome;  /* first: who has only this can be asked for the answer, too */
    size_t n;                       /* elements of each array here                 */
    enum isa isa;
    struct team *team;
    double *array[STREAM_ARRAYS];   /* a, b, c                                     */
    double want[STREAM_ARRAYS];     /* what every element of them must be          */
    double taken[STREAM_OPERATIONS];/* seconds, in the last run                    */
};

/** stream_digests() - of the blocks of array @k here, in order, into @digest. */
void stream_digests(const struct stream *s, int k, uint64_t *digest);

#endif
