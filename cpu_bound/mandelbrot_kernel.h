#ifndef PARKIT_MANDELBROT_KERNEL_H
#define PARKIT_MANDELBROT_KERNEL_H
/* Escape counts of z -> z^2 + c from z = 0, the kernel of mandelbrot.c. */
#include "common/isa.h"

#include <stddef.h>
#include <stdint.h>

/* The square that is computed: n x n pixels, c at their middles. */
struct mandelbrot_view {
    size_t n;                /* pixels a side                    */
    unsigned iterations;     /* at most 65535                    */
    double left, top, side;  /* upper left corner, side length   */
};

/**
 * mandelbrot_rows() - escape counts of the pixels of rows [begin, end).
 *
 * @count: out, row-major, stride n, row @begin first: the number of iterations k, at most
 *         view->iterations, for which |z_k| <= 2 held so far, with z_0 = 0.
 *
 * Every copy and the reference compute each pixel by the same operations in the same order, so the
 * counts are equal to the last one. Cannot fail. Threads may call it together on disjoint rows.
 */
ISA_DECLARE(void, mandelbrot_rows, (const struct mandelbrot_view *view, size_t begin, size_t end, uint16_t *count));

/** mandelbrot_rows_reference() - the same, one pixel at a time: what the others are checked against. */
void mandelbrot_rows_reference(const struct mandelbrot_view *view, size_t begin, size_t end, uint16_t *count);

#endif
