#ifndef PARKIT_LAWS_H
#define PARKIT_LAWS_H
/*
 * The laws fitted to one curve, by both estimators, how sure they are, which of them the data support best,
 * and what it says of a count that was not measured. Only the front of the curve enters: one time a count.
 */
#include "scaling/judge/curve.h"
#include "scaling/judge/fit.h"
#include "scaling/judge/recommend.h"

/* A fitted law with its intervals, or the reason why there is none. */
struct law {
    bool fitted;
    char reason[160];              /* if not fitted: goes on after "it "                           */
    struct fit fit;                /* on times, relative errors                                    */
    double aicc;
    struct interval sigma, kappa, peak;
    struct fit rates;              /* on rates, as most published coefficients                     */
    struct fit rates_errors;       /* their standard errors                                        */
};

/* A prediction by the preferred law; never beyond LAWS_REACH times the largest count measured, and not by a law that
   misses the times that were measured. */
enum { LAWS_REACH = 2 };
#define LAWS_MISS_LIMIT 0.1
struct forecast {
    bool made;
    uint64_t count;
    double miss;                   /* root mean square of the law's relative errors where it was measured */
    double time_s, speedup;
    struct interval time_95, speedup_95;
};

struct laws {
    struct law amdahl, usl, gustafson; /* Amdahl's in strong studies only, Gustafson's in weak ones   */
    const struct law *preferred;   /* the lowest AICc; the simpler one where that cannot tell; NULL: none fitted */
    struct fit quadratic, quadratic_errors; /* Gunther's way; scale NaN where it does not apply       */
    double free_sigma;             /* Amdahl's without bounds: below 0 is superlinear; NaN: unknown   */
    struct interval free_sigma_95;
    struct forecast forecast;
};

/**
 * laws_fit() - all of @out, and the steadiness of the recommendations @chosen (@n_chosen).
 *
 * @predict: a count to predict, 0: LAWS_REACH times the largest. No forecast above that.
 * @seed: point i of the curve has the medians of bootstrap_medians() with seed + i.
 * 0 or -ENOMEM.
 */
int laws_fit(const struct curve *curve, bool weak, uint64_t predict, uint64_t seed, struct laws *out,
             struct recommendation *chosen, size_t n_chosen) __attribute__((warn_unused_result));

#endif
