#include "scaling/speedup.h"

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
