/*
 * Any workload of independent blocks on any number of ranks, each with its OpenMP team.
 *
 * Even blocks are dealt out beforehand, one contiguous range a rank; uneven ones by tickets (board.h,
 * deal.h), with no rank as a master. Every rank then sends the slots it has filled to rank 0, straight
 * into their place, and rank 0 joins them in the order of the blocks: the same bits as on one computer.
 * A rank looks at its board about fifty times a second, so that all stop soon after one has failed.
 *
 * With checkpoints, blocks are dealt out so many at a time: then all slots so far are on rank 0, which writes them.
 */
#include "common/clock.h"
#include "common/message.h"
#include "cpu_bound/models.h"
#include "mpi/check.h"
#include "mpi/deal.h"
#include "mpi/drivers.h"
#include "mpi/lap.h"
#include "mpi/runtime.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct range {
    uint64_t begin, end;
};

/* One rank's part of one run. */
struct part {
    struct mpi_runtime *rt;
    const struct workload *workload;
    void *state;
    struct team *team;
    struct blocks blocks;
    struct dealer beforehand;   /* static: the ranks are its workers             */
    struct deal deal;           /* else, by tickets                              */
    bool by_ticket;
    uint64_t begin, end;        /* the blocks that are dealt out now             */
    size_t turn;                /* ranges taken                                  */
    struct range *done;         /* blocks computed here, neighbours joined       */
    size_t n_done, room;
};

/* --- dealing out --- */

/* A rank's turn is a chunk for each thread of its team. Rank 0 says how many that are, as teams may differ. */
static int open_deal(struct part *p)
{
    struct runtime *base = &p->rt->base;
    struct schedule schedule = p->team->schedule;
    int rc = 0;
    if (schedule.kind == SCHEDULE_AUTO)
        schedule = p->blocks.even ? (struct schedule){ SCHEDULE_STATIC, 0 }
                                  : (struct schedule){ SCHEDULE_GUIDED, p->blocks.chunk };
    uint64_t chunk = schedule.chunk < p->end - p->begin ? schedule.chunk : p->end - p->begin;
    uint64_t piece = (chunk || schedule.kind == SCHEDULE_STATIC ? chunk : 1) * p->team->threads;
    if (base->rank == 0)
        rc = board_set_tickets(&p->rt->board, base->ranks);
    if (rc == 0) /* nobody leaves before rank 0 has come: the tickets are set before one is taken */
        rc = mpi_check("MPI_Bcast", MPI_Bcast(&piece, 1, MPI_UINT64_T, 0, p->rt->comm));
    p->by_ticket = schedule.kind != SCHEDULE_STATIC;
    p->deal = (struct deal){ .count = p->end - p->begin, .piece = piece, .ranks = (size_t)base->ranks,
                             .shrink = schedule.kind == SCHEDULE_GUIDED };
    dealer_init(&p->beforehand, (struct schedule){ SCHEDULE_STATIC, piece }, 0, p->end - p->begin, (unsigned)base->ranks);
    return rc;
}

/* The next range for this rank into @r, empty when nothing is left. The first ticket is known: the rank. */
static int next_range(struct part *p, struct range *r)
{
    size_t begin = 0, end = 0;
    int64_t ticket = p->rt->base.rank;
    int rc = 0;
    if (!p->by_ticket) {
        if (!dealer_next(&p->beforehand, (unsigned)p->rt->base.rank, &p->turn, &begin, &end))
            begin = end;
    } else {
        if (p->turn++ > 0)
            rc = board_take_ticket(&p->rt->board, &ticket);
        if (rc == 0 && deal_range(&p->deal, ticket, &begin, &end))
            rc = board_ask_ticket(&p->rt->board); /* comes while this range is computed */
    }
    *r = (struct range){ p->begin + begin, p->begin + end };
    return rc;
}

static int remember(struct part *p, struct range r)
{
    if (p->n_done && p->done[p->n_done - 1].end == r.begin) {
        p->done[p->n_done - 1].end = r.end;
        return 0;
    }
    if (p->n_done == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        struct range *more = realloc(p->done, room * sizeof *more);
        if (!more)
            return -ENOMEM;
        p->done = more;
        p->room = room;
    }
    p->done[p->n_done++] = r;
    return 0;
}

/* --- computing --- */

