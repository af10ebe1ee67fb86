#include "mpi/deliver.h"

#include "common/message.h"
#include "mpi/check.h"

#include <stdlib.h>

enum { TAG_RANGES, TAG_SLOTS };
static const size_t MESSAGE = (size_t)1 << 30; /* bytes at most: counts are int, and some networks stop at 2 GiB */

/* What goes from this rank. */
struct outbox {
    const struct delivery *d;
    MPI_Datatype slot;
    struct block_range *range;  /* cut where the owner changes, and at MESSAGE bytes   */
    size_t n, room;
    MPI_Request *list, *slots;  /* of the lists of ranges, and of the slots themselves; at most one a range */
    size_t n_list, n_slots;
};

/* --- who keeps what --- */

/* The first block of the share of @rank. Multiples of `whole` blocks are whole words. */
static uint64_t border(const struct delivery *d, int rank)
{
    uint64_t count = d->blocks.count, whole = 8;
    while (whole > 1 && whole / 2 * d->blocks.slot_size % 8 == 0)
        whole /= 2;
    if (!d->spread || rank >= d->ranks)
        return rank == 0 ? 0 : count;
    return count / whole * (uint64_t)rank / (uint64_t)d->ranks * whole;
}

struct block_range deliver_share(const struct delivery *d, int rank)
{
    return (struct block_range){ border(d, rank), border(d, rank + 1) };
}

/* The owner of block @b, from @owner on: ranks without a share are passed over. */
static int owner_of(const struct delivery *d, uint64_t b, int owner)
{
    while (border(d, owner + 1) <= b)
        owner++;
    return owner;
}

/* --- what goes to whom --- */

static int no_memory(const struct delivery *d)
{
    message_error("%s: no memory for the lists of blocks that go from rank to rank", d->name);
    return -ECOMM;
}

