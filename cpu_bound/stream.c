/*
 * stream: memory bandwidth by the four operations of STREAM on three arrays that no cache holds. Every
 * element is touched first by the thread that works on it; results go past the caches. Bytes counted
 * are those that must move: copy and scale 16 an element, add and triad 24.
 * Each run does all four once. The arrays follow a recurrence of plain numbers, which checks them.
 */
#include "common/clock.h"
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/array.h"
#include "cpu_bound/stream_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum operation { COPY, SCALE, ADD, TRIAD, OPERATIONS };
static const char *const operation_names[OPERATIONS] = { "copy", "scale", "add", "triad" };
static const double bytes_each[OPERATIONS] = { 16, 16, 24, 24 };
static const double factor = 0.5; /* keeps the values bounded over any number of runs, and exact for long */

struct stream {
    size_t n;
    enum isa isa;
    double *a, *b, *c;
    double want[3];              /* what every element of a, b, c must be */
    double best[OPERATIONS];     /* seconds, over all runs                */
};

static double stream_bytes(const struct params *p)
{
    return 3.0 * sizeof(double) * (double)p->size;
}

static void stream_teardown(void *state)
{
    struct stream *s = state;
    if (!s)
        return;
    free(s->a);
    free(s->b);
    free(s->c);
    free(s);
}

/* The share of a worker: whole cache lines, the last one takes the rest. */
static size_t share(const struct stream *s, unsigned worker, unsigned workers)
{
    return worker == workers ? s->n : s->n / 8 * worker / workers * 8;
}

static void fill(struct stream *s, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        s->a[i] = 1;
        s->b[i] = 2;
        s->c[i] = 0;
    }
}

static void fill_by_team(struct stream *s, struct team *team)
{
    /* The same shares as in the run, so that each thread's pages are near it. */
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        fill(s, share(s, me, team->threads), share(s, me + 1, team->threads));
    }
}

static int stream_setup(const struct params *p, void **state)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->n = p->size;
    s->isa = p->isa;
    s->a = array_alloc(s->n, sizeof *s->a);
    s->b = array_alloc(s->n, sizeof *s->b);
    s->c = array_alloc(s->n, sizeof *s->c);
    s->want[0] = 1;
    for (int o = 0; o < OPERATIONS; o++)
        s->best[o] = INFINITY;
    if (!s->a || !s->b || !s->c) {
        stream_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    fill_by_team(s, p->team);
    return 0;
}

static void operate(const struct stream *s, enum operation o, size_t begin, size_t end)
{
    switch (o) {
    case COPY:
        ISA_SELECT(stream_copy, s->isa)(s->c, s->a, begin, end);
        break;
    case SCALE:
        ISA_SELECT(stream_scale, s->isa)(s->b, s->c, factor, begin, end);
        break;
    case ADD:
        ISA_SELECT(stream_add, s->isa)(s->c, s->a, s->b, begin, end);
        break;
    default:
        ISA_SELECT(stream_triad, s->isa)(s->a, s->b, s->c, factor, begin, end);
    }
}

/* The same four on one number each. */
static void advance(double want[3])
{
    want[2] = want[0];
    want[1] = factor * want[2];
    want[2] = want[0] + want[1];
    want[0] = want[1] + factor * want[2];
}

static int stream_run(void *state, struct team *team)
{
    struct stream *s = state;
    double stamp[OPERATIONS + 1];
    /* num_threads: the team that was asked for. Barriers between the operations: each is timed by itself. */
#pragma omp parallel default(none) shared(s, team, stamp) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        size_t begin = share(s, me, team->threads), end = share(s, me + 1, team->threads);
        team_bind(team, me);
#pragma omp barrier
#pragma omp master
        stamp[0] = clock_now_s();
        for (int o = 0; o < OPERATIONS; o++) {
            operate(s, (enum operation)o, begin, end);
#pragma omp barrier
#pragma omp master
            stamp[o + 1] = clock_now_s();
        }
    }
    advance(s->want);
    for (int o = 0; o < OPERATIONS; o++)
        s->best[o] = fmin(s->best[o], stamp[o + 1] - stamp[o]);
    return 0;
}

static int stream_verify(void *state, char *why, size_t why_len)
{
    const struct stream *s = state;
    const double *const array[3] = { s->a, s->b, s->c };
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < s->n; i++)
            if (!(array[k][i] == s->want[k])) {
                snprintf(why, why_len, "%c[%zu] is %.17g, not %.17g", 'a' + k, i, array[k][i], s->want[k]);
                return -EDOM;
            }
    return 0;
}

static double bytes_in_all(const struct stream *s)
{
    double sum = 0;
    for (int o = 0; o < OPERATIONS; o++)
        sum += bytes_each[o] * (double)s->n;
    return sum;
}

static double stream_work(const void *state)
{
    return bytes_in_all(state);
}

static double bandwidth(const struct stream *s, int o)
{
    return bytes_each[o] * (double)s->n / s->best[o];
}

static json_t *stream_answer(const void *state)
{
    const struct stream *s = state;
    return json_pack("[f,f,f]", s->a[s->n - 1], s->b[s->n - 1], s->c[s->n - 1]);
}

static uint64_t stream_digest(const void *state)
{
    const struct stream *s = state;
    uint64_t part[3] = { digest_bytes(s->a, s->n * sizeof *s->a), digest_bytes(s->b, s->n * sizeof *s->b),
                         digest_bytes(s->c, s->n * sizeof *s->c) };
    return digest_join(part, 3);
}

static int stream_details(const void *state, json_t *result)
{
    const struct stream *s = state;
    char key[32];
    int rc = 0;
    for (int o = 0; o < OPERATIONS; o++) {
        snprintf(key, sizeof key, "%s_bytes_per_s", operation_names[o]);
        rc |= json_object_set_new(result, key, json_real(bandwidth(s, o)));
    }
    return rc == 0 ? 0 : -ENOMEM;
}

static void stream_text(const void *state, char *out, size_t size)
{
    const struct stream *s = state;
    snprintf(out, size, "copy %.4g, scale %.4g, add %.4g, triad %.4g GB/s, best of all runs", 1e-9 * bandwidth(s, COPY),
             1e-9 * bandwidth(s, SCALE), 1e-9 * bandwidth(s, ADD), 1e-9 * bandwidth(s, TRIAD));
}

const struct workload stream_workload = {
    .name = "stream",
    .summary = "copy, scale, add, triad: memory bandwidth",
    .pattern = "memory bandwidth",
    .size_is = "elements of each of three arrays of doubles",
    .size_default = 100000000,
    .size_min = 1,
    .size_max = 1000000000000,
    .check = "closed form: the recurrence of the four operations on single numbers",
    .work_unit = "bytes",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .bytes = stream_bytes,
    .setup = stream_setup,
    .run = stream_run,
    .verify = stream_verify,
    .work = stream_work,
    .answer = stream_answer,
    .digest = stream_digest,
    .details = stream_details,
    .text = stream_text,
    .teardown = stream_teardown,
};
