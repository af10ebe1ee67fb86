/*
 * The search tree of a board by vectors, compiled once per instruction set (isa.h). A plain recursion
 * waits: at most nodes a branch is guessed wrong. Here boards wait in a list per row, and one pass takes a
 * vector of boards of one row, places a queen on the lowest free column of each, and appends, without a
 * branch, the boards that can go on to the next row's list and those with columns left to their own.
 *
 * To keep the lists short and the vectors full, the deepest row with at least SWEEP boards is swept; if
 * there is none, the first row that has any. So no list grows beyond 2 SWEEP. A sweep is long enough for
 * its loads not to meet the stores of the sweep before on their way to the cache, and short enough for the
 * lists of a board of 16, 4 KiB a row and half full, to stay in a first-level cache.
 */
#include "cpu_bound/nqueens_kernel.h"

#if defined(ISA_avx512) || defined(ISA_avx2)
#include <immintrin.h>

#if defined(ISA_avx512)
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif

typedef uint32_t vector __attribute__((vector_size(4 * LANES)));
typedef uint32_t vector_unaligned __attribute__((vector_size(4 * LANES), aligned(4)));

enum { SWEEP = 128, CAPACITY = 2 * SWEEP + LANES }; /* LANES: whole vectors are stored at the end */

/* The boards that wait on one row, with the free columns not tried yet (at least one). */
struct list {
    unsigned length;
    uint32_t columns[CAPACITY], left[CAPACITY], right[CAPACITY], untried[CAPACITY];
};

struct boards {
    vector columns, left, right, untried;
};

static inline vector load(const uint32_t *p)
{
    return *(const vector_unaligned *)p;
}

static inline void store(uint32_t *p, vector v)
{
    *(vector_unaligned *)p = v;
}

/* Which lanes are not zero, a bit each; and how lanes so marked are packed at the front. */
#if defined(ISA_avx512)
typedef __mmask16 order;

static inline unsigned marks(vector v)
{
    return _mm512_test_epi32_mask((__m512i)v, (__m512i)v);
}

static inline order order_of(unsigned marked)
{
    return (order)marked;
}

static inline vector pack(vector v, order o)
{
    return (vector)_mm512_maskz_compress_epi32(o, (__m512i)v);
}
#else
typedef __m256i order;

static inline unsigned marks(vector v)
{
    return (unsigned)_mm256_movemask_ps((__m256)(v != 0));
}

/* The numbers of the marked lanes, packed into bytes by a bit extraction and widened to lanes. */
static inline order order_of(unsigned marked)
{
    uint64_t bytes = _pdep_u64(marked, 0x0101010101010101u) * 0xff;
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)_pext_u64(0x0706050403020100u, bytes)));
}

static inline vector pack(vector v, order o)
{
    return (vector)_mm256_permutevar8x32_epi32((__m256i)v, o);
}
#endif

/* Write the marked boards into @list from @at on; where the next goes. */
static inline unsigned append(struct list *list, unsigned at, struct boards b, unsigned marked)
{
    order o = order_of(marked);
    store(list->columns + at, pack(b.columns, o));
    store(list->left + at, pack(b.left, o));
    store(list->right + at, pack(b.right, o));
    store(list->untried + at, pack(b.untried, o));
    return at + (unsigned)__builtin_popcount(marked);
}

/*
 * Place one queen on each of the last SWEEP boards of @here. Boards with columns left stay, moved together
 * in place: what is written ends where reading has come to. @next: NULL for the last row but one, where a
 * board that can go on has one column left and is a solution.
 */
static inline __attribute__((always_inline)) void sweep(struct list *here, struct list *next, uint32_t full,
                                                        struct nqueens_count *count)
{
    unsigned end = here->length, begin = end > SWEEP ? end - SWEEP : 0;
    unsigned stay = begin, go_on = next ? next->length : 0, solutions = 0;
    for (unsigned i = begin; i < end; i += LANES) {
        unsigned filled = end - i < LANES ? (1u << (end - i)) - 1 : (1u << LANES) - 1;
        struct boards b = { load(here->columns + i), load(here->left + i), load(here->right + i), load(here->untried + i) };
        vector queen = b.untried & -b.untried;
        struct boards placed = { b.columns | queen, (b.left | queen) << 1, (b.right | queen) >> 1, b.untried };
        b.untried ^= queen;
        placed.untried = full & ~(placed.columns | placed.left | placed.right);
        unsigned alive = marks(placed.untried) & filled;
        stay = append(here, stay, b, marks(b.untried) & filled);
        if (next)
            go_on = append(next, go_on, placed, alive);
        else
            solutions += (unsigned)__builtin_popcount(alive);
    }
    here->length = stay;
    if (next)
        next->length = go_on;
    count->placed += end - begin + solutions;
    count->solutions += solutions;
}

static void sweep_row(struct list *lists, unsigned row, unsigned last, uint32_t full, struct nqueens_count *count)
{
    if (row < last)
        sweep(&lists[row], &lists[row + 1], full, count);
    else
        sweep(&lists[row], NULL, full, count);
}

/* Sweep @row, which has boards, and what follows from it, until no row has as many as SWEEP. */
static void sweep_down(struct list *lists, unsigned row, unsigned last, uint32_t full, struct nqueens_count *count)
{
    unsigned at = row;
    do {
        sweep_row(lists, at, last, full, count);
        if (at < last && lists[at + 1].length >= SWEEP)
            at++;
        while (at > row && lists[at].length < SWEEP)
            at--;
    } while (lists[at].length >= SWEEP);
}

void ISA_NAME(nqueens_search)(unsigned n, unsigned row, struct nqueens_board board, struct nqueens_count *count)
{
    uint32_t full = nqueens_full(n), untried = nqueens_free(board, full);
    if (row + 2 > n) {
        nqueens_reference(full, board, count);
        return;
    }
    if (untried == 0)
        return;
    struct list lists[NQUEENS_MAX];
    unsigned last = n - 2;
    for (unsigned r = row; r <= last; r++)
        lists[r].length = 0;
    append(&lists[row], 0, (struct boards){ board.columns + (vector){ 0 }, board.left + (vector){ 0 },
                                            board.right + (vector){ 0 }, untried + (vector){ 0 } }, 1);
    lists[row].length = 1;
    while (row <= last)
        if (lists[row].length > 0)
            sweep_down(lists, row, last, full, count);
        else
            row++;
}

#else /* no instruction to move marked lanes together */

void ISA_NAME(nqueens_search)(unsigned n, unsigned row, struct nqueens_board board, struct nqueens_count *count)
{
    (void)row;
    nqueens_reference(nqueens_full(n), board, count);
}

#endif
