#ifndef PARKIT_SORT_KERNEL_H
#define PARKIT_SORT_KERNEL_H
/*
 * Kernels of the stable radix sort: count a digit, scatter by it, sort a leaf. They work on ranges of
 * records and know nothing of teams or ranks (sort_team.c is the OpenMP driver).
 *
 * A record is @words 64-bit words: 1 (the key alone) or 2 (key, then payload). Positions and lengths
 * count records. All kernels keep the order of records with equal keys.
 */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SORT_BITS = 11,                /* the widest digit: the lines of its buckets take 128 KiB, a part of L2 */
    SORT_BUCKETS = 1 << SORT_BITS,
    SORT_LINE_WORDS = 8,           /* a cache line */
    SORT_LEAF = 1 << 18,           /* records of the longest leaf */
};

/* Bits [shift, shift + bits) of the key. */
struct sort_digit {
    unsigned shift, bits;
};

/* Records that lie together. A bucket may come in several of them, which follow each other. */
struct sort_piece {
    const uint64_t *record;
    size_t n;
};

/* What one thread needs to scatter, and to sort a leaf. */
struct sort_scratch {
    _Alignas(64) uint64_t line[SORT_BUCKETS * SORT_LINE_WORDS]; /* records of a bucket that do not fill a cache line yet */
    size_t next[SORT_BUCKETS];   /* records of a bucket, then position of its next one */
    size_t first[SORT_BUCKETS];  /* position of the first that this thread puts there  */
    uint32_t count[4][SORT_BUCKETS];
    _Alignas(64) uint64_t other[2 * SORT_LEAF]; /* the other side of a leaf's passes */
};

/**
 * sort_count() - how many records of [begin, end) have each value of @digit.
 *
 * @scratch: next[b]: out, the records of value b.
 * Returns the bits in which any key differs from @like (or-ed together).
 */
ISA_DECLARE(uint64_t, sort_count, (const uint64_t *record, size_t words, size_t begin, size_t end, uint64_t like,
                                   struct sort_digit digit, struct sort_scratch *scratch));

/**
 * sort_scatter() - move the records [begin, end) of @from to the buckets of @digit in @to, in order.
 *
 * @scratch: next[b]: in, the position in @to of the first record of bucket b; out, behind the last.
 * @to:      aligned to a cache line. Whole lines are written past the caches. Others may write other
 *           positions of it at the same time.
 */
ISA_DECLARE(void, sort_scatter, (const uint64_t *from, size_t words, size_t begin, size_t end, struct sort_digit digit,
                                 uint64_t *to, struct sort_scratch *scratch));

/**
 * sort_leaf() - sort the records of @pieces pieces, at most SORT_LEAF in all, into @to by one thread.
 *
 * @to:    may be where the only piece lies, or overlaps none.
 * @width: all keys agree in their bits from @width up.
 */
ISA_DECLARE(void, sort_leaf, (const struct sort_piece *piece, size_t pieces, uint64_t *to, size_t words, unsigned width,
                              struct sort_scratch *scratch));

/** sort_reference() - the same by eight counting sorts, least byte first; @other: room for @n records. */
void sort_reference(uint64_t *record, uint64_t *other, size_t words, size_t n);

/** sort_width() - how many low bits hold all the bits of @varying: 0 for 0, 64 where the top bit is set. */
static inline unsigned sort_width(uint64_t varying)
{
    return varying ? 64 - (unsigned)__builtin_clzll(varying) : 0;
}

#endif
