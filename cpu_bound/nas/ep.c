/*
 * ep: the NAS kernel EP ("embarrassingly parallel"): sums and counts over 2^m pairs of Gaussian deviates. The
 * pattern is blocks that know nothing of each other: each jumps to its place in the random sequence and leaves
 * two sums and eight counts.
 * Work: numbers drawn, two a pair. Limit: instructions, 41 for a vector of 8 pairs with AVX-512, of which the
 * processor starts two a cycle, as it does multiply-adds (peak.c); nothing leaves the registers.
 */
#include "common/blocks.h"
#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/nas/ep_kernel.h"
#include "cpu_bound/limits.h"
#include "cpu_bound/nas/nas.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By class S W A B C D. Source: the NAS Parallel Benchmarks 3.4. */
static const struct problem {
    unsigned m;
    double x, y;
} problems[] = {
    { 24, -3.247834652034740e+3, -6.958407078382297e+3 }, { 25, -2.863319731645753e+3, -6.320053679109499e+3 },
    { 28, -4.295875165629892e+3, -1.580732573678431e+4 }, { 30, 4.033815542441498e+4, -2.660669192809235e+4 },
    { 32, 4.764367927995374e+4, -8.084072988043731e+4 },  { 36, 1.982481200946593e+5, -1.020596636361769e+5 },
};
static const double TOLERANCE = 1e-8;

/* BLOCK_MIN pairs take 70 us and more. BLOCKS_MAX: slots and messages stay small in class D too. */
enum { BLOCK_MIN = 1 << 16, BLOCKS_MAX = 4096 };

struct ep {
    const struct problem *problem;
    const struct team *team;
    enum isa isa;
    uint64_t pairs, block;    /* in all; in a block */
    size_t blocks;
    struct ep_sums *slot;     /* of each block      */
    struct ep_sums total;
};

static uint64_t block_of(const struct problem *problem)
{
    uint64_t least = (UINT64_C(1) << problem->m) / BLOCKS_MAX;
    return least > BLOCK_MIN ? least : BLOCK_MIN;
}

static double ep_bytes(const struct params *p)
{
    const struct problem *problem = &problems[nas_class_index(p->class)];
    return (double)blocks_count(UINT64_C(1) << problem->m, block_of(problem)) * sizeof(struct ep_sums);
}

static void ep_teardown(void *state)
{
    struct ep *s = state;
    if (s)
        team_shared_free(s->slot, s->blocks * sizeof *s->slot);
    free(s);
}

static int ep_setup(const struct params *p, void **state)
{
    struct ep *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->problem = &problems[nas_class_index(p->class)];
    s->team = p->team;
    s->isa = p->isa;
    s->pairs = UINT64_C(1) << s->problem->m;
    s->block = block_of(s->problem);
    s->blocks = blocks_count(s->pairs, s->block);
    s->slot = team_shared_alloc(s->blocks * sizeof *s->slot);
    if (!s->slot) {
        ep_teardown(s);
        return -ENOMEM;
    }
    *state = s;
    return 0;
}

static void ep_blocks(void *state, struct blocks *out)
{
    struct ep *s = state;
    /* Blocks cost the same, but not every processor is left alone: dealt out one by one, they end together. */
    *out = (struct blocks){ .count = s->blocks, .slot_size = sizeof *s->slot, .slots = s->slot, .chunk = 1 };
}

static int ep_compute(void *state, size_t begin, size_t end)
{
    struct ep *s = state;
    for (size_t b = begin; b < end; b++)
        ISA_SELECT(ep_pairs, s->isa)(blocks_edge(s->pairs, s->block, b), blocks_edge(s->pairs, s->block, b + 1), s->slot + b);
    return 0;
}

