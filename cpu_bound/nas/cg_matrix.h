#ifndef PARKIT_CG_MATRIX_H
#define PARKIT_CG_MATRIX_H
/*
 * The matrix of the CG kernel: a sum of n scaled outer products of random sparse vectors, plus a multiple of
 * the unit matrix, assembled to one stored entry for each position. It is symmetric, so that only the entries
 * below the diagonal are stored, by rows, and the diagonal beside them.
 */
#include "cpu_bound/nas/cg_plan.h"

enum { CG_STEPS = 25 }; /* of the solver, in every class */

/* What a class is. */
struct cg_problem {
    size_t n;
    unsigned width;  /* random entries of a generating vector */
    unsigned outer;  /* iterations of the power method        */
    double shift;
    double zeta;     /* the published result                  */
};

/** cg_problem() - of @class, one of NAS_CLASSES. */
const struct cg_problem *cg_problem(char class);

/*
 * Which part of the matrix is wanted. Rows and columns are cut into parts of @length; of the rows of part I the columns
 * of those parts J for which bit J of columns[I] is set, J <= I. The diagonal is wanted in rows [begin, end) besides.
 */
struct cg_extent {
    size_t length;
    const uint64_t *columns; /* [parts], of which there are at most CG_PARTS_MOST */
    size_t begin, end;
};

struct cg_matrix {
    size_t n;
    size_t room;         /* entries that column and value have room for: those of a row are distinct, the */
                         /* room was counted before equal positions met                                   */
    uint64_t *first;     /* n + 1: row i begins at entry first[i]                                         */
    uint32_t *length;    /* n: and has so many, in a fixed order that is not the columns'                 */
    uint32_t *column;    /* each below its row                                                            */
    double *value;
    double *diagonal;    /* n; zero where it is not wanted                                                */
};

/** cg_matrix_bytes() - what a matrix and its making need at most, where 1 / @share of its entries are wanted. */
double cg_matrix_bytes(const struct cg_problem *problem, double share);

/**
 * cg_matrix_create() - what is @wanted of the matrix of @problem; the same bits at every extent and count of @threads.
 * 0 or -ENOMEM. cg_matrix_destroy() frees; it accepts one that is zeroed.
 */
int cg_matrix_create(const struct cg_problem *problem, const struct cg_extent *wanted, unsigned threads, struct cg_matrix *out)
    __attribute__((warn_unused_result));
void cg_matrix_destroy(struct cg_matrix *m);

/**
 * cg_matrix_product() - q = A p by the stored rows, plain and serial: the reference that the tiles
 * (cg_kernel.h) are checked against. @p, @q: n doubles each, apart.
 */
void cg_matrix_product(const struct cg_matrix *m, const double *restrict p, double *restrict q);

#endif
