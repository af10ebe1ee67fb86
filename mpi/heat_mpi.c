/*
 * heat with its field spread over the ranks (heat_block.c has the steps): set-up, and what is checked and reported.
 *
 * For the check and the digest, blocks are turned into whole rows by the ranks that stand side by side: each takes
 * as many, so no rank ever holds more than its share of the field.
 */
#include "cpu_bound/heat.h"

#include "common/digest.h"
#include "common/message.h"
#include "cpu_bound/array.h"
#include "cpu_bound/field.h"
#include "cpu_bound/heat_check.h"
#include "cpu_bound/heat_picture.h"
#include "mpi/check.h"
#include "mpi/digest_mpi.h"
#include "mpi/drivers.h"
#include "mpi/field_mpi.h"
#include "mpi/heat_block.h"
#include "mpi/lap.h"
#include "mpi/picture_mpi.h"

#include <stdlib.h>
#include <string.h>

struct heat_mpi {
    struct heat heat;     /* first: answer(), text() and work() of heat.c look at it */
    struct mpi_runtime *rt;
    struct heat_block block;
    uint64_t digest;      /* rank 0, by verify()                                     */
};

static size_t cut(size_t n, int pieces, int i)
{
    return n * (size_t)i / (size_t)pieces;
}

/* Two arrays of a block, and a third of its size when blocks become rows; four doubles a point of one side. */
static double bytes(const struct params *p)
{
    int ranks = p->runtime ? p->runtime->ranks : 1;
    const struct heat_options *own = p->own;
    return 1.5 * heat_block_bytes(p->size, ranks, own->tile) + 4.0 * sizeof(double) * (double)p->size;
}

/* --- whole rows --- */

/* The rows of this rank, whole; the ranks side by side have those of their blocks among them. */
struct rows {
    double *point;
    size_t begin, end;
};

/* Start a message of @rows x @columns points, a row every @stride; the type may go, MPI keeps it while it is used. */
static int start(bool send, double *point, size_t rows, size_t columns, size_t stride, int peer, MPI_Comm comm,
                 MPI_Request *request)
{
    MPI_Datatype type;
    int rc = mpi_check("MPI_Type_vector", MPI_Type_vector((int)rows, (int)columns, (int)stride, MPI_DOUBLE, &type));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&type));
    if (rc == 0 && send)
        rc = mpi_check("MPI_Isend", MPI_Isend(point, 1, type, peer, 0, comm, request));
    else if (rc == 0)
        rc = mpi_check("MPI_Irecv", MPI_Irecv(point, 1, type, peer, 0, comm, request));
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&type));
}

/* This rank's columns of each one's rows go to it, and its columns of this rank's rows come. */
static int swap_pieces(const struct heat_block *b, const double *field, const struct rows *out, MPI_Comm side_by_side,
                       MPI_Request *request)
{
    size_t n = b->grid.modes->n, rows = b->row1 - b->row0;
    int ranks = b->dims[1], rc = 0;
    for (int r = 0; rc == 0 && r < ranks; r++) {
        size_t column = heat_block_edge(n, ranks, r), width = heat_block_edge(n, ranks, r + 1) - column;
        rc = start(false, out->point + column, out->end - out->begin, width, n, r, side_by_side, &request[r]);
    }
    for (int r = 0; rc == 0 && r < ranks; r++) {
        size_t begin = cut(rows, ranks, r), end = cut(rows, ranks, r + 1);
        double *first = (double *)field + heat_block_point(b, b->row0 + begin, b->column0);
        rc = start(true, first, end - begin, b->column1 - b->column0, b->grid.stride, r, side_by_side, &request[ranks + r]);
    }
    return rc ? rc : mpi_check("MPI_Waitall", MPI_Waitall(2 * ranks, request, MPI_STATUSES_IGNORE));
}

