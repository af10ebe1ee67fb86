/* The STREAM operations with streaming stores, compiled once per instruction set (isa.h). */
#include "cpu_bound/stream_kernel.h"
#include "cpu_bound/vector.h"

/* One loop for all four: whole cache lines by streaming stores, the rest (only at an array's end) plainly. */
#define STREAM(out, expression_vector, expression_scalar)      \
    size_t i = begin;                                          \
    for (; i + 8 <= end; i += 8)                               \
        for (size_t v = i; v < i + 8; v += LANES)              \
            vector_stream(out + v, expression_vector);         \
    for (size_t v = i; v < end; v++)                           \
        out[v] = expression_scalar;                            \
    vector_stream_end()

void ISA_NAME(stream_copy)(double *c, const double *a, size_t begin, size_t end)
{
    STREAM(c, vector_load(a + v), a[v]);
}

void ISA_NAME(stream_scale)(double *b, const double *c, double factor, size_t begin, size_t end)
{
    vector s = vector_set(factor);
    STREAM(b, s * vector_load(c + v), factor * c[v]);
}

void ISA_NAME(stream_add)(double *c, const double *a, const double *b, size_t begin, size_t end)
{
    STREAM(c, vector_load(a + v) + vector_load(b + v), a[v] + b[v]);
}

void ISA_NAME(stream_triad)(double *a, const double *b, const double *c, double factor, size_t begin, size_t end)
{
    vector s = vector_set(factor);
    STREAM(a, vector_load(b + v) + s * vector_load(c + v), b[v] + factor * c[v]);
}
