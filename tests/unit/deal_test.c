/* The arithmetic of tickets and steps (mpi/deal.h), without MPI. */
#include "mpi/deal.h"
#include "tests/unit/unit.h"

enum { MANY = 5000 };

/* Ranks draw tickets in the order `order` gives; each walks with a copy of its own. Counts how often a block is dealt. */
static void deal_all(struct deal plan, unsigned char *times, unsigned *ranges, unsigned seed)
{
    struct deal walk[8];
    for (size_t r = 0; r < plan.ranks; r++)
        walk[r] = plan;
    *ranges = 0;
    for (int64_t ticket = 0, ended = 0; !ended; ticket++) {
        size_t begin, end;
        seed = seed * 1103515245u + 12345u;
        ended = !deal_range(&walk[(seed >> 16) % plan.ranks], ticket, &begin, &end);
        for (size_t b = begin; b < end && b < MANY; b++)
            times[b]++;
        *ranges += !ended;
    }
}

static void every_block_is_dealt_once_whoever_draws(void)
{
    for (size_t count = 1; count < MANY; count = count * 3 + 1)
        for (size_t ranks = 1; ranks <= 8; ranks++)
            for (size_t piece = 1; piece <= 2 * count; piece = piece * 4 + 3)
                for (int shrink = 0; shrink < 2; shrink++) {
                    unsigned char times[MANY] = { 0 };
                    unsigned ranges;
                    deal_all((struct deal){ .count = count, .piece = piece, .ranks = ranks, .shrink = shrink }, times, &ranges,
                             (unsigned)(count + ranks));
                    size_t once = 0;
                    for (size_t b = 0; b < MANY; b++)
                        once += times[b] == (b < count);
                    CU_ASSERT_EQUAL(once, MANY);
                }
}

static void ranges_shrink_from_a_quarter_of_a_share_to_the_piece(void)
{
    struct deal d = { .count = 4000, .piece = 10, .ranks = 2, .shrink = true };
    size_t begin, end, before = 4000;
    CU_ASSERT(deal_range(&d, 0, &begin, &end));
    CU_ASSERT_EQUAL(end - begin, 4000 / 8);
    for (int64_t t = 0; deal_range(&d, t, &begin, &end); t++) {
        CU_ASSERT(end - begin <= before);
        CU_ASSERT(end - begin >= 10 || end == 4000);
        before = end - begin;
    }
}

static void without_shrinking_all_ranges_are_a_piece(void)
{
    struct deal d = { .count = 25, .piece = 10, .ranks = 3 };
    size_t begin, end;
    CU_ASSERT(deal_range(&d, 1, &begin, &end));
    CU_ASSERT(begin == 10 && end == 20);
    CU_ASSERT(deal_range(&d, 2, &begin, &end));
    CU_ASSERT(begin == 20 && end == 25);
    CU_ASSERT(!deal_range(&d, 3, &begin, &end));
    CU_ASSERT(!deal_range(&d, INT64_MAX, &begin, &end));
}

static void a_step_doubles_while_short_and_halves_while_long(void)
{
    struct pace p = { .unit = 6, .units = 1 };
    CU_ASSERT_EQUAL(pace_blocks(&p, 100), 6);
    pace_took(&p, 0);
    CU_ASSERT_EQUAL(pace_blocks(&p, 100), 12);
    pace_took(&p, 0.75 * PACE_S);
    CU_ASSERT_EQUAL(pace_blocks(&p, 100), 12);
    pace_took(&p, 10);
    CU_ASSERT_EQUAL(pace_blocks(&p, 100), 6);
    pace_took(&p, 10);
    CU_ASSERT_EQUAL(pace_blocks(&p, 100), 6);
}

static void a_new_range_starts_with_an_eighth(void)
{
    struct pace p = { .unit = 3, .units = 64 };
    pace_new_range(&p);
    CU_ASSERT_EQUAL(pace_blocks(&p, 1000), 24);
    pace_new_range(&p);
    CU_ASSERT_EQUAL(pace_blocks(&p, 1000), 3);
    pace_new_range(&p);
    CU_ASSERT_EQUAL(pace_blocks(&p, 1000), 3);
}

static void a_step_stays_within_what_is_left(void)
{
    struct pace p = { .unit = 6, .units = 1 };
    CU_ASSERT_EQUAL(pace_blocks(&p, 6), 6);
    CU_ASSERT_EQUAL(pace_blocks(&p, 5), 5);
    CU_ASSERT_EQUAL(pace_blocks(&p, 0), 0);
    for (int i = 0; i < 200; i++) /* no overflow, however fast the blocks are */
        pace_took(&p, 0);
    CU_ASSERT_EQUAL(pace_blocks(&p, 1000000007), 1000000007);
    CU_ASSERT(pace_blocks(&p, SIZE_MAX) > SIZE_MAX / 16);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(every_block_is_dealt_once_whoever_draws),
        UNIT(ranges_shrink_from_a_quarter_of_a_share_to_the_piece),
        UNIT(without_shrinking_all_ranges_are_a_piece),
        UNIT(a_step_doubles_while_short_and_halves_while_long),
        UNIT(a_step_stays_within_what_is_left),
        UNIT(a_new_range_starts_with_an_eighth),
        UNIT_END,
    };
    return unit_main("deal", tests);
}