/* The field at step @steps as rows. 0, -ENOMEM, -ECOMM, agreed on; the caller frees @out->point. */
static int take_rows(const struct heat_mpi *h, uint64_t steps, struct rows *out)
{
    const struct heat_block *b = &h->block;
    int ranks = b->dims[1], rank = b->coords[1];
    size_t rows = b->row1 - b->row0;
    MPI_Comm side_by_side = MPI_COMM_NULL;
    MPI_Request *request = malloc(2 * (size_t)ranks * sizeof *request);
    *out = (struct rows){ .begin = b->row0 + cut(rows, ranks, rank), .end = b->row0 + cut(rows, ranks, rank + 1) };
    out->point = array_alloc((out->end - out->begin) * b->grid.modes->n + 1, sizeof(double));
    int rc = h->rt->base.agree(&h->rt->base, request && out->point ? 0 : -ENOMEM);
    if (rc == 0)
        rc = mpi_check("MPI_Cart_sub", MPI_Cart_sub(b->cart, (int[]){ 0, 1 }, &side_by_side));
    if (rc == 0)
        rc = swap_pieces(b, b->grid.field[steps % 2], out, side_by_side, request);
    if (side_by_side != MPI_COMM_NULL)
        MPI_Comm_free(&side_by_side);
    free(request);
    return rc;
}

/* --- what rank 0 reports --- */

/* Ranks have rows in the order of the ranks. */
static int digest_field(struct heat_mpi *h, const struct heat_slab *slab)
{
    uint64_t *digest = malloc((slab->end - slab->begin + 1) * sizeof *digest);
    int rc = h->rt->base.agree(&h->rt->base, digest ? 0 : -ENOMEM);
    if (rc == 0) {
        heat_digest_rows(slab, h->heat.team->threads, digest);
        rc = digest_mpi_join(h->rt, digest, slab->end - slab->begin, &h->digest);
    }
    free(digest);
    return rc;
}

/* The value at the centre to rank 0: all the others add 0. */
static int find_centre(struct heat_mpi *h, const struct heat_slab *slab)
{
    size_t middle = h->heat.grid.n / 2;
    double mine = slab->begin <= middle && middle < slab->end ? heat_slab_row(slab, middle)[middle] : 0;
    return mpi_check("MPI_Reduce", MPI_Reduce(&mine, &h->heat.centre, 1, MPI_DOUBLE, MPI_SUM, 0, h->rt->comm));
}

/* --- the workload's functions --- */

static void teardown(void *state)
{
    struct heat_mpi *h = state;
    if (!h)
        return;
    heat_block_destroy(&h->block);
    heat_modes_destroy(&h->heat.modes);
    free(h);
}

static int refuse_movie(const struct heat_options *own)
{
    return own->movie ? message_usage("--movie %s is for one computer; use parkit-cpu heat, or --out here", own->movie) : 0;
}

static int setup(const struct params *p, void **state)
{
    struct runtime *base = p->runtime;
    const struct heat_options *own = p->own;
    struct heat_mpi *h = NULL;
    int rc = refuse_movie(own);
    if (rc == 0 && (h = calloc(1, sizeof *h)) == NULL)
        rc = -ENOMEM;
    if (h) {
        h->rt = mpi_runtime_of(base);
        h->heat = (struct heat){ .own = *own, .seed = p->seed, .team = p->team };
        h->heat.grid = (struct heat_grid){ .n = p->size, .alpha = own->alpha, .isa = p->isa, .modes = &h->heat.modes };
        h->block = (struct heat_block){ .cart = MPI_COMM_NULL, .tile = own->tile, .grid = h->heat.grid };
        rc = heat_modes_create(p->size, own->alpha, &h->heat.modes);
    }
    rc = base->agree(base, rc);
    if (rc == 0)
        rc = heat_block_create(h->rt, &h->block, p->team->threads);
    if (rc == 0)
        heat_block_fill(&h->block, p->team); /* each page is touched by the thread that will use it */
    if (rc != 0) {
        teardown(h);
        h = NULL;
    }
    *state = h;
    return rc;
}

/* A checkpoint has the field of one step. */
static struct checkpoint_array field_at(const struct heat_mpi *h, uint64_t step)
{
    const struct heat_block *b = &h->block;
    size_t n = h->heat.grid.n;
    return (struct checkpoint_array){ .name = "field", .size = { 1, n, n }, .begin = { 0, b->row0, b->column0 },
                                      .end = { 1, b->row1, b->column1 }, .stride = { 0, b->grid.stride },
                                      .word = b->grid.field[step % 2] + heat_block_point(b, b->row0, b->column0) };
}