static int compute_blocks(struct part *p, size_t begin, size_t end, double *took)
{
    double start = clock_now_s();
    int rc = models_run_openmp(p->workload, p->state, p->team, &p->blocks, begin, end);
    *took = clock_now_s() - start;
    p->rt->phases.compute_s += *took;
    return rc;
}

/* One range, in steps with a look at the board after each; alone there is nobody to look out for. */
static int compute_range(struct part *p, struct range r, bool *alarmed)
{
    struct pace pace = { .unit = p->blocks.chunk * p->team->threads, .units = 1 };
    bool alone = p->rt->base.ranks == 1;
    double took;
    int rc = 0;
    while (rc == 0 && r.begin < r.end && !*alarmed) {
        size_t left = r.end - r.begin, step = alone ? left : pace_blocks(&pace, left);
        rc = compute_blocks(p, r.begin, r.begin + step, &took);
        pace_took(&pace, took);
        r.begin += step;
        if (rc == 0)
            rc = board_look(&p->rt->board, alarmed);
    }
    return rc;
}

/* Wake the others if this rank has failed, and take the ticket that may still be on its way. */
static int leave_deal(struct part *p, int rc)
{
    struct board *board = &p->rt->board;
    int64_t unused;
    if (rc == -ECOMM)
        return rc;
    int sent = rc != 0 ? board_alarm(board) : 0;
    if (sent == 0 && board->asked)
        sent = board_take_ticket(board, &unused);
    return sent ? sent : rc;
}

static int compute_part(struct part *p)
{
    struct range r = { 0, 0 };
    bool alarmed = false;
    double took;
    int rc = compute_blocks(p, 0, 0, &took); /* binds the team, also where no block is left for this rank */
    while (rc == 0 && !alarmed) {
        rc = next_range(p, &r);
        if (rc != 0 || r.begin == r.end)
            break;
        rc = compute_range(p, r, &alarmed);
        if (rc == 0)
            rc = remember(p, r);
    }
    if (rc == -ENOMEM)
        message_error("%s: out of memory in a worker; take fewer workers or a smaller size", p->workload->name);
    return leave_deal(p, rc);
}

/* --- collecting --- */

enum { TAG_RANGES, TAG_SLOTS };

/* Send or receive the slots of @r. In messages of at most 1 GiB: counts are int, and some networks stop at 2 GiB. */
static int pass_slots(struct part *p, int peer, MPI_Datatype slot, struct range r)
{
    size_t most = ((size_t)1 << 30) / p->blocks.slot_size;
    int rc = 0;
    most = most ? most : 1;
    while (rc == 0 && r.begin < r.end) {
        size_t n = r.end - r.begin < most ? r.end - r.begin : most;
        char *slots = (char *)p->blocks.slots + r.begin * p->blocks.slot_size;
        if (p->rt->base.rank == 0)
            rc = mpi_check("MPI_Recv", MPI_Recv(slots, (int)n, slot, peer, TAG_SLOTS, p->rt->comm, MPI_STATUS_IGNORE));
        else
            rc = mpi_check("MPI_Send", MPI_Send(slots, (int)n, slot, peer, TAG_SLOTS, p->rt->comm));
        r.begin += n;
    }
    return rc;
}

static int send_part(struct part *p, MPI_Datatype slot)
{
    int rc = mpi_check("MPI_Send", MPI_Send(p->done, (int)(2 * p->n_done), MPI_UINT64_T, 0, TAG_RANGES, p->rt->comm));
    for (size_t i = 0; rc == 0 && i < p->n_done; i++)
        rc = pass_slots(p, 0, slot, p->done[i]);
    return rc;
}

static int receive_part(struct part *p, MPI_Datatype slot, int peer)
{
    MPI_Status status;
    int numbers = 0;
    int rc = mpi_check("MPI_Probe", MPI_Probe(peer, TAG_RANGES, p->rt->comm, &status));
    if (rc == 0)
        rc = mpi_check("MPI_Get_count", MPI_Get_count(&status, MPI_UINT64_T, &numbers));
    if (rc != 0)
        return rc;
    struct range *range = malloc(((size_t)numbers + 1) * sizeof(uint64_t));
    if (!range) {
        message_error("%s: no memory for the list of blocks that rank %d has computed", p->workload->name, peer);
        return -ECOMM; /* its results cannot be taken any more, and it is sending already */
    }
    rc = mpi_check("MPI_Recv", MPI_Recv(range, numbers, MPI_UINT64_T, peer, TAG_RANGES, p->rt->comm, MPI_STATUS_IGNORE));
    for (int i = 0; rc == 0 && i < numbers / 2; i++)
        rc = pass_slots(p, peer, slot, range[i]);
    free(range);
    return rc;
}

