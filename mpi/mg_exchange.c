#include "mpi/mg_exchange.h"

#include "cpu_bound/array.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the grid of ranks --- */

int mg_pieces_stand(struct mpi_runtime *rt, const unsigned pieces[MG_AXES], struct mg_pieces *x)
{
    int dims[MG_AXES], periodic[MG_AXES] = { 1, 1, 1 };
    *x = (struct mg_pieces){ .rt = rt, .cart = MPI_COMM_NULL, .gather = MPI_REQUEST_NULL };
    for (int axis = 0; axis < MG_AXES; axis++)
        dims[MG_AXES - 1 - axis] = (int)pieces[axis]; /* MPI counts the last dimension first */
    /* The order of the ranks is kept: rank 0 is one of those that have a piece. */
    return mpi_check("MPI_Cart_create", MPI_Cart_create(rt->comm, MG_AXES, dims, periodic, 0, &x->cart));
}

static void halo_free(struct mg_halo *h)
{
    for (int i = 0; i < h->requests; i++)
        MPI_Request_free(&h->request[i]);
}

/* Nobody looks at what these calls return: there is nothing left to do about it. */
void mg_pieces_destroy(struct mg_pieces *x)
{
    for (int k = 0; k < 2; k++)
        halo_free(&x->solution[k]);
    for (int k = 0; k < MG_LEVELS_MAX; k++)
        halo_free(&x->residual[k]);
    free(x->own);
    free(x->all);
    free(x->count);
    if (x->rt && x->cart != MPI_COMM_NULL)
        MPI_Comm_free(&x->cart);
}

/* --- halos --- */

int mg_pieces_type(const struct mg_grid *g, const ptrdiff_t begin[MG_AXES], const ptrdiff_t end[MG_AXES], MPI_Datatype *type)
{
    const ptrdiff_t first[MG_AXES] = { g->i0, g->j0, g->l0 }, in_memory[MG_AXES] = { g->line, g->lines, g->planes };
    int sizes[MG_AXES], subsizes[MG_AXES], starts[MG_AXES]; /* up to 1032 each */
    for (int axis = 0, k = MG_AXES - 1; axis < MG_AXES; axis++, k--) {
        sizes[k] = (int)in_memory[axis];
        subsizes[k] = (int)(end[axis] - begin[axis]);
        starts[k] = (int)(begin[axis] - first[axis]);
    }
    int rc = mpi_check("MPI_Type_create_subarray",
                       MPI_Type_create_subarray(MG_AXES, sizes, subsizes, starts, MPI_ORDER_C, MPI_DOUBLE, type));
    return rc ? rc : mpi_check("MPI_Type_commit", MPI_Type_commit(type));
}

/* A neighbour: -1, 0 or 1 along each axis. */
struct direction {
    int along[MG_AXES];
};

static struct direction direction_of(int number)
{
    return (struct direction){ { number % 3 - 1, number / 3 % 3 - 1, number / 9 - 1 } };
}

static int rank_there(const struct mg_pieces *x, struct direction d, int *rank)
{
    int coords[MG_AXES];
    for (int axis = 0; axis < MG_AXES; axis++)
        coords[MG_AXES - 1 - axis] = (int)x->levels->part.at[axis] + d.along[axis];
    return mpi_check("MPI_Cart_rank", MPI_Cart_rank(x->cart, coords, rank));
}

/* What lies on that side: ghosts that come from the neighbour there, or own points that are ghosts of its. */
static void side(const struct mg_extent *e, struct direction d, struct mg_reach reach, bool ghosts, ptrdiff_t begin[MG_AXES],
                 ptrdiff_t end[MG_AXES])
{
    for (int axis = 0; axis < MG_AXES; axis++) {
        ptrdiff_t a = e->begin[axis], b = e->end[axis];
        begin[axis] = a;
        end[axis] = b;
        if (d.along[axis] < 0) {
            begin[axis] = ghosts ? a - reach.below : a;
            end[axis] = ghosts ? a : a + reach.above;
        } else if (d.along[axis] > 0) {
            begin[axis] = ghosts ? b : b - reach.below;
            end[axis] = ghosts ? b + reach.above : b;
        }
    }
    if (!e->cut[MG_I])
        end[MG_I] += MG_GAP; /* the gaps go with whole lines: planes are one piece of memory, and lines come closed */
}

