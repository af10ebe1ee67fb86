/*
 * How the matrix is made. The vectors come from one sequence of random numbers in which each depends on how
 * many attempts those before it had refused, so one thread draws them all (3.4 million numbers in class B,
 * some 20 ms). The rows are then independent: row j is the sum over the vectors i that have an entry at
 * position j, in increasing i, of w_i e_j e_k at every other position k of the vector. So threads build
 * them together, and the order of every sum is fixed.
 */
#include "cpu_bound/cg_matrix.h"

#include "cpu_bound/array.h"
#include "cpu_bound/nas.h"
#include "cpu_bound/nas_random.h"

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

/* The generating vectors: vector i has length[i] entries at i * stride, sorted by position. */
struct vectors {
    size_t n, stride;
    uint32_t *position;
    double *value;
    unsigned char *length;
    double *weight;
};

static void vectors_free(struct vectors *v)
{
    free(v->position);
    free(v->value);
    free(v->length);
    free(v->weight);
}

static int vectors_alloc(const struct cg_problem *problem, struct vectors *v)
{
    size_t n = problem->n, stride = problem->width + 1;
    *v = (struct vectors){ .n = n, .stride = stride };
    v->position = array_alloc(n * stride, sizeof *v->position);
    v->value = array_alloc(n * stride, sizeof *v->value);
    v->length = array_alloc(n, sizeof *v->length);
    v->weight = array_alloc(n, sizeof *v->weight);
    return v->position && v->value && v->length && v->weight ? 0 : -ENOMEM;
}

/* Set the entry at @position to @value, keeping the entries sorted. False if there was one, which stays as it is
 * unless @replace. */
static bool put(uint32_t *positions, double *values, unsigned char *length, uint32_t position, double value, bool replace)
{
    size_t at = 0, end = *length;
    while (at < end && positions[at] < position)
        at++;
    if (at < end && positions[at] == position) {
        if (replace)
            values[at] = value;
        return false;
    }
    for (size_t k = end; k > at; k--) {
        positions[k] = positions[k - 1];
        values[k] = values[k - 1];
    }
    positions[at] = position;
    values[at] = value;
    *length = (unsigned char)(end + 1);
    return true;
}

/* Two numbers an attempt: a value, then a position below the next power of 2 to n, refused from n on or twice. */
static void draw_vectors(const struct cg_problem *problem, struct vectors *v)
{
    uint64_t x = nas_random_next(NAS_SEED); /* the first number is not used */
    unsigned bits = 0;
    while (v->n > (size_t)1 << bits)
        bits++;
    double ratio = pow(RCOND, 1.0 / (double)v->n), weight = 1;
    for (size_t i = 0; i < v->n; i++, weight *= ratio) {
        uint32_t *positions = v->position + i * v->stride;
        double *values = v->value + i * v->stride;
        v->length[i] = 0;
        v->weight[i] = weight;
        while (v->length[i] < problem->width) {
            uint64_t value = nas_random_next(x);
            x = nas_random_next(value);
            uint32_t position = (uint32_t)(x >> (46 - bits));
            if (position < v->n)
                put(positions, values, &v->length[i], position, (double)value * NAS_RANDOM_SCALE, false);
        }
        put(positions, values, &v->length[i], (uint32_t)i, 0.5, true);
    }
}

/* Which entries of the vectors lie at a position: of position j those entry[first[j]], ... in the order of the vectors. */
struct inverse {
    uint64_t *first;
    uint32_t *entry; /* i * stride + where in vector i: below 2^32 for every class */
};

static int inverse_create(const struct vectors *v, struct inverse *inv)
{
    inv->first = calloc(v->n + 2, sizeof *inv->first);
    inv->entry = array_alloc(v->n * v->stride, sizeof *inv->entry);
    if (!inv->first || !inv->entry)
        return -ENOMEM;
    uint64_t *end = inv->first + 1; /* counts two ahead, so that filling leaves the firsts behind */
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->length[i]; k++)
            end[v->position[i * v->stride + k] + 1]++;
    for (size_t j = 1; j <= v->n; j++)
        end[j] += end[j - 1];
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->length[i]; k++)
            inv->entry[end[v->position[i * v->stride + k]]++] = (uint32_t)(i * v->stride + k);
    return 0;
}

