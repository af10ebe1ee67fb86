/*
 * The key at a cut is found digit by digit, for all cuts at once (histogram sort: Solomonik, Kale, Highly scalable
 * parallel sorting, IPDPS 2010). In each round every rank counts, by binary search, how many of its keys lie below
 * PROBES keys at even distances within what is left of each cut's interval. One sum over the ranks, and the interval is
 * a sixteenth of what it was. The number of rounds depends on the width of the keys alone, not on how they are spread.
 * Of the records with that key itself, as many as the cut needs are taken from the ranks in their order.
 */
#include "mpi/sort_cuts.h"

#include "common/wide.h"
#include "cpu_bound/sort_kernel.h"
#include "mpi/check.h"

#include <stdlib.h>
#include <string.h>

enum { DIGIT = 4, PROBES = (1 << DIGIT) - 1 };

int sort_cuts_create(struct sort_cuts *c, uint64_t n, int ranks)
{
    size_t r = (size_t)ranks, most = r * PROBES > SORT_BUCKETS ? r * PROBES : SORT_BUCKETS;
    *c = (struct sort_cuts){ .ranks = ranks, .n = n };
    c->edge = calloc(SORT_BUCKETS + 1, sizeof *c->edge);
    c->all_edge = calloc(SORT_BUCKETS + 1, sizeof *c->all_edge);
    c->bucket = calloc(r + 1, sizeof *c->bucket);
    c->at = calloc(r + 1, sizeof *c->at);
    c->key = calloc(r + 1, sizeof *c->key);
    c->tally = calloc(most, sizeof *c->tally);
    c->sum = calloc(most, sizeof *c->sum);
    return c->edge && c->all_edge && c->bucket && c->at && c->key && c->tally && c->sum ? 0 : -ENOMEM;
}

void sort_cuts_destroy(struct sort_cuts *c)
{
    free(c->edge);
    free(c->all_edge);
    free(c->bucket);
    free(c->at);
    free(c->key);
    free(c->tally);
    free(c->sum);
}

uint64_t sort_cuts_begin(const struct sort_cuts *c, int r)
{
    return (uint64_t)((uint128)c->n * (unsigned)r / (unsigned)c->ranks);
}

int sort_cuts_owner(const struct sort_cuts *c, uint64_t i)
{
    return (int)((((uint128)i + 1) * (unsigned)c->ranks - 1) / c->n);
}

static int add_up(struct sort_cuts *c, MPI_Comm comm, const uint64_t *tally, size_t n)
{
    c->sent_bytes += (double)(n * sizeof *tally);
    return mpi_check("MPI_Allreduce", MPI_Allreduce(tally, c->sum, (int)n, MPI_UINT64_T, MPI_SUM, comm));
}

static void to_edges(const uint64_t *counts, size_t n, uint64_t *edge)
{
    edge[0] = 0;
    for (size_t b = 0; b < n; b++)
        edge[b + 1] = edge[b] + counts[b];
}

int sort_cuts_place(struct sort_cuts *c, MPI_Comm comm, const uint64_t *counts)
{
    int rc = add_up(c, comm, counts, c->buckets);
    if (rc != 0)
        return rc;
    to_edges(counts, c->buckets, c->edge);
    to_edges(c->sum, c->buckets, c->all_edge);
    size_t b = 0;
    for (int r = 1; r < c->ranks; r++) {
        while (c->all_edge[b + 1] <= sort_cuts_begin(c, r))
            b++;
        c->bucket[r] = b;
    }
    c->bucket[0] = 0;
    c->bucket[c->ranks] = c->buckets - 1;
    return 0;
}

