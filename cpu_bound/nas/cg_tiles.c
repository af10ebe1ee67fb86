/*
 * A row of the matrix falls into pieces, one for each part of columns; a piece becomes segments of CG_SEGMENT entries
 * and one of what remains. The first pass counts the segments of every tile by their length, from which follows where
 * each begins; the second deals out the entries. In both a part of the rows belongs to one thread.
 */
#include "cpu_bound/nas/cg_tiles.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a thread needs to cut the rows of a part and to deal them out. */
struct cutter {
    struct cg_tile *tile[CG_PARTS_MOST]; /* of each part of columns, NULL where there is none              */
    uint32_t first[CG_PARTS_MOST + 2];   /* the piece of part p has the entries sorted[first[p]], ...      */
    uint64_t *sorted;                    /* entries of the row, by part; room for n                        */
    struct cursor {
        size_t value[CG_SEGMENT], segment[CG_SEGMENT]; /* where the next segment of each length goes */
    } cursor[CG_PARTS_MOST];
};

static void find_tiles(const struct cg_tiles *t, size_t rows, struct cutter *c)
{
    memset(c->tile, 0, sizeof c->tile);
    for (size_t k = 0; k < t->count; k++)
        if (t->place[k].rows == rows)
            c->tile[t->place[k].columns] = &t->tile[k];
}

static void cut_row(const struct cg_matrix *m, const struct cg_layout *l, size_t i, struct cutter *c)
{
    uint64_t begin = m->first[i], end = begin + m->length[i];
    uint32_t *next = c->first + 1; /* counts one further on, so that filling leaves the firsts behind */
    memset(c->first, 0, (l->parts + 2) * sizeof *c->first);
    for (uint64_t at = begin; at < end; at++)
        next[m->column[at] / l->part + 1]++;
    for (size_t p = 1; p <= l->parts; p++)
        next[p] += next[p - 1];
    for (uint64_t at = begin; at < end; at++)
        c->sorted[next[m->column[at] / l->part]++] = at;
}

static void count_piece(struct cg_tile *tile, uint32_t entries)
{
    tile->segments[CG_SEGMENT - 1] += entries / CG_SEGMENT;
    if (entries % CG_SEGMENT)
        tile->segments[entries % CG_SEGMENT - 1]++;
}

static void set_cursor(const struct cg_tiles *t, const struct cg_tile *tile, struct cursor *at)
{
    size_t value = (size_t)(tile->value - t->value), segment = (size_t)(tile->row - t->row);
    for (size_t k = 0; k < CG_SEGMENT; k++) {
        at->value[k] = value;
        at->segment[k] = segment;
        value += tile->segments[k] * (k + 1);
        segment += tile->segments[k];
    }
}

/* The @entries entries at @sorted are in one row; @row and @column0 are where it and the tile's columns begin. */
static void put_piece(const struct cg_matrix *m, const struct cg_tiles *t, struct cursor *to, const uint64_t *sorted,
                      uint32_t entries, size_t row, size_t column0)
{
    while (entries > 0) {
        uint32_t length = entries < CG_SEGMENT ? entries : CG_SEGMENT;
        t->row[to->segment[length - 1]++] = (uint16_t)(2 * row);
        for (uint32_t k = 0; k < length; k++, sorted++) {
            size_t at = to->value[length - 1]++;
            t->value[at] = m->value[*sorted];
            t->column[at] = (uint16_t)(2 * (m->column[*sorted] - column0));
        }
        entries -= length;
    }
}

static size_t rows_end(const struct cg_tiles *t, size_t part)
{
    size_t end = cg_part_begin(t->layout, part + 1);
    return end < t->layout->n ? end : t->layout->n;
}

static void count_part(const struct cg_matrix *m, const struct cg_tiles *t, size_t part, struct cutter *c)
{
    for (size_t i = cg_part_begin(t->layout, part); i < rows_end(t, part); i++) {
        cut_row(m, t->layout, i, c);
        for (size_t p = 0; p <= part; p++)
            if (c->tile[p])
                count_piece(c->tile[p], c->first[p + 1] - c->first[p]);
    }
}

