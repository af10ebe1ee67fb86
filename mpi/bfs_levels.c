/*
 * bfs on ranks: each owns a part of the vertices (bfs_part.h), and changes direction with all others (bfs_direction.h).
 *
 *   bottom-up   every rank must know the frontier: a bitmap of the graph, put together from the ranks' own words, or
 *               where that is smaller, from lists of the frontier's vertices. The rest is the kernel of one computer.
 *   top-down    a neighbour that is not known to be in the tree goes to its owner, with its parent; each rank sends a vertex
 *               once at most in a search, as it keeps a bitmap of those that it has sent or seen in a frontier. Slots of fixed
 *               size hold what goes to a rank; where one is full, the level goes on in another round.
 *
 * Memory: three bitmaps of the graph on each rank, n / 8 bytes each; the rest falls with the ranks.
 *
 * Volume. With W_r words of the bitmap on rank r of R, and a_r entries in the lists of its vertices of a frontier, a rank sends
 *
 *     in a bottom-up level  at most  8 W_r (R - 1)
 *     in a top-down level   at most  8 a_r + 4 (R - 1) for each round
 *     and after each of either  24 bytes, to decide on the direction
 *
 * which is what comm_bytes_formula says, of the levels that there were. Lists of sparse frontiers, and each vertex once, bring
 * comm_bytes below that.
 */
#include "mpi/bfs_levels.h"

#include "common/openmp.h"
#include "cpu_bound/array.h"
#include "cpu_bound/bfs_search.h"
#include "mpi/check.h"
#include "mpi/lap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bfs_levels {
    const struct bfs_part *p;
    const struct bfs_graph *g;
    enum bfs_direction direction;
    enum isa isa;
    size_t ranks, rank, base;     /* base: first own word                                            */
    size_t words, all_words;      /* own, and of the graph                                           */
    struct bfs_progress now;
    struct bfs_found found;       /* in this level so far, here                                      */
    size_t own_arcs;              /* entries of the lists of own vertices in the frontier, top-down  */

    struct bfs_tree tree;         /* own vertices; visited is the own part of known                  */
    uint64_t *known;              /* of the graph: in the tree as far as is known here, or sent      */
    uint64_t *bitmap, *next;      /* of the graph: the frontier, and what is found from it (own part) */
    struct bfs_queue queue, next_queue; /* own vertices of both, local labels                        */
    uint32_t *list;               /* the frontier's vertices, of all ranks                           */

    struct bfs_outbox out;
    struct bfs_arrival *in;       /* what comes from rank r: from r * out.room on                    */
    int *out_n, *in_n, *at;       /* by rank                                                         */
    struct bfs_place *place;      /* by thread                                                       */
    struct bfs_posts *posts;      /* by thread and rank                                              */
    atomic_size_t cursor;         /* the next vertex of the frontier that nobody has taken           */
    atomic_bool pending;          /* a thread has more to send                                       */
    bool again;                   /* some rank has: another round                                    */
    int rc;                       /* of MPI                                                          */
    double last;                  /* when the phase before ended                                     */
};

/* What a thread takes at a time; see bfs_search.c. */
enum { LIST_PIECES = 256, OUTER_CHUNK = 16384, ARRIVALS = 4096 };

/* --- memory --- */

/* Arrivals in a slot. In levels before the change to bottom-up a rank finds less than 1/60 of its 32 n / R arcs: n / R^2
 * for each other rank is enough; whatever the team, room for what its threads have under way. */
static size_t room_of(size_t vertices, size_t ranks, unsigned threads)
{
    return vertices / ranks / ranks + 2 * (size_t)BFS_PIECE * threads;
}

double bfs_levels_bytes(unsigned scale, int ranks)
{
    double n = (double)((size_t)1 << scale), slots = 2.0 * ranks * (double)room_of((size_t)1 << scale, (size_t)ranks, 1);
    double own = 3 * sizeof(uint32_t) * n / ranks + n / 16, posts = (double)sizeof(struct bfs_posts) * ranks;
    return 3 * n / 8 + own + sizeof(struct bfs_arrival) * slots + posts;
}

void bfs_levels_destroy(struct bfs_levels *s)
{
    if (!s)
        return;
    free(s->tree.parent);
    free(s->known);
    free(s->bitmap);
    free(s->next);
    free(s->queue.vertex);
    free(s->next_queue.vertex);
    free(s->list);
    free(s->out.slot);
    free(s->out.count);
    free(s->in);
    free(s->out_n);
    free(s->place);
    free(s->posts);
    free(s);
}