/* Slots are opaque here, hence bytes: all ranks must represent numbers alike. */
static int collect(struct part *p)
{
    MPI_Datatype slot;
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous((int)p->blocks.slot_size, MPI_BYTE, &slot));
    if (rc != 0)
        return rc;
    rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&slot));
    if (p->rt->base.rank != 0 && rc == 0)
        rc = send_part(p, slot);
    for (int peer = 1; p->rt->base.rank == 0 && rc == 0 && peer < p->rt->base.ranks; peer++)
        rc = receive_part(p, slot, peer);
    MPI_Type_free(&slot);
    return rc;
}

/* --- one run --- */

/* Blocks [begin, end), from all ranks to rank 0. */
static int run_blocks(struct part *p)
{
    struct runtime *base = &p->rt->base;
    struct phases *phases = &p->rt->phases;
    double since = clock_now_s(), computed = phases->compute_s;
    p->turn = p->n_done = 0;
    int rc = open_deal(p);
    if (rc == 0)
        rc = compute_part(p);
    lap(&since, &phases->deal_s);
    phases->deal_s -= phases->compute_s - computed;
    rc = base->agree(base, rc);
    lap(&since, &phases->wait_s);
    if (rc == 0)
        rc = collect(p);
    lap(&since, &phases->collect_s);
    return rc;
}

/* The slots of blocks [0, @blocks): whole words, as checkpoints have them, of which the last may be half empty. */
static size_t slot_words(const struct part *p, uint64_t blocks)
{
    return (blocks * p->blocks.slot_size + 7) / 8;
}

static struct checkpoint_array slots_of(struct part *p, uint64_t blocks, uint64_t *word)
{
    size_t words = slot_words(p, blocks);
    return checkpoint_vector("slots", words, 0, p->rt->base.rank == 0 ? words : 0, word);
}

/* Rank 0 copies them: their end may be within a word. */
static int save_or_load(struct part *p, uint64_t blocks, bool load)
{
    bool root = p->rt->base.rank == 0;
    size_t words = root ? slot_words(p, blocks) : 0;
    uint64_t *word = calloc(words + 1, sizeof *word);
    struct checkpoint_array slots = slots_of(p, blocks, word);
    if (root && word && !load)
        memcpy(word, p->blocks.slots, blocks * p->blocks.slot_size);
    int rc = p->rt->base.agree(&p->rt->base, word ? 0 : -ENOMEM);
    if (rc == 0)
        rc = load ? checkpoint_load(p->rt, p->blocks.count, &slots, 1) : checkpoint_save(p->rt, blocks, &slots, 1);
    if (root && rc == 0 && load)
        memcpy(p->blocks.slots, word, blocks * p->blocks.slot_size);
    free(word);
    return rc;
}

static int run_part(struct part *p)
{
    uint64_t count = p->blocks.count, at = checkpoint_begin(p->rt);
    int rc = at > 0 ? save_or_load(p, at, true) : 0;
    for (bool all = false; rc == 0 && !all; all = at == count) {
        p->begin = at;
        p->end = at = at < count ? checkpoint_next(p->rt, at, count) : count;
        rc = run_blocks(p);
        if (rc == 0 && at < count)
            rc = save_or_load(p, at, false);
    }
    double since = clock_now_s();
    if (rc == 0 && p->rt->base.rank == 0 && p->workload->join)
        p->workload->join(p->state);
    lap(&since, &p->rt->phases.collect_s);
    return rc;
}

int blocks_mpi_run(struct mpi_runtime *rt, const struct workload *w, void *state, struct team *team)
{
    struct part p = { .rt = rt, .workload = w, .state = state, .team = team };
    w->blocks(state, &p.blocks);
    int rc = p.blocks.slot_size <= INT_MAX ? 0 : -EOVERFLOW;
    if (rc != 0) /* the same on every rank */
        message_error("%s: a block's result of %zu bytes is too large for one message", w->name, p.blocks.slot_size);
    else
        rc = run_part(&p);
    free(p.done);
    return rt->base.agree(&rt->base, rc);
}
