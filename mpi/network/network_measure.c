/*
 * How a size is measured: a rehearsal whose data is checked; batches that double until they are long enough to
 * tell how many iterations a sample needs; warm-ups; the samples; a check of what the last of them brought.
 *
 * Each rank times itself. A sample's time is that of the slowest rank, the median over the samples is reported,
 * and the best sample beside it: noise only ever adds time. Those who look on sleep, for a rank that waits
 * inside MPI takes a whole processor, perhaps one of those being measured.
 */
#include "common/clock.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/size.h"
#include "common/stats.h"
#include "mpi/check.h"
#include "mpi/network/network.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIZES = 64 };

void *network_buffer(size_t bytes)
{
    enum { PAGE = 4096 };
    size_t room = (bytes / PAGE + 1) * PAGE;
    void *buffer = aligned_alloc(PAGE, room);
    if (buffer)
        memset(buffer, 0x5a, room);
    return buffer;
}

/* The next size after @bytes; sizes end above @p->largest. */
static size_t next_size(const struct network_pattern *p, size_t bytes)
{
    return bytes ? bytes * p->factor : 1;
}

int network_limit(const struct network *net, struct network_pattern *p)
{
    struct runtime *base = &net->rt->base;
    double free_here = memory_free() / 2 / base->ranks_on_node;
    char shown[32];
    uint64_t fits = p->smallest, least, wanted = p->smallest;
    for (size_t n = p->smallest; n <= p->largest && n <= net->args->max; n = next_size(p, n)) {
        wanted = n;
        if (p->memory(p->state, n) <= free_here)
            fits = n;
    }
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&fits, &least, 1, MPI_UINT64_T, MPI_MIN, net->rt->comm));
    p->largest = (size_t)least;
    if (rc == 0 && least < wanted && base->rank == 0)
        message_note("%s ends at %s: the buffers of larger messages would take more than half of the free memory", p->name,
                     size_print_bytes((double)least, shown, sizeof shown));
    return rc;
}

/* --- one size, by those who take part --- */

struct batch {
    const struct network_pattern *pattern;
    size_t bytes;
    uint64_t iterations;
    bool right;
};

static void check_data(struct batch *b, unsigned round)
{
    b->right = b->pattern->right(b->pattern->state, b->bytes, round) && b->right;
}

static int rehearse(struct batch *b)
{
    double unused;
    b->pattern->fill(b->pattern->state, b->bytes, 0);
    int rc = b->pattern->run(b->pattern->state, b->bytes, 1, &unused);
    if (rc == 0)
        check_data(b, 0);
    return rc;
}

/* The slowest rank's time of a batch: the first below @enough, or the best of four, as one may be disturbed. */
static int time_batch(struct batch *b, double enough, double *seconds)
{
    double mine, slowest;
    int rc = 0;
    *seconds = HUGE_VAL;
    for (int i = 0; rc == 0 && i < 4 && *seconds >= enough; i++) {
        rc = b->pattern->run(b->pattern->state, b->bytes, b->iterations, &mine);
        if (rc == 0)
            rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&mine, &slowest, 1, MPI_DOUBLE, MPI_MAX, b->pattern->comm));
        if (rc == 0)
            *seconds = fmin(*seconds, slowest);
    }
    return rc;
}

/* How many iterations last @seconds: the same number on all ranks. */
static int find_iterations(struct batch *b, double seconds)
{
    static const double most = 1e9;
    double taken;
    int rc = 0;
    for (b->iterations = 1;; b->iterations *= 2) {
        rc = time_batch(b, seconds / 2, &taken);
        if (rc != 0 || taken >= seconds / 2 || (double)b->iterations > most)
            break;
    }
    double wanted = (double)b->iterations * seconds / (taken + 1e-12);
    b->iterations = wanted < 1 ? 1 : wanted > most ? (uint64_t)most : (uint64_t)wanted;
    return rc;
}

static int take_samples(struct batch *b, uint64_t repeats, double *seconds)
{
    int rc = 0;
    b->pattern->fill(b->pattern->state, b->bytes, 1);
    for (uint64_t r = 0; rc == 0 && r < repeats; r++) {
        rc = mpi_check("MPI_Barrier", MPI_Barrier(b->pattern->comm));
        if (rc == 0)
            rc = b->pattern->run(b->pattern->state, b->bytes, b->iterations, &seconds[r]);
        seconds[r] /= (double)b->iterations;
    }
    if (rc == 0)
        check_data(b, 1);
    return rc;
}

static int run_batches(struct batch *b, const struct network_args *args, double *seconds)
{
    double unused;
    b->iterations = args->iterations;
    int rc = rehearse(b);
    if (rc == 0 && !args->iterations)
        rc = find_iterations(b, args->seconds / (double)args->repeats);
    if (rc == 0 && args->warmups)
        rc = b->pattern->run(b->pattern->state, b->bytes, args->warmups, &unused);
    return rc ? rc : take_samples(b, args->repeats, seconds);
}

