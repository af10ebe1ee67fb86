/*
 * The initial field of FT by rows: points alternate real and imaginary parts in one random sequence, and
 * each lane of a block takes the numbers of its own points.
 */
#include "cpu_bound/nas/ft_kernel.h"
#include "cpu_bound/nas/nas_random_vector.h"

enum { CHAINS = 4 }; /* blocks in turn, to hide the latency of a step of the sequence; a row has 8 or more */

struct block {
    vector re, im;
};

/* The block of points that follows state @x, as 2r - 1 (nas_random_vector.h). */
static inline struct block first_block(uint64_t x)
{
    struct block b = { { 0 }, { 0 } };
    for (int l = 0; l < LANES; l++) {
        b.re[l] = nas_signed(x = nas_random_next(x));
        b.im[l] = nas_signed(x = nas_random_next(x));
    }
    return b;
}

static inline struct block next_block(struct block b, vector stride)
{
    return (struct block){ nas_lanes_next(b.re, stride), nas_lanes_next(b.im, stride) };
}

void ISA_NAME(ft_fill_row)(const struct ft_shape *s, double *row, size_t y, size_t z)
{
    const vector block_on = nas_stride(2 * LANES), chains_on = nas_stride(2 * LANES * CHAINS);
    uint64_t point = (uint64_t)s->n[FT_X] * (y + (uint64_t)s->n[FT_Y] * z);
    struct block chain[CHAINS] = { first_block(nas_random_at(NAS_SEED, 2 * point)) };
    for (int c = 1; c < CHAINS; c++)
        chain[c] = next_block(chain[c - 1], block_on);
    for (size_t x = 0; x < s->n[FT_X]; x += CHAINS * LANES)
#pragma GCC unroll 4
        for (int c = 0; c < CHAINS; c++, row += 2 * LANES) {
            vector_store(row, nas_lanes_uniform(chain[c].re));
            vector_store(row + LANES, nas_lanes_uniform(chain[c].im));
            chain[c] = next_block(chain[c], chains_on);
        }
}
