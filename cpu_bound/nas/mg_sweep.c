#include "cpu_bound/nas/mg_sweep.h"

#include <string.h>

enum stage { CORRECTED, RESIDUAL, SMOOTHED, LAST, STAGES };
enum { PLANES = 3 }; /* of each stage: what a stencil reads */
enum { MARGIN = 8 }; /* lines more than a band that a stage may have: 3 on one side, 4 on the other */

/* The planes of all stages together take this much of a second-level cache of 1 to 2 MiB. */
enum { BAND_BYTES = 1280 << 10, BAND_MIN = 8 };

/* A sweep of one band of lines. */
struct band {
    const struct mg_sweep *sweep;
    struct mg_box out;           /* what is written       */
    struct mg_box made[STAGES];  /* what each stage makes */
    double *ring[STAGES];        /* plane l of a stage is number l mod 3 */
    ptrdiff_t line, plane;
    size_t n;
};

/* Lines that a band writes; even. */
static ptrdiff_t band_height(size_t n)
{
    ptrdiff_t line_bytes = mg_line_length(n) * (ptrdiff_t)sizeof(double);
    ptrdiff_t lines = BAND_BYTES / (STAGES * PLANES * line_bytes) - MARGIN;
    return lines < BAND_MIN ? BAND_MIN : lines - lines % 2;
}

/* One plane of a stage. */
static ptrdiff_t plane_doubles(size_t n)
{
    return (band_height(n) + MARGIN) * mg_line_length(n);
}

/* Of any shorter lines, too: these make bands higher, by less than another line. */
size_t mg_workspace_doubles(size_t n)
{
    return (size_t)(STAGES * PLANES * (plane_doubles(n) + 2 * mg_line_length(n)) + MG_GAP);
}

/* Line (@j, @l) of a stage. */
static double *line_of(const struct band *b, enum stage s, ptrdiff_t j, ptrdiff_t l)
{
    ptrdiff_t plane = (l - b->made[CORRECTED].l0) % PLANES;
    return b->ring[s] + plane * b->plane + (j - b->made[CORRECTED].j0) * b->line;
}

static struct mg_planes planes_of(const struct band *b, enum stage s, ptrdiff_t j, ptrdiff_t l)
{
    return (struct mg_planes){ line_of(b, s, j, l - 1), line_of(b, s, j, l), line_of(b, s, j, l + 1) };
}

/* u + Q coarse, the first stage. Lines in memory begin at other points of the level, where they have ghosts. */
static void correct(const struct band *b, enum stage into, ptrdiff_t l)
{
    const struct mg_sweep *s = b->sweep;
    ptrdiff_t shift = s->coarse ? s->v->i0 / 2 - s->coarse->i0 : 0;
    for (ptrdiff_t j = b->made[into].j0; j < b->made[into].j1; j++) {
        double *line = line_of(b, into, j, l);
        const double *u = s->u ? mg_line(s->u, j, l) : NULL;
        if (s->coarse) {
            const struct mg_grid *c = s->coarse;
            ptrdiff_t j0 = (j - 1) >> 1, j1 = j >> 1, l0 = (l - 1) >> 1, l1 = l >> 1; /* for odd j: the same twice */
            const double *const around[4] = { mg_line(c, j0, l0) + shift, mg_line(c, j1, l0) + shift,
                                              mg_line(c, j0, l1) + shift, mg_line(c, j1, l1) + shift };
            ISA_SELECT(mg_interpolate, s->isa)(line, u, around, b->n);
            continue;
        }
        if (u)
            memcpy(line, u, b->n * sizeof *line);
        else
            memset(line, 0, b->n * sizeof *line);
        mg_close_line(line, b->n);
    }
}

/* Meanwhile memory is asked for plane @ahead_l of @ahead, the next one that a stage will read from there: left
 * to the hardware, the fetch would begin anew at every page, and the stages that read memory wait for it. */
static void take_residual(const struct band *b, enum stage of, enum stage into, ptrdiff_t l, const struct mg_grid *ahead,
                          ptrdiff_t ahead_l)
{
    const struct mg_sweep *s = b->sweep;
    const struct mg_box *box = &b->made[into];
    for (ptrdiff_t j = box->j0; j < box->j1;) {
        size_t lines = mg_lines_ahead(s->v, j, box->j1);
        ISA_SELECT(mg_residual, s->isa)(line_of(b, into, j, l), mg_line(s->v, j, l), s->v->line,
                                        mg_line(ahead, j, ahead_l), planes_of(b, of, j, l), b->line, lines, b->n);
        j += (ptrdiff_t)lines;
    }
}

static void smooth_lines(const struct band *b, ptrdiff_t l, ptrdiff_t j0, ptrdiff_t j1, double *copy)
{
    const struct mg_sweep *s = b->sweep;
    if (j0 < j1)
        ISA_SELECT(mg_smooth, s->isa)(line_of(b, SMOOTHED, j0, l), copy, s->out->line, s->stream,
                                      line_of(b, CORRECTED, j0, l), planes_of(b, RESIDUAL, j0, l), b->line,
                                      (size_t)(j1 - j0), b->n, s->smoother);
}