static int add_range(struct outbox *o, struct block_range r)
{
    if (o->n == o->room) {
        size_t room = o->room ? 2 * o->room : 64;
        struct block_range *more = realloc(o->range, room * sizeof *more);
        if (!more)
            return no_memory(o->d);
        o->range = more;
        o->room = room;
    }
    o->range[o->n++] = r;
    return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The ranges of @done that others keep. */
static int cut(struct outbox *o, const struct block_range *done, size_t n)
{
    const struct delivery *d = o->d;
    uint64_t most = MESSAGE / d->blocks.slot_size;
    int rc = 0, owner = 0;
    most = most ? most : 1;
    for (size_t i = 0; i < n; i++)
        for (uint64_t b = done[i].begin, end; rc == 0 && b < done[i].end; b = end) {
            owner = owner_of(d, b, owner);
            end = least(least(done[i].end, border(d, owner + 1)), b + most);
            if (owner != d->rank)
                rc = add_range(o, (struct block_range){ b, end });
        }
    o->list = malloc((2 * o->n + 1) * sizeof *o->list);
    o->slots = o->list + o->n;
    return rc ? rc : o->list ? 0 : no_memory(d);
}

/* --- messages --- */

/* As many of the @n ranges as go into one message, at least one, and the type of their slots; returns how many. */
static size_t message_of(const struct delivery *d, MPI_Datatype slot, const struct block_range *range, size_t n, MPI_Datatype *type,
                         int *rc)
{
    size_t m = 0, bytes = 0;
    for (; m < n && (m == 0 || bytes + (range[m].end - range[m].begin) * d->blocks.slot_size <= MESSAGE); m++)
        bytes += (range[m].end - range[m].begin) * d->blocks.slot_size;
    int *length = malloc(m * sizeof *length);
    MPI_Aint *place = malloc(m * sizeof *place);
    *rc = length && place ? 0 : no_memory(d);
    for (size_t i = 0; *rc == 0 && i < m; i++) {
        length[i] = (int)(range[i].end - range[i].begin);
        place[i] = (MPI_Aint)(range[i].begin * d->blocks.slot_size);
    }
    if (*rc == 0)
        *rc = mpi_check("MPI_Type_create_hindexed", MPI_Type_create_hindexed((int)m, length, place, slot, type));
    if (*rc == 0)
        *rc = mpi_check("MPI_Type_commit", MPI_Type_commit(type));
    free(length);
    free(place);
    return m;
}

/* Start all that goes to @owner, ranges [@at, @end): their list, and their slots. MPI keeps a type while it is used. */
static int send_to(struct outbox *o, int owner, size_t at, size_t end)
{
    const struct delivery *d = o->d;
    int rc = mpi_check("MPI_Issend", MPI_Issend(o->range + at, (int)(2 * (end - at)), MPI_UINT64_T, owner, TAG_RANGES, d->comm,
                                                &o->list[o->n_list++]));
    while (rc == 0 && at < end) {
        MPI_Datatype type;
        at += message_of(d, o->slot, o->range + at, end - at, &type, &rc);
        if (rc == 0)
            rc = mpi_check("MPI_Isend", MPI_Isend(d->blocks.slots, 1, type, owner, TAG_SLOTS, d->comm, &o->slots[o->n_slots++]));
        if (rc == 0)
            rc = mpi_check("MPI_Type_free", MPI_Type_free(&type));
    }
    return rc;
}

static int send_all(struct outbox *o)
{
    int rc = 0, owner = 0;
    for (size_t at = 0, end; rc == 0 && at < o->n; at = end) {
        owner = owner_of(o->d, o->range[at].begin, owner);
        for (end = at + 1; end < o->n && o->range[end].begin < border(o->d, owner + 1);)
            end++;
        rc = send_to(o, owner, at, end);
    }
    return rc;
}

static int receive_from(const struct outbox *o, int peer, const MPI_Status *status)
{
    const struct delivery *d = o->d;
    int numbers = 0;
    int rc = mpi_check("MPI_Get_count", MPI_Get_count(status, MPI_UINT64_T, &numbers));
    if (rc != 0)
        return rc;
    struct block_range *range = malloc(((size_t)numbers + 1) * sizeof(uint64_t));
    if (!range)
        return no_memory(d);
    rc = mpi_check("MPI_Recv", MPI_Recv(range, numbers, MPI_UINT64_T, peer, TAG_RANGES, d->comm, MPI_STATUS_IGNORE));
    for (size_t at = 0, n = (size_t)numbers / 2; rc == 0 && at < n;) {
        MPI_Datatype type;
        at += message_of(d, o->slot, range + at, n - at, &type, &rc);
        if (rc == 0)
            rc = mpi_check("MPI_Recv", MPI_Recv(d->blocks.slots, 1, type, peer, TAG_SLOTS, d->comm, MPI_STATUS_IGNORE));
        if (rc == 0)
            rc = mpi_check("MPI_Type_free", MPI_Type_free(&type));
    }
    free(range);
    return rc;
}

/* A list of ranges that has arrived, and the slots that follow it. */
static int receive_any(const struct outbox *o)
{
    MPI_Status status;
    int there = 0;
    int rc = mpi_check("MPI_Iprobe", MPI_Iprobe(MPI_ANY_SOURCE, TAG_RANGES, o->d->comm, &there, &status));
    return rc == 0 && there ? receive_from(o, status.MPI_SOURCE, &status) : rc;
}

/* All is in place everywhere once every list has been received, and then the barrier passed, on every rank. */
static int exchange(struct outbox *o)
{
    MPI_Request barrier = MPI_REQUEST_NULL;
    int all_there = 0, waiting = 0;
    int rc = send_all(o);
    while (rc == 0 && !all_there) {
        rc = receive_any(o);
        if (rc == 0 && waiting)
            rc = mpi_check("MPI_Test", MPI_Test(&barrier, &all_there, MPI_STATUS_IGNORE));
        if (rc == 0 && !waiting) {
            rc = mpi_check("MPI_Testall", MPI_Testall((int)o->n_list, o->list, &waiting, MPI_STATUSES_IGNORE));
            if (rc == 0 && waiting)
                rc = mpi_check("MPI_Ibarrier", MPI_Ibarrier(o->d->comm, &barrier));
        }
    }
    return rc ? rc : mpi_check("MPI_Waitall", MPI_Waitall((int)o->n_slots, o->slots, MPI_STATUSES_IGNORE));
}

/* Slots are opaque here, hence bytes: all ranks must represent numbers alike. */
int deliver(const struct delivery *d, const struct block_range *done, size_t n)
{
    struct outbox o = { .d = d };
    if (d->ranks == 1)
        return 0;
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous((int)d->blocks.slot_size, MPI_BYTE, &o.slot));
    if (rc != 0)
        return rc;
    rc = cut(&o, done, n);
    if (rc == 0)
        rc = exchange(&o);
    MPI_Type_free(&o.slot);
    free(o.range);
    free(o.list);
    return rc;
}
