/*
 * fib: the naive recursion fib(n) = fib(n-1) + fib(n-2), 20 times. The pattern is a recursion tree
 * walked by tasks. A task per call would cost more than the call, so the tree is cut: the CUT levels
 * below the root are tasks, and what hangs below them, the leaves, runs as plain recursion. The
 * leaves differ in cost by phi^CUT = 18, hence a dynamic schedule in the other models.
 * The work is the calls: 2 fib(n+1) - 1 for one fib(n). OEIS A000045.
 */
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMES = 20, CUT = 6, LEAVES_MAX = 1 << CUT };

struct fib {
    unsigned n;
    unsigned leaf[LEAVES_MAX]; /* arguments at the cut, left to right; their fibs add up to fib(n) */
    size_t leaves;
    uint64_t *partial;         /* TIMES * leaves slots                                             */
    uint64_t value[TIMES];
};

static uint64_t fib_naive(unsigned n)
{
    return n < 2 ? n : fib_naive(n - 1) + fib_naive(n - 2);
}

static void cut_tree(struct fib *f, unsigned n, unsigned depth)
{
    if (depth == 0 || n < 2) {
        f->leaf[f->leaves++] = n;
        return;
    }
    cut_tree(f, n - 1, depth - 1);
    cut_tree(f, n - 2, depth - 1);
}

static int fib_compute(void *state, size_t begin, size_t end)
{
    struct fib *f = state;
    for (size_t b = begin; b < end; b++) {
        unsigned n = f->leaf[b % f->leaves];
        /* Hides that fib_naive is pure, or equal leaves of the 20 times could be computed once. */
        __asm__ volatile("" : "+r"(n));
        f->partial[b] = fib_naive(n);
    }
    return 0;
}

/* The tree above the leaves [begin, end): two tasks a node, and the walker waits for both. */
static void walk(struct fib *f, size_t begin, size_t end)
{
    if (end - begin <= 1) {
        fib_compute(f, begin, end);
        return;
    }
    size_t middle = begin + (end - begin) / 2;
#pragma omp task default(none) shared(f) firstprivate(begin, middle)
    walk(f, begin, middle);
    walk(f, middle, end);
#pragma omp taskwait
}

static int fib_compute_openmp(void *state, struct team *team, size_t begin, size_t end)
{
    struct fib *f = state;
    /* num_threads: the team that was asked for. One thread starts the tree, the others take tasks from it. */
#pragma omp parallel default(none) shared(f, team, begin, end) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
#pragma omp single
        walk(f, begin, end);
    }
    return 0;
}

static void fib_join(void *state)
{
    struct fib *f = state;
    for (size_t i = 0; i < TIMES; i++) {
        f->value[i] = 0;
        for (size_t l = 0; l < f->leaves; l++)
            f->value[i] += f->partial[i * f->leaves + l];
    }
}

static void fib_teardown(void *state)
{
    struct fib *f = state;
    if (f)
        team_shared_free(f->partial, TIMES * f->leaves * sizeof *f->partial);
    free(f);
}

static int fib_setup(const struct params *p, void **state)
{
    struct fib *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->n = (unsigned)p->size;
    cut_tree(f, f->n, CUT);
    f->partial = team_shared_alloc(TIMES * f->leaves * sizeof *f->partial);
    if (!f->partial) {
        fib_teardown(f);
        return -ENOMEM;
    }
    *state = f;
    return 0;
}

static void fib_blocks(void *state, struct blocks *out)
{
    struct fib *f = state;
    /* chunk 1: a leaf of fib(35) is milliseconds, and big and small ones alternate */
    *out = (struct blocks){ .count = TIMES * f->leaves, .slot_size = sizeof *f->partial, .slots = f->partial, .chunk = 1 };
}

/* A second algorithm: fib(2k) = fib(k) (2 fib(k+1) - fib(k)), fib(2k+1) = fib(k)^2 + fib(k+1)^2. */
static void fast_doubling(unsigned n, uint64_t *fn, uint64_t *fn1)
{
    if (n == 0) {
        *fn = 0;
        *fn1 = 1;
        return;
    }
    uint64_t a, b;
    fast_doubling(n / 2, &a, &b);
    uint64_t even = a * (2 * b - a), odd = a * a + b * b;
    *fn = n % 2 ? odd : even;
    *fn1 = n % 2 ? even + odd : odd;
}

static int fib_verify(void *state, char *why, size_t why_len)
{
    struct fib *f = state;
    uint64_t want, next;
    fast_doubling(f->n, &want, &next);
    for (int i = 0; i < TIMES; i++)
        if (f->value[i] != want) {
            snprintf(why, why_len, "fib(%u) came out as %" PRIu64 ", not %" PRIu64, f->n, f->value[i], want);
            return -EDOM;
        }
    return 0;
}

static double fib_work(const void *state)
{
    const struct fib *f = state;
    uint64_t fn, fn1;
    fast_doubling(f->n, &fn, &fn1);
    return TIMES * (2 * (double)fn1 - 1);
}

static json_t *fib_answer(const void *state)
{
    const struct fib *f = state;
    return json_integer((json_int_t)f->value[0]);
}

static uint64_t fib_digest(const void *state)
{
    const struct fib *f = state;
    return digest_bytes(f->value, sizeof f->value);
}

static void fib_text(const void *state, char *out, size_t size)
{
    const struct fib *f = state;
    snprintf(out, size, "fib(%u) = %" PRIu64 ", 20 times", f->n, f->value[0]);
}

const struct workload fib_workload = {
    .name = "fib",
    .summary = "naive Fibonacci, 20 times: recursion and tasks",
    .pattern = "recursion, tasks",
    .size_is = "the n of fib(n)",
    .size_default = 35,
    .size_min = 1,
    .size_max = 70, /* the calls grow by 1.618 a step: fib(70) takes days */
    .check = "Fibonacci numbers by fast doubling (OEIS A000045)",
    .work_unit = "calls",
    .models = MODELS_ALL,
    .setup = fib_setup,
    .blocks = fib_blocks,
    .compute = fib_compute,
    .compute_openmp = fib_compute_openmp,
    .join = fib_join,
    .verify = fib_verify,
    .work = fib_work,
    .answer = fib_answer,
    .digest = fib_digest,
    .text = fib_text,
    .teardown = fib_teardown,
};
