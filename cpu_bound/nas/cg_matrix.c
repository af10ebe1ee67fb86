/*
 * How the matrix is made. The vectors come from one sequence of random numbers in which each depends on how
 * many attempts those before it had refused, so one thread of each process draws them all (3.4 million numbers in
 * class B, some 20 ms), twice: to count and to keep those at positions that are wanted. The rows are then independent:
 * row j is the sum over the vectors i that have an entry at position j, in increasing i, of w_i e_j e_k at every
 * other position k of the vector. So threads and processes build rows, or parts of them, on their own, and the order
 * of every sum is fixed.
 */
#include "cpu_bound/nas/cg_matrix.h"

#include "cpu_bound/array.h"
#include "cpu_bound/nas/nas.h"
#include "cpu_bound/nas/nas_random.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define RCOND 0.1

const struct cg_problem *cg_problem(char class)
{
    static const struct cg_problem problems[] = {
        { 1400, 7, 15, 10, 8.5971775078648 },         /* S */
        { 7000, 8, 15, 12, 10.362595087124 },         /* W */
        { 14000, 11, 15, 20, 17.130235054029 },       /* A */
        { 75000, 13, 75, 60, 22.712745482631 },       /* B */
        { 150000, 15, 75, 110, 28.973605592845 },     /* C */
        { 1500000, 21, 100, 500, 52.514532105794 },   /* D */
    };
    return &problems[nas_class_index(class)];
}

/* The generating vectors, as far as they are wanted: vector i has the entries first[i], ..., sorted by position. */
struct vectors {
    size_t n;
    uint64_t *first;
    double *weight;
    size_t room;         /* of the three below */
    uint32_t *position;
    double *value;
    unsigned char *part; /* of the position    */
};

static void vectors_free(struct vectors *v)
{
    free(v->first);
    free(v->weight);
    free(v->position);
    free(v->value);
    free(v->part);
}

/* One of them, as it is drawn. */
enum { WIDTH_MOST = 22 };
struct vector {
    size_t length;
    uint32_t position[WIDTH_MOST];
    double value[WIDTH_MOST];
};

/* Set the entry at @position to @value, keeping the entries sorted. If there is one, it stays as it is unless @replace. */
static void put(struct vector *v, uint32_t position, double value, bool replace)
{
    size_t at = 0;
    while (at < v->length && v->position[at] < position)
        at++;
    if (at < v->length && v->position[at] == position) {
        if (replace)
            v->value[at] = value;
        return;
    }
    for (size_t k = v->length++; k > at; k--) {
        v->position[k] = v->position[k - 1];
        v->value[k] = v->value[k - 1];
    }
    v->position[at] = position;
    v->value[at] = value;
}

/* Two numbers an attempt: a value, then a position below the next power of 2 to n, refused from n on or twice. */
static uint64_t draw_vector(const struct cg_problem *problem, size_t i, uint64_t x, struct vector *v)
{
    unsigned bits = 0;
    while (problem->n > (size_t)1 << bits)
        bits++;
    v->length = 0;
    while (v->length < problem->width) {
        uint64_t value = nas_random_next(x);
        x = nas_random_next(value);
        uint32_t position = (uint32_t)(x >> (46 - bits));
        if (position < problem->n)
            put(v, position, (double)value * NAS_RANDOM_SCALE, false);
    }
    put(v, (uint32_t)i, 0.5, true);
    return x;
}

/* Some of a row's or column's part is wanted. */
static bool part_wanted(const struct cg_extent *wanted, size_t parts, size_t part)
{
    bool any = wanted->columns[part] != 0 || (wanted->begin < (part + 1) * wanted->length && wanted->end > part * wanted->length);
    for (size_t p = part; p < parts && !any; p++)
        any = wanted->columns[p] >> part & 1;
    return any;
}

static size_t parts_of(const struct cg_problem *problem, const struct cg_extent *wanted)
{
    return (problem->n + wanted->length - 1) / wanted->length;
}

