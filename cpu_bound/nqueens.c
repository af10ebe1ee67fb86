/*
 * nqueens: in how many ways n queens stand on an n x n board without attacking each other. The pattern is
 * a search tree walked by tasks: it is cut below the first CUT rows, and each way to fill these is a block,
 * searched by masks of bits (nqueens_isa.c). The blocks differ in cost by a small factor: dynamic.
 * Mirrored boards are counted and not searched: the first queen stands in the left half; on an odd board
 * with the first in the middle, the second does.
 * Work: queens placed, which are the nodes of the tree so halved. Limit: instructions, some 60 for a vector
 * of 16 queens with AVX-512, 8 of which pack boards at two cycles each; nothing leaves the first caches.
 */
#include "common/digest.h"
#include "common/openmp.h"
#include "common/workload.h"
#include "cpu_bound/nqueens_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* OEIS A000170, n = 1 .. 27 */
static const uint64_t published[NQUEENS_MAX] = {
    1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512, 95815104, 666090624, 4968057848,
    39029188884, 314666222712, 2691008701644, 24233937684440, 227514171973736, 2207893435808352, 22317699616364044,
    234907967154122528,
};

/* 3: about n^3/4 blocks, 1118 for a board of 16, enough for any machine; each is above 10 us from n = 14 on. */
enum { CUT = 3, BLOCKS_MAX = (NQUEENS_MAX + 1) / 2 * NQUEENS_MAX * NQUEENS_MAX };

enum kernel { KERNEL_TUNED, KERNEL_REFERENCE };
static const char *const kernel_names[] = { "tuned", "reference", NULL };

struct own {
    int kernel;
};

static const struct option_spec own_options[] = {
    { 0, "kernel", "NAME", OPTION_CHOICE, offsetof(struct own, kernel), "tuned", 0, 0, kernel_names,
      "tuned, or the plain recursion that it is compared with" },
    { 0 },
};

struct nqueens {
    unsigned n, cut;                        /* cut: rows filled at the beginning of a block  */
    enum isa isa;
    int kernel;
    size_t blocks;
    struct nqueens_board board[BLOCKS_MAX]; /* after the rows above the cut                  */
    uint64_t placed_above;                  /* queens placed there                           */
    struct nqueens_count *slot;             /* of each block                                 */
    struct nqueens_count total;             /* of all, and of the mirrored boards if they are others */
};

static unsigned mirrors(const struct nqueens *q)
{
    return q->n == 1 ? 1 : 2;
}

/* The columns that the search may use on @row, so that no board is searched together with its mirror image. */
static uint32_t one_of_each_pair(const struct nqueens *q, unsigned row, struct nqueens_board above)
{
    uint32_t half = nqueens_full(q->n / 2), half_and_middle = nqueens_full((q->n + 1) / 2);
    if (row == 0)
        return half_and_middle;
    if (row == 1 && above.columns == (half_and_middle & ~half))
        return half;
    return nqueens_full(q->n);
}

static void cut_tree(struct nqueens *q, unsigned row, struct nqueens_board board)
{
    if (row == q->cut) {
        q->board[q->blocks++] = board;
        return;
    }
    uint32_t untried = nqueens_free(board, nqueens_full(q->n)) & one_of_each_pair(q, row, board);
    for (; untried; untried &= untried - 1) {
        q->placed_above++;
        cut_tree(q, row + 1, nqueens_place(board, untried & -untried));
    }
}

static size_t slot_bytes(const struct nqueens *q)
{
    return (q->blocks + 1) * sizeof *q->slot; /* + 1: a board of 2 or 3 has no blocks */
}

static void nqueens_teardown(void *state)
{
    struct nqueens *q = state;
    if (q && q->slot)
        team_shared_free(q->slot, slot_bytes(q));
    free(q);
}

static int nqueens_setup(const struct params *p, void **state)
{
    const struct own *own = p->own;
    struct nqueens *q = calloc(1, sizeof *q);
    if (!q)
        return -ENOMEM;
    q->n = (unsigned)p->size;
    q->cut = q->n < CUT ? q->n : CUT;
    q->isa = p->isa;
    q->kernel = own->kernel;
    cut_tree(q, 0, (struct nqueens_board){ 0 });
    q->slot = team_shared_alloc(slot_bytes(q));
    if (!q->slot) {
        nqueens_teardown(q);
        return -ENOMEM;
    }
    *state = q;
    return 0;
}

static void nqueens_blocks(void *state, struct blocks *out)
{
    struct nqueens *q = state;
    /* chunk 1: a block of a board that takes long takes long enough by itself */
    *out = (struct blocks){ .count = q->blocks, .slot_size = sizeof *q->slot, .slots = q->slot, .chunk = 1 };
}

