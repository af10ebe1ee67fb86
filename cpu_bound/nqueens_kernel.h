#ifndef PARKIT_NQUEENS_KERNEL_H
#define PARKIT_NQUEENS_KERNEL_H
/*
 * Queens on an n x n board, row by row. Three masks say which columns of the next row are attacked: along
 * columns, and along the two diagonals, which move by a column from row to row.
 */
#include "common/isa.h"

#include <stdint.h>

enum { NQUEENS_MAX = 27 }; /* the masks have 32 bits; the published counts end here too */

struct nqueens_board {
    uint32_t columns, left, right; /* bit c: column c of the next row is attacked; bits from n on do not matter */
};

struct nqueens_count {
    uint64_t solutions;
    uint64_t placed;               /* queens placed without attacking another: the search tree's nodes */
};

/** nqueens_full() - all columns of a board of side @n, 1 .. NQUEENS_MAX. */
static inline uint32_t nqueens_full(unsigned n)
{
    return ((uint32_t)1 << n) - 1;
}

/** nqueens_place() - the board of the row after a queen in that column, given as its bit. */
static inline struct nqueens_board nqueens_place(struct nqueens_board b, uint32_t column)
{
    return (struct nqueens_board){ b.columns | column, (b.left | column) << 1, (b.right | column) >> 1 };
}

/** nqueens_free() - the columns of the next row that are not attacked. */
static inline uint32_t nqueens_free(struct nqueens_board b, uint32_t full)
{
    return full & ~(b.columns | b.left | b.right);
}

/**
 * nqueens_search() - all ways to fill the rows from @row (0 .. n) on.
 *
 * @board: with queens on the rows before. @count: out, added to. Cannot fail; takes up to 130 KB of the stack.
 * Threads may call it together.
 */
ISA_DECLARE(void, nqueens_search, (unsigned n, unsigned row, struct nqueens_board board, struct nqueens_count *count));

/** nqueens_reference() - the same by plain recursion. Source: Dijkstra's backtracking with bit masks (Richards, 1997). */
void nqueens_reference(uint32_t full, struct nqueens_board board, struct nqueens_count *count);

#endif
