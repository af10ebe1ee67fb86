/* Iterations a second of mandelbrot's reference kernel on one thread: what the vector kernels are compared with. */
#include "cpu_bound/mandelbrot_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 512;
    struct mandelbrot_view view = { .n = n, .iterations = 1000, .left = -2, .top = 1.25, .side = 2.5 };
    uint16_t *count = malloc(n * n * sizeof *count);
    if (!count)
        return 3;
    double start = now_s(), iterations = 0;
    mandelbrot_rows_reference(&view, 0, n, count);
    double seconds = now_s() - start;
    for (size_t i = 0; i < n * n; i++)
        iterations += count[i];
    printf("%.6g\n", iterations / seconds);
    free(count);
    return 0;
}