static void recurse(uint32_t full, uint32_t columns, uint32_t left, uint32_t right, struct nqueens_count *count)
{
    if (columns == full) {
        count->solutions++;
        return;
    }
    for (uint32_t untried = full & ~(columns | left | right); untried; untried &= untried - 1) {
        uint32_t queen = untried & -untried;
        count->placed++;
        recurse(full, columns | queen, (left | queen) << 1, (right | queen) >> 1, count);
    }
}

void nqueens_reference(uint32_t full, struct nqueens_board board, struct nqueens_count *count)
{
    recurse(full, board.columns, board.left, board.right, count);
}

static int nqueens_compute(void *state, size_t begin, size_t end)
{
    struct nqueens *q = state;
    for (size_t b = begin; b < end; b++) {
        struct nqueens_count count = { 0 }; /* not in the slot: neighbours would share its cache line */
        if (q->kernel == KERNEL_REFERENCE)
            nqueens_reference(nqueens_full(q->n), q->board[b], &count);
        else
            ISA_SELECT(nqueens_search, q->isa)(q->n, q->cut, q->board[b], &count);
        q->slot[b] = count;
    }
    return 0;
}

static int nqueens_compute_openmp(void *state, struct team *team, size_t begin, size_t end)
{
    /* num_threads: the team that was asked for */
#pragma omp parallel default(none) shared(state, team, begin, end) num_threads(team->threads)
    {
        team_bind(team, (unsigned)omp_get_thread_num());
        /* One thread makes the tasks, all take them. No taskloop: libgomp runs one of more than 64 tasks a thread
         * in the thread that meets it, all of it; single tasks beyond that number it only stops putting off. */
#pragma omp single
        for (size_t b = begin; b < end; b++)
#pragma omp task default(none) shared(state) firstprivate(b)
            nqueens_compute(state, b, b + 1);
    }
    return 0;
}

static void nqueens_join(void *state)
{
    struct nqueens *q = state;
    q->total = (struct nqueens_count){ .placed = q->placed_above };
    for (size_t b = 0; b < q->blocks; b++) {
        q->total.solutions += mirrors(q) * q->slot[b].solutions;
        q->total.placed += q->slot[b].placed;
    }
}

static int nqueens_verify(void *state, char *why, size_t why_len)
{
    const struct nqueens *q = state;
    if (q->total.solutions == published[q->n - 1])
        return 0;
    snprintf(why, why_len, "%" PRIu64 " ways were counted, not %" PRIu64, q->total.solutions, published[q->n - 1]);
    return -EDOM;
}

static double nqueens_work(const void *state)
{
    const struct nqueens *q = state;
    return (double)q->total.placed;
}

static json_t *nqueens_answer(const void *state)
{
    const struct nqueens *q = state;
    return json_integer((json_int_t)q->total.solutions);
}

static uint64_t nqueens_digest(const void *state)
{
    const struct nqueens *q = state;
    return digest_bytes(q->slot, q->blocks * sizeof *q->slot);
}

static int nqueens_details(const void *state, json_t *result)
{
    const struct nqueens *q = state;
    return json_object_set_new(result, "kernel", json_string(kernel_names[q->kernel])) == 0 ? 0 : -ENOMEM;
}

static void nqueens_text(const void *state, char *out, size_t size)
{
    const struct nqueens *q = state;
    snprintf(out, size, "%" PRIu64 " ways, found with %" PRIu64 " queens placed", q->total.solutions, q->total.placed);
}

const struct workload nqueens_workload = {
    .name = "nqueens",
    .summary = "ways to place n queens on a board: a search tree, tasks",
    .pattern = "search tree, tasks",
    .size_is = "rows of the board",
    .size_default = 16,
    .size_min = 1,
    .size_max = NQUEENS_MAX, /* the work grows eightfold a row: 18 takes half a minute, 21 hours, 27 centuries */
    .check = "published count (OEIS A000170)",
    .work_unit = "queens placed",
    .models = MODELS_ALL & ~MODEL_BIT(MODEL_COOP), /* without coop: nothing to wait for that a second task could overlap */
    .has_isa = true,
    .options = own_options,
    .own_size = sizeof(struct own),
    .setup = nqueens_setup,
    .blocks = nqueens_blocks,
    .compute = nqueens_compute,
    .compute_openmp = nqueens_compute_openmp,
    .join = nqueens_join,
    .verify = nqueens_verify,
    .work = nqueens_work,
    .answer = nqueens_answer,
    .digest = nqueens_digest,
    .details = nqueens_details,
    .text = nqueens_text,
    .teardown = nqueens_teardown,
};
