#include "mpi/nbody_helpers.h"

#include "common/openmp.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 3, CARRIED = 4, TAG_SET = 1 << 12, TAG_PULL = 1 << 13 };

/* --- who does what --- */

void nbody_helpers_share(struct nbody_ring *r, size_t pairs)
{
    size_t all = (size_t)r->rt->base.ranks < pairs ? (size_t)r->rt->base.ranks : pairs, ring = (size_t)r->ranks;
    r->helpers = all > ring ? all - ring : 0;
    r->kept = r->helpers ? pairs * ring / all : pairs;
}

static int helper_of(const struct nbody_ring *r, size_t pairs, size_t number)
{
    return r->ranks + (int)((number - r->kept) * r->helpers / (pairs - r->kept));
}

void nbody_helpers_pairs(const struct nbody_ring *r, size_t pairs, size_t *begin, size_t *end)
{
    *begin = *end = pairs;
    if (r->rank < r->ranks || (size_t)(r->rank - r->ranks) >= r->helpers)
        return;
    size_t helper = (size_t)(r->rank - r->ranks), given = pairs - r->kept;
    *begin = r->kept + (helper * given + r->helpers - 1) / r->helpers;
    *end = r->kept + ((helper + 1) * given + r->helpers - 1) / r->helpers;
}

static size_t length_of(const struct nbody_ring *r, size_t block)
{
    return nbody_system_edge(&r->whole, block + 1) - nbody_system_edge(&r->whole, block);
}

/* --- where it stands with a helper: all bodies in their places, then two rows for each of its pairs --- */

static double *row_of(const struct nbody_ring *r, size_t number, size_t side)
{
    size_t begin, end;
    nbody_helpers_pairs(r, nbody_ring_pairs(r), &begin, &end);
    return r->pulls[0] + AXES * r->whole.block * (2 * (number - begin) + side);
}

/* Kernels count from the beginning of the bodies, which lie before the rows. */
static struct nbody_pull cleared_row(const struct nbody_ring *r, size_t number, size_t side, size_t block)
{
    size_t length = length_of(r, block);
    double *row = row_of(r, number, side);
    memset(row, 0, AXES * length * sizeof *row);
    row -= nbody_system_edge(&r->whole, block);
    return (struct nbody_pull){ row, row + length, row + 2 * length };
}

static void meet(const struct nbody_ring *r, size_t number)
{
    struct nbody_pair p = nbody_ring_pair(r, number);
    struct nbody_bodies bodies = nbody_system_bodies(&r->mine);
    size_t i0 = nbody_system_edge(&r->whole, p.i), i1 = nbody_system_edge(&r->whole, p.i + 1);
    size_t j0 = nbody_system_edge(&r->whole, p.j), j1 = nbody_system_edge(&r->whole, p.j + 1);
    struct nbody_pull on_i = cleared_row(r, number, 0, p.i), on_j = cleared_row(r, number, 1, p.j);
    ISA_SELECT(nbody_pull_between, r->mine.isa)(&bodies, i0, i1, j0, j1, &on_i, &on_j);
}

/* --- messages: persistent, started in every evaluation --- */

/* x, y, z and m of a block, at @at, to or from @other. */
static int plan_set(struct nbody_ring *r, double *at, size_t block, int other)
{
    MPI_Request *request = &r->help_set[r->help_sets];
    MPI_Datatype set;
    bool sends = r->rank < r->ranks;
    int rc = mpi_check("MPI_Type_vector", MPI_Type_vector(CARRIED, (int)length_of(r, block), (int)r->span, MPI_DOUBLE, &set));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&set));
    if (rc == 0 && sends)
        rc = mpi_check("MPI_Send_init", MPI_Send_init(at, 1, set, other, TAG_SET + (int)block, r->rt->comm, request));
    else if (rc == 0)
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(at, 1, set, other, TAG_SET + (int)block, r->rt->comm, request));
    r->help_sets += rc == 0;
    r->sent_bytes += sends ? CARRIED * sizeof(double) * (double)length_of(r, block) : 0;
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&set));
}

/* The pull of block @from on the bodies of @block, at @at, to or from @other. */
static int plan_pull(struct nbody_ring *r, double *at, size_t block, size_t from, int other)
{
    MPI_Request *request = &r->help_pull[r->help_pulls];
    int count = AXES * (int)length_of(r, block), tag = TAG_PULL + (int)from;
    bool sends = r->rank >= r->ranks;
    int rc = sends ? mpi_check("MPI_Send_init", MPI_Send_init(at, count, MPI_DOUBLE, other, tag, r->rt->comm, request))
                   : mpi_check("MPI_Recv_init", MPI_Recv_init(at, count, MPI_DOUBLE, other, tag, r->rt->comm, request));
    r->help_pulls += rc == 0;
    r->sent_bytes += sends ? count * (double)sizeof(double) : 0;
    return rc;
}

