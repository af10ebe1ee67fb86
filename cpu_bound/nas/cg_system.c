#include "cpu_bound/nas/cg_system.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/nas/cg_solve.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements of a vector. */
struct range {
    size_t begin, end;
};

static size_t length(struct range r)
{
    return r.begin < r.end ? r.end - r.begin : 0;
}

static struct range meet(struct range a, struct range b)
{
    return (struct range){ a.begin > b.begin ? a.begin : b.begin, a.end < b.end ? a.end : b.end };
}

static struct range part_of(const struct cg_system *s, size_t part)
{
    return (struct range){ cg_part_begin(&s->layout, part), cg_part_begin(&s->layout, part + 1) };
}

/* The elements of the strips of @rank. */
static struct range own_of(const struct cg_system *s, size_t rank)
{
    return (struct range){ cg_strip_begin(&s->layout, cg_run_begin(&s->layout, s->run[rank], s->ranks)),
                           cg_strip_begin(&s->layout, cg_run_begin(&s->layout, s->run[rank] + 1, s->ranks)) };
}

static const struct cg_place *tiles_here(const struct cg_system *s, size_t *count)
{
    *count = s->tile[s->rank + 1] - s->tile[s->rank];
    return s->order + s->tile[s->rank];
}

/* --- who has what --- */

static int deal_out(struct cg_system *s)
{
    size_t tiles = cg_tiles_of(s->layout.parts);
    uint64_t *met = calloc(s->ranks, sizeof *met);
    s->order = calloc(tiles, sizeof *s->order);
    s->tile = calloc(s->ranks + 1, sizeof *s->tile);
    s->run = calloc(s->ranks, sizeof *s->run);
    bool room = met && s->order && s->tile && s->run;
    if (room) {
        cg_order(s->layout.parts, s->order);
        for (size_t r = 0; r <= s->ranks; r++)
            s->tile[r] = cg_cut(s->order, 0, tiles, r, s->ranks);
        for (size_t r = 0; r < s->ranks; r++)
            met[r] = cg_met(s->order, s->tile[r], s->tile[r + 1]);
        cg_deal_runs(&s->layout, s->ranks, met, s->run);
        s->strip = cg_run_begin(&s->layout, s->run[s->rank], s->ranks);
        s->strip_end = cg_run_begin(&s->layout, s->run[s->rank] + 1, s->ranks);
    }
    free(met);
    return room ? 0 : -ENOMEM;
}

/* --- the matrix --- */

static int create_tiles(struct cg_system *s, struct team *team)
{
    uint64_t columns[CG_PARTS_MOST];
    struct cg_matrix m;
    struct range own = own_of(s, s->rank);
    size_t count;
    const struct cg_place *place = tiles_here(s, &count);
    cg_leaves(place, 0, count, columns);
    for (size_t p = 0; p < CG_PARTS_MOST; p++)
        columns[p] &= (UINT64_C(2) << p) - 1; /* those up to p, where 2 << 63 is 0: all */
    struct cg_extent wanted = { s->layout.part, columns, own.begin, own.end };
    int rc = cg_matrix_create(s->problem, &wanted, team->threads, &m);
    if (rc == 0)
        rc = cg_tiles_create(&m, &s->layout, place, count, team, &s->tiles);
    s->own.diagonal = array_alloc(length(own), sizeof *s->own.diagonal);
    if (rc == 0 && !s->own.diagonal)
        rc = -ENOMEM;
    for (size_t i = own.begin; i < own.end && rc == 0; i++)
        ((double *)s->own.diagonal)[i - own.begin] = i < s->layout.n ? m.diagonal[i] : 0;
    cg_matrix_destroy(&m);
    return rc;
}

static int create_work(struct cg_system *s, unsigned threads)
{
    bool own[CG_PARTS_MOST];
    size_t count;
    const struct cg_place *place = tiles_here(s, &count);
    for (size_t p = 0; p < s->layout.parts; p++)
        own[p] = p * CG_STRIPS >= s->strip && (p + 1) * CG_STRIPS <= s->strip_end;
    return cg_work_create(&s->layout, place, count, own, threads, &s->work);
}

