/*
 * halo: the exchange of the outer layer of a block with the neighbours on a periodic Cartesian grid of ranks,
 * as heat, mg and other stencil codes do after each step: 4 faces in 2-D, 6 in 3-D, without corners.
 *
 * Each rank holds a block of edge^d doubles with a layer around it. The size n is that of one face: 8 edge in
 * 2-D, 8 edge^2 in 3-D; a rank sends 2 d n bytes. Faces are described by subarray types, for all but one lie scattered in
 * memory and gathering them is part of the cost. All requests are persistent: receives first, then sends.
 * A cell's value follows from its place on the whole grid, so that a face in the wrong place is noticed.
 */
#include "common/clock.h"
#include "mpi/check.h"
#include "mpi/network/network.h"
#include "mpi/network/network_data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_DIMS = 3, SIDES = 2 }; /* sides: 0 low, 1 high */

struct halo {
    MPI_Comm grid;
    int dims, parts[MOST_DIMS], at[MOST_DIMS]; /* ranks along each dimension; where this one is */
    int neighbour[MOST_DIMS][SIDES];
    size_t edge;
    double *cell;                              /* (edge + 2)^dims                               */
    MPI_Request request[2 * MOST_DIMS * SIDES];
    int requests;
};

static size_t edge_of(int dims, size_t bytes)
{
    double cells = (double)bytes / sizeof(double);
    return (size_t)(dims == 2 ? cells : sqrt(cells));
}

/* --- the cells of a face --- */

/* The cells with one coordinate fixed: cell[at + i step[0] + j step[1]] has the global number id + i id_step[0] + ... */
struct face {
    size_t at, step[2], count[2];
    uint64_t id, id_step[2];
};

/* @layer: 0 the outer layer on the low side, 1 to edge the block, edge + 1 the outer layer on the high side. */
static struct face face_of(const struct halo *h, int dim, size_t layer)
{
    struct face f = { .count = { 1, 1 } };
    size_t step = 1, n = 0;
    uint64_t id_step = 1;
    for (int k = h->dims - 1; k >= 0; k--) {
        uint64_t total = (uint64_t)h->parts[k] * h->edge, begin = (uint64_t)h->at[k] * h->edge;
        if (k == dim) {
            f.at += layer * step;
            f.id += (begin + layer + total - 1) % total * id_step;
        } else {
            f.at += step;
            f.id += begin * id_step;
            f.step[n] = step;
            f.id_step[n] = id_step;
            f.count[n++] = h->edge;
        }
        step *= h->edge + 2;
        id_step *= total;
    }
    return f;
}

/* The place of cell (i, j) of the face, and its value: whole, below 2^53. */
static size_t place(const struct face *f, size_t i, size_t j)
{
    return f->at + i * f->step[0] + j * f->step[1];
}

static double value(const struct face *f, size_t i, size_t j, unsigned round)
{
    return (double)(data_word(round, f->id + i * f->id_step[0] + j * f->id_step[1]) >> 11);
}

static void fill_face(struct halo *h, const struct face *f, unsigned round)
{
    for (size_t j = 0; j < f->count[1]; j++)
        for (size_t i = 0; i < f->count[0]; i++)
            h->cell[place(f, i, j)] = value(f, i, j, round);
}

static bool face_right(const struct halo *h, const struct face *f, unsigned round)
{
    for (size_t j = 0; j < f->count[1]; j++)
        for (size_t i = 0; i < f->count[0]; i++)
            if (h->cell[place(f, i, j)] != value(f, i, j, round))
                return false;
    return true;
}

static void fill(void *state, size_t bytes, unsigned round)
{
    struct halo *h = state;
    (void)bytes;
    for (int k = 0; k < h->dims; k++)
        for (int side = 0; side < SIDES; side++) {
            struct face f = face_of(h, k, side ? h->edge : 1);
            fill_face(h, &f, round);
        }
}

static bool right(const void *state, size_t bytes, unsigned round)
{
    const struct halo *h = state;
    bool all = true;
    (void)bytes;
    for (int k = 0; k < h->dims; k++)
        for (int side = 0; side < SIDES; side++) {
            struct face f = face_of(h, k, side ? h->edge + 1 : 0);
            all = face_right(h, &f, round) && all;
        }
    return all;
}

/* --- the exchange --- */

static int face_type(const struct halo *h, int dim, size_t layer, MPI_Datatype *out)
{
    int whole[MOST_DIMS], part[MOST_DIMS], start[MOST_DIMS];
    for (int k = 0; k < h->dims; k++) {
        whole[k] = (int)h->edge + 2;
        part[k] = k == dim ? 1 : (int)h->edge;
        start[k] = k == dim ? (int)layer : 1;
    }
    int rc = mpi_check("MPI_Type_create_subarray",
                       MPI_Type_create_subarray(h->dims, whole, part, start, MPI_ORDER_C, MPI_DOUBLE, out));
    return rc ? rc : mpi_check("MPI_Type_commit", MPI_Type_commit(out));
}

