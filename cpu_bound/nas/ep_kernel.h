#ifndef PARKIT_EP_KERNEL_H
#define PARKIT_EP_KERNEL_H
/*
 * Pairs of Gaussian deviates by acceptance and rejection (Marsaglia and Bray, SIAM Review 6 (1964), 260-264),
 * as the NAS kernel EP has them. Pair j is made of two consecutive numbers of the NAS sequence, each 2r - 1:
 *
 *     X, Y in (-1, 1);  t = X^2 + Y^2;  if t <= 1:  f = sqrt(-2 ln t / t),  G = X f,  H = Y f
 *
 * G, H and the ring of each accepted pair, floor(max(|G|, |H|)), are added up.
 */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Rings that are counted. The shortest vector of the lattice {(y, a y mod 2^46)}, which holds all pairs, gives
 * t >= 3.86e-14, so that max(|G|, |H|) <= sqrt(-2 ln t) < 7.86: no pair of this sequence lies beyond. EP speaks of 10.
 */
enum { EP_RINGS = 8 };

struct ep_sums {
    double x, y;               /* of G and of H                                */
    uint64_t ring[EP_RINGS];   /* accepted pairs with floor(max(|G|, |H|)) = l */
};

/* Pairs that the vectors take together. */
enum { EP_BATCH = 1024 };

/**
 * ep_pairs() - the sums over pairs [begin, end) of the sequence that starts with NAS_SEED_EP.
 *
 * @begin, @end: multiples of EP_BATCH.
 * @out: out.
 *
 * The rings are the same on every instruction set, the sums agree to rounding; for one instruction set and
 * one range the bits are the same on every call. Threads may call it together.
 */
ISA_DECLARE(void, ep_pairs, (uint64_t begin, uint64_t end, struct ep_sums *out));

/** ep_pairs_reference() - the same, one pair at a time by the formulas above. Any @begin <= @end. */
void ep_pairs_reference(uint64_t begin, uint64_t end, struct ep_sums *out);

/** ep_logarithms() - @out[i] = -2 ln @t[i] as ep_pairs() takes it, 0 < t <= 1; @n a multiple of 16. For tests. */
ISA_DECLARE(void, ep_logarithms, (double *out, const double *t, size_t n));

#endif
