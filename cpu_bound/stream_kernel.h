#ifndef PARKIT_STREAM_KERNEL_H
#define PARKIT_STREAM_KERNEL_H
/*
 * The four vector operations of STREAM on elements [begin, end). Results are stored past the caches
 * (streaming stores), so that a store does not first read the line that it overwrites.
 *
 * Arrays are aligned to 64 bytes and do not overlap; @begin is a multiple of 8. The elements are the
 * same in every copy (one multiplication and one addition, each rounded). Cannot fail. Threads may call
 * them together on disjoint ranges.
 * Source: McCalpin, Memory Bandwidth and Machine Balance in Current High Performance Computers, 1995.
 */
#include "common/isa.h"

#include <stddef.h>

ISA_DECLARE(void, stream_copy, (double *c, const double *a, size_t begin, size_t end));                             /* c = a       */
ISA_DECLARE(void, stream_scale, (double *b, const double *c, double factor, size_t begin, size_t end));             /* b = s c     */
ISA_DECLARE(void, stream_add, (double *c, const double *a, const double *b, size_t begin, size_t end));             /* c = a + b   */
ISA_DECLARE(void, stream_triad, (double *a, const double *b, const double *c, double factor, size_t begin, size_t end)); /* a = b + s c */

#endif