/* A message carries as its tag the direction that it goes to: with two ranks along an axis, both sides come from one. */
static int plan_message(const struct mg_pieces *x, const struct mg_grid *g, const struct mg_extent *e, int number,
                        struct mg_reach reach, bool receive, struct mg_halo *h)
{
    enum { DIRECTIONS = MG_NEIGHBOURS + 1 };
    ptrdiff_t begin[MG_AXES], end[MG_AXES];
    MPI_Datatype type;
    int peer = 0, bytes = 0;
    MPI_Request *request = &h->request[h->requests];
    int rc = rank_there(x, direction_of(number), &peer);
    side(e, direction_of(number), reach, receive, begin, end);
    if (rc == 0)
        rc = mg_pieces_type(g, begin, end, &type);
    if (rc != 0)
        return rc;
    if (receive)
        rc = mpi_check("MPI_Recv_init", MPI_Recv_init(g->origin, 1, type, peer, DIRECTIONS - 1 - number, x->cart, request));
    else
        rc = mpi_check("MPI_Send_init", MPI_Send_init(g->origin, 1, type, peer, number, x->cart, request));
    h->requests += rc == 0;
    if (rc == 0)
        rc = mpi_check("MPI_Type_size", MPI_Type_size(type, &bytes));
    h->sent_bytes += receive ? 0 : bytes;
    return rc ? rc : mpi_check("MPI_Type_free", MPI_Type_free(&type)); /* MPI keeps it while requests use it */
}

/* Receives first. */
static int plan_halo(const struct mg_pieces *x, const struct mg_grid *g, unsigned level, struct mg_reach reach, struct mg_halo *h)
{
    const struct mg_extent *e = &x->levels->extent[level];
    int rc = 0;
    for (int receive = 1; receive >= 0; receive--)
        for (int number = 0; rc == 0 && number <= MG_NEIGHBOURS; number++) {
            struct direction d = direction_of(number);
            bool neighbour = number != MG_NEIGHBOURS / 2;
            for (int axis = 0; axis < MG_AXES; axis++)
                neighbour &= d.along[axis] == 0 || e->cut[axis];
            if (neighbour)
                rc = plan_message(x, g, e, number, reach, receive, h);
        }
    return rc;
}

/* Times are kept by worker 0, who alone calls MPI. */
static void start(struct mg_pieces *x, struct mg_halo *h)
{
    double since = clock_now_s();
    if (x->base.rc == 0)
        x->base.rc = mpi_check("MPI_Startall", MPI_Startall(h->requests, h->request));
    x->sent_bytes += h->sent_bytes;
    lap(&since, &x->rt->phases.communicate_s);
}

static void finish(struct mg_pieces *x, struct mg_halo *h)
{
    double since = clock_now_s();
    if (x->base.rc == 0)
        x->base.rc = mpi_check("MPI_Waitall", MPI_Waitall(h->requests, h->request, MPI_STATUSES_IGNORE));
    lap(&since, &x->rt->phases.wait_s);
}

static void start_solution(struct mg_exchange *base, unsigned which)
{
    struct mg_pieces *x = (struct mg_pieces *)base;
    start(x, &x->solution[which]);
}

static void finish_solution(struct mg_exchange *base, unsigned which)
{
    struct mg_pieces *x = (struct mg_pieces *)base;
    finish(x, &x->solution[which]);
}

/* --- the gathered level --- */

static size_t points_of(const struct mg_extent *e)
{
    ptrdiff_t points = 1;
    for (int axis = 0; axis < MG_AXES; axis++)
        points *= e->end[axis] - e->begin[axis];
    return (size_t)points;
}

/* The lines of @e between the whole grid and a list of points; returns where the list goes on. */
static double *copy(const struct mg_grid *g, const struct mg_extent *e, double *list, bool out)
{
    size_t points = (size_t)(e->end[MG_I] - e->begin[MG_I]);
    for (ptrdiff_t l = e->begin[MG_L]; l < e->end[MG_L]; l++)
        for (ptrdiff_t j = e->begin[MG_J]; j < e->end[MG_J]; j++, list += points) {
            double *line = mg_line(g, j, l) + e->begin[MG_I];
            if (out)
                memcpy(list, line, points * sizeof *list);
            else
                memcpy(line, list, points * sizeof *list);
        }
    return list;
}

static int pieces_of(const struct mg_part *p)
{
    return (int)(p->pieces[MG_I] * p->pieces[MG_J] * p->pieces[MG_L]);
}

/* The points of piece @index on the gathered level. */
static struct mg_extent gathered_extent(const struct mg_part *p, int index)
{
    struct mg_part part = mg_part_of(p->finest, p->pieces, (unsigned)index);
    return mg_part_extent(&part, p->gathered);
}

