#ifndef PARKIT_IS_OUTCOME_H
#define PARKIT_IS_OUTCOME_H
/* The problem classes of IS, and what came of its tests: whoever ranks the keys, in one process or in many. */
#include <stddef.h>
#include <stdint.h>

enum {
    IS_ITERATIONS = 10,
    IS_TESTS = 5,
    IS_PIECES = 1024, /* of the values, each of the same length: what the digest is joined from */
};

/* A key whose rank is known: @rank at the start, and by @slope more after each iteration. */
struct is_test_key {
    uint64_t at;
    int64_t rank, slope;
};

struct is_problem {
    unsigned keys_bits, key_bits; /* 2^keys_bits keys of key_bits bits, more than IS_PIECES values */
    struct is_test_key test[IS_TESTS];
};

struct is_outcome {
    const struct is_problem *problem;
    uint32_t value[IS_TESTS];     /* the test keys of the last iteration ...  */
    int64_t rank[IS_TESTS];       /* ... and how many keys are smaller        */
    unsigned passed;              /* tests                                    */
    struct {
        int iteration, test;      /* the first that failed; iteration 0: none */
        int64_t rank, published;
    } failure;
};

/** is_problem() - of a letter of NAS_CLASSES. */
const struct is_problem *is_problem(char class);

static inline size_t is_keys_of(const struct is_problem *p)
{
    return (size_t)1 << p->keys_bits;
}

static inline size_t is_values_of(const struct is_problem *p)
{
    return (size_t)1 << p->key_bits;
}

/** is_changed_key() - what the @which-th (0, 1) key that an @iteration changes becomes; @at: out, its place. */
uint32_t is_changed_key(const struct is_problem *p, int iteration, int which, size_t *at);

/** is_outcome_test() - compare the ranks of the test keys, in @o, after @iteration (from 1 on) with the published ones. */
void is_outcome_test(struct is_outcome *o, int iteration);

/** is_outcome_verify() - 0: all tests of all iterations passed; -EDOM: not so, with the first that failed in @why. */
int is_outcome_verify(const struct is_outcome *o, char *why, size_t why_len);

#endif
