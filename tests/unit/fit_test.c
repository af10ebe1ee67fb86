/*
 * Fits against published coefficients. The data sets and their sources:
 *   raytracer  Gunther, Guerrilla Capacity Planning, Springer 2007; also in the R package usl
 *   specsdm91  SPEC SDM91 on a SPARCcenter 2000, Gunther 2007; coefficients printed by usl 2.0.0
 *   cisco      Schwartz, Practical Scalability; coefficients tested by usl4j
 *   pi         UNIVERSE-HPC course, DiRAC pi, strong scaling
 *   casino     CASINO on ARCHER2, ARCHER2 documentation
 *   opengate   OpenGATE pull request 1011
 * The tight tolerances are against a separate computation of the same least squares.
 */
#include "scaling/judge/fit.h"
#include "scaling/judge/speedup.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

#define COUNT(x) (sizeof(x) / sizeof *(x))
#define NEAR(got, want, relative) CU_ASSERT(fabs((got) - (want)) <= (relative) * fabs((double)(want)))

static const double raytracer_p[] = { 1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64 };
static const double raytracer_x[] = { 20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310 };
static const double spec_p[] = { 1, 18, 36, 72, 108, 144, 216 };
static const double spec_x[] = { 64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2 };
static const double cisco_x[] = { 955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8,
    7867.61, 8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52, 11151.43,
    11518.63, 11806, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39 };
static const double pi_p[] = { 1, 2, 4, 8, 16 };
static const double pi_s[] = { 3.99667, 2.064242, 1.075068, 0.687097, 0.349366 };
static const double casino_s[] = { 289.90, 154.93, 81.06, 41.44, 23.16 };
static const double opengate_s[] = { 115.08, 59.14, 40.85, 31.88, 26.44, 22.40, 19.75, 19.42, 21.81, 21.15 };

static void count_up(double *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (double)i + 1;
}

/* Times from rates, for fit_times(). */
static struct fit fit_of_inverse(const double *p, const double *x, size_t n)
{
    double t[64];
    struct fit f = { 0 };
    for (size_t i = 0; i < n; i++)
        t[i] = 1 / x[i];
    CU_ASSERT_EQUAL(fit_times(FIT_USL, p, t, n, &f), 0);
    return f;
}

static void rates_of_the_raytracer_give_the_published_coefficients(void)
{
    struct fit f;
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, raytracer_p, raytracer_x, COUNT(raytracer_p), &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.0578) < 5e-5 && f.kappa < 5e-5 && fabs(f.scale - 21.8488) < 5e-5); /* printed */
    NEAR(f.sigma, 0.057770781, 1e-7);
    CU_ASSERT_EQUAL(f.kappa, 0); /* its bound is active */
    NEAR(f.scale, 21.848843, 1e-7);
    NEAR(f.sse, 697.2378, 1e-6);
    NEAR(f.scale / f.sigma, 378.199, 1e-5);            /* limit of the rate */
    NEAR(f.scale * fit_speedup(&f, 96), 323.276, 1e-5);
    CU_ASSERT(isinf(fit_peak(&f)));
}

static void rates_of_six_raytracer_points_have_a_peak(void)
{
    struct fit f;
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, raytracer_p, raytracer_x, 6, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.02444) < 5e-6 && fabs(f.kappa - 0.00163) < 5e-6 && fabs(f.scale - 20.85605) < 5e-5);
    NEAR(f.sigma, 0.024444041, 1e-6);
    NEAR(f.kappa, 0.0016268093, 1e-6);
    NEAR(fit_peak(&f), 24.4883, 1e-5);
}

static void rates_of_specsdm91_give_the_published_coefficients(void)
{
    struct fit f;
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, spec_p, spec_x, COUNT(spec_p), &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.0277285) < 5e-7 && fabs(f.kappa - 0.0001044) < 5e-7 && fabs(f.scale - 89.995233) < 5e-5);
    NEAR(f.sse, 27453.72, 1e-6);
    NEAR(sqrt(f.sse / 4), 82.8, 1e-3);  /* residual standard error */
    NEAR(fit_peak(&f), 96.51956, 1e-5);
    NEAR(f.scale * fit_speedup(&f, fit_peak(&f)), 1884, 5e-4);
    NEAR(f.scale / f.sigma, 3245.589, 1e-5);
}