static void ep_join(void *state)
{
    struct ep *s = state;
    double x[BLOCKS_MAX], y[BLOCKS_MAX];
    s->total = (struct ep_sums){ 0 };
    for (size_t b = 0; b < s->blocks; b++) {
        x[b] = s->slot[b].x;
        y[b] = s->slot[b].y;
        for (int l = 0; l < EP_RINGS; l++)
            s->total.ring[l] += s->slot[b].ring[l];
    }
    s->total.x = blocks_sum_double(x, s->blocks);
    s->total.y = blocks_sum_double(y, s->blocks);
}

static int ep_verify(void *state, char *why, size_t why_len)
{
    const struct ep *s = state;
    if (nas_relative(s->total.x, s->problem->x) <= TOLERANCE && nas_relative(s->total.y, s->problem->y) <= TOLERANCE)
        return 0;
    snprintf(why, why_len, "the sums came out as %.15g and %.15g; published: %.15g and %.15g", s->total.x, s->total.y,
             s->problem->x, s->problem->y);
    return -EDOM;
}

static double ep_work(const void *state)
{
    const struct ep *s = state;
    return 2 * (double)s->pairs;
}

static json_t *ep_answer(const void *state)
{
    const struct ep *s = state;
    return json_pack("[f,f]", s->total.x, s->total.y);
}

static uint64_t ep_digest(const void *state)
{
    const struct ep *s = state;
    return digest_bytes(&s->total, sizeof s->total);
}

static uint64_t accepted(const struct ep *s)
{
    uint64_t sum = 0;
    for (int l = 0; l < EP_RINGS; l++)
        sum += s->total.ring[l];
    return sum;
}

/* Counted for AVX-512, whose instructions nothing else delays. Shorter runs are not worth the measurement. */
static int report_limit(const struct ep *s, json_t *result)
{
    enum { INSTRUCTIONS = 41, PAIRS_WORTH_IT = 1 << 28 };
    if (!s->team || s->isa != ISA_AVX512 || s->pairs < PAIRS_WORTH_IT || json_integer_value(json_object_get(result, "ranks")) > 1)
        return 0;
    /* A multiply-add is two flops in each lane, and two numbers go into a pair. */
    return limit_report(result, "two vector instructions a cycle", "op", limit_flops(s->team, s->isa) / INSTRUCTIONS,
                        json_number_value(json_object_get(result, "rate")));
}

static int ep_details(const void *state, json_t *result)
{
    const struct ep *s = state;
    json_t *rings = json_array();
    for (int l = 0; l < EP_RINGS; l++)
        json_array_append_new(rings, json_integer((json_int_t)s->total.ring[l]));
    if (json_object_set_new(result, "mops", json_real(1e-6 * json_number_value(json_object_get(result, "rate")))) != 0 ||
        json_object_set_new(result, "accepted", json_integer((json_int_t)accepted(s))) != 0 ||
        json_object_set_new(result, "rings", rings) != 0)
        return -ENOMEM;
    return report_limit(s, result);
}

static void ep_text(const void *state, char *out, size_t size)
{
    const struct ep *s = state;
    snprintf(out, size, "%" PRIu64 " of 2^%u pairs accepted, sums %.12g and %.12g", accepted(s), s->problem->m, s->total.x,
             s->total.y);
}

const struct workload ep_workload = {
    .name = "ep",
    .summary = "NAS kernel EP: Gaussian deviates, nothing shared",
    .pattern = "independent blocks",
    .size_is = "class",
    .classes = NAS_CLASSES,
    .class_default = 'A',
    .check = "NPB 3.4 published values",
    .work_unit = "op",
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP), /* without coop: nothing to wait for that a second task could overlap */
    .has_isa = true,
    .bytes = ep_bytes,
    .setup = ep_setup,
    .blocks = ep_blocks,
    .compute = ep_compute,
    .join = ep_join,
    .verify = ep_verify,
    .work = ep_work,
    .answer = ep_answer,
    .digest = ep_digest,
    .details = ep_details,
    .text = ep_text,
    .teardown = ep_teardown,
};
