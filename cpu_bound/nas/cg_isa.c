/*
 * An entry a at (i, j) of the tile costs its two multiply-adds in one instruction each: with the pair (p_j, q_j)
 * in a register,
 *
 *     sum         += (a, a) * (p_j, q_j)     whose first half goes to q_i, whose second is of no use
 *     (p_j, q_j)  += (a, a) * (0, p_i)       which is stored
 *
 * that is six instructions: loads of index, value and pair, two multiply-adds, a store. Gathering and scattering eight
 * elements at once, as AVX-512 can, is slower: a scatter alone takes longer than eight stores.
 */
#include "cpu_bound/nas/cg_kernel.h"

#include "cpu_bound/vector.h"

#include <string.h>

typedef double pair __attribute__((vector_size(16)));

static inline pair pair_fma(pair a, pair b, pair c)
{
#if defined(ISA_avx512) || defined(ISA_avx2)
    return _mm_fmadd_pd(a, b, c);
#else
    return a * b + c;
#endif
}

/* Compilers would load a pair once for each multiply-add, and compute the address that load and store have in common
 * with an instruction of its own where both can do it themselves: so each is told less. */
#if defined(__SSE2__)
#define KEEP_IN_REGISTER(v) __asm__("" : "+x"(v))
#else
#define KEEP_IN_REGISTER(v) ((void)0)
#endif
#define FORGET(pointer) __asm__("" : "+r"(pointer))

/* Values to prefetch ahead: two to four kilobytes is best, and the hardware's own prefetching stops at every page. */
enum { AHEAD = 256 };

struct cursor {
    const double *value;
    const uint16_t *column, *row;
};

/* @count segments of @length entries, which is a constant wherever it is inlined. */
static inline __attribute__((always_inline)) void segments(struct cursor *at, double *rows, double *columns, size_t count,
                                                           int length)
{
    const double *value = at->value;
    const uint16_t *column = at->column, *row = at->row;
    double *same_columns = columns;
    FORGET(same_columns);
    for (size_t s = 0; s < count; s++) {
        double *mine = rows + row[s];
        pair give = { 0, mine[0] }, sum = { 0, 0 };
        __builtin_prefetch(value + AHEAD);
#pragma GCC unroll 8
        for (int k = 0; k < length; k++) {
            size_t j = column[k];
            pair a = { value[k], value[k] }, other = *(pair *)(columns + j);
            KEEP_IN_REGISTER(other);
            sum = pair_fma(a, other, sum);
            *(pair *)(same_columns + j) = pair_fma(a, give, other);
        }
        mine[1] += sum[0];
        value += length;
        column += length;
    }
    *at = (struct cursor){ value, column, row + count };
}

void ISA_NAME(cg_tile_product)(const struct cg_tile *tile, struct cg_pair *rows, struct cg_pair *columns)
{
    struct cursor at = { tile->value, tile->column, tile->row };
    double *r = &rows->p, *c = &columns->p;
    const uint32_t *count = tile->segments;
    segments(&at, r, c, count[0], 1);
    segments(&at, r, c, count[1], 2);
    segments(&at, r, c, count[2], 3);
    segments(&at, r, c, count[3], 4);
    segments(&at, r, c, count[4], 5);
    segments(&at, r, c, count[5], 6);
    segments(&at, r, c, count[6], 7);
    segments(&at, r, c, count[7], 8);
    _Static_assert(CG_SEGMENT == 8, "a line for each length");
}

void ISA_NAME(cg_spread)(struct cg_pair *restrict pairs, const double *restrict p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pairs[i] = (struct cg_pair){ p[i], 0 };
}

void ISA_NAME(cg_collect)(double *restrict sum, struct cg_pair *restrict pairs, size_t n, bool add)
{
    if (add)
        for (size_t i = 0; i < n; i++) {
            sum[i] += pairs[i].q;
            pairs[i].q = 0;
        }
    else
        for (size_t i = 0; i < n; i++) {
            sum[i] = pairs[i].q;
            pairs[i].q = 0;
        }
}

void ISA_NAME(cg_add)(double *restrict sum, const double *restrict other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += other[i];
}

/* Dot products run in eight lanes, element i in lane i mod 8, on every instruction set; lanes are added in pairs. */
enum { LANES_OF_SUM = CG_GROUP };

static double join(const double *sum)
{
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

double ISA_NAME(cg_start)(const struct cg_vectors *v, size_t n)
{
    const double *restrict x = v->x;
    double *restrict p = v->p, *restrict z = v->z, *restrict r = v->r, sum[LANES_OF_SUM] = { 0 };
    for (size_t i = 0; i < n; i += LANES_OF_SUM)
        for (size_t l = 0; l < LANES_OF_SUM; l++) {
            z[i + l] = 0;
            r[i + l] = p[i + l] = x[i + l];
            sum[l] += x[i + l] * x[i + l];
        }
    return join(sum);
}

double ISA_NAME(cg_dot_pq)(const struct cg_vectors *v, size_t n)
{
    const double *restrict p = v->p, *restrict added = v->sum, *restrict diagonal = v->diagonal;
    double *restrict q = v->q, sum[LANES_OF_SUM] = { 0 };
    for (size_t i = 0; i < n; i += LANES_OF_SUM)
        for (size_t l = 0; l < LANES_OF_SUM; l++) {
            q[i + l] = added[i + l] + diagonal[i + l] * p[i + l];
            sum[l] += p[i + l] * q[i + l];
        }
    return join(sum);
}

double ISA_NAME(cg_step)(const struct cg_vectors *v, size_t n, double alpha)
{
    const double *restrict p = v->p, *restrict q = v->q;
    double *restrict z = v->z, *restrict r = v->r, sum[LANES_OF_SUM] = { 0 };
    for (size_t i = 0; i < n; i += LANES_OF_SUM)
        for (size_t l = 0; l < LANES_OF_SUM; l++) {
            z[i + l] += alpha * p[i + l];
            r[i + l] -= alpha * q[i + l];
            sum[l] += r[i + l] * r[i + l];
        }
    return join(sum);
}

void ISA_NAME(cg_direction)(const struct cg_vectors *v, size_t n, double beta)
{
    double *restrict p = v->p;
    const double *restrict r = v->r;
    for (size_t i = 0; i < n; i++)
        p[i] = r[i] + beta * p[i];
}

void ISA_NAME(cg_solution)(const struct cg_vectors *v, size_t n)
{
    memcpy(v->p, v->z, n * sizeof *v->p);
}

struct cg_norms ISA_NAME(cg_measure)(const struct cg_vectors *v, size_t n)
{
    const double *z = v->p, *added = v->sum, *diagonal = v->diagonal, *x = v->x;
    double residual[LANES_OF_SUM] = { 0 }, xz[LANES_OF_SUM] = { 0 }, zz[LANES_OF_SUM] = { 0 };
    for (size_t i = 0; i < n; i += LANES_OF_SUM)
        for (size_t l = 0; l < LANES_OF_SUM; l++) {
            double difference = x[i + l] - (added[i + l] + diagonal[i + l] * z[i + l]);
            residual[l] += difference * difference;
            xz[l] += x[i + l] * z[i + l];
            zz[l] += z[i + l] * z[i + l];
        }
    return (struct cg_norms){ join(residual), join(xz), join(zz) };
}

void ISA_NAME(cg_normalise)(const struct cg_vectors *v, size_t n, double factor)
{
    double *restrict x = v->x;
    const double *restrict z = v->z;
    for (size_t i = 0; i < n; i++)
        x[i] = factor * z[i];
}