static bool allocate(struct bfs_levels *s, unsigned threads)
{
    size_t own = (s->words + 1) * 64, all = s->all_words + 1; /* never nothing */
    s->out.room = room_of(s->p->vertices, s->ranks, threads);
    s->out.full_at = s->out.room - (size_t)BFS_UNDER_WAY * threads;
    s->tree.parent = array_alloc(own, sizeof *s->tree.parent);
    s->known = array_alloc(all, sizeof *s->known);
    s->bitmap = array_alloc(all, sizeof *s->bitmap);
    s->next = array_alloc(all, sizeof *s->next);
    s->queue.vertex = array_alloc(own, sizeof *s->queue.vertex);
    s->next_queue.vertex = array_alloc(own, sizeof *s->next_queue.vertex);
    s->list = array_alloc(2 * all, sizeof *s->list);
    s->out.slot = array_alloc(s->ranks * s->out.room, sizeof *s->out.slot);
    s->in = array_alloc(s->ranks * s->out.room, sizeof *s->in);
    s->out.count = calloc(s->ranks, sizeof *s->out.count);
    s->out_n = calloc(3 * s->ranks, sizeof *s->out_n);
    s->place = calloc(threads, sizeof *s->place);
    s->posts = calloc(threads * s->ranks, sizeof *s->posts);
    for (unsigned t = 0; s->place && t < threads; t++)
        s->place[t].posts = s->posts + t * s->ranks;
    return s->tree.parent && s->known && s->bitmap && s->next && s->queue.vertex && s->next_queue.vertex && s->list &&
           s->out.slot && s->in && s->out.count && s->out_n && s->place && s->posts;
}

int bfs_levels_create(const struct bfs_part *p, enum bfs_direction direction, enum isa isa, struct team *team,
                      struct bfs_levels **out)
{
    struct bfs_levels *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->p = p;
    s->g = p->g;
    s->direction = direction;
    s->isa = isa;
    s->ranks = (size_t)p->rt->base.ranks;
    s->rank = (size_t)p->rt->base.rank;
    s->base = p->first_word[s->rank];
    s->words = bfs_part_words(p);
    s->all_words = p->first_word[s->ranks];
    s->out.parts = s->ranks;
    s->out.first_word = p->first_word;
    if (!allocate(s, team->threads)) {
        bfs_levels_destroy(s);
        return -ENOMEM;
    }
    s->in_n = s->out_n + s->ranks;
    s->at = s->in_n + s->ranks;
    s->tree.visited = s->known + s->base;
    /* static: equal work, and pages spread over the team */
#pragma omp parallel default(none) shared(s) num_threads(team->threads)
    {
        bfs_clear(s->known, s->all_words);
        bfs_clear(s->bitmap, s->all_words);
        bfs_clear(s->next, s->all_words);
#pragma omp for schedule(static)
        for (size_t v = 0; v < s->words * 64; v++)
            s->tree.parent[v] = s->queue.vertex[v] = s->next_queue.vertex[v] = BFS_NONE;
    }
    *out = s;
    return 0;
}

/* --- between levels --- */

/* Functions that contain "omp for" or "omp single" are called by all threads of a team together and end with a barrier,
 * unless they say nowait. Words in turn: see bfs_search.c. */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void sends(struct bfs_levels *s, double bytes, double at_most)
{
    s->p->rt->traffic.sent_bytes += bytes;
    s->p->rt->traffic.formula_bytes += at_most;
}

/* A thread's findings to those of the team. */
static void add_found(struct bfs_levels *s, struct bfs_found mine)
{
#pragma omp atomic update
    s->found.vertices += mine.vertices;
#pragma omp atomic update
    s->found.arcs += mine.arcs;
#pragma omp barrier
}

/* What all ranks have found, and whether one of them has more to send. By one thread. */
static void join_found(struct bfs_levels *s, struct bfs_found *all)
{
    uint64_t sum[3] = { s->found.vertices, s->found.arcs, atomic_load_explicit(&s->pending, memory_order_relaxed) };
    lap(&s->last, &s->p->rt->phases.compute_s);
    if (s->rc == 0 && s->ranks > 1) {
        s->rc = mpi_check("MPI_Allreduce", MPI_Allreduce(MPI_IN_PLACE, sum, 3, MPI_UINT64_T, MPI_SUM, s->p->rt->comm));
        sends(s, sizeof sum, sizeof sum);
    }
    lap(&s->last, &s->p->rt->phases.wait_s);
    *all = (struct bfs_found){ sum[0], sum[1] };
    s->again = s->rc == 0 && sum[2] > 0;
}

