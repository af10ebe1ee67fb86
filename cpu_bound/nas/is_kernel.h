#ifndef PARKIT_IS_KERNEL_H
#define PARKIT_IS_KERNEL_H
/*
 * Ranking small whole numbers by counting them, for the NAS kernel IS. rank[v] is the number of keys up to
 * and including v: keys of value v stand at rank[v - 1] .. rank[v] - 1 when sorted.
 *
 * A tally has a byte for each value, so that the tally of 2^21 values fits a second-level cache of 2 MiB, of
 * which the bell-shaped keys use little more than half. A byte that overflows carries 256 into a wide counter:
 * right for all keys, and not once for those of IS, of which at most some 90 are equal.
 */
#include "common/isa.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The tallies of all workers, to be added up. */
struct is_tallies {
    uint8_t *const *tally;         /* of each worker                                       */
    unsigned tallies;
    const _Atomic uint32_t *carry; /* what overflowed, by value; NULL: nothing did         */
};

/**
 * is_keys() - keys [begin, end) of the sequence of IS: each the mean of four numbers, of @bits bits.
 * @key: out, end - begin of them. 2 <= @bits <= 30.
 */
ISA_DECLARE(void, is_keys, (uint32_t *key, uint64_t begin, uint64_t end, unsigned bits));

/**
 * is_count() - count @n keys into @tally.
 *
 * @tally: in and out, a byte for each value; all keys are below its length.
 * @carry: in and out, 256 is added for each byte that overflows. Threads may share it, each with its own tally.
 * Returns whether any byte did.
 */
bool is_count(uint8_t *tally, _Atomic uint32_t *carry, const uint32_t *key, size_t n);

/** is_total() - keys with values in [begin, end). */
ISA_DECLARE(uint64_t, is_total, (const struct is_tallies *all, size_t begin, size_t end));

/**
 * is_join() - the tallies of all workers as one, of values in [begin, end): for who counts elsewhere.
 *
 * @joint: out, end - begin bytes. @carry: in and out, by value as in is_count(); it is not that of @all.
 * Returns whether any byte overflowed.
 */
ISA_DECLARE(bool, is_join, (uint8_t *joint, _Atomic uint32_t *carry, const struct is_tallies *all, size_t begin, size_t end));

/** is_ranks() - @rank[v] for v in [begin, end), where @below keys have values below @begin. */
ISA_DECLARE(void, is_ranks, (uint32_t *rank, const struct is_tallies *all, size_t begin, size_t end, uint64_t below));

/** is_ranks_reference() - all ranks of @n keys below @values, one key at a time into counters of 32 bits. */
void is_ranks_reference(uint32_t *rank, size_t values, const uint32_t *key, size_t n);

/**
 * is_check_order() - put all keys where their ranks say and look whether they are in order, and each in a place
 * of its own.
 *
 * Returns 0; -EDOM: they are not, @where is the first place or key that is wrong; -ENOMEM. It needs
 * 4 (n + values) bytes.
 */
int is_check_order(const uint32_t *rank, size_t values, const uint32_t *key, size_t n, size_t *where);

#endif
