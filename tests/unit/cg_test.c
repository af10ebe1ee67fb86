/* cg: the matrix against known values, the plan and what ranks send against what they expect, the tiles against the plain
 * product, the solver at every size of team, and verification against wrong entries. Known values: prototypes of the published
 * definition. */
#include "cpu_bound/nas/cg.c"        /* for the state of the workload                    */
#include "cpu_bound/nas/cg_matrix.c" /* for its statics: the vectors are looked at too   */
#include "cpu_bound/nas/cg_plan.c"   /* ... and the weight of a tile                     */
#include "cpu_bound/nas/cg_work.c"   /* ... and how a sum is found                       */

#include "common/exit_codes.h"
#include "common/message.h"
#include "tests/unit/by_harness.h"
#include "tests/unit/unit.h"

static struct team team;

static struct team *team_of(unsigned threads)
{
    team_destroy(&team);
    CU_ASSERT_FATAL(team_create(&team, MODEL_OPENMP, threads, NULL, BIND_NONE, 0) == 0);
    return &team;
}

/* All of it. */
static struct cg_extent whole(size_t n)
{
    static const uint64_t all[1] = { 1 };
    return (struct cg_extent){ n, all, 0, n };
}

static struct cg_matrix matrix_of(char class, unsigned threads)
{
    struct cg_matrix m;
    struct cg_extent wanted = whole(cg_problem(class)->n);
    CU_ASSERT_FATAL(cg_matrix_create(cg_problem(class), &wanted, threads, &m) == 0);
    return m;
}

/* --- the matrix --- */

static double value_at(const struct vectors *v, size_t i, uint32_t position)
{
    for (size_t k = v->first[i]; k < v->first[i + 1]; k++)
        if (v->position[k] == position)
            return v->value[k];
    return NAN;
}

static void vectors_of_class_S_have_the_known_entries(void)
{
    static const struct {
        size_t i;
        uint32_t position;
        double value;
    } known[] = {
        { 0, 1326, 0.869065 }, { 0, 36, 0.785563 }, { 0, 1032, 0.405377 }, { 0, 42, 0.304010 },
        { 0, 886, 0.888313 }, { 0, 657, 0.226902 }, { 0, 494, 0.886951 }, { 0, 0, 0.5 },
        { 1, 101, 0.454362 }, { 1, 893, 0.464642 }, { 1, 1, 0.5 },
        { 1399, 1279, 0.520535 }, { 1399, 1093, 0.317267 }, { 1399, 1399, 0.5 },
    };
    struct vectors v;
    struct cg_extent wanted = whole(1400);
    CU_ASSERT_FATAL(vectors_create(cg_problem('S'), &wanted, &v) == 0);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        CU_ASSERT_EQUAL(v.first[known[k].i + 1] - v.first[known[k].i], 8);
        CU_ASSERT_DOUBLE_EQUAL(value_at(&v, known[k].i, known[k].position), known[k].value, 5e-7);
    }
    vectors_free(&v);
}

static void matrices_have_the_known_entries_and_traces(void)
{
    static const struct {
        char class;
        size_t entries;
        double first, trace; /* 0: not known */
    } known[] = { { 'S', 78148, -8.827405531242738, -12446.07191798 },
                  { 'W', 508402, 0, -75335.17681717 },
                  { 'A', 1853104, -18.20756912324870, -257193.6459845 } };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct cg_matrix m = matrix_of(known[k].class, 2);
        size_t entries = m.n;
        double trace = 0;
        for (size_t i = 0; i < m.n; i++) {
            entries += 2 * m.length[i];
            trace += m.diagonal[i];
        }
        CU_ASSERT_EQUAL(entries, known[k].entries);
        CU_ASSERT_TRUE(known[k].first == 0 || fabs(m.diagonal[0] - known[k].first) <= 1e-13);
        CU_ASSERT_DOUBLE_EQUAL(trace, known[k].trace, 1e-7);
        cg_matrix_destroy(&m);
    }
}

static void entries_of_class_S_sum_to_the_known_value(void)
{
    struct cg_matrix m = matrix_of('S', 1);
    double sum = 0;
    for (size_t i = 0; i < m.n; i++) {
        sum += m.diagonal[i];
        for (uint64_t at = m.first[i]; at < m.first[i] + m.length[i]; at++)
            sum += 2 * m.value[at];
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, -4796.559321013, 1e-9);
    CU_ASSERT_EQUAL_FATAL(m.length[1], 1);
    CU_ASSERT_EQUAL(m.column[m.first[1]], 0);
    CU_ASSERT_DOUBLE_EQUAL(m.value[m.first[1]], 0.08061892944739288, 1e-16);
    cg_matrix_destroy(&m);
}

