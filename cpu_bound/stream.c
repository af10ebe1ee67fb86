/*
 * stream: memory bandwidth by the four operations of STREAM on three arrays that no cache holds. Every
 * element is touched first by the thread that works on it; results go past the caches. Bytes counted
 * are those that must move: copy and scale 16 an element, add and triad 24.
 * Each run does all four once. The arrays follow a recurrence of plain numbers, which checks them.
 */
#include "cpu_bound/stream.h"

#include "common/blocks.h"
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

enum operation { COPY, SCALE, ADD, TRIAD };
enum { OPERATIONS = STREAM_OPERATIONS };
static const char *const operation_names[OPERATIONS] = { "copy", "scale", "add", "triad" };
static const double bytes_each[OPERATIONS] = { 16, 16, 24, 24 };
static const double factor = 0.5; /* keeps the values bounded over any number of runs, and exact for long */

static double stream_bytes(const struct params *p)
{
    return 3.0 * sizeof(double) * (double)p->size;
}

static void stream_teardown(void *state)
{
    struct stream *s = state;
    if (!s)
        return;
    for (int k = 0; k < STREAM_ARRAYS; k++)
        free(s->array[k]);
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
        s->array[0][i] = 1;
        s->array[1][i] = 2;
        s->array[2][i] = 0;
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
    s->team = p->team;
    s->outcome.elements = (double)p->size;
    s->want[0] = 1;
    for (int o = 0; o < OPERATIONS; o++)
        s->outcome.best[o] = INFINITY;
    for (int k = 0; k < STREAM_ARRAYS; k++)
        s->array[k] = array_alloc(s->n, sizeof *s->array[k]);
    if (!s->array[0] || !s->array[1] || !s->array[2]) {
        stream_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    fill_by_team(s, p->team);
    return 0;
}

static void operate(const struct stream *s, enum operation o, size_t begin, size_t end)
{
    double *a = s->array[0], *b = s->array[1], *c = s->array[2];
    switch (o) {
    case COPY:
        ISA_SELECT(stream_copy, s->isa)(c, a, begin, end);
        break;
    case SCALE:
        ISA_SELECT(stream_scale, s->isa)(b, c, factor, begin, end);
        break;
    case ADD:
        ISA_SELECT(stream_add, s->isa)(c, a, b, begin, end);
        break;
    default:
        ISA_SELECT(stream_triad, s->isa)(a, b, c, factor, begin, end);
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
    for (int o = 0; o < OPERATIONS; o++) {
        s->taken[o] = stamp[o + 1] - stamp[o];
        s->outcome.best[o] = fmin(s->outcome.best[o], s->taken[o]);
    }
    return 0;
}

void stream_digests(const struct stream *s, int k, uint64_t *digest)
{
    unsigned threads = s->team->threads;
    /* static: blocks cost the same; num_threads: the team that was asked for */
#pragma omp parallel for default(none) shared(s, k, digest) num_threads(threads) schedule(static)
    for (size_t b = 0; b < blocks_count(s->n, STREAM_BLOCK); b++) {
        uint64_t begin = blocks_edge(s->n, STREAM_BLOCK, b), end = blocks_edge(s->n, STREAM_BLOCK, b + 1);
        digest[b] = digest_bytes(s->array[k] + begin, (end - begin) * sizeof(double));
    }
}

static int keep_digest(struct stream *s)
{
    size_t blocks = blocks_count(s->n, STREAM_BLOCK);
    uint64_t part[STREAM_ARRAYS], *digest = calloc(blocks + 1, sizeof *digest);
    if (!digest)
        return -ENOMEM;
    for (int k = 0; k < STREAM_ARRAYS; k++) {
        stream_digests(s, k, digest);
        part[k] = digest_join(digest, blocks);
    }
    s->outcome.digest = digest_join(part, STREAM_ARRAYS);
    free(digest);
    return 0;
}

static int stream_verify(void *state, char *why, size_t why_len)
{
    struct stream *s = state;
    for (int k = 0; k < STREAM_ARRAYS && s->n > 0; k++)
        s->outcome.last[k] = s->array[k][s->n - 1];
    if (keep_digest(s) != 0)
        return -ENOMEM;
    for (int k = 0; k < STREAM_ARRAYS; k++)
        for (size_t i = 0; i < s->n; i++)
            if (!(s->array[k][i] == s->want[k])) {
                snprintf(why, why_len, "%c[%zu] is %.17g, not %.17g", 'a' + k, i, s->array[k][i], s->want[k]);
                return -EDOM;
            }
    return 0;
}

/* --- what to say of it: from the outcome alone --- */

static double bytes_in_all(const struct stream_outcome *s)
{
    double sum = 0;
    for (int o = 0; o < OPERATIONS; o++)
        sum += bytes_each[o] * s->elements;
    return sum;
}

static double stream_work(const void *state)
{
    return bytes_in_all(state);
}

static double bandwidth(const struct stream_outcome *s, int o)
{
    return bytes_each[o] * s->elements / s->best[o];
}

static json_t *stream_answer(const void *state)
{
    const struct stream_outcome *s = state;
    return json_pack("[f,f,f]", s->last[0], s->last[1], s->last[2]);
}

static uint64_t stream_digest(const void *state)
{
    const struct stream_outcome *s = state;
    return s->digest;
}

static int stream_details(const void *state, json_t *result)
{
    const struct stream_outcome *s = state;
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
    const struct stream_outcome *s = state;
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
