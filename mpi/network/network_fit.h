#ifndef PARKIT_MPI_NETWORK_FIT_H
#define PARKIT_MPI_NETWORK_FIT_H
/*
 * T = a + b n, the time of a message of n bytes: a latency a and a bandwidth 1 / b (Hockney, Parallel
 * Computing 20, 1994). An MPI library changes its protocol with the size (eager, rendezvous, another
 * algorithm), so up to three regimes are fitted, each over its own range. Arithmetic alone, without MPI.
 *
 * Times span five decades, so errors count relative to the time: weighted least squares with weights
 * 1 / T^2, a and b not negative. Where the regimes meet, and how many there are, follows from the points:
 * all divisions are tried, and one regime more must lower Schwarz's criterion (BIC).
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* A regime needs FIT_LEAST points: two would fit any. FIT_NOISE: closer than that, relative, is chance. */
enum { FIT_REGIMES = 3, FIT_LEAST = 4 };
#define FIT_NOISE 0.02

struct network_regime {
    size_t first, last;     /* its points, both included                         */
    double latency_s;       /* a                                                 */
    double seconds_per_byte;/* b; 0: the time does not grow                      */
    double worst;           /* largest |fit / T - 1| of its points               */
    double squares;         /* sum of (fit / T - 1)^2                            */
};

struct network_fit {
    struct network_regime regime[FIT_REGIMES];
    size_t n;               /* 0: too few points                                 */
};

static inline double fit_time(const struct network_regime *r, double bytes)
{
    return r->latency_s + r->seconds_per_byte * bytes;
}

static inline void fit_errors(struct network_regime *r, const double *bytes, const double *seconds)
{
    r->worst = r->squares = 0;
    for (size_t i = r->first; i <= r->last; i++) {
        double error = fabs(fit_time(r, bytes[i]) / seconds[i] - 1);
        r->worst = fmax(r->worst, error);
        r->squares += error * error;
    }
}

/* One regime over the points [first, last]. With u = 1 / T and v = n / T: a u + b v = 1 as nearly as may be. */
static inline struct network_regime fit_one(const double *bytes, const double *seconds, size_t first, size_t last)
{
    struct network_regime r = { .first = first, .last = last };
    double u = 0, v = 0, uu = 0, uv = 0, vv = 0;
    for (size_t i = first; i <= last; i++) {
        double ui = 1 / seconds[i], vi = bytes[i] / seconds[i];
        u += ui, v += vi;
        uu += ui * ui, uv += ui * vi, vv += vi * vi;
    }
    double determinant = uu * vv - uv * uv;
    bool grows = determinant > 1e-12 * uu * vv; /* else all sizes are the same */
    r.latency_s = grows ? (u * vv - v * uv) / determinant : u / uu;
    r.seconds_per_byte = grows ? (v * uu - u * uv) / determinant : 0;
    if (r.seconds_per_byte < 0) {
        r.seconds_per_byte = 0;
        r.latency_s = u / uu;
    } else if (r.latency_s < 0) {
        r.latency_s = 0;
        r.seconds_per_byte = v / vv;
    }
    fit_errors(&r, bytes, seconds);
    return r;
}

/* Two numbers a regime, and where it ends. */
static inline double fit_bic(double squares, size_t points, size_t regimes)
{
    double n = (double)points, spread = squares / n + FIT_NOISE * FIT_NOISE;
    return n * log(spread) + (3.0 * (double)regimes - 1) * log(n);
}

/* The best division of the points [first, n) into @regimes of them, into @best; the sum of squares. */
static inline double fit_divide(const double *bytes, const double *seconds, size_t first, size_t n, size_t regimes,
                                struct network_regime *best)
{
    if (regimes == 1) {
        *best = fit_one(bytes, seconds, first, n - 1);
        return best->squares;
    }
    double least = DBL_MAX;
    for (size_t next = first + FIT_LEAST; next + (regimes - 1) * FIT_LEAST <= n; next++) {
        struct network_regime part[FIT_REGIMES] = { fit_one(bytes, seconds, first, next - 1) };
        double squares = part[0].squares + fit_divide(bytes, seconds, next, n, regimes - 1, part + 1);
        if (squares >= least)
            continue;
        least = squares;
        for (size_t i = 0; i < regimes; i++)
            best[i] = part[i];
    }
    return least;
}

/** network_fit() - fit @n points (bytes ascending, seconds > 0). Cannot fail; too few points give no regime. */
static inline struct network_fit network_fit(const double *bytes, const double *seconds, size_t n)
{
    struct network_fit fit = { .n = 0 };
    double least = DBL_MAX;
    for (size_t regimes = 1; regimes <= FIT_REGIMES && n >= regimes * FIT_LEAST; regimes++) {
        struct network_fit tried = { .n = regimes };
        double bic = fit_bic(fit_divide(bytes, seconds, 0, n, regimes, tried.regime), n, regimes);
        if (bic < least) {
            least = bic;
            fit = tried;
        }
    }
    return fit;
}

#endif
