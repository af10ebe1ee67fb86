/*
 * The escape loop over vectors of pixels, compiled once per instruction set (isa.h).
 *
 * A step depends on the one before it, some 12 cycles of latency, so SLOTS independent vectors are
 * stepped together. A slot whose pixels have all escaped takes the next vector of pixels at once, while
 * the others go on: near the boundary neighbours differ by hundreds of steps.
 *
 * Nearly all steps are those of pixels that never escape. So while nothing escapes, a quick round only
 * steps, 7 operations, and asks at its end whether every pixel is still where it was, inside or outside;
 * if not, it is undone and done again by counted rounds, which ask and count at each step, 10 operations.
 * This relies on a pixel outside staying there: |z| > 2 and |z| >= |c| give |z^2 + c| >= |z| (|z| - 1)
 * > |z|, until its values run off to infinity and NaN, which compares false. Rounding could only bring
 * back a z within 10^-15 of |z| = |c| = 2 for good at c = -2, and no pixel has its middle there.
 */
#include "cpu_bound/mandelbrot_kernel.h"
#include "cpu_bound/vector.h"

#include <stdbool.h>
#include <string.h>

/*
 * 4 vectors in flight hide the latency. A quick round's question costs about two steps, so it has 16; a
 * counted round has 8, because where pixels escape, most do so within 10 steps.
 */
enum { SLOTS = 4, QUICK_STEPS = 16, COUNTED_STEPS = 8 };

/* Which lanes are inside still: a mask register in AVX-512, else a vector of -1 and 0. */
#if defined(ISA_avx512)
typedef __mmask8 lanes;

static inline lanes all_lanes(void)
{
    return 0xFF;
}

static inline lanes still_inside(lanes inside, vector square)
{
    return _mm512_mask_cmp_pd_mask(inside, square, _mm512_set1_pd(4.0), _CMP_LE_OQ);
}

static inline vector_mask count_lanes(vector_mask count, lanes inside, int steps)
{
    return (vector_mask)_mm512_mask_add_epi64((__m512i)count, inside, (__m512i)count, _mm512_set1_epi64(steps));
}

static inline bool any_lane(lanes inside)
{
    return inside != 0;
}
#else
typedef vector_mask lanes;

static inline lanes all_lanes(void)
{
    return (vector_mask){ 0 } - 1;
}

static inline lanes still_inside(lanes inside, vector square)
{
    return inside & (vector_mask)(square <= 4.0);
}

static inline vector_mask count_lanes(vector_mask count, lanes inside, int steps)
{
    return steps == 1 ? count - inside : count + (inside & steps);
}

static inline bool any_lane(lanes inside)
{
    int64_t any = 0;
    for (int l = 0; l < LANES; l++)
        any |= inside[l];
    return any != 0;
}
#endif

struct slots {
    vector cx[SLOTS], cy[SLOTS], zx[SLOTS], zy[SLOTS];
    vector_mask count[SLOTS];
    lanes inside[SLOTS];
    unsigned steps[SLOTS];
    uint16_t *out[SLOTS];  /* where the counts go; NULL: idle, nothing is left    */
    size_t pixels[SLOTS];  /* how many of the lanes are pixels, fewer at a row's end */
};

/* The next pixels, from left to right and from row to row. */
struct cursor {
    const struct mandelbrot_view *view;
    size_t row, end, column;
    uint16_t *out;
};

static void fill(struct slots *s, int u, struct cursor *c)
{
    size_t n = c->view->n, left = n - c->column;
    double pixel = c->view->side / (double)n;
    s->steps[u] = 0;
    s->out[u] = NULL;
    s->inside[u] = (lanes){ 0 };
    if (c->row == c->end)
        return;
    for (int l = 0; l < LANES; l++)
        s->cx[u][l] = c->view->left + ((double)(c->column + (size_t)l) + 0.5) * pixel;
    s->cy[u] = vector_set(c->view->top - ((double)c->row + 0.5) * pixel);
    s->zx[u] = s->zy[u] = (vector){ 0 };
    s->count[u] = (vector_mask){ 0 };
    s->inside[u] = all_lanes();
    s->out[u] = c->out;
    s->pixels[u] = left < LANES ? left : LANES;
    c->out += s->pixels[u];
    c->column += s->pixels[u];
    if (c->column == n) {
        c->column = 0;
        c->row++;
    }
}

/* The last round may have gone beyond the last step. */
static void store(const struct slots *s, int u, unsigned iterations)
{
    for (size_t l = 0; l < s->pixels[u]; l++)
        s->out[u][l] = (uint16_t)(s->count[u][l] < iterations ? s->count[u][l] : iterations);
}

static inline __attribute__((always_inline)) void step(struct slots *s, int counted)
{
#pragma GCC unroll 4
    for (int u = 0; u < SLOTS; u++) {
        vector zx = s->zx[u], zy = s->zy[u], xx = zx * zx, yy = zy * zy;
        if (counted) {
            s->inside[u] = still_inside(s->inside[u], xx + yy);
            s->count[u] = count_lanes(s->count[u], s->inside[u], 1);
        }
        s->zy[u] = (zx + zx) * zy + s->cy[u];
        s->zx[u] = xx - yy + s->cx[u];
    }
}

static inline __attribute__((always_inline)) bool counted_round(struct slots *s)
{
    lanes before[SLOTS], changed = { 0 };
    memcpy(before, s->inside, sizeof before);
    for (int i = 0; i < COUNTED_STEPS; i++)
        step(s, 1);
    for (int u = 0; u < SLOTS; u++) {
        s->steps[u] += COUNTED_STEPS;
        changed |= before[u] ^ s->inside[u];
    }
    return !any_lane(changed);
}

/* False, and nothing done, if a pixel escapes. */
static inline __attribute__((always_inline)) bool quick_round(struct slots *s)
{
    vector zx[SLOTS], zy[SLOTS];
    lanes changed = { 0 };
    memcpy(zx, s->zx, sizeof zx);
    memcpy(zy, s->zy, sizeof zy);
    for (int i = 0; i < QUICK_STEPS; i++)
        step(s, 0);
    for (int u = 0; u < SLOTS; u++)
        changed |= s->inside[u] ^ still_inside(s->inside[u], s->zx[u] * s->zx[u] + s->zy[u] * s->zy[u]);
    if (any_lane(changed)) {
        memcpy(s->zx, zx, sizeof zx);
        memcpy(s->zy, zy, sizeof zy);
        return false;
    }
    for (int u = 0; u < SLOTS; u++) {
        s->steps[u] += QUICK_STEPS;
        s->count[u] = count_lanes(s->count[u], s->inside[u], QUICK_STEPS);
    }
    return true;
}

void ISA_NAME(mandelbrot_rows)(const struct mandelbrot_view *view, size_t begin, size_t end, uint16_t *count)
{
    struct cursor cursor = { .view = view, .row = begin, .end = end, .out = count };
    struct slots s = { 0 };
    int busy = 0;
    for (int u = 0; u < SLOTS; u++) {
        fill(&s, u, &cursor);
        busy += s.out[u] != NULL;
    }
    for (bool calm = false; busy > 0;) { /* calm: nothing escaped in the last round */
        calm = calm ? quick_round(&s) : counted_round(&s);
        for (int u = 0; u < SLOTS; u++) {
            if (!s.out[u] || (any_lane(s.inside[u]) && s.steps[u] < view->iterations))
                continue;
            store(&s, u, view->iterations);
            fill(&s, u, &cursor);
            busy -= !s.out[u];
        }
    }
}
