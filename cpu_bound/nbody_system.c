#include "cpu_bound/nbody_system.h"

#include "common/blocks.h"
#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAYS = 10, AXES = 3 }; /* x y z m, vx vy vz, ax ay az */

static size_t round_up(size_t n, size_t step)
{
    return blocks_count(n, step) * step;
}

double nbody_system_bytes(double n)
{
    return sizeof(double) * (ARRAYS + AXES * NBODY_BLOCKS) * (n + NBODY_STEP);
}

static size_t block_length(size_t n)
{
    size_t even = round_up(blocks_count(n, NBODY_BLOCKS), NBODY_STEP);
    return even > NBODY_BLOCK_MIN ? even : NBODY_BLOCK_MIN;
}

struct nbody_system nbody_system_shape(size_t n)
{
    struct nbody_system s = { .n = n, .padded = round_up(n, NBODY_STEP), .block = block_length(n) };
    s.blocks = blocks_count(s.padded, s.block);
    return s;
}

static int create(size_t n, enum isa isa, bool table, struct nbody_system *out)
{
    struct nbody_system s = nbody_system_shape(n);
    s.isa = isa;
    size_t doubles = (ARRAYS + (table ? AXES * s.blocks : 0)) * s.padded;
    s.memory = array_alloc(doubles, sizeof *s.memory);
    if (!s.memory)
        return -ENOMEM;
    memset(s.memory, 0, doubles * sizeof *s.memory);
    double **const array[] = { &s.x, &s.y, &s.z, &s.m, &s.vx, &s.vy, &s.vz, &s.ax, &s.ay, &s.az, &s.table };
    for (size_t a = 0; a < sizeof array / sizeof *array; a++)
        *array[a] = s.memory + a * s.padded;
    *out = s;
    return 0;
}

int nbody_system_create(size_t n, enum isa isa, struct nbody_system *out)
{
    return create(n, isa, true, out);
}

int nbody_system_create_still(size_t n, enum isa isa, struct nbody_system *out)
{
    return create(n, isa, false, out);
}

void nbody_system_destroy(struct nbody_system *s)
{
    free(s->memory);
    s->memory = NULL;
}

struct nbody_bodies nbody_system_bodies(const struct nbody_system *s)
{
    return (struct nbody_bodies){ .x = s->x, .y = s->y, .z = s->z, .m = s->m, .softening = s->softening };
}

size_t nbody_system_edge(const struct nbody_system *s, size_t block)
{
    return (size_t)blocks_edge(s->padded, s->block, block);
}

/* Row @block of the table, with zeros on [begin, end). */
static struct nbody_pull cleared_row(const struct nbody_system *s, size_t block, size_t begin, size_t end)
{
    double *row = s->table + AXES * s->padded * block;
    struct nbody_pull pull = { row, row + s->padded, row + 2 * s->padded };
    double *const axis[AXES] = { pull.x, pull.y, pull.z };
    for (int a = 0; a < AXES; a++)
        memset(axis[a] + begin, 0, (end - begin) * sizeof(double));
    return pull;
}

/*
 * Tasks are numbered by distance: block i with itself, i with i + 1 (from the last on to the first), and
 * so on; half way round every pair has been met once.
 */
static size_t tasks(const struct nbody_system *s)
{
    return s->blocks * (s->blocks + 1) / 2;
}

static void do_task(struct nbody_system *s, size_t task)
{
    size_t i = task % s->blocks, j = (i + task / s->blocks) % s->blocks;
    size_t i0 = nbody_system_edge(s, i), i1 = nbody_system_edge(s, i + 1);
    size_t j0 = nbody_system_edge(s, j), j1 = nbody_system_edge(s, j + 1);
    struct nbody_bodies bodies = nbody_system_bodies(s);
    struct nbody_pull on_i = cleared_row(s, j, i0, i1);
    if (i == j) {
        ISA_SELECT(nbody_pull_within, s->isa)(&bodies, i0, i1, &on_i);
        return;
    }
    struct nbody_pull on_j = cleared_row(s, i, j0, j1);
    ISA_SELECT(nbody_pull_between, s->isa)(&bodies, i0, i1, j0, j1, &on_i, &on_j);
}

static void add_up_axis(const struct nbody_system *s, double *a, int axis, size_t begin, size_t end)
{
    memset(a + begin, 0, (end - begin) * sizeof *a);
    for (size_t block = 0; block < s->blocks; block++) {
        const double *row = s->table + (AXES * block + (size_t)axis) * s->padded;
        for (size_t i = begin; i < end; i++)
            a[i] += row[i];
    }
}