/* All vectors in their order: what is wanted of them is counted, or where there is room kept. */
static void draw_vectors(const struct cg_problem *problem, const struct cg_extent *wanted, struct vectors *v)
{
    uint64_t x = nas_random_next(NAS_SEED), at = 0; /* the first number is not used */
    double ratio = pow(RCOND, 1.0 / (double)v->n), weight = 1;
    bool keep[CG_PARTS_MOST];
    for (size_t p = 0; p < parts_of(problem, wanted); p++)
        keep[p] = part_wanted(wanted, parts_of(problem, wanted), p);
    for (size_t i = 0; i < v->n; i++, weight *= ratio) {
        struct vector one;
        x = draw_vector(problem, i, x, &one);
        v->first[i] = at;
        v->weight[i] = weight;
        for (size_t k = 0; k < one.length; k++) {
            size_t part = one.position[k] / wanted->length;
            if (keep[part] && v->room) {
                v->position[at] = one.position[k];
                v->value[at] = one.value[k];
                v->part[at] = (unsigned char)part;
            }
            at += keep[part];
        }
    }
    v->first[v->n] = at;
}

static int vectors_create(const struct cg_problem *problem, const struct cg_extent *wanted, struct vectors *v)
{
    size_t n = problem->n;
    *v = (struct vectors){ .n = n, .first = array_alloc(n + 1, sizeof *v->first), .weight = array_alloc(n, sizeof *v->weight) };
    if (!v->first || !v->weight)
        return -ENOMEM;
    draw_vectors(problem, wanted, v);
    v->room = v->first[n];
    v->position = array_alloc(v->room, sizeof *v->position);
    v->value = array_alloc(v->room, sizeof *v->value);
    v->part = array_alloc(v->room, sizeof *v->part);
    if (!v->position || !v->value || !v->part)
        return -ENOMEM;
    if (v->room)
        draw_vectors(problem, wanted, v);
    return 0;
}

/* Which entries of the vectors lie at a position: of position j those entry[first[j]], ... in the order of the vectors. */
struct inverse {
    uint64_t *first;
    struct {
        uint32_t vector, entry; /* below 2^32 for every class */
    } *entry;
};

static int inverse_create(const struct vectors *v, struct inverse *inv)
{
    inv->first = calloc(v->n + 2, sizeof *inv->first);
    inv->entry = array_alloc(v->room, sizeof *inv->entry);
    if (!inv->first || !inv->entry)
        return -ENOMEM;
    uint64_t *end = inv->first + 1; /* counts two ahead, so that filling leaves the firsts behind */
    for (size_t k = 0; k < v->room; k++)
        end[v->position[k] + 1]++;
    for (size_t j = 1; j <= v->n; j++)
        end[j] += end[j - 1];
    for (size_t i = 0; i < v->n; i++)
        for (uint64_t k = v->first[i]; k < v->first[i + 1]; k++) {
            uint64_t at = end[v->position[k]]++;
            inv->entry[at].vector = (uint32_t)i;
            inv->entry[at].entry = (uint32_t)k;
        }
    return 0;
}

/* Wanted positions below j in the vectors that have one at j: the entries of row j, with those that will meet. */
static void count_room(const struct vectors *v, const struct cg_extent *wanted, struct cg_matrix *m)
{
    for (size_t j = 0; j <= m->n; j++)
        m->first[j] = 0;
    for (size_t i = 0; i < v->n; i++)
        for (uint64_t mine = v->first[i]; mine < v->first[i + 1]; mine++) {
            uint64_t columns = wanted->columns[v->part[mine]], *room = &m->first[v->position[mine] + 1];
            for (uint64_t k = v->first[i]; k < mine; k++)
                *room += columns >> v->part[k] & 1;
        }
    for (size_t j = 0; j < m->n; j++)
        m->first[j + 1] += m->first[j];
    m->room = m->first[m->n];
}

static int matrix_alloc(const struct vectors *v, const struct cg_extent *wanted, struct cg_matrix *m)
{
    *m = (struct cg_matrix){ .n = v->n };
    m->first = array_alloc(m->n + 1, sizeof *m->first);
    m->length = array_alloc(m->n, sizeof *m->length);
    m->diagonal = array_alloc(m->n, sizeof *m->diagonal);
    if (!m->first || !m->length || !m->diagonal)
        return -ENOMEM;
    count_room(v, wanted, m);
    m->column = array_alloc(m->room, sizeof *m->column);
    m->value = array_alloc(m->room, sizeof *m->value);
    return m->column && m->value ? 0 : -ENOMEM;
}

/* What rows are built from. */
struct source {
    struct vectors v;
    struct inverse inv;
    const struct cg_extent *wanted;
    double below_diagonal_shift;
};

