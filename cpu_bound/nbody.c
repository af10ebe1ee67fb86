/*
 * nbody: a star cluster under its own gravity, every star pulling every other. The pattern is all pairs:
 * n (n - 1) interactions on n bodies, so arithmetic alone counts. Pairs of blocks of bodies are the
 * tasks (nbody_system.c), the pair is evaluated once for both (nbody_isa.c).
 *
 * Initial state: Plummer's model, masses 0.5/n to 1.5/n, G = 1, in units of its radius. Softening is half
 * of n^(-1/3), the distance of neighbours: then the fastest orbit of two stars has the angular frequency
 * sqrt(3/n / softening^3) = 4.9 at every n, and the step of 0.01 resolves it.
 *
 * Work: steps + 1 evaluations of n (n - 1) interactions. Limit: multiply-adds in registers (peak.c). Flop
 * are counted as usual (Nyland, Harris, Prins, GPU Gems 3, chapter 31, where one interaction has 20: a
 * root and a division count 1 each), but for the pair as it is computed, 27: 3 for the distance, 6 for
 * its square, 4 for the inverse cube, 2 and 12 for the pulls. So an interaction has 13.5. With AVX-512 no
 * more than 56 % of the peak can be had: 8 pairs keep both units for 12 cycles, and 12 cycles are 384 flop.
 */
#include "cpu_bound/nbody.h"

#include "common/digest.h"
#include "common/workload.h"
#include "cpu_bound/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOP_PER_PAIR = 27, FLOP_PER_PLAIN_INTERACTION = 20 };

static const char *const kernel_names[] = { "tuned", "reference", NULL };

static const struct option_spec own_options[] = {
    { 0, "steps", "N", OPTION_UINT, offsetof(struct nbody_options, steps), "10", 1, 1000000, NULL, "steps in time, of 0.01" },
    { 0, "kernel", "NAME", OPTION_CHOICE, offsetof(struct nbody_options, kernel), "tuned", 0, 0, kernel_names,
      "tuned, or the plain loop that it is compared with" },
    { 0 },
};

static double nbody_bytes(const struct params *p)
{
    return nbody_system_bytes((double)p->size) + 7.0 * sizeof(double) * (double)p->size;
}

static void nbody_teardown(void *state)
{
    struct nbody *b = state;
    if (!b)
        return;
    nbody_system_destroy(&b->now);
    free(b->start);
    free(b);
}

/* What a run starts from: x y z m vx vy vz stand together at the beginning of the memory. */
static size_t start_bytes(const struct nbody *b)
{
    return 7 * b->now.padded * sizeof *b->start;
}

static int nbody_setup(const struct params *p, void **state)
{
    const struct nbody_options *own = p->own;
    struct nbody *b = calloc(1, sizeof *b);
    int rc = b ? nbody_system_create(p->size, p->isa, &b->now) : -ENOMEM;
    if (rc == 0)
        b->start = malloc(start_bytes(b));
    if (rc != 0 || !b->start) {
        nbody_teardown(b);
        return -ENOMEM;
    }
    b->steps = own->steps;
    b->seed = p->seed;
    b->now.plain = own->kernel == NBODY_REFERENCE;
    b->now.step = NBODY_TIME_STEP;
    b->now.softening = nbody_softening(p->size);
    nbody_plummer(&b->now, p->seed);
    memcpy(b->start, b->now.memory, start_bytes(b));
    b->kept = nbody_check_keep(&b->now, nbody_system_energy(&b->now, p->team->threads));
    *state = b;
    return 0;
}

static int nbody_run(void *state, struct team *team)
{
    struct nbody *b = state;
    b->team = team;
    memcpy(b->now.memory, b->start, start_bytes(b));
    nbody_system_run(&b->now, b->steps, team);
    return 0;
}

int nbody_check(struct nbody *b, char *why, size_t why_len)
{
    int rc = nbody_check_sample(&b->now, b->seed, why, why_len);
    if (rc == 0)
        rc = nbody_check_momentum(&b->now, &b->kept, b->steps, why, why_len);
    if (rc == 0)
        rc = nbody_check_energy(&b->now, &b->kept.energy, &b->energy, why, why_len);
    if (rc == 0)
        rc = nbody_check_orbit(b->now.isa, b->now.plain, why, why_len);
    return rc;
}

static int nbody_verify(void *state, char *why, size_t why_len)
{
    struct nbody *b = state;
    b->energy = nbody_system_energy(&b->now, b->team->threads);
    return nbody_check(b, why, why_len);
}

static double nbody_work(const void *state)
{
    const struct nbody *b = state;
    return (double)(b->steps + 1) * (double)b->now.n * (double)(b->now.n - 1);
}

static json_t *nbody_answer(const void *state)
{
    const struct nbody *b = state;
    return json_real(b->energy.kinetic - b->energy.binding);
}

static double energy_change(const struct nbody *b)
{
    return nbody_check_energy_change(&b->kept.energy, &b->energy);
}

static int nbody_details(const void *state, json_t *result)
{
    const struct nbody *b = state;
    double flop = b->now.plain ? FLOP_PER_PLAIN_INTERACTION : 0.5 * FLOP_PER_PAIR;
    if (json_object_set_new(result, "steps", json_integer((json_int_t)b->steps)) != 0 ||
        json_object_set_new(result, "kernel", json_string(kernel_names[b->now.plain])) != 0 ||
        json_object_set_new(result, "energy_change", json_real(energy_change(b))) != 0)
        return -ENOMEM;
    return limit_report(result, "multiply-add peak", "flop", limit_flops(b->team, b->now.isa),
                        flop * json_number_value(json_object_get(result, "rate")));
}

static uint64_t nbody_digest(const void *state)
{
    const struct nbody *b = state;
    const double *const array[] = { b->now.x, b->now.y, b->now.z, b->now.vx, b->now.vy, b->now.vz };
    uint64_t part[6];
    for (int a = 0; a < 6; a++)
        part[a] = digest_bytes(array[a], b->now.n * sizeof(double));
    return digest_join(part, 6);
}

static void nbody_text(const void *state, char *out, size_t size)
{
    const struct nbody *b = state;
    snprintf(out, size, "energy %.12g after %zu steps, changed by %.2g of kinetic and binding energy",
             b->energy.kinetic - b->energy.binding, b->steps, energy_change(b));
}

const struct workload nbody_workload = {
    .name = "nbody",
    .summary = "gravity of n bodies on each other: all pairs, steps in time",
    .pattern = "all pairs",
    .size_is = "bodies",
    .size_default = 4096,
    .size_min = 1,
    .size_max = 1000000000,
    .check = "reference kernel within 1e-12 on 64 drawn bodies; momentum; energy; two-body closed form",
    .work_unit = "interactions",
    .models = MODEL_BIT(MODEL_SERIAL) | MODEL_BIT(MODEL_OPENMP),
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct nbody_options),
    .bytes = nbody_bytes,
    .setup = nbody_setup,
    .run = nbody_run,
    .verify = nbody_verify,
    .work = nbody_work,
    .answer = nbody_answer,
    .digest = nbody_digest,
    .details = nbody_details,
    .text = nbody_text,
    .teardown = nbody_teardown,
};