void nbody_reference(const struct nbody_bodies *b, size_t i0, size_t i1, size_t n, const struct nbody_pull *on)
{
    double softening2 = b->softening * b->softening;
    for (size_t i = i0; i < i1; i++) {
        double ax = 0, ay = 0, az = 0;
        for (size_t j = 0; j < n; j++) {
            double dx = b->x[j] - b->x[i], dy = b->y[j] - b->y[i], dz = b->z[j] - b->z[i];
            double q = dx * dx + dy * dy + dz * dz + softening2;
            double s = b->m[j] / (q * sqrt(q));
            ax += s * dx;
            ay += s * dy;
            az += s * dz;
        }
        on->x[i - i0] = ax;
        on->y[i - i0] = ay;
        on->z[i - i0] = az;
    }
}

static void add_up(const struct nbody_system *s, size_t begin, size_t end)
{
    add_up_axis(s, s->ax, 0, begin, end);
    add_up_axis(s, s->ay, 1, begin, end);
    add_up_axis(s, s->az, 2, begin, end);
}

static void advance(double *x, const double *rate, double time, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        x[i] += time * rate[i];
}

static void kick(struct nbody_system *s, double time, size_t begin, size_t end)
{
    advance(s->vx, s->ax, time, begin, end);
    advance(s->vy, s->ay, time, begin, end);
    advance(s->vz, s->az, time, begin, end);
}

static void drift(struct nbody_system *s, double time, size_t begin, size_t end)
{
    advance(s->x, s->vx, time, begin, end);
    advance(s->y, s->vy, time, begin, end);
    advance(s->z, s->vz, time, begin, end);
}

/* Loops over bodies go by pieces: whole cache lines of each array, and several pieces a thread. */
enum { PIECE = 64 };

static size_t piece_end(const struct nbody_system *s, size_t begin)
{
    return begin + PIECE < s->n ? begin + PIECE : s->n;
}

/* All pairs, into the table, or by the reference kernel into the accelerations; called by the whole team. */
static void evaluate(struct nbody_system *s)
{
    if (s->plain) {
        struct nbody_bodies bodies = nbody_system_bodies(s);
        /* static: bodies cost the same */
#pragma omp for schedule(static)
        for (size_t begin = 0; begin < s->n; begin += PIECE)
            nbody_reference(&bodies, begin, piece_end(s, begin), s->n,
                            &(struct nbody_pull){ s->ax + begin, s->ay + begin, s->az + begin });
        return;
    }
    /* dynamic: a block with itself and the last block are smaller tasks; one takes 5 us or more */
#pragma omp for schedule(dynamic)
    for (size_t task = 0; task < tasks(s); task++)
        do_task(s, task);
}

void nbody_system_move(struct nbody_system *s, bool first, bool last)
{
    /* static: bodies cost the same */
#pragma omp for schedule(static)
    for (size_t begin = 0; begin < s->n; begin += PIECE) {
        size_t end = piece_end(s, begin);
        if (!s->plain)
            add_up(s, begin, end);
        if (!first)
            kick(s, 0.5 * s->step, begin, end);
        if (last)
            continue;
        kick(s, 0.5 * s->step, begin, end);
        drift(s, s->step, begin, end);
    }
}

void nbody_system_run(struct nbody_system *s, size_t steps, struct team *team)
{
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(s, steps, team) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        for (size_t step = 0; step <= steps; step++) {
            evaluate(s);
            nbody_system_move(s, step == 0, step == steps);
        }
    }
}

void nbody_system_bind(const struct nbody_system *s, unsigned threads, size_t begin, size_t end, double *partial)
{
    struct nbody_bodies bodies = nbody_system_bodies(s);
    /* dynamic: the last block may be smaller */
#pragma omp parallel for default(none) shared(s, bodies, begin, end, partial) num_threads(threads) schedule(dynamic)
    for (size_t block = begin; block < end; block++)
        partial[block - begin] = ISA_SELECT(nbody_binding, s->isa)(&bodies, nbody_system_edge(s, block),
                                                                   nbody_system_edge(s, block + 1), s->n);
}

struct nbody_energy nbody_system_energy_of(const struct nbody_system *s, const double *partial)
{
    double kinetic = 0, itself = 0;
    for (size_t i = 0; i < s->n; i++) {
        kinetic += 0.5 * s->m[i] * (s->vx[i] * s->vx[i] + s->vy[i] * s->vy[i] + s->vz[i] * s->vz[i]);
        itself += s->m[i] * s->m[i] / s->softening;
    }
    return (struct nbody_energy){ kinetic, 0.5 * (blocks_sum_double(partial, s->blocks) - itself) };
}

struct nbody_energy nbody_system_energy(const struct nbody_system *s, unsigned threads)
{
    double partial[NBODY_BLOCKS];
    nbody_system_bind(s, threads, 0, s->blocks, partial);
    return nbody_system_energy_of(s, partial);
}