/* What was found becomes the frontier. By one thread. */
static void advance(struct bfs_levels *s, struct bfs_found all)
{
    if (s->now.bottom_up) {
        uint64_t *bitmap = s->bitmap;
        s->bitmap = s->next;
        s->next = bitmap;
    } else {
        uint32_t *vertex = s->queue.vertex;
        s->queue.vertex = s->next_queue.vertex;
        s->next_queue.vertex = vertex;
        size_t n = atomic_exchange_explicit(&s->next_queue.count, 0, memory_order_relaxed);
        atomic_store_explicit(&s->queue.count, n, memory_order_relaxed);
    }
    s->own_arcs = s->found.arcs;
    s->found = (struct bfs_found){ 0, 0 };
    bfs_progress_advance(&s->now, all.vertices, all.arcs);
}

static void begin_search(struct bfs_levels *s, uint32_t root)
{
    bfs_clear(s->known, s->all_words);
#pragma omp single
    {
        s->now = bfs_progress_begin(s->direction, s->p->connected, s->p->arcs);
        s->found = (struct bfs_found){ 0, 0 };
        atomic_store_explicit(&s->next_queue.count, 0, memory_order_relaxed);
        if (bfs_part_owner(s->p, root) == s->rank) {
            uint32_t r = s->g->inner[root - s->p->first];
            s->tree.parent[r] = root;
            s->tree.visited[r / 64] = UINT64_C(1) << r % 64;
            s->found = (struct bfs_found){ 1, s->g->degree[r] };
            bfs_append(&s->next_queue, &r, 1);
        }
        struct bfs_found all;
        join_found(s, &all);
        advance(s, all);
    }
}

/* --- top-down --- */

static void expand(struct bfs_levels *s, struct bfs_place *at)
{
    size_t n = atomic_load_explicit(&s->queue.count, memory_order_relaxed), chunk = n / LIST_PIECES + 1;
    for (;;) {
        if (at->i == at->end) {
            size_t i = atomic_fetch_add_explicit(&s->cursor, chunk, memory_order_relaxed);
            if (i >= n)
                break;
            *at = (struct bfs_place){ i, least(n, i + chunk), 0, at->posts };
        }
        bfs_top_down_away(s->g, s->known, s->queue.vertex, at, &s->out);
        if (at->i < at->end) { /* a slot is full: the rest in the next round */
            atomic_store_explicit(&s->pending, true, memory_order_relaxed);
            break;
        }
    }
    bfs_post(at, &s->out);
}

static void begin_round(struct bfs_levels *s)
{
    for (size_t r = 0; r < s->ranks; r++)
        atomic_store_explicit(&s->out.count[r], 0, memory_order_relaxed);
    atomic_store_explicit(&s->out.full, false, memory_order_relaxed);
    atomic_store_explicit(&s->pending, false, memory_order_relaxed);
}

/* What goes to others, and comes from them. What stays here is left where it is. By one thread. */
static void exchange(struct bfs_levels *s)
{
    MPI_Comm comm = s->p->rt->comm;
    double sent = 0;
    lap(&s->last, &s->p->rt->phases.compute_s);
    for (size_t r = 0; r < s->ranks; r++) {
        s->out_n[r] = r == s->rank ? 0 : (int)atomic_load_explicit(&s->out.count[r], memory_order_relaxed);
        s->at[r] = (int)(r * s->out.room);
        sent += s->out_n[r] * (double)sizeof *s->in;
    }
    if (s->ranks == 1)
        return;
    sends(s, sent + (double)(s->ranks - 1) * sizeof(int), (double)(s->ranks - 1) * sizeof(int));
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Alltoall", MPI_Alltoall(s->out_n, 1, MPI_INT, s->in_n, 1, MPI_INT, comm));
    lap(&s->last, &s->p->rt->phases.wait_s);
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Alltoallv", MPI_Alltoallv(s->out.slot, s->out_n, s->at, s->p->pair, s->in, s->in_n, s->at,
                                                         s->p->pair, comm));
    lap(&s->last, &s->p->rt->phases.communicate_s);
}

