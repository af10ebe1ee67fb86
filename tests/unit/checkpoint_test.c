/* The checksums of checkpoints (mpi/checkpoint_sum.h), without MPI. */
#include "mpi/checkpoint_sum.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { WORDS = 1000, BLOCK = 96, BLOCKS = (WORDS + BLOCK - 1) / BLOCK };

static uint64_t word[WORDS], whole[BLOCKS];

static void fill(void)
{
    for (size_t i = 0; i < WORDS; i++)
        word[i] = i % 7 == 0 ? 0 : i * i; /* many zeros, as fields have them */
    memset(whole, 0, sizeof whole);
    checkpoint_sum(whole, BLOCK, 0, word, WORDS);
}

/* In pieces of equal length, each @step-th after the one before: all of them, as @step has no factor of their number. */
static void sum_pieces(size_t pieces, size_t step)
{
    uint64_t sum[BLOCKS] = { 0 };
    for (size_t p = 0; p < pieces; p++) {
        size_t k = p * step % pieces, begin = WORDS * k / pieces, end = WORDS * (k + 1) / pieces;
        checkpoint_sum(sum, BLOCK, begin, word + begin, end - begin);
    }
    CU_ASSERT(memcmp(sum, whole, sizeof sum) == 0);
}

static void pieces_in_any_order_have_the_sums_of_the_whole(void)
{
    fill();
    sum_pieces(1, 1);
    sum_pieces(2, 1);
    sum_pieces(10, 3);
    sum_pieces(37, 36);
    sum_pieces(WORDS, 333);
}

static void one_changed_bit_changes_the_sum_of_its_block_only(void)
{
    fill();
    for (size_t i = 0; i < WORDS; i += 13)
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t sum[BLOCKS] = { 0 };
            word[i] ^= (uint64_t)1 << bit;
            checkpoint_sum(sum, BLOCK, 0, word, WORDS);
            word[i] ^= (uint64_t)1 << bit;
            for (size_t b = 0; b < BLOCKS; b++)
                CU_ASSERT((sum[b] != whole[b]) == (b == i / BLOCK));
        }
}

static void exchanged_and_shifted_words_are_noticed(void)
{
    uint64_t sum[BLOCKS] = { 0 };
    fill();
    uint64_t kept = word[10];
    word[10] = word[11];
    word[11] = kept;
    checkpoint_sum(sum, BLOCK, 0, word, WORDS);
    CU_ASSERT(sum[0] != whole[0]);
    fill();
    memset(sum, 0, sizeof sum);
    checkpoint_sum(sum, BLOCK, 1, word, WORDS - 1);
    for (size_t b = 0; b < BLOCKS; b++)
        CU_ASSERT(sum[b] != whole[b]);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(pieces_in_any_order_have_the_sums_of_the_whole),
        UNIT(one_changed_bit_changes_the_sum_of_its_block_only),
        UNIT(exchanged_and_shifted_words_are_noticed),
        UNIT_END,
    };
    return unit_main("checkpoint", tests);
}
