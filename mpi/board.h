#ifndef PARKIT_MPI_BOARD_H
#define PARKIT_MPI_BOARD_H
/*
 * A notice board: words that any rank reads and changes without its owner's help (one-sided, passive
 * target). Two notices hang there:
 *   tickets  on rank 0, a counter: who takes a ticket takes the work that goes with it (deal.h), so
 *            work is dealt out at run time and no rank sits idle as a master
 *   alarm    on every rank, so that looking at one's own costs no message: another rank has failed
 *
 * Within one computer Open MPI keeps the window in shared memory (osc/sm) and a ticket costs well under
 * a microsecond. Between computers the network card may serve it; over plain TCP, however, rank 0 serves
 * it, and only while it is inside an MPI call. Therefore all ranks look at their boards often
 * (blocks_mpi.c), and a ticket is asked for one range ahead, so that it comes while there is work to do.
 */
#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

struct board {
    MPI_Comm comm;
    MPI_Win win;
    int rank, ranks;
    bool asked;          /* a ticket is on its way ... */
    MPI_Request request;
    int64_t ticket;      /* ... to here                */
};

/**
 * board_create() - collective. 0 or -ECOMM after a message. board_destroy(), collective too, frees;
 * it accepts a zeroed board. Nothing here is thread-safe.
 */
int board_create(MPI_Comm comm, struct board *out) __attribute__((warn_unused_result));
void board_destroy(struct board *b);

/** board_set_tickets() - on rank 0, while nobody takes any: the next ticket is @first. 0 or -ECOMM. */
int board_set_tickets(struct board *b, int64_t first) __attribute__((warn_unused_result));

/** board_ask_ticket() - ask for a ticket; only one at a time. 0 or -ECOMM. */
int board_ask_ticket(struct board *b) __attribute__((warn_unused_result));

/**
 * board_take_ticket() - wait for the ticket that was asked for. Every ticket goes to one rank only, and each
 * rank gets its own in ascending order. 0 or -ECOMM.
 */
int board_take_ticket(struct board *b, int64_t *ticket) __attribute__((warn_unused_result));

/** board_alarm() - tell all ranks that this one has failed. 0 or -ECOMM. */
int board_alarm(struct board *b) __attribute__((warn_unused_result));

/** board_look() - whether a rank has raised the alarm; also lets MPI serve the others. 0 or -ECOMM. */
int board_look(struct board *b, bool *alarmed) __attribute__((warn_unused_result));

#endif
