#ifndef PARKIT_FT_CLASS_H
#define PARKIT_FT_CLASS_H
/* The problem classes of FT: points, iterations, and the checksums published for them. */
#include "cpu_bound/nas/ft_field.h"

enum { FT_ITERATIONS_MAX = 25 };

struct ft_class {
    size_t n[FT_AXES];
    int iterations;
    double checksum[FT_ITERATIONS_MAX][2]; /* real and imaginary part, 13 digits */
};

/** ft_class() - of a letter of NAS_CLASSES. */
const struct ft_class *ft_class(char class);

#endif