/* What lies in the band goes out; the lines around it are made again by others. */
static void smooth(const struct band *b, ptrdiff_t l)
{
    const struct mg_box *made = &b->made[SMOOTHED], *out = &b->out;
    if (l < out->l0 || l >= out->l1) {
        smooth_lines(b, l, made->j0, made->j1, NULL);
        return;
    }
    smooth_lines(b, l, made->j0, out->j0, NULL);
    smooth_lines(b, l, out->j0, out->j1, mg_line(b->sweep->out, out->j0, l));
    smooth_lines(b, l, out->j1, made->j1, NULL);
}

static void square(const struct band *b, ptrdiff_t l)
{
    const struct mg_sweep *s = b->sweep;
    for (ptrdiff_t j = b->out.j0; j < b->out.j1; j++) {
        const double *own = line_of(b, LAST, j, l) + s->v->lead;
        for (size_t i = 0; i < s->v->own; i += s->segment)
            exact_sum_add(s->squares, ISA_SELECT(mg_square_sum, s->isa)(own + i, s->segment));
    }
}

/* The coarse plane that lies at the fine plane before the last one, @l. */
static void restrict_to_coarse(const struct band *b, ptrdiff_t l)
{
    const struct mg_sweep *s = b->sweep;
    for (ptrdiff_t j = b->out.j0; j < b->out.j1; j += 2) {
        const double *around[3][3];
        for (int dl = 0; dl < 3; dl++)
            for (int dj = 0; dj < 3; dj++)
                around[dl][dj] = line_of(b, LAST, j + dj, l - 2 + dl) + s->v->lead;
        ISA_SELECT(mg_restrict, s->isa)(mg_line(s->restricted, j / 2, l / 2 - 1) + s->restricted->lead,
                                        (const double *const (*)[3])around, s->restricted->own);
    }
}

static void finish(const struct band *b, ptrdiff_t l)
{
    const struct mg_grid *read_next = b->sweep->u ? b->sweep->u : b->sweep->v;
    take_residual(b, SMOOTHED, LAST, l, read_next, l + LAST + 1);
    if (b->sweep->squares && l < b->out.l1)
        square(b, l);
    if (b->sweep->restricted && l % 2 == 0 && l > b->out.l0)
        restrict_to_coarse(b, l);
}

static void make(const struct band *b, enum stage stage, ptrdiff_t l)
{
    if (l < b->made[stage].l0 || l >= b->made[stage].l1)
        return;
    switch (stage) {
    case CORRECTED:
        correct(b, CORRECTED, l);
        break;
    case RESIDUAL:
        take_residual(b, CORRECTED, RESIDUAL, l, b->sweep->v, l + 1);
        break;
    case SMOOTHED:
        if (b->sweep->out)
            smooth(b, l);
        else
            correct(b, SMOOTHED, l);
        break;
    default:
        finish(b, l);
    }
}

static struct mg_box around(struct mg_box box)
{
    return (struct mg_box){ box.j0 - 1, box.j1 + 1, box.l0 - 1, box.l1 + 1 };
}

/* From the output backwards: a stage makes what the next one reads. */
static void plan(struct band *b)
{
    const struct mg_sweep *s = b->sweep;
    const struct mg_box none = { 0, 0, 0, 0 };
    struct mg_box box = b->out;
    if (s->restricted || s->squares) {
        box.j1 += s->restricted != NULL;
        box.l1 += s->restricted != NULL;
        b->made[LAST] = box;
        box = around(box);
    } else {
        b->made[LAST] = none;
    }
    b->made[SMOOTHED] = box;
    b->made[RESIDUAL] = s->out ? around(box) : none;
    b->made[CORRECTED] = s->out ? around(around(box)) : box;
}

static void sweep_band(struct band *b)
{
    plan(b);
    ptrdiff_t first = b->made[CORRECTED].l0, end = b->made[CORRECTED].l1;
    for (ptrdiff_t l = first; l < end + STAGES; l++)
        for (int stage = b->sweep->out ? CORRECTED : SMOOTHED; stage < STAGES; stage++)
            make(b, (enum stage)stage, l - stage);
}

void mg_sweep(const struct mg_sweep *sweep, struct mg_box box, double *workspace)
{
    size_t n = sweep->v->n;
    struct band b = { .sweep = sweep, .line = mg_line_length(n), .plane = plane_doubles(n), .n = n };
    for (int s = 0; s < STAGES; s++)
        b.ring[s] = workspace + MG_GAP + s * PLANES * b.plane;
    ptrdiff_t lines = box.l0 < box.l1 ? box.j1 - box.j0 : 0, bands = (lines + band_height(n) - 1) / band_height(n);
    for (ptrdiff_t k = 0; k < bands; k++) {
        b.out = box;
        b.out.j0 = box.j0 + lines / 2 * k / bands * 2;
        b.out.j1 = k + 1 < bands ? box.j0 + lines / 2 * (k + 1) / bands * 2 : box.j1;
        sweep_band(&b);
    }
}
