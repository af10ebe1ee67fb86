#ifndef PARKIT_NAS_H
#define PARKIT_NAS_H
/* What the five NAS kernels share besides their random numbers: classes and tolerances. */
#include <math.h>
#include <string.h>

#define NAS_CLASSES "SWABCD"

/** nas_class_index() - 0 for 'S' to 5 for 'D': index into tables of parameters. @class is one of NAS_CLASSES. */
static inline int nas_class_index(char class)
{
    return (int)(strchr(NAS_CLASSES, class) - NAS_CLASSES);
}

/** nas_relative() - relative error of @value. NaN for a NaN: so test with <=, which then fails. */
static inline double nas_relative(double value, double reference)
{
    return fabs(value - reference) / fabs(reference);
}

#endif
