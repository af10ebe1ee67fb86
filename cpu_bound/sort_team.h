#ifndef PARKIT_SORT_TEAM_H
#define PARKIT_SORT_TEAM_H
/*
 * A stable sort of an array of records by an OpenMP team: sort.c's timed part, and what one rank does
 * with the records that it holds.
 *
 * Source: the digits of radix exchange, scattered out of place through cache-line buffers: Satish et al.,
 * Fast sort on CPUs and GPUs, SIGMOD 2010; Wassenberg, Sanders, Engineering a multi-core radix sort, Euro-Par 2011.
 */
#include "common/team.h"
#include "cpu_bound/sort_kernel.h"

#include <stdbool.h>

struct sorter {
    size_t n, words;
    enum isa isa;
    unsigned workers;
    uint64_t *result;  /* n records: the sorted ones after sorter_run()                        */
    uint64_t *spare;   /* n records: for buckets that are too large for a leaf                     */
    bool lent;         /* the spare is the caller's */
    struct sort_scratch **scratch; /* one a worker   */
    uint64_t *varying;             /* one a worker   */
    size_t (*edge)[SORT_BUCKETS + 1]; /* of the buckets, for each split within a split */
};

/**
 * sorter_create() - what is needed to sort @n records of @words words by @team, touched first by its threads.
 *
 * @spare: room for @n records, aligned to a cache line, that stays the caller's (memory that others can read, for
 * example); NULL: the sorter allocates it.
 * Returns 0 or -ENOMEM. The caller frees with sorter_destroy(), which accepts NULL.
 */
int sorter_create(size_t n, size_t words, enum isa isa, struct team *team, uint64_t *spare,
                  struct sorter **out)
    __attribute__((warn_unused_result));
void sorter_destroy(struct sorter *s);

/** sorter_bytes() - memory that a sorter of @n records takes at most, but for a few MiB a worker. */
double sorter_bytes(double n, size_t words);

/**
 * sorter_run() - sort the records at @input into s->result; @input is only read.
 *
 * @team: that of sorter_create(). The result does not depend on its size: records with equal keys keep
 * their order. Cannot fail. Not for two callers at once on one sorter.
 */
void sorter_run(struct sorter *s, struct team *team, const uint64_t *input);

/*
 * The same in steps, for many processes that sort together: the digit is chosen by them all; each groups its records by
 * it; and each sorts the buckets that are its own, which come to it in pieces, from all of them.
 */

/* Bucket b is to be the records [edge[b], edge[b + 1]) of the result. It consists of the pieces from first[b] up to
 * first[b + 1], none of them empty, and its keys agree in their bits from width up. */
struct sort_buckets {
    size_t n;
    size_t *edge, *first; /* n + 1, ascending */
    struct sort_piece *piece;
    unsigned width;
};

/** sorter_digit() - the highest digit of @n records of @words words, all processes' together, whose keys differ in
 * their low @width bits only. */
struct sort_digit sorter_digit(size_t n, size_t words, unsigned width);

/**
 * sorter_count() - how many of the records at @input have each value of @digit, into @counts (1 << digit.bits).
 *
 * Returns the bits in which any key differs from the first (0 for no records).
 */
uint64_t sorter_count(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit, uint64_t *counts);

/** sorter_group() - after sorter_count() with the same @digit: the records go to s->spare by its value, in order. */
void sorter_group(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit);

/** sorter_settle() - sort the records [@begin, @end) of s->spare in place. Their keys agree from bit @width up. s->result is lost. */
void sorter_settle(struct sorter *s, struct team *team, size_t begin, size_t end, unsigned width);

/**
 * sorter_gather() - bring all buckets to s->result, and sort those that fit a leaf on the way.
 *
 * The pieces are only read. They may lie in s->spare, but not in s->result.
 */
void sorter_gather(struct sorter *s, struct team *team, const struct sort_buckets *buckets);

/** sorter_finish() - after sorter_gather(): sort the longer buckets too, in s->result; s->spare is lost. */
void sorter_finish(struct sorter *s, struct team *team, const struct sort_buckets *buckets);

#endif
