/* The parts of mg's grids: they cover each level once, ghosts have the neighbours' values, and cycles on any blocks, with ghosts
 * copied instead of sent, give the bits of one process. */
#include "cpu_bound/nas/mg_part.h"

#include "common/message.h"
#include "common/openmp.h"
#include "cpu_bound/nas/mg_cycle.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static unsigned product(const unsigned pieces[MG_AXES])
{
    return pieces[MG_I] * pieces[MG_J] * pieces[MG_L];
}

static void choice_uses_the_processes_and_keeps_blocks_of_eight(void)
{
    for (unsigned finest = 5; finest <= 10; finest++)
        for (unsigned processes = 1; processes <= 5000; processes += 1 + processes / 16) {
            unsigned pieces[MG_AXES] = { 0 };
            mg_part_choose(finest, processes, pieces);
            CU_ASSERT(product(pieces) >= 1 && product(pieces) <= processes);
            for (int axis = 0; axis < MG_AXES; axis++)
                CU_ASSERT(pieces[axis] <= mg_part_most(finest, (enum mg_axis)axis));
        }
}

static void choice_cuts_planes_first_and_lines_last(void)
{
    static const struct { unsigned finest, processes, want[MG_AXES]; } table[] = {
        { 8, 1, { 1, 1, 1 } }, { 8, 2, { 1, 1, 2 } }, { 8, 3, { 1, 1, 3 } }, { 8, 16, { 1, 4, 4 } }, { 8, 17, { 1, 4, 4 } },
        { 10, 1024, { 4, 16, 16 } }, /* three axes where there are many */
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        unsigned pieces[MG_AXES];
        mg_part_choose(table[k].finest, table[k].processes, pieces);
        CU_ASSERT(memcmp(pieces, table[k].want, sizeof pieces) == 0);
    }
}