/* A message's tag tells dimension and direction: both neighbours may be the same rank. */
static int add_request(struct halo *h, int dim, int side, bool send)
{
    MPI_Request *request = &h->request[h->requests];
    MPI_Datatype type;
    int tag = 2 * dim + (send ? side : !side), peer = h->neighbour[dim][side];
    int rc = face_type(h, dim, send ? (side ? h->edge : 1) : (side ? h->edge + 1 : 0), &type);
    if (rc != 0)
        return rc;
    if (send)
        rc = mpi_check("MPI_Send_init", MPI_Send_init(h->cell, 1, type, peer, tag, h->grid, request));
    else
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(h->cell, 1, type, peer, tag, h->grid, request));
    h->requests += rc == 0;
    MPI_Type_free(&type); /* the request keeps it */
    return rc;
}

static void close_block(struct halo *h)
{
    while (h->requests > 0)
        MPI_Request_free(&h->request[--h->requests]);
    free(h->cell);
    h->cell = NULL;
}

static double memory(const void *state, size_t bytes)
{
    const struct halo *h = state;
    return sizeof *h->cell * pow((double)edge_of(h->dims, bytes) + 2, h->dims);
}

/* A block whose faces have @bytes, and the requests of its exchange. */
static int prepare(void *state, size_t bytes)
{
    struct halo *h = state;
    int rc = 0;
    close_block(h);
    h->edge = edge_of(h->dims, bytes);
    h->cell = network_buffer((size_t)memory(h, bytes));
    if (!h->cell)
        return -ENOMEM;
    for (int send = 0; send < 2; send++)
        for (int k = 0; k < h->dims; k++)
            for (int side = 0; rc == 0 && side < SIDES; side++)
                rc = add_request(h, k, side, send);
    return rc;
}

static int exchange(void *state, size_t bytes, uint64_t iterations, double *seconds)
{
    struct halo *h = state;
    int rc = 0;
    (void)bytes;
    double start = clock_now_s();
    for (uint64_t i = 0; rc == 0 && i < iterations; i++) {
        rc = mpi_check("MPI_Startall", MPI_Startall(h->requests, h->request));
        if (rc == 0)
            rc = mpi_check("MPI_Waitall", MPI_Waitall(h->requests, h->request, MPI_STATUSES_IGNORE));
    }
    *seconds = clock_now_s() - start;
    return rc;
}

static double moved(const void *state, size_t bytes)
{
    const struct halo *h = state;
    return (double)(SIDES * h->dims) * (double)bytes;
}

/* --- the grid of ranks --- */

static int open_grid(struct network *net, int dims, struct halo *h)
{
    static const int periodic[MOST_DIMS] = { 1, 1, 1 };
    int rank;
    *h = (struct halo){ .grid = MPI_COMM_NULL, .dims = dims };
    int rc = mpi_check("MPI_Dims_create", MPI_Dims_create(net->rt->base.ranks, dims, h->parts));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_create", MPI_Cart_create(net->rt->comm, dims, h->parts, periodic, 1, &h->grid));
    if (rc == 0)
        rc = mpi_check("MPI_Comm_rank", MPI_Comm_rank(h->grid, &rank));
    if (rc == 0)
        rc = mpi_check("MPI_Cart_coords", MPI_Cart_coords(h->grid, rank, dims, h->at));
    for (int k = 0; rc == 0 && k < dims; k++)
        rc = mpi_check("MPI_Cart_shift", MPI_Cart_shift(h->grid, k, 1, &h->neighbour[k][0], &h->neighbour[k][1]));
    return rc;
}

static int measure_grid(struct network *net, int dims)
{
    struct halo h;
    char name[16], path[64];
    int rc = open_grid(net, dims, &h);
    snprintf(name, sizeof name, "halo-%dd", dims);
    if (dims == 2)
        snprintf(path, sizeof path, "periodic grid of %d x %d ranks", h.parts[0], h.parts[1]);
    else
        snprintf(path, sizeof path, "periodic grid of %d x %d x %d ranks", h.parts[0], h.parts[1], h.parts[2]);
    /* Whole edges: 1, 2, 4, ... */
    struct network_pattern pattern = { .name = name, .path = path, .comm = h.grid, .state = &h, .smallest = sizeof(double),
                                       .largest = SIZE_MAX, .factor = dims == 2 ? 2 : 4, .prepare = prepare, .fill = fill,
                                       .run = exchange, .right = right, .moved = moved, .memory = memory };
    if (rc == 0)
        rc = network_limit(net, &pattern);
    if (rc == 0)
        rc = network_measure(net, &pattern);
    close_block(&h);
    if (h.grid != MPI_COMM_NULL)
        MPI_Comm_free(&h.grid);
    return rc;
}

struct halo_args {
    int dims;
};

static int run(struct network *net)
{
    int only = ((const struct halo_args *)net->own)->dims, rc = 0;
    for (int dims = 2; rc == 0 && dims <= MOST_DIMS; dims++)
        if (only == 0 || only == dims - 1)
            rc = measure_grid(net, dims);
    return rc;
}

static const char *const choices[] = { "both", "2", "3", NULL };
static const struct option_spec options[] = {
    { 'd', "dims", "D", OPTION_CHOICE, offsetof(struct halo_args, dims), "both", 0, 0, choices, "dimensions of the block" },
    { 0 },
};

const struct network_benchmark network_halo = {
    .name = "halo",
    .summary = "Exchange of the faces of a block with the neighbours on a grid of ranks, in 2-D and 3-D.",
    .options = options,
    .own_size = sizeof(struct halo_args),
    .max_default = "32768",
    .run = run,
};
