#ifndef PARKIT_MPI_IS_OWNERS_H
#define PARKIT_MPI_IS_OWNERS_H
/*
 * Keys of IS go to the rank that owns their values: to be counted there, and to be put in order for verification. Each
 * rank owns a run of values, whole pieces of them (is_outcome.h), cut so that each has about the same number of keys,
 * however these are spread over the values: a rank has too many by at most the keys of one piece. A rank sends about
 * 4 N (R - 1) / R^2 bytes for N keys on R ranks. All functions are collective.
 */
#include "cpu_bound/nas/is_outcome.h"
#include "mpi/runtime.h"

/** is_owners_pay() - whether fewer bytes cross between so many @computers if keys move than if tallies do. */
bool is_owners_pay(const struct is_problem *p, double computers);

/**
 * is_owners_cut() - cut the values by the keys of all ranks.
 *
 * @key:   the @n keys of this rank; those beyond the values, which a wrong run may have made, count as the last ones.
 * @first: out, ranks + 1: rank r owns the values from @first[r] to @first[r + 1] - 1, which may be none.
 * 0 or -ECOMM.
 */
int is_owners_cut(struct mpi_runtime *rt, const struct is_problem *p, const uint32_t *key, size_t n, size_t *first)
    __attribute__((warn_unused_result));

/* The keys that this rank owns, for the caller to free, and how many it sent to others. */
struct is_owned {
    uint32_t *key;
    size_t n, sent;
};

/** is_owners_send() - each of the @n keys of each rank goes to the owner of its value; *out is also filled on failure. */
int is_owners_send(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *key, size_t n,
                   unsigned threads, struct is_owned *out) __attribute__((warn_unused_result));

/**
 * is_owners_hand_over() - the ranks of values go from who has ranked them to their owners.
 *
 * @held: rank r has them from @held[r] to @held[r + 1] - 1; @rank: those of this rank.
 * @first: of the owners, as is_owners_cut() made it. @out: those owned here, for the caller to free.
 * 0 or a failure, agreed on.
 */
int is_owners_hand_over(struct mpi_runtime *rt, const size_t *held, const uint32_t *rank, const size_t *first, uint32_t **out)
    __attribute__((warn_unused_result));

/**
 * is_owners_check() - put all keys where their ranks say and look whether they are in order, and each in a place of its own.
 *
 * @key:  the @n keys of this rank. @rank: of the values owned here; out: as if there were no lower ones.
 * Returns, on every rank: 0; -EDOM with the reason in @why; another failure, agreed on.
 */
int is_owners_check(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *key, size_t n,
                    unsigned threads, uint32_t *rank, char *why, size_t why_len) __attribute__((warn_unused_result));

/** is_owners_digest() - of the ranks of all values: each owner hashes its own, @rank. 0 or -ECOMM. */
int is_owners_digest(struct mpi_runtime *rt, const struct is_problem *p, const size_t *first, const uint32_t *rank,
                     uint64_t *digest) __attribute__((warn_unused_result));

#endif
