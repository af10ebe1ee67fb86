#ifndef PARKIT_SORT_SHARE_H
#define PARKIT_SORT_SHARE_H
/*
 * What a process does, untimed, with the records [begin, end) of the input or of the result that it holds (with one
 * process: all of them): make them, check them, hash them. By an OpenMP team.
 */
#include "common/team.h"
#include "cpu_bound/sort_input.h"

enum { SORT_BLOCK = 1 << 20 }; /* records: the pieces of the digest */

/* @record: where record @begin stands. */
struct sort_share {
    uint64_t begin, end;
    uint64_t *record;
};

/** sort_share_fill() - make the input. Returns the sum of sort_input_hash() over its keys. */
uint64_t sort_share_fill(const struct sort_input *in, const struct sort_share *share, struct team *team);

/**
 * sort_share_check() - whether a share of the result is in order and, with a payload, consists of records of the input
 * whose equal keys have kept their order.
 *
 * @before: the record in front of the share, NULL: there is none.
 * @sum:    out, the sum of sort_input_hash() over the keys.
 * Returns 0; -EDOM with the reason in @why; -ENOMEM.
 */
int sort_share_check(const struct sort_input *in, const struct sort_share *share, const uint64_t *before, struct team *team,
                     uint64_t *sum, char *why, size_t why_len);

/** sort_checksum_check() - 0 where @sum, of the keys of the result, is @input, that of the input; else -EDOM, with @why. */
int sort_checksum_check(uint64_t sum, uint64_t input, char *why, size_t why_len);

/** sort_share_digests() - of each block of SORT_BLOCK records from the share's begin, the last may be shorter. */
void sort_share_digests(const struct sort_share *share, size_t words, struct team *team, uint64_t *digest);

#endif
