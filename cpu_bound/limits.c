#include "cpu_bound/limits.h"

#include "common/clock.h"
#include "common/memory.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/peak_kernel.h"
#include "cpu_bound/stream_kernel.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRIES = 4 }; /* the best counts: a limit is what the machine can do undisturbed */

static double seconds_of(const struct team *team, void (*work)(void *context, unsigned worker, unsigned workers), void *context)
{
    double best = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        double start = clock_now_s();
#pragma omp parallel default(none) shared(team, work, context) num_threads(team->threads)
        work(context, (unsigned)omp_get_thread_num(), team->threads);
        best = fmin(best, clock_now_s() - start);
    }
    return best;
}

struct chains {
    enum isa isa;
    uint64_t steps;
};

static void step_chains(void *context, unsigned worker, unsigned workers)
{
    struct chains *c = context;
    volatile double sum = ISA_SELECT(peak_steps, c->isa)(c->steps);
    (void)sum, (void)worker, (void)workers;
}

double limit_flops(const struct team *team, enum isa isa)
{
    /* 20 ms a try, above the time in which the clock settles; a first short one says how many steps that is. */
    struct chains c = { isa, 50000 };
    c.steps = (uint64_t)((double)c.steps * fmax(1, 0.02 / seconds_of(team, step_chains, &c)));
    double flops = 2.0 * (double)c.steps * ISA_SELECT(peak_lanes, isa)() * team->threads;
    return flops / seconds_of(team, step_chains, &c);
}

struct arrays {
    enum isa isa;
    size_t n;
    double *a, *b, *c;
};

static void touch(void *context, unsigned worker, unsigned workers)
{
    struct arrays *s = context;
    for (size_t i = s->n / 8 * worker / workers * 8; i < s->n / 8 * (worker + 1) / workers * 8; i++)
        s->a[i] = s->b[i] = s->c[i] = 1;
}

static void triad(void *context, unsigned worker, unsigned workers)
{
    struct arrays *s = context;
    ISA_SELECT(stream_triad, s->isa)(s->a, s->b, s->c, 0.5, s->n / 8 * worker / workers * 8,
                                     s->n / 8 * (worker + 1) / workers * 8);
}

double limit_bandwidth(const struct team *team, enum isa isa)
{
    /* 256 MiB each, beyond the caches of today's processors; less where memory is short. */
    struct arrays s = { .isa = isa, .n = (size_t)32 << 20 };
    while (s.n > 8 && 6.0 * (double)s.n * sizeof(double) > memory_free())
        s.n /= 2;
    double best = NAN;
    s.a = array_alloc(s.n, sizeof *s.a);
    s.b = array_alloc(s.n, sizeof *s.b);
    s.c = array_alloc(s.n, sizeof *s.c);
    if (s.a && s.b && s.c) {
#pragma omp parallel default(none) shared(team, s) num_threads(team->threads)
        touch(&s, (unsigned)omp_get_thread_num(), team->threads);
        best = 3.0 * (double)s.n * sizeof(double) / seconds_of(team, triad, &s);
    }
    free(s.a);
    free(s.b);
    free(s.c);
    return best;
}

int limit_report(json_t *result, const char *what, const char *unit, double limit, double reached)
{
    char text[128];
    if (!(limit > 0) || !isfinite(limit))
        return 0;
    snprintf(text, sizeof text, "%s %.4g G%s/s", what, limit * 1e-9, unit);
    return json_object_set_new(result, "limit", json_string(text)) == 0 &&
                   json_object_set_new(result, "share_of_limit", json_real(reached / limit)) == 0
               ? 0
               : -ENOMEM;
}
