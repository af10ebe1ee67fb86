/*
 * Independent chains of multiply-adds, compiled once per instruction set (isa.h). A unit takes 4 or 5
 * cycles and there are two: 10 chains keep both busy. 12 fit 16 registers beside the two operands.
 */
#include "cpu_bound/peak_kernel.h"
#include "cpu_bound/vector.h"

enum { CHAINS = 12 };

static inline void hide(vector *v)
{
#if defined(__x86_64__)
    __asm__("" : "+x"(*v));
#else
    __asm__("" : "+m"(*v));
#endif
}

unsigned ISA_NAME(peak_lanes)(void)
{
    return CHAINS * LANES;
}

double ISA_NAME(peak_steps)(uint64_t steps)
{
    vector one = vector_set(1.0), factor = one, chain[CHAINS];
    double sum = 0;
    for (int c = 0; c < CHAINS; c++)
        chain[c] = (vector){ 0 };
    /* Hides the values: a compiler that sees them drops the multiplication by 1 and keeps one chain of twelve. */
    hide(&one);
    hide(&factor);
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++)
        hide(&chain[c]);
    for (uint64_t s = 0; s < steps; s++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            chain[c] = vector_fma(chain[c], factor, one);
    for (int c = 0; c < CHAINS; c++)
        for (int l = 0; l < LANES; l++)
            sum += chain[c][l];
    return sum;
}
