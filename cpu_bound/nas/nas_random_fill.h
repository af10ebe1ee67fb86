#ifndef PARKIT_NAS_RANDOM_FILL_H
#define PARKIT_NAS_RANDOM_FILL_H
/* Numbers of the NAS sequence in bulk, for arrays that are random from end to end. */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

/**
 * nas_random_fill() - the @n numbers r that follow state @x, in order.
 *
 * @out: out, n doubles in (0, 1).
 * @x: nas_random_at(seed, first): then out[0] is made from x_(first + 1).
 *
 * The same bits on every instruction set. Threads may call it together.
 */
ISA_DECLARE(void, nas_random_fill, (double *out, size_t n, uint64_t x));

#endif
