#include "cpu_bound/heat_field.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The last index; 1 for a single point, which is x = 0. */
static size_t last_index(size_t n)
{
    return n > 1 ? n - 1 : 1;
}

/* sin(pi p i / last), through the first quarter wave: exactly 0 at both ends, small where it should be. */
static double sine(size_t p, size_t i, size_t last)
{
    size_t phase = p * i % (2 * last);
    double sign = phase < last ? 1 : -1;
    phase %= last;
    if (phase > last - phase)
        phase = last - phase;
    return sign * sin(M_PI * (double)phase / (double)last);
}

static long double half_wave_squared(size_t p, size_t last)
{
    long double s = sinl(acosl(-1) * (long double)p / (2 * (long double)last));
    return s * s;
}

int heat_modes_create(size_t n, double alpha, struct heat_modes *out)
{
    size_t last = last_index(n), p = 1 + last / 32, q = 1 + last / 48; /* half waves */
    double *v = malloc(2 * HEAT_MODES * n * sizeof *v);
    if (!v)
        return -ENOMEM;
    long double lambda = 1 - 4 * (long double)alpha * (half_wave_squared(p, last) + half_wave_squared(q, last));
    *out = (struct heat_modes){
        .n = n, .values = v, .mode = { { v, v + n, 1 }, { v + 2 * n, v + 3 * n, lambda } },
    };
    for (size_t i = 0; i < n; i++) {
        out->mode[0].row[i] = out->mode[0].column[i] = (double)i / (double)last;
        out->mode[1].row[i] = 0.5 * sine(p, i, last);
        out->mode[1].column[i] = sine(q, i, last);
    }
    return 0;
}

void heat_modes_destroy(struct heat_modes *m)
{
    free(m->values);
    m->values = NULL;
}

void heat_fill(const struct heat_modes *m, double *field, size_t stride, struct heat_range range, size_t row, size_t column)
{
    const double *ramp = m->mode[0].column + column, *wave = m->mode[1].column + column;
    for (size_t r = range.row0; r < range.row1; r++) {
        double slope = m->mode[0].row[row + r], height = m->mode[1].row[row + r];
        for (size_t c = range.column0; c < range.column1; c++)
            field[r * stride + c] = slope * ramp[c] + height * wave[c];
    }
}

double heat_row_error(const struct heat_modes *m, const double *row, size_t i, uint64_t steps)
{
    const double *ramp = m->mode[0].column, *wave = m->mode[1].column;
    double slope = m->mode[0].row[i];
    double height = (double)(m->mode[1].row[i] * powl(m->mode[1].decay, (long double)steps));
    double worst = 0;
    for (size_t j = 0; j < m->n; j++) {
        double error = fabs(row[j] - (slope * ramp[j] + height * wave[j]));
        if (isnan(error))
            return error;
        worst = error > worst ? error : worst;
    }
    return worst;
}

double heat_tolerance(uint64_t steps)
{
    return 8 * ((double)steps + 4) * (DBL_EPSILON / 2) * 1.5;
}