static int plan_gather(struct mg_pieces *x)
{
    const struct mg_part *part = &x->levels->part;
    size_t n = x->levels->extent[part->gathered].n, pieces = (size_t)pieces_of(part);
    x->own = array_alloc(points_of(&x->levels->extent[part->gathered]) + 1, sizeof *x->own);
    x->all = array_alloc(n * n * n, sizeof *x->all);
    x->count = calloc(2 * pieces, sizeof *x->count);
    if (!x->own || !x->all || !x->count)
        return -ENOMEM;
    x->at = x->count + pieces;
    for (size_t r = 0; r < pieces; r++) {
        struct mg_extent e = gathered_extent(part, (int)r);
        x->count[r] = (int)points_of(&e);
        x->at[r] = r == 0 ? 0 : x->at[r - 1] + x->count[r - 1];
    }
    return 0;
}

static void start_gather(struct mg_pieces *x)
{
    const struct mg_part *part = &x->levels->part;
    const struct mg_extent *e = &x->levels->extent[part->gathered];
    double since = clock_now_s(), own = (double)points_of(e);
    copy(&x->levels->r[part->gathered], e, x->own, true);
    if (x->base.rc == 0)
        x->base.rc = mpi_check("MPI_Iallgatherv", MPI_Iallgatherv(x->own, (int)own, MPI_DOUBLE, x->all, x->count, x->at,
                                                                  MPI_DOUBLE, x->cart, &x->gather));
    x->sent_bytes += sizeof(double) * own * (pieces_of(part) - 1);
    lap(&since, &x->rt->phases.communicate_s);
}

static void finish_gather(struct mg_pieces *x)
{
    const struct mg_part *part = &x->levels->part;
    const struct mg_grid *r = &x->levels->r[part->gathered];
    double since = clock_now_s();
    if (x->base.rc == 0)
        x->base.rc = mpi_check("MPI_Wait", MPI_Wait(&x->gather, MPI_STATUS_IGNORE));
    lap(&since, &x->rt->phases.wait_s);
    double *list = x->all;
    for (int piece = 0; piece < pieces_of(part); piece++) {
        struct mg_extent e = gathered_extent(part, piece);
        list = copy(r, &e, list, false);
    }
    for (ptrdiff_t line = 0; line < r->lines * r->planes; line++)
        mg_close_line(mg_line(r, line % r->lines, line / r->lines), r->n);
    lap(&since, &x->rt->phases.communicate_s);
}

static void start_residual(struct mg_exchange *base, unsigned level)
{
    struct mg_pieces *x = (struct mg_pieces *)base;
    if (level == x->levels->part.gathered)
        start_gather(x);
    else
        start(x, &x->residual[level]);
}

static void finish_residual(struct mg_exchange *base, unsigned level)
{
    struct mg_pieces *x = (struct mg_pieces *)base;
    if (level == x->levels->part.gathered)
        finish_gather(x);
    else
        finish(x, &x->residual[level]);
}

/* --- sums --- */

static void add(struct mg_exchange *base, struct exact_sum *sum)
{
    struct mg_pieces *x = (struct mg_pieces *)base;
    double since = clock_now_s();
    if (x->base.rc == 0)
        x->base.rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, sum, EXACT_WORDS, MPI_UINT64_T, MPI_SUM, x->cart));
    lap(&since, &x->rt->phases.wait_s); /* for the last rank to be done */
}

/* --- all of it --- */

int mg_pieces_plan(const struct mg_levels *levels, struct mg_pieces *x)
{
    const struct mg_part *part = &levels->part;
    x->levels = levels;
    x->base = (struct mg_exchange){ 0, start_solution, finish_solution, start_residual, finish_residual, add };
    int rc = plan_gather(x);
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = plan_halo(x, &levels->solution[k], part->finest, mg_part_solution_reach(), &x->solution[k]);
    for (unsigned k = part->gathered + 1; rc == 0 && k < part->finest; k++)
        rc = plan_halo(x, &levels->r[k], k, mg_part_residual_reach(part, k), &x->residual[k]);
    return rc;
}

static double halo_points(const struct mg_part *p, unsigned level, struct mg_reach reach)
{
    double block = 1, around = 1;
    for (int axis = 0; axis < MG_AXES; axis++) {
        double points = ldexp(1, (int)level) / p->pieces[axis] + (axis == MG_I && p->pieces[axis] == 1 ? MG_GAP : 0);
        block *= points;
        around *= points + (p->pieces[axis] > 1 ? (double)(reach.below + reach.above) : 0);
    }
    return around - block;
}

double mg_pieces_formula(const struct mg_part *part, unsigned from, unsigned to)
{
    double ranks = pieces_of(part), points = pow(ldexp(1, (int)part->gathered), 3) * (ranks - 1) / ranks;
    if (!mg_part_divided(part))
        return 0;
    for (unsigned k = part->gathered + 1; k < part->finest; k++)
        points += halo_points(part, k, mg_part_residual_reach(part, k));
    double solution = halo_points(part, part->finest, mg_part_solution_reach());
    return sizeof(double) * ((to - from) * points + (to - from - (from == 0)) * solution);
}
