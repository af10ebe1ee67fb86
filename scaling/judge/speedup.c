#include "scaling/judge/speedup.h"

#include <math.h>

double speedup_karp_flatt(double speedup, double n)
{
    return n > 1 ? (1 / speedup - 1 / n) / (1 - 1 / n) : NAN;
}

double speedup_gustafson_serial(double speedup, double n)
{
    return n > 1 ? (n - speedup) / (n - 1) : NAN;
}

double speedup_amdahl(double serial_fraction, double n)
{
    return 1 / (serial_fraction + (1 - serial_fraction) / n);
}

double speedup_per_doubling(double ratio, double n)
{
    return n > 1 ? pow(ratio, log(2) / log(n)) : NAN;
}

struct pop speedup_pop(const double *useful_s, size_t n, double wall_s)
{
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += useful_s[i];
        most = fmax(most, useful_s[i]);
    }
    return (struct pop){ .load_balance = sum / (double)n / most, .communication = most / wall_s, .parallel = sum / (double)n / wall_s };
}
