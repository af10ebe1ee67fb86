#include "common/exact_sum.h"

#include "common/wide.h"

#include <math.h>

enum { POINT = 160, DIGIT_BITS = 32, MANTISSA_BITS = 53 };

void exact_sum_add(struct exact_sum *sum, double x)
{
    int exponent;
    if (!(x >= 0 && x < 0x1p64)) {
        sum->outside++;
        return;
    }
    uint64_t mantissa = (uint64_t)ldexp(frexp(x, &exponent), MANTISSA_BITS);
    int shift = exponent - MANTISSA_BITS + POINT;
    if (shift < 0) {
        mantissa = shift > -MANTISSA_BITS ? mantissa >> -shift : 0;
        shift = 0;
    }
    uint64_t *digit = sum->digit + shift / DIGIT_BITS;
    uint128 bits = (uint128)mantissa << shift % DIGIT_BITS; /* at most 84: three digits */
    for (int k = 0; k < 3; k++, bits >>= DIGIT_BITS)
        digit[k] += (uint32_t)bits;
}

void exact_sum_join(struct exact_sum *sum, const struct exact_sum *other)
{
    for (int k = 0; k < EXACT_DIGITS; k++)
        sum->digit[k] += other->digit[k];
    sum->outside += other->outside;
}

double exact_sum_value(const struct exact_sum *sum)
{
    uint64_t carry = 0;
    uint32_t digit[EXACT_DIGITS];
    for (int k = 0; k < EXACT_DIGITS; k++) {
        carry += sum->digit[k];
        digit[k] = (uint32_t)carry;
        carry >>= DIGIT_BITS;
    }
    double value = sum->outside ? NAN : ldexp((double)carry, DIGIT_BITS * EXACT_DIGITS - POINT);
    for (int k = EXACT_DIGITS - 1; k >= 0; k--)
        value += ldexp(digit[k], DIGIT_BITS * k - POINT);
    return value;
}