static void every_number_of_threads_makes_the_same_matrix(void)
{
    struct cg_matrix one = matrix_of('W', 1);
    for (unsigned threads = 2; threads <= 7; threads++) {
        struct cg_matrix many = matrix_of('W', threads);
        bool same = memcmp(many.length, one.length, one.n * sizeof *one.length) == 0 &&
                    memcmp(many.diagonal, one.diagonal, one.n * sizeof *one.diagonal) == 0;
        for (size_t i = 0; i < one.n && same; i++)
            same = memcmp(many.value + many.first[i], one.value + one.first[i], one.length[i] * sizeof(double)) == 0 &&
                   memcmp(many.column + many.first[i], one.column + one.first[i], one.length[i] * sizeof(uint32_t)) == 0;
        CU_ASSERT_TRUE(same);
        cg_matrix_destroy(&many);
    }
    cg_matrix_destroy(&one);
}

/* What is wanted of a row, with the same bits; nothing else. */
static void a_part_of_the_matrix_has_the_bits_of_the_whole(void)
{
    enum { PARTS = 8, LENGTH = 176, BEGIN = 300, END = 1201 };
    uint64_t columns[PARTS] = { 1, 0, 5, 8, 0, 0x15, 0, 0xff };
    struct cg_extent wanted = { LENGTH, columns, BEGIN, END };
    struct cg_matrix all = matrix_of('S', 2), some;
    CU_ASSERT_FATAL(cg_matrix_create(cg_problem('S'), &wanted, 3, &some) == 0);
    bool same = true;
    for (size_t i = 0; i < all.n; i++) {
        uint64_t at = some.first[i];
        for (uint64_t k = all.first[i]; k < all.first[i] + all.length[i]; k++)
            if (columns[i / LENGTH] >> (all.column[k] / LENGTH) & 1) {
                same &= some.column[at] == all.column[k] && some.value[at] == all.value[k];
                at++;
            }
        same &= at == some.first[i] + some.length[i];
        same &= some.diagonal[i] == (i >= BEGIN && i < END ? all.diagonal[i] : 0);
    }
    CU_ASSERT_TRUE(same);
    CU_ASSERT_TRUE(some.room < all.room / 2);
    cg_matrix_destroy(&all);
    cg_matrix_destroy(&some);
}

/* --- the plan --- */

static void the_order_has_every_tile_once_and_halves_squares(void)
{
    static struct cg_place order[CG_PARTS_MOST * (CG_PARTS_MOST + 1) / 2];
    for (size_t parts = 1; parts <= CG_PARTS_MOST; parts *= 2) {
        static unsigned char seen[CG_PARTS_MOST][CG_PARTS_MOST];
        size_t tiles = cg_tiles_of(parts), twice = 0;
        memset(seen, 0, sizeof seen);
        cg_order(parts, order);
        for (size_t k = 0; k < tiles; k++) {
            CU_ASSERT_TRUE(order[k].columns <= order[k].rows && order[k].rows < parts);
            twice += seen[order[k].rows][order[k].columns]++;
        }
        CU_ASSERT_EQUAL(twice, 0);
    }
    cg_order(8, order); /* a quarter each: two triangles and two halves of the square */
    CU_ASSERT_EQUAL(cg_met(order, cg_cut(order, 0, 36, 0, 4), cg_cut(order, 0, 36, 1, 4)), 0x0f);
    CU_ASSERT_EQUAL(cg_met(order, cg_cut(order, 0, 36, 1, 4), cg_cut(order, 0, 36, 2, 4)), 0xcf);
    CU_ASSERT_EQUAL(cg_met(order, cg_cut(order, 0, 36, 2, 4), cg_cut(order, 0, 36, 3, 4)), 0x3f);
    CU_ASSERT_EQUAL(cg_met(order, cg_cut(order, 0, 36, 3, 4), cg_cut(order, 0, 36, 4, 4)), 0xf0);
}

