#ifndef PARKIT_EXACT_SUM_H
#define PARKIT_EXACT_SUM_H
/*
 * Sums of non-negative numbers whose bits depend on no order: fixed point, in digits of 32 bits that add like whole
 * numbers. Each stands in a word of 64 bits, with room for the carries of 2^31 additions; so the sums of threads
 * or ranks are added word by word (by MPI_SUM too), and the digits are put in order once, at the end.
 *
 * Numbers from 2^-107 to 2^64 are added exactly; of smaller ones what lies below 2^-160 is cut off.
 * Source: the idea of Kulisch's long accumulator (Computer Arithmetic and Validity, 2nd ed., section 8.2).
 */
#include <stdint.h>

enum { EXACT_DIGITS = 8, EXACT_WORDS = EXACT_DIGITS + 1 };

/* As words: digit[k] counts 2^(32 k - 160), the last word what could not be added. All zero: nothing yet. */
struct exact_sum {
    uint64_t digit[EXACT_DIGITS];
    uint64_t outside;
};

/** exact_sum_add() - @x more; anything but a number from 0 to below 2^64 makes the sum NaN. */
void exact_sum_add(struct exact_sum *sum, double x);

/** exact_sum_join() - what @other has, too. */
void exact_sum_join(struct exact_sum *sum, const struct exact_sum *other);

/** exact_sum_value() - the sum as a double, at most 1 in the last place away from the exact one. */
double exact_sum_value(const struct exact_sum *sum);

#endif
