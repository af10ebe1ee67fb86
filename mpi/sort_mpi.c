/*
 * sort on R ranks. Each rank makes its even share of the input, and ends with its even share of the sorted order:
 *
 *   count   all ranks agree on the highest digit in which keys differ, and on how many records have each value of it
 *   group   each rank groups its records by that digit (a pass of the radix sort that would come anyhow)
 *   cut     the exact borders of the shares (sort_cuts.h); only the buckets that hold one are sorted for it
 *   send    every rank tells every other where the pieces of its buckets lie, and sends those that it cannot read there
 *           (node_array.h): the records for ranks of other computers
 *   gather  the pieces of a bucket, rank by rank, are sorted from where they lie: stable, hence the same as on one computer
 *
 * Nobody holds more than n / R records, rounded up, whatever the keys are. Volume a rank, of w words a record and 2^d
 * buckets: the records, 8 w n / R times the share that has another home ((R - 1) / R; of sorted input 0, of reversed
 * input 1), sent or read by their new home; for the cuts 8 (2^d + (15 (64 - d) / 4 + 2) (R - 1)); for the sizes at most
 * 4 (2^d + 2 R).
 */
#include "mpi/sort_mpi.h"

#include "common/clock.h"
#include "common/message.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/sort_share.h"
#include "mpi/check.h"
#include "mpi/drivers.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 256 };

extern const struct workload sort_workload;

/* --- memory --- */

static double sort_mpi_bytes(const struct params *p)
{
    size_t words = sort_outcome_asked(p).in.words;
    double ranks = p->runtime ? p->runtime->ranks : 1, n = (double)p->size / ranks;
    /* The input, and what comes from other computers. (It comes also where ranks of one computer cannot read each other's
     * memory; that is known only when they have tried.) */
    double arrays = p->runtime && p->runtime->nodes > 1 ? 2 : 1;
    return arrays * n * (double)words * sizeof(uint64_t) + sorter_bytes(n, words);
}

static void sort_mpi_teardown(void *state)
{
    struct sort_mpi *s = state;
    if (!s)
        return;
    if (s->record != MPI_DATATYPE_NULL)
        MPI_Type_free(&s->record);
    sort_cuts_destroy(&s->cuts);
    sorter_destroy(s->sorter);
    node_array_destroy(&s->grouped);
    free(s->input);
    free(s->incoming);
    free(s->counts);
    free(s->size_out);
    free(s->size_in);
    free(s->buckets.edge);
    free(s->buckets.first);
    free(s->buckets.piece);
    free(s->out_n);
    free(s->next);
    free(s);
}

static int allocate(struct sort_mpi *s)
{
    size_t ranks = (size_t)s->rt->base.ranks, pieces = ranks * SORT_BUCKETS, words = s->outcome.in.words;
    uint64_t n = s->end - s->begin;
    s->input = array_alloc(n * words, sizeof *s->input);
    s->counts = calloc(SORT_BUCKETS, sizeof *s->counts);
    s->size_out = calloc(SORT_BUCKETS + 2 * ranks, sizeof *s->size_out);
    s->size_in = calloc(pieces + ranks, sizeof *s->size_in);
    s->buckets.edge = calloc(SORT_BUCKETS + 1, sizeof *s->buckets.edge);
    s->buckets.first = calloc(SORT_BUCKETS + 1, sizeof *s->buckets.first);
    s->buckets.piece = calloc(pieces, sizeof *s->buckets.piece);
    s->out_n = calloc(4 * ranks, sizeof *s->out_n);
    s->next = calloc(ranks, sizeof *s->next);
    if (!s->input || !s->counts || !s->size_out || !s->size_in || !s->buckets.edge || !s->buckets.first ||
        !s->buckets.piece || !s->out_n || !s->next)
        return -ENOMEM;
    s->out_at = s->out_n + ranks;
    s->in_n = s->out_at + ranks;
    s->in_at = s->in_n + ranks;
    return sort_cuts_create(&s->cuts, s->outcome.in.n, s->rt->base.ranks);
}

