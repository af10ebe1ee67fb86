/*
 * Any workload of independent blocks on any number of ranks, each with its OpenMP team.
 *
 * Even blocks are dealt out beforehand, one contiguous range a rank; uneven ones by tickets (board.h,
 * deal.h), with no rank as a master. The slots then go to those who keep them, straight into their place (deliver.h): to rank 0,
 * which joins them in the order of the blocks, the same bits as on one computer; or, where the workload is distributed, to each
 * rank its share. A rank looks at its board about fifty times a second, so that all stop soon after one has failed: between
 * the pieces of a parallel loop, or, where the loop is static or tasks of the workload's own, between steps of a range.
 *
 * With checkpoints, blocks are dealt out so many at a time: then all slots so far are in their place, from which they are written.
 */
#include "common/clock.h"
#include "common/message.h"
#include "cpu_bound/models.h"
#include "mpi/check.h"
#include "mpi/deal.h"
#include "mpi/deliver.h"
#include "mpi/drivers.h"
#include "mpi/lap.h"
#include "mpi/runtime.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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
    bool alarmed;               /* another rank has failed                       */
    double looked_s;            /* when this one last looked                     */
    struct pace pace;
    struct block_range *done;         /* blocks computed here, neighbours joined       */
    size_t n_done, room;
    struct delivery delivery;
};

/* --- dealing out --- */

/* A rank's turn is a chunk for each thread of its team. Rank 0 says how many that are, as teams may differ. One rank gets
 * all at once: its team shares that out. */
static int open_deal(struct part *p)
{
    struct runtime *base = &p->rt->base;
    struct schedule schedule = p->team->schedule;
    int rc = 0;
    if (base->ranks == 1)
        schedule = (struct schedule){ SCHEDULE_STATIC, 0 };
    else if (schedule.kind == SCHEDULE_AUTO)
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
static int next_range(struct part *p, struct block_range *r)
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
    *r = (struct block_range){ p->begin + begin, p->begin + end };
    return rc;
}

static int remember(struct part *p, struct block_range r)
{
    if (p->n_done && p->done[p->n_done - 1].end == r.begin) {
        p->done[p->n_done - 1].end = r.end;
        return 0;
    }
    if (p->n_done == p->room) {
        size_t room = p->room ? 2 * p->room : 64;
        struct block_range *more = realloc(p->done, room * sizeof *more);
        if (!more)
            return -ENOMEM;
        p->done = more;
        p->room = room;
    }
    p->done[p->n_done++] = r;
    return 0;
}

/* --- computing --- */

static int compute_blocks(struct part *p, size_t begin, size_t end, const struct watch *watch, double *took)
{
    double start = clock_now_s();
    int rc = models_run_openmp(p->workload, p->state, p->team, &p->blocks, begin, end, watch);
    *took = clock_now_s() - start;
    p->rt->phases.compute_s += *took;
    return rc;
}

/* A look at the board, unless the last was just now; -ECANCELED if another rank has failed. */
static int look(void *part)
{
    struct part *p = part;
    double now = clock_now_s();
    if (now - p->looked_s < PACE_S)
        return 0;
    p->looked_s = now;
    int rc = board_look(&p->rt->board, &p->alarmed);
    return rc == 0 && p->alarmed ? -ECANCELED : rc;
}

/* One range in a single parallel loop, with looks by its first thread, and one behind it: others may wait for tickets. */
static int compute_watched(struct part *p, struct block_range r)
{
    const struct watch watch = { look, p };
    double took;
    int rc = compute_blocks(p, r.begin, r.end, &watch, &took);
    if (p->alarmed)
        return 0;
    return rc ? rc : board_look(&p->rt->board, &p->alarmed);
}

/* One range, in steps with a look at the board after each. */
static int compute_in_steps(struct part *p, struct block_range r)
{
    double took;
    int rc = 0;
    pace_new_range(&p->pace);
    while (rc == 0 && r.begin < r.end && !p->alarmed) {
        size_t step = pace_blocks(&p->pace, r.end - r.begin);
        rc = compute_blocks(p, r.begin, r.begin + step, NULL, &took);
        pace_took(&p->pace, took);
        r.begin += step;
        if (rc == 0)
            rc = board_look(&p->rt->board, &p->alarmed);
    }
    return rc;
}

static int compute_range(struct part *p, struct block_range r)
{
    double took;
    if (p->rt->base.ranks == 1) /* nobody to look out for */
        return compute_blocks(p, r.begin, r.end, NULL, &took);
    bool looks = !p->workload->compute_openmp && models_schedule(p->team, &p->blocks).kind != SCHEDULE_STATIC;
    return looks ? compute_watched(p, r) : compute_in_steps(p, r);
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
    struct block_range r = { 0, 0 };
    double took;
    int rc = compute_blocks(p, 0, 0, NULL, &took); /* binds the team, also where no block is left for this rank */
    while (rc == 0 && !p->alarmed) {
        rc = next_range(p, &r);
        if (rc != 0 || r.begin == r.end)
            break;
        rc = compute_range(p, r);
        if (rc == 0)
            rc = remember(p, r);
    }
    if (rc == -ENOMEM)
        message_error("%s: out of memory in a worker; take fewer workers or a smaller size", p->workload->name);
    return leave_deal(p, rc);
}

/* --- one run --- */

/* All blocks, from who computes them to those who keep them. */
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
        rc = deliver(&p->delivery, p->done, p->n_done);
    lap(&since, &phases->collect_s);
    return rc;
}

/* The slots of blocks [0, @blocks) in whole words, of which the last may go on into the next slot, or into the page behind all. */
static struct checkpoint_array slots_of(const struct part *p, uint64_t blocks)
{
    size_t slot = p->blocks.slot_size, words = (blocks * slot + 7) / 8;
    struct block_range mine = deliver_share(&p->delivery, p->rt->base.rank);
    size_t begin = mine.begin * slot / 8, end = (mine.end * slot + 7) / 8;
    begin = begin < words ? begin : words;
    end = end < words ? end : words;
    return checkpoint_vector("slots", words, begin, end, (uint64_t *)p->blocks.slots + begin);
}

static int save_or_load(struct part *p, uint64_t blocks, bool load)
{
    struct checkpoint_array slots = slots_of(p, blocks);
    return load ? checkpoint_load(p->rt, p->blocks.count, &slots, 1) : checkpoint_save(p->rt, blocks, &slots, 1);
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
    p.pace = (struct pace){ .unit = p.blocks.chunk * team->threads, .units = 1 };
    p.delivery = (struct delivery){ .comm = rt->comm, .rank = rt->base.rank, .ranks = rt->base.ranks, .name = w->name,
                                    .blocks = p.blocks, .spread = w->distributed };
    int rc = p.blocks.slot_size <= INT_MAX ? 0 : -EOVERFLOW;
    if (rc != 0) /* the same on every rank */
        message_error("%s: a block's result of %zu bytes is too large for one message", w->name, p.blocks.slot_size);
    else
        rc = run_part(&p);
    free(p.done);
    return rt->base.agree(&rt->base, rc);
}