static void rates_of_cisco_give_the_published_coefficients(void)
{
    double p[COUNT(cisco_x)];
    struct fit f;
    count_up(p, COUNT(p));
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, p, cisco_x, COUNT(p), &f), 0);
    NEAR(f.sigma, 0.02671591, 2e-4); /* the tolerance of the published test */
    NEAR(f.kappa, 7.690945e-4, 2e-4);
    NEAR(f.scale, 995.6486, 2e-4);
    CU_ASSERT_EQUAL(floor(fit_peak(&f)), 35);
    NEAR(f.scale * fit_speedup(&f, 20), 11063.633137626028, 2e-4);
    NEAR(f.scale * fit_speedup(&f, 35), 12341.7456205207, 2e-4);
}

/* --- What R's usl prints about these fits --- */

/* Student's t(0.975): with 3 and 4 degrees of freedom. */
#define T_975_3 3.182446
#define T_975_4 2.776445

/* P(|T| > t) with 4 degrees of freedom, in closed form. */
static double p_of_t4(double t)
{
    double s = t / sqrt(4 + t * t);
    return 1 - 1.5 * s + 0.5 * s * s * s;
}

static void rest_of_the_raytracer(void)
{
    struct fit f;
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_USL, raytracer_p, raytracer_x, COUNT(raytracer_p), &f), 0);
    NEAR(sqrt(f.sse / (COUNT(raytracer_p) - 3)), 9.33567, 1e-6);
    NEAR(1 / f.sigma, 17.3098, 5e-6); /* where the linear bound meets Amdahl's */
    NEAR(f.scale * fit_speedup(&f, 128), 335.455, 2e-6);
}

static void two_coefficients_of_the_raytracer_by_the_quadratic_method(void)
{
    struct fit f;
    CU_ASSERT_EQUAL_FATAL(fit_quadratic(raytracer_p, raytracer_x, COUNT(raytracer_p), &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.05002394) < 5e-9 && fabs(f.kappa - 0.00000471) < 5e-9); /* printed by usl 1.8.0 */
    NEAR(f.sigma, 0.050023944, 2e-8);
    NEAR(f.kappa, 4.7082178e-06, 2e-8);
}

static void errors_of_six_raytracer_points(void)
{
    struct fit f, e;
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_USL, raytracer_p, raytracer_x, 6, &f), 0);
    fit_rates_errors(&f, raytracer_p, raytracer_x, 6, &e);
    NEAR(e.sigma, 0.00839066, 1e-6);
    NEAR(e.kappa, 0.000261398, 2e-6);
    NEAR(e.scale, 0.788506, 1e-6);
    /* The right interval has n - 3 degrees of freedom, and contains 0. */
    CU_ASSERT(fabs(f.sigma - T_975_3 * e.sigma - -0.0023) < 5e-5 && fabs(f.sigma + T_975_3 * e.sigma - 0.0511) < 5e-5);
}

static void five_raytracer_points(void)
{
    struct fit f;
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_USL, raytracer_p, raytracer_x, 5, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.028) < 5e-4 && fabs(f.kappa - 0.001) < 5e-4 && fabs(f.scale - 21.059) < 5e-4);
    CU_ASSERT_EQUAL_FATAL(fit_quadratic(raytracer_p, raytracer_x, 5, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.013) < 5e-4 && fabs(f.kappa - 0.002) < 5e-4);
}

