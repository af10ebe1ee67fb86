/*
 * The escape loop over vectors of pixels, compiled once per instruction set (isa.h). A step depends on
 * the one before it, some 12 cycles of latency, so UNROLL independent vectors are stepped together.
 * A pixel that has escaped goes on computing (its values run off to infinity and NaN, which compares
 * false); its count stands still. The vector stops when all its pixels have escaped.
 */
#include "cpu_bound/mandelbrot_kernel.h"

#if defined(ISA_avx512)
enum { LANES = 8 };
#elif defined(ISA_avx2)
enum { LANES = 4 };
#else
enum { LANES = 2 };
#endif
/* 4 vectors of z, c and counts fill the 16 (AVX2) registers; more spill, fewer wait for each other. */
enum { UNROLL = 4, TILE = LANES * UNROLL };

typedef double vector __attribute__((vector_size(8 * LANES)));
typedef int64_t mask __attribute__((vector_size(8 * LANES)));

struct tile {
    vector cx[UNROLL], zx[UNROLL], zy[UNROLL];
    mask inside[UNROLL], count[UNROLL]; /* inside: -1 or 0; count: minus the iterations */
};

static inline __attribute__((always_inline)) void step(struct tile *t, double cy)
{
    for (int u = 0; u < UNROLL; u++) {
        vector xx = t->zx[u] * t->zx[u], yy = t->zy[u] * t->zy[u];
        t->inside[u] &= (mask)(xx + yy <= 4.0);
        t->count[u] += t->inside[u];
        t->zy[u] = 2.0 * t->zx[u] * t->zy[u] + cy;
        t->zx[u] = xx - yy + t->cx[u];
    }
}

static inline int any_inside(const struct tile *t)
{
    mask any = t->inside[0];
    for (int u = 1; u < UNROLL; u++)
        any |= t->inside[u];
    int64_t lanes = 0;
    for (int l = 0; l < LANES; l++)
        lanes |= any[l];
    return lanes != 0;
}

/* Asking whether all have escaped costs as much as a step: it is asked every 8 steps. */
static void iterate(struct tile *t, double cy, unsigned iterations)
{
    unsigned k = 0;
    for (; k + 8 <= iterations && any_inside(t); k += 8)
        for (int i = 0; i < 8; i++)
            step(t, cy);
    if (any_inside(t))
        for (; k < iterations; k++)
            step(t, cy);
}

void ISA_NAME(mandelbrot_rows)(const struct mandelbrot_view *view, size_t begin, size_t end, uint16_t *count)
{
    double pixel = view->side / (double)view->n;
    for (size_t row = begin; row < end; row++, count += view->n) {
        double cy = view->top - ((double)row + 0.5) * pixel;
        for (size_t column = 0; column < view->n; column += TILE) {
            struct tile t;
            for (int u = 0; u < UNROLL; u++) {
                for (int l = 0; l < LANES; l++)
                    t.cx[u][l] = view->left + ((double)(column + (size_t)(u * LANES + l)) + 0.5) * pixel;
                t.zx[u] = t.zy[u] = (vector){ 0 };
                t.inside[u] = (mask)(t.zx[u] == t.zx[u]); /* all */
                t.count[u] = (mask){ 0 };
            }
            iterate(&t, cy, view->iterations);
            for (size_t i = 0; i < TILE && column + i < view->n; i++)
                count[column + i] = (uint16_t)-t.count[i / LANES][i % LANES];
        }
    }
}
