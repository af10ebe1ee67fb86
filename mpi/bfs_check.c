/*
 * Validation of trees that are spread over ranks, BFS_LANES of them at a time, against the input edges as they came
 * (g->edge of the part), not the lists that were made of them.
 *
 * Rules 1 and 2: depths are counted from the root down. In step d all ranks learn, as a bitmap, which vertices have depth d;
 * those with a parent among them get d + 1. What has a parent but never gets a depth does not hang on the root.
 * Rules 3, 4 and 5: the depths of one rank's vertices after the other's go round, and each rank looks at its edges that lead
 * there; an edge is known to the owners of both its ends, so each notes for its own vertices where rule 5 holds.
 *
 * Memory: n / 8 bytes for the bitmap; the rest falls with the ranks.
 */
#include "mpi/bfs_check.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "mpi/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checking {
    const struct bfs_part *p;
    const struct bfs_graph *g;
    struct bfs_outcome *o;
    const uint32_t *parent;
    size_t stride;
    unsigned threads;
    struct bfs_lanes own, visiting;
    uint8_t *depth;           /* of one tree, by outer label - p->first                              */
    uint64_t *bits;           /* of all vertices by outer label; each rank's begin with a word       */
    size_t *first_word;       /* of each rank there                                                  */
    int *words, *at;
    char *why;                /* the first to be wrong here has the word                             */
    size_t why_len;
    int rc;
    uint64_t reached[BFS_ROOTS_MAX], ends[BFS_ROOTS_MAX], digest[BFS_ROOTS_MAX];
};

static size_t largest_part(size_t n, size_t ranks)
{
    return n / ranks + 1;
}

double bfs_check_bytes(unsigned scale, int ranks)
{
    double n = (double)((size_t)1 << scale), lane = 2 * sizeof(uint8_t) + sizeof(uint32_t);
    return n / 8 + n / ranks * (BFS_LANES * lane + sizeof(uint16_t) + sizeof(uint8_t));
}

static void release(struct checking *c)
{
    free(c->own.depth);
    free(c->own.parent);
    free(c->own.joined);
    free(c->visiting.depth);
    free(c->depth);
    free(c->bits);
    free(c->first_word);
    free(c->words);
}

static int allocate(struct checking *c)
{
    size_t ranks = (size_t)c->p->rt->base.ranks, n = largest_part(c->p->vertices, ranks);
    c->own.depth = array_alloc(n, sizeof *c->own.depth);
    c->own.parent = array_alloc(n, sizeof *c->own.parent);
    c->own.joined = array_alloc(n, sizeof *c->own.joined);
    c->visiting.depth = array_alloc(n, sizeof *c->visiting.depth);
    c->depth = array_alloc(n, sizeof *c->depth);
    c->first_word = calloc(ranks + 1, sizeof *c->first_word);
    c->words = calloc(2 * ranks, sizeof *c->words);
    if (!c->own.depth || !c->own.parent || !c->own.joined || !c->visiting.depth || !c->depth || !c->first_word || !c->words)
        return -ENOMEM;
    c->at = c->words + ranks;
    for (size_t r = 0; r < ranks; r++) {
        c->at[r] = (int)c->first_word[r];
        c->words[r] = (int)bfs_words(bfs_part_first(c->p, r + 1) - bfs_part_first(c->p, r));
        c->first_word[r + 1] = c->first_word[r] + (size_t)c->words[r];
    }
    c->bits = array_alloc(c->first_word[ranks] + 1, sizeof *c->bits);
    return c->bits ? 0 : -ENOMEM;
}

static void wrong(struct checking *c, size_t tree, const char *text)
{
#pragma omp critical(bfs_check)
    if (c->rc == 0) {
        c->rc = -EDOM;
        snprintf(c->why, c->why_len, "the tree of root %" PRIu32 " breaks %s", c->o->root[tree], text);
    }
}

/* --- rules 1 and 2 --- */

static bool has_bit(const struct checking *c, uint32_t v)
{
    size_t q = bfs_part_owner(c->p, v), i = v - bfs_part_first(c->p, q);
    return c->bits[c->first_word[q] + i / 64] >> i % 64 & 1;
}

