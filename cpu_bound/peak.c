/*
 * peak: how many floating-point operations a second the cores can do at all: multiply-adds of doubles
 * on registers, no memory, no waiting. It is the limit that arithmetic-bound workloads are held against.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/peak_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 240 }; /* even shares for 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, ... workers */

struct peak {
    enum isa isa;
    uint64_t steps;          /* of each block */
    double sum[1];           /* the answer    */
    double *partial;
};

static double steps_in_all(const struct peak *s)
{
    return (double)ISA_SELECT(peak_lanes, s->isa)() * (double)s->steps * BLOCKS;
}

static void peak_teardown(void *state)
{
    struct peak *s = state;
    if (s)
        team_shared_free(s->partial, BLOCKS * sizeof *s->partial);
    free(s);
}

static int peak_setup(const struct params *p, void **state)
{
    struct peak *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->isa = p->isa;
    s->steps = blocks_count(p->size, (uint64_t)BLOCKS * ISA_SELECT(peak_lanes, p->isa)());
    s->partial = team_shared_alloc(BLOCKS * sizeof *s->partial);
    if (!s->partial) {
        peak_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    return 0;
}

static void peak_blocks(void *state, struct blocks *out)
{
    struct peak *s = state;
    *out = (struct blocks){ .count = BLOCKS, .slot_size = sizeof *s->partial, .slots = s->partial, .even = true, .chunk = 1 };
}

static int peak_compute(void *state, size_t begin, size_t end)
{
    struct peak *s = state;
    for (size_t b = begin; b < end; b++)
        s->partial[b] = ISA_SELECT(peak_steps, s->isa)(s->steps);
    return 0;
}

static void peak_join(void *state)
{
    struct peak *s = state;
    s->sum[0] = blocks_sum_double(s->partial, BLOCKS);
}

static int peak_verify(void *state, char *why, size_t why_len)
{
    const struct peak *s = state;
    if (s->sum[0] == steps_in_all(s))
        return 0;
    snprintf(why, why_len, "the chains add up to %.17g, not to their %.17g steps", s->sum[0], steps_in_all(s));
    return -EDOM;
}

static double peak_work(const void *state)
{
    return 2 * steps_in_all(state);
}

static json_t *peak_answer(const void *state)
{
    const struct peak *s = state;
    return json_real(s->sum[0]);
}

static uint64_t peak_digest(const void *state)
{
    const struct peak *s = state;
    return digest_bytes(s->sum, sizeof s->sum);
}

static void peak_text(const void *state, char *out, size_t size)
{
    const struct peak *s = state;
    snprintf(out, size, "%.6g multiply-adds, every chain at its exact end", s->sum[0]);
}

const struct workload peak_workload = {
    .name = "peak",
    .summary = "multiply-adds in registers: the arithmetic limit of this machine",
    .pattern = "independent chains",
    .size_is = "multiply-adds in all, rounded up to whole vectors",
    .size_default = 20000000000,
    .size_min = 1,
    .size_max = 4000000000000000,
    .check = "closed form: a chain of k steps x = x * 1 + 1 ends at k",
    .work_unit = "flop",
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP),
    .has_isa = true,
    .setup = peak_setup,
    .blocks = peak_blocks,
    .compute = peak_compute,
    .join = peak_join,
    .verify = peak_verify,
    .work = peak_work,
    .answer = peak_answer,
    .digest = peak_digest,
    .text = peak_text,
    .teardown = peak_teardown,
};