static void runs_of_tiles_are_even_to_a_tile(void)
{
    static struct cg_place order[16 * 17 / 2];
    cg_order(16, order);
    for (size_t begin = 0; begin < 40; begin += 39)
        for (size_t workers = 1; workers <= 200; workers++) {
            size_t end = 136 - begin, all = 0, at = begin;
            for (size_t k = begin; k < end; k++)
                all += weight(order[k]);
            for (size_t w = 0; w < workers; w++) {
                size_t next = cg_cut(order, begin, end, w + 1, workers), mine = 0;
                CU_ASSERT_EQUAL_FATAL(at, cg_cut(order, begin, end, w, workers));
                for (; at < next; at++)
                    mine += weight(order[at]);
                CU_ASSERT_TRUE(mine * workers <= all + 2 * workers && mine * workers + 2 * workers >= all);
            }
            CU_ASSERT_EQUAL(at, end);
        }
}

static void nodes_are_the_largest_and_buddies_make_larger_ones(void)
{
    uint64_t node[CG_PARTS_MOST];
    CU_ASSERT_EQUAL(cg_nodes(0, node), 0);
    CU_ASSERT_EQUAL(cg_nodes(0xff, node), 1);
    CU_ASSERT_EQUAL(cg_nodes(0x7e, node), 4); /* 1, 2-3, 4-5, 6 */
    CU_ASSERT_TRUE(node[0] == 2 && node[1] == 0x0c && node[2] == 0x30 && node[3] == 0x40);
    CU_ASSERT_EQUAL(cg_nodes(UINT64_MAX, node), 1);
    CU_ASSERT_EQUAL(node[0], UINT64_MAX);
    CU_ASSERT_EQUAL(cg_buddy(UINT64_C(1) << 63), UINT64_C(1) << 62);
    CU_ASSERT_EQUAL(cg_buddy(0x30), 0xc0);
    CU_ASSERT_EQUAL(cg_buddy(0xf0), 0x0f);
    CU_ASSERT_EQUAL(cg_buddy(UINT64_MAX), 0);
}

/* However leaves come, the same nodes are there in the end. */
static void sums_join_to_the_largest_nodes(void)
{
    uint64_t leaves = 0xfaff7, node[CG_PARTS_MOST];
    for (unsigned order = 0; order < 3; order++) {
        static const unsigned stride[] = { 1, 7, 63 }; /* odd: every leaf comes once */
        struct cg_sums sums = { 0 };
        struct cg_merges merges = { 0 };
        for (unsigned k = 0, leaf = 5; k < 64; k++, leaf = (leaf + stride[order]) % 64)
            if (leaves >> leaf & 1)
                CU_ASSERT_EQUAL(cg_sums_add(&sums, (struct cg_sum){ UINT64_C(1) << leaf, NULL, 0 }, &merges), 0);
        size_t count = cg_nodes(leaves, node);
        CU_ASSERT_EQUAL(sums.count, count);
        CU_ASSERT_EQUAL(merges.count + count, (size_t)__builtin_popcountll(leaves));
        for (size_t k = 0; k < count; k++) {
            struct cg_sum found;
            CU_ASSERT_TRUE(take(&sums, node[k], &found));
        }
        free(merges.merge);
    }
}

/* --- what ranks send --- */

/* The message of @all that @m, of rank @from, is to rank @to; NULL: none, or not one. */
static const struct cg_message *other_end(const struct cg_messages *all, const struct cg_message *m, int from)
{
    const struct cg_message *found = NULL;
    for (size_t k = 0; k < all->count; k++) {
        const struct cg_message *x = &all->message[k];
        if (x->rank == from && x->part == m->part && x->node == m->node && x->first == m->first && x->count == m->count) {
            if (found)
                return NULL;
            found = x;
        }
    }
    return found;
}

static size_t unmatched(const struct cg_system *s, size_t ranks, bool sums)
{
    size_t wrong = 0, out = 0, in = 0;
    for (size_t r = 0; r < ranks; r++) {
        const struct cg_messages *m = sums ? &s[r].sums_out : &s[r].p_out;
        out += m->count;
        in += sums ? s[r].sums_in.count : s[r].p_in.count;
        for (size_t k = 0; k < m->count; k++) {
            const struct cg_system *to = &s[m->message[k].rank];
            const struct cg_message *other = other_end(sums ? &to->sums_in : &to->p_in, &m->message[k], (int)r);
            wrong += !other || !other->data || !m->message[k].data;
        }
    }
    return wrong + (out != in);
}