/* Own vertices of depth @d become bits, and all ranks learn those of all. @any: out, whether there are any. */
static int share_depth(struct checking *c, uint8_t d, bool *any)
{
    size_t rank = (size_t)c->p->rt->base.rank, n = c->g->vertices;
    uint64_t *own = c->bits + c->first_word[rank];
#pragma omp parallel for default(none) shared(c, own, n, d) num_threads(c->threads) schedule(static) /* equal work */
    for (size_t w = 0; w < bfs_words(n); w++) {
        own[w] = 0;
        for (size_t v = w * 64; v < n && v < (w + 1) * 64; v++)
            own[w] |= (uint64_t)(c->depth[v] == d) << v % 64;
    }
    int rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_UINT64_T, c->bits, c->words, c->at, MPI_UINT64_T,
                                                        c->p->rt->comm));
    *any = false;
    for (size_t w = 0; w < c->first_word[c->p->rt->base.ranks] && !*any; w++)
        *any = c->bits[w] != 0;
    return rc;
}

static void deepen(struct checking *c, const uint32_t *parent, uint8_t d)
{
#pragma omp parallel for default(none) shared(c, parent, d) num_threads(c->threads) schedule(static) /* equal work */
    for (size_t v = 0; v < c->g->vertices; v++)
        if (c->depth[v] == BFS_UNREACHED && parent[v] < c->p->vertices && has_bit(c, parent[v]))
            c->depth[v] = (uint8_t)(d + 1);
}

/* What has a parent must have a depth; and what else there is to say about the own part of the tree. */
static void sum_up(struct checking *c, size_t tree, const uint32_t *parent)
{
    uint64_t reached = 0, ends = 0, digest = 0;
#pragma omp parallel for default(none) shared(c, tree, parent) num_threads(c->threads) schedule(static) \
    reduction(+ : reached, ends, digest) /* static: equal work */
    for (size_t v = 0; v < c->g->vertices; v++) {
        if (parent[v] == BFS_NONE)
            continue;
        if (c->depth[v] == BFS_UNREACHED) {
            char text[96];
            snprintf(text, sizeof text, "rule 1: the parents of vertex %zu do not lead to the root", c->p->first + v);
            wrong(c, tree, text);
        }
        reached++;
        ends += c->g->ends[v];
        digest += bfs_depth_hash(c->p->first + (uint32_t)v, c->depth[v]);
    }
    c->reached[tree] = reached;
    c->ends[tree] = ends;
    c->digest[tree] = digest;
}

static int find_depths(struct checking *c, size_t tree)
{
    const uint32_t *parent = c->parent + tree * c->stride;
    uint32_t root = c->o->root[tree];
    bool any = true;
    int rc = 0;
    memset(c->depth, BFS_UNREACHED, c->g->vertices);
    if (bfs_part_owner(c->p, root) == (size_t)c->p->rt->base.rank) {
        c->depth[root - c->p->first] = 0;
        if (parent[root - c->p->first] != root)
            wrong(c, tree, "rule 1: the root is not its own parent");
    }
    for (uint8_t d = 0; rc == 0 && any && d < BFS_DEEPEST; d++) {
        rc = share_depth(c, d, &any);
        if (rc == 0 && any)
            deepen(c, parent, d);
    }
    sum_up(c, tree, parent);
    return rc;
}

/* --- rules 3, 4 and 5 --- */

/* The depths just found, and the parents, as lane @l; beyond the last tree: no vertex in it. */
static void fill_lane(struct checking *c, size_t l, const uint32_t *parent)
{
#pragma omp parallel for default(none) shared(c, l, parent) num_threads(c->threads) schedule(static) /* equal work */
    for (size_t v = 0; v < c->g->vertices; v++) {
        c->own.depth[v][l] = parent ? c->depth[v] : BFS_UNREACHED;
        c->own.parent[v][l] = parent ? parent[v] : BFS_NONE;
        if (l == 0)
            atomic_store_explicit(&c->own.joined[v], 0, memory_order_relaxed);
    }
}

