/*
 * The OpenMP driver of the radix sort. The team splits the records by their highest digit: each worker counts
 * and then scatters a contiguous share, so that the buckets hold the records in their old order. A bucket that fits a
 * leaf is then sorted by one worker; a larger one (many equal or close keys) is split again by all.
 *
 * Each split moves the records to the other of two arrays; leaves always end in the result:
 *
 *     input -> result -> spare -> result -> ...
 */
#include "cpu_bound/sort_team.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAF_LOG2 = 16,       /* words of a leaf at most where keys are spread evenly: 512 KiB, and twice that fits L2 */
    LEAST_BITS = 6,       /* of a digit: enough leaves for some ten workers in a small array */
    DEPTH = 64 / LEAST_BITS + 2, /* each split but the last takes that many of the 64 bits */
    SMALL_LEAF = 4096,    /* records not worth a split */
    PAGE_WORDS = 512,
    SAMPLE = 256,         /* keys that tell which digit to count first */
};

void sorter_destroy(struct sorter *s)
{
    if (!s)
        return;
    for (unsigned w = 0; s->scratch && w < s->workers; w++)
        free(s->scratch[w]);
    free(s->scratch);
    free(s->varying);
    free(s->edge);
    if (!s->lent)
        free(s->spare);
    free(s->result);
    free(s);
}

/* Buckets belong to no worker before the keys are known: pages are dealt out evenly. */
static void touch(struct sorter *s, struct team *team)
{
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        memset(s->scratch[me], 0, offsetof(struct sort_scratch, other));
        /* static: pages cost the same */
#pragma omp for schedule(static)
        for (size_t i = 0; i < s->n * s->words; i += PAGE_WORDS)
            s->result[i] = s->spare[i] = 0;
    }
}

static bool allocate(struct sorter *s)
{
    s->result = array_alloc(s->n * s->words, sizeof *s->result);
    if (!s->lent)
        s->spare = array_alloc(s->n * s->words, sizeof *s->spare);
    s->varying = calloc(s->workers, sizeof *s->varying);
    s->edge = calloc(DEPTH, sizeof *s->edge);
    s->scratch = calloc(s->workers, sizeof *s->scratch);
    bool whole = s->result && s->spare && s->varying && s->edge && s->scratch;
    for (unsigned w = 0; whole && w < s->workers; w++)
        whole = (s->scratch[w] = array_alloc(1, sizeof *s->scratch[w])) != NULL;
    return whole;
}

int sorter_create(size_t n, size_t words, enum isa isa, struct team *team, uint64_t *spare, struct sorter **out)
{
    struct sorter *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    *s = (struct sorter){ .n = n, .words = words, .isa = isa, .workers = team->threads, .spare = spare, .lent = spare != NULL };
    if (!allocate(s)) {
        sorter_destroy(s);
        return -ENOMEM;
    }
    touch(s, team);
    *out = s;
    return 0;
}