static void what_a_rank_sends_another_expects_and_strips_are_shared_out(void)
{
    static struct cg_system s[40];
    static const size_t counts[] = { 1, 2, 3, 4, 5, 7, 8, 13, 16, 40 };
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        size_t ranks = counts[k], tiles = 0, values = 0, own = 0;
        for (size_t r = 0; r < ranks; r++) {
            CU_ASSERT_FATAL(cg_system_create('S', ISA_BASELINE, team_of(2), r, ranks, &s[r]) == 0);
            tiles += s[r].tiles.count;
            values += s[r].tiles.n_values;
            own += cg_system_own(&s[r]);
            for (size_t p = 0; p < s[r].layout.parts; p++) /* every sum of every strip comes to the root of its tree */
                CU_ASSERT_TRUE(!s[r].join[p].root.node || s[r].join[p].root.node == (UINT64_C(1) << s[r].layout.parts) - 1);
        }
        CU_ASSERT_EQUAL(tiles, cg_tiles_of(s[0].layout.parts));
        CU_ASSERT_EQUAL(2 * values + 1400, 78148); /* as in the whole matrix */
        CU_ASSERT_EQUAL(own, s[0].layout.padded);
        CU_ASSERT_EQUAL(unmatched(s, ranks, false), 0);
        CU_ASSERT_EQUAL(unmatched(s, ranks, true), 0);
        for (size_t r = 0; r < ranks; r++)
            cg_system_destroy(&s[r]);
    }
}

/* --- the tiles --- */

/* Both factors are small integers, so that every sum is exact and any difference is a mistake. */
static struct cg_matrix integers(size_t n, size_t most)
{
    struct cg_matrix m = { .n = n, .room = n * most };
    CU_ASSERT_FATAL((m.first = malloc((n + 1) * sizeof *m.first)) != NULL);
    CU_ASSERT_FATAL((m.length = malloc(n * sizeof *m.length)) != NULL);
    CU_ASSERT_FATAL((m.column = malloc(m.room * sizeof *m.column)) != NULL);
    CU_ASSERT_FATAL((m.value = malloc(m.room * sizeof *m.value)) != NULL);
    CU_ASSERT_FATAL((m.diagonal = malloc(n * sizeof *m.diagonal)) != NULL);
    for (size_t i = 0; i < n; i++) {
        m.first[i] = i * most;
        m.length[i] = (uint32_t)(i < most ? i : most * (i % 8) / 7); /* rows of all lengths, empty ones too */
        m.diagonal[i] = (double)(i % 13) - 6;
        for (size_t k = 0; k < m.length[i]; k++) {
            m.column[i * most + k] = (uint32_t)(i - 1 - k * (i / most ? i / most : 1)); /* distinct, below i */
            m.value[i * most + k] = (double)((7 * i + 3 * k) % 17) - 8;
        }
    }
    m.first[n] = n * most;
    return m;
}

static bool tiles_multiply_exactly(const struct cg_matrix *m, size_t parts, unsigned threads, enum isa isa)
{
    struct cg_layout l = cg_layout(m->n, parts);
    struct cg_place order[16 * 17 / 2];
    struct cg_tiles t;
    cg_order(parts, order);
    CU_ASSERT_FATAL(cg_tiles_create(m, &l, order, cg_tiles_of(parts), team_of(threads), &t) == 0);
    struct cg_pair *pq = aligned_alloc(64, l.parts * l.part * sizeof *pq);
    double *p = malloc(m->n * sizeof *p), *q = malloc(m->n * sizeof *q);
    bool same = true;
    for (size_t i = 0; i < m->n; i++) {
        p[i] = (double)(i % 11) - 5;
        pq[i] = (struct cg_pair){ p[i], m->diagonal[i] * p[i] };
    }
    for (size_t k = 0; k < t.count; k++)
        ISA_SELECT(cg_tile_product, isa)(&t.tile[k], pq + cg_part_begin(&l, order[k].rows),
                                         pq + cg_part_begin(&l, order[k].columns));
    cg_matrix_product(m, p, q);
    for (size_t i = 0; i < m->n; i++)
        same = same && pq[i].p == p[i] && pq[i].q == q[i];
    free(pq);
    free(p);
    free(q);
    cg_tiles_destroy(&t);
    return same;
}

