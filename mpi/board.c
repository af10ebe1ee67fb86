#include "mpi/board.h"

#include "mpi/check.h"

enum { TICKETS, ALARM, WORDS };

int board_create(MPI_Comm comm, struct board *out)
{
    int64_t *word;
    struct board b = { .comm = comm, .win = MPI_WIN_NULL };
    /* Allocated by MPI, which shared memory and some networks need; create would take any memory. */
    int rc = mpi_check("MPI_Win_allocate", MPI_Win_allocate(WORDS * sizeof *word, sizeof *word, MPI_INFO_NULL, comm, &word,
                                                            &b.win));
    if (rc == 0)
        rc = mpi_check("MPI_Win_set_errhandler", MPI_Win_set_errhandler(b.win, MPI_ERRORS_RETURN));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_rank", MPI_Comm_rank(comm, &b.rank));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_size", MPI_Comm_size(comm, &b.ranks));
    if (rc == 0) {
        word[TICKETS] = word[ALARM] = 0;
        rc = mpi_check("MPI_Barrier", MPI_Barrier(comm)); /* nobody looks before all are zero */
    }
    if (rc == 0) /* one epoch for the whole life; no exclusive lock is ever asked for, hence no check */
        rc = mpi_check("MPI_Win_lock_all", MPI_Win_lock_all(MPI_MODE_NOCHECK, b.win));
    *out = b;
    return rc;
}

void board_destroy(struct board *b)
{
    if (!b->ranks || b->win == MPI_WIN_NULL)
        return;
    MPI_Win_unlock_all(b->win);
    MPI_Win_free(&b->win);
}

/* One atomic operation on @word of @target; complete on return. @old may be NULL. */
static int update(struct board *b, int target, MPI_Aint word, MPI_Op op, int64_t value, int64_t *old)
{
    int64_t unused;
    int rc = mpi_check("MPI_Fetch_and_op",
                       MPI_Fetch_and_op(&value, old ? old : &unused, MPI_INT64_T, target, word, op, b->win));
    return rc ? rc : mpi_check("MPI_Win_flush", MPI_Win_flush(target, b->win));
}

int board_set_tickets(struct board *b, int64_t first)
{
    return update(b, 0, TICKETS, MPI_REPLACE, first, NULL);
}

/* By request, because its end is the answer itself; a flush would travel to rank 0 and back once more. */
int board_ask_ticket(struct board *b)
{
    static const int64_t one = 1;
    int rc = mpi_check("MPI_Rget_accumulate",
                       MPI_Rget_accumulate(&one, 1, MPI_INT64_T, &b->ticket, 1, MPI_INT64_T, 0, TICKETS, 1, MPI_INT64_T,
                                           MPI_SUM, b->win, &b->request));
    b->asked = rc == 0;
    return rc;
}

int board_take_ticket(struct board *b, int64_t *ticket)
{
    int rc = mpi_check("MPI_Wait", MPI_Wait(&b->request, MPI_STATUS_IGNORE));
    b->asked = false;
    *ticket = b->ticket;
    return rc;
}

int board_alarm(struct board *b)
{
    int rc = 0;
    for (int rank = 0; rc == 0 && rank < b->ranks; rank++)
        rc = update(b, rank, ALARM, MPI_REPLACE, 1, NULL);
    return rc;
}

int board_look(struct board *b, bool *alarmed)
{
    int64_t alarm = 0;
    int any;
    int rc = update(b, b->rank, ALARM, MPI_NO_OP, 0, &alarm);
    /* Not for a message: MPI serves others only inside its calls, and Open MPI looks at TCP sockets in few of them.
     * 20 cost some microseconds; with one, tickets over TCP came ten times as late. */
    for (int i = 0; rc == 0 && i < 20; i++)
        rc = mpi_check("MPI_Iprobe", MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, b->comm, &any, MPI_STATUS_IGNORE));
    *alarmed = alarm != 0;
    return rc;
}