/* Take in what has come from rank @r. */
static struct bfs_found arrivals_of(struct bfs_levels *s, size_t r)
{
    struct bfs_found mine = { 0, 0 };
    bool own = r == s->rank;
    const struct bfs_arrival *in = (own ? s->out.slot : s->in) + r * s->out.room;
    size_t n = own ? atomic_load_explicit(&s->out.count[r], memory_order_relaxed) : (size_t)s->in_n[r];
    /* static: equal work for each arrival; nowait: bits are set by atomic instructions, other ranks' may follow at once */
#pragma omp for schedule(static) nowait
    for (size_t i = 0; i < n; i += ARRIVALS) {
        struct bfs_found f = bfs_arrive(s->g, &s->tree, in + i, least(ARRIVALS, n - i), (uint32_t)s->base * 64, own, &s->next_queue);
        mine.vertices += f.vertices;
        mine.arcs += f.arcs;
    }
    return mine;
}

/* Ends with what was found here in s->found, joined and made the frontier. */
static void top_down_level(struct bfs_levels *s)
{
    struct bfs_place *at = &s->place[omp_get_thread_num()];
    *at = (struct bfs_place){ 0, 0, 0, at->posts };
#pragma omp single
    {
        atomic_store_explicit(&s->cursor, 0, memory_order_relaxed);
        begin_round(s);
        if (s->ranks > 1)
            sends(s, 0, (double)sizeof(struct bfs_arrival) * (double)s->own_arcs);
    }
    for (bool again = true; again;) {
        expand(s, at);
#pragma omp barrier
#pragma omp single
        exchange(s);
        struct bfs_found mine = { 0, 0 };
        for (size_t r = 0; r < s->ranks && s->rc == 0; r++) {
            struct bfs_found f = arrivals_of(s, r);
            mine.vertices += f.vertices;
            mine.arcs += f.arcs;
        }
        add_found(s, mine);
#pragma omp single
        {
            struct bfs_found all;
            join_found(s, &all);
            if (s->again)
                begin_round(s);
            else
                advance(s, all);
        }
        again = s->again;
#pragma omp barrier /* nobody changes it before all have read it */
    }
}

/* --- bottom-up --- */

/* The frontier's own vertices, as bits. */
static void list_to_bitmap(struct bfs_levels *s)
{
    size_t n = atomic_load_explicit(&s->queue.count, memory_order_relaxed);
    bfs_clear(s->bitmap + s->base, s->words);
#pragma omp for schedule(static) /* equal work for each vertex */
    for (size_t i = 0; i < n; i++) {
        uint32_t v = s->queue.vertex[i];
        __atomic_fetch_or(&s->bitmap[s->base + v / 64], UINT64_C(1) << v % 64, __ATOMIC_RELAXED);
    }
}

static void bitmap_to_list(struct bfs_levels *s)
{
#pragma omp single
    atomic_store_explicit(&s->queue.count, 0, memory_order_relaxed);
    bfs_to_list(s->bitmap + s->base, s->words, &s->queue);
    size_t n = atomic_load_explicit(&s->queue.count, memory_order_relaxed), arcs = 0;
#pragma omp for schedule(static) nowait /* equal work for each vertex */
    for (size_t i = 0; i < n; i++)
        arcs += s->g->degree[s->queue.vertex[i]];
#pragma omp atomic update
    s->own_arcs += arcs;
#pragma omp barrier
}

/* Every rank's words of the frontier to all. By one thread, as the next. */
static void share_bitmap(struct bfs_levels *s)
{
    for (size_t r = 0; r < s->ranks; r++) {
        s->at[r] = (int)s->p->first_word[r];
        s->in_n[r] = (int)(s->p->first_word[r + 1] - s->p->first_word[r]);
    }
    sends(s, (double)(s->ranks - 1) * sizeof(uint64_t) * (double)s->words, 0);
    lap(&s->last, &s->p->rt->phases.compute_s);
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_UINT64_T, s->bitmap, s->in_n, s->at, MPI_UINT64_T,
                                                           s->p->rt->comm));
    lap(&s->last, &s->p->rt->phases.communicate_s);
}

/* Every rank's vertices of the frontier to all. Labels of other ranks are made in the queue that nobody uses now. */
static void share_list(struct bfs_levels *s)
{
    MPI_Comm comm = s->p->rt->comm;
    int n = (int)atomic_load_explicit(&s->queue.count, memory_order_relaxed), place = 0;
    for (int i = 0; i < n; i++)
        s->next_queue.vertex[i] = s->queue.vertex[i] + (uint32_t)s->base * 64;
    sends(s, (double)(s->ranks - 1) * (sizeof(int) + sizeof(uint32_t) * (double)n), 0);
    lap(&s->last, &s->p->rt->phases.compute_s);
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Allgather", MPI_Allgather(&n, 1, MPI_INT, s->in_n, 1, MPI_INT, comm));
    for (size_t r = 0; s->rc == 0 && r < s->ranks; place += s->in_n[r++])
        s->at[r] = place;
    if (s->rc == 0)
        s->rc = mpi_check("MPI_Allgatherv", MPI_Allgatherv(s->next_queue.vertex, n, MPI_UINT32_T, s->list, s->in_n, s->at,
                                                           MPI_UINT32_T, comm));
    lap(&s->last, &s->p->rt->phases.communicate_s);
}