/* One rank keeps its spare to itself. */
static int make_sorter(struct sort_mpi *s, enum isa isa)
{
    size_t n = s->end - s->begin, words = s->outcome.in.words;
    int ranks = s->rt->base.ranks, rc = 0;
    if (ranks > 1)
        rc = node_array_create(s->rt, n * words, NODE_READ, &s->grouped);
    if (rc == 0 && ranks > 1 && s->grouped.readable < ranks) {
        s->incoming = array_alloc(n * words, sizeof *s->incoming);
        rc = s->incoming ? 0 : -ENOMEM;
    }
    return rc ? rc : sorter_create(n, words, isa, s->team, s->grouped.mine, &s->sorter);
}

static int make_record_type(struct sort_mpi *s)
{
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous((int)s->outcome.in.words, MPI_UINT64_T, &s->record));
    return rc ? rc : mpi_check("MPI_Type_commit", MPI_Type_commit(&s->record));
}

/* This rank's share of the input, and the checksum of all. */
static int fill(struct sort_mpi *s)
{
    uint64_t mine = sort_share_fill(&s->outcome.in, &(struct sort_share){ s->begin, s->end, s->input }, s->team);
    return mpi_check("MPI_Allreduce", MPI_Allreduce(&mine, &s->outcome.checksum, 1, MPI_UINT64_T, MPI_SUM, s->rt->comm));
}

static int sort_mpi_setup(const struct params *p, void **state)
{
    uint64_t ranks = (uint64_t)p->runtime->ranks;
    if (p->size / ranks >= INT_MAX) { /* counts of MPI */
        message_error("sort: more than %d keys a rank are too many for one exchange; take more ranks", INT_MAX);
        return -EOVERFLOW;
    }
    struct sort_mpi *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->outcome = sort_outcome_asked(p);
    s->outcome.team = NULL;
    s->rt = mpi_runtime_of(p->runtime);
    s->team = p->team;
    s->record = MPI_DATATYPE_NULL;
    *state = s;
    const struct sort_cuts even = { .n = p->size, .ranks = p->runtime->ranks };
    s->begin = sort_cuts_begin(&even, p->runtime->rank);
    s->end = sort_cuts_begin(&even, p->runtime->rank + 1);
    int rc = s->rt->base.agree(&s->rt->base, allocate(s));
    if (rc == 0)
        rc = s->rt->base.agree(&s->rt->base, make_sorter(s, p->isa));
    if (rc == 0 && ranks > 1)
        rc = node_array_touched(s->rt, &s->grouped);
    if (rc == 0)
        rc = make_record_type(s);
    return rc ? rc : fill(s);
}

/* --- count and group --- */

/* Seconds since *@since, which becomes now. */
static double lap(double *since)
{
    double before = *since;
    *since = clock_now_s();
    return *since - before;
}

/* Of some keys: bits that are set in any, and bits that are not set in any. What is both, varies. */
struct bits {
    uint64_t set, unset;
};

static int join_bits(struct sort_mpi *s, struct bits *b)
{
    double now = clock_now_s();
    s->cuts.sent_bytes += sizeof *b;
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, b, 2, MPI_UINT64_T, MPI_BOR, s->rt->comm));
    s->rt->phases.wait_s += lap(&now);
    return rc;
}

static struct bits bits_of_sample(const struct sort_mpi *s)
{
    uint64_t n = s->end - s->begin, step = n / SAMPLE + 1;
    struct bits b = { 0, 0 };
    for (uint64_t i = 0; i < n; i += step) {
        uint64_t key = s->input[i * s->outcome.in.words];
        b.set |= key;
        b.unset |= ~key;
    }
    return b;
}

/* Count the highest digit in which keys differ. A sample tells it; where it was wrong, once more. */
static int count(struct sort_mpi *s)
{
    struct bits b = bits_of_sample(s);
    unsigned width, guess;
    int rc = join_bits(s, &b);
    do {
        guess = sort_width(b.set & b.unset);
        s->digit = sorter_digit(s->outcome.in.n, s->outcome.in.words, guess);
        uint64_t varying = sorter_count(s->sorter, s->team, s->input, s->digit, s->counts);
        if (s->begin < s->end)
            b = (struct bits){ s->input[0] | varying, ~s->input[0] | varying };
        if (rc == 0)
            rc = join_bits(s, &b);
        width = sort_width(b.set & b.unset);
    } while (rc == 0 && width > guess);
    s->cuts.buckets = (size_t)1 << s->digit.bits;
    s->cuts.width = s->digit.shift;
    s->cuts.high = width < 64 ? b.set >> width << width : 0;
    return rc;
}

