#ifndef PARKIT_SORT_INPUT_H
#define PARKIT_SORT_INPUT_H
/*
 * What is to be sorted: record i of n from the seed and i alone, so that any thread or rank can make
 * any block, and a check can ask what a record must be. Whole-number arithmetic only: the same records on
 * every machine.
 *
 *   uniform   64-bit keys, all equally likely
 *   sorted    ascending: one key drawn from each of n equal parts of the range
 *   reversed  the same, descending
 *   few       one of `distinct` 64-bit keys, all equally likely
 *   zipf      k = 1 .. 2^L - 1 with probability proportional to 1 / k, where 2^L is the first power above n
 *
 * A record is a key, or a key and its index i as payload.
 */
#include <stddef.h>
#include <stdint.h>

enum sort_distribution { SORT_UNIFORM, SORT_SORTED, SORT_REVERSED, SORT_FEW, SORT_ZIPF };
extern const char *const sort_distribution_names[]; /* "uniform", "sorted", ..., NULL */

struct sort_input {
    enum sort_distribution distribution;
    uint64_t n;        /* records, at least 1             */
    uint64_t seed;
    uint64_t distinct; /* for SORT_FEW: keys, at least 1  */
    size_t words;      /* of a record: 1 or 2             */
};

/** sort_input_key() - the key of record @i. */
uint64_t sort_input_key(const struct sort_input *in, uint64_t i);

/** sort_input_fill() - records [begin, end) into @record, which is where record @begin goes. */
void sort_input_fill(const struct sort_input *in, uint64_t begin, uint64_t end, uint64_t *record);

/**
 * sort_input_hash() - 64 bits that depend on every bit of @key. Their sum modulo 2^64 over many keys does
 * not depend on the order: it tells whether two arrays hold the same keys, but for one chance in 2^64.
 */
uint64_t sort_input_hash(uint64_t key);

#endif
