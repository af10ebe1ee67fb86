#include "common/blocks.h"

uint128 blocks_sum_u128(const uint128 *partial, size_t n)
{
    uint128 sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += partial[i];
    return sum;
}

double blocks_sum_double(const double *partial, size_t n)
{
    if (n == 0)
        return 0;
    if (n == 1)
        return partial[0];
    size_t half = n / 2; /* the split depends on n alone */
    return blocks_sum_double(partial, half) + blocks_sum_double(partial + half, n - half);
}