/* Wait for the others without keeping a processor from them. */
static int wait_quietly(MPI_Comm comm)
{
    MPI_Request request;
    int done = 0;
    int rc = mpi_check("MPI_Ibarrier", MPI_Ibarrier(comm, &request));
    while (rc == 0 && !done) {
        rc = mpi_check("MPI_Test", MPI_Test(&request, &done, MPI_STATUS_IGNORE));
        if (rc == 0 && !done)
            clock_sleep_s(0.0005);
    }
    return rc;
}

/* --- joined over the ranks --- */

/* Every sample over the ranks; who looked on is neither fastest nor slowest, and adds nothing. */
struct joined {
    double *mine, *least, *sum, *most; /* repeats values each, in one allocation */
};

static int join(struct network *net, const struct joined *j, bool takes_part, struct batch *b, struct network_point *point)
{
    MPI_Comm comm = net->rt->comm;
    size_t n = net->args->repeats;
    double told[2] = { takes_part, takes_part && !b->right }, all[2];
    uint64_t iterations = takes_part ? b->iterations : 0;
    for (size_t i = 0; i < n && !takes_part; i++)
        j->mine[i] = 0;
    int rc = mpi_check("MPI_Allreduce", MPI_Allreduce(told, all, 2, MPI_DOUBLE, MPI_SUM, comm));
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(&iterations, &point->iterations, 1, MPI_UINT64_T, MPI_MAX, comm));
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(j->mine, j->sum, (int)n, MPI_DOUBLE, MPI_SUM, comm));
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(j->mine, j->most, (int)n, MPI_DOUBLE, MPI_MAX, comm));
    for (size_t i = 0; i < n && !takes_part; i++)
        j->mine[i] = 1e300;
    if (rc == 0)
        rc = mpi_check("MPI_Allreduce", MPI_Allreduce(j->mine, j->least, (int)n, MPI_DOUBLE, MPI_MIN, comm));
    if (rc != 0)
        return rc;
    point->right = all[1] == 0;
    point->min_s = stats_median(j->least, n);
    point->avg_s = stats_median(j->sum, n) / all[0];
    point->max_s = stats_median(j->most, n); /* sorted now: the first is the best */
    point->best_s = j->most[0];
    return 0;
}

static int measure_point(struct network *net, const struct network_pattern *p, const struct joined *j,
                         struct network_point *point)
{
    struct runtime *base = &net->rt->base;
    struct batch b = { .pattern = p, .bytes = point->bytes, .right = true };
    bool takes_part = p->comm != MPI_COMM_NULL;
    int rc = base->agree(base, takes_part && p->prepare ? p->prepare(p->state, b.bytes) : 0);
    if (rc == 0 && takes_part)
        rc = run_batches(&b, net->args, j->mine);
    if (rc == 0)
        rc = wait_quietly(net->rt->comm);
    if (rc == 0)
        rc = join(net, j, takes_part, &b, point);
    point->moved = p->moved(p->state, point->bytes);
    return rc;
}

/* --- all sizes --- */

/* The sizes of @p within the limits, as points of @series; 0 or -ENOMEM. */
static int choose_sizes(const struct network_args *args, const struct network_pattern *p, struct network_series *series)
{
    series->point = calloc(MOST_SIZES, sizeof *series->point);
    if (!series->point)
        return -ENOMEM;
    for (size_t n = p->smallest; n <= p->largest && n <= args->max && series->n < MOST_SIZES; n = next_size(p, n))
        if (n >= args->min)
            series->point[series->n++].bytes = n;
    return 0;
}

static int add_series(struct network *net, const struct network_pattern *p)
{
    struct network_series *more = realloc(net->series, (net->n + 1) * sizeof *more);
    if (!more)
        return -ENOMEM;
    net->series = more;
    struct network_series *series = &more[net->n++];
    *series = (struct network_series){ .n = 0 };
    snprintf(series->pattern, sizeof series->pattern, "%s", p->name);
    snprintf(series->path, sizeof series->path, "%s", p->path);
    return choose_sizes(net->args, p, series);
}

static void fit_series(struct network_series *series)
{
    double bytes[MOST_SIZES], seconds[MOST_SIZES];
    for (size_t i = 0; i < series->n; i++) {
        bytes[i] = (double)series->point[i].bytes;
        seconds[i] = series->point[i].best_s;
    }
    series->fit = network_fit(bytes, seconds, series->n);
}

int network_measure(struct network *net, const struct network_pattern *p)
{
    struct runtime *base = &net->rt->base;
    struct joined j = { .mine = calloc(4 * net->args->repeats, sizeof *j.mine) };
    int rc = base->agree(base, j.mine ? add_series(net, p) : -ENOMEM);
    if (rc == 0) {
        struct network_series *series = &net->series[net->n - 1];
        j.least = j.mine + net->args->repeats;
        j.sum = j.least + net->args->repeats;
        j.most = j.sum + net->args->repeats;
        for (size_t i = 0; rc == 0 && i < series->n; i++)
            rc = measure_point(net, p, &j, &series->point[i]);
        if (rc == 0)
            fit_series(series);
        if (series->n == 0)
            free(net->series[--net->n].point);
    }
    free(j.mine);
    return rc;
}