/* --- vectors --- */

/* By the threads that will use them (cg_solve.c deals strips out in the same way). */
static void touch_vectors(struct cg_system *s, struct team *team)
{
#pragma omp parallel default(none) shared(s, team) num_threads(team->threads)
    {
        size_t me = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads(), strips = s->strip_end - s->strip;
        struct range own = { cg_strip_begin(&s->layout, s->strip + strips * me / workers),
                             cg_strip_begin(&s->layout, s->strip + strips * (me + 1) / workers) };
        size_t first = own.begin - cg_system_first(s);
        team_bind(team, (unsigned)me);
        double *const vector[] = { s->own.x, s->own.z, s->own.r, s->own.q };
        for (size_t k = 0; k < sizeof vector / sizeof *vector; k++)
            memset(vector[k] + first, 0, length(own) * sizeof(double));
        for (size_t p = 0; p < s->layout.parts; p++) {
            struct range mine = meet(own, part_of(s, p));
            if (length(mine))
                memset(s->p[p] + mine.begin - part_of(s, p).begin, 0, length(mine) * sizeof(double));
        }
    }
}

static int create_vectors(struct cg_system *s, struct team *team)
{
    struct range own = own_of(s, s->rank);
    double **vector[] = { &s->own.x, &s->own.z, &s->own.r, &s->own.q };
    for (size_t k = 0; k < sizeof vector / sizeof *vector; k++)
        if (!(*vector[k] = array_alloc(length(own), sizeof **vector[k])))
            return -ENOMEM;
    for (size_t p = 0; p < s->layout.parts; p++)
        if (s->work.part[p].threads || length(meet(own, part_of(s, p))))
            if (!(s->p[p] = array_alloc(s->layout.part, sizeof *s->p[p])))
                return -ENOMEM;
    touch_vectors(s, team);
    return 0;
}

/* --- messages --- */

static int note(struct cg_messages *m, int rank, size_t part, uint64_t node, struct range r, double *data)
{
    if (!length(r))
        return 0;
    struct cg_message *more = realloc(m->message, (m->count + 1) * sizeof *more);
    if (!more)
        return -ENOMEM;
    m->message = more;
    more[m->count++] = (struct cg_message){ rank, part, node, r.begin, length(r), data };
    return 0;
}

/* What of @part goes to rank @other and comes from it, which has @leaves of that part. */
static int note_part(struct cg_system *s, size_t part, size_t other, uint64_t leaves)
{
    const struct cg_sums *sums = &s->work.part[part].sums;
    struct range whole = part_of(s, part), here = meet(own_of(s, s->rank), whole), there = meet(own_of(s, other), whole);
    uint64_t node[CG_PARTS_MOST];
    int rank = (int)other, rc = 0;
    if (leaves)
        rc = note(&s->p_out, rank, part, 0, here, length(here) ? s->p[part] + here.begin - whole.begin : NULL);
    if (rc == 0 && sums->count)
        rc = note(&s->p_in, rank, part, 0, there, length(there) ? s->p[part] + there.begin - whole.begin : NULL);
    for (size_t k = 0; k < sums->count && rc == 0; k++)
        rc = note(&s->sums_out, rank, part, sums->sum[k].node, there,
                  length(there) ? sums->sum[k].data + there.begin - whole.begin : NULL);
    size_t nodes = cg_nodes(leaves, node);
    for (size_t k = 0; k < nodes && rc == 0; k++)
        rc = note(&s->sums_in, rank, part, node[k], here, NULL);
    return rc;
}

static int by_part(const void *a, const void *b)
{
    const struct cg_message *x = a, *y = b;
    return x->part != y->part ? (x->part > y->part) - (x->part < y->part) : (x->rank > y->rank) - (x->rank < y->rank);
}

