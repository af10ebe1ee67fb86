#ifndef PARKIT_PEAK_KERNEL_H
#define PARKIT_PEAK_KERNEL_H
/* Nothing but multiply-adds in registers: the kernel of peak.c. */
#include "common/isa.h"

#include <stdint.h>

/**
 * peak_steps() - @steps times x = x * 1 + 1 in every lane of every chain, from 0.
 *
 * Returns the sum of all lanes: peak_lanes() * steps, exact below 2^53. Cannot fail; thread-safe.
 */
ISA_DECLARE(double, peak_steps, (uint64_t steps));

/** peak_lanes() - multiply-adds of one step: chains times lanes. */
ISA_DECLARE(unsigned, peak_lanes, (void));

#endif
