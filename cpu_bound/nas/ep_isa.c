/*
 * EP from the generator to the sums in registers, compiled once per instruction set (isa.h). Rejected lanes
 * are computed too and left out of the sums: packing the accepted 78.5 % first takes as many instructions as it saves.
 * Rings are counted in bytes, one byte of each lane for each ring, and added up before a byte can overflow.
 */
#include "cpu_bound/nas/ep_kernel.h"
#include "cpu_bound/nas/ep_log.h"
#include "cpu_bound/nas/nas_random_vector.h"

/* Pairs of a step, and steps between additions of the bytes: each puts at most GROUP pairs of a lane into one byte. */
enum { STEP = GROUP * LANES, BYTE_STEPS = 64 };
_Static_assert(BYTE_STEPS * GROUP <= UINT8_MAX && EP_BATCH % (BYTE_STEPS * STEP) == 0, "bytes hold what is counted in them");

/* The next X and Y of each lane. */
struct generator {
    vector x[GROUP], y[GROUP], stride;
};

struct sums {
    vector x, y;
    vector_mask rings;       /* byte l of each lane: pairs in ring l */
};

static struct generator generator_at(uint64_t pair)
{
    struct generator g = { .stride = nas_stride(2 * STEP) };
    uint64_t state = nas_random_at(NAS_SEED_EP, 2 * pair);
    EACH for (int l = 0; l < LANES; l++) {
        g.x[i][l] = nas_signed(state = nas_random_next(state));
        g.y[i][l] = nas_signed(state = nas_random_next(state));
    }
    return g;
}

#if defined(ISA_avx512)

/*
 * sqrt(u / t) = u / sqrt(u t): one estimate of a root and one correction in place of a root and a division,
 * which take 40 cycles a vector. With e = 1 - w y^2 for the estimate y of 1 / sqrt(w), |e| < 2^-13:
 * 1 / sqrt(w) = y (1 + e/2 + 3/8 e^2 + 5/16 e^3) within 6e-17.
 */
static inline void root_of_ratio(const vector u[GROUP], const vector t[GROUP], vector f[GROUP])
{
    vector w[GROUP], estimate[GROUP], e[GROUP], series[GROUP];
    EACH w[i] = u[i] * t[i];
    EACH estimate[i] = _mm512_rsqrt14_pd(w[i]);
    EACH f[i] = u[i] * estimate[i];
    EACH e[i] = vector_fma(-(w[i] * estimate[i]), estimate[i], vector_set(1));
    EACH series[i] = vector_fma(e[i], vector_set(5. / 16), vector_set(3. / 8));
    EACH series[i] = vector_fma(series[i], e[i], vector_set(1. / 2)) * e[i];
    EACH f[i] = vector_fma(f[i], series[i], f[i]);
}

static inline void add_pairs(struct sums *s, vector x, vector y, vector t, vector f)
{
    const __m512i one_of_ring = _mm512_setr_epi64(1, 1 << 8, 1 << 16, 1 << 24, INT64_C(1) << 32, INT64_C(1) << 40,
                                                  INT64_C(1) << 48, INT64_C(1) << 56);
    enum { LARGER_MAGNITUDE = 11 };
    __mmask8 accepted = _mm512_cmp_pd_mask(t, vector_set(1), _CMP_LE_OQ);
    s->x = _mm512_mask3_fmadd_pd(x, f, s->x, accepted);
    s->y = _mm512_mask3_fmadd_pd(y, f, s->y, accepted);
    /* Added to 2^52 and rounded down, the larger deviate leaves its ring in the low bits, which the look-up takes. */
    __m512d ring = _mm512_fmadd_round_pd(_mm512_range_pd(x, y, LARGER_MAGNITUDE), f, vector_set(0x1p52),
                                         _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    s->rings += (vector_mask)_mm512_maskz_permutexvar_epi64(accepted, _mm512_castpd_si512(ring), one_of_ring);
}

#else

static inline void root_of_ratio(const vector u[GROUP], const vector t[GROUP], vector f[GROUP])
{
#if defined(ISA_avx2)
    EACH f[i] = _mm256_sqrt_pd(u[i] / t[i]);
#elif defined(__SSE2__)
    EACH f[i] = _mm_sqrt_pd(u[i] / t[i]);
#else
    EACH for (int l = 0; l < LANES; l++)
        f[i][l] = __builtin_sqrt(u[i][l] / t[i][l]);
#endif
}

static inline vector magnitude(vector v)
{
    return (vector)((vector_mask)v & INT64_MAX);
}

/* floor() of 0 <= v < 2^51 */
static inline vector_mask whole_part(vector v)
{
    vector nearest = v + 0x1p52;
    return ((vector_mask)nearest ^ (vector_mask)vector_set(0x1p52)) + (nearest - 0x1p52 > v); /* true is -1 */
}

static inline void add_pairs(struct sums *s, vector x, vector y, vector t, vector f)
{
    vector_mask accepted = t <= 1;
    vector g = (vector)((vector_mask)(x * f) & accepted), h = (vector)((vector_mask)(y * f) & accepted);
    vector_mask y_larger = magnitude(g) < magnitude(h);
    vector larger = magnitude((vector)(((vector_mask)h & y_larger) | ((vector_mask)g & ~y_larger)));
    s->x += g;
    s->y += h;
    s->rings += (accepted & 1) << (whole_part(larger) << 3);
}

#endif

static inline void next_pairs(struct generator *g, struct sums *s)
{
    vector t[GROUP], u[GROUP], f[GROUP];
    EACH t[i] = vector_fma(g->x[i], g->x[i], g->y[i] * g->y[i]);
    minus_two_log(t, u);
    root_of_ratio(u, t, f);
    EACH add_pairs(s, g->x[i], g->y[i], t[i], f[i]);
    EACH g->x[i] = nas_lanes_next(g->x[i], g->stride);
    EACH g->y[i] = nas_lanes_next(g->y[i], g->stride);
}

void ISA_NAME(ep_pairs)(uint64_t begin, uint64_t end, struct ep_sums *out)
{
    struct generator g = generator_at(begin);
    struct sums s = { 0 };
    vector_mask ring[EP_RINGS] = { 0 };
    for (uint64_t pair = begin; pair < end; pair += BYTE_STEPS * STEP, s.rings = (vector_mask){ 0 }) {
        for (int step = 0; step < BYTE_STEPS; step++)
            next_pairs(&g, &s);
        for (int l = 0; l < EP_RINGS; l++)
            ring[l] += s.rings >> (8 * l) & 0xff;
    }
    *out = (struct ep_sums){ 0 };
    for (int lane = 0; lane < LANES; lane++) {
        out->x += s.x[lane];
        out->y += s.y[lane];
        for (int l = 0; l < EP_RINGS; l++)
            out->ring[l] += (uint64_t)ring[l][lane];
    }
}

void ISA_NAME(ep_logarithms)(double *out, const double *t, size_t n)
{
    for (size_t k = 0; k < n; k += STEP) {
        vector in[GROUP], u[GROUP];
        EACH in[i] = vector_load(t + k + i * LANES);
        minus_two_log(in, u);
        EACH vector_store(out + k + i * LANES, u[i]);
    }
}
