/*
 * A parkit-mpi with one made-up workload that goes wrong where it is told to; tests/e2e/mpi.sh builds it.
 * Answer: the sum of b over all blocks b, each block in a slot of 24 bytes.
 *
 *   FAULT=setup|compute|join|mpi  RANK=N   rank N fails there (Open MPI's variable tells who is rank N)
 *   BLOCK_US=N                             a block takes so long
 */
#include "common/clock.h"
#include "common/digest.h"
#include "common/message.h"
#include "mpi/check.h"
#include "mpi/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    uint64_t value[3];
};

struct faulty {
    struct slot *slot;
    size_t count;
    uint64_t sum;
    double block_s;
};

static bool fault(const char *where)
{
    const char *fault = getenv("FAULT"), *rank = getenv("RANK"), *self = getenv("OMPI_COMM_WORLD_RANK");
    return fault && rank && self && strcmp(fault, where) == 0 && strcmp(rank, self) == 0;
}

static int setup(const struct params *p, void **state)
{
    struct faulty *f = calloc(1, sizeof *f);
    if (!f || fault("setup")) {
        free(f);
        return -ENOMEM;
    }
    const char *us = getenv("BLOCK_US");
    f->block_s = us ? 1e-6 * atof(us) : 0;
    f->count = p->size;
    f->slot = team_shared_alloc(f->count * sizeof *f->slot);
    *state = f;
    return f->slot ? 0 : -ENOMEM;
}

static void blocks(void *state, struct blocks *out)
{
    struct faulty *f = state;
    bool even = getenv("EVEN") != NULL;
    *out = (struct blocks){ .count = f->count, .slot_size = sizeof *f->slot, .slots = f->slot, .even = even, .chunk = 1 };
}

static int compute(void *state, size_t begin, size_t end)
{
    struct faulty *f = state;
    if (fault("compute"))
        return -ENOMEM;
    if (fault("mpi"))
        return mpi_check("MPI_Send", MPI_ERR_RANK);
    for (size_t b = begin; b < end; b++) {
        if (f->block_s > 0)
            clock_sleep_s(f->block_s);
        f->slot[b] = (struct slot){ { b, ~b, b * b } };
    }
    return 0;
}

static void join(void *state)
{
    struct faulty *f = state;
    f->sum = 0;
    for (size_t b = 0; b < f->count; b++)
        f->sum += f->slot[b].value[0] + (f->slot[b].value[1] != ~b) + (f->slot[b].value[2] != b * b);
    f->sum += fault("join");
}

static int verify(void *state, char *why, size_t why_len)
{
    struct faulty *f = state;
    if (f->sum == f->count * (f->count - 1) / 2)
        return 0;
    snprintf(why, why_len, "the sum is off");
    return -EDOM;
}

static double work(const void *state)
{
    return (double)((const struct faulty *)state)->count;
}

static json_t *answer(const void *state)
{
    return json_integer((json_int_t)((const struct faulty *)state)->sum);
}

static uint64_t digest(const void *state)
{
    const struct faulty *f = state;
    return digest_bytes(f->slot, f->count * sizeof *f->slot);
}

static void text(const void *state, char *out, size_t size)
{
    snprintf(out, size, "%llu", (unsigned long long)((const struct faulty *)state)->sum);
}

static void teardown(void *state)
{
    struct faulty *f = state;
    if (f)
        team_shared_free(f->slot, f->count * sizeof *f->slot);
    free(f);
}

static const struct workload faulty_workload = {
    .name = "faulty", .summary = "goes wrong where it is told to", .pattern = "none", .size_is = "blocks",
    .size_default = 100, .size_min = 1, .size_max = 1e9, .check = "closed form", .work_unit = "blocks",
    .models = MODEL_BIT(MODEL_OPENMP), .setup = setup, .blocks = blocks, .compute = compute, .join = join,
    .verify = verify, .work = work, .answer = answer, .digest = digest, .text = text, .teardown = teardown,
};

int main(int argc, char **argv)
{
    const struct workload *const table[] = { &faulty_workload, NULL };
    message_init("faulty");
    return mpi_program(table, argc, argv);
}