/* Own edges to the vertices of rank @q. */
static void check_edges(struct checking *c, size_t tree, size_t q, const struct bfs_lanes *to)
{
    enum { PIECE = 1 << 14 };
    size_t begin = c->p->edge_begin[q], n = c->p->edge_begin[q + 1];
    /* dynamic: how many edges belong to a tree differs from piece to piece */
#pragma omp parallel for default(none) shared(c, tree, to, begin, n) num_threads(c->threads) schedule(dynamic, 1)
    for (size_t i = begin; i < n; i += PIECE) {
        size_t end = n - i < PIECE ? n : i + PIECE;
        size_t stop = ISA_SELECT(bfs_check_edges, c->o->isa)(c->g->edge, &c->own, to, i, end);
        if (stop < end) {
            char text[128] = "";
            size_t lane = bfs_blame_edge(c->g->edge[stop], &c->own, to, text, sizeof text);
            wrong(c, tree + lane, text);
        }
    }
}

static int check_all_edges(struct checking *c, size_t tree)
{
    size_t ranks = (size_t)c->p->rt->base.ranks, rank = (size_t)c->p->rt->base.rank;
    int rc = 0;
    for (size_t q = 0; rc == 0 && q < ranks; q++) {
        size_t first = bfs_part_first(c->p, q), n = bfs_part_first(c->p, q + 1) - first;
        struct bfs_lanes *to = q == rank ? &c->own : &c->visiting;
        to->first = (uint32_t)first;
        rc = mpi_check("MPI_Bcast", MPI_Bcast(to->depth, (int)n, c->p->lanes, (int)q, c->p->rt->comm));
        if (rc == 0)
            check_edges(c, tree, q, to);
    }
    return rc;
}

static void check_joined(struct checking *c, size_t tree, size_t count)
{
#pragma omp parallel for default(none) shared(c, tree, count) num_threads(c->threads) schedule(static) /* equal work */
    for (size_t v = 0; v < c->g->vertices; v++) {
        char text[96];
        size_t lane = bfs_blame_join(&c->own, v, count, text, sizeof text);
        if (lane < count)
            wrong(c, tree + lane, text);
    }
}

/* The trees [tree, tree + count), and a verdict on them that all ranks share. */
static int check_lanes(struct checking *c, size_t tree, size_t count)
{
    int rc = 0;
    for (size_t l = 0; l < BFS_LANES && rc == 0; l++) {
        if (l < count)
            rc = find_depths(c, tree + l);
        fill_lane(c, l, l < count ? c->parent + (tree + l) * c->stride : NULL);
    }
    if (rc == 0)
        rc = mpi_verdict(c->p->rt, c->rc, c->why, c->why_len);
    if (rc == 0)
        rc = check_all_edges(c, tree);
    if (rc != 0)
        return rc;
    if (c->rc == 0)
        check_joined(c, tree, count);
    return mpi_verdict(c->p->rt, c->rc, c->why, c->why_len);
}

/* --- all of it --- */

static int join(struct checking *c)
{
    int n = (int)c->o->roots;
    uint64_t *part[] = { c->reached, c->ends, c->digest };
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, part[i], n, MPI_UINT64_T, MPI_SUM, c->p->rt->comm));
        if (rc != 0)
            return rc;
    }
    for (int i = 0; i < n; i++) {
        c->o->reached[i] = c->reached[i];
        c->o->edges_of[i] = (double)(c->ends[i] / 2);
        c->o->digest[i] = c->digest[i];
    }
    return 0;
}

int bfs_check(const struct bfs_part *p, struct bfs_outcome *o, const uint32_t *parent, size_t stride, unsigned threads,
              char *why, size_t why_len)
{
    struct checking c = { .p = p, .g = p->g, .o = o, .parent = parent, .stride = stride, .threads = threads,
                          .own.first = p->first, .why = why, .why_len = why_len };
    int rc = p->rt->base.agree(&p->rt->base, allocate(&c));
    for (size_t tree = 0; rc == 0 && tree < o->roots; tree += BFS_LANES)
        rc = check_lanes(&c, tree, o->roots - tree < BFS_LANES ? o->roots - tree : BFS_LANES);
    if (rc == 0)
        rc = join(&c);
    release(&c);
    return rc;
}
