#ifndef PARKIT_MATMUL_BLOCK_H
#define PARKIT_MATMUL_BLOCK_H
/*
 * The part of C = A B that a process holds, rows x columns of C, and the team's work on it: one slice of the inner
 * dimension at a time. parkit-cpu holds all of C; a rank of SUMMA a block of it.
 *
 * Every entry of C is summed over the inner dimension in one order that n alone fixes, slice by slice: matmul_depth().
 */
#include "common/team.h"
#include "common/workload.h"
#include "cpu_bound/matmul_kernel.h"

/* All that answer(), text() and details() of the workload need. */
struct matmul_outcome {
    size_t n;
    enum isa isa;
    const struct team *team; /* of the last run; NULL: many computers       */
    double first, last;      /* C[0,0] and C[n-1,n-1]                       */
    uint64_t digest;         /* those of the rows of C, joined              */
};

struct matmul_block {
    size_t rows, columns;    /* of C here                                   */
    enum isa isa;
    struct matmul_shape shape;
    size_t tile_rows, tile_columns, tiles_down, tiles_across;
    double *c;               /* rows x columns, row by row                  */
    double *packed_a, *packed_b;
    /* poll() - called by the first thread between tiles with @poll_with: messages go on meanwhile. May be NULL. */
    void (*poll)(void *with);
    void *poll_with;
};

/** matmul_depth() - terms of a slice: slice i is [i depth, (i + 1) depth) of the inner dimension, cut at n. */
size_t matmul_depth(size_t n);

/** matmul_block_create() - for slices of at most @depth terms. 0 or -ENOMEM. destroy() accepts zeros and what failed. */
int matmul_block_create(struct matmul_block *m, size_t rows, size_t columns, size_t depth, enum isa isa)
    __attribute__((warn_unused_result));
void matmul_block_destroy(struct matmul_block *m);

/** matmul_block_bytes() - memory that it takes. */
double matmul_block_bytes(double rows, double columns, double depth);

/**
 * matmul_block_slice() - C = or += a slice of A times a slice of B; called by every thread of a team.
 *
 * @a: rows x depth, its rows @a_stride apart. @b: depth x columns, its rows @b_stride apart.
 * @add: 0 sets C, 1 adds to it.
 */
void matmul_block_slice(struct matmul_block *m, const double *a, size_t a_stride, const double *b, size_t b_stride,
                        size_t depth, int add);

/** matmul_entry() - number @index of the matrices: uniform in [-1/2, 1/2) (splitmix64, Steele et al. 2014). */
static inline double matmul_entry(uint64_t seed, uint64_t index)
{
    uint64_t z = (seed << 40) + (index + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5;
}

/* A[i,j] and B[i,j] of n x n matrices. */
static inline double matmul_entry_a(uint64_t seed, size_t n, size_t i, size_t j)
{
    return matmul_entry(seed, 2 * (i * n + j));
}

static inline double matmul_entry_b(uint64_t seed, size_t n, size_t i, size_t j)
{
    return matmul_entry(seed, 2 * (i * n + j) + 1);
}

/*
 * Freivalds' check: for a vector x of random signs, C x = A (B x). A wrong row of C passes one trial
 * with probability at most 1/2, so all 20 with at most 2^-20, one in a million.
 * Rounding: with entries below 1/2 the two sides differ by less than 2^-52 n sqrt(n), some ten times the
 * error of such sums in a random walk; an entry of C that is wrong by more than that is found.
 * Source: R. Freivalds, Probabilistic machines can use less running time, IFIP Congress 1977.
 */
enum { FREIVALDS_TRIALS = 20 };

/** freivalds_signs() - x of trial @number. */
void freivalds_signs(uint64_t seed, uint64_t number, double *x, size_t n);

/** freivalds_check() - 0 where A (B x) and C x agree; else -EDOM, with @why. */
int freivalds_check(const double *abx, const double *cx, size_t n, char *why, size_t why_len);

#endif