/*
 * @where says where in the row a column stands; it may hold anything below n, since a place counts only if it is
 * inside the row and that column stands there. So nothing has to be cleared between rows.
 */
static void build_row(const struct source *s, struct cg_matrix *m, size_t j, uint32_t *where)
{
    const struct vectors *v = &s->v;
    uint64_t wanted = s->wanted->columns[j / s->wanted->length];
    uint32_t *column = m->column + m->first[j], length = 0;
    double *value = m->value + m->first[j];
    for (uint64_t at = s->inv.first[j]; wanted && at < s->inv.first[j + 1]; at++) {
        size_t i = s->inv.entry[at].vector, mine = s->inv.entry[at].entry;
        for (size_t k = v->first[i]; k < mine; k++) {
            uint32_t c = v->position[k], place = where[c];
            if (!(wanted >> v->part[k] & 1))
                continue;
            double product = v->weight[i] * (v->value[mine] * v->value[k]);
            if (place < length && column[place] == c) {
                value[place] += product;
            } else {
                where[c] = length;
                column[length] = c;
                value[length++] = product;
            }
        }
    }
    m->length[j] = length;
}

static double diagonal(const struct source *s, size_t j)
{
    double sum = 0;
    for (uint64_t at = s->inv.first[j]; at < s->inv.first[j + 1]; at++) {
        double value = s->v.value[s->inv.entry[at].entry];
        sum += s->v.weight[s->inv.entry[at].vector] * (value * value);
    }
    return sum + s->below_diagonal_shift;
}

static int build_rows(const struct source *s, unsigned threads, struct cg_matrix *m)
{
    int failed = 0;
#pragma omp parallel default(none) shared(s, m) num_threads(threads) reduction(| : failed)
    {
        uint32_t *where = calloc(m->n, sizeof *where);
        failed = !where;
        /* dynamic, 256 rows: the later a row, the more of its entries lie below the diagonal */
#pragma omp for schedule(dynamic, 256)
        for (size_t j = 0; j < m->n; j++) {
            if (where)
                build_row(s, m, j, where);
            m->diagonal[j] = j >= s->wanted->begin && j < s->wanted->end ? diagonal(s, j) : 0;
        }
        free(where);
    }
    return failed ? -ENOMEM : 0;
}

int cg_matrix_create(const struct cg_problem *problem, const struct cg_extent *wanted, unsigned threads, struct cg_matrix *out)
{
    struct source s = { .wanted = wanted, .below_diagonal_shift = RCOND - problem->shift };
    *out = (struct cg_matrix){ 0 };
    int rc = vectors_create(problem, wanted, &s.v);
    if (rc == 0)
        rc = inverse_create(&s.v, &s.inv);
    if (rc == 0)
        rc = matrix_alloc(&s.v, wanted, out);
    if (rc == 0)
        rc = build_rows(&s, threads, out);
    if (rc != 0)
        cg_matrix_destroy(out);
    vectors_free(&s.v);
    free(s.inv.first);
    free(s.inv.entry);
    return rc;
}

void cg_matrix_destroy(struct cg_matrix *m)
{
    free(m->first);
    free(m->length);
    free(m->column);
    free(m->value);
    free(m->diagonal);
    *m = (struct cg_matrix){ 0 };
}

double cg_matrix_bytes(const struct cg_problem *problem, double share)
{
    double n = (double)problem->n, width = problem->width + 1.0, most = sqrt(2 / share);
    double vectors = n * width * (sizeof(uint32_t) + sizeof(double) + 1 + 2 * sizeof(uint32_t));
    double rows = n * width * (width - 1) / 2 * (sizeof(uint32_t) + sizeof(double));
    return vectors * (most < 1 ? most : 1) + rows / share + 48 * n;
}

void cg_matrix_product(const struct cg_matrix *m, const double *restrict p, double *restrict q)
{
    for (size_t i = 0; i < m->n; i++)
        q[i] = m->diagonal[i] * p[i];
    for (size_t i = 0; i < m->n; i++)
        for (uint64_t at = m->first[i]; at < m->first[i] + m->length[i]; at++) {
            q[i] += m->value[at] * p[m->column[at]];
            q[m->column[at]] += m->value[at] * p[i];
        }
}