/* The lists of all, as bits. */
static void lists_to_bitmap(struct bfs_levels *s)
{
    bfs_clear(s->bitmap, s->all_words);
#pragma omp for schedule(static) /* equal work for each vertex */
    for (size_t i = 0; i < s->now.frontier; i++)
        __atomic_fetch_or(&s->bitmap[s->list[i] / 64], UINT64_C(1) << s->list[i] % 64, __ATOMIC_RELAXED);
}

static void note_known(struct bfs_levels *s)
{
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < s->all_words; w++)
        s->known[w] |= s->bitmap[w];
}

/* The whole frontier as a bitmap on every rank, by what is smaller. @was_bottom_up: the direction of the level before. */
static void share_frontier(struct bfs_levels *s, bool was_bottom_up)
{
    bool list = s->ranks > 1 && (s->now.frontier + s->ranks) * sizeof(uint32_t) < s->all_words * sizeof(uint64_t);
    if (list && was_bottom_up)
        bitmap_to_list(s);
    else if (!list && !was_bottom_up)
        list_to_bitmap(s);
    if (s->ranks == 1)
        return;
#pragma omp single
    {
        sends(s, 0, (double)(s->ranks - 1) * sizeof(uint64_t) * (double)s->words);
        if (list)
            share_list(s);
        else
            share_bitmap(s);
    }
    if (list && s->rc == 0)
        lists_to_bitmap(s);
    note_known(s);
}

static void bottom_up_level(struct bfs_levels *s)
{
    struct bfs_found mine = { 0, 0 };
#pragma omp for schedule(static, 1) nowait /* pieces of BFS_WORD_CHUNK */
    for (size_t w = 0; w < s->words; w += BFS_WORD_CHUNK) {
        struct bfs_found f = ISA_SELECT(bfs_bottom_up, s->isa)(s->g, &s->tree, s->bitmap, s->next + s->base, w,
                                                               least(s->words, w + BFS_WORD_CHUNK));
        mine.vertices += f.vertices;
    }
    add_found(s, mine);
#pragma omp single
    {
        struct bfs_found all;
        join_found(s, &all);
        advance(s, all);
    }
}

/* --- the search --- */

/* What this search has not reached may still have a parent from the one before. */
static void forget_unreached(struct bfs_levels *s)
{
#pragma omp for schedule(static, BFS_WORD_CHUNK)
    for (size_t w = 0; w < s->words; w++)
        for (uint64_t bits = ~s->tree.visited[w]; bits != 0; bits &= bits - 1)
            s->tree.parent[w * 64 + (size_t)__builtin_ctzll(bits)] = BFS_NONE;
}

static void to_outer(struct bfs_levels *s, uint32_t *parent)
{
    size_t n = s->g->vertices;
    /* static: equal work for each vertex, and pages near the thread that touched them first */
#pragma omp for schedule(static)
    for (size_t v = 0; v < n; v += OUTER_CHUNK)
        ISA_SELECT(bfs_to_outer, s->isa)(s->g, s->tree.parent, parent, v, least(n, v + OUTER_CHUNK));
}

int bfs_levels_search(struct bfs_levels *s, uint32_t root, uint32_t *parent)
{
#pragma omp single
    {
        s->last = clock_now_s();
        atomic_store_explicit(&s->pending, false, memory_order_relaxed);
    }
    begin_search(s, root);
    bool was_bottom_up = false;
    for (;;) {
        int rc = s->rc;
        bool over = rc != 0 || s->now.frontier == 0, bottom_up = s->now.bottom_up;
#pragma omp barrier /* nobody changes these before all have read them */
        if (rc != 0)
            return rc;
        if (over)
            break;
        if (bottom_up)
            share_frontier(s, was_bottom_up);
        else if (was_bottom_up)
            bitmap_to_list(s);
        if (bottom_up)
            bottom_up_level(s);
        else
            top_down_level(s);
        was_bottom_up = bottom_up;
    }
    forget_unreached(s);
    to_outer(s, parent);
#pragma omp master
    lap(&s->last, &s->p->rt->phases.compute_s);
    return 0;
}