/* Positions below j in the vectors that have one at j: the entries of row j, with those that will meet. */
static void count_room(const struct vectors *v, struct cg_matrix *m)
{
    for (size_t j = 0; j <= m->n; j++)
        m->first[j] = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->length[i]; k++)
            m->first[v->position[i * v->stride + k] + 1] += k;
    for (size_t j = 0; j < m->n; j++)
        m->first[j + 1] += m->first[j];
    m->room = m->first[m->n];
}

static int matrix_alloc(const struct vectors *v, struct cg_matrix *m)
{
    *m = (struct cg_matrix){ .n = v->n };
    m->first = array_alloc(m->n + 1, sizeof *m->first);
    m->length = array_alloc(m->n, sizeof *m->length);
    m->diagonal = array_alloc(m->n, sizeof *m->diagonal);
    if (!m->first || !m->length || !m->diagonal)
        return -ENOMEM;
    count_room(v, m);
    m->column = array_alloc(m->room, sizeof *m->column);
    m->value = array_alloc(m->room, sizeof *m->value);
    return m->column && m->value ? 0 : -ENOMEM;
}

/*
 * @where says where in the row a column stands; it may hold anything below n, since a place counts only if it is
 * inside the row and that column stands there. So nothing has to be cleared between rows.
 */
static void build_row(const struct vectors *v, const struct inverse *inv, struct cg_matrix *m, size_t j,
                      double below_diagonal_shift, uint32_t *where)
{
    uint32_t *column = m->column + m->first[j], length = 0;
    double *value = m->value + m->first[j], diagonal = 0;
    for (uint64_t at = inv->first[j]; at < inv->first[j + 1]; at++) {
        uint32_t mine = inv->entry[at];
        size_t i = mine / v->stride;
        for (size_t k = i * v->stride; k < mine; k++) {
            uint32_t c = v->position[k], place = where[c];
            double product = v->weight[i] * (v->value[mine] * v->value[k]);
            if (place < length && column[place] == c) {
                value[place] += product;
            } else {
                where[c] = length;
                column[length] = c;
                value[length++] = product;
            }
        }
        diagonal += v->weight[i] * (v->value[mine] * v->value[mine]);
    }
    m->length[j] = length;
    m->diagonal[j] = diagonal + below_diagonal_shift;
}

static int build_rows(const struct vectors *v, const struct inverse *inv, double shift, unsigned threads, struct cg_matrix *m)
{
    int failed = 0;
#pragma omp parallel default(none) shared(v, inv, shift, m) num_threads(threads) reduction(| : failed)
    {
        uint32_t *where = calloc(v->n, sizeof *where);
        failed = !where;
        /* dynamic, 256 rows: the later a row, the more of its entries lie below the diagonal */
#pragma omp for schedule(dynamic, 256)
        for (size_t j = 0; j < v->n; j++)
            if (where)
                build_row(v, inv, m, j, shift, where);
        free(where);
    }
    return failed ? -ENOMEM : 0;
}

int cg_matrix_create(const struct cg_problem *problem, unsigned threads, struct cg_matrix *out)
{
    struct vectors v = { 0 };
    struct inverse inv = { 0 };
    *out = (struct cg_matrix){ 0 };
    int rc = vectors_alloc(problem, &v);
    if (rc == 0) {
        draw_vectors(problem, &v);
        rc = inverse_create(&v, &inv);
    }
    if (rc == 0)
        rc = matrix_alloc(&v, out);
    if (rc == 0)
        rc = build_rows(&v, &inv, RCOND - problem->shift, threads, out);
    if (rc != 0)
        cg_matrix_destroy(out);
    vectors_free(&v);
    free(inv.first);
    free(inv.entry);
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

double cg_matrix_bytes(const struct cg_problem *problem)
{
    double n = (double)problem->n, width = problem->width + 1.0;
    double vectors = n * width * (sizeof(uint32_t) + sizeof(double) + sizeof(uint32_t));
    double rows = n * width * (width - 1) / 2 * (sizeof(uint32_t) + sizeof(double));
    return vectors + rows + 40 * n;
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
