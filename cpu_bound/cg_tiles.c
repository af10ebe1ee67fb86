/*
 * A row of the matrix falls into pieces, one for each block of columns; a piece becomes segments of CG_SEGMENT entries
 * and one of what remains. The first pass counts the segments of every tile by their length, from which follows where
 * each begins; the second deals out the entries. In both a block of rows belongs to one thread.
 */
#include "cpu_bound/cg_tiles.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t cg_tiles_blocks(size_t n, double entries)
{
    size_t best = (size_t)(entries / 5), least = n / CG_TILE_SIDE + 1;
    return (best > least ? best : least) | 1;
}

/*
 * Worker @w has the slots from edge w to edge w + 1. Slot 0, a tile on the diagonal, is half as much work as the others.
 * The edges move by a slot between rounds, so that over eight of them fractions of a slot are shared out too.
 */
static size_t edge(const struct cg_tiles *t, size_t round, unsigned w, unsigned workers)
{
    enum { PARTS = 8 }; /* of a slot */
    if (w == 0 || w == workers)
        return w == 0 ? 0 : t->slots;
    /* Halves of a tile below the edge: blocks * w / workers; slot 0 is one, the others are two. */
    size_t at = (t->blocks * w * PARTS + workers * (PARTS + 2 * (round % PARTS))) / (2 * PARTS * workers);
    return at < t->slots ? at : t->slots;
}

/* Rounds at once: a wave of eight shares blocks of half a MiB with the waves beside it, which fits the caches of a core. */
enum { ABREAST = 8 };

void cg_tiles_walk(const struct cg_tiles *t, unsigned me, unsigned workers,
                   void (*visit)(void *context, size_t round, size_t slot), void *context)
{
    for (size_t first = 0; first < t->blocks; first += ABREAST) {
        size_t rounds = t->blocks - first < ABREAST ? t->blocks - first : ABREAST;
        for (size_t wave = 0; wave < t->slots + rounds - 1; wave++)
            for (size_t k = 0; k < rounds && k <= wave; k++) {
                /* Upwards or downwards, so that neighbours meet at their common edge. */
                size_t step = wave - k, slot = me % 2 == 0 ? step : t->slots - 1 - step;
                if (step < t->slots && slot >= edge(t, first + k, me, workers) && slot < edge(t, first + k, me + 1, workers))
                    visit(context, first + k, slot);
            }
    }
}

static struct cg_tile *tile_at(const struct cg_tiles *t, size_t rows, size_t columns)
{
    size_t round = (rows + columns) * t->slots % t->blocks; /* twice the slots are 1 (mod blocks): this halves */
    size_t distance = (rows + t->blocks - round) % t->blocks;
    size_t slot = distance < t->slots ? distance : t->blocks - distance;
    return &t->tile[round * t->slots + slot];
}

/* What a thread needs to cut rows and to deal them out. */
struct cutter {
    uint32_t *first;  /* the piece of block b has the entries sorted[first[b]], ...; room for blocks + 2 */
    uint64_t *sorted; /* entries of the row, by block                                                    */
    struct cursor {
        size_t value[CG_SEGMENT], segment[CG_SEGMENT]; /* where the next segment of each length goes */
    } *cursor;        /* of each block of columns                                                        */
};

static int cutter_create(const struct cg_tiles *t, struct cutter *c)
{
    c->first = malloc((t->blocks + 2) * sizeof *c->first);
    c->sorted = malloc(t->n * sizeof *c->sorted);
    c->cursor = malloc(t->blocks * sizeof *c->cursor);
    return c->first && c->sorted && c->cursor ? 0 : -ENOMEM;
}

static void cutter_destroy(struct cutter *c)
{
    free(c->first);
    free(c->sorted);
    free(c->cursor);
}

