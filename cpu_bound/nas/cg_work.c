#include "cpu_bound/nas/cg_work.h"

#include "cpu_bound/array.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* --- sums --- */

/* The sum of @node is taken out of @sums, if it is there. */
static bool take(struct cg_sums *sums, uint64_t node, struct cg_sum *out)
{
    for (size_t k = 0; k < sums->count; k++)
        if (sums->sum[k].node == node) {
            *out = sums->sum[k];
            sums->sum[k] = sums->sum[--sums->count];
            return true;
        }
    return false;
}

static int note_merge(struct cg_merges *merges, struct cg_merge merge)
{
    struct cg_merge *more = realloc(merges->merge, (merges->count + 1) * sizeof *more);
    if (!more)
        return -ENOMEM;
    merges->merge = more;
    more[merges->count++] = merge;
    return 0;
}

int cg_sums_add(struct cg_sums *sums, struct cg_sum sum, struct cg_merges *merges)
{
    struct cg_sum half;
    while (take(sums, cg_buddy(sum.node), &half)) {
        int rc = note_merge(merges, (struct cg_merge){ half, sum });
        if (rc != 0)
            return rc;
        half.node |= sum.node;
        sum = half;
    }
    sums->sum[sums->count++] = sum;
    return 0;
}

/* --- a thread's tasks --- */

/* While the tasks of a thread are laid down. */
struct layer {
    const struct cg_layout *layout;
    struct cg_thread *thread;
    double **idle; /* slots of which nothing is needed any more */
    size_t n_idle;
    struct cg_sums sums[CG_PARTS_MOST];
};

static double *slot(struct layer *y)
{
    if (y->n_idle > 0)
        return y->idle[--y->n_idle];
    struct cg_thread *t = y->thread;
    double **slots = realloc(t->slot, (t->slots + 1) * sizeof *slots);
    if (slots)
        t->slot = slots;
    double **idle = realloc(y->idle, (t->slots + 1) * sizeof *idle);
    if (idle)
        y->idle = idle;
    double *new = slots && idle ? array_alloc(y->layout->part, sizeof *new) : NULL;
    if (new)
        t->slot[t->slots++] = new;
    return new;
}

static int lay_side(struct layer *y, size_t part, uint64_t leaf, struct cg_side *side)
{
    struct cg_sums *sums = &y->sums[part];
    struct cg_sum half, sum = { leaf, NULL, cg_part_begin(y->layout, part) };
    struct cg_pair **pairs = &y->thread->pairs[part];
    *side = (struct cg_side){ .part = part, .first = !*pairs };
    if (!*pairs && !(*pairs = array_alloc(y->layout->part, sizeof **pairs)))
        return -ENOMEM;
    side->pairs = *pairs;
    if (take(sums, cg_buddy(leaf), &half)) {
        side->add = true;
        sum.node |= half.node;
        sum.data = half.data;
    } else if (!(sum.data = slot(y))) {
        return -ENOMEM;
    }
    side->sum = sum.data;
    while (side->add && take(sums, cg_buddy(sum.node), &half)) {
        y->idle[y->n_idle++] = sum.data;
        sum.data = side->into[side->merges++] = half.data;
        sum.node |= half.node;
    }
    sums->sum[sums->count++] = sum;
    return 0;
}

static int lay_task(struct layer *y, const struct cg_place *place, size_t tile, bool remote, struct cg_task *out)
{
    struct cg_place at = place[tile];
    *out = (struct cg_task){ .tile = tile, .remote = remote, .diagonal = at.rows == at.columns };
    int rc = lay_side(y, at.rows, UINT64_C(1) << at.columns, &out->rows);
    if (rc == 0 && !out->diagonal)
        rc = lay_side(y, at.columns, UINT64_C(1) << at.rows, &out->columns);
    return rc;
}