static void summary_of_specsdm91(void)
{
    static const double residual[] = { -25.10, -81.66, 111.09, 3.05, -49.99, -46.60, 56.00 };
    static const double efficiency[] = { .7211, .6148, .5100, .2860, .1882, .1370, .0876 };
    struct fit f, e;
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_USL, spec_p, spec_x, COUNT(spec_p), &f), 0);
    fit_rates_errors(&f, spec_p, spec_x, COUNT(spec_p), &e);
    CU_ASSERT(fabs(e.sigma - 0.0091217) < 5e-7 && fabs(e.kappa - 0.0000199) < 5e-7 && fabs(e.scale - 14.2134894) < 5e-5);
    CU_ASSERT(fabs(f.sigma / e.sigma - 3.04) < 0.005 && fabs(p_of_t4(f.sigma / e.sigma) - 0.0384) < 5e-5);
    CU_ASSERT(fabs(f.sigma - T_975_4 * e.sigma - 0.0024) < 5e-5 && fabs(f.sigma + T_975_4 * e.sigma - 0.0531) < 6e-5);
    CU_ASSERT(fabs(f.kappa - T_975_4 * e.kappa - 4.92e-5) < 6e-8 && fabs(f.kappa + T_975_4 * e.kappa - 1.595e-4) < 6e-8);
    CU_ASSERT(fabs(f.scale - T_975_4 * e.scale - 50.5) < 0.05 && fabs(f.scale + T_975_4 * e.scale - 129.5) < 0.05);
    for (size_t i = 0; i < COUNT(spec_p); i++) {
        CU_ASSERT(fabs(spec_x[i] - f.scale * fit_speedup(&f, spec_p[i]) - residual[i]) < 0.0051);
        CU_ASSERT(fabs(spec_x[i] / (f.scale * spec_p[i]) - efficiency[i]) < 5.1e-5);
    }
    NEAR(1 / f.sigma, 36.06401, 2e-7);
    NEAR(f.scale * fit_speedup(&f, 1 / f.sigma), 1542, 4e-4);
    struct fit_overhead two = fit_overhead(&f, 2);
    CU_ASSERT(two.ideal == 0.5 && fabs(two.contention - 0.0139) < 5e-5 && fabs(two.coherency - 0.0000522) < 5e-8);
    CU_ASSERT_EQUAL(fit_best_count(&f), 97);
}

static void two_coefficients_of_specsdm91_by_the_quadratic_method(void)
{
    struct fit f, e;
    double mean = 0, total = 0;
    CU_ASSERT_EQUAL_FATAL(fit_quadratic(spec_p, spec_x, COUNT(spec_p), &f), 0);
    CU_ASSERT(fabs(f.sigma - 1.705e-02) < 5e-6 && fabs(f.kappa - 7.892e-05) < 5e-9 && f.scale == 64.9);
    for (size_t i = 0; i < COUNT(spec_p); i++)
        mean += spec_x[i] / COUNT(spec_p);
    for (size_t i = 0; i < COUNT(spec_p); i++)
        total += (spec_x[i] - mean) * (spec_x[i] - mean);
    CU_ASSERT(fabs(1 - f.sse / total - 0.9624) < 5e-5); /* R squared */
    fit_quadratic_errors(&f, spec_p, spec_x, COUNT(spec_p), &e);
    CU_ASSERT(fabs(e.sigma - 3.318e-03) < 5e-7 && fabs(e.kappa - 2.492e-05) < 5e-9);
}

static void cisco_beyond_the_printed_digits(void)
{
    double p[COUNT(cisco_x)];
    struct fit f;
    count_up(p, COUNT(p));
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_USL, p, cisco_x, COUNT(p), &f), 0);
    NEAR(f.sigma, 0.026715945, 2e-8);
    NEAR(f.kappa, 0.00076909392, 2e-8);
    NEAR(f.scale, 995.64879, 1e-8);
    NEAR(fit_peak(&f), 35.573788, 2e-8);
    NEAR(f.scale * fit_speedup(&f, fit_peak(&f)), 12342.8526, 1e-8);
    NEAR(f.scale * fit_speedup(&f, 1), 995.648772003358, 2e-4);
}

