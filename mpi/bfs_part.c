/*
 * Building a rank's part of the graph. Each rank makes an equal share of the input's edges, in rounds, and sends
 * both directions of each to the owners of their first ends; a pass before, which only counts, tells the owners how much room they
 * need. Then each rank sorts its vertices by degree, the tables from outer labels to local ones go round one
 * after the other, and each rank turns the neighbours' labels into those of the whole graph.
 *
 * The labels of the input are a random permutation, so a row of them holds a fair share of vertices of every degree. Lists are in
 * the order of the words of local labels, ranks taking turns: the best-connected neighbours first, whoever owns them, as
 * bottom-up levels want it, and neighbours in one word together, as top-down levels want it.
 *
 * Memory: 16 bytes an entry of a list (its label by two names, and the edge as it came), of which a rank has 32 n / R, and some
 * 40 bytes a vertex; all of it falls with the ranks.
 */
#include "mpi/bfs_part.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_sort.h"
#include "cpu_bound/bfs_validate.h"
#include "mpi/check.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND = 1 << 18 }; /* edges that a rank makes before they are sent */

/* --- edges by owner --- */

/* Room for sorting edges by owner with a team. */
struct sorting {
    struct bfs_part *p;
    struct team *team;
    size_t *at;               /* of thread t and rank r: at[t * ranks + r]      */
    size_t *begin;            /* of rank r in the result; ranks + 1             */
};

/* What becomes of an edge of the input: sent both ways, by the owner of the first end; or one that came, by that of v. */
enum what { BOTH_WAYS, AS_IT_IS };

static void count_edges(const struct sorting *s, enum what what, const struct kronecker_edge *e, size_t n, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        at[bfs_part_owner(s->p, e[i].v)]++;
        if (what == BOTH_WAYS && e[i].u != e[i].v) /* a loop goes once */
            at[bfs_part_owner(s->p, e[i].u)]++;
    }
}

static void place_edges(const struct sorting *s, enum what what, const struct kronecker_edge *e, size_t n, size_t *at,
                        struct kronecker_edge *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t *to = &at[bfs_part_owner(s->p, e[i].v)];
        out[(*to)++] = what == AS_IT_IS ? e[i] : (struct kronecker_edge){ e[i].v, e[i].u };
        if (what == BOTH_WAYS && e[i].u != e[i].v)
            out[at[bfs_part_owner(s->p, e[i].u)]++] = e[i];
    }
}

/* Counts become places: rank by rank, in each thread by thread. */
static void places(const struct sorting *s, size_t threads)
{
    size_t ranks = (size_t)s->p->rt->base.ranks, place = 0;
    for (size_t r = 0; r < ranks; r++) {
        s->begin[r] = place;
        for (size_t t = 0; t < threads; t++) {
            size_t n = s->at[t * ranks + r];
            s->at[t * ranks + r] = place;
            place += n;
        }
    }
    s->begin[ranks] = place;
}

/* Sort @n edges into @out; NULL: only count them. */
static void sort_edges(const struct sorting *s, enum what what, const struct kronecker_edge *in, size_t n, struct kronecker_edge *out)
{
    size_t ranks = (size_t)s->p->rt->base.ranks;
#pragma omp parallel default(none) shared(s, what, in, n, out, ranks) num_threads(s->team->threads)
    {
        size_t t = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads(), *at = s->at + t * ranks;
        size_t begin = n * t / threads, end = n * (t + 1) / threads;
        memset(at, 0, ranks * sizeof *at);
        count_edges(s, what, in + begin, end - begin, at);
#pragma omp barrier
#pragma omp single
        places(s, threads);
        if (out)
            place_edges(s, what, in + begin, end - begin, at, out);
    }
}

static int sorting_create(struct bfs_part *p, struct team *team, struct sorting *out)
{
    size_t ranks = (size_t)p->rt->base.ranks;
    *out = (struct sorting){ .p = p, .team = team, .at = calloc(team->threads * ranks, sizeof *out->at),
                             .begin = calloc(ranks + 1, sizeof *out->begin) };
    return out->at && out->begin ? 0 : -ENOMEM;
}

static void sorting_destroy(struct sorting *s)
{
    free(s->at);
    free(s->begin);
}

/* --- making and sending them --- */

struct delivery {
    struct sorting sort;
    uint64_t seed;
    size_t begin, end;             /* this rank's edges of the input    */
    size_t rounds;                 /* on every rank                     */
    struct kronecker_edge *made, *out;
    uint64_t *total;               /* by rank: what it will get from here */
    int *count;                    /* four tables by rank               */
    size_t came;
};