static void cut_row(const struct cg_matrix *m, const struct cg_tiles *t, size_t i, struct cutter *c)
{
    uint64_t begin = m->first[i], end = begin + m->length[i];
    uint32_t *next = c->first + 1; /* counts one further on, so that filling leaves the firsts behind */
    memset(c->first, 0, (t->blocks + 2) * sizeof *c->first);
    for (uint64_t at = begin; at < end; at++)
        next[m->column[at] / t->length + 1]++;
    for (size_t b = 1; b <= t->blocks; b++)
        next[b] += next[b - 1];
    for (uint64_t at = begin; at < end; at++)
        c->sorted[next[m->column[at] / t->length]++] = at;
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

static size_t rows_end(const struct cg_tiles *t, size_t block)
{
    size_t end = cg_tiles_begin(t, block + 1);
    return end < t->n ? end : t->n;
}

static void count_block(const struct cg_matrix *m, const struct cg_tiles *t, size_t block, struct cutter *c)
{
    for (size_t i = cg_tiles_begin(t, block); i < rows_end(t, block); i++) {
        cut_row(m, t, i, c);
        for (size_t b = 0; b <= block; b++)
            count_piece(tile_at(t, block, b), c->first[b + 1] - c->first[b]);
    }
}

static void fill_block(const struct cg_matrix *m, const struct cg_tiles *t, size_t block, struct cutter *c)
{
    size_t row0 = cg_tiles_begin(t, block);
    for (size_t b = 0; b <= block; b++)
        set_cursor(t, tile_at(t, block, b), &c->cursor[b]);
    for (size_t i = row0; i < rows_end(t, block); i++) {
        cut_row(m, t, i, c);
        for (size_t b = 0; b <= block; b++)
            put_piece(m, t, &c->cursor[b], c->sorted + c->first[b], c->first[b + 1] - c->first[b], i - row0,
                      cg_tiles_begin(t, b));
    }
}

static int each_block(const struct cg_matrix *m, const struct cg_tiles *t, unsigned threads,
                      void (*pass)(const struct cg_matrix *, const struct cg_tiles *, size_t, struct cutter *))
{
    int failed = 0;
#pragma omp parallel default(none) shared(m, t, pass) num_threads(threads) reduction(| : failed)
    {
        struct cutter c;
        failed = cutter_create(t, &c) != 0;
        /* dynamic, one block: the later a block, the more of its entries lie below the diagonal */
#pragma omp for schedule(dynamic, 1)
        for (size_t b = 0; b < t->blocks; b++)
            if (!failed)
                pass(m, t, b, &c);
        cutter_destroy(&c);
    }
    return failed ? -ENOMEM : 0;
}

/* Where each tile begins in the three arrays; the empty one behind the last says where that ends. */
static void place_tiles(struct cg_tiles *t)
{
    size_t value = 0, segment = 0;
    for (size_t k = 0; k <= t->blocks * t->slots; k++) {
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
    for (size_t k = 0; k < t->blocks * t->slots; k++)
        for (size_t s = 0; s < CG_SEGMENT; s++) {
            t->n_values += t->tile[k].segments[s] * (s + 1);
            t->n_segments += t->tile[k].segments[s];
        }
    t->value = array_alloc(t->n_values, sizeof *t->value);
    t->column = array_alloc(t->n_values, sizeof *t->column);
    t->row = array_alloc(t->n_segments, sizeof *t->row);
    return t->value && t->column && t->row ? 0 : -ENOMEM;
}

static void touch_tile(void *context, size_t round, size_t slot)
{
    const struct cg_tiles *t = context;
    const struct cg_tile *tile = &t->tile[round * t->slots + slot], *next = tile + 1;
    memset(t->value + (tile->value - t->value), 0, (size_t)(next->value - tile->value) * sizeof *t->value);
    memset(t->column + (tile->column - t->column), 0, (size_t)(next->column - tile->column) * sizeof *t->column);
    memset(t->row + (tile->row - t->row), 0, (size_t)(next->row - tile->row) * sizeof *t->row);
}

/* By the threads that will read them, so that on a machine of several NUMA domains each has its tiles in its own. */
static void touch_tiles(struct cg_tiles *t, struct team *team)
{
#pragma omp parallel default(none) shared(t, team) num_threads(team->threads)
    {
        unsigned me = (unsigned)omp_get_thread_num();
        team_bind(team, me);
        cg_tiles_walk(t, me, (unsigned)omp_get_num_threads(), touch_tile, t);
    }
}

static size_t whole_groups(size_t n)
{
    return (n + CG_GROUP - 1) / CG_GROUP * CG_GROUP;
}

int cg_tiles_create(const struct cg_matrix *m, size_t blocks, struct team *team, struct cg_tiles *out)
{
    *out = (struct cg_tiles){ .n = m->n, .padded = whole_groups(m->n), .blocks = blocks,
                              .length = whole_groups((m->n + blocks - 1) / blocks), .slots = (blocks + 1) / 2 };
    out->tile = calloc(blocks * out->slots + 1, sizeof *out->tile);
    int rc = out->tile ? each_block(m, out, team->threads, count_block) : -ENOMEM;
    if (rc == 0)
        rc = alloc_entries(out);
    if (rc == 0) {
        place_tiles(out);
        touch_tiles(out, team);
        rc = each_block(m, out, team->threads, fill_block);
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