static void fill_part(const struct cg_matrix *m, const struct cg_tiles *t, size_t part, struct cutter *c)
{
    size_t row0 = cg_part_begin(t->layout, part);
    for (size_t p = 0; p <= part; p++)
        if (c->tile[p])
            set_cursor(t, c->tile[p], &c->cursor[p]);
    for (size_t i = row0; i < rows_end(t, part); i++) {
        cut_row(m, t->layout, i, c);
        for (size_t p = 0; p <= part; p++)
            if (c->tile[p])
                put_piece(m, t, &c->cursor[p], c->sorted + c->first[p], c->first[p + 1] - c->first[p], i - row0,
                          cg_part_begin(t->layout, p));
    }
}

static int each_part(const struct cg_matrix *m, const struct cg_tiles *t, unsigned threads,
                     void (*pass)(const struct cg_matrix *, const struct cg_tiles *, size_t, struct cutter *))
{
    int failed = 0;
#pragma omp parallel default(none) shared(m, t, pass) num_threads(threads) reduction(| : failed)
    {
        struct cutter *c = malloc(sizeof *c);
        uint64_t *sorted = malloc(m->n * sizeof *sorted);
        failed = !c || !sorted;
        /* dynamic, one part, from the last on: the later a part, the more of its entries lie below the diagonal */
#pragma omp for schedule(dynamic, 1)
        for (size_t p = t->layout->parts; p > 0; p--)
            if (!failed) {
                c->sorted = sorted;
                find_tiles(t, p - 1, c);
                pass(m, t, p - 1, c);
            }
        free(sorted);
        free(c);
    }
    return failed ? -ENOMEM : 0;
}

/* Where each tile begins in the three arrays. */
static void place_tiles(struct cg_tiles *t)
{
    size_t value = 0, segment = 0;
    for (size_t k = 0; k <= t->count; k++) {
        struct cg_tile *tile = &t->tile[k];
        tile->value = t->value + value;
        tile->column = t->column + value;
        tile->row = t->row + segment;
        for (size_t s = 0; s < CG_SEGMENT; s++) {
            value += tile->segments[s] * (s + 1);
            segment += tile->segments[s];
        }
    }
}

static int alloc_entries(struct cg_tiles *t)
{
    t->n_values = t->n_segments = 0;
    for (size_t k = 0; k < t->count; k++)
        for (size_t s = 0; s < CG_SEGMENT; s++) {
            t->n_values += t->tile[k].segments[s] * (s + 1);
            t->n_segments += t->tile[k].segments[s];
        }
    t->value = array_alloc(t->n_values, sizeof *t->value);
    t->column = array_alloc(t->n_values, sizeof *t->column);
    t->row = array_alloc(t->n_segments, sizeof *t->row);
    return t->value && t->column && t->row ? 0 : -ENOMEM;
}

/* By the threads that will read them, so that on a machine of several NUMA domains each has its tiles in its own. */
static void touch_tiles(struct cg_tiles *t, struct team *team)
{
#pragma omp parallel default(none) shared(t, team) num_threads(team->threads)
    {
        size_t me = (size_t)omp_get_thread_num(), workers = (size_t)omp_get_num_threads();
        const struct cg_tile *first = &t->tile[cg_cut(t->place, 0, t->count, me, workers)];
        const struct cg_tile *end = &t->tile[cg_cut(t->place, 0, t->count, me + 1, workers)];
        size_t value = (size_t)(first->value - t->value), values = (size_t)(end->value - first->value);
        team_bind(team, (unsigned)me);
        memset(t->value + value, 0, values * sizeof *t->value);
        memset(t->column + value, 0, values * sizeof *t->column);
        memset(t->row + (first->row - t->row), 0, (size_t)(end->row - first->row) * sizeof *t->row);
    }
}

int cg_tiles_create(const struct cg_matrix *m, const struct cg_layout *layout, const struct cg_place *place, size_t count,
                    struct team *team, struct cg_tiles *out)
{
    *out = (struct cg_tiles){ .layout = layout, .place = place, .count = count };
    out->tile = calloc(count + 1, sizeof *out->tile);
    int rc = out->tile ? each_part(m, out, team->threads, count_part) : -ENOMEM;
    if (rc == 0)
        rc = alloc_entries(out);
    if (rc == 0) {
        place_tiles(out);
        touch_tiles(out, team);
        rc = each_part(m, out, team->threads, fill_part);
    }
    if (rc != 0)
        cg_tiles_destroy(out);
    return rc;
}

void cg_tiles_destroy(struct cg_tiles *t)
{
    free(t->tile);
    free(t->value);
    free(t->column);
    free(t->row);
    *t = (struct cg_tiles){ 0 };
}