static void formulas_of_peak_optimum_and_limit(void)
{
    struct fit f = { .law = FIT_USL, .scale = 89.99523, .sigma = 0.001, .kappa = 0.00001 };
    CU_ASSERT(fabs(fit_peak(&f) - 316.0696) < 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(1 / f.sigma, 1000, 1e-9);
    CU_ASSERT(fabs(f.scale / f.sigma - 89995.23) < 0.005);
    CU_ASSERT_EQUAL(fit_best_count(&f), 316);
}

/* --- The choice of a law --- */

static void aicc_prefers_the_simpler_law_for_its_own_data(void)
{
    /* s = 0.05 with errors of one per cent that follow no pattern. */
    static const double p[] = { 1, 2, 4, 8, 16, 32, 64 }, error[] = { 1.01, 0.99, 1, 1.01, 0.995, 0.99, 1.005 };
    double t[7];
    struct fit amdahl, usl;
    for (int i = 0; i < 7; i++)
        t[i] = (0.05 + 0.95 / p[i]) * error[i];
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_AMDAHL, p, t, 7, &amdahl), 0);
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_USL, p, t, 7, &usl), 0);
    CU_ASSERT(usl.sse <= amdahl.sse * (1 + 1e-12));
    CU_ASSERT(fit_aicc(&amdahl, 7) < fit_aicc(&usl, 7));
    for (int i = 0; i < 7; i++)
        t[i] = (0.05 + 0.95 / p[i] + 0.003 * (p[i] - 1)) * error[i];
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_AMDAHL, p, t, 7, &amdahl), 0);
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_USL, p, t, 7, &usl), 0);
    CU_ASSERT(fit_aicc(&usl, 7) < fit_aicc(&amdahl, 7));
}

static void aicc_is_that_of_hurvich_and_tsai(void)
{
    struct fit f = { .law = FIT_AMDAHL, .sse = 0.05 };
    CU_ASSERT_DOUBLE_EQUAL(fit_aicc(&f, 10), 10 * log(0.005) + 6 + 24.0 / 6, 1e-12);
    CU_ASSERT(isinf(fit_aicc(&f, 4)));
}

static void unbounded_sigma_tells_a_superlinear_curve(void)
{
    static const double p[] = { 1, 2, 4, 8 }, cached[] = { 10, 4.8, 2.3, 1.1 };
    CU_ASSERT(fit_free_sigma(p, cached, 4) < 0);
    NEAR(fit_free_sigma(pi_p, pi_s, 5), 0.029401782, 1e-7);
}

static void gustafson_is_found_again_by_both_estimators(void)
{
    static const double p[] = { 1, 2, 4, 8 };
    double rate[4], t[4];
    struct fit f;
    for (int i = 0; i < 4; i++)
        t[i] = 1 / (rate[i] = 5 * (p[i] - 0.2 * (p[i] - 1)));
    CU_ASSERT_EQUAL_FATAL(fit_rates(FIT_GUSTAFSON, p, rate, 4, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.2) < 1e-12 && fabs(f.scale - 5) < 1e-12);
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_GUSTAFSON, p, t, 4, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.2) < 1e-12 && fabs(f.scale - 0.2) < 1e-12 && f.sse < 1e-24);
    for (int i = 0; i < 4; i++)
        t[i] = 1; /* no more work done on more */
    CU_ASSERT_EQUAL_FATAL(fit_times(FIT_GUSTAFSON, p, t, 4, &f), 0);
    CU_ASSERT_DOUBLE_EQUAL(f.sigma, 1, 1e-12);
    NEAR(speedup_gustafson_serial(8 - 0.2 * 7, 8), 0.2, 1e-12);
}

static void exact_data_give_exact_coefficients_by_both_estimators(void)
{
    static const double p1[] = { 1, 2, 4, 6, 8, 10 }, x1[] = { 1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557 };
    static const double p2[] = { 1, 3, 4, 12, 24, 48 }, x2[] = { 1, 1.090909, 1, 0.5217391, 0.2944785, 0.1566068 };
    struct fit f;
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, p1, x1, 6, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.02) < 1e-4 && fabs(f.kappa - 0.02) < 1e-4 && fabs(f.scale - 1) < 1e-4);
    f = fit_of_inverse(p1, x1, 6);
    CU_ASSERT(fabs(f.sigma - 0.02) < 1e-4 && fabs(f.kappa - 0.02) < 1e-4);
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, p2, x2, 6, &f), 0);
    CU_ASSERT(fabs(f.sigma - 0.5) < 1e-5 && fabs(f.kappa - 0.125) < 1e-5);
    NEAR(fit_peak(&f), 2, 1e-5);
    f = fit_of_inverse(p2, x2, 6);
    CU_ASSERT(fabs(f.sigma - 0.5) < 1e-5 && fabs(f.kappa - 0.125) < 1e-5);
}