double sorter_bytes(double n, size_t words)
{
    return 2 * n * (double)words * sizeof(uint64_t);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Wide enough that even buckets make leaves. */
struct sort_digit sorter_digit(size_t n, size_t words, unsigned width)
{
    unsigned log2 = sort_width(n * words - 1), bits = log2 > LEAF_LOG2 ? log2 - LEAF_LOG2 : 0;
    bits = least(width, least(SORT_BITS, bits > LEAST_BITS ? bits : LEAST_BITS));
    return (struct sort_digit){ width - bits, bits };
}

/* The longest bucket that one worker sorts: a share of the whole small enough to even out. */
static size_t longest_leaf(const struct sorter *s, unsigned workers)
{
    size_t even = s->n / (8 * (size_t)workers);
    return even < SMALL_LEAF ? SMALL_LEAF : even > SORT_LEAF ? SORT_LEAF : even;
}

/* One worker of a split, and its share. */
struct part {
    struct sorter *s;
    unsigned me, workers;
    size_t longest; /* leaf */
};

struct range {
    size_t begin, end;
};

static struct range share(const struct part *p, struct range r)
{
    size_t n = r.end - r.begin, each = n / p->workers, rest = n % p->workers;
    size_t begin = r.begin + each * p->me + (p->me < rest ? p->me : rest);
    return (struct range){ begin, begin + each + (p->me < rest) };
}

/* A lower bound on the bits in which keys differ, from a few of them: mostly the very number. */
static unsigned guess_width(const struct sorter *s, const uint64_t *from, struct range all)
{
    size_t step = (all.end - all.begin) / SAMPLE + 1;
    uint64_t varying = 0;
    for (size_t i = all.begin; i < all.end; i += step)
        varying |= from[i * s->words] ^ from[all.begin * s->words];
    return sort_width(varying);
}

/* Count the highest digit in which the keys differ, and all differing bits with it; where the guess was too low, once
 * more. *width: out, how many low bits differ. */
static struct sort_digit count(const struct part *p, const uint64_t *from, struct range all, unsigned *width)
{
    struct sorter *s = p->s;
    struct range mine = share(p, all);
    struct sort_digit digit;
    unsigned guess;
    *width = guess_width(s, from, all);
    do {
        guess = *width;
        digit = sorter_digit(all.end - all.begin, s->words, guess);
        s->varying[p->me] = ISA_SELECT(sort_count, s->isa)(from, s->words, mine.begin, mine.end, from[all.begin * s->words],
                                                           digit, s->scratch[p->me]);
#pragma omp barrier
        uint64_t varying = 0;
        for (unsigned w = 0; w < p->workers; w++)
            varying |= s->varying[w];
        *width = sort_width(varying);
#pragma omp barrier
    } while (*width > guess);
    return digit;
}

/* From counts to positions: bucket by bucket, and in it worker by worker. */
static void place(const struct part *p, struct range all, struct sort_digit digit, size_t *edge)
{
    size_t position = all.begin, buckets = (size_t)1 << digit.bits;
    for (size_t b = 0; b < buckets; b++) {
        edge[b] = position;
        for (unsigned w = 0; w < p->workers; w++) {
            size_t n = p->s->scratch[w]->next[b];
            p->s->scratch[w]->next[b] = position;
            position += n;
        }
    }
    edge[buckets] = position;
}

static void copy_share(const struct part *p, const uint64_t *from, struct range all)
{
    struct range mine = share(p, all);
    size_t words = p->s->words;
    if (from != p->s->result)
        memcpy(p->s->result + mine.begin * words, from + mine.begin * words, (mine.end - mine.begin) * words * sizeof *from);
}

static void sort_bucket(const struct part *p, const uint64_t *from, struct range bucket, unsigned width)
{
    struct sorter *s = p->s;
    struct sort_piece whole = { from + bucket.begin * s->words, bucket.end - bucket.begin };
    ISA_SELECT(sort_leaf, s->isa)(&whole, 1, s->result + bucket.begin * s->words, s->words, width, s->scratch[p->me]);
}

static void split(const struct part *p, const uint64_t *from, struct range all, unsigned width, unsigned depth);

/* Sort each bucket at @from into the result; called by every worker. */
static void sort_buckets(const struct part *p, const uint64_t *from, const size_t *edge, size_t buckets, unsigned width,
                         unsigned depth)
{
    /* dynamic: buckets differ in length; nowait: the next count ends with a barrier */
#pragma omp for schedule(dynamic) nowait
    for (size_t b = 0; b < buckets; b++)
        if (edge[b + 1] - edge[b] <= p->longest)
            sort_bucket(p, from, (struct range){ edge[b], edge[b + 1] }, width);
    for (size_t b = 0; b < buckets; b++)
        if (edge[b + 1] - edge[b] > p->longest)
            split(p, from, (struct range){ edge[b], edge[b + 1] }, width, depth + 1);
}

/*
 * Sort the records of @all at @from into the result; called by every worker. Their keys agree in the bits from @width up.
 */
static void split(const struct part *p, const uint64_t *from, struct range all, unsigned width, unsigned depth)
{
    struct sorter *s = p->s;
    uint64_t *to = from == s->result ? s->spare : s->result;
    size_t *edge = s->edge[depth];
    struct sort_digit digit = { 0, 0 };
    if (width > 0)
        digit = count(p, from, all, &width);
    if (width == 0) { /* all keys are equal */
        copy_share(p, from, all);
        return;
    }
#pragma omp single
    place(p, all, digit, edge);
    struct range mine = share(p, all);
    ISA_SELECT(sort_scatter, s->isa)(from, s->words, mine.begin, mine.end, digit, to, s->scratch[p->me]);
#pragma omp barrier
    sort_buckets(p, to, edge, (size_t)1 << digit.bits, digit.shift, depth);
}

/* The calling thread as a worker of @team. num_threads asks for the whole team; where fewer come (OMP_THREAD_LIMIT),
 * they share all the same. */
static struct part worker(struct sorter *s, struct team *team)
{
    struct part p = { s, (unsigned)omp_get_thread_num(), (unsigned)omp_get_num_threads(), 0 };
    p.longest = longest_leaf(s, p.workers);
    team_bind(team, p.me);
    return p;
}

void sorter_run(struct sorter *s, struct team *team, const uint64_t *input)
{
#pragma omp parallel default(none) shared(s, team, input) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        struct range all = { 0, s->n };
        if (s->n > p.longest)
            split(&p, input, all, 64, 0);
        else if (p.me == 0)
            sort_bucket(&p, input, all, 64);
    }
}

