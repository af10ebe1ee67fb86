/*
 * The register kernel of the matrix product, compiled once per instruction set (isa.h).
 *
 * Per step of k it loads VECTORS vectors of B, broadcasts ROWS entries of A and does ROWS * VECTORS FMAs
 * into as many accumulators. AVX-512: 8 x 24, that is 24 FMAs for 11 loads (two units of each: 12 cycles
 * of arithmetic, 5.5 of loads), 24 + 3 + 1 of 32 registers. AVX2: 4 x 12, 12 FMAs, 12 + 3 + 1 of 16.
 */
#include "cpu_bound/matmul_kernel.h"
#include "cpu_bound/vector.h"

#if defined(ISA_avx512)
enum { ROWS = 8, VECTORS = 3 };
#elif defined(ISA_avx2)
enum { ROWS = 4, VECTORS = 3 };
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
enum { COLUMNS = VECTORS * LANES };

/* Steps of k by which B is asked for ahead of its use: 24 steps are some 300 to 600 cycles. Measured on Sapphire
 * Rapids, with C asked for too: 7 % at one thread, more where another thread presses on the shared cache. */
enum { AHEAD = 24, LINE = 64 / sizeof(double) };

/* What the tile needs later is asked for a little every SPAN steps: a row of C, and a part of the next panel of A,
 * of which each tile of a row of tiles fetches 1/NEXT_PART. All of C at once, before the loop, leaves no place for
 * the misses of A and B meanwhile: Zen 4, n = 3000, 53.5 GFLOP/s, with A's next panel 55.9, spread out 57.1. */
enum { SPAN = 16, NEXT_PART = 8 };

struct matmul_shape ISA_NAME(matmul_shape)(void)
{
    return (struct matmul_shape){ ROWS, COLUMNS };
}

/* A whole panel: rows are read side by side, and what is written lies in one piece. */
static void interleave(const double *a, size_t stride, size_t depth, double *out)
{
    for (size_t k = 0; k < depth; k++)
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++)
            out[k * ROWS + r] = a[r * stride + k];
}

void ISA_NAME(matmul_pack_a)(const double *a, size_t stride, size_t rows, size_t begin, size_t end, size_t depth,
                             double *packed)
{
    for (size_t panel = begin; panel < end; panel += ROWS) {
        double *out = packed + panel * depth;
        if (panel + ROWS <= rows)
            interleave(a + panel * stride, stride, depth, out);
        else
            for (size_t k = 0; k < depth; k++)
                for (size_t r = 0; r < ROWS; r++)
                    out[k * ROWS + r] = panel + r < rows ? a[(panel + r) * stride + k] : 0;
    }
}

void ISA_NAME(matmul_pack_b)(const double *b, size_t stride, size_t columns, size_t begin, size_t end, size_t depth,
                             double *packed)
{
    for (size_t panel = begin; panel < end; panel += COLUMNS) {
        double *out = packed + panel * depth;
        size_t width = columns - panel < COLUMNS ? columns - panel : COLUMNS;
        for (size_t k = 0; k < depth; k++, out += COLUMNS) {
            for (size_t j = 0; j < width; j++)
                out[j] = b[k * stride + panel + j];
            for (size_t j = width; j < COLUMNS; j++)
                out[j] = 0;
        }
    }
}

/* A row of C may begin anywhere in a line, so that its last entry can lie in one more. */
static inline __attribute__((always_inline)) void prefetch_c_row(const double *c)
{
#pragma GCC unroll 3
    for (int j = 0; j < COLUMNS; j += LINE)
        __builtin_prefetch(c + j, 1);
    __builtin_prefetch(c + COLUMNS - 1, 1);
}

static inline __attribute__((always_inline)) void prefetch_b(const double *b)
{
#pragma GCC unroll 3
    for (int j = 0; j < COLUMNS; j += LINE)
        __builtin_prefetch(b + AHEAD * COLUMNS + j);
}

/* Steps [begin, end) of k. @a and @b begin at step 0. */
static inline __attribute__((always_inline)) void add_steps(vector sum[ROWS][VECTORS], const double *a, const double *b,
                                                            size_t begin, size_t end)
{
    a += begin * ROWS;
    b += begin * COLUMNS;
    for (size_t k = begin; k < end; k++, a += ROWS, b += COLUMNS) {
        vector line[VECTORS];
#pragma GCC unroll 3
        for (int v = 0; v < VECTORS; v++)
            line[v] = vector_load(b + v * LANES);
        prefetch_b(b);
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++) {
            vector entry = vector_set(a[r]);
#pragma GCC unroll 3
            for (int v = 0; v < VECTORS; v++)
                sum[r][v] = vector_fma(entry, line[v], sum[r][v]);
        }
    }
}

/* One register tile: the sum over @depth, in the order of k, then into C (stride @stride). @next: what to fetch. */
static inline __attribute__((always_inline)) void register_tile(double *c, size_t stride, const double *a, const double *b,
                                                                size_t depth, int add, const double *next)
{
    vector sum[ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 3
        for (int v = 0; v < VECTORS; v++)
            sum[r][v] = (vector){ 0 };
    for (size_t begin = 0; begin < depth; begin += SPAN) {
        if (begin < ROWS * SPAN)
            prefetch_c_row(c + begin / SPAN * stride);
        for (size_t k = 0; k < SPAN * ROWS / NEXT_PART; k += LINE)
            __builtin_prefetch(next + begin * ROWS / NEXT_PART + k, 0, 2);
        add_steps(sum, a, b, begin, depth - begin < SPAN ? depth : begin + SPAN);
    }
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 3
        for (int v = 0; v < VECTORS; v++) {
            double *at = c + (size_t)r * stride + (size_t)v * LANES;
            vector_store(at, add ? vector_load(at) + sum[r][v] : sum[r][v]);
        }
}

/* A tile that sticks out of C: computed whole beside it, then the part inside is taken over. */
static void edge_tile(double *c, size_t stride, size_t rows, size_t columns, const double *a, const double *b, size_t depth,
                      int add)
{
    double whole[ROWS * COLUMNS];
    register_tile(whole, COLUMNS, a, b, depth, 0, a);
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < columns; j++)
            c[r * stride + j] = (add ? c[r * stride + j] : 0.0) + whole[r * COLUMNS + j];
}

void ISA_NAME(matmul_tile)(double *c, size_t stride, size_t row0, size_t row1, size_t column0, size_t column1,
                           const double *packed_a, const double *packed_b, size_t depth, int add)
{
    /* A panel of A (depth x ROWS, 24 KiB at most) stays in the first-level cache while those of B pass by. */
    for (size_t i = row0; i < row1; i += ROWS)
        for (size_t j = column0; j < column1; j += COLUMNS) {
            double *at = c + i * stride + j;
            const double *a = packed_a + i * depth, *b = packed_b + j * depth;
            const double *next = a + ROWS * depth + (j - column0) / COLUMNS % NEXT_PART * depth * ROWS / NEXT_PART;
            if (i + ROWS <= row1 && j + COLUMNS <= column1)
                register_tile(at, stride, a, b, depth, add, next);
            else
                edge_tile(at, stride, row1 - i < ROWS ? row1 - i : ROWS, column1 - j < COLUMNS ? column1 - j : COLUMNS, a, b, depth,
                          add);
        }
}
