#ifndef PARKIT_SORT_MPI_H
#define PARKIT_SORT_MPI_H
/* The state of sort on a rank: sort_mpi.c sorts, sort_mpi_check.c checks. */
#include "cpu_bound/sort_outcome.h"
#include "cpu_bound/sort_team.h"
#include "mpi/node_array.h"
#include "mpi/runtime.h"
#include "mpi/sort_cuts.h"

struct sort_mpi {
    struct sort_outcome outcome; /* first: answer(), text() and details() of the workload need no more */
    struct mpi_runtime *rt;
    struct team *team;
    struct node_array grouped;   /* the records here, grouped: the others of this computer read them */
    struct sorter *sorter;       /* grouped is its spare                                 */
    struct sort_cuts cuts;
    struct sort_digit digit;
    uint64_t begin, end;         /* this rank's records, of the input and of the result  */
    uint64_t held, most_held;    /* records: what came here in the last run; the most of all ranks */
    uint64_t *input;
    uint64_t *incoming;          /* pieces from other computers, rank by rank; NULL: there are none */
    uint64_t *counts;            /* of each bucket here                                  */
    int *size_out, *size_in;     /* what sort_mpi.c tells of pieces that go, that come   */
    struct sort_buckets buckets; /* of this rank                                         */
    const uint64_t **next;       /* one a rank: where its next piece for this rank lies  */
    int *out_n, *out_at, *in_n, *in_at; /* of the exchange, by rank                      */
    MPI_Datatype record;
};

/** sort_mpi_verify() - verify() of the workload: collective. The outcome is kept for the report. */
int sort_mpi_verify(void *state, char *why, size_t why_len);

#endif
