/*
 * sumsq: 20 sums of squares, S_x = sum of i^2 for 0 <= i < n + x, x = 0..19. The pattern is a
 * reduction: each block of 65,536 numbers is summed on its own, the partial sums are joined in order.
 * Whole numbers, so any order gives the same bits. Reads and writes nothing but registers: the limit
 * is one multiply-add an item.
 * Closed form: S(m) = (m - 1) m (2m - 1) / 6 for the m numbers 0 .. m - 1.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/jsonl.h"
#include "common/workload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SUMS = 20, LENGTH = 65536 }; /* LENGTH: some 30 us, far above the cost of handing a block out */

struct sumsq {
    uint64_t n;
    size_t per_sum;   /* blocks of each sum: those of the longest */
    uint128 *partial; /* SUMS * per_sum slots                     */
    uint128 sum[SUMS];
};

/* begin <= i < end <= 2^32, so that each square fits 64 bits. */
static uint128 sum_squares(uint64_t begin, uint64_t end)
{
    uint128 sum = 0;
    for (uint64_t i = begin; i < end; i++) {
        uint64_t square = i * i;
        /* Hides the value, or clang puts the closed form in place of the loop that is to be measured. */
        __asm__("" : "+r"(square));
        sum += square;
    }
    return sum;
}

static int sumsq_compute(void *state, size_t begin, size_t end)
{
    struct sumsq *s = state;
    for (size_t b = begin; b < end; b++) {
        uint64_t numbers = s->n + b / s->per_sum;
        size_t piece = b % s->per_sum;
        s->partial[b] = sum_squares(blocks_edge(numbers, LENGTH, piece), blocks_edge(numbers, LENGTH, piece + 1));
    }
    return 0;
}

static void sumsq_join(void *state)
{
    struct sumsq *s = state;
    for (size_t x = 0; x < SUMS; x++)
        s->sum[x] = blocks_sum_u128(s->partial + x * s->per_sum, s->per_sum);
}

static void sumsq_teardown(void *state)
{
    struct sumsq *s = state;
    if (s)
        team_shared_free(s->partial, SUMS * s->per_sum * sizeof *s->partial);
    free(s);
}

static int sumsq_setup(const struct params *p, void **state)
{
    struct sumsq *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->n = p->size;
    s->per_sum = blocks_count(p->size + SUMS - 1, LENGTH);
    s->partial = team_shared_alloc(SUMS * s->per_sum * sizeof *s->partial);
    if (!s->partial) {
        sumsq_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    return 0;
}

static void sumsq_blocks(void *state, struct blocks *out)
{
    struct sumsq *s = state;
    *out = (struct blocks){ .count = SUMS * s->per_sum, .slot_size = sizeof *s->partial, .slots = s->partial, .even = true,
                            .chunk = 1 };
}

static int sumsq_verify(void *state, char *why, size_t why_len)
{
    struct sumsq *s = state;
    for (unsigned x = 0; x < SUMS; x++) {
        uint128 m = s->n + x, want = m == 0 ? 0 : (m - 1) * m * (2 * m - 1) / 6;
        if (s->sum[x] == want)
            continue;
        snprintf(why, why_len, "the sum of squares below %" PRIu64 " is not (m-1)m(2m-1)/6", s->n + x);
        return -EDOM;
    }
    return 0;
}

static double sumsq_work(const void *state)
{
    const struct sumsq *s = state;
    return SUMS * (double)s->n + SUMS * (SUMS - 1) / 2.0;
}

static json_t *sumsq_answer(const void *state)
{
    const struct sumsq *s = state;
    json_t *sums = json_array();
    for (size_t x = 0; x < SUMS; x++)
        json_array_append_new(sums, jsonl_u128(s->sum[x]));
    return sums;
}

static uint64_t sumsq_digest(const void *state)
{
    const struct sumsq *s = state;
    return digest_bytes(s->sum, sizeof s->sum);
}

static void sumsq_text(const void *state, char *out, size_t size)
{
    const struct sumsq *s = state;
    snprintf(out, size, "20 sums of squares, from %.15g below %" PRIu64 " to %.15g below %" PRIu64, (double)s->sum[0], s->n,
             (double)s->sum[SUMS - 1], s->n + SUMS - 1);
}

const struct workload sumsq_workload = {
    .name = "sumsq",
    .summary = "20 sums of squares: a reduction",
    .pattern = "reduction",
    .size_is = "upper limit N of the 20 sums of squares below N + x, x = 0..19",
    .size_default = 5000000,
    .size_min = 1,
    .size_max = 4000000000,
    .check = "closed form (m-1)m(2m-1)/6",
    .work_unit = "squares",
    .models = MODELS_ALL,
    .setup = sumsq_setup,
    .blocks = sumsq_blocks,
    .compute = sumsq_compute,
    .join = sumsq_join,
    .verify = sumsq_verify,
    .work = sumsq_work,
    .answer = sumsq_answer,
    .digest = sumsq_digest,
    .text = sumsq_text,
    .teardown = sumsq_teardown,
};