static void times_of_published_data_give_the_coefficients_of_a_second_computation(void)
{
    double p[COUNT(cisco_x)];
    struct fit f = fit_of_inverse(raytracer_p, raytracer_x, COUNT(raytracer_p));
    NEAR(f.sigma, 0.056856528, 1e-7);
    NEAR(f.kappa, 3.4547584e-06, 1e-6);
    f = fit_of_inverse(spec_p, spec_x, COUNT(spec_p));
    NEAR(f.sigma, 0.013361255, 1e-6);
    NEAR(f.kappa, 1.152026e-04, 1e-6);
    NEAR(fit_peak(&f), 92.5439, 1e-5);
    count_up(p, COUNT(p));
    f = fit_of_inverse(p, cisco_x, COUNT(p));
    NEAR(f.sigma, 0.020280384, 1e-6);
    NEAR(f.kappa, 8.9582144e-04, 1e-6);
    NEAR(fit_peak(&f), 33.0705, 1e-5);
}

static void times_of_published_speedups_give_amdahls_fraction(void)
{
    double p[10];
    struct fit f;
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, pi_p, pi_s, 5, &f), 0);
    NEAR(f.sigma, 0.029401782, 1e-7);
    CU_ASSERT_EQUAL(fit_times(FIT_USL, pi_p, pi_s, 5, &f), 0);
    NEAR(f.sigma, 0.029401782, 1e-7); /* the same: overhead is at its bound */
    CU_ASSERT_EQUAL(f.kappa, 0);
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, pi_p, casino_s, 5, &f), 0);
    NEAR(f.sigma, 0.016169967, 1e-7);
    count_up(p, 10);
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, p, opengate_s, 10, &f), 0);
    NEAR(f.sigma, 0.074742093, 1e-7);
}

static void opengate_has_its_fitted_peak_beyond_the_fastest_point(void)
{
    double p[10], x[10];
    struct fit f;
    count_up(p, 10);
    CU_ASSERT_EQUAL(fit_times(FIT_USL, p, opengate_s, 10, &f), 0);
    CU_ASSERT_EQUAL(f.sigma, 0);
    NEAR(f.kappa, 0.0081315966, 1e-6);
    NEAR(fit_peak(&f), 11.0895, 1e-5);
    for (size_t i = 0; i < 10; i++)
        x[i] = 1 / opengate_s[i];
    CU_ASSERT_EQUAL(fit_rates(FIT_USL, p, x, 10, &f), 0);
    CU_ASSERT_EQUAL(f.sigma, 0);
    NEAR(f.kappa, 0.0096195, 1e-5);
    NEAR(fit_peak(&f), 10.1959, 1e-5);
}

static void a_curve_that_gains_nothing_has_the_fraction_one(void)
{
    static const double p[] = { 1, 2, 4, 8 }, slower[] = { 10, 11, 12, 13 };
    struct fit f;
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, p, slower, 4, &f), 0);
    CU_ASSERT_EQUAL(f.sigma, 1);
}

static void a_superlinear_curve_has_the_fraction_zero(void)
{
    static const double p[] = { 1, 2, 4, 8 }, cached[] = { 10, 4.8, 2.3, 1.1 };
    struct fit f;
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, p, cached, 4, &f), 0);
    CU_ASSERT_EQUAL(f.sigma, 0);
}

static void equal_counts_determine_nothing(void)
{
    static const double p[] = { 2, 2, 2, 2 }, t[] = { 5, 5.1, 5.2, 4.9 };
    struct fit f;
    CU_ASSERT_EQUAL(fit_times(FIT_AMDAHL, p, t, 4, &f), -EINVAL);
}