static int create_messages(struct cg_system *s)
{
    int rc = 0;
    for (size_t other = 0; other < s->ranks && rc == 0; other++) {
        uint64_t leaves[CG_PARTS_MOST];
        cg_leaves(s->order, s->tile[other], s->tile[other + 1], leaves);
        for (size_t p = 0; p < s->layout.parts && other != s->rank && rc == 0; p++)
            rc = note_part(s, p, other, leaves[p]);
    }
    struct cg_messages *all[] = { &s->p_out, &s->p_in, &s->sums_out, &s->sums_in };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k]->count)
            qsort(all[k]->message, all[k]->count, sizeof *all[k]->message, by_part);
    return rc;
}

/* Room for the sums that come, and how they and those here are joined. */
static int create_joins(struct cg_system *s)
{
    size_t room = 0;
    for (size_t k = 0; k < s->sums_in.count; k++)
        room += s->sums_in.message[k].count;
    s->come = array_alloc(room, sizeof *s->come);
    if (!s->come)
        return -ENOMEM;
    double *next = s->come;
    int rc = 0;
    for (size_t p = 0, k = 0; p < s->layout.parts && rc == 0; p++) {
        struct cg_sums sums = s->work.part[p].sums;
        if (!length(meet(own_of(s, s->rank), part_of(s, p))))
            continue;
        for (; k < s->sums_in.count && s->sums_in.message[k].part == p && rc == 0; next += s->sums_in.message[k++].count) {
            struct cg_message *m = &s->sums_in.message[k];
            m->data = next;
            rc = cg_sums_add(&sums, (struct cg_sum){ m->node, m->data, m->first }, &s->join[p].merges);
        }
        s->join[p].root = sums.sum[0];
    }
    return rc;
}

/* --- all of it --- */

static double row_entries(const struct cg_problem *problem)
{
    return problem->width * (problem->width + 1.0) + 1; /* a little more: before equal positions meet */
}

static int create(struct cg_system *s, struct team *team)
{
    int rc = deal_out(s);
    if (rc == 0)
        rc = create_tiles(s, team);
    if (rc == 0)
        rc = create_work(s, team->threads);
    if (rc == 0)
        rc = create_vectors(s, team);
    if (rc == 0)
        rc = create_messages(s);
    if (rc == 0)
        rc = create_joins(s);
    if (rc == 0 && !(s->sync = cg_sync_create(s->layout.parts * CG_STRIPS)))
        rc = -ENOMEM;
    return rc;
}

int cg_system_create(char class, enum isa isa, struct team *team, size_t rank, size_t ranks, struct cg_system *out)
{
    const struct cg_problem *problem = cg_problem(class);
    *out = (struct cg_system){ .problem = problem, .isa = isa, .rank = rank, .ranks = ranks,
                               .layout = cg_layout(problem->n, cg_layout_parts(problem->n, row_entries(problem))) };
    int rc = create(out, team);
    if (rc != 0)
        cg_system_destroy(out);
    return rc;
}

void cg_system_destroy(struct cg_system *s)
{
    cg_sync_destroy(s->sync);
    free(s->come);
    for (size_t p = 0; p < CG_PARTS_MOST; p++) {
        free(s->join[p].merges.merge);
        free(s->p[p]);
    }
    free(s->p_out.message);
    free(s->p_in.message);
    free(s->sums_out.message);
    free(s->sums_in.message);
    free(s->own.x);
    free(s->own.z);
    free(s->own.r);
    free(s->own.q);
    free((double *)s->own.diagonal);
    cg_work_destroy(&s->work);
    cg_tiles_destroy(&s->tiles);
    free(s->order);
    free(s->tile);
    free(s->run);
    *s = (struct cg_system){ 0 };
}

double cg_system_bytes(const struct cg_problem *problem, double threads, double ranks)
{
    struct cg_layout layout = cg_layout(problem->n, cg_layout_parts(problem->n, row_entries(problem)));
    double n = (double)problem->n, values = n * (row_entries(problem) - 1) / 2 / ranks;
    double tiles = values * (sizeof(double) + 2 * sizeof(uint16_t)); /* at most a segment for each value */
    return cg_matrix_bytes(problem, ranks) + tiles + cg_work_bytes(&layout, threads, ranks) + 6 * n * sizeof(double);
}