/* --- in steps --- */

uint64_t sorter_count(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit, uint64_t *counts)
{
    size_t buckets = (size_t)1 << digit.bits;
    uint64_t varying = 0;
    memset(counts, 0, buckets * sizeof *counts);
#pragma omp parallel default(none) shared(s, team, input, digit, counts, buckets) reduction(| : varying) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        struct range mine = share(&p, (struct range){ 0, s->n });
        varying = ISA_SELECT(sort_count, s->isa)(input, s->words, mine.begin, mine.end, s->n ? input[0] : 0, digit,
                                                 s->scratch[p.me]);
#pragma omp barrier
        /* static: one addition a worker and bucket */
#pragma omp for schedule(static)
        for (size_t b = 0; b < buckets; b++)
            for (unsigned w = 0; w < p.workers; w++)
                counts[b] += s->scratch[w]->next[b];
    }
    return varying;
}

void sorter_group(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit)
{
#pragma omp parallel default(none) shared(s, team, input, digit) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        struct range all = { 0, s->n }, mine = share(&p, all);
#pragma omp single
        place(&p, all, digit, s->edge[0]);
        ISA_SELECT(sort_scatter, s->isa)(input, s->words, mine.begin, mine.end, digit, s->spare, s->scratch[p.me]);
    }
}

void sorter_settle(struct sorter *s, struct team *team, size_t begin, size_t end, unsigned width)
{
    struct range all = { begin, end };
#pragma omp parallel default(none) shared(s, team, all, width) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        struct range mine = share(&p, all);
        if (all.end - all.begin > p.longest)
            split(&p, s->spare, all, width, 0);
        else if (p.me == 0)
            sort_bucket(&p, s->spare, all, width);
#pragma omp barrier
        memcpy(s->spare + mine.begin * s->words, s->result + mine.begin * s->words,
               (mine.end - mine.begin) * s->words * sizeof *s->spare);
    }
}

/* Bucket @b as it came: its pieces one after the other. */
static void put_together(struct sorter *s, const struct sort_buckets *buckets, size_t b)
{
    uint64_t *at = s->result + buckets->edge[b] * s->words;
    for (size_t i = buckets->first[b]; i < buckets->first[b + 1]; i++) {
        const struct sort_piece *piece = &buckets->piece[i];
        memcpy(at, piece->record, piece->n * s->words * sizeof *at);
        at += piece->n * s->words;
    }
}

static bool is_leaf(const struct sorter *s, const struct team *team, const struct sort_buckets *buckets, size_t b)
{
    return buckets->edge[b + 1] - buckets->edge[b] <= longest_leaf(s, team->threads);
}

void sorter_gather(struct sorter *s, struct team *team, const struct sort_buckets *buckets)
{
#pragma omp parallel default(none) shared(s, team, buckets) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        /* dynamic: buckets differ in length */
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < buckets->n; b++)
            if (is_leaf(s, team, buckets, b))
                ISA_SELECT(sort_leaf, s->isa)(buckets->piece + buckets->first[b], buckets->first[b + 1] - buckets->first[b],
                                              s->result + buckets->edge[b] * s->words, s->words, buckets->width, s->scratch[p.me]);
            else
                put_together(s, buckets, b);
    }
}

void sorter_finish(struct sorter *s, struct team *team, const struct sort_buckets *buckets)
{
#pragma omp parallel default(none) shared(s, team, buckets) num_threads(team->threads)
    {
        struct part p = worker(s, team);
        for (size_t b = 0; b < buckets->n; b++)
            if (!is_leaf(s, team, buckets, b))
                split(&p, s->result, (struct range){ buckets->edge[b], buckets->edge[b + 1] }, buckets->width, 0);
    }
}