static void karp_flatt_is_the_inverse_of_amdahl(void)
{
    /* Quinn's example: a fraction of 0.1 gives these speed-ups on 2..8. */
    static const double printed[] = { 1.82, 2.50, 3.08, 3.57, 4.00, 4.38, 4.71 };
    static const double overhead[] = { 1.87, 2.61, 3.23, 3.73, 4.14, 4.46, 4.71 };
    static const double growing[] = { 0.070, 0.075, 0.079, 0.085, 0.090, 0.095, 0.100 };
    for (int i = 0; i < 7; i++) {
        double n = i + 2;
        CU_ASSERT(fabs(speedup_amdahl(0.1, n) - printed[i]) < 0.0051);
        NEAR(speedup_karp_flatt(speedup_amdahl(0.1, n), n), 0.1, 1e-12);
        CU_ASSERT(fabs(speedup_karp_flatt(overhead[i], n) - growing[i]) < 0.002);
    }
    for (int i = 0; i < 7; i++) { /* back from the printed digits */
        double e = speedup_karp_flatt(printed[i], i + 2);
        CU_ASSERT(e > 0.0985 && e < 0.1005);
    }
    CU_ASSERT(isnan(speedup_karp_flatt(1, 1)));
}

static void pop_efficiencies_multiply(void)
{
    static const double useful[] = { 8, 6, 6, 4 };
    struct pop pop = speedup_pop(useful, 4, 10);
    CU_ASSERT_DOUBLE_EQUAL(pop.load_balance, 0.75, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.communication, 0.80, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.parallel, 0.60, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(pop.load_balance * pop.communication, pop.parallel, 1e-15);
}

static void mean_fraction_of_pi_and_its_limit(void)
{
    double mean = 0;
    for (int i = 1; i < 5; i++)
        mean += speedup_karp_flatt(pi_s[0] / pi_s[i], pi_p[i]) / 4;
    CU_ASSERT(fabs(mean - 0.0346242) < 5e-7);
    CU_ASSERT_EQUAL(round(1 / mean), 29); /* "max speed-up 29" */
}

static void amdahl_predicts_the_published_times(void)
{
    /* With the mean serial fraction that the course computes; its figures carry five digits. */
    NEAR(pi_s[0] / speedup_amdahl(0.0346242, 2), 2.067504, 2e-5);
    NEAR(pi_s[0] / speedup_amdahl(0.0346242, 16), 0.379522, 2e-5);
    NEAR(speedup_amdahl(0.0346242, 4096), 28.686268, 2e-5);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(rates_of_the_raytracer_give_the_published_coefficients),
        UNIT(rates_of_six_raytracer_points_have_a_peak),
        UNIT(rates_of_specsdm91_give_the_published_coefficients),
        UNIT(rates_of_cisco_give_the_published_coefficients),
        UNIT(exact_data_give_exact_coefficients_by_both_estimators),
        UNIT(times_of_published_data_give_the_coefficients_of_a_second_computation),
        UNIT(times_of_published_speedups_give_amdahls_fraction),
        UNIT(opengate_has_its_fitted_peak_beyond_the_fastest_point),
        UNIT(a_curve_that_gains_nothing_has_the_fraction_one),
        UNIT(a_superlinear_curve_has_the_fraction_zero),
        UNIT(equal_counts_determine_nothing),
        UNIT(karp_flatt_is_the_inverse_of_amdahl),
        UNIT(amdahl_predicts_the_published_times),
        UNIT(rest_of_the_raytracer),
        UNIT(two_coefficients_of_the_raytracer_by_the_quadratic_method),
        UNIT(errors_of_six_raytracer_points),
        UNIT(five_raytracer_points),
        UNIT(summary_of_specsdm91),
        UNIT(two_coefficients_of_specsdm91_by_the_quadratic_method),
        UNIT(cisco_beyond_the_printed_digits),
        UNIT(formulas_of_peak_optimum_and_limit),
        UNIT(aicc_prefers_the_simpler_law_for_its_own_data),
        UNIT(aicc_is_that_of_hurvich_and_tsai),
        UNIT(unbounded_sigma_tells_a_superlinear_curve),
        UNIT(gustafson_is_found_again_by_both_estimators),
        UNIT(pop_efficiencies_multiply),
        UNIT(mean_fraction_of_pi_and_its_limit),
        UNIT_END,
    };
    return unit_main("fit", tests);
}
