#ifndef PARKIT_VECTOR_H
#define PARKIT_VECTOR_H
/*
 * One vector type for the kernels of NAME_isa.c files: as wide as the instruction set that the file is
 * being compiled for (isa.h). Plain operators work on it; only what they cannot say stands below.
 */
#include <stddef.h>
#include <stdint.h>

#if defined(ISA_avx512)
#include <immintrin.h>
enum { LANES = 8, VECTOR_REGISTERS = 32 };
#elif defined(ISA_avx2)
#include <immintrin.h>
enum { LANES = 4, VECTOR_REGISTERS = 16 };
#else
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
enum { LANES = 2, VECTOR_REGISTERS = 16 };
#endif

typedef double vector __attribute__((vector_size(8 * LANES)));
typedef double vector_unaligned __attribute__((vector_size(8 * LANES), aligned(8)));
typedef int64_t vector_mask __attribute__((vector_size(8 * LANES)));

static inline vector vector_load(const double *p)
{
    return *(const vector_unaligned *)p;
}

static inline void vector_store(double *p, vector v)
{
    *(vector_unaligned *)p = v;
}

static inline vector vector_set(double x)
{
    return x - (vector){ 0 }; /* x - 0 is x for every x, also -0 and NaN, so that compilers drop the subtraction */
}

/* a * b + c: rounded once where the instruction set has FMA, twice in the baseline. */
static inline vector vector_fma(vector a, vector b, vector c)
{
#if defined(ISA_avx512)
    return _mm512_fmadd_pd(a, b, c);
#elif defined(ISA_avx2)
    return _mm256_fmadd_pd(a, b, c);
#else
    return a * b + c;
#endif
}

/* Store past the caches to an address aligned to the vector; followed by vector_stream_end(). */
static inline void vector_stream(double *p, vector v)
{
#if defined(ISA_avx512)
    _mm512_stream_pd(p, v);
#elif defined(ISA_avx2)
    _mm256_stream_pd(p, v);
#elif defined(__SSE2__)
    _mm_stream_pd(p, v);
#else
    vector_store(p, v);
#endif
}

static inline void vector_stream_end(void)
{
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

#endif