/* Each bucket that holds a cut. */
static void sort_cut_buckets(struct sort_mpi *s)
{
    const struct sort_cuts *c = &s->cuts;
    for (int r = 1; r < c->ranks; r++) {
        size_t b = c->bucket[r];
        if (r == 1 || b != c->bucket[r - 1])
            sorter_settle(s->sorter, s->team, c->edge[b], c->edge[b + 1], s->digit.shift);
    }
}

static int group_and_cut(struct sort_mpi *s)
{
    double now = clock_now_s();
    sorter_group(s->sorter, s->team, s->input, s->digit);
    s->rt->phases.compute_s += lap(&now);
    int rc = sort_cuts_place(&s->cuts, s->rt->comm, s->counts);
    s->rt->phases.wait_s += lap(&now);
    if (rc == 0)
        sort_cut_buckets(s);
    s->rt->phases.compute_s += lap(&now);
    if (rc == 0)
        rc = sort_cuts_find(&s->cuts, s->rt->comm, s->sorter->spare, s->outcome.in.words);
    s->rt->phases.communicate_s += lap(&now);
    return rc;
}

/* --- send --- */

/* Buckets of which rank @r may get a piece: from that of its first record to that of the next one's. */
static size_t buckets_of(const struct sort_mpi *s, int r)
{
    return s->cuts.bucket[r + 1] - s->cuts.bucket[r] + 1;
}

static uint64_t within(uint64_t x, uint64_t least, uint64_t most)
{
    return x < least ? least : x > most ? most : x;
}

/* To each rank: where the records for it begin here, and how many of them each of its buckets gets. */
static int exchange_sizes(struct sort_mpi *s)
{
    const struct sort_cuts *c = &s->cuts;
    size_t mine = buckets_of(s, s->rt->base.rank);
    int n = 0;
    for (int r = 0; r < c->ranks; r++) {
        s->out_at[r] = n;
        s->size_out[n++] = (int)c->at[r];
        for (size_t b = c->bucket[r]; b <= c->bucket[r + 1]; b++)
            s->size_out[n++] = (int)(within(c->edge[b + 1], c->at[r], c->at[r + 1]) -
                                     within(c->edge[b], c->at[r], c->at[r + 1]));
        s->out_n[r] = n - s->out_at[r];
        s->in_n[r] = (int)mine + 1;
        s->in_at[r] = r * ((int)mine + 1);
    }
    s->cuts.sent_bytes += ((double)n - (double)mine - 1) * sizeof(int);
    return mpi_check("MPI_Alltoallv", MPI_Alltoallv(s->size_out, s->out_n, s->out_at, MPI_INT, s->size_in, s->in_n, s->in_at,
                                                    MPI_INT, s->rt->comm));
}

/* What rank @r has told: first where, then how many, bucket by bucket. */
static const int *told_by(const struct sort_mpi *s, int r)
{
    return s->size_in + (size_t)r * (buckets_of(s, s->rt->base.rank) + 1);
}

/* Where the records from each rank are, or will have come when they are here; and those that have to come. */
static void plan_exchange(struct sort_mpi *s)
{
    size_t mine = buckets_of(s, s->rt->base.rank), words = s->outcome.in.words, at = 0;
    for (int r = 0; r < s->cuts.ranks; r++) {
        bool readable = s->grouped.of[r] != NULL;
        const int *told = told_by(s, r);
        s->out_at[r] = (int)s->cuts.at[r];
        s->out_n[r] = readable ? 0 : (int)(s->cuts.at[r + 1] - s->cuts.at[r]);
        s->in_at[r] = (int)at;
        s->in_n[r] = 0;
        for (size_t b = 1; !readable && b <= mine; b++)
            s->in_n[r] += told[b];
        s->next[r] = readable ? s->grouped.of[r] + (size_t)told[0] * words : s->incoming + at * words;
        at += (size_t)s->in_n[r];
    }
}

/* The pieces of each bucket, rank by rank. */
static void list_pieces(struct sort_mpi *s)
{
    struct sort_buckets *all = &s->buckets;
    size_t words = s->outcome.in.words, position = 0, pieces = 0;
    all->n = buckets_of(s, s->rt->base.rank);
    all->width = s->digit.shift;
    for (size_t b = 0; b < all->n; b++) {
        all->edge[b] = position;
        all->first[b] = pieces;
        for (int r = 0; r < s->cuts.ranks; r++) {
            size_t n = (size_t)told_by(s, r)[b + 1];
            if (n > 0)
                all->piece[pieces++] = (struct sort_piece){ s->next[r], n };
            s->next[r] += n * words;
            position += n;
        }
    }
    all->edge[all->n] = position;
    all->first[all->n] = pieces;
    s->held = position;
}

