/* cg: the matrix against known values, the tiles against the plain product, the solver at every size of team, and
 * verification against wrong entries. Known values: prototypes of the published definition. */
#include "cpu_bound/cg.c"        /* for the state of the workload                    */
#include "cpu_bound/cg_matrix.c" /* for its statics: the vectors are looked at too   */

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

static struct cg_matrix matrix_of(char class, unsigned threads)
{
    struct cg_matrix m;
    CU_ASSERT_FATAL(cg_matrix_create(cg_problem(class), threads, &m) == 0);
    return m;
}

/* --- the matrix --- */

static double value_at(const struct vectors *v, size_t i, uint32_t position)
{
    for (size_t k = i * v->stride; k < i * v->stride + v->length[i]; k++)
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
    CU_ASSERT_FATAL(vectors_alloc(cg_problem('S'), &v) == 0);
    draw_vectors(cg_problem('S'), &v);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        CU_ASSERT_EQUAL(v.length[known[k].i], 8);
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

/* --- the tiles --- */

static void every_pair_of_blocks_has_one_tile_and_rounds_share_no_block(void)
{
    for (size_t blocks = 1; blocks <= 15; blocks += 2) {
        struct cg_tiles t = { .blocks = blocks, .slots = (blocks + 1) / 2 };
        size_t seen[15][15] = { 0 };
        for (size_t round = 0; round < blocks; round++) {
            size_t used[15] = { 0 };
            for (size_t slot = 0; slot < t.slots; slot++) {
                struct cg_place at = cg_tiles_place(&t, round, slot);
                CU_ASSERT_TRUE(at.rows >= at.columns);
                seen[at.rows][at.columns]++;
                used[at.rows]++;
                used[at.columns] += at.rows != at.columns;
            }
            for (size_t b = 0; b < blocks; b++)
                CU_ASSERT_EQUAL(used[b], 1);
        }
        for (size_t i = 0; i < blocks; i++)
            for (size_t j = 0; j <= i; j++)
                CU_ASSERT_EQUAL(seen[i][j], 1);
    }
}

/* The tiles of all workers, each in its order. */
struct walks {
    size_t slots, n, begin[65], done[64];
    struct {
        size_t round, slot;
    } tile[93 * 47];
};

static void note(void *context, size_t round, size_t slot)
{
    struct walks *all = context;
    if (all->n < sizeof all->tile / sizeof *all->tile) {
        all->tile[all->n].round = round;
        all->tile[all->n].slot = slot;
    }
    all->n++;
}

/* Let worker @w do tiles until one has to wait for a block; how many it did. */
static size_t go_on(const struct cg_tiles *t, struct walks *all, unsigned w, size_t *turn)
{
    size_t before = all->done[w];
    for (; all->done[w] < all->begin[w + 1]; all->done[w]++) {
        size_t round = all->tile[all->done[w]].round;
        struct cg_place at = cg_tiles_place(t, round, all->tile[all->done[w]].slot);
        if (turn[at.rows] != round || turn[at.columns] != round)
            break;
        turn[at.rows] = turn[at.columns] = round + 1;
    }
    return all->done[w] - before;
}

/* What may start never has to wait again, so that one order of going on decides for all. */
static void workers_share_out_all_tiles_and_never_wait_for_ever(void)
{
    struct walks *all = malloc(sizeof *all);
    CU_ASSERT_FATAL(all != NULL);
    for (size_t blocks = 1; blocks <= 93; blocks += blocks < 40 ? 2 : 18)
        for (unsigned workers = 1; workers <= 64; workers++) {
            struct cg_tiles t = { .blocks = blocks, .slots = (blocks + 1) / 2 };
            size_t turn[93] = { 0 }, moved = 1;
            all->n = 0;
            for (unsigned w = 0; w < workers; w++) {
                all->begin[w] = all->done[w] = all->n;
                cg_tiles_walk(&t, w, workers, note, all);
            }
            all->begin[workers] = all->n;
            CU_ASSERT_EQUAL_FATAL(all->n, blocks * t.slots);
            while (moved > 0) {
                moved = 0;
                for (unsigned w = 0; w < workers; w++)
                    moved += go_on(&t, all, w, turn);
            }
            for (size_t b = 0; b < blocks; b++)
                CU_ASSERT_EQUAL(turn[b], blocks);
        }
    free(all);
}

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

static bool tiles_multiply_exactly(const struct cg_matrix *m, size_t blocks, unsigned threads, enum isa isa)
{
    struct cg_tiles t;
    CU_ASSERT_FATAL(cg_tiles_create(m, blocks, team_of(threads), &t) == 0);
    struct cg_pair *pq = aligned_alloc(64, t.padded * sizeof *pq);
    double *p = malloc(m->n * sizeof *p), *q = malloc(m->n * sizeof *q);
    bool same = true;
    for (size_t i = 0; i < m->n; i++) {
        p[i] = (double)(i % 11) - 5;
        pq[i] = (struct cg_pair){ p[i], m->diagonal[i] * p[i] };
    }
    for (size_t k = 0; k < t.blocks * t.slots; k++) {
        struct cg_place at = cg_tiles_place(&t, k / t.slots, k % t.slots);
        ISA_SELECT(cg_tile_product, isa)(&t.tile[k], pq + cg_tiles_begin(&t, at.rows), pq + cg_tiles_begin(&t, at.columns));
    }
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
            for (size_t blocks = 1; blocks <= 13; blocks += 4) /* with empty ones at the end */
                CU_ASSERT_TRUE(tiles_multiply_exactly(&m, blocks, (unsigned)blocks % 4 + 1, isa));
            cg_matrix_destroy(&m);
        }
    }
}