static void tiles_multiply_as_the_plain_product(void)
{
    static const struct {
        size_t n, most;
    } shape[] = { { 1, 1 }, { 7, 3 }, { 8, 8 }, { 50, 50 }, { 333, 29 }, { 1000, 120 } };
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        for (size_t k = 0; k < sizeof shape / sizeof *shape; k++) {
            struct cg_matrix m = integers(shape[k].n, shape[k].most);
            for (size_t parts = 1; parts <= 16; parts *= 4) /* with empty ones at the end */
                CU_ASSERT_TRUE(tiles_multiply_exactly(&m, parts, (unsigned)parts % 3 + 1, isa));
            cg_matrix_destroy(&m);
        }
    }
}

/* --- the sweeps over vectors, in integers too --- */

enum { N = 24, VECTORS = 7 };

static struct cg_vectors sample(double *store)
{
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < VECTORS; k++)
            store[k * N + i] = (double)((3 * i + k) % (5 + k)) - 4;
    return (struct cg_vectors){ store, store + N, store + 2 * N, store + 3 * N, store + 4 * N, store + 5 * N, store + 6 * N };
}

static void sweeps_change_the_vectors_and_sum_as_they_say(void)
{
    double store[VECTORS * N], store0[VECTORS * N];
    struct cg_vectors old = sample(store0);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        double dot = 0, rr = 0, xx = 0;
        struct cg_norms want = { 0, 0, 0 };
        struct cg_vectors v = sample(store);
        for (size_t i = 0; i < N; i++) {
            double q = old.sum[i] + old.diagonal[i] * old.p[i], r = old.r[i] - 2 * q;
            dot += old.p[i] * q;
            rr += r * r;
            xx += old.x[i] * old.x[i];
            want.residual += (old.x[i] - q) * (old.x[i] - q);
            want.xz += old.x[i] * old.p[i];
            want.zz += old.p[i] * old.p[i];
        }
        CU_ASSERT_EQUAL(ISA_SELECT(cg_dot_pq, isa)(&v, N), dot);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_EQUAL(v.q[i], old.sum[i] + old.diagonal[i] * old.p[i]);
        struct cg_norms got = ISA_SELECT(cg_measure, isa)(&v, N);
        CU_ASSERT_TRUE(got.residual == want.residual && got.xz == want.xz && got.zz == want.zz);
        CU_ASSERT_EQUAL(ISA_SELECT(cg_step, isa)(&v, N, 2), rr);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.z[i] == old.z[i] + 2 * old.p[i] && v.r[i] == old.r[i] - 2 * v.q[i]);
        ISA_SELECT(cg_direction, isa)(&v, N, 3);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.p[i] == v.r[i] + 3 * old.p[i]);
        ISA_SELECT(cg_solution, isa)(&v, N);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.p[i] == v.z[i]);
        CU_ASSERT_EQUAL(ISA_SELECT(cg_start, isa)(&v, N), xx);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.z[i] == 0 && v.r[i] == old.x[i] && v.p[i] == old.x[i]);
        v.z[3] = 7;
        ISA_SELECT(cg_normalise, isa)(&v, N, 0.5);
        CU_ASSERT_TRUE(v.x[3] == 3.5 && v.x[4] == 0);
    }
}

static void pairs_take_a_vector_and_give_what_was_added(void)
{
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        struct cg_pair pairs[N];
        double p[N], sum[N];
        for (size_t i = 0; i < N; i++)
            p[i] = (double)i;
        ISA_SELECT(cg_spread, isa)(pairs, p, N);
        for (int turn = 0; turn < 2; turn++) {
            for (size_t i = 0; i < N; i++) {
                CU_ASSERT_TRUE(pairs[i].p == p[i] && pairs[i].q == 0);
                pairs[i].q = 10 * p[i];
            }
            ISA_SELECT(cg_collect, isa)(sum, pairs, N, turn);
        }
        ISA_SELECT(cg_add, isa)(sum, p, N);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(sum[i] == 21 * p[i] && pairs[i].q == 0);
    }
}

/* --- the solver --- */