static size_t edge_of_round(const struct delivery *d, size_t round)
{
    size_t at = d->begin + round * ROUND;
    return at < d->end ? at : d->end;
}

static void make(const struct delivery *d, size_t round)
{
    enum { PIECE = 1 << 10 };
    size_t begin = edge_of_round(d, round), end = edge_of_round(d, round + 1);
    /* static: all edges cost the same */
#pragma omp parallel for default(none) shared(d, begin, end) num_threads(d->sort.team->threads) schedule(static)
    for (size_t i = begin; i < end; i += PIECE)
        kronecker_fill(d->made + (i - begin), d->sort.p->scale, d->seed, i, end - i < PIECE ? end : i + PIECE);
}

static int delivery_create(struct bfs_part *p, uint64_t seed, struct team *team, struct delivery *d)
{
    size_t ranks = (size_t)p->rt->base.ranks, rank = (size_t)p->rt->base.rank;
    *d = (struct delivery){ .seed = seed, .begin = p->edges * rank / ranks, .end = p->edges * (rank + 1) / ranks };
    d->rounds = ((p->edges + ranks - 1) / ranks + ROUND - 1) / ROUND;
    d->made = array_alloc(ROUND, sizeof *d->made);
    d->out = array_alloc(2 * ROUND, sizeof *d->out);
    d->total = calloc(ranks, sizeof *d->total);
    d->count = calloc(4 * ranks, sizeof *d->count);
    int rc = sorting_create(p, team, &d->sort);
    return d->made && d->out && d->total && d->count ? rc : -ENOMEM;
}

static void delivery_destroy(struct delivery *d)
{
    sorting_destroy(&d->sort);
    free(d->made);
    free(d->out);
    free(d->total);
    free(d->count);
}

/* How many edges will come here. */
static int count_all(struct delivery *d, uint64_t *mine)
{
    struct bfs_part *p = d->sort.p;
    size_t ranks = (size_t)p->rt->base.ranks;
    for (size_t round = 0; round < d->rounds; round++) {
        make(d, round);
        sort_edges(&d->sort, BOTH_WAYS, d->made, edge_of_round(d, round + 1) - edge_of_round(d, round), NULL);
        for (size_t r = 0; r < ranks; r++)
            d->total[r] += d->sort.begin[r + 1] - d->sort.begin[r];
    }
    return mpi_check("MPI_Reduce_scatter_block", MPI_Reduce_scatter_block(d->total, mine, 1, MPI_UINT64_T, MPI_SUM, p->rt->comm));
}

static int send_round(struct delivery *d, size_t round)
{
    struct bfs_part *p = d->sort.p;
    size_t ranks = (size_t)p->rt->base.ranks;
    int *out_n = d->count, *out_at = out_n + ranks, *in_n = out_at + ranks, *in_at = in_n + ranks, came = 0;
    make(d, round);
    sort_edges(&d->sort, BOTH_WAYS, d->made, edge_of_round(d, round + 1) - edge_of_round(d, round), d->out);
    for (size_t r = 0; r < ranks; r++) {
        out_at[r] = (int)d->sort.begin[r];
        out_n[r] = (int)(d->sort.begin[r + 1] - d->sort.begin[r]);
    }
    int rc = mpi_check("MPI_Alltoall", MPI_Alltoall(out_n, 1, MPI_INT, in_n, 1, MPI_INT, p->rt->comm));
    for (size_t r = 0; rc == 0 && r < ranks; came += in_n[r++])
        in_at[r] = came;
    if (rc == 0)
        rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(d->out, out_n, out_at, p->pair, p->g->edge + d->came, in_n, in_at, p->pair,
                                                      p->rt->comm));
    d->came += (size_t)came;
    return rc;
}

/* All edges at own vertices, by the owner of their other ends. */
static int gather_edges(struct bfs_part *p, uint64_t seed, struct team *team)
{
    struct runtime *base = &p->rt->base;
    struct delivery d;
    struct kronecker_edge *sorted = NULL;
    uint64_t mine = 0;
    int rc = base->agree(base, delivery_create(p, seed, team, &d));
    if (rc == 0)
        rc = count_all(&d, &mine);
    if (rc == 0) {
        p->g->edges = mine;
        p->g->edge = array_alloc(mine + 1, sizeof *p->g->edge);
        sorted = array_alloc(mine + 1, sizeof *sorted);
        rc = base->agree(base, p->g->edge && sorted ? 0 : -ENOMEM);
    }
    for (size_t round = 0; rc == 0 && round < d.rounds; round++)
        rc = send_round(&d, round);
    if (rc == 0) {
        sort_edges(&d.sort, AS_IT_IS, p->g->edge, mine, sorted);
        memcpy(p->edge_begin, d.sort.begin, ((size_t)base->ranks + 1) * sizeof *p->edge_begin);
        struct kronecker_edge *as_it_came = p->g->edge;
        p->g->edge = sorted;
        sorted = as_it_came;
    }
    free(sorted);
    delivery_destroy(&d);
    return rc;
}