/* Records here, of the bucket of rank @r's cut, whose keys are below @key. */
static uint64_t below(const struct sort_cuts *c, int r, const uint64_t *record, size_t words, uint64_t key)
{
    uint64_t first = c->edge[c->bucket[r]], begin = first, end = c->edge[c->bucket[r] + 1];
    while (begin < end) {
        uint64_t middle = begin + (end - begin) / 2;
        if (record[middle * words] < key)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin - first;
}

/* The position of rank @r's cut among all records of its bucket. */
static uint64_t wanted(const struct sort_cuts *c, int r)
{
    return sort_cuts_begin(c, r) - c->all_edge[c->bucket[r]];
}

/* One round: the next @bits bits, at @shift, of the key at each cut. */
static int narrow(struct sort_cuts *c, MPI_Comm comm, const uint64_t *record, size_t words, unsigned bits, unsigned shift)
{
    size_t probes = ((size_t)1 << bits) - 1, n = 0;
    for (int r = 1; r < c->ranks; r++)
        for (uint64_t j = 1; j <= probes; j++)
            c->tally[n++] = below(c, r, record, words, c->key[r] + (j << shift));
    int rc = add_up(c, comm, c->tally, n);
    for (int r = 1; rc == 0 && r < c->ranks; r++) {
        const uint64_t *sum = c->sum + (size_t)(r - 1) * probes;
        uint64_t j = 0;
        while (j < probes && sum[j] <= wanted(c, r))
            j++;
        c->key[r] += j << shift;
    }
    return rc;
}

/* Records here with the key of rank @r's cut. The highest key has nothing above it. */
static uint64_t equal(const struct sort_cuts *c, int r, const uint64_t *record, size_t words)
{
    uint64_t less = below(c, r, record, words, c->key[r]), size = c->edge[c->bucket[r] + 1] - c->edge[c->bucket[r]];
    return (c->key[r] == UINT64_MAX ? size : below(c, r, record, words, c->key[r] + 1)) - less;
}

/* How many of the records with the key of the cut are needed here: those of lower ranks come first. */
static int cut(struct sort_cuts *c, MPI_Comm comm, const uint64_t *record, size_t words)
{
    size_t cuts = (size_t)c->ranks - 1;
    uint64_t *before = c->tally;
    for (int r = 1; r < c->ranks; r++)
        c->tally[r - 1] = below(c, r, record, words, c->key[r]);
    int rc = add_up(c, comm, c->tally, cuts);
    for (int r = 1; rc == 0 && r < c->ranks; r++) {
        c->at[r] = c->edge[c->bucket[r]] + c->tally[r - 1];
        c->sum[r - 1] = wanted(c, r) - c->sum[r - 1];
        c->tally[r - 1] = equal(c, r, record, words);
    }
    if (rc == 0)
        rc = mpi_check("MPI_Scan", MPI_Scan(MPI_IN_PLACE, before, (int)cuts, MPI_UINT64_T, MPI_SUM, comm));
    c->sent_bytes += (double)(cuts * sizeof *before);
    for (int r = 1; rc == 0 && r < c->ranks; r++) {
        uint64_t here = equal(c, r, record, words), need = c->sum[r - 1], others = before[r - 1] - here;
        c->at[r] += need <= others ? 0 : need - others < here ? need - others : here;
    }
    return rc;
}

int sort_cuts_find(struct sort_cuts *c, MPI_Comm comm, const uint64_t *record, size_t words)
{
    int rc = 0;
    for (int r = 1; r < c->ranks; r++)
        c->key[r] = c->high | (uint64_t)c->bucket[r] << c->width;
    for (unsigned shift = c->width; rc == 0 && shift > 0;) {
        unsigned bits = shift < DIGIT ? shift : DIGIT;
        shift -= bits;
        rc = narrow(c, comm, record, words, bits, shift);
    }
    if (rc == 0)
        rc = cut(c, comm, record, words);
    c->at[0] = 0;
    c->at[c->ranks] = c->edge[c->buckets];
    return rc;
}

double sort_cuts_formula(const struct sort_cuts *c)
{
    unsigned rounds = c->width / DIGIT, rest = c->width % DIGIT;
    double probes = PROBES * (double)rounds + (double)((1 << rest) - 1);
    return sizeof(uint64_t) * ((double)c->buckets + (probes + 2) * (c->ranks - 1));
}