static void the_first_estimates_of_class_S_are_known(void)
{
    static const double known[] = { 9.9986441579140, 8.5733279203222, 8.5954510374058, 8.5969972340737 };
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        struct cg_system s;
        if (!isa_available(isa))
            continue;
        CU_ASSERT_FATAL(cg_system_create('S', isa, team_of(2), 0, 1, &s) == 0);
        cg_reset(&s);
        CU_ASSERT_EQUAL(cg_solve(&s, 15, &team, NULL), 0);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            CU_ASSERT_DOUBLE_EQUAL(s.zeta[i], known[i], 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(s.zeta[14], 8.5971775078648, 1e-12);
        CU_ASSERT_TRUE(s.rnorm[0] > 1e-14 && s.rnorm[0] < 1e-12);
        for (size_t i = 1; i < 15; i++)
            CU_ASSERT_TRUE(s.rnorm[i] > 1e-16 && s.rnorm[i] < 1e-14);
        cg_system_destroy(&s);
    }
}

static void every_team_computes_the_same_bits(void)
{
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        struct cg_system one, many;
        if (!isa_available(isa))
            continue;
        CU_ASSERT_FATAL(cg_system_create('W', isa, team_of(1), 0, 1, &one) == 0);
        cg_reset(&one);
        CU_ASSERT_EQUAL(cg_solve(&one, 2, &team, NULL), 0);
        for (unsigned threads = 2; threads <= 50; threads += threads < 11 ? 3 : 39) { /* also more than there are tiles */
            CU_ASSERT_FATAL(cg_system_create('W', isa, team_of(threads), 0, 1, &many) == 0);
            for (int repeat = 0; repeat < 2; repeat++) {
                cg_reset(&many);
                CU_ASSERT_EQUAL(cg_solve(&many, 1, &team, NULL), 0); /* in two goes */
                CU_ASSERT_EQUAL(cg_solve(&many, 2, &team, NULL), 0);
                CU_ASSERT_EQUAL(memcmp(many.zeta, one.zeta, 2 * sizeof(double)), 0);
                CU_ASSERT_EQUAL(memcmp(many.rnorm, one.rnorm, 2 * sizeof(double)), 0);
            }
            cg_system_destroy(&many);
        }
        cg_system_destroy(&one);
    }
}

/* --- wrong values are found out --- */

static enum { WRONG_NOTHING, WRONG_ENTRY, WRONG_COLUMN, WRONG_DIAGONAL, WRONG_NAN } wrong;

static int wrong_run(struct runtime *rt, const struct workload *w, void *state, struct team *workers)
{
    (void)rt;
    struct cg_system *s = &((struct cg *)state)->system;
    if (wrong == WRONG_ENTRY)
        s->tiles.value[4321] *= 1.001;
    if (wrong == WRONG_COLUMN)
        s->tiles.column[4321] ^= 2; /* the neighbour */
    if (wrong == WRONG_DIAGONAL)
        ((double *)s->own.diagonal)[1000] *= 1 + 1e-6;
    if (wrong == WRONG_NAN)
        s->tiles.value[77] = NAN;
    return w->run(state, workers);
}

static void a_wrong_value_fails_verification(void)
{
    struct capture out, err;
    wrong = WRONG_NOTHING;
    CU_ASSERT_EQUAL(by_harness(&cg_workload, wrong_run, &out, &err), EXIT_RIGHT);
    for (wrong = WRONG_ENTRY; wrong <= WRONG_NAN; wrong++) {
        CU_ASSERT_EQUAL(by_harness(&cg_workload, wrong_run, &out, &err), EXIT_WRONG);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "WRONG ANSWER: zeta is "));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(vectors_of_class_S_have_the_known_entries),
        UNIT(matrices_have_the_known_entries_and_traces),
        UNIT(entries_of_class_S_sum_to_the_known_value),
        UNIT(every_number_of_threads_makes_the_same_matrix),
        UNIT(a_part_of_the_matrix_has_the_bits_of_the_whole),
        UNIT(the_order_has_every_tile_once_and_halves_squares),
        UNIT(runs_of_tiles_are_even_to_a_tile),
        UNIT(nodes_are_the_largest_and_buddies_make_larger_ones),
        UNIT(sums_join_to_the_largest_nodes),
        UNIT(what_a_rank_sends_another_expects_and_strips_are_shared_out),
        UNIT(tiles_multiply_as_the_plain_product),
        UNIT(sweeps_change_the_vectors_and_sum_as_they_say),
        UNIT(pairs_take_a_vector_and_give_what_was_added),
        UNIT(the_first_estimates_of_class_S_are_known),
        UNIT(every_team_computes_the_same_bits),
        UNIT(a_wrong_value_fails_verification),
        UNIT_END,
    };
    message_init("test");
    return unit_main("cg", tests);
}
