#include "scaling/plan/grid.h"

#include "common/message.h"
#include "common/wide.h"
#include "scaling/plan/expression.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const char *const size_law_names[] = { "linear", "sqrt", "cbrt", NULL };
const char *const size_is_names[] = { "total", "process", NULL };

/* --- Sizes --- */

static double growth(const struct grid_request *q, uint64_t processors)
{
    double p = (double)processors;
    if (!q->weak)
        return 1;
    return q->law == LAW_SQRT ? sqrt(p) : q->law == LAW_CBRT ? cbrt(p) : p;
}

/* With sizes a process, the total is what the processes get, so that the size recorded is the one computed. */
static int set_size(const struct grid_request *q, uint64_t base, struct grid_point *p)
{
    double total = (double)base * growth(q, p->ranks * p->threads);
    if (base > SIZE_MOST || total > (double)SIZE_MOST)
        return message_usage("--sizes: %llu makes %.0f on %llu processors; %llu is the most", (unsigned long long)base, total,
            (unsigned long long)(p->ranks * p->threads), (unsigned long long)SIZE_MOST);
    p->has_size = true;
    p->base_size = base;
    p->size = p->size_word = (uint64_t)llround(total);
    if (q->size_is == SIZE_PROCESS) {
        p->size_word = (uint64_t)llround(total / (double)p->ranks);
        p->size_word = p->size_word ? p->size_word : 1;
        if (q->weak)
            p->size = p->size_word * p->ranks;
    }
    return 0;
}

/* --- Points --- */

static int allowed(const struct grid_request *q, const struct grid_point *p, bool *out)
{
    const struct expression_name names[] = {
        { "threads", (double)p->threads }, { "ranks", (double)p->ranks }, { "nodes", (double)p->nodes },
        { "ranks_per_node", (double)p->ranks / (double)p->nodes }, { "size", (double)p->size },
        { "processors", (double)p->ranks * (double)p->threads }, { "cores", q->shape.cores }, { "cpus", q->shape.cpus },
        { "sockets", q->shape.sockets }, { "numa", q->shape.numa },
    };
    *out = p->ranks >= p->nodes;
    for (size_t i = 0; i < q->n_where; i++) {
        double value;
        int rc = expression_value("--where", q->where[i], names, sizeof names / sizeof *names, &value);
        if (rc != 0)
            return rc;
        *out = *out && value != 0;
    }
    return 0;
}

static int add_point(const struct grid_request *q, const struct grid_point *p, struct grid *grid)
{
    bool keep;
    int rc = allowed(q, p, &keep);
    if (rc != 0)
        return rc;
    if (!keep) {
        grid->left_out++;
        return 0;
    }
    if (grid->n >= LIST_MAX)
        return message_usage("the lists make more than %d points; shorten them, or leave some out with --where", LIST_MAX);
    grid->point[grid->n++] = *p;
    return 0;
}

static int add_sizes(const struct grid_request *q, struct grid_point *p, struct grid *grid)
{
    int rc = q->sizes.n == 0 ? add_point(q, p, grid) : 0;
    for (size_t i = 0; i < q->sizes.n && rc == 0; i++) {
        rc = set_size(q, q->sizes.value[i], p);
        if (rc == 0)
            rc = add_point(q, p, grid);
    }
    return rc;
}

static int add_threads(const struct grid_request *q, uint64_t nodes, uint64_t ranks, struct grid *grid)
{
    int rc = 0;
    for (size_t i = 0; i < q->threads.n && rc == 0; i++) {
        struct grid_point p = { .threads = q->threads.value[i], .ranks = ranks, .nodes = nodes };
        if ((double)ranks * (double)p.threads > 1e9)
            return message_usage("%llu ranks of %llu threads are more than any machine has", (unsigned long long)ranks,
                (unsigned long long)p.threads);
        rc = add_sizes(q, &p, grid);
    }
    return rc;
}

static int add_nodes(const struct grid_request *q, uint64_t nodes, struct grid *grid)
{
    bool each_node = q->ranks_per_node.n > 0;
    const struct list *ranks = each_node ? &q->ranks_per_node : &q->ranks;
    int rc = 0;
    for (size_t i = 0; i < ranks->n && rc == 0; i++) {
        double all = (double)ranks->value[i] * (each_node ? (double)nodes : 1);
        if (all > 1e9)
            return message_usage("%.0f ranks are more than any machine has", all);
        rc = add_threads(q, nodes, (uint64_t)all, grid);
    }
    return rc;
}

int grid_make(const struct grid_request *q, struct grid *out)
{
    *out = (struct grid){ .point = calloc(LIST_MAX, sizeof *out->point) };
    int rc = out->point ? 0 : -ENOMEM;
    for (size_t i = 0; i < q->nodes.n && rc == 0; i++)
        rc = add_nodes(q, q->nodes.value[i], out);
    if (rc == 0 && out->n == 0)
        rc = message_usage("no point is left to measure: all %zu have fewer ranks than nodes or do not meet --where", out->left_out);
    if (rc != 0)
        grid_free(out);
    return rc;
}

void grid_free(struct grid *grid)
{
    free(grid->point);
    *grid = (struct grid){ 0 };
}

json_t *grid_point_json(const struct grid_point *p)
{
    return json_pack("{s:I, s:I, s:I, s:f, s:o, s:o}", "threads", (json_int_t)p->threads, "ranks", (json_int_t)p->ranks,
        "nodes", (json_int_t)p->nodes, "ranks_per_node", (double)p->ranks / (double)p->nodes,
        "size", p->has_size ? json_integer((json_int_t)p->size) : json_null(),
        "base_size", p->has_size ? json_integer((json_int_t)p->base_size) : json_null());
}

/* --- Order --- */

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014), and Lemire's unbiased draw below a limit (arXiv 1805.10941). */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static size_t draw_below(uint64_t *state, uint64_t limit)
{
    uint128 product;
    do
        product = (uint128)draw(state) * limit;
    while ((uint64_t)product < -limit % limit);
    return (size_t)(product >> 64);
}

/* Fisher and Yates. The seed is drawn from first, so that neighbouring blocks do not begin alike. */
void grid_shuffle(uint64_t seed, uint64_t block, size_t *order, size_t n)
{
    uint64_t state = draw(&seed) + block;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = draw_below(&state, i), swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
