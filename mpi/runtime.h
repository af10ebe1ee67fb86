#ifndef PARKIT_MPI_RUNTIME_H
#define PARKIT_MPI_RUNTIME_H
/*
 * The ranks of one MPI job as the harness sees them (struct runtime, common/harness.h): they agree,
 * take maxima, tell where they run, and end together.
 *
 * Failing together. A rank that fails keeps its message (message_hold) and says so at the next
 * agree(); there all learn of it, the lowest rank that failed prints, and all go home with the same
 * exit code. So there is one message, and nobody waits for a rank that has left. If MPI itself fails
 * (-ECOMM) there is no agreeing any more: the message is printed and MPI_Abort ends the job.
 */
#include "common/harness.h"
#include "mpi/board.h"
#include "mpi/checkpoint.h"

#include <mpi.h>

/* Where the time of one run went on a rank. */
struct phases {
    double compute_s; /* in the team's hands                         */
    double communicate_s; /* starting messages, collectives          */
    double deal_s;    /* taking tickets, looking at the board        */
    double wait_s;    /* for the other ranks to be done computing    */
    double collect_s; /* sending results, or on rank 0 receiving     */
    double checkpoint_s; /* reading and writing checkpoints           */
    double elapsed_s; /* the whole run, with what none of these says */
};
enum { PHASES = sizeof(struct phases) / sizeof(double) }; /* phase_names (placement.c) has their names */

/* What a rank sent to others in one run, and what the formula at the head of the driver's file says. */
struct traffic {
    bool counted;
    double sent_bytes, formula_bytes;
};

struct mpi_runtime {
    struct runtime base;  /* first: the harness hands back a pointer to it            */
    MPI_Comm comm, node;  /* all ranks; those of this computer. Errors are returned   */
    struct board board;
    struct phases phases; /* of the last run; zero where a driver does not tell       */
    struct traffic traffic; /* of the last run, likewise                              */
    struct checkpoint checkpoint;
    json_t *where;        /* rank 0, after bindings(): fields for the result          */
    bool over;            /* a failure has been agreed on: all are going home         */
    bool broken;          /* MPI has failed: nothing can be agreed on                 */
};

static inline struct mpi_runtime *mpi_runtime_of(struct runtime *base)
{
    return (struct mpi_runtime *)base;
}

/** mpi_runtime_create() - collective, after MPI_Init_thread. 0 or -ECOMM after a message. */
int mpi_runtime_create(struct mpi_runtime *out) __attribute__((warn_unused_result));

/**
 * mpi_runtime_end() - collective: settle the exit code and free. Prints the message of a failure that
 * was not agreed on before (usage, a wrong answer).
 *
 * @code: what harness_main() returned here.
 * Returns @code where all ranks have the same, else EXIT_WRONG; 128 + the signal that has ended a run with checkpoints. Does not return if MPI has failed.
 */
int mpi_runtime_end(struct mpi_runtime *rt, int code);

/**
 * mpi_verdict() - collective: the ranks' verdicts on their parts of a distributed result become one.
 *
 * @rc: 0, or -EDOM with the reason in @why (as verify() of a workload gives them), or another failure.
 * Returns on every rank: -EDOM with the reason of the lowest rank that has one; else what agree() says.
 */
int mpi_verdict(struct mpi_runtime *rt, int rc, char *why, size_t why_len) __attribute__((warn_unused_result));

/**
 * mpi_settle() - collective: agree(), but with the same code on all ranks, and so one exit code: the lowest of any.
 *
 * For failures that are of the job rather than of a rank, though one rank has met them: of a file that all share.
 */
int mpi_settle(struct mpi_runtime *rt, int rc) __attribute__((warn_unused_result));

/* Those of struct runtime that have a file of their own, placement.c. */
json_t *mpi_bindings(struct runtime *base, const struct team *team);
int mpi_details(struct runtime *base, json_t *result);

#endif
