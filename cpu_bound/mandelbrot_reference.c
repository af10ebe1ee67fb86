/* The escape loop one pixel at a time: what the vector kernels (mandelbrot_isa.c) are checked against. */
#include "cpu_bound/mandelbrot_kernel.h"

void mandelbrot_rows_reference(const struct mandelbrot_view *view, size_t begin, size_t end, uint16_t *count)
{
    double pixel = view->side / (double)view->n;
    for (size_t row = begin; row < end; row++)
        for (size_t column = 0; column < view->n; column++) {
            double cx = view->left + ((double)column + 0.5) * pixel, cy = view->top - ((double)row + 0.5) * pixel;
            double zx = 0, zy = 0;
            unsigned k = 0;
            for (; k < view->iterations && zx * zx + zy * zy <= 4.0; k++) {
                double xx = zx * zx, yy = zy * zy;
                zy = 2.0 * zx * zy + cy;
                zx = xx - yy + cx;
            }
            *count++ = (uint16_t)k;
        }
}