static int run(void *state, struct team *team)
{
    struct heat_mpi *h = state;
    uint64_t step = checkpoint_begin(h->rt), end = h->heat.own.steps;
    struct checkpoint_array field = field_at(h, step);
    double start = clock_now_s();
    h->rt->traffic.counted = true;
    if (step > 0 || end == 0) /* else the steps begin with it */
        heat_block_fill(&h->block, team);
    lap(&start, &h->rt->phases.compute_s);
    int rc = step > 0 ? checkpoint_load(h->rt, end, &field, 1) : 0;
    while (rc == 0 && step < end) {
        uint64_t stop = checkpoint_next(h->rt, step, end);
        rc = heat_block_run(h->rt, &h->block, step, stop, team);
        step = stop;
        field = field_at(h, step);
        if (rc == 0 && step < end)
            rc = checkpoint_save(h->rt, step, &field, 1);
    }
    return rc;
}

static int check_rows(struct heat_mpi *h, const struct heat_slab *slab, char *why, size_t why_len)
{
    struct heat *heat = &h->heat;
    double error = 0;
    int rc = heat_check_decay(slab, heat->team->threads, &error, why, why_len);
    if (rc == 0)
        rc = heat_check_window(slab, heat->seed, why, why_len);
    rc = mpi_verdict(h->rt, rc, why, why_len);
    if (rc != 0)
        return rc;
    return mpi_check("MPI_Reduce", MPI_Reduce(&error, &heat->error, 1, MPI_DOUBLE, MPI_MAX, 0, h->rt->comm));
}

static int verify(void *state, char *why, size_t why_len)
{
    struct heat_mpi *h = state;
    struct rows mine;
    uint64_t steps = h->heat.own.steps;
    int rc = take_rows(h, steps, &mine);
    if (rc == 0) {
        struct heat_slab slab = { .modes = &h->heat.modes, .row = mine.point, .stride = h->heat.grid.n, .begin = mine.begin,
                                  .end = mine.end, .step = steps, .alpha = h->heat.own.alpha };
        rc = digest_field(h, &slab);
        if (rc == 0)
            rc = find_centre(h, &slab);
        if (rc == 0)
            rc = check_rows(h, &slab, why, why_len);
    }
    free(mine.point);
    return rc;
}

static uint64_t digest(const void *state)
{
    const struct heat_mpi *h = state;
    return h->digest;
}

static int details(const void *state, json_t *result)
{
    const struct heat_mpi *h = state;
    const struct heat *heat = &h->heat;
    json_t *more = json_pack("{s:I,s:f,s:f,s:f,s:[i,i],s:I}", "steps", (json_int_t)heat->own.steps, "alpha", heat->own.alpha,
                             "max_error", heat->error, "tolerance", heat_tolerance(heat->own.steps), "rank_grid",
                             h->block.dims[0], h->block.dims[1], "halo_depth", (json_int_t)h->block.depth);
    int rc = more ? json_object_update(result, more) : -1;
    json_decref(more);
    return rc == 0 ? 0 : -ENOMEM;
}

/* What a row of the picture is made of. */
struct shown {
    const struct rows *rows;
    size_t n, every, pixels;
};

static void colour_row(const void *context, size_t y, uint8_t *rgb)
{
    const struct shown *s = context;
    heat_picture_row(s->rows->point + (y * s->every - s->rows->begin) * s->n, s->every, s->pixels, rgb);
}

/* Of the rows that the picture shows each rank has those that are whole on it. */
static int write_picture(const struct heat_mpi *h, const char *path)
{
    size_t n = h->heat.grid.n, every = heat_picture_every(n);
    struct rows mine;
    struct shown shown = { &mine, n, every, (n + every - 1) / every };
    int rc = take_rows(h, h->heat.own.steps, &mine);
    if (rc == 0)
        rc = picture_mpi_write(h->rt, path, &(struct picture_part){ shown.pixels, shown.pixels, (mine.begin + every - 1) / every,
                                                                    (mine.end + every - 1) / every, colour_row, &shown });
    free(mine.point);
    return rc;
}

static int write(const void *state, const char *path)
{
    const struct heat_mpi *h = state;
    if (!field_named(path))
        return write_picture(h, path);
    struct checkpoint_array field = field_at(h, h->heat.own.steps);
    return field_mpi_write(h->rt, path, &field);
}

void heat_mpi_distribute(struct workload *w)
{
    w->bytes = bytes;
    w->setup = setup;
    w->run = run;
    w->verify = verify;
    w->digest = digest;
    w->details = details;
    w->write = write;
    w->teardown = teardown;
}
