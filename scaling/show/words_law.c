/* What the fitted laws say, in words. */
#include "scaling/show/words.h"

#include <math.h>

#define BY_TIMES "by times"  /* relative errors; see fit.h */
#define BY_RATES "by rates"

/* " (95 %: LOW to HIGH)", nothing where it is unknown. */
static void print_interval(FILE *out, struct interval i, double unit)
{
    char low[WORDS_NUMBER_LEN], high[WORDS_NUMBER_LEN];
    if (isnan(i.low))
        return;
    words_number(i.low * unit, 3, low);
    if (isinf(i.high))
        fprintf(out, isinf(i.low) ? " (95 %%: none)" : " (95 %%: above %s)", low);
    else
        fprintf(out, " (95 %%: %s to %s)", low, words_number(i.high * unit, 3, high));
}

/* "1.2 % by times (95 %: 1.0 to 1.4), 1.3 % by rates" */
static void print_fraction(FILE *out, const struct law *law)
{
    char times[WORDS_NUMBER_LEN], rates[WORDS_NUMBER_LEN];
    fprintf(out, "%s %% " BY_TIMES, words_number(100 * law->fit.sigma, 3, times));
    print_interval(out, law->sigma, 100);
    fprintf(out, ", %s %% " BY_RATES, words_number(100 * law->rates.sigma, 3, rates));
}

static void print_amdahl(FILE *out, const struct law *law)
{
    char limit[WORDS_NUMBER_LEN];
    fputs("Amdahl's law: a serial fraction of ", out);
    print_fraction(out, law);
    if (law->fit.sigma > 0)
        fprintf(out, "; by it no count gives a speed-up above %s.", words_number(1 / law->fit.sigma, 3, limit));
    else
        fputs("; none is visible in these times.", out);
}

static void print_gustafson(FILE *out, const struct law *law)
{
    fputs("Gustafson's law: of the time on many processors a serial fraction of ", out);
    print_fraction(out, law);
    fputc('.', out);
}

static void print_usl(FILE *out, const struct law *law, const struct point *fastest, double measured, const char *unit)
{
    char number[WORDS_NUMBER_LEN];
    fprintf(out, "Universal scalability law " BY_TIMES ": contention sigma %s", words_number(law->fit.sigma, 3, number));
    print_interval(out, law->sigma, 1);
    fprintf(out, ", coherency kappa %s", words_number(law->fit.kappa, 3, number));
    print_interval(out, law->kappa, 1);
    fprintf(out, "; " BY_RATES " %s", words_number(law->rates.sigma, 3, number));
    fprintf(out, " and %s", words_number(law->rates.kappa, 3, number));
    double peak = fit_peak(&law->fit);
    if (isinf(peak)) {
        fputs("; no count is in sight beyond which it gets slower.", out);
        return;
    }
    fprintf(out, "; by it the peak is at %s %ss", words_number(peak, 3, number), unit);
    print_interval(out, law->peak, 1);
    fprintf(out, ", the fastest measured is %llu", (unsigned long long)fastest->count);
    fputs(peak > LAWS_REACH * measured ? "; the peak lies beyond twice the largest count measured, so do not rely on it." : ".", out);
}

static void print_refusal(FILE *out, const char *name, const char *reason)
{
    fprintf(out, "%s: not fitted; it %s.", name, reason);
}

static void print_simple(FILE *out, bool weak, const struct laws *laws)
{
    if (weak && laws->gustafson.fitted)
        print_gustafson(out, &laws->gustafson);
    else if (weak)
        print_refusal(out, "Gustafson's law", laws->gustafson.reason);
    else if (laws->amdahl.fitted)
        print_amdahl(out, &laws->amdahl);
    else
        print_refusal(out, "Amdahl's law", laws->amdahl.reason);
}

static void print_choice(FILE *out, bool weak, const struct laws *laws)
{
    const char *simple_name = weak ? "Gustafson's law" : "Amdahl's law";
    const struct law *simple = weak ? &laws->gustafson : &laws->amdahl, *usl = &laws->usl;
    bool by_usl = laws->preferred == usl;
    fprintf(out, "Forecast by %s", by_usl ? "the universal scalability law" : simple_name);
    if (simple->fitted && usl->fitted && isfinite(usl->aicc))
        fprintf(out, ", which these times support better than %s (AICc %.1f against %.1f)",
            by_usl ? simple_name : "the universal law", by_usl ? usl->aicc : simple->aicc, by_usl ? simple->aicc : usl->aicc);
}

static void print_forecast(FILE *out, const struct analysis *a, const struct laws *laws)
{
    char time[WORDS_NUMBER_LEN], speedup[WORDS_NUMBER_LEN];
    const struct forecast *f = &laws->forecast;
    if (!laws->preferred || f->miss > LAWS_MISS_LIMIT) {
        fputs("No forecast: no law is fitted", out);
        if (laws->preferred)
            fprintf(out, " that describes these times; the best misses them by %.0f %% on average", 100 * f->miss);
        fputc('.', out);
        return;
    }
    if (!f->made) {
        fputs("No forecast: a law says nothing of more than twice the largest count measured.", out);
        return;
    }
    print_choice(out, a->curves.weak, laws);
    fprintf(out, ": %llu %ss would take %s s", (unsigned long long)f->count, words_unit(a), words_number(f->time_s, 3, time));
    print_interval(out, f->time_95, 1);
    fprintf(out, ", a %sspeed-up of %s", a->curves.weak ? "scaled " : "", words_number(f->speedup, 3, speedup));
    print_interval(out, f->speedup_95, 1);
    fprintf(out, ", if it holds up to there; it misses the measured times by %.1f %% on average%s.", 100 * f->miss,
        isnan(f->time_95.low) ? "" : ", and the intervals count the noise of the runs alone");
}

void words_law(FILE *out, const struct analysis *a, size_t curve, int law)
{
    const struct verdict *v = &a->verdict[curve];
    const struct curve *c = &a->curves.curve[curve];
    words_curve(out, a, curve);
    if (law == 0)
        print_simple(out, a->curves.weak, &v->laws);
    else if (law == 2)
        print_forecast(out, a, &v->laws);
    else if (v->laws.usl.fitted)
        print_usl(out, &v->laws.usl, v->best, (double)c->front[c->n_front - 1]->count, words_unit(a));
    else
        print_refusal(out, "Universal scalability law", v->laws.usl.reason);
}
