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

struct sorter {
    size_t n, words;
    enum isa isa;
    unsigned workers;
    uint64_t *result;  /* n records: the sorted ones after sorter_run()                        */
    uint64_t *spare;   /* n records: for buckets that are too large for a leaf                     */
    struct sort_scratch **scratch; /* one a worker   */
    uint64_t *varying;             /* one a worker   */
    size_t (*edge)[SORT_BUCKETS + 1]; /* of the buckets, for each split within a split */
};

/**
 * sorter_create() - what is needed to sort @n records of @words words by @team, touched first by its threads.
 *
 * Returns 0 or -ENOMEM. The caller frees with sorter_destroy(), which accepts NULL.
 */
int sorter_create(size_t n, size_t words, enum isa isa, struct team *team, struct sorter **out)
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
 * The same in steps, for many processes that sort together: the digit is chosen by them all, and between
 * grouping by it and sorting what lies within a bucket they exchange buckets.
 */

/** sorter_digit() - the highest digit of @n records of @words words, all processes' together, whose keys differ in
 * their low @width bits only. */
struct sort_digit sorter_digit(size_t n, size_t words, unsigned width);

/**
 * sorter_count() - how many of the records at @input have each value of @digit, into @counts (1 << digit.bits).
 *
 * Returns the bits in which any key differs from the first (0 for no records).
 */
uint64_t sorter_count(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit, uint64_t *counts);

/** sorter_group() - after sorter_count() with the same @digit: the records go to s->result by its value, in order. */
void sorter_group(struct sorter *s, struct team *team, const uint64_t *input, struct sort_digit digit);

/**
 * sorter_finish() - sort each bucket of s->result in place; s->spare is lost.
 *
 * @edge: @buckets + 1 positions, ascending: bucket b is [edge[b], edge[b + 1]).
 * @width: keys of one bucket agree in their bits from @width up.
 */
void sorter_finish(struct sorter *s, struct team *team, const size_t *edge, size_t buckets, unsigned width);

#endif
