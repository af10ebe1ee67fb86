/* The definition of the transform, one axis after the other: n^2 operations a line, and no cleverness. */
#include "cpu_bound/nas/ft_kernel.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* @n values that are @apart from each other; @line has room for n values, @turn holds exp(2 pi i k / n). */
static void transform_line(double (*value)[2], size_t n, size_t apart, double (*turn)[2], int sign, double (*line)[2])
{
    for (size_t k = 0; k < n; k++) {
        double re = 0, im = 0;
        for (size_t j = 0, jk = 0; j < n; j++, jk = jk + k < n ? jk + k : jk + k - n) { /* jk: j k mod n */
            const double *v = value[j * apart], *t = turn[jk];
            re += v[0] * t[0] - sign * v[1] * t[1];
            im += v[1] * t[0] + sign * v[0] * t[1];
        }
        line[k][0] = re;
        line[k][1] = im;
    }
    for (size_t k = 0; k < n; k++)
        memcpy(value[k * apart], line[k], sizeof line[k]);
}

int ft_reference(double (*field)[2], const size_t n[FT_AXES], int sign)
{
    size_t points = n[FT_X] * n[FT_Y] * n[FT_Z], apart = 1;
    for (int axis = 0; axis < FT_AXES; apart *= n[axis++]) {
        double (*table)[2] = malloc(2 * n[axis] * sizeof *table);
        if (!table)
            return -ENOMEM;
        for (size_t k = 0; k < n[axis]; k++) {
            table[k][0] = cos(2 * M_PI * (double)k / (double)n[axis]);
            table[k][1] = sin(2 * M_PI * (double)k / (double)n[axis]);
        }
        for (size_t first = 0; first < points; first++)
            if (first / apart % n[axis] == 0)
                transform_line(field + first, n[axis], apart, table, sign, table + n[axis]);
        free(table);
    }
    return 0;
}