/* The list is made while the records are on their way. */
static int exchange_records(struct sort_mpi *s)
{
    MPI_Request request = MPI_REQUEST_NULL;
    int rc = 0, me = s->rt->base.rank;
    plan_exchange(s);
    s->cuts.sent_bytes += (double)(s->end - s->begin - (s->cuts.at[me + 1] - s->cuts.at[me])) * (double)s->outcome.in.words *
                          sizeof(uint64_t);
    if (s->rt->base.nodes > 1 || s->grouped.readable < s->cuts.ranks)
        rc = mpi_check("MPI_Ialltoallv", MPI_Ialltoallv(s->sorter->spare, s->out_n, s->out_at, s->record, s->incoming, s->in_n,
                                                        s->in_at, s->record, s->rt->comm, &request));
    if (rc != 0)
        return rc;
    list_pieces(s);
    return mpi_check("MPI_Wait", MPI_Wait(&request, MPI_STATUS_IGNORE));
}

/* --- gather --- */

/* The spare is written over only when the others of this computer have read from it. */
static int gather(struct sort_mpi *s)
{
    struct phases *phases = &s->rt->phases;
    double now = clock_now_s();
    sorter_gather(s->sorter, s->team, &s->buckets);
    phases->compute_s += lap(&now);
    int rc = s->grouped.readable == 1 ? 0 : mpi_check("MPI_Barrier", MPI_Barrier(s->rt->node));
    phases->wait_s += lap(&now);
    if (rc == 0)
        sorter_finish(s->sorter, s->team, &s->buckets);
    phases->compute_s += lap(&now);
    return rc;
}

static void tell_traffic(struct sort_mpi *s)
{
    const struct sort_input *in = &s->outcome.in;
    double ranks = s->rt->base.ranks, bytes = (double)in->words * sizeof(uint64_t) * (double)in->n / ranks;
    double moves = in->distribution == SORT_SORTED ? 0 : in->distribution == SORT_REVERSED ? 1 : (ranks - 1) / ranks;
    double sizes = sizeof(int) * ((double)s->cuts.buckets + 2 * ranks) * (ranks - 1) / ranks;
    s->rt->traffic = (struct traffic){ .counted = true, .sent_bytes = s->cuts.sent_bytes,
                                       .formula_bytes = bytes * moves + sort_cuts_formula(&s->cuts) + sizes };
}

static int sort_mpi_run(void *state, struct team *team)
{
    struct sort_mpi *s = state;
    struct phases *phases = &s->rt->phases;
    double now = clock_now_s();
    s->cuts.sent_bytes = 0;
    if (s->cuts.ranks == 1) {
        sorter_run(s->sorter, team, s->input);
        phases->compute_s = lap(&now);
        s->rt->traffic.counted = true;
        s->held = s->end;
        return 0;
    }
    int rc = count(s);
    phases->compute_s = lap(&now) - phases->wait_s;
    if (rc == 0)
        rc = group_and_cut(s);
    lap(&now);
    if (rc == 0)
        rc = exchange_sizes(s);
    if (rc == 0)
        rc = exchange_records(s);
    phases->communicate_s += lap(&now);
    if (rc == 0)
        rc = gather(s);
    if (rc == 0)
        tell_traffic(s);
    return rc;
}

/* --- to the harness --- */

static int sort_mpi_details(const void *state, json_t *result)
{
    const struct sort_mpi *s = state;
    int rc = json_object_set_new(result, "most_keys_on_a_rank", json_integer((json_int_t)s->most_held)) == 0 &&
                     json_object_set_new(result, "ranks_in_shared_memory", json_integer(s->cuts.ranks > 1 ? s->grouped.readable : 1)) == 0
                 ? 0
                 : -ENOMEM;
    return rc ? rc : sort_workload.details(state, result);
}

void sort_mpi_distribute(struct workload *w)
{
    w->bytes = sort_mpi_bytes;
    w->setup = sort_mpi_setup;
    w->run = sort_mpi_run;
    w->verify = sort_mpi_verify;
    w->details = sort_mpi_details;
    w->teardown = sort_mpi_teardown;
}