/* --- labels --- */

/* Ends of edges by outer label; @loops: only those of loops, which have two, else only those of others. */
static void count_ends(const struct bfs_part *p, const struct team *team, bool loops)
{
    struct bfs_graph *g = p->g;
    /* static: equal work for each edge */
#pragma omp parallel for default(none) shared(p, g, loops) num_threads(team->threads) schedule(static)
    for (size_t i = 0; i < g->edges; i++) {
        struct kronecker_edge e = g->edge[i];
        if ((e.u == e.v) != loops)
            continue;
#pragma omp atomic update
        g->ends[e.u - p->first] += loops ? 2 : 1;
    }
}

static int label_vertices(struct bfs_part *p, const struct team *team)
{
    struct bfs_graph *g = p->g;
    struct runtime *base = &p->rt->base;
    memset(g->ends, 0, g->vertices * sizeof *g->ends);
    count_ends(p, team, false);
    int rc = base->agree(base, bfs_relabel(g->ends, g->vertices, team, g->inner, g->outer, &g->connected));
    if (rc != 0)
        return rc;
    uint64_t words = bfs_words(g->connected), connected = g->connected;
    _Static_assert(sizeof(size_t) == sizeof(uint64_t), "MPI_UINT64_T stands for size_t");
    for (size_t a = 0; a < g->vertices; a++)
        g->outer[a] += p->first;
    rc = mpi_check("MPI_Allgather", MPI_Allgather(&words, 1, MPI_UINT64_T, p->first_word + 1, 1, MPI_UINT64_T, p->rt->comm));
    for (int r = 0; r < base->ranks; r++)
        p->first_word[r + 1] += p->first_word[r];
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&connected, &p->connected, 1, MPI_UINT64_T, MPI_SUM, p->rt->comm));
    return rc;
}

/* --- lists --- */

/* While lists are made, a neighbour has its place in their order: words of local labels, ranks taking turns. */
static uint32_t place_of(size_t ranks, size_t rank, uint32_t local)
{
    return (uint32_t)(((local / 64) * ranks + rank) * 64 + local % 64);
}

static uint32_t label_of(const struct bfs_part *p, uint32_t place)
{
    size_t ranks = (size_t)p->rt->base.ranks, word = place / 64;
    return (uint32_t)((p->first_word[word % ranks] + word / ranks) * 64 + place % 64);
}

/* Each begin[] is where the list ends; filling moves it down to where it begins. */
static void set_ends_of_lists(struct bfs_part *p)
{
    size_t end = 0;
    for (size_t a = 0; a < p->g->connected; a++)
        p->g->begin[a] = end += p->g->ends[p->g->outer[a] - p->first];
}

/* Neighbours that rank @q owns; @local: its table. */
static void append_neighbours(const struct bfs_part *p, const struct team *team, size_t q, const uint32_t *local)
{
    struct bfs_graph *g = p->g;
    size_t ranks = (size_t)p->rt->base.ranks;
    uint32_t first = (uint32_t)bfs_part_first(p, q);
    /* static: equal work for each edge */
#pragma omp parallel for default(none) shared(p, g, q, local, ranks, first) num_threads(team->threads) schedule(static)
    for (size_t i = p->edge_begin[q]; i < p->edge_begin[q + 1]; i++) {
        struct kronecker_edge e = g->edge[i];
        if (e.u == e.v)
            continue;
        size_t at, *begin = &g->begin[g->inner[e.u - p->first]];
#pragma omp atomic capture
        at = --*begin;
        g->neighbour[at] = place_of(ranks, q, local[e.v - first]);
        g->neighbour_outer[at] = e.v;
    }
}

/* Table after table goes round, and is looked at for the edges that lead to its owner. */
static int fill_lists(struct bfs_part *p, const struct team *team)
{
    struct runtime *base = &p->rt->base;
    size_t ranks = (size_t)base->ranks, rank = (size_t)base->rank;
    uint32_t *table = array_alloc(p->vertices / ranks + 2, sizeof *table);
    int rc = base->agree(base, table ? 0 : -ENOMEM);
    for (size_t q = 0; rc == 0 && q < ranks; q++) {
        uint32_t *local = q == rank ? p->g->inner : table;
        int n = (int)(bfs_part_first(p, q + 1) - bfs_part_first(p, q));
        rc = mpi_check("MPI_Bcast", MPI_Bcast(local, n, MPI_UINT32_T, (int)q, p->rt->comm));
        if (rc == 0)
            append_neighbours(p, team, q, local);
    }
    free(table);
    return rc;
}

