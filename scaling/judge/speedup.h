#ifndef PARKIT_SPEEDUP_H
#define PARKIT_SPEEDUP_H
#include <stddef.h>

/*
 * The formulas of scaling, over n = p/p0, how many times the processors of the baseline. All functions
 * are pure. Sources: Amdahl, AFIPS 1967; Gustafson, CACM 31(5), 1988; Karp and Flatt, CACM 33(5), 1990.
 */

/** speedup_karp_flatt() - (1/S - 1/n) / (1 - 1/n), the serial fraction seen at one point. NaN for n <= 1. */
double speedup_karp_flatt(double speedup, double n);

/** speedup_gustafson_serial() - (n - S) / (n - 1) for a scaled speed-up S. NaN for n <= 1. */
double speedup_gustafson_serial(double scaled_speedup, double n);

/** speedup_amdahl() - 1 / (s + (1 - s)/n), the speed-up that a serial fraction allows. */
double speedup_amdahl(double serial_fraction, double n);

/** speedup_per_doubling() - the factor per doubling, where growing by @n > 1 gained @ratio: ratio^(log 2/log n). */
double speedup_per_doubling(double ratio, double n);

/* Efficiencies of the POP project (co-design.pop-coe.eu/metrics) from the time that each of n processors did useful
   work: load_balance * communication = parallel. What is known from outside, user and system time, counts spinning
   as useful, so that its parallel efficiency is an upper bound. */
struct pop {
    double load_balance;   /* mean over maximum of the useful times */
    double communication;  /* maximum useful time over wall time    */
    double parallel;       /* mean useful time over wall time       */
};

/** speedup_pop() - of @n >= 1 useful times, not all 0, and the wall time. */
struct pop speedup_pop(const double *useful_s, size_t n, double wall_s);

#endif