/* The same of every part, so each rank comes to it alone. */
static void parts_cover_each_level_once(void)
{
    static const unsigned shapes[][MG_AXES] = { { 1, 1, 1 }, { 1, 1, 3 }, { 1, 5, 2 }, { 2, 3, 4 }, { 8, 7, 13 }, { 3, 16, 16 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct mg_part first = mg_part_of(7, shapes[s], 0);
        for (unsigned level = first.gathered; level <= 7; level++) {
            ptrdiff_t points = 0, n = (ptrdiff_t)1 << level;
            for (unsigned p = 0; p < product(shapes[s]); p++) {
                struct mg_part part = mg_part_of(7, shapes[s], p);
                struct mg_extent e = mg_part_extent(&part, level);
                CU_ASSERT_EQUAL(part.gathered, first.gathered);
                ptrdiff_t block = 1;
                for (int axis = 0; axis < MG_AXES; axis++) {
                    CU_ASSERT(e.begin[axis] >= 0 && e.begin[axis] <= e.end[axis] && e.end[axis] <= n);
                    CU_ASSERT(!e.cut[axis] || e.end[axis] - e.begin[axis] >= MG_GHOST);
                    block *= e.end[axis] - e.begin[axis];
                }
                points += block;
            }
            CU_ASSERT_EQUAL(points, n * n * n);
        }
    }
}

/* --- cycles on blocks, each by a thread of its own that copies what it would be sent --- */

enum { FINEST = 7, SIDE = 1 << FINEST, MASK = SIDE - 1, MOST = 12, CYCLES = 3 }; /* levels 6 and 5 are cut, too */

struct block {
    struct mg_exchange base; /* first */
    struct mg_levels levels;
};

static struct block blocks[MOST];
static unsigned count;

/* The value at a point of any block's grid, by the block that owns it. */
static double value_at(unsigned level, size_t grid_offset, const ptrdiff_t at[MG_AXES])
{
    ptrdiff_t n = (ptrdiff_t)1 << level, in[MG_AXES];
    for (unsigned b = 0; b < count; b++) {
        const struct mg_extent *e = &blocks[b].levels.extent[level];
        bool owned = true;
        for (int axis = 0; axis < MG_AXES; axis++) {
            in[axis] = (at[axis] + n) % n;
            owned &= in[axis] >= e->begin[axis] && in[axis] < e->end[axis];
        }
        const struct mg_grid *g = (const void *)((const char *)&blocks[b].levels + grid_offset);
        if (owned)
            return mg_line(g, in[MG_J], in[MG_L])[in[MG_I] - g->i0];
    }
    return NAN;
}

/* Ghosts as far as they are exchanged and no farther, or all points of a gathered level; all are ready, none goes on before
 * all have theirs. */
static void fetch(struct block *b, unsigned level, struct mg_grid *g, struct mg_reach reach, bool gathered)
{
    const struct mg_extent *e = &b->levels.extent[level];
    ptrdiff_t begin[MG_AXES], end[MG_AXES], n = (ptrdiff_t)e->n;
    for (int axis = 0; axis < MG_AXES; axis++) {
        begin[axis] = gathered ? 0 : e->begin[axis] - (e->cut[axis] ? reach.below : 0);
        end[axis] = gathered ? n : e->end[axis] + (e->cut[axis] ? reach.above : 0);
    }
#pragma omp barrier
    for (ptrdiff_t l = begin[MG_L]; l < end[MG_L]; l++)
        for (ptrdiff_t j = begin[MG_J]; j < end[MG_J]; j++) {
            bool own_line = l >= e->begin[MG_L] && l < e->end[MG_L] && j >= e->begin[MG_J] && j < e->end[MG_J];
            double *line = mg_line(g, j, l);
            for (ptrdiff_t i = begin[MG_I]; i < end[MG_I]; i++)
                if (!own_line || i < e->begin[MG_I] || i >= e->end[MG_I])
                    line[i - g->i0] = value_at(level, (size_t)((const char *)g - (const char *)&b->levels),
                                               (const ptrdiff_t[MG_AXES]){ i, j, l });
            if (!e->cut[MG_I] && (gathered || !own_line))
                mg_close_line(line, g->n);
        }
#pragma omp barrier
}

static void nothing(struct mg_exchange *x, unsigned which)
{
    (void)x;
    (void)which;
}

static void fetch_solution(struct mg_exchange *x, unsigned which)
{
    struct block *b = (struct block *)x;
    fetch(b, FINEST, &b->levels.solution[which], mg_part_solution_reach(), false);
}

static void fetch_residual(struct mg_exchange *x, unsigned level)
{
    struct block *b = (struct block *)x;
    bool gathered = level == b->levels.part.gathered;
    fetch(b, level, &b->levels.r[level], mg_part_residual_reach(&b->levels.part, level), gathered);
}

static void add_all(struct mg_exchange *x, struct exact_sum *sum)
{
    (void)x;
    (void)sum;
}

/* What a thread's block comes to; in it the cycles run with a team of one. */
static void cycle_block(struct block *b, const unsigned pieces[MG_AXES], unsigned index)
{
    static const struct mg_smoother smoother = { -3.0 / 17, 1.0 / 33, -1.0 / 61 };
    struct mg_part part = mg_part_of(FINEST, pieces, index);
    struct mg_levels *m = &b->levels;
    int rc = mg_levels_create(&part, 1, isa_best(), smoother, m);
    if (rc != 0)
        abort();
    b->base = (struct mg_exchange){ 0, nothing, fetch_solution, nothing, fetch_residual, add_all };
    m->exchange = mg_part_divided(&part) ? &b->base : NULL;
    mg_levels_zero(m, 0);
    for (ptrdiff_t l = m->v.l0; l < m->v.l0 + m->v.planes; l++)
        for (ptrdiff_t j = m->v.j0; j < m->v.j0 + m->v.lines; j++)
            for (ptrdiff_t i = m->v.i0; i < m->v.i0 + (ptrdiff_t)m->v.n; i++)
                mg_line(&m->v, j, l)[i - m->v.i0] = sin((double)((i & MASK) + 3 * (j & MASK) + 7 * (l & MASK)));
#pragma omp barrier
    mg_first_residual(m, 0, 0);
    for (unsigned c = 0; c < CYCLES; c++)
        mg_cycle(m, 0, c, c == 0, c + 1 == CYCLES);
}

/* u and the sum of squares, from all blocks. */
static void cycle_blocks(const unsigned pieces[MG_AXES], double *u, double *squares)
{
    struct exact_sum sum = { 0 };
    memset(blocks, 0, sizeof blocks);
    count = product(pieces);
#pragma omp parallel default(none) shared(blocks, pieces) num_threads(count)
    cycle_block(&blocks[omp_get_thread_num()], pieces, (unsigned)omp_get_thread_num());
    size_t grid = offsetof(struct mg_levels, solution) + CYCLES % 2 * sizeof(struct mg_grid);
    for (ptrdiff_t p = 0; p < 1 << 3 * FINEST; p++)
        u[p] = value_at(FINEST, grid, (const ptrdiff_t[MG_AXES]){ p & MASK, p >> FINEST & MASK, p >> 2 * FINEST });
    for (unsigned b = 0; b < count; b++) {
        exact_sum_join(&sum, &blocks[b].levels.worker[0].squares);
        mg_levels_destroy(&blocks[b].levels);
    }
    *squares = exact_sum_value(&sum);
}

static void any_blocks_have_the_bits_of_one(void)
{
    static const unsigned shapes[][MG_AXES] = { { 1, 1, 2 }, { 1, 2, 1 }, { 2, 1, 1 }, { 1, 3, 1 }, { 1, 2, 5 }, { 4, 1, 2 },
                                                { 3, 2, 2 }, { 2, 2, 2 } };
    enum { BYTES = sizeof(double) << 3 * FINEST };
    double *want = malloc(BYTES), *got = malloc(BYTES), want_squares, got_squares;
    CU_ASSERT_FATAL(want && got);
    cycle_blocks((const unsigned[MG_AXES]){ 1, 1, 1 }, want, &want_squares);
    CU_ASSERT(isfinite(want_squares) && want_squares > 0);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        cycle_blocks(shapes[s], got, &got_squares);
        CU_ASSERT(memcmp(got, want, BYTES) == 0);
        CU_ASSERT(got_squares == want_squares);
    }
    free(want);
    free(got);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(choice_uses_the_processes_and_keeps_blocks_of_eight),
        UNIT(choice_cuts_planes_first_and_lines_last),
        UNIT(parts_cover_each_level_once),
        UNIT(any_blocks_have_the_bits_of_one),
        UNIT_END,
    };
    message_init("fake");
    return unit_main("mg_part", tests);
}