/* An owner has one block, of the number of its rank: what it gives away of that block's pairs. */
static int plan_owner(struct nbody_ring *r, bool *told)
{
    size_t pairs = nbody_ring_pairs(r), own = (size_t)r->rank;
    int rc = 0;
    for (size_t k = r->kept; rc == 0 && k < pairs; k++) {
        struct nbody_pair p = nbody_ring_pair(r, k);
        int helper = helper_of(r, pairs, k);
        if (p.i != own && p.j != own)
            continue;
        size_t from = p.i == own ? p.j : p.i;
        rc = plan_pull(r, r->mine.table + AXES * r->length * from, own, from, helper);
        if (rc == 0 && !told[helper - r->ranks])
            rc = plan_set(r, r->memory, own, helper);
        told[helper - r->ranks] = true;
    }
    return rc;
}

static int plan_helper(struct nbody_ring *r, bool *told)
{
    size_t begin, end;
    int rc = 0;
    nbody_helpers_pairs(r, nbody_ring_pairs(r), &begin, &end);
    for (size_t k = begin; rc == 0 && k < end; k++) {
        struct nbody_pair p = nbody_ring_pair(r, k);
        const size_t block[2] = { p.i, p.j };
        for (size_t side = 0; rc == 0 && side < 2; side++) {
            size_t own = block[side];
            rc = plan_pull(r, row_of(r, k, side), own, block[1 - side], (int)own);
            if (rc == 0 && !told[own])
                rc = plan_set(r, r->memory + nbody_system_edge(&r->whole, own), own, (int)own);
            told[own] = true;
        }
    }
    return rc;
}

int nbody_helpers_plan(struct nbody_ring *r)
{
    if (r->helpers == 0)
        return 0;
    size_t pairs = nbody_ring_pairs(r);
    bool *told = calloc(r->helpers + r->whole.blocks, sizeof *told);
    r->help_set = calloc(r->helpers + r->whole.blocks, sizeof(MPI_Request));
    r->help_pull = calloc(2 * pairs, sizeof(MPI_Request));
    int rc = told && r->help_set && r->help_pull ? 0 : -ENOMEM;
    if (rc == 0)
        rc = r->rank < r->ranks ? plan_owner(r, told) : plan_helper(r, told);
    free(told);
    return rc;
}

/* Nobody looks at what these calls return: there is nothing left to do about it. */
void nbody_helpers_destroy(struct nbody_ring *r)
{
    for (int i = 0; i < r->help_sets; i++)
        MPI_Request_free(&r->help_set[i]);
    for (int i = 0; i < r->help_pulls; i++)
        MPI_Request_free(&r->help_pull[i]);
    free(r->help_set);
    free(r->help_pull);
}

static int start(MPI_Request *request, int n)
{
    return n == 0 ? 0 : mpi_check("MPI_Startall", MPI_Startall(n, request));
}

static int wait_for(MPI_Request *request, int n)
{
    return n == 0 ? 0 : mpi_check("MPI_Waitall", MPI_Waitall(n, request, MPI_STATUSES_IGNORE));
}

int nbody_helpers_begin(struct nbody_ring *r)
{
    int rc = start(r->help_pull, r->help_pulls);
    return rc ? rc : start(r->help_set, r->help_sets);
}

int nbody_helpers_end(struct nbody_ring *r)
{
    int rc = wait_for(r->help_set, r->help_sets);
    return rc ? rc : wait_for(r->help_pull, r->help_pulls);
}

void nbody_helpers_evaluate(struct nbody_ring *r)
{
    struct phases *phases = &r->rt->phases;
    size_t begin, end;
#pragma omp single
    {
        if (r->rc == 0)
            r->rc = start(r->help_set, r->help_sets);
        lap(&r->last, &phases->communicate_s);
        if (r->rc == 0)
            r->rc = wait_for(r->help_set, r->help_sets);
        lap(&r->last, &phases->wait_s);
    }
    nbody_helpers_pairs(r, nbody_ring_pairs(r), &begin, &end);
    if (r->rc != 0) /* not written before the barrier of the loop below, which all leave out or none */
        end = begin;
#pragma omp for schedule(dynamic) /* the last block is smaller */
    for (size_t k = begin; k < end; k++)
        meet(r, k);
#pragma omp single
    {
        lap(&r->last, &phases->compute_s);
        if (r->rc == 0)
            r->rc = start(r->help_pull, r->help_pulls);
        lap(&r->last, &phases->communicate_s);
        if (r->rc == 0)
            r->rc = wait_for(r->help_pull, r->help_pulls);
        lap(&r->last, &phases->wait_s);
    }
}
