#ifndef PARKIT_ARRAY_H
#define PARKIT_ARRAY_H
/* Large arrays of doubles: aligned, on huge pages where the system gives them, not yet touched. */
#include <stddef.h>

/**
 * array_alloc() - room for @n items of @size bytes; NULL where the product overflows or memory is out.
 *
 * Aligned to 2 MiB from 2 MiB on (so that huge pages fit: one address translation for 512 pages), else
 * to 64 bytes. Untouched: the thread that writes a page first decides on which NUMA domain it lies.
 * The caller frees with free().
 */
void *array_alloc(size_t n, size_t size);

#endif