/* --- the sweeps over vectors, in integers too --- */

enum { N = 24 };

static struct cg_vectors sample(struct cg_pair *pq, double *store)
{
    for (size_t i = 0; i < N; i++) {
        pq[i] = (struct cg_pair){ (double)(i % 5), (double)(i % 7) - 3 };
        for (size_t k = 0; k < 4; k++)
            store[k * N + i] = (double)((3 * i + k) % (9 + k)) - 4;
    }
    return (struct cg_vectors){ pq, store, store + N, store + 2 * N, store + 3 * N };
}

static void sweeps_change_the_vectors_and_sum_as_they_say(void)
{
    struct cg_pair pq[N], pq0[N];
    double store[4 * N], store0[4 * N];
    struct cg_vectors old = sample(pq0, store0);
    for (enum isa isa = ISA_BASELINE; isa < ISA_COUNT; isa++) {
        if (!isa_available(isa))
            continue;
        double dot = 0, rr = 0, xx = 0;
        struct cg_norms want = { 0, 0, 0 };
        struct cg_vectors v = sample(pq, store);
        for (size_t i = 0; i < N; i++) {
            double r = old.r[i] - 2 * pq0[i].q;
            dot += pq0[i].p * pq0[i].q;
            rr += r * r;
            xx += old.x[i] * old.x[i];
            want.residual += (old.x[i] - pq0[i].q) * (old.x[i] - pq0[i].q);
            want.xz += old.x[i] * pq0[i].p;
            want.zz += pq0[i].p * pq0[i].p;
        }
        CU_ASSERT_EQUAL(ISA_SELECT(cg_dot_pq, isa)(&v, N), dot);
        struct cg_norms got = ISA_SELECT(cg_measure, isa)(&v, N);
        CU_ASSERT_TRUE(got.residual == want.residual && got.xz == want.xz && got.zz == want.zz);
        CU_ASSERT_EQUAL(ISA_SELECT(cg_step, isa)(&v, N, 2), rr);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.z[i] == old.z[i] + 2 * pq0[i].p && v.r[i] == old.r[i] - 2 * pq0[i].q);
        ISA_SELECT(cg_direction, isa)(&v, N, 3);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(pq[i].p == v.r[i] + 3 * pq0[i].p && pq[i].q == v.diagonal[i] * pq[i].p);
        ISA_SELECT(cg_solution, isa)(&v, N);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(pq[i].p == v.z[i] && pq[i].q == v.diagonal[i] * v.z[i]);
        CU_ASSERT_EQUAL(ISA_SELECT(cg_start, isa)(&v, N), xx);
        for (size_t i = 0; i < N; i++)
            CU_ASSERT_TRUE(v.z[i] == 0 && v.r[i] == old.x[i] && pq[i].p == old.x[i] && pq[i].q == v.diagonal[i] * pq[i].p);
        v.z[3] = 7;
        ISA_SELECT(cg_normalise, isa)(&v, N, 0.5);
        CU_ASSERT_TRUE(v.x[3] == 3.5 && v.x[4] == 0);
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
        CU_ASSERT_FATAL(cg_system_create('S', isa, team_of(2), &s) == 0);
        cg_solve(&s, 15, &team);
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
        CU_ASSERT_FATAL(cg_system_create('W', isa, team_of(1), &one) == 0);
        cg_solve(&one, 2, &team);
        for (unsigned threads = 2; threads <= 17; threads += 3) { /* also more than there are tiles to a round */
            CU_ASSERT_FATAL(cg_system_create('W', isa, team_of(threads), &many) == 0);
            for (int repeat = 0; repeat < 2; repeat++) {
                cg_solve(&many, 2, &team);
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
        ((double *)s->v.diagonal)[1000] *= 1 + 1e-6;
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
        UNIT(every_pair_of_blocks_has_one_tile_and_rounds_share_no_block),
        UNIT(workers_share_out_all_tiles_and_never_wait_for_ever),
        UNIT(tiles_multiply_as_the_plain_product),
        UNIT(sweeps_change_the_vectors_and_sum_as_they_say),
        UNIT(the_first_estimates_of_class_S_are_known),
        UNIT(every_team_computes_the_same_bits),
        UNIT(a_wrong_value_fails_verification),
        UNIT_END,
    };
    message_init("test");
    return unit_main("cg", tests);
}