static void mark_last(struct cg_thread *t)
{
    bool seen[CG_PARTS_MOST] = { false };
    for (size_t k = t->tasks; k > 0; k--) {
        struct cg_task *task = &t->task[k - 1];
        for (int s = 0; s < (task->diagonal ? 1 : 2); s++) {
            struct cg_side *side = s ? &task->columns : &task->rows;
            side->last = !seen[side->part];
            seen[side->part] = true;
        }
    }
}

/* Half of the tiles that are all of this process, those that are not, and the others. */
static int lay_tasks(struct layer *y, const struct cg_place *place, size_t begin, size_t end, const bool *own)
{
    struct cg_thread *t = y->thread;
    size_t local = 0;
    int rc = 0;
    t->task = calloc(end - begin + 1, sizeof *t->task);
    if (!t->task)
        return -ENOMEM;
    for (size_t k = begin; k < end; k++)
        local += own[place[k].rows] && own[place[k].columns];
    for (int phase = 0; phase < 3; phase++)
        for (size_t k = begin, seen = 0; k < end && rc == 0; k++) {
            bool remote = !(own[place[k].rows] && own[place[k].columns]);
            int when = remote ? 1 : seen++ < local / 2 ? 0 : 2;
            if (when == phase)
                rc = lay_task(y, place, k, remote, &t->task[t->tasks++]);
        }
    mark_last(t);
    return rc;
}

/* --- the process --- */

static int join_threads(struct cg_work *w, size_t part, const struct layer *y)
{
    int rc = 0;
    w->part[part].threads += y->thread->pairs[part] != NULL;
    for (size_t k = 0; k < y->sums[part].count && rc == 0; k++)
        rc = cg_sums_add(&w->part[part].sums, y->sums[part].sum[k], &w->part[part].merges);
    return rc;
}

static int lay_thread(struct cg_work *w, unsigned me, const struct cg_layout *l, const struct cg_place *place, size_t count,
                      const bool *own)
{
    struct layer *y = calloc(1, sizeof *y);
    if (!y)
        return -ENOMEM;
    y->layout = l;
    y->thread = &w->thread[me];
    int rc = lay_tasks(y, place, cg_cut(place, 0, count, me, w->threads), cg_cut(place, 0, count, me + 1, w->threads), own);
    for (size_t p = 0; p < l->parts && rc == 0; p++)
        rc = join_threads(w, p, y);
    free(y->idle);
    free(y);
    return rc;
}

int cg_work_create(const struct cg_layout *l, const struct cg_place *place, size_t count, const bool *own, unsigned threads,
                   struct cg_work *out)
{
    *out = (struct cg_work){ .threads = threads, .thread = calloc(threads, sizeof *out->thread) };
    int rc = out->thread ? 0 : -ENOMEM;
    for (unsigned t = 0; t < threads && rc == 0; t++)
        rc = lay_thread(out, t, l, place, count, own);
    if (rc != 0)
        cg_work_destroy(out);
    return rc;
}

void cg_work_destroy(struct cg_work *w)
{
    for (unsigned t = 0; w->thread && t < w->threads; t++) {
        for (size_t p = 0; p < CG_PARTS_MOST; p++)
            free(w->thread[t].pairs[p]);
        for (size_t k = 0; k < w->thread[t].slots; k++)
            free(w->thread[t].slot[k]);
        free(w->thread[t].slot);
        free(w->thread[t].task);
    }
    for (size_t p = 0; p < CG_PARTS_MOST; p++)
        free(w->part[p].merges.merge);
    free(w->thread);
    *w = (struct cg_work){ 0 };
}

/* Each thread has pairs of the parts that it meets, and a sum or two of each. */
double cg_work_bytes(const struct cg_layout *l, double threads, double ranks)
{
    double met = sqrt(2 / (ranks * threads));
    return threads * (met < 1 ? met : 1) * (double)l->padded * (sizeof(struct cg_pair) + 2 * sizeof(double));
}