/* Sort the list of @a, drop repetitions (room is left behind it), give it labels, copy its head. */
static void finish_list(const struct bfs_part *p, size_t a, uint64_t *pair, uint64_t *scratch)
{
    struct bfs_graph *g = p->g;
    uint32_t *label = g->neighbour + g->begin[a], *outer = g->neighbour_outer + g->begin[a];
    size_t n = g->ends[g->outer[a] - p->first], kept = 0;
    for (size_t i = 0; i < n; i++)
        pair[i] = (uint64_t)label[i] << 32 | outer[i];
    bfs_sort_pairs(pair, n, scratch, UINT32_MAX);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || pair[i] != pair[i - 1]) {
            label[kept] = label_of(p, (uint32_t)(pair[i] >> 32));
            outer[kept++] = (uint32_t)pair[i];
        }
    g->degree[a] = (uint32_t)kept;
    for (size_t k = 0; k < BFS_HEADS; k++) {
        g->head[k][a] = label[k < kept ? k : kept - 1];
        g->head_outer[k][a] = outer[k < kept ? k : kept - 1];
    }
}

static int finish_lists(struct bfs_part *p, const struct team *team)
{
    struct bfs_graph *g = p->g;
    size_t longest = 1, arcs = 0;
    int rc = 0;
    for (size_t v = 0; v < g->vertices; v++)
        longest = g->ends[v] > longest ? g->ends[v] : longest;
#pragma omp parallel default(none) shared(p, g, longest, arcs, rc) num_threads(team->threads)
    {
        uint64_t *pair = malloc(2 * longest * sizeof *pair);
        if (!pair) {
#pragma omp atomic write
            rc = -ENOMEM;
        }
#pragma omp barrier
        /* dynamic: lists have very different lengths; 64 short ones outweigh the taking of a chunk */
#pragma omp for schedule(dynamic, 64) reduction(+ : arcs)
        for (size_t a = 0; a < g->connected; a++)
            if (rc == 0) {
                finish_list(p, a, pair, pair + longest);
                arcs += g->degree[a];
            }
        free(pair);
    }
    for (int k = 0; k < BFS_HEADS; k++) /* of what fills up the last word: any vertex will do */
        for (size_t a = g->connected; a < bfs_words(g->connected) * 64; a++)
            g->head[k][a] = g->head_outer[k][a] = 0;
    g->arcs = arcs;
    return rc;
}

static int make_lists(struct bfs_part *p, const struct team *team)
{
    struct bfs_graph *g = p->g;
    struct runtime *base = &p->rt->base;
    g->neighbour = array_alloc(g->edges + 1, sizeof *g->neighbour);
    g->neighbour_outer = array_alloc(g->edges + 1, sizeof *g->neighbour_outer);
    int rc = base->agree(base, g->neighbour && g->neighbour_outer ? 0 : -ENOMEM);
    if (rc != 0)
        return rc;
    set_ends_of_lists(p);
    rc = fill_lists(p, team);
    rc = rc ? rc : base->agree(base, finish_lists(p, team));
    if (rc != 0)
        return rc;
    count_ends(p, team, true);
    uint64_t arcs = g->arcs;
    return mpi_check("MPI_Allreduce", MPI_Allreduce(&arcs, &p->arcs, 1, MPI_UINT64_T, MPI_SUM, p->rt->comm));
}

/* --- all of it --- */

double bfs_part_bytes(unsigned scale, int ranks)
{
    double n = (double)((size_t)1 << scale) / ranks, arcs = 2.0 * KRONECKER_EDGE_FACTOR * n;
    double vertex = sizeof(size_t) + (4 + 2 * BFS_HEADS) * sizeof(uint32_t), arc = 2 * sizeof(uint32_t) + sizeof(struct kronecker_edge);
    return vertex * n + arc * arcs + 3.0 * ROUND * sizeof(struct kronecker_edge);
}

void bfs_part_destroy(struct bfs_part *p)
{
    if (!p)
        return;
    if (p->pair != MPI_DATATYPE_NULL)
        MPI_Type_free(&p->pair);
    if (p->lanes != MPI_DATATYPE_NULL)
        MPI_Type_free(&p->lanes);
    bfs_graph_destroy(p->g);
    free(p->first_word);
    free(p->edge_begin);
    free(p);
}

