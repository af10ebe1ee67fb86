#ifndef PARKIT_FT_PLAN_H
#define PARKIT_FT_PLAN_H
/*
 * How one line of n = 2^e values is transformed, in place, in steps of radix 8 and 4.
 *
 * A step of radix r on sub-lines of `span` values, m = span / r, takes the values j, j + m, ..., j + (r - 1) m of
 * each for every j < m, puts their r-point transform in their place, and turns the k-th of it by
 * exp(-2 pi i j k / span); then follow the steps on the r sub-lines of m values (decimation in frequency).
 * No step reorders anything. So frequencies end in an order of their own, which ft_plan_frequency() tells; a
 * spectrum that is only multiplied, point by point, and taken back by the inverse steps in the opposite order
 * (decimation in time) never needs another order. That saves the second buffer of a sorting transform.
 * Source: Cooley and Tukey, Mathematics of Computation 19, 1965; Van Loan, Computational Frameworks for the Fast
 * Fourier Transform, SIAM 1992, sections 1.9 and 2.1.
 */
#include <stddef.h>

enum { FT_STEPS_MAX = 12 }; /* of radix 4 at least: lines of up to 2^24 values */

struct ft_step {
    int radix;              /* 4 or 8                                                               */
    size_t span;            /* values of a sub-line                                                 */
    const double *twiddle;  /* [span / radix][radix - 1][cos, sin] of -2 pi j k / span, k from 1 on */
};

struct ft_plan {
    size_t n;
    int steps;
    struct ft_step step[FT_STEPS_MAX]; /* in the order of the forward transform: those of radix 8 last */
    double *twiddles;                  /* what the steps point into                            */
};

/**
 * ft_plan_create() - for lines of @n values, a power of two from 4 on. 0 or -ENOMEM. The twiddles are not there
 * before ft_plan_fill(): FT times that. ft_plan_destroy() frees; a zeroed one too.
 */
int ft_plan_create(size_t n, struct ft_plan *out) __attribute__((warn_unused_result));
void ft_plan_fill(struct ft_plan *p);
void ft_plan_destroy(struct ft_plan *p);

/** ft_plan_frequency() - the frequency, below n, that ends at @position of the line. */
size_t ft_plan_frequency(const struct ft_plan *p, size_t position);

/** ft_turn() - exp(-2 pi i @k / @n) as cosine and sine into @out. */
void ft_turn(size_t k, size_t n, double out[2]);

#endif