/* Arrays by vertex; those by edge follow when their number is known. */
static int allocate(struct bfs_part *p)
{
    size_t ranks = (size_t)p->rt->base.ranks, rank = (size_t)p->rt->base.rank;
    struct bfs_graph *g = p->g = calloc(1, sizeof *g);
    p->first_word = calloc(ranks + 1, sizeof *p->first_word);
    p->edge_begin = calloc(ranks + 1, sizeof *p->edge_begin);
    if (!g || !p->first_word || !p->edge_begin)
        return -ENOMEM;
    p->first = (uint32_t)bfs_part_first(p, rank);
    g->vertices = bfs_part_first(p, rank + 1) - p->first;
    size_t padded = (bfs_words(g->vertices) + 1) * 64; /* kernels read a word of vertices at a time; never nothing */
    uint32_t **table[] = { &g->ends, &g->inner, &g->outer, &g->degree, &g->head[0], &g->head[1], &g->head_outer[0], &g->head_outer[1] };
    _Static_assert(BFS_HEADS == 2, "the table above has all heads");
    bool all = (g->begin = array_alloc(padded, sizeof *g->begin)) != NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        all = (*table[i] = array_alloc(padded, sizeof **table[i])) != NULL && all;
    return all ? 0 : -ENOMEM;
}

static int make_types(struct bfs_part *p)
{
    int rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous(2, MPI_UINT32_T, &p->pair));
    if (rc == 0)
        rc = mpi_check("MPI_Type_commit", MPI_Type_commit(&p->pair));
    if (rc == 0)
        rc = mpi_check("MPI_Type_contiguous", MPI_Type_contiguous(BFS_LANES, MPI_UINT8_T, &p->lanes));
    return rc ? rc : mpi_check("MPI_Type_commit", MPI_Type_commit(&p->lanes));
}

int bfs_part_create(struct mpi_runtime *rt, unsigned scale, uint64_t seed, struct team *team, struct bfs_part **out)
{
    struct bfs_part *p = calloc(1, sizeof *p);
    int rc = rt->base.agree(&rt->base, p ? 0 : -ENOMEM);
    if (rc != 0) {
        free(p);
        return rc;
    }
    *p = (struct bfs_part){ .rt = rt, .scale = scale, .vertices = (size_t)1 << scale, .edges = kronecker_edges(scale),
                            .pair = MPI_DATATYPE_NULL, .lanes = MPI_DATATYPE_NULL };
    rc = rt->base.agree(&rt->base, allocate(p));
    if (rc == 0)
        rc = make_types(p);
    if (rc == 0)
        rc = gather_edges(p, seed, team);
    if (rc == 0)
        rc = label_vertices(p, team);
    if (rc == 0)
        rc = make_lists(p, team);
    if (rc != 0) {
        bfs_part_destroy(p);
        return rc;
    }
    *out = p;
    return 0;
}

/* --- search keys --- */

static bool is_connected(const struct bfs_part *p, uint32_t v)
{
    return bfs_part_owner(p, v) == (size_t)p->rt->base.rank && p->g->inner[v - p->first] < p->g->connected;
}

static bool holds(const uint32_t *root, size_t n, uint32_t v)
{
    for (size_t i = 0; i < n; i++)
        if (root[i] == v)
            return true;
    return false;
}

/* Candidate @i of the search keys: a draw, or where all connected vertices are keys, simply vertex @i. */
static uint32_t candidate(const struct bfs_part *p, bool all, uint64_t seed, uint64_t i)
{
    return all ? (uint32_t)i : bfs_draw(seed, i, p->vertices);
}

int bfs_part_roots(const struct bfs_part *p, uint64_t seed, size_t most, uint32_t *root, size_t *count)
{
    enum { BATCH = 1024 }; /* candidates that the ranks talk about at a time */
    unsigned char connected[BATCH];
    bool all = p->connected <= most;
    size_t n = 0;
    for (uint64_t begin = 0; all ? begin < p->vertices : n < most; begin += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++)
            connected[i] = (!all || begin + i < p->vertices) && is_connected(p, candidate(p, all, seed, begin + i));
        int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, connected, BATCH, MPI_UNSIGNED_CHAR, MPI_MAX, p->rt->comm));
        if (rc != 0)
            return rc;
        for (uint64_t i = 0; i < BATCH && n < most; i++) {
            uint32_t v = candidate(p, all, seed, begin + i);
            if (connected[i] && !holds(root, n, v))
                root[n++] = v;
        }
    }
    *count = n;
    return 0;
}
